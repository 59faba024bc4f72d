// Uploads recordings to the inbox, two at a time.

import { locked, reason } from "/page/api.js";
import { button, byId, make, write } from "/page/dom.js";
import { size } from "/page/format.js";
import { optionFields } from "/page/options.js";

const CONCURRENT = 2;
const LINGER = 5000; // milliseconds that a finished upload stays visible

const fields = optionFields("as configured");
const waiting = [];
let running = 0;

export function startUploads() {
  byId("upload-options").append(fields.node);
  byId("upload-options").addEventListener("toggle", fields.load);
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("files").addEventListener("change", ({ target }) => {
    for (const file of target.files) enqueue(file);
    target.value = "";
  });
  const overlay = byId("overlay");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    overlay.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) overlay.hidden = true;
  });
  addEventListener("drop", (event) => {
    overlay.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    for (const item of event.dataTransfer.items) {
      const file = item.getAsFile();
      if (!file) continue;
      const folder = item.webkitGetAsEntry?.()?.isDirectory;
      if (folder) row(file.name).fail("is a folder; drop the recordings in it.");
      else enqueue(file);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}

function enqueue(file) {
  const shown = row(file.name);
  shown.say(`${size(file.size)}, waits for its turn`);
  waiting.push({ file, shown, query: fields.query() });
  next();
}

function next() {
  while (running < CONCURRENT && waiting.length) send(waiting.shift());
}

function send({ file, shown, query }) {
  if (shown.gone) return;
  const request = new XMLHttpRequest();
  running += 1;
  request.open("PUT", `/inbox/${encodeURIComponent(file.name)}${query}`);
  request.upload.addEventListener("progress", ({ loaded, total }) => shown.at(loaded, total));
  request.addEventListener("load", () => {
    if (request.status === 401) locked.dispatchEvent(new Event("locked"));
    if (request.status === 200) shown.end(JSON.parse(request.responseText));
    else shown.fail(reason(request.responseText, request));
  });
  request.addEventListener("error", () =>
    shown.fail("The connection broke before the upload was complete; web.max_upload sets the maximum size."),
  );
  request.addEventListener("loadend", () => {
    running -= 1;
    next();
  });
  shown.stop = () => request.abort();
  request.send(file);
}

function row(name) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": `Upload of ${name}` });
  const message = make("span", { class: "quiet", role: "status" });
  const close = button("Stop", () => shown.dismiss(), { "aria-label": `Stop the upload of ${name}` });
  const node = make("li", {}, make("div", {}, make("span", { class: "name" }, name), bar, message), close);
  byId("uploads").append(node);
  const shown = {
    gone: false,
    stop() {},
    say: (text) => write(message, text),
    at(loaded, total) {
      bar.value = loaded / total;
      message.removeAttribute("role"); // screen readers need not announce percentages
      write(message, loaded < total ? `${Math.floor((100 * loaded) / total)} % of ${size(total)}` : "being queued …");
    },
    end({ job, name: given }) {
      bar.remove();
      message.setAttribute("role", "status");
      write(message, `is in the queue as ${given === name ? "" : `${given}, `}job ${job}`);
      close.remove();
      setTimeout(() => shown.dismiss(), LINGER);
    },
    fail(text) {
      bar.remove();
      message.className = "error";
      message.setAttribute("role", "alert");
      write(message, text);
      write(close, "Dismiss");
      close.setAttribute("aria-label", `Dismiss ${name}`);
    },
    dismiss() {
      shown.gone = true;
      shown.stop();
      node.remove();
    },
  };
  return shown;
}
