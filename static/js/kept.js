/**
 * Texts that were typed and are not saved yet, kept in this browser: through a lost connection, a reload and a
 * closed tab. Each entry belongs to a place (a panel), a field and the page that typed it, and says the version it
 * was typed over. It goes when the server has it: a moment later, for a page asked for before may come after that.
 *
 * @typedef {{key: string, place: string, page: string, field: string, from: string, text: string, at: number, image?: string, isConflict?: boolean, isSaved?: boolean}} Entry
 */

const PREFIX = "typed";
const LONGEST_MS = 30 * 24 * 3600 * 1000;
const MOMENT_MS = 10_000;

/** This page among all that are open; it holds a lock of this name for as long as it lives. */
const me = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
navigator.locks?.request(`${PREFIX} ${me}`, () => new Promise(() => {}));

/** @param {string} place @param {string} field @param {string} page */
const keyOf = (place, field, page) => [PREFIX, place, field, page].join(" ");

/** @param {string} key @returns {Entry | null} */
function read(key) {
  const [prefix, place, field, page] = key.split(" ");
  if (prefix !== PREFIX) return null;
  try {
    return { key, place, page, field, ...JSON.parse(localStorage.getItem(key) ?? "") };
  } catch {
    return null;
  }
}

/**
 * Keep what a field says. False where the browser keeps nothing, as in some private windows.
 * @param {string} place @param {string} field @param {string} from @param {string} text
 * @param {{image?: string, isConflict?: boolean}} more the image it may be about; whether another window wrote there, too
 */
export function keep(place, field, from, text, more = {}) {
  return write(keyOf(place, field, me), { from, text, at: Date.now(), ...more });
}

/** @param {string} key @param {object} entry */
function write(key, entry) {
  try {
    localStorage.setItem(key, JSON.stringify(entry));
    return true;
  } catch {
    return false;
  }
}

/** Another window wrote there, too: it waits for a choice. @param {Entry} entry */
export function markConflict({ key, from, text, at, image }) {
  write(key, { from, text, at, image, isConflict: true });
}

/** What this page typed in a field is there no more. @param {string} place @param {string} field */
export function forget(place, field) {
  drop(keyOf(place, field, me));
}

/** The server has what this page typed in a field. @param {string} place @param {string} field */
export function fade(place, field) {
  const key = keyOf(place, field, me);
  const entry = read(key);
  if (!entry || entry.isSaved) return;
  const at = Date.now();
  if (!write(key, { from: entry.from, text: entry.text, at, isSaved: true })) drop(key);
  setTimeout(() => read(key)?.at === at && drop(key), MOMENT_MS);
}

/** @param {string} key */
export function drop(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Where nothing can be kept there is nothing to remove.
  }
}

/**
 * The server has all of these places but one, from whatever page.
 * @param {string} start of the places @param {string} but the one that is still being written
 */
export function settle(start, but) {
  for (const { key, place } of everything()) if (place.startsWith(start) && place !== but) drop(key);
}

function everything() {
  try {
    return Object.keys(localStorage).map(read).filter((entry) => entry !== null);
  } catch {
    return [];
  }
}

/** What no save has taken of all places of a problem, but for what this page is just about to send. @param {string} problem */
export const unsentOf = (problem) =>
  everything().filter(({ place, page, isSaved, isConflict }) => place.startsWith(`${problem}/`) && !isSaved && (page !== me || isConflict));

/** Whether the page that typed it is there no more, so that another may send it. @param {Entry} entry */
export async function isLeft({ page }) {
  if (page === me) return false;
  return navigator.locks ? navigator.locks.request(`${PREFIX} ${page}`, { ifAvailable: true, mode: "shared" }, (lock) => lock !== null) : true;
}

/** Wait until the page that typed it is gone. @param {Entry} entry */
export const whenLeft = ({ page }) => (page === me ? null : navigator.locks?.request(`${PREFIX} ${page}`, () => {}));

/** One page at a time sends what others left behind. @param {string} problem @param {() => Promise<void>} act */
export const alone = (problem, act) => (navigator.locks ? navigator.locks.request(`sending ${problem}`, act) : act());

/**
 * Hand over what other pages left behind here, the latest first: at once where the page is gone, else when it goes.
 * @param {string} place @param {(entry: Entry) => void} take
 */
export function inherit(place, take) {
  const here = everything().filter((entry) => entry.key.startsWith(`${PREFIX} ${place} `) && entry.page !== me);
  for (const { key, page } of here.sort((one, other) => other.at - one.at)) {
    const hand = () => {
      const left = read(key);
      if (left?.isSaved && Date.now() - left.at > MOMENT_MS) drop(key);
      else if (left) take(left);
    };
    if (navigator.locks) navigator.locks.request(`${PREFIX} ${page}`, hand);
    else hand();
  }
}

for (const entry of everything()) {
  if (Date.now() - entry.at > LONGEST_MS) drop(entry.key);
}
