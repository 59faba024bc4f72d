// Elements from values: text enters as text, and what stays the same stays the same element.

export const byId = (id) => document.getElementById(id);

export function make(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === ""));
  return node;
}

export const button = (text, act, facts = {}) => make("button", { type: "button", onclick: act, ...facts }, text);

// A sentence of the daemon; what it puts between backticks is code.
export const told = (text) => text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

const shown = new WeakMap();

// One child for each item. `create` returns {node, update}: the node stays while the key does.
export function list(parent, items, key, create) {
  const before = shown.get(parent) ?? new Map();
  const now = new Map();
  for (const item of items) {
    const part = before.get(key(item)) ?? create(item);
    part.update?.(item);
    now.set(key(item), part);
  }
  for (const [name, part] of before) if (!now.has(name)) part.node.remove();
  [...now.values()].forEach(({ node }, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  shown.set(parent, now);
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function toast(text, { bad = false } = {}) {
  const node = make("p", { class: bad ? "toast bad" : "toast" }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), bad ? 12000 : 6000);
}

// Whoever is asked for a token sees that.
export function complain(error) {
  if (error.status !== 401) toast(error.message, { bad: true });
}

// Do what a button says; the answer, or why not, is told.
export async function act(pressed, work) {
  pressed.disabled = true;
  try {
    toast((await work()).answer);
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    pressed.disabled = false;
  }
}
