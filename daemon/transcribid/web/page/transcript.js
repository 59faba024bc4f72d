// A transcript with its audio: the spoken word is marked, a clicked one is played.

import { get, post, reason } from "/page/api.js";
import { act, button, byId, formatted, make } from "/page/dom.js";
import { clock, language, when } from "/page/format.js";
import { chip } from "/page/jobs.js";
import { optionFields } from "/page/options.js";

const UNSURE = 0.5; // probability below which a word is doubtful
const LINGER = 0.4; // seconds that a word stays marked after its end
const DOUBTS = {
  repeats: "repeats itself",
  guessed: "little more than a guess",
  cut: "the text is cut off",
  unheard: "there is speech nearby without words",
};

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
let stopPlayer = () => {};
let wanted = null;

export async function openReader(id) {
  wanted = id;
  stopPlayer();
  byId("board").hidden = true;
  const reader = byId("reader");
  reader.hidden = false;
  const backLink = make("a", { class: "back", href: "#" }, "← All recordings");
  const title = make("h2", { id: "reader-title", tabIndex: -1 }, "…");
  reader.replaceChildren(backLink, title);
  try {
    const [job, transcript] = await Promise.all([get(`/jobs/${id}`), get(`/jobs/${id}/transcript`)]);
    if (wanted !== id) return;
    title.textContent = job.name;
    reader.append(...content(job, transcript));
  } catch (error) {
    if (wanted === id) reader.append(make("p", { class: "error", role: "alert" }, error.message));
  }
  scrollTo(0, 0);
  title.focus({ preventScroll: true });
}

export function closeReader() {
  const before = wanted;
  wanted = null;
  stopPlayer();
  byId("reader").hidden = true;
  byId("reader").replaceChildren();
  byId("board").hidden = false;
  if (before) document.querySelector(`a[href="#job-${before}"]`)?.focus();
}

function content(job, transcript) {
  const player = make("audio", {
    controls: true,
    preload: "metadata",
    src: `/jobs/${job.id}/audio`,
    "aria-label": `The recording ${job.name}`,
  });
  const follow = make("input", { type: "checkbox", checked: true });
  const playError = make("p", { class: "error", role: "alert" });
  player.addEventListener("error", () => explain(job, playError));
  const bar = make("div", { class: "player" }, player, make("label", {}, follow, " Follow the words"), playError);
  const body = spoken(transcript);
  stopPlayer = attachPlayer(player, follow, body);
  return [about(job, transcript), again(job), bar, legend(body), body.node];
}

// The same recording, transcribed again with other options.
function again({ id }) {
  const fields = optionFields("as before");
  const go = async ({ currentTarget }) => {
    if (await act(currentTarget, () => post(`/jobs/${id}/retry${fields.query()}`))) location.hash = "";
  };
  const start = make("div", { class: "actions" }, button("Transcribe once more", go, { class: "primary" }));
  return make("details", { ontoggle: fields.load }, make("summary", {}, "Re-transcribe"), fields.node, start);
}

async function explain(job, playError) {
  const href = `/jobs/${job.id}/audio`;
  const answer = await fetch(href, { headers: { Range: "bytes=0-0" } }).catch(() => null);
  const save = make("a", { href, download: "" }, "Save it");
  if (!answer) playError.textContent = "The daemon does not answer.";
  else if (!answer.ok) playError.textContent = reason(await answer.text(), answer);
  else playError.replaceChildren("This browser cannot play this format. ", save, " to hear it.");
}

function about(job, transcript) {
  const { quality, engine } = transcript;
  const sure = Math.round(100 * transcript.language_probability);
  const facts = [
    clock(transcript.duration),
    transcript.speech ? language(transcript.language) + (sure < 100 ? `, ${sure} % sure` : "") : transcript.unheard.length ? "no words" : "no speech",
    `${engine.model}, ${engine.device}, ${engine.compute_type}`,
    when(job.history.at(-1).at),
  ].join(" · ");
  const remarks = [...quality.reasons, ...engine.notes].map((text) => make("li", {}, formatted(text)));
  return make(
    "div",
    { class: "about" },
    make("p", { class: "facts" }, chip(quality.verdict), make("span", { class: "quiet" }, facts)),
    remarks.length && make("ul", { class: "reasons" }, remarks),
    make("p", { class: "formats" }, "Save as ", formats(job, transcript).map((link) => [link, " "])),
  );
}

