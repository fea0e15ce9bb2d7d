/**
 * Writing: every change is kept in this browser at once, sent a moment later, and forgotten here when the server has
 * it. Saving never touches what is being typed. Forms and links work without all this.
 */

import { conflictOf, fields, form, imageOf, isDirty, isOfAnotherImage, isSame, markStored, put, textOf } from "./fields.js";
import { drop, fade, forget, inherit, keep } from "./kept.js";
import { mend } from "./mending.js";
import { explain, flash, note, refuse, say } from "./saying.js";

/** @typedef {import("./fields.js").Field} Field */
/** @typedef {import("./kept.js").Entry} Entry */

const CHOOSE = "This field was written in another window too. Choose one of the two texts, then go on.";
const OFFLINE = "You are offline: the page cannot be left until the line is back. Your words are kept.";
const LONGEST_PAUSE_MS = 60_000;

/** Whether something happened in the form since it was last sent. */
let isTouched = false;
/** Whether a button or a link takes us away, with everything saved: no autosave may overtake it. */
let isLeaving = false;
/** Whether somebody wanted to go while not everything was saved, and was told: the next time they may. */
let isWarned = false;
/** Whether somebody wanted to go while there is no line, and was told. */
let isStuck = false;
/** Whether somebody pressed Save, and wants to see that it was done. */
let isPressed = false;
/** Whether this browser keeps what is typed. */
let isKept = true;
/** How often sending failed in a row, and when it is tried again. */
let failures = 0;
let retry = 0;
/** What each field said when the form was last sent. @type {Map<string, string>} */
let sent = new Map();
/** What pages before this one left behind. @type {Entry[]} */
const offers = [];

const place = () => form()?.dataset.autosave ?? "";

/** Sent as it is and neither stored nor refused for good: what another window wrote waits for a choice. @param {Field} field */
const isUnsent = (field) => isDirty(field) && !(conflictOf(field) && sent.get(field.name) === textOf(field.control));

/* ---- keeping and sending ------------------------------------------------------------------------------------ */

/** Keep a field in this browser for as long as the server does not have it. @param {Field} field */
function remember(field) {
  if (isDirty(field)) isKept = keep(place(), field.name, field.held.value, textOf(field.control), { image: imageOf(field), isConflict: Boolean(conflictOf(field)) });
  else forget(place(), field.name);
}

function sendNow() {
  clearTimeout(retry);
  form()?.dispatchEvent(new Event("save"));
}

/** Send what is unsent; what the server said last. @returns {Promise<number>} */
async function saveAll() {
  for (;;) {
    const current = form();
    const isBusy = current?.classList.contains("htmx-request");
    if (!current || (!isBusy && !fields().some(isUnsent))) return 200;
    const answer = new Promise((resolve) => {
      current.addEventListener("htmx:afterRequest", (event) => resolve(event.detail.xhr.status), { once: true });
    });
    if (!isBusy) sendNow();
    const status = await answer;
    if (status !== 200) return status;
  }
}

/** The server answered: it has what was sent, but for fields where two windows wrote. */
/** @param {number} status */
function settle(status) {
  failures = 0;
  isStuck = false;
  say("");
  const isMerged = document.getElementById("saved-note")?.hasAttribute("data-saved");
  for (const field of fields()) {
    const text = sent.get(field.name);
    if (isMerged && text !== undefined && !conflictOf(field)) markStored(field, text);
    if (isDirty(field)) remember(field);
    else fade(place(), field.name);
    field.control.toggleAttribute("aria-invalid", false);
    if (document.querySelector(`#${field.control.id}_helptext .errorlist`)) field.control.setAttribute("aria-invalid", "true");
  }
  for (const newer of document.querySelectorAll("[data-newer]")) showNewer(newer);
  if (isMerged && fields().some(isUnsent)) note("Not saved yet");
  else if (isMerged && isPressed) flash();
  else if (!isMerged && status === 409) refuse(isKept);
  isPressed = false;
  takeOffers();
}

