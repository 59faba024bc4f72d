// What waits, what is done, and what could not be done.

import { get, post } from "/page/api.js";
import { act, button, byId, list, make, toast, told, write } from "/page/dom.js";
import { counted, size, span, when } from "/page/format.js";

const QUEUED = 100; // shown at most
const ARRIVING = 10; // likewise
const DONE = 20; // shown at first
const MORE = 50; // shown with each press
const VERDICTS = { good: "✓ good", review: "? review", partial: "◐ partial" };

let doneShown = DONE;
let latest = null; // status
let known = ""; // what the lists were made of
let loads = 0;
let unfinished = [];
const details = new Map(); // of jobs that are done: they do not change

export function showJobs(now) {
  latest = now;
  const made = JSON.stringify([now.counts, now.since, now.running.map((each) => each.job)]);
  if (made !== known) {
    known = made;
    reload().catch((error) => {
      known = "";
      if (error.status !== 401) toast(error.message, { bad: true });
    });
  }
  showQueue();
  showSettling(now);
}

async function reload() {
  const turn = ++loads;
  const count = (...states) => states.reduce((sum, state) => sum + (latest.counts[state] ?? 0), 0);
  const of = (state, limit) => (count(state) ? get(`/jobs?state=${state}&limit=${limit}`) : []);
  const [waiting, done, quarantined, blocked, cancelled] = await Promise.all([
    get(`/jobs?limit=${QUEUED}`),
    of("done", doneShown),
    of("quarantined", 200),
    of("blocked", 50),
    of("cancelled", 20),
  ]);
  if (turn !== loads) return; // a later one knows more
  unfinished = waiting;
  showQueue();
  showDone(done, count("done"));
  const lasting = latestOnly([...waiting, ...done, ...quarantined, ...blocked, ...cancelled]);
  showAside("quarantine", [...quarantined, ...blocked].filter(lasting), createQuarantined);
  showAside("cancelled", cancelled.filter(lasting), createCancelled);
}

// What became of a file is told by its youngest job.
function latestOnly(jobs) {
  const youngest = new Map();
  for (const { id, name } of jobs) youngest.set(name, Math.max(id, youngest.get(name) ?? 0));
  return ({ id, name }) => youngest.get(name) === id;
}

function showAside(what, jobs, create) {
  byId(`${what}-section`).hidden = !jobs.length;
  tally(`${what}-section`, jobs.length);
  list(byId(what), jobs, keyOf, create);
}

const keyOf = (job) => `${job.id} ${job.attempt}`;
const tally = (section, number) => write(byId(section).querySelector(".count"), number ? String(number) : "");

function showQueue() {
  const heard = new Set(latest.running.map((each) => each.job));
  const waiting = unfinished.filter((job) => !heard.has(job.id));
  const waits = estimates(waiting);
  const rows = waiting.map((job) => ({ job, wait: waits.get(job.id) }));
  list(byId("queue"), rows, ({ job }) => job.id, createQueued);
  const all = ["queued", "staging", "running", "delivering", "quarantining"];
  const total = all.reduce((sum, state) => sum + (latest.counts[state] ?? 0), 0) - heard.size;
  write(byId("queue-title").querySelector(".count"), total > 0 ? String(total) : "");
  const rest = total - waiting.length;
  const none = waiting.length || latest.settling.length ? "" : "Nothing waits.";
  write(byId("queue-more"), rest > 0 && waiting.length ? `and ${counted(rest, "more recording")}` : none);
}

// Seconds until each begins, guessed from the bytes that are heard in a second now.
function estimates(waiting) {
  const sizes = new Map(unfinished.map((job) => [job.id, job.size]));
  let rate = 0;
  let ahead = 0;
  for (const { job, duration, position, speed } of latest.running) {
    const bytes = sizes.get(job) ?? 0;
    rate += duration ? (speed * bytes) / duration : 0;
    ahead += duration ? bytes * Math.max(0, 1 - position / duration) : bytes;
  }
  const found = new Map();
  for (const job of waiting) {
    const rested = job.not_before - Date.now() / 1000;
    if (rate > 0 && !latest.paused) found.set(job.id, Math.max(ahead / rate, rested));
    ahead += job.size;
  }
  return found;
}

