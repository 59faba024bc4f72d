// The daemon's status: header, running jobs and engines.

import { byId, formatted, list, make, write } from "/page/dom.js";
import { clock, span, when } from "/page/format.js";
import { command } from "/page/jobs.js";
import { memoryOf } from "/page/memory.js";

let lastSeen = null; // when the last status arrived

export function showStatus(now) {
  lastSeen = Date.now() / 1000;
  byId("away").hidden = true;
  showHead(now);
  showNow(now);
  showEngines(now);
  showNumbers(now);
}

export function showAway(message) {
  const since = lastSeen ? ` Last seen at ${when(lastSeen)}.` : "";
  write(byId("away"), `${message}${since} Trying again …`);
  byId("away").hidden = false;
  write(byId("word"), "away");
  byId("word").dataset.state = "away";
  write(byId("sentence"), "What is shown here may be out of date.");
  byId("pause").hidden = true;
  document.title = "away · transcribid";
}

function showHead(now) {
  write(byId("word"), now.status);
  byId("word").dataset.state = now.status;
  write(byId("sentence"), now.sentence);
  write(byId("machine"), machine(now));
  write(byId("warnings"), now.warnings.join(" "));
  byId("pause").hidden = now.status === "stopping";
  write(byId("pause"), now.paused ? "Resume" : "Pause");
  document.title = `${headline(now)}transcribid`;
}

function machine({ device, gpu, model, compute_type: arithmetic }) {
  if (!device) return "";
  return [gpu?.name ?? device.toUpperCase(), model, arithmetic].filter(Boolean).join(" · ");
}

function headline({ running, status }) {
  if (["trouble", "paused", "starting"].includes(status)) return `${status} · `;
  return running.length && running[0].duration ? `${percent(running[0])} % · ` : "";
}

const percent = ({ position, duration }) => Math.min(100, Math.round((100 * position) / duration));

function showNow({ running }) {
  list(byId("now"), running, (each) => each.job, createRunning);
  byId("now-none").hidden = running.length > 0;
}

function createRunning({ job, name }) {
  const bar = make("progress", { max: 1, "aria-label": `Progress of ${name}` });
  const share = make("strong", { class: "share" });
  const pace = make("span", { class: "quiet" });
  const log = { role: "log", "aria-live": "off", "aria-label": `Transcript so far of ${name}` };
  const live = make("p", { class: "live", tabIndex: 0, ...log });
  const node = make(
    "li",
    {},
    make("div", { class: "titled" }, make("h3", {}, name), command("Cancel", `/jobs/${job}/cancel`, `Cancel ${name}`)),
    bar,
    make("p", { class: "facts" }, share, pace),
    live,
  );
  return {
    node,
    update(now) {
      bar.hidden = !now.position;
      if (now.duration) bar.value = now.position / now.duration;
      else bar.removeAttribute("value");
      write(share, now.duration ? `${percent(now)} %` : "");
      write(pace, progressText(now));
      const atEnd = live.scrollTop + live.clientHeight >= live.scrollHeight - 8;
      write(live, now.text.trim());
      live.hidden = !now.text.trim();
      if (atEnd) live.scrollTop = live.scrollHeight;
    },
  };
}

function progressText({ position, duration, speed, remaining, phase }) {
  const facts = phase === "speakers" ? ["finding who said what"] : [];
  if (!position) return "preparing";
  if (duration) facts.push(`${clock(position)} of ${clock(duration)}`);
  if (speed) facts.push(`${speed < 10 ? speed.toFixed(1) : Math.round(speed)} × real time`);
  if (remaining !== null) facts.push(`${span(remaining)} left`);
  return facts.join(" · ");
}

function showEngines({ engines, fallback }) {
  const several = engines.length > 1;
  list(byId("engines"), engines, (each) => each.number, (each) => {
    const word = make("strong", { class: "verdict" });
    const why = make("p");
    const remedy = make("p", { class: "remedy" });
    const title = make("h3");
    return {
      node: make("li", {}, make("div", { class: "titled" }, title, word), why, remedy, memoryOf(each.number)),
      update(now) {
        write(title, `${several ? `${each.number}: ` : ""}${now.gpu ?? now.device?.toUpperCase() ?? "Engine"}`);
        write(word, now.works ? "works" : "does not work");
        word.dataset.verdict = now.works ? "good" : "bad";
        why.replaceChildren(...formatted(now.message ?? ((now.works && fallback) || "")));
        remedy.replaceChildren(...formatted(now.remedy ?? ""));
      },
    };
  });
}

function showNumbers(now) {
  const { good, review, partial } = now.verdicts;
  const verdicts = [good && `${good} good`, review && `${review} to review`, partial && `${partial} partial`];
  const rows = [
    ["Up since", when(now.since)],
    ["Transcribed", now.audio ? `${span(now.audio)} of sound` : "nothing yet"],
    ["Transcripts", verdicts.filter(Boolean).join(", ") || "none yet"],
  ];
  list(byId("numbers"), rows, ([name]) => name, ([name]) => {
    const value = make("dd");
    return { node: make("div", {}, make("dt", {}, name), value), update: ([, text]) => write(value, text) };
  });
}
