// What each engine takes of the memory: a picture of the last hour, and the same in words.

import { get } from "/page/api.js";
import { make } from "/page/dom.js";
import { size, span } from "/page/format.js";

const AGAIN = 10000; // milliseconds until the next look
const [WIDTH, HEIGHT] = [360, 56];
const places = new Map(); // where each engine's pictures are

let known = { at: [], engines: [] };
let timer = 0;

export function memoryOf(engine) {
  places.set(engine, make("div", { class: "memory" }));
  draw(engine);
  return places.get(engine);
}

// Once there is a daemon; whoever comes back begins anew.
export async function watchMemory() {
  clearTimeout(timer);
  try {
    if (!document.hidden) known = await get("/memory");
  } catch {
    return; // others say so
  }
  for (const engine of places.keys()) draw(engine);
  timer = setTimeout(watchMemory, AGAIN);
}

function draw(engine) {
  const found = known.engines.find(({ number }) => number === engine);
  if (!found || !known.at.length) return;
  const { resident, gpu_used: used, gpu_total: total } = found;
  const pictures = [picture("Memory", resident, round(Math.max(...resident)), "")];
  if (total) pictures.push(picture("GPU memory", used, total, ", all programs"));
  places.get(engine).replaceChildren(...pictures);
}

function picture(what, values, most, whose) {
  const told = values.filter((value) => value !== null);
  const now = size(values.at(-1) ?? 0);
  const scale = `0 to ${size(most)}${whose}, last ${span(known.at.at(-1) - known.at[0])}`;
  const range = told.length ? ` Lowest ${size(Math.min(...told))}, highest ${size(Math.max(...told))}.` : "";
  const label = `${what}: ${now} now; ${scale}.${range}`;
  const words = [make("span", {}, `${what}: `, make("strong", {}, now)), make("span", { class: "quiet" }, scale)];
  return make("figure", {}, make("figcaption", { class: "facts" }, words), sparkline(values, most, label));
}

function sparkline(values, most, label) {
  const { at, interval } = known;
  const x = (time) => ((WIDTH * (time - at[0])) / Math.max(interval, at.at(-1) - at[0])).toFixed(1);
  const y = (value) => (HEIGHT * (1 - value / most)).toFixed(1);
  const runs = []; // points without a gap between them
  values.forEach((value, index) => {
    if (value === null) return;
    const follows = index && values[index - 1] !== null && at[index] - at[index - 1] < 3 * interval;
    if (!follows) runs.push([]);
    runs.at(-1).push([x(at[index]), y(value)]);
  });
  const line = runs.map((points) => `M${points.join("L")}h0`).join("");
  const area = runs.map((points) => `M${points[0][0]},${HEIGHT}L${points.join("L")}V${HEIGHT}Z`).join("");
  const facts = { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" };
  return svg("svg", { ...facts, role: "img", "aria-label": label }, svg("path", { d: area }), svg("path", { d: line }));
}

function svg(tag, facts, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(facts)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The next of 1, 2, 5, 10, 20 ... that is not less.
function round(bytes) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, bytes)));
  return unit * [1, 2, 5, 10].find((step) => step * unit >= bytes);
}
