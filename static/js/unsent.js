/**
 * Words of a problem that no save has taken yet, wherever in it they were typed: they wait in this browser. Every page
 * of the problem sends what a closed page left behind, from the version it was typed over; what cannot be sent is
 * listed and marked in the strip, and nothing is submitted before it is sent or given up.
 *
 * @typedef {import("./kept.js").Entry} Entry
 */

import { fields, form, isOfAnotherImage, isSame, put, textOf } from "./fields.js";
import { alone, drop, isLeft, markConflict, unsentOf, whenLeft } from "./kept.js";

const PAUSE_MS = 30_000;

const notice = () => document.getElementById("unsent");
const problem = () => notice()?.dataset.unsent ?? "";
const submitting = () => document.querySelector("form[data-submits]");

/** The panels and the annotations, each with its page. @returns {HTMLElement[]} */
const places = () => [...(notice()?.querySelectorAll("[data-place]") ?? [])];

/** Of explanations only those that can be written here. @returns {Entry[]} */
const unsent = () => unsentOf(problem()).filter(({ place }) => !place.includes("/explain/") || document.querySelector(`[data-explain="${place}"]`));

/** @type {Set<string>} pages that are waited for */
const awaited = new Set();

/* ---- saying --------------------------------------------------------------------------------------------------- */

function show() {
  const all = unsent();
  const here = form()?.dataset.autosave;
  const listed = all.filter(({ place }) => place !== here);
  const isOdd = ({ place }) => !places().some((item) => item.dataset.place === place);
  for (const item of places()) tell(item, listed.filter((entry) => (item.dataset.place === "" ? isOdd(entry) : entry.place === item.dataset.place)));
  const box = notice();
  if (box) box.hidden = !listed.length;
  for (const said of document.querySelectorAll("[data-unless-unsent]")) said.hidden = listed.length > 0;
  for (const said of document.querySelectorAll("[data-if-unsent]")) said.hidden = !listed.length;
  for (const item of document.querySelectorAll("[data-strip] [data-place]")) mark(item, all.filter(({ place }) => place === item.dataset.place));
  listConflicts(all.filter(({ isConflict }) => isConflict));
  for (const entry of all) waitFor(entry);
}

/** One line of the list. @param {HTMLElement} item @param {Entry[]} entries */
function tell(item, entries) {
  item.hidden = !entries.length;
  const isConflict = entries.some((entry) => entry.isConflict);
  const kind = item.querySelector("[data-kind]");
  const words = isConflict ? "Two texts in" : "Unsent words in";
  if (kind && kind.textContent !== words) kind.textContent = words;
  const texts = entries.map(({ text }) => (text === "on" ? "a confirmation" : `“${text}”`)).join(", ");
  const shown = item.querySelector("[data-words]");
  if (shown && shown.textContent !== texts) shown.textContent = texts;
  sayWhere(item, entries);
}

/** What stands in another open tab is settled there. @param {HTMLElement} item @param {Entry[]} entries */
async function sayWhere(item, entries) {
  const areLeft = await Promise.all(entries.map(isLeft));
  const where = item.querySelector("[data-open-elsewhere]");
  if (where) where.hidden = areLeft.every((isSo) => isSo);
}

/** @param {HTMLElement} item of the strip @param {Entry[]} entries */
function mark(item, entries) {
  const words = entries.some(({ isConflict }) => isConflict) ? "two texts" : "unsent words";
  const had = item.querySelector(".strip-unsent");
  item.querySelector(".strip-progress.is-complete")?.toggleAttribute("hidden", words === "two texts");
  if (!entries.length) had?.remove();
  else if (had) had.textContent = words;
  else item.append(Object.assign(document.createElement("span"), { className: "strip-unsent", textContent: words }));
}

/** Where two texts wait for a choice, nothing is complete: each stands in the list with what blocks submitting. @param {Entry[]} entries */
function listConflicts(entries) {
  for (const line of document.querySelectorAll("[data-two-texts]")) {
    const entry = entries.find(({ place }) => place === line.dataset.twoTexts);
    const link = line.querySelector("a");
    line.hidden = !entry;
    if (entry && link) link.hash = `id_${entry.field}`;
  }
  for (const said of document.querySelectorAll("[data-unless-conflict]")) said.hidden = entries.length > 0;
  for (const said of document.querySelectorAll("[data-if-conflict]")) said.hidden = !entries.length;
}

