// Elements from values: text is never parsed as HTML, and unchanged items keep their elements.

export const byId = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === ""));
  return node;
}

export const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

// A message of the daemon; text between backticks becomes code.
export const formatted = (text) => text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

const rendered = new WeakMap();

// One child per item. `create` returns {node, update}; the node is kept as long as its key.
export function list(parent, items, key, create) {
  const before = rendered.get(parent) ?? new Map();
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
  rendered.set(parent, now);
}

export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function toast(text, { bad = false } = {}) {
  const node = make("p", { class: bad ? "toast bad" : "toast" }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), bad ? 12000 : 6000);
}

// Nothing is shown for 401: the sign-in dialog opens.
export function showError(error) {
  if (error.status !== 401) toast(error.message, { bad: true });
}

// Run an action for a button and show the answer or the error. Returns whether it succeeded.
export async function act(pressed, work) {
  pressed.disabled = true;
  try {
    toast((await work()).answer);
    return true;
  } catch (error) {
    showError(error);
    return false;
  } finally {
    pressed.disabled = false;
  }
}
