// Ignored inbox entries and why; loaded only while the section is open.

import { get } from "/page/api.js";
import { byId, list, make, showError, write } from "/page/dom.js";
import { counted } from "/page/format.js";

const SHOWN = 200;

const section = byId("skipped-section");
let known = 0;

export function showSkipped({ skipped }) {
  section.hidden = !skipped;
  write(section.querySelector(".count"), String(skipped));
  if (skipped !== known) load();
  known = skipped;
}

async function load() {
  if (!section.open) return;
  try {
    const entries = await get(`/skipped?limit=${SHOWN}`);
    list(byId("skipped"), entries, ({ name, reason }) => `${name} ${reason}`, createEntry);
    const rest = known - entries.length;
    write(byId("skipped-more"), rest > 0 ? `and ${rest} more` : "");
  } catch (error) {
    showError(error);
  }
}

function createEntry({ name, reason }) {
  const why = make("span", { class: "quiet" }, reason);
  return { node: make("li", {}, make("div", {}, make("span", { class: "name" }, name), why)) };
}

section.addEventListener("toggle", load);
