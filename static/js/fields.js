/**
 * The fields of a form that is saved field by field: `answer` with its hidden `answer_from`, the version of the text
 * it was shown with.
 *
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control
 * @typedef {{name: string, control: Control, held: HTMLInputElement}} Field
 */

const FROM = "_from";

/** What each control said when it was last known to be stored; null where it never was. @type {WeakMap<Control, string | null>} */
const stored = new WeakMap();

/** @returns {HTMLFormElement | null} */
export const form = () => document.querySelector("form[data-autosave]");

/** @param {HTMLFormElement | null} current @returns {Field[]} */
export function fields(current = form()) {
  if (!current) return [];
  return [...current.querySelectorAll(`input[type=hidden][name$=${FROM}]`)].map((held) => {
    const name = held.name.slice(0, -FROM.length);
    // A button that suggests a choice has the name of the field, too.
    const field = { name, held, control: [...current.elements].find((each) => each.name === name && each.type !== "submit") };
    if (!stored.has(field.control)) stored.set(field.control, conflictOf(field) ? null : shownIn(field.control));
    return field;
  });
}

/** What the server put into a control. @param {Control} control */
function shownIn(control) {
  if (control instanceof HTMLSelectElement) return [...control.options].find((option) => option.defaultSelected)?.value ?? control.value;
  if (control.type === "checkbox") return control.defaultChecked ? "on" : "";
  return control.defaultValue;
}

/** @param {Control} control */
export function textOf(control) {
  if (control.type === "checkbox") return control.checked ? "on" : "";
  return control.value;
}

/** @param {Control} control @param {string} text */
export function put(control, text) {
  if (control.type === "checkbox") control.checked = text === "on";
  else control.value = text;
}

/** Which image the page describes, if any. @param {Field} field */
export const imageOf = ({ held }) => held.form?.elements.namedItem("describes")?.value;

/** What was confirmed of one image is not said of another. @param {Field} field @param {import("./kept.js").Entry} entry */
export const isOfAnotherImage = (field, entry) => field.control.type === "checkbox" && entry.image !== imageOf(field);

/** Texts that differ in form only are one, as on the server. @param {string} one @param {string} other */
export const isSame = (one, other) => plain(one) === plain(other);

/** @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, "\n").normalize("NFC").trim();

/** The box with both texts, where two windows wrote. @param {Field} field */
export const conflictOf = (field) => field.held.form?.querySelector(`[data-conflict="${field.name}"]`) ?? null;

/** Whether a field says something that no save has taken. @param {Field} field */
export const isDirty = (field) => textOf(field.control) !== stored.get(field.control);

/** @param {Field} field @param {string} text */
export const markStored = (field, text) => stored.set(field.control, text);
