/**
 * Answering blind: what is typed or chosen and not sent yet is kept in this browser, for this revision, reviewer and
 * step, and forgotten as soon as a page shows that the step is done. After each step the keyboard starts at what is new.
 */

import { drop, forget, inherit, keep, settle } from "./kept.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Control */

/** @param {EventTarget | null} target @returns {Control | null} */
function kept(target) {
  const isControl = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isControl && target.type !== "hidden" && target.form?.dataset.kept ? target : null;
}

/** @param {Control} control */
const placeOf = (control) => control.form?.dataset.kept ?? "";

/** @param {Control} control */
function keepWords(control) {
  if (control.value) keep(placeOf(control), control.name, "", control.value);
  else forget(placeOf(control), control.name);
}

document.addEventListener("input", ({ target }) => {
  const control = kept(target);
  if (control) keepWords(control);
});

/** What was typed before this ran. @param {HTMLFormElement} form */
function keepEarly(form) {
  for (const control of [...form.elements].map(kept)) {
    if (control?.type === "radio") {
      if (control instanceof HTMLInputElement && control.checked && !control.defaultChecked) keepWords(control);
    } else if (control && control.value !== control.defaultValue) keepWords(control);
  }
}

/** Put back what another page of this step left behind, unless something stands there. @param {HTMLFormElement} form */
function restore(form) {
  const place = form.dataset.kept ?? "";
  inherit(place, ({ key, field, text }) => {
    const controls = [...form.elements].map(kept).filter((control) => control?.name === field);
    if (!controls.length) return;
    if (controls.some((control) => (control?.type === "radio" ? control.checked : control?.value))) return drop(key);
    for (const control of controls) {
      if (control instanceof HTMLInputElement && control.type === "radio") control.checked = control.value === text;
      else if (control) control.value = text;
    }
    const details = form.closest("details");
    if (details) details.open = true;
    keep(place, field, "", text);
    drop(key);
  });
}

const step = document.querySelector("[data-kept-here]");
if (step instanceof HTMLElement) settle(step.dataset.keptOf ?? "", step.dataset.keptHere ?? "");
for (const form of document.querySelectorAll("form[data-kept]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  keepEarly(form);
  restore(form);
}

const news = document.querySelector("[data-begin]");
const isElsewhere = location.hash || document.querySelector(".form-errors, [role=alert]:not([hidden])");
if (news instanceof HTMLElement && !isElsewhere) news.focus({ preventScroll: true });
