/* What every page shares. Each page works without it; this makes it smoother. */

const TEXT_FIELD = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";

/** @param {EventTarget | null} target */
const isTextField = (target) => target instanceof Element && target.matches(TEXT_FIELD);

/* ---- relative times ---------------------------------------------------------------------------------------- */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

/** @param {number} seconds negative in the past */
function inWords(seconds) {
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  if (Math.abs(seconds) < 5) return "just now";
  return seconds < 0 ? `${Math.round(-seconds)} s ago` : `in ${Math.round(seconds)} s`;
}

const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** The day and the hour where the reader is. */
function showDays() {
  for (const time of document.querySelectorAll("time[datetime][data-exact]")) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(moment.valueOf())) time.textContent = day.format(moment);
  }
}

function showTimes() {
  for (const time of document.querySelectorAll("time[datetime][data-relative]")) {
    const moment = new Date(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.valueOf())) continue;
    const words = inWords((moment.valueOf() - Date.now()) / 1000);
    if (time.textContent !== words) time.textContent = words;
    time.setAttribute("title", exact.format(moment));
  }
}

/* ---- after each load and swap ------------------------------------------------------------------------------- */

/** Ties findings to their control where the form had no help text to do so. */
function describeFields() {
  for (const notes of document.querySelectorAll(".field > .field-notes:not(:empty)")) {
    const control = notes.parentElement?.querySelector("input, select, textarea");
    const ids = control?.getAttribute("aria-describedby")?.split(" ") ?? [];
    if (control && !ids.includes(notes.id)) control.setAttribute("aria-describedby", [...ids, notes.id].join(" "));
  }
}

function refresh() {
  showTimes();
  showDays();
  describeFields();
  for (const button of document.querySelectorAll("button[data-copy], button[data-open-dialog]")) button.removeAttribute("hidden");
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

/** @param {Element | null} from */
function pressSave(from) {
  const near = from?.closest("form")?.querySelector("[data-save]");
  const button = near ?? document.querySelector("[data-save]");
  if (button instanceof HTMLElement) button.click();
  return Boolean(button);
}

/** @param {Element | null} from */
function submitForm(from) {
  const form = from?.closest("form");
  if (!form) return false;
  const button = form.querySelector("[data-submit]");
  form.requestSubmit(button instanceof HTMLButtonElement ? button : undefined);
  return true;
}

/** @param {string} selector */
function follow(selector) {
  const link = document.querySelector(selector);
  if (link instanceof HTMLElement) link.click();
  return Boolean(link);
}

/** @param {number} number from 1 */
function choose(number) {
  const option = document.querySelectorAll("[data-choices] input[type=radio]")[number - 1];
  if (!(option instanceof HTMLInputElement) || option.disabled) return false;
  option.click();
  option.focus();
  return true;
}

/** @param {string | null | undefined} id */
function openDialog(id) {
  const dialog = document.getElementById(id ?? "");
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
  dialog.showModal();
  return true;
}

/** @param {KeyboardEvent} event */
function withControl(event) {
  const here = document.activeElement;
  if (event.key.toLowerCase() === "s" && !event.shiftKey) return pressSave(here);
  if (event.key === "Enter") return submitForm(here);
  if (isTextField(event.target)) return false;
  if (event.key === "ArrowLeft") return follow("a[data-previous]");
  if (event.key === "ArrowRight") return follow("a[data-next]");
  return false;
}

/** @param {KeyboardEvent} event */
function alone(event) {
  if (event.key === "Escape") return closeMenus(null) || leaveField();
  if (isTextField(event.target) || document.querySelector("dialog[open]")) return false;
  if (event.key === "?") return openDialog("keys");
  return /^[1-9]$/.test(event.key) && choose(Number(event.key));
}

function leaveField() {
  const here = document.activeElement;
  if (document.querySelector("dialog[open]") || !(here instanceof HTMLElement) || !isTextField(here)) return false;
  here.blur();
  return true;
}

/** Closes open menus that do not hold the target. @param {EventTarget | null} target */
function closeMenus(target) {
  let isClosed = false;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (target instanceof Node && menu.contains(target)) continue;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
    menu.removeAttribute("open");
    isClosed = true;
  }
  return isClosed;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing || event.defaultPrevented) return;
  const isHandled = event.ctrlKey || event.metaKey ? withControl(event) : alone(event);
  if (isHandled) event.preventDefault();
});

/* ---- clicks ------------------------------------------------------------------------------------------------- */

/** @param {HTMLElement} button */
async function copyFor(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  const label = button.textContent;
  await navigator.clipboard.writeText(source?.textContent ?? "");
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 2000);
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (!(event.target instanceof Element)) return;
  const button = event.target.closest("[data-open-dialog], [data-copy]");
  if (button instanceof HTMLElement) {
    if (button.dataset.openDialog) openDialog(button.dataset.openDialog);
    if (button.dataset.copy) copyFor(button);
  }
  if (event.target instanceof HTMLDialogElement) closeOutside(event.target, event);
});

/** A click on the backdrop reaches the dialog itself, outside its box. @param {HTMLDialogElement} dialog @param {MouseEvent} event */
function closeOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!isInside) dialog.close();
}

/* ---- htmx: what to say when a request fails ------------------------------------------------------------------ */

/** @param {string} words */
function alertOnPage(words) {
  const alert = document.getElementById("page-alert");
  if (!alert?.firstElementChild) return;
  alert.hidden = false;
  alert.firstElementChild.textContent = words;
  alert.scrollIntoView({ block: "nearest" });
}

/** @type {Record<number, string>} */
const REASONS = {
  401: "You were signed out. What you typed is still here, but not saved: copy it, sign in in another tab, then reload this page.",
  403: "This was refused: your account may not do it, or you signed in again since. What you typed is still on this page: copy it and reload.",
  404: "What this belongs to is no longer there. What you typed is still on this page: copy it before you leave.",
  413: "That is larger than this server takes. What you typed is still on this page: choose a smaller file.",
};

document.addEventListener("htmx:responseError", (event) => {
  const status = /** @type {CustomEvent} */ (event).detail.xhr.status;
  alertOnPage(REASONS[status] ?? "Something broke on the server, and it has been recorded. What you typed is still on this page: try again in a moment.");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    alertOnPage("The server could not be reached. What you typed is still on this page: check the connection, then try again.");
  });
}

document.addEventListener("htmx:afterSwap", (event) => {
  const { xhr, target } = /** @type {CustomEvent} */ (event).detail;
  const alert = document.getElementById("page-alert");
  if (alert && xhr.status < 400) alert.hidden = true;
  refresh();
  if (xhr.status === 422) target.querySelector(".form-errors, [aria-invalid=true]")?.focus();
});

/* ---- start -------------------------------------------------------------------------------------------------- */

refresh();
document.querySelector(".form-errors")?.focus();
document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
setInterval(showTimes, 5000);