/** Show what another window wrote in a field that nobody touched here, unless somebody is just there. @param {HTMLTextAreaElement} newer */
function showNewer(newer) {
  const field = fields().find((each) => each.name === newer.dataset.newer);
  newer.remove();
  if (!field || isDirty(field) || field.control === document.activeElement) return;
  put(field.control, newer.value);
  field.held.value = newer.dataset.version ?? "";
  markStored(field, textOf(field.control));
}

/** @param {number} status */
function fail(status) {
  isTouched = true;
  failures += 1;
  explain(status, isKept);
  if (isStuck) stay();
  clearTimeout(retry);
  if (status === 404) return;
  const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures);
  retry = setTimeout(() => (status === 401 || status === 403 ? signedIn().then(sendNow) : sendNow()), pause);
}

/** Whoever signs in again gets another token against forged requests: take it from the page as it is now. */
async function signedIn() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const headers = page.body.getAttribute("hx-headers") ?? "{}";
    const token = JSON.parse(headers)["X-CSRFToken"];
    if (!token) return;
    document.body.setAttribute("hx-headers", headers);
    for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = token;
  } catch {
    // No connection now; the next attempt says so.
  }
}

/* ---- what was left behind ----------------------------------------------------------------------------------- */

/** Put back what a page before this one could not send, one text a field at a time, and send it. */
function takeOffers() {
  const isBack = offers.splice(0).filter(takeOffer);
  if (!isBack.length) return;
  isTouched = true;
  note("Not saved yet");
  sendNow();
}

/** Whether it went into its field. @param {Entry} entry */
function takeOffer(entry) {
  const field = fields().find((each) => each.name === entry.field);
  if (!field) return false;
  if ((entry.isSaved && field.held.value !== entry.from) || isOfAnotherImage(field, entry)) {
    drop(entry.key);
    return false;
  }
  const isHere = isSame(entry.text, textOf(field.control));
  if (isDirty(field) && !isHere) {
    offers.push(entry);
    return false;
  }
  if (!isHere) {
    put(field.control, entry.text);
    field.held.value = entry.from;
  }
  remember(field);
  drop(entry.key);
  return !isHere;
}

/** Keep mine, or take the stored text: either way from what is stored. @param {HTMLButtonElement} button */
function choose(button) {
  const box = button.closest("[data-conflict]");
  const field = fields().find((each) => each.name === box?.dataset.conflict);
  if (!box || !field) return;
  field.held.value = box.querySelector("[name$=_seen]").value;
  if (button.value === "stored") {
    put(field.control, box.querySelector("[data-stored]").value);
    markStored(field, textOf(field.control));
  }
  box.remove();
  remember(field);
  field.control.focus();
  isTouched = true;
  note("Not saved yet");
  sendNow();
}

/** Take what is suggested for a field. @param {HTMLButtonElement} button */
function take(button) {
  const field = fields().find(({ name }) => name === button.name);
  if (!field) return;
  put(field.control, button.value);
  field.control.focus();
  field.control.dispatchEvent(new Event("change", { bubbles: true }));
}

/* ---- events ------------------------------------------------------------------------------------------------- */

for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const { target } = event;
    if (!(target instanceof Element) || target.id === "upload" || !target.closest("[data-autosave]")) return;
    isTouched = true;
    isLeaving = isWarned = false;
    const field = fields().find(({ control }) => control === target);
    if (field) remember(field);
    if (!field || isDirty(field)) note("Not saved yet");
  });
}

// A choice between two texts is made by pressing its button, not by the save that comes while that has the focus.
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters } = event.detail;
  if (event.target === form()) for (const name of Object.keys(parameters)) if (name.endsWith("_choice")) delete parameters[name];
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form()) return;
  const isAsked = event.detail.requestConfig.triggeringEvent?.type === "save";
  if (isLeaving || !(isTouched || isAsked)) {
    event.preventDefault();
    return;
  }
  isTouched = false;
  sent = new Map(fields().map((field) => [field.name, textOf(field.control)]));
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== form()) return;
  const { status } = event.detail.xhr;
  if ([200, 409, 422].includes(status)) settle(status);
  else fail(status);
}, true);

// The page says by itself what becomes of what was typed: nothing else need be said of it.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.target === form()) event.stopPropagation();
  }, true);
}

