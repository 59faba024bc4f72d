// Numbers in human-readable form.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function size(bytes) {
  let unit = 0;
  for (; bytes >= 1000 && unit < UNITS.length - 1; unit++) bytes /= 1000;
  return `${bytes < 10 && unit ? Number(bytes.toFixed(1)) : Math.round(bytes)} ${UNITS[unit]}`;
}

// 3725.4 is 1:02:05
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

export function span(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const BOTH = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

// Only the time if it is today.
export function when(epoch) {
  const then = new Date(epoch * 1000);
  return (then.toDateString() === new Date().toDateString() ? TIME : BOTH).format(then);
}

const NAMES = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export function language(code) {
  if (code === "auto") return "auto (detect)";
  const name = NAMES.of(code);
  return name === code ? code : `${name} (${code})`;
}

export const counted = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
