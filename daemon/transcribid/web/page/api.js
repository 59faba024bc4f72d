// Requests to the daemon, and the events it sends.

const RETRY_DELAY = 2000; // milliseconds

export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const locked = new EventTarget(); // "locked": the daemon requires its token

export async function ask(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new RequestError(0, "The daemon does not answer.");
  }
  if (answer.ok) return answer.json();
  if (answer.status === 401 && path !== "/login") locked.dispatchEvent(new Event("locked"));
  throw new RequestError(answer.status, reason(await answer.text(), answer));
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);

// The daemon's error message, whatever shape it has.
export function reason(text, { status, statusText }) {
  try {
    const { detail } = JSON.parse(text);
    if (typeof detail === "string") return detail;
    if (Array.isArray(detail)) return detail.map((each) => each.msg).join("\n");
  } catch {
    // not JSON: only the status is known
  }
  return `The daemon answered ${status} ${statusText ?? ""}`.trim() + ".";
}

// Reports each status; reconnects on its own, also when the page becomes visible again.
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
      await get("/status"); // the daemon is up; only this stream ended
    } catch (error) {
      if (error.status === 401) return; // signing in reopens it
      away(error.message);
    }
    timer = setTimeout(open, RETRY_DELAY);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) source?.close(); // browsers allow few connections per host
    else open();
  });
  open();
  return open;
}
