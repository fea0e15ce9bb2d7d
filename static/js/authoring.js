/**
 * Writing a panel: autosave and buttons never race each other, and what was typed in the last second
 * goes out when the page is left. All of it works without.
 */

const form = () => document.querySelector("form[data-autosave]");

/** Whether something was typed that no save has taken yet. */
let isDirty = false;

/** Whether a button just sent everything: an autosave now could overtake it and make it stale. */
let isLeaving = false;

/** Say beside the heading how far saving is. @param {string} words @param {boolean} isFailed */
function note(words, isFailed) {
  const saved = document.getElementById("saved-note");
  if (!saved) return;
  saved.textContent = words;
  saved.classList.toggle("is-failed", isFailed);
}

document.addEventListener("input", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-autosave]")) return;
  isDirty = true;
  isLeaving = false;
  note("Not saved yet", false);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLeaving) event.preventDefault();
  else isDirty = false;
});

for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, () => {
    isDirty = true;
    note("Not saved. What you typed is still here.", true);
  });
}

// Back on the line: what could not be sent goes out now.
window.addEventListener("online", () => {
  if (isDirty) form()?.dispatchEvent(new Event("change", { bubbles: true }));
});

// A button pressed while an autosave is under way would carry the version from before it.
document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (!(sent instanceof HTMLFormElement) || !sent.matches("[data-autosave]")) return;
  if (!sent.matches(".htmx-request")) {
    isDirty = false;
    isLeaving = true;
    return;
  }
  event.preventDefault();
  sent.addEventListener("htmx:afterRequest", () => sent.requestSubmit(event.submitter), { once: true });
});

window.addEventListener("pagehide", () => {
  const current = form();
  if (!isDirty || !current) return;
  const data = new FormData(current);
  data.delete("upload");
  fetch(current.action, { method: "POST", body: data, keepalive: true, credentials: "same-origin" });
});

// A page that the back button brings back holds an old version: what is stored now is shown instead.
window.addEventListener("pageshow", (event) => {
  const [visit] = performance.getEntriesByType("navigation");
  const isBack = event.persisted || (visit instanceof PerformanceNavigationTiming && visit.type === "back_forward");
  isLeaving = false;
  if (isBack && form() && !isDirty) location.reload();
});

for (const hint of document.querySelectorAll("[data-needs-script]")) hint.hidden = false;
