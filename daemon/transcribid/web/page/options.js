// Options for individual recordings.

import { get } from "/page/api.js";
import { make, showError } from "/page/dom.js";
import { language } from "/page/format.js";

const byName = (one, other) =>
  (one.value !== "auto") - (other.value !== "auto") || one.text.localeCompare(other.text);

export function languages(codes) {
  return codes.map((value) => make("option", { value }, language(value))).sort(byName);
}

// Fields that override nothing until they are changed; `placeholder` names the value that applies.
export function optionFields(placeholder) {
  const unchanged = () => make("option", { value: "" }, placeholder);
  const spoken = make("select", {}, unchanged());
  const speakers = make(
    "select",
    { onchange: () => (count.disabled = speakers.value === "false") },
    unchanged(),
    make("option", { value: "true" }, "yes"),
    make("option", { value: "false" }, "no"),
  );
  const count = make("input", { type: "number", min: 1, max: 99, placeholder: "if known" });
  const node = make(
    "div",
    { class: "option-fields" },
    make("label", {}, "Language", spoken),
    make("label", {}, "Speakers", speakers),
    make("label", {}, "Number of speakers", count),
  );
  const values = () => ({ language: spoken.value, with_diarization: speakers.value, num_speakers: count.disabled ? "" : count.value });
  return {
    node,
    async load() {
      if (spoken.options.length > 1) return;
      try {
        const settings = await get("/settings");
        spoken.append(...languages(settings.find(({ key }) => key === "transcription.language").choices));
      } catch (error) {
        showError(error);
      }
    },
    // The query string: "" or "?language=de".
    query() {
      const chosen = Object.entries(values()).filter(([, value]) => value);
      return chosen.length ? `?${new URLSearchParams(chosen)}` : "";
    },
  };
}
