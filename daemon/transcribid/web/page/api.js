// What the page asks of the daemon, and what the daemon tells by itself.

const AGAIN = 2000; // milliseconds until the next try to reach it

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const locked = new EventTarget(); // "locked": the daemon asks for its token

export async function ask(method, path, body) {
  const told = { method, headers: {} };
  if (body !== undefined) {
    told.headers["Content-Type"] = "application/json";
    told.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, told);
  } catch {
    throw new Refused(0, "The daemon does not answer.");
  }
  if (answer.ok) return answer.json();
  if (answer.status === 401 && path !== "/login") locked.dispatchEvent(new Event("locked"));
  throw new Refused(answer.status, reason(await answer.text(), answer));
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);

// The daemon's own words, whatever shape they come in.
export function reason(text, { status, statusText }) {
  try {
    const { detail } = JSON.parse(text);
    if (typeof detail === "string") return detail;
    if (Array.isArray(detail)) return detail.map((each) => each.msg).join("\n");
  } catch {
    // no JSON: what follows is all that is known
  }
  return `The daemon answered ${status} ${statusText ?? ""}`.trim() + ".";
}

// Tells each status as it comes; reconnects by itself, also when the page is looked at again.
export function listen({ status, away }) {
  let source = null;
  let timer = 0;
  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/events");
    source.addEventListener("status", (event) => status(JSON.parse(event.data)));
    source.onerror = lost;
  };
  const lost = async () => {
    source.close();
    try {
      await get("/status"); // it is there: it ended only this stream
    } catch (error) {
      if (error.status === 401) return; // logging in opens it again
      away(error.message);
    }
    timer = setTimeout(open, AGAIN);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) source?.close(); // browsers allow few connections to one place
    else open();
  });
  open();
  return open;
}
