// Options of some recordings and not of others.

import { get } from "/page/api.js";
import { complain, make } from "/page/dom.js";
import { language } from "/page/format.js";

const byName = (one, other) =>
  (one.value !== "auto") - (other.value !== "auto") || one.text.localeCompare(other.text);

export function languages(codes) {
  return codes.map((value) => make("option", { value }, language(value))).sort(byName);
}

// Fields that change nothing until they are touched; `usual` says what holds then.
export function optionFields(usual) {
  const unchanged = () => make("option", { value: "" }, usual);
  const tongue = make("select", {}, unchanged());
  const speakers = make(
    "select",
    { onchange: () => (count.disabled = speakers.value === "false") },
    unchanged(),
    make("option", { value: "true" }, "yes"),
    make("option", { value: "false" }, "no"),
  );
  const count = make("input", { type: "number", min: 1, max: 99, placeholder: "if you know it" });
  const node = make(
    "div",
    { class: "option-fields" },
    make("label", {}, "Language", tongue),
    make("label", {}, "Speakers", speakers),
    make("label", {}, "How many speak", count),
  );
  const values = () => ({ language: tongue.value, with_diarization: speakers.value, num_speakers: count.disabled ? "" : count.value });
  return {
    node,
    async load() {
      if (tongue.options.length > 1) return;
      try {
        const settings = await get("/settings");
        tongue.append(...languages(settings.find(({ key }) => key === "transcription.language").choices));
      } catch (error) {
        complain(error);
      }
    },
    // What follows the path: "", or "?language=de".
    query() {
      const chosen = Object.entries(values()).filter(([, value]) => value);
      return chosen.length ? `?${new URLSearchParams(chosen)}` : "";
    },
  };
}
