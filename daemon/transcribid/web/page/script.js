// Entry point: connects the parts of the page.

import { listen, locked, post } from "/page/api.js";
import { act, byId } from "/page/dom.js";
import { showJobs } from "/page/jobs.js";
import { watchMemory } from "/page/memory.js";
import { loadSettings } from "/page/settings.js";
import { showSkipped } from "/page/skipped.js";
import { showAway, showStatus } from "/page/status.js";
import { closeReader, openReader } from "/page/transcript.js";
import { startUploads } from "/page/upload.js";

let paused = false;
let reachable = false; // whether the last contact with the daemon succeeded

const reconnect = listen({
  status(now) {
    paused = now.paused;
    if (!reachable) {
      loadSettings();
      watchMemory();
    }
    reachable = true;
    showStatus(now);
    showJobs(now);
    showSkipped(now);
  },
  away(message) {
    reachable = false;
    showAway(message);
  },
});

byId("pause").addEventListener("click", ({ currentTarget }) =>
  act(currentTarget, () => post(paused ? "/resume" : "/pause")),
);
byId("skip").addEventListener("click", () => byId("main").focus());

locked.addEventListener("locked", () => {
  byId("word").textContent = "locked";
  byId("sentence").textContent = "The daemon requires its token.";
  if (!byId("login").open) byId("login").showModal();
});
byId("login").addEventListener("cancel", (event) => event.preventDefault());
byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await post("/login", { token: byId("token").value });
  } catch (error) {
    byId("login-error").textContent = error.message;
    byId("token").select();
    return;
  }
  byId("login-error").textContent = byId("token").value = "";
  byId("login").close();
  reconnect();
  route();
});

// The URL's fragment says which transcript is open: #job-7.
function route() {
  const job = /^#job-(\d+)$/.exec(location.hash)?.[1];
  if (job) openReader(job);
  else closeReader();
}
addEventListener("hashchange", route);
startUploads();
route();