function formats({ id, output }, { outputs }) {
  const name = (output ?? "transcript").split("/").at(-1);
  const written = Object.keys(outputs).map((each) => each.split(".").at(-1));
  const link = (format, href) => make("a", { href, download: `${name}.${format}` }, format);
  const texts = written.map((format) => link(format, `/jobs/${id}/transcript.${format}`));
  return [...texts, link("json", `/jobs/${id}/transcript`)];
}

// The whole text: one part per segment, and per stretch of speech without words.
function spoken(transcript) {
  const words = []; // {start, end, node, part}, in the order of their time
  const node = make("ol", { class: "transcript", lang: transcript.language });
  const parts = [...transcript.segments, ...transcript.unheard].sort((one, other) => one.start - other.start);
  let before;
  for (const part of parts) {
    node.append(part.words ? segment(part, words, part.speaker !== before) : gap(part));
    if (part.words) before = part.speaker;
  }
  if (!parts.length) node.append(make("li", { class: "quiet", lang: "en" }, "There is no speech in this recording."));
  return { node, words };
}

function jump(seconds) {
  const facts = { type: "button", class: "jump", lang: "en", "aria-label": `Play from ${clock(seconds)}` };
  return make("button", { ...facts, "data-at": seconds }, clock(seconds));
}

function gap({ start, end }) {
  const text = `⚠ Speech until ${clock(end)}, for which no words were found.`;
  return make("li", { class: "unheard", lang: "en" }, jump(start), make("p", {}, text));
}

function segment(each, words, changes) {
  const text = make("p");
  const speaker = changes && make("p", { class: "speaker" }, each.speaker ?? "?");
  const doubts = each.doubts.map((doubt) => DOUBTS[doubt] ?? doubt).join(", ");
  const doubt = doubts && make("p", { class: "doubt", lang: "en" }, `⚠ Doubtful: ${doubts}.`);
  const facts = { class: doubts && "doubtful", lang: each.language };
  const part = make("li", facts, jump(each.start), make("div", {}, speaker, text, doubt));
  let from = 0; // position in the text, which holds the spaces
  for (const { word, start, end, probability } of each.words.length ? each.words : [whole(each)]) {
    const at = Math.max(from, each.text.indexOf(word, from));
    const unsure = probability !== null && probability < UNSURE;
    const node = make("span", { class: "word", "data-at": start }, word);
    if (unsure) {
      node.classList.add("unsure");
      node.title = `${Math.round(100 * probability)} % sure`;
    }
    text.append(each.text.slice(from, at), node);
    from = at + word.length;
    words.push({ start, end, node, part });
  }
  text.append(each.text.slice(from));
  return part;
}

// For a segment without word timestamps.
const whole = ({ text, start, end }) => ({ word: text, start, end, probability: null });

function legend({ words }) {
  const unsure = words.filter(({ node }) => node.classList.contains("unsure")).length;
  const example = [
    make("span", { class: "unsure" }, "Words"),
    ` with a question mark were transcribed with less than 50 % confidence: ${unsure} of ${words.length}.`,
  ];
  return make("p", { class: "quiet legend" }, "Click a word to hear it. ", unsure > 0 && example);
}

// Mark the word being spoken, and play from a clicked one. Returns a function that stops this.
function attachPlayer(player, follow, { node, words }) {
  let marked = null;
  let frame = 0;
  const mark = () => {
    const now = player.currentTime + 0.01;
    const word = words[lastBefore(words, now)];
    const hit = word && now <= word.end + LINGER ? word : null;
    if (hit === marked) return;
    marked?.node.classList.remove("spoken");
    hit?.node.classList.add("spoken");
    if (hit && hit.part !== marked?.part && follow.checked && !player.paused) {
      hit.part.scrollIntoView({ block: "nearest", behavior: reducedMotion.matches ? "auto" : "smooth" });
    }
    marked = hit;
  };
  const run = () => {
    mark();
    frame = player.paused ? 0 : requestAnimationFrame(run);
  };
  player.addEventListener("play", () => frame || run());
  for (const event of ["seeked", "pause", "timeupdate"]) player.addEventListener(event, mark);
  node.addEventListener("click", ({ target }) => {
    const place = target.closest("[data-at]");
    if (!place || String(getSelection())) return;
    player.currentTime = Number(place.dataset.at);
    player.play().catch(() => {}); // the error event reports why
  });
  return () => {
    cancelAnimationFrame(frame);
    player.pause();
    player.removeAttribute("src");
    player.load(); // closes the connection
    stopPlayer = () => {};
  };
}

// Index of the last word that has begun by then, or -1.
function lastBefore(words, time) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
