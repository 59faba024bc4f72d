// What lies in the inbox and is left alone, and why; asked for only while somebody looks.

import { get } from "/page/api.js";
import { byId, complain, list, make, write } from "/page/dom.js";
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
    write(byId("skipped-more"), rest > 0 ? `and ${counted(rest, "more")}` : "");
  } catch (error) {
    complain(error);
  }
}

function createEntry({ name, reason }) {
  const why = make("span", { class: "quiet" }, reason);
  return { node: make("li", {}, make("div", {}, make("span", { class: "name" }, name), why)) };
}

section.addEventListener("toggle", load);
