/** What the page of a draft says of saving: beside the heading, and in a note that stays in sight while it fails. */

import { fields, isDirty } from "./fields.js";

/** @param {string} words @param {boolean} isFailed */
export function note(words, isFailed = false) {
  const saved = document.getElementById("saved-note");
  if (!saved) return;
  saved.textContent = words;
  saved.classList.toggle("is-failed", isFailed);
  delete saved.dataset.saved;
}

/** @param {string} words none hides it */
export function say(words) {
  const kept = document.getElementById("kept-note");
  if (!kept) return;
  kept.hidden = !words;
  if (kept.textContent !== words) kept.textContent = words;
}

/** @type {Record<number, [string, string]>} why a save failed, and what becomes of what was typed */
const REASONS = {
  0: ["No connection.", "sent when the line is back."],
  401: ["You were signed out.", "sent when you have signed in again, in another tab."],
  403: ["The server does not know this sign-in any more.", "sent when you have signed in again, in another tab."],
  404: ["What you write in was removed in another window.", "offered again if it comes back."],
};

/** @param {number} status @param {boolean} isKept whether this browser keeps what is typed */
export function explain(status, isKept) {
  const [why, then] = REASONS[status] ?? ["The server could not save.", "sent again in a moment."];
  const number = Math.max(1, fields().filter(isDirty).length);
  const changes = number === 1 ? "1 change is" : `${number} changes are`;
  note("Not saved yet", true);
  say(isKept ? `${why} ${changes} kept in this browser and ${number === 1 ? "is" : "are"} ${then}` : `${why} ${changes} on this page only: leave it open.`);
}
