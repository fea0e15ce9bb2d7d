/**
 * Bringing images into panels: paste and drop do what the file field does, an address what its button
 * does. Each file goes up by itself, with its own progress and its own outcome, and the words that are
 * typed meanwhile stay in their fields. All of it works without, in one request.
 */

const CONFIRMED = new Set(["checkbox", "radio"]); // what was confirmed of one image is not said of the next
const LONGEST_SAVE_MS = 5000;
/** @type {Record<number, string>} */
const REASONS = {
  0: "The server could not be reached. Check the connection, then bring it again.",
  401: "You were signed out. Sign in in another tab, then bring it again.",
  403: "This was refused: your account may not do it, or you signed in again since. Reload the page.",
  404: "What this belongs to is no longer there.",
  409: "This problem was changed in another window meanwhile. Reload the page, then bring it again.",
  413: "This file is larger than the server takes. Export it smaller.",
};
const UNSETTLED = "Not brought: the words of this panel need your attention first.";
const BROKEN = "Something broke on the server, and it has been recorded. Try again in a moment.";

/** @typedef {{ name: string, field: "upload" | "address", content: File | string, url: string, row: HTMLElement }} Task */

/** @type {Task[]} what still is to be brought */
const waiting = [];
/** Names of the fields that were typed in since the last save began. @type {Set<string>} */
const typed = new Set();
let isBringing = false;
/** While a file is under way an autosave would start from words that its request just saved. */
let isHolding = false;

const form = () => /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-autosave]"));
const zone = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-bring]"));
const results = () => document.getElementById("upload-results");

/* ---- one line for each file ----------------------------------------------------------------------------------- */

/** @param {string} tag @param {string} className @param {string} text */
function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A line with a name and a progress bar. @param {string} name */
function addRow(name) {
  const row = element("div", "upload-result is-waiting");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  row.append(element("p", "upload-name", name), bar, element("p", "upload-state", "Waiting"));
  results()?.append(row);
  return row;
}

/** @param {HTMLElement} row @param {string} state @param {number | null} part of 1; null: nobody knows */
function showProgress(row, state, part) {
  const bar = row.querySelector("progress");
  const words = row.querySelector(".upload-state");
  if (!bar || !words) return;
  if (part === null) bar.removeAttribute("value");
  else bar.value = part;
  words.textContent = state;
}

/** @param {HTMLElement} row @param {string} words */
function refuse(row, words) {
  row.className = "upload-result is-refused";
  row.setAttribute("role", "alert");
  row.querySelector("progress")?.remove();
  const state = row.querySelector(".upload-state");
  if (state) state.textContent = words;
}

/** Let the server's words take the place of a line. @param {HTMLElement} row @param {string} html */
function replaceRow(row, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const outcome = template.content.querySelector("[data-outcome]");
  if (!(outcome instanceof HTMLElement)) return false;
  row.className = outcome.className;
  row.replaceChildren(...outcome.childNodes);
  if (outcome.hasAttribute("role")) row.setAttribute("role", outcome.getAttribute("role") ?? "");
  return true;
}

/* ---- words: none is lost while files are under way ------------------------------------------------------------- */

/** Until an autosave of the form has ended. @param {HTMLFormElement} saving */
function saved(saving) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, LONGEST_SAVE_MS);
    /** @param {Event} [event] */
    function done(event) {
      if (event && /** @type {CustomEvent} */ (event).detail.elt !== saving) return;
      clearTimeout(timer);
      document.removeEventListener("htmx:afterRequest", done);
      resolve(undefined);
    }
    document.addEventListener("htmx:afterRequest", done);
  });
}

/** Save what was typed as the page always does, so that a file never carries words of its own. */
async function saveWords() {
  const saving = form();
  if (!saving) return;
  if (saving.matches(".htmx-request")) await saved(saving);
  if (!typed.size) return;
  typed.clear();
  const isSaved = saved(saving);
  saving.dispatchEvent(new Event("change", { bubbles: true }));
  await isSaved;
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const field = event.target;
    if (!(field instanceof HTMLElement) || !(field.matches("input, textarea, select"))) return;
    if (field.id === "upload" || field.id === "address") event.stopPropagation(); // no words of the panel
    else if (field.closest("[data-autosave]")) typed.add(/** @type {HTMLInputElement} */ (field).name);
    if (field instanceof HTMLInputElement && field.id === "upload" && name === "change") bringFiles([...(field.files ?? [])]);
  }, true);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isHolding || event.target !== form()) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

