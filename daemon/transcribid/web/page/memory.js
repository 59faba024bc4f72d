// Memory use of each engine over the last hour, as a chart and in words.

import { get } from "/page/api.js";
import { make } from "/page/dom.js";
import { size, span } from "/page/format.js";

const INTERVAL = 10000; // milliseconds
const [WIDTH, HEIGHT] = [360, 56];
const places = new Map(); // the element of each engine's charts

let known = { at: [], engines: [] };
let timer = 0;

export function memoryOf(engine) {
  places.set(engine, make("div", { class: "memory" }));
  draw(engine);
  return places.get(engine);
}

// Called whenever the daemon becomes reachable; restarts the polling.
export async function watchMemory() {
  clearTimeout(timer);
  try {
    if (!document.hidden) known = await get("/memory");
  } catch {
    return; // reported elsewhere
  }
  for (const engine of places.keys()) draw(engine);
  timer = setTimeout(watchMemory, INTERVAL);
}

function draw(engine) {
  const found = known.engines.find(({ number }) => number === engine);
  if (!found || !known.at.length) return;
  const { resident, gpu_used: used, gpu_total: total } = found;
  const charts = [chart("Memory", resident, round(Math.max(...resident)), "")];
  if (total) charts.push(chart("GPU memory", used, total, ", all programs"));
  places.get(engine).replaceChildren(...charts);
}

function chart(what, values, most, whose) {
  const measured = values.filter((value) => value !== null);
  const now = size(values.at(-1) ?? 0);
  const scale = `0 to ${size(most)}${whose}, last ${span(known.at.at(-1) - known.at[0])}`;
  const range = measured.length ? ` Lowest ${size(Math.min(...measured))}, highest ${size(Math.max(...measured))}.` : "";
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

// The smallest of 1, 2, 5, 10, 20 ... that is not less.
function round(bytes) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, bytes)));
  return unit * [1, 2, 5, 10].find((step) => step * unit >= bytes);
}