/** What another window is about to send is sent here when that window is gone. @param {Entry} entry */
function waitFor(entry) {
  if (awaited.has(entry.page)) return;
  awaited.add(entry.page);
  whenLeft(entry)?.then(sendAll);
}

/* ---- sending -------------------------------------------------------------------------------------------------- */

/** Send what closed pages left in other places than this one; then show the page as it is. */
async function sendAll() {
  if (!problem()) return;
  let count = 0;
  await alone(problem(), async () => {
    for (const item of places()) count += await sendOf(item.dataset.place ?? "", item.querySelector("a")?.href ?? "");
  });
  show();
  if (count) await renew();
}

/** @param {string} place @param {string} address of its page @returns {Promise<number>} how many were taken */
async function sendOf(place, address) {
  if (!address || place === form()?.dataset.autosave) return 0;
  const waiting = unsent().filter((entry) => entry.place === place && !entry.isConflict);
  const left = (await Promise.all(waiting.map(async (entry) => ((await isLeft(entry)) ? [entry] : [])))).flat();
  if (!left.length) return 0;
  try {
    return await send(left, await pageOf(place, address), address);
  } catch {
    return 0; // No line: it is tried again.
  }
}

/** The form of a place as it is now; none where it cannot be written in. @param {string} place @param {string} address */
async function pageOf(place, address) {
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(`form[data-autosave="${place}"]`);
}

/** @param {Entry[]} entries @param {HTMLFormElement | null} owner @param {string} address */
async function send(entries, owner, address) {
  if (!owner) return 0;
  const { latest, settled } = fill(owner, entries);
  if (!latest.length) return settled;
  const data = new FormData(owner);
  data.delete("upload");
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(data), headers: { "HX-Request": "true" } });
  if (![200, 409].includes(answer.status)) return settled;
  const said = new DOMParser().parseFromString(await answer.text(), "text/html");
  const isTaken = answer.status === 200 || said.querySelector("[data-conflict]");
  return settled + (isTaken ? latest.filter((entry) => settle(entry, said)).length : 0);
}

/**
 * Put the latest text of each field into a form, typed over what it was typed over. What is stored by now, as by the
 * last breath of the page that typed it, is settled; the page that asks may be older than that.
 * @param {HTMLFormElement} owner @param {Entry[]} entries @returns {{latest: Entry[], settled: number}}
 */
function fill(owner, entries) {
  /** @type {Map<string, Entry>} */
  const byField = new Map();
  for (const entry of entries.sort((one, other) => one.at - other.at)) byField.set(entry.field, entry);
  let settled = 0;
  const latest = [...byField.values()].filter((entry) => {
    const field = fields(owner).find(({ name }) => name === entry.field);
    if (!field) return false;
    if (isSame(entry.text, textOf(field.control)) || isOfAnotherImage(field, entry)) {
      drop(entry.key);
      settled += 1;
      return false;
    }
    put(field.control, entry.text);
    field.held.value = entry.from;
    return true;
  });
  return { latest, settled };
}

/** Whether the server has it; else both texts wait for a choice. @param {Entry} entry @param {Document} said */
function settle(entry, said) {
  if (!said.querySelector(`[data-conflict="${entry.field}"]`)) {
    drop(entry.key);
    return true;
  }
  markConflict(entry);
  return false;
}

/** What was sent stands on this page, too. */
async function renew() {
  if (form()) form()?.dispatchEvent(new Event("save"));
  else await window.htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML show:none" });
  show();
}

/* ---- events --------------------------------------------------------------------------------------------------- */

document.addEventListener("submit", (event) => {
  if (event.target !== submitting() || !unsent().length) return;
  event.preventDefault();
  event.stopPropagation();
  show();
  notice()?.scrollIntoView({ block: "center" });
  notice()?.focus({ preventScroll: true });
}, true);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-give-up]");
  const item = button && button.closest("[data-place]");
  if (!(item instanceof HTMLElement)) return;
  const known = places().map((each) => each.dataset.place);
  for (const { key, place } of unsent()) if (place === item.dataset.place || (!item.dataset.place && !known.includes(place))) drop(key);
  show();
});

window.addEventListener("storage", show);
window.addEventListener("online", sendAll);
document.addEventListener("htmx:afterSettle", show);
setInterval(() => unsent().length && sendAll(), PAUSE_MS);
show();
sendAll();
