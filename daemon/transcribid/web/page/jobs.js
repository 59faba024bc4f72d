// Queued, finished and failed jobs.

import { get, post } from "/page/api.js";
import { act, button, byId, formatted, list, make, showError, write } from "/page/dom.js";
import { counted, size, span, when } from "/page/format.js";

const QUEUED = 100; // shown at most
const ARRIVING = 10; // shown at most
const DONE = 20; // shown at first
const MORE = 50; // added with each click
const VERDICTS = { good: "✓ good", review: "? review", partial: "◐ partial" };

let doneShown = DONE;
let latest = null; // status
let known = ""; // the state that the lists show
let loads = 0;
let unfinished = [];

export function showJobs(now) {
  latest = now;
  const made = JSON.stringify([now.counts, now.since, now.running.map((each) => each.job)]);
  if (made !== known) {
    known = made;
    reload();
  }
  showQueue();
  showSettling(now);
}

async function reload() {
  try {
    await load(++loads);
  } catch (error) {
    known = ""; // retry with the next status
    showError(error);
  }
}

async function load(turn) {
  const of = (state, limit) => (count(state) ? get(`/jobs?state=${state}&limit=${limit}`) : []);
  const [waiting, done, quarantined, blocked, cancelled] = await Promise.all([
    get(`/jobs?limit=${QUEUED}`),
    of("done", doneShown),
    of("quarantined", 200),
    of("blocked", 50),
    of("cancelled", 20),
  ]);
  if (turn !== loads) return; // a later request supersedes it
  unfinished = waiting;
  showQueue();
  showDone(done, count("done"));
  const isLatest = isLatestAmong([...waiting, ...done, ...quarantined, ...blocked, ...cancelled]);
  const failed = [...quarantined, ...blocked].filter(isLatest);
  showAside("quarantine", failed, createQuarantined);
  byId("dismiss-all").hidden = failed.filter((job) => job.gone).length < 2;
  showAside("cancelled", cancelled.filter(isLatest), createCancelled);
}

// A test for whether a job is the latest of its file.
function isLatestAmong(jobs) {
  const newest = new Map();
  for (const { id, name } of jobs) newest.set(name, Math.max(id, newest.get(name) ?? 0));
  return ({ id, name }) => newest.get(name) === id;
}

function showAside(what, jobs, create) {
  byId(`${what}-section`).hidden = !jobs.length;
  tally(`${what}-section`, jobs.length);
  list(byId(what), jobs, keyOf, create);
}

const count = (...states) => states.reduce((sum, state) => sum + (latest.counts[state] ?? 0), 0);
const keyOf = (job) => `${job.id} ${job.attempt} ${job.gone}`;
const tally = (section, number) => write(byId(section).querySelector(".count"), number > 0 ? String(number) : "");

function showQueue() {
  const running = new Set(latest.running.map((each) => each.job));
  const waiting = unfinished.filter((job) => !running.has(job.id));
  list(byId("queue"), estimated(waiting), ({ job }) => job.id, createQueued);
  const total = count("queued", "staging", "running", "diarizing", "delivering", "quarantining") - running.size;
  tally("queue-title", total);
  const rest = total - waiting.length;
  const none = waiting.length || latest.settling.length ? "" : "The queue is empty.";
  write(byId("queue-more"), rest > 0 && waiting.length ? `and ${counted(rest, "more recording")}` : none);
}

// With the seconds until each begins, estimated from the bytes now processed per second.
function estimated(waiting) {
  const sizes = new Map(unfinished.map((job) => [job.id, job.size]));
  let rate = 0;
  let ahead = 0;
  for (const { job, duration, position, speed } of latest.running) {
    const bytes = sizes.get(job) ?? 0;
    rate += duration ? (speed * bytes) / duration : 0;
    ahead += duration ? bytes * Math.max(0, 1 - position / duration) : bytes;
  }
  return waiting.map((job) => {
    const wait = Math.max(ahead / rate, job.not_before - Date.now() / 1000);
    ahead += job.size;
    return { job, wait: latest.paused ? Infinity : wait };
  });
}