// What a save did not change stays in place: whoever is just pressing a button there, presses it.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (fragment.firstElementChild?.isEqualNode(target)) event.preventDefault();
});

window.addEventListener("online", () => {
  isStuck = false;
  say("");
  if (isTouched && form()) sendNow();
});

document.addEventListener("submit", async (event) => {
  const { target, submitter } = event;
  if (target !== form() || isLeaving) return;
  if (submitter?.closest("[data-conflict]")) {
    event.preventDefault();
    choose(submitter);
  } else if (submitter?.hasAttribute("data-chooses")) {
    event.preventDefault();
    take(submitter);
  } else if (!submitter?.hasAttribute("formaction") && submitter?.name !== "use_question") {
    event.preventDefault();
    isPressed = true;
    sendNow();
  } else if (!navigator.onLine) {
    event.preventDefault();
    stay();
  } else if (submitter?.name === "fix" || submitter?.hasAttribute("data-then")) {
    event.preventDefault();
    await afterSaving(() => mend(target, twin(target, submitter)));
  } else if (fields().some((field) => isUnsent(field) || conflictOf(field)) || target.classList.contains("htmx-request")) {
    event.preventDefault();
    await afterSaving(() => leave(() => target.requestSubmit(twin(target, submitter))));
  } else {
    isLeaving = true;
  }
});

/** The button itself, or the one that took its place when a save was answered. @param {HTMLFormElement} owner @param {HTMLElement} button */
function twin(owner, button) {
  const isLike = (each) => ["formaction", "name", "value"].every((name) => each.getAttribute(name) === button.getAttribute(name));
  return button.isConnected ? button : [...owner.elements].find((each) => each.type === "submit" && isLike(each));
}

function stay() {
  isStuck = true;
  say(OFFLINE);
}

/** Where two windows wrote, or something cannot be taken, is seen before anything else is done. */
function showTrouble() {
  const box = document.querySelector("[data-conflict]");
  const place = box ?? document.querySelector("[aria-invalid=true]");
  if (box) say(CHOOSE);
  place?.scrollIntoView({ block: "center" });
  // Not a button of it: the next save would send along the button that has the focus, as if it were pressed.
  (box ?? place)?.focus({ preventScroll: true });
}

/** Save everything, then go on; what stands in the way is shown. @param {() => unknown} go */
async function afterSaving(go) {
  const status = await saveAll();
  if (status === 200 && !document.querySelector("[data-conflict]")) await go();
  else if ([200, 409, 422].includes(status)) showTrouble();
}

/** @param {() => void} go */
function leave(go) {
  isLeaving = true;
  go();
}

// What was typed a moment ago is saved before a link is followed; where two windows wrote, that is seen first.
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element && event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.origin !== location.origin || (link.hash && link.pathname === location.pathname)) return;
  if (!navigator.onLine) {
    event.preventDefault();
    stay();
    return;
  }
  if (isWarned || !fields().some(isUnsent)) return;
  event.preventDefault();
  const status = await saveAll();
  isWarned = [409, 422].includes(status);
  if (status === 0) stay();
  else if (!isWarned) leave(() => location.assign(link.href));
  else showTrouble();
});

window.addEventListener("pagehide", () => {
  const current = form();
  if (!current || isLeaving || !fields().some(isUnsent)) return;
  const data = new FormData(current);
  data.delete("upload");
  fetch(current.action, { method: "POST", body: new URLSearchParams(data), headers: { "HX-Request": "true" }, keepalive: true });
});

// A page that the browser kept whole for the back button is as old as it was: what is stored now is shown instead.
window.addEventListener("pageshow", (event) => {
  isLeaving = false;
  if (event.persisted && form()) location.reload();
});

function focusTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.matches("input, select, textarea")) target.focus();
}

window.addEventListener("hashchange", focusTarget);
if (location.hash) focusTarget();
else if (document.activeElement === document.body) document.querySelector("#editor h1")?.focus({ preventScroll: true });
for (const hint of document.querySelectorAll("[data-needs-script]")) hint.hidden = false;
inherit(place(), (entry) => {
  offers.push(entry);
  takeOffers();
});