/** Show the panel as it is now, with the words in their fields and the lines of the files. */
async function showPanel() {
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const editor = page.getElementById("editor");
  if (!answer?.ok || !editor) return;
  const words = new Map();
  for (const name of typed) {
    const field = form()?.elements.namedItem(name);
    if (field instanceof HTMLElement && "value" in field && !CONFIRMED.has(field.getAttribute("type") ?? "")) words.set(name, field.value);
  }
  const isReplaced = zone()?.hasAttribute("data-replaces");
  swapEditor(editor.outerHTML, answer);
  if (isReplaced) sayReplaced();
  for (const [name, value] of words) {
    const field = form()?.elements.namedItem(name);
    if (!(field instanceof HTMLElement) || !("value" in field) || field.value === value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Where images are brought, in view: a paste into a text field may not have been meant for the image. */
function sayReplaced() {
  const said = zone()?.querySelector("[data-bring-said]");
  const undo = document.querySelector("[data-undo]");
  if (!(said instanceof HTMLElement) || !undo) return; // it is the same picture
  said.replaceChildren("The image was replaced. ", undo.cloneNode(true));
  said.setAttribute("role", "alert");
  said.hidden = false;
  said.scrollIntoView({ block: "nearest" });
}

/** @param {string} html @param {{ status: number }} xhr what site.js asks about every swap */
function swapEditor(html, xhr) {
  const rows = [...(results()?.children ?? [])];
  htmx.swap("#editor", html, { swapStyle: "outerHTML" }, { eventInfo: { xhr, target: document.body } });
  results()?.replaceChildren(...rows);
  prepare();
}

/* ---- one request for each file --------------------------------------------------------------------------------- */

/** @param {Task} task @param {boolean} isFurther @returns {Promise<XMLHttpRequest>} */
function send(task, isFurther) {
  const data = new FormData(form() ?? undefined);
  for (const name of ["upload", "address"]) data.delete(name);
  data.append(task.field, task.content);
  if (isFurther) data.append("further", "on");
  const request = new XMLHttpRequest();
  request.open("POST", task.url);
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (task.field === "upload") showProgress(task.row, `${Math.floor((100 * loaded) / total)} %`, loaded / total);
  });
  request.upload.addEventListener("load", () => {
    showProgress(task.row, task.field === "upload" ? "The server looks at it" : "The server fetches it", null);
  });
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => resolve(request));
    request.send(data);
  });
}

/** Show what became of a file; false where the page's own words must be settled first. @param {Task} task @param {XMLHttpRequest} request */
function take(task, request) {
  if (request.getResponseHeader("HX-Retarget") === "#editor") {
    refuse(task.row, UNSETTLED);
    swapEditor(request.responseText, request);
    return false;
  }
  if (replaceRow(task.row, request.responseText)) return true;
  refuse(task.row, REASONS[request.status] ?? BROKEN);
  return true;
}

/** Where to go on where one file alone was brought that needs a page of its own: a scan. */
function wayOn() {
  const way = results()?.children.length === 1 ? results()?.querySelector("a[data-leads-on]") : null;
  return way instanceof HTMLAnchorElement ? way.href : "";
}

/** Bring everything that waits, one after the other; then show the panel. */
async function bringAll() {
  if (isBringing) return;
  isBringing = true;
  const isQueryLast = waiting.length > 1 && Boolean(zone()?.hasAttribute("data-examples-first"));
  for (let isFurther = isQueryLast; waiting.length; isFurther = true) {
    isHolding = false;
    await saveWords();
    isHolding = true;
    const task = waiting[0];
    const request = await send(task, isFurther);
    waiting.shift();
    if (!take(task, request)) break;
  }
  if (waiting.length) for (const { row } of waiting.splice(0)) refuse(row, UNSETTLED);
  const elsewhere = wayOn();
  if (!elsewhere && results()?.querySelector(".is-placed")) await showPanel();
  isBringing = isHolding = false;
  if (elsewhere) location.assign(elsewhere);
  else {
    sayHowMany();
    await saveWords(); // what was typed while nothing was placed
  }
  if (waiting.length) bringAll(); // brought while the panel was fetched
}