function createQueued({ job: { id, name } }) {
  const facts = make("span", { class: "quiet" });
  const why = make("span", { class: "why" });
  return {
    node: row(name, [facts, why], command("Cancel", `/jobs/${id}/cancel`, `Cancel ${name}`)),
    update({ job, wait }) {
      const next = ["running", "diarizing"].includes(job.state); // jobs at work are not listed
      const parts = [size(job.size), next ? "next" : job.state];
      if (job.attempt) parts.push(`attempt ${job.attempt}`);
      if (Number.isFinite(wait)) parts.push(`begins in about ${span(wait)}`);
      write(facts, parts.join(" · "));
      const later = job.not_before > Date.now() / 1000 ? ` Again at ${when(job.not_before)}.` : "";
      write(why, `${job.message ?? ""}${later}`);
    },
  };
}

function showSettling({ settling, arriving }) {
  const shown = settling.slice(0, ARRIVING);
  if (arriving > shown.length) shown.push(counted(arriving - shown.length, "more file"));
  list(byId("settling"), shown, (name) => name, (name) => ({
    node: row(name, make("span", { class: "quiet" }, "arriving: taken as soon as it is complete")),
  }));
}

function createCancelled({ id, name, size: bytes }) {
  const again = command("Requeue", `/jobs/${id}/retry`, `Requeue ${name}`);
  return { node: row(name, make("span", { class: "quiet" }, size(bytes)), again) };
}

function row(name, facts, control) {
  return make("li", {}, make("div", {}, make("span", { class: "name" }, name), facts), control);
}

// Run a button's action; the button may vanish, so the focus moves to the queue.
async function postAndFocus(pressed, path) {
  if (await act(pressed, () => post(path))) byId("queue-title").focus();
  else reload(); // the lists are out of date
}

export const command = (text, path, label) =>
  button(text, ({ currentTarget }) => postAndFocus(currentTarget, path), { "aria-label": label });

function showDone(done, total) {
  tally("done-title", total);
  byId("done-none").hidden = total > 0;
  byId("done-more").hidden = done.length >= total;
  list(byId("done"), done.filter(isLatestAmong(done)), (job) => job.id, createDone);
}

function createDone({ id, name, size: bytes, ended, verdict, reasons }) {
  const link = make("a", { class: "name", href: `#job-${id}` }, name);
  const facts = make("span", { class: "quiet" }, `${size(bytes)} · ${when(ended)}`);
  const why = make("span", { class: "why" }, reasons ?? "");
  return { node: make("li", {}, make("div", {}, link, facts, why), verdict && chip(verdict)) };
}

export function chip(verdict) {
  return make("strong", { class: "verdict", "data-verdict": verdict }, VERDICTS[verdict] ?? verdict);
}

function createQuarantined(job) {
  const [word, verb] = job.gone ? ["Dismiss", "dismiss"] : ["Retry", "retry"];
  const control = command(word, `/jobs/${job.id}/${verb}`, `${word} ${job.name}`);
  const stuck = job.state === "blocked" && "It stays in the inbox; once it is changed there, it is tried again.";
  const remedies = job.gone ? ["Its file is no longer in quarantine."] : [job.remedy, stuck];
  const moments = make("ol", { class: "history" });
  const history = make("details", {}, make("summary", {}, "History"), moments);
  history.addEventListener("toggle", () => history.open && loadHistory(job.id, moments));
  const node = make(
    "li",
    {},
    make("div", { class: "titled" }, make("h3", {}, job.name), control),
    make("p", {}, formatted(job.message ?? "No reason is known.")),
    remedies.filter(Boolean).map((text) => make("p", { class: "remedy" }, formatted(text))),
    make("p", { class: "quiet" }, [size(job.size), counted(job.attempt, "attempt")].join(" · ")),
    history,
  );
  return { node };
}

async function loadHistory(id, moments) {
  try {
    const { history, detail } = await get(`/jobs/${id}`);
    const lines = history.map(({ at, event, note }) =>
      make("li", {}, make("time", {}, when(at)), ` ${event}`, note && `: ${note}`),
    );
    if (detail) lines.push(make("li", {}, make("pre", { tabIndex: 0 }, detail)));
    moments.replaceChildren(...lines);
  } catch (error) {
    moments.replaceChildren(make("li", { class: "error" }, error.message));
  }
}

byId("retry-all").addEventListener("click", ({ currentTarget }) => postAndFocus(currentTarget, "/retry"));
byId("dismiss-all").addEventListener("click", ({ currentTarget }) => postAndFocus(currentTarget, "/dismiss"));
byId("done-more").addEventListener("click", () => {
  doneShown += MORE;
  reload();
});
