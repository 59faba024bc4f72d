// Settings that can be changed here, and where each is set.

import { ask, get } from "/page/api.js";
import { button, byId, make, showError, toast } from "/page/dom.js";
import { languages } from "/page/options.js";

const LABELS = {
  "engine.model": "Model",
  "engine.device": "Device",
  "engine.compute_type": "Precision",
  "transcription.language": "Language",
  "diarization.enabled": "Speakers",
  "outputs.formats": "Formats",
};

let fields = []; // {setting, value()}

export async function loadSettings() {
  if (Object.keys(changes()).length) return; // there are unsaved changes
  try {
    render(await get("/settings"));
  } catch (error) {
    showError(error);
  }
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function changes() {
  const changed = fields.filter(({ setting, value }) => !same(value(), setting.value));
  return Object.fromEntries(changed.map(({ setting, value }) => [setting.key, value()]));
}

function render(settings) {
  fields = settings.map(field);
  const save = make("button", { type: "submit", class: "primary", disabled: true }, "Save");
  byId("settings").replaceChildren(
    ...fields.map(({ node }) => node),
    make("p", { id: "settings-error", class: "error", role: "alert" }),
    make("div", { class: "actions" }, save, make("span", { class: "quiet" }, "Applies from the next recording on. If it changes the engine, running recordings restart.")),
  );
  byId("settings").oninput = () => {
    save.disabled = !Object.keys(changes()).length;
  };
}

function field(setting) {
  const id = setting.key.replace(".", "-");
  const [control, value] = controls(setting, id);
  const group = Array.isArray(setting.value);
  const name = LABELS[setting.key] ?? setting.key;
  const undo = () => put({ [setting.key]: null });
  const chosen = [
    make("strong", { class: "chosen" }, "✎ chosen here"),
    " ",
    button("Undo", undo, { class: "small", "aria-label": `Undo ${name}` }),
  ];
  const origin = make("p", { class: "quiet", id: `${id}-origin` }, setting.saved ? chosen : from(setting));
  const facts = { class: "field", "data-key": setting.key };
  const node = group
    ? make("fieldset", facts, make("legend", {}, name), control, origin)
    : make("div", facts, make("label", { for: id }, name), control, origin);
  return { setting, value, node };
}

const from = ({ origin }) => (origin === "default" ? "the default" : `from ${origin}`);

function controls(setting, id) {
  const described = { id, "aria-describedby": `${id}-origin` };
  if (Array.isArray(setting.value)) return boxes(setting);
  if (typeof setting.value === "boolean") {
    const box = make("input", { ...described, type: "checkbox", checked: setting.value });
    return [box, () => box.checked];
  }
  if (setting.key === "engine.model") {
    const free = { list: `${id}-list`, autocomplete: "off", spellcheck: false };
    const input = make("input", { ...described, ...free, value: setting.value });
    const known = make("datalist", { id: free.list }, setting.choices.map((value) => make("option", { value })));
    const hint = make("p", { class: "quiet" }, "A name or owner/name of a model that is on this machine.");
    return [make("div", {}, input, known, hint), () => input.value.trim()];
  }
  const plain = (values) => values.map((value) => make("option", { value }, value));
  const named = setting.key === "transcription.language" ? languages : plain;
  const select = make("select", described, named(setting.choices));
  select.value = setting.value;
  return [select, () => select.value];
}

// JSON is always written: it marks a set of outputs as complete.
function boxes(setting) {
  const all = setting.choices.map((value) => {
    const always = value === "json";
    const checked = always || setting.value.includes(value);
    return make("input", { type: "checkbox", value, checked, disabled: always });
  });
  const node = make("div", { class: "boxes" }, all.map((box) => make("label", {}, box, ` ${box.value}`)));
  const value = () => {
    const chosen = all.filter((box) => box.checked).map((box) => box.value);
    return same([...chosen].sort(), [...new Set([...setting.value, "json"])].sort()) ? setting.value : chosen;
  };
  return [node, value];
}

async function put(changes) {
  try {
    const { answer } = await ask("PUT", "/settings", changes);
    const settings = await get("/settings");
    render(settings);
    toast(answer);
    for (const { key, value, origin, saved } of settings) {
      const overruled = changes[key] && !saved && !same(changes[key], value);
      if (overruled) toast(`${LABELS[key]} stays ${value}: ${origin} takes precedence.`, { bad: true });
    }
    byId("settings-title").focus({ preventScroll: true });
  } catch (error) {
    byId("settings-error").textContent = error.message;
  }
}

byId("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("settings-error").textContent = "";
  put(changes());
});
