/**
 * Explaining warnings: what is typed is kept in this browser at once and sent a moment later, as in the fields of a
 * panel. Each explanation is a small form of its own; its button does the same without scripts.
 */

import { isSame, put } from "./fields.js";
import { drop, fade, forget, inherit, keep } from "./kept.js";

const EXPLAINING = "form[data-explain]";

/** What each text was when the server last had it. @type {WeakMap<HTMLTextAreaElement, string>} */
const stored = new WeakMap();
/** What each form said when it was last sent. @type {WeakMap<HTMLFormElement, string>} */
const sent = new WeakMap();

/** @param {EventTarget | null} target @returns {HTMLFormElement | null} */
const formOf = (target) => (target instanceof Element ? target.closest(EXPLAINING) : null);

/** @param {HTMLFormElement} form @returns {HTMLTextAreaElement} */
const area = (form) => form.querySelector("textarea[name=text]");

/** @param {HTMLFormElement} form */
const isUnsent = (form) => !isSame(area(form).value, stored.get(area(form)) ?? area(form).defaultValue);

/** @returns {HTMLFormElement[]} */
const forms = () => [...document.querySelectorAll(EXPLAINING)];

/** @param {HTMLFormElement} form @param {string} words */
function say(form, words) {
  const note = form.querySelector(".explain-note");
  if (note && note.textContent !== words) note.textContent = words;
}

/**
 * Whether this browser keeps it for as long as the server does not have it.
 * @param {HTMLFormElement} form @param {(place: string, field: string) => void} end what becomes of what the server has
 */
function remember(form, end = forget) {
  const from = form.elements.namedItem("text_from");
  if (isUnsent(form)) return keep(form.dataset.explain, "text", from.value, area(form).value);
  end(form.dataset.explain, "text");
  return true;
}

/** @param {HTMLFormElement} form @param {boolean} isKept */
function fail(form, isKept) {
  say(form, isKept ? "No connection. Your words are kept in this browser and sent when the line is back." : "Not sent: leave this page open.");
}

/** The other window's text, or mine knowingly over it. @param {HTMLFormElement} form @param {Element} button */
function choose(form, button) {
  const box = button.closest("[data-conflict]");
  form.elements.namedItem("text_from").value = box.querySelector("[name$=_seen]").value;
  if (button.value === "stored") put(area(form), box.querySelector("[data-stored]").value);
  box.remove();
  area(form).focus();
  form.dispatchEvent(new Event("save"));
}

document.addEventListener("input", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  remember(form);
  say(form, "Not kept yet");
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-conflict] button");
  const form = formOf(button);
  if (!form) return;
  event.preventDefault();
  choose(form, button);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event.target);
  if (form) sent.set(form, area(form).value);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  const { status } = event.detail.xhr;
  if (status === 200) stored.set(area(form), sent.get(form) ?? "");
  const isKept = remember(form, fade);
  if (![200, 409, 422].includes(status)) fail(form, isKept);
}, true);

// The form says by itself what becomes of what was typed: nothing else need be said of it.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (formOf(event.target)) event.stopPropagation();
  }, true);
}

window.addEventListener("online", () => {
  for (const form of forms().filter(isUnsent)) form.dispatchEvent(new Event("save"));
});

window.addEventListener("pagehide", () => {
  for (const form of forms().filter(isUnsent)) {
    const body = new URLSearchParams(new FormData(form));
    fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true });
  }
});

/** Put back what a page before this one could not send. @param {HTMLFormElement} form @param {import("./kept.js").Entry} entry */
function takeBack(form, entry) {
  if (isUnsent(form)) return;
  // What was saved is newer than the page only where the page is what it was written over.
  const isNews = !entry.isSaved || form.elements.namedItem("text_from").value === entry.from;
  const isHere = isSame(entry.text, area(form).value);
  drop(entry.key);
  if (isHere || !isNews) return;
  put(area(form), entry.text);
  form.elements.namedItem("text_from").value = entry.from;
  form.closest("details").open = true;
  remember(form);
  form.dispatchEvent(new Event("save"));
}

for (const form of forms()) inherit(form.dataset.explain, (entry) => takeBack(form, entry));
