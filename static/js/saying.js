/** What the page of a draft says of saving: beside the heading, and in a note that stays in sight while it fails. */

import { fields, isDirty } from "./fields.js";

/** @param {string} words @param {boolean} isFailed */
export function note(words, isFailed = false) {
  const saved = document.getElementById("saved-note");
  if (!saved) return;
  saved.textContent = words;
  saved.classList.toggle("is-failed", isFailed);
  saved.classList.add("is-unsaved");
  delete saved.dataset.saved;
}

const ELSEWHERE = "in another tab";

/** @param {string} words none hides it @param {boolean} isSignedOut whether the other tab that they name is for signing in */
export function say(words, isSignedOut = false) {
  const kept = document.getElementById("kept-note");
  if (!kept) return;
  kept.hidden = !words;
  if (kept.textContent !== words) kept.replaceChildren(...(isSignedOut ? linked(words, kept.dataset.signIn ?? "") : [words]));
  uncover(kept);
}

/** @param {string} words @param {string} address */
function linked(words, address) {
  const [before, after] = words.split(ELSEWHERE);
  const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: ELSEWHERE });
  return [before, link, after];
}

/** What somebody writes in is never left below the note. @param {HTMLElement} kept */
function uncover(kept) {
  const here = document.activeElement;
  if (kept.hidden || !here?.matches("input, select, textarea")) return;
  if (here.getBoundingClientRect().top < kept.getBoundingClientRect().bottom) here.scrollIntoView({ block: "nearest" });
}

const FLASH_MS = 1600;

/** Show for a moment, and say, that pressing Save saved. */
export function flash() {
  const saved = document.getElementById("saved-note");
  const said = document.getElementById("saved-said");
  saved?.classList.add("is-flashed");
  if (said) said.textContent = "Saved";
  setTimeout(() => {
    saved?.classList.remove("is-flashed");
    if (said) said.textContent = "";
  }, FLASH_MS);
}

/** @type {Record<number, [string, string]>} why a save failed, and what becomes of what was typed */
const REASONS = {
  0: ["No connection.", "sent when the line is back."],
  401: ["You were signed out.", `sent when you have signed in again, ${ELSEWHERE}.`],
  403: ["The server does not know this sign-in any more.", `sent when you have signed in again, ${ELSEWHERE}.`],
  404: ["What you write in was removed in another window.", "offered again if it comes back."],
};

/** The problem is in no state to be written in any more. @param {boolean} isKept */
export function refuse(isKept) {
  const why = document.querySelector("#trouble .notice")?.textContent?.trim() ?? "Not saved.";
  say(`${why} ${isKept ? "What you typed is kept in this browser." : "What you typed is on this page only: leave it open."}`);
}

/** @param {number} status @param {boolean} isKept whether this browser keeps what is typed */
export function explain(status, isKept) {
  const [why, then] = REASONS[status] ?? ["The server could not save.", "sent again in a moment."];
  const number = Math.max(1, fields().filter(isDirty).length);
  const changes = number === 1 ? "1 change is" : `${number} changes are`;
  note("Not saved yet", true);
  say(isKept ? `${why} ${changes} kept in this browser and ${number === 1 ? "is" : "are"} ${then}` : `${why} ${changes} on this page only: leave it open.`, isKept && [401, 403].includes(status));
}