/** Tell those who do not see the lines; what was refused comes into view. */
function sayHowMany() {
  const status = zone()?.querySelector("[data-bring-status]");
  const count = (/** @type {string} */ kind) => results()?.querySelectorAll(`.upload-result.is-${kind}`).length ?? 0;
  if (status) status.textContent = `${count("placed")} brought, ${count("refused")} refused.`;
  results()?.querySelector(".is-refused")?.scrollIntoView({ block: "nearest" });
}

/* ---- what is brought ------------------------------------------------------------------------------------------- */

/** @param {File[]} files */
function bringFiles(files) {
  const button = document.querySelector("[data-upload]");
  if (!files.length || !(button instanceof HTMLButtonElement)) return;
  if (!isBringing) results()?.replaceChildren();
  const limit = Number(zone()?.dataset.limit);
  for (const file of files) {
    const row = addRow(file.name);
    if (file.size > limit) refuse(row, `This file is larger than ${Math.floor(limit / 1024 ** 2)} MB. Export it smaller.`);
    else waiting.push({ name: file.name, field: "upload", content: file, url: button.formAction.split("#")[0], row });
  }
  const input = document.getElementById("upload");
  if (input instanceof HTMLInputElement) input.value = "";
  if (waiting.length) bringAll();
}

/** Fetch what the address field names. */
function bringAddress() {
  const button = document.querySelector("[data-fetch]");
  const input = document.getElementById("address");
  if (!(button instanceof HTMLButtonElement) || !(input instanceof HTMLInputElement) || isBringing) return;
  const address = input.value.trim();
  results()?.replaceChildren();
  const row = addRow(address || "No address");
  waiting.push({ name: address, field: "address", content: address, url: button.formAction.split("#")[0], row });
  bringAll();
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!(button instanceof HTMLElement) || !button.matches("[data-upload], [data-fetch]")) return;
  event.preventDefault();
  event.stopPropagation(); // the page is not left: its autosave goes on
  if (button.matches("[data-fetch]")) bringAddress();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.target instanceof HTMLElement) || event.target.id !== "address") return;
  event.preventDefault(); // else it presses the first button of the form, which saves
  bringAddress();
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  const isText = event.target instanceof Element && event.target.matches("textarea, input") && event.clipboardData?.types.includes("text/plain");
  if (!files.length || isText || !zone()) return; // a table from a spreadsheet is text and a picture of it
  event.preventDefault();
  bringFiles(files);
});

/** Whether files or a picture of another page are dragged. @param {DragEvent} event */
function isBrought(event) {
  const kinds = event.dataTransfer?.types ?? [];
  return Boolean(zone()) && (kinds.includes("Files") || (kinds.includes("text/uri-list") && event.target instanceof Element && Boolean(event.target.closest("[data-drop]"))));
}

// Anywhere on the page: a browser would leave it to show a file that was dropped beside the zone.
document.addEventListener("dragover", (event) => {
  if (!isBrought(event)) return;
  event.preventDefault();
  document.querySelector("[data-drop]")?.classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.querySelector("[data-drop]")?.classList.remove("is-over");
});

document.addEventListener("drop", (event) => {
  if (!isBrought(event)) return;
  event.preventDefault();
  document.querySelector("[data-drop]")?.classList.remove("is-over");
  const files = [...(event.dataTransfer?.files ?? [])];
  const input = document.getElementById("address");
  if (files.length) bringFiles(files);
  else if (input instanceof HTMLInputElement) {
    input.value = (event.dataTransfer?.getData("text/uri-list") ?? "").split(/\r?\n/).find((line) => line && !line.startsWith("#")) ?? "";
    bringAddress();
  }
});

window.addEventListener("beforeunload", (event) => {
  if (isBringing) event.preventDefault();
});

/** Choosing is enough where scripts run. */
function prepare() {
  document.querySelector("[data-upload]")?.setAttribute("hidden", "");
  for (const hint of document.querySelectorAll("[data-bring-script]")) hint.removeAttribute("hidden");
}

document.addEventListener("htmx:afterSwap", prepare);
prepare();