function createQueued({ job: { id, name } }) {
  const facts = make("span", { class: "quiet" });
  const why = make("span", { class: "why" });
  const cancel = button("Cancel", () => andBack(cancel, `/jobs/${id}/cancel`), { "aria-label": `Cancel ${name}` });
  return {
    node: row(name, [facts, why], cancel),
    update({ job, wait }) {
      const parts = [size(job.size), job.state];
      if (job.attempt) parts.push(`attempt ${job.attempt}`);
      if (wait !== undefined) parts.push(`begins in about ${span(wait)}`);
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
  const facts = { "aria-label": `Take up ${name} again` };
  const again = button("Take up again", () => andBack(again, `/jobs/${id}/retry`), facts);
  return { node: row(name, make("span", { class: "quiet" }, size(bytes)), again) };
}

function row(name, facts, control) {
  return make("li", {}, make("div", {}, make("span", { class: "name" }, name), facts), control);
}

// Do what a button says; it may vanish then, so the focus goes where its recording went.
async function andBack(pressed, path) {
  if (await act(pressed, () => post(path))) byId("queue-title").focus();
}

function showDone(done, total) {
  write(byId("done-title").querySelector(".count"), total ? String(total) : "");
  byId("done-none").hidden = total > 0;
  byId("done-more").hidden = done.length >= total;
  list(byId("done"), done, (job) => job.id, createDone);
}

function createDone({ id, name, size: bytes }) {
  const facts = make("span", { class: "quiet" }, size(bytes));
  const verdict = make("span", { class: "verdict" });
  const link = make("a", { class: "name", href: `#job-${id}` }, name);
  detail(id).then(({ history }) => {
    const said = history.findLast((moment) => moment.event === "Transcribed")?.note ?? "";
    write(facts, `${size(bytes)} · ${when(history.at(-1).at)}`);
    verdict.replaceWith(chip(said.split(":")[0]));
  }, () => {});
  return { node: make("li", {}, make("div", {}, link, facts), verdict) };
}

export function chip(verdict) {
  return make("strong", { class: "verdict", "data-verdict": verdict }, VERDICTS[verdict] ?? verdict);
}

async function detail(id) {
  if (!details.has(id)) details.set(id, await get(`/jobs/${id}`));
  return details.get(id);
}

function createQuarantined(job) {
  const facts = { "aria-label": `Retry ${job.name}` };
  const retry = button("Retry", () => andBack(retry, `/jobs/${job.id}/retry`), facts);
  const moments = make("ol", { class: "history" });
  const history = make("details", {}, make("summary", {}, "History"), moments);
  history.addEventListener("toggle", () => history.open && tellHistory(job.id, moments));
  const node = make(
    "li",
    {},
    make("div", { class: "titled" }, make("h3", {}, job.name), retry),
    make("p", {}, told(job.message ?? "No reason is known.")),
    job.remedy && make("p", { class: "remedy" }, told(job.remedy)),
    job.state === "blocked" && make("p", { class: "remedy" }, "It could not be moved out of the inbox."),
    make("p", { class: "quiet" }, [size(job.size), counted(job.attempt, "attempt")].join(" · ")),
    history,
  );
  return { node };
}

async function tellHistory(id, moments) {
  try {
    const { history, detail: words } = await get(`/jobs/${id}`);
    const lines = history.map(({ at, event, note }) =>
      make("li", {}, make("time", {}, when(at)), ` ${event}`, note && `: ${note}`),
    );
    if (words) lines.push(make("li", {}, make("pre", { tabIndex: 0 }, words)));
    moments.replaceChildren(...lines);
  } catch (error) {
    moments.replaceChildren(make("li", { class: "error" }, error.message));
  }
}

byId("retry-all").addEventListener("click", ({ currentTarget }) => andBack(currentTarget, "/retry"));
byId("done-more").addEventListener("click", () => {
  doneShown += MORE;
  reload().catch((error) => toast(error.message, { bad: true }));
});
