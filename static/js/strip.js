/**
 * The strip of panels: drag an example, or focus it and press Shift with Left or Right. Without
 * scripts the buttons Move earlier and Move later do the same.
 */

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const TEXT_FIELD = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
const DOUBLE_CLICK_MS = 1000;

const strip = () => document.querySelector("[data-strip]");

/** @param {string} selector @returns {HTMLElement[]} */
const items = (selector) => [...(strip()?.querySelectorAll(selector) ?? [])];

/** The ids of all panels as shown. */
const shownOrder = () => items("[data-panel]").map((item) => item.dataset.panel ?? "");

/** What is read out: outside the strip, which is replaced after each move. */
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
said.id = "strip-said";
document.body.append(said);

/** @param {string} words */
function say(words) {
  said.textContent = words;
}

/** @param {string} id */
const labelOf = (id) => document.querySelector(`[data-panel="${id}"] .strip-label`)?.textContent ?? "";

/* ---- sending an order ---------------------------------------------------------------------------------------- */

/** One order at a time: the next one starts from the strip that the last one left. */
let last = Promise.resolve();

/** @param {() => Promise<void>} act */
function inTurn(act) {
  last = last.then(act).catch(() => undefined);
}

/** Put the panels back as they were. @param {string[]} order */
function showOrder(order) {
  const list = strip();
  const end = items("[data-panel]").at(-1)?.nextSibling ?? null;
  for (const id of order) {
    const item = list?.querySelector(`[data-panel="${id}"]`);
    if (item) list?.insertBefore(item, end);
  }
}

/** Send the order; the answer is the strip as it is then. @param {string[]} order @param {string[]} before @param {string} moved */
async function send(order, before, moved) {
  const frame = document.getElementById("strip");
  const label = labelOf(moved);
  const held = /** @param {string} name */ (name) => frame?.querySelector(`input[name=${name}]`)?.value ?? "";
  const values = { order, arrangement: held("arrangement"), on_panel: held("on_panel") };
  try {
    await window.htmx.ajax("POST", frame?.dataset.arrange ?? "", { values, target: "#strip", swap: "outerHTML" });
  } finally {
    if (frame?.isConnected) showOrder(before); // nothing came back: site.js says why
  }
  if (frame?.isConnected || shownOrder().join() !== order.join()) return;
  const examples = items("[data-example]");
  const place = examples.findIndex((item) => item.dataset.panel === moved);
  say(`${label} is now ${ORDINALS[place] ?? place + 1} of ${examples.length}`);
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

/** Move a panel by one place. @param {string} id @param {number} by */
async function step(id, by) {
  const before = shownOrder();
  const examples = items("[data-example]").map((item) => item.dataset.panel ?? "");
  const place = examples.indexOf(id);
  if (place < 0) return say("The query is always last");
  const to = place + by;
  if (to < 0 || to >= examples.length) return say(`${labelOf(id)} is ${to < 0 ? "first" : "last"} already`);
  const order = [...before];
  [order[place], order[to]] = [order[to], order[place]];
  await send(order, before, id);
}

/** @param {KeyboardEvent} event */
function moveByKey(event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const item = event.target instanceof Element && event.target.closest("[data-strip] > [data-panel]");
  if (!by || !event.shiftKey || !(item instanceof HTMLElement)) return false;
  inTurn(() => step(item.dataset.panel ?? "", by));
  return true;
}

/** Ctrl or Cmd with Z, with Shift to redo; a text field has an undo of its own. @param {KeyboardEvent} event */
function undoByKey(event) {
  const button = document.querySelector(event.shiftKey ? "[data-redo]" : "[data-undo]");
  const isText = event.target instanceof Element && event.target.matches(TEXT_FIELD);
  const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
  if (!isUndo || isText || !(button instanceof HTMLElement)) return false;
  button.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing || event.defaultPrevented) return;
  if (moveByKey(event) || undoByKey(event)) event.preventDefault();
});

/* ---- dragging ------------------------------------------------------------------------------------------------ */

/** The order before the drag that is under way. @type {string[] | null} */
let dragged = null;

/** Whether an example was let go on the query or behind it. @param {Event & { originalEvent?: Event }} event */
function isBehindQuery(event) {
  const query = items("[data-query]")[0]?.getBoundingClientRect();
  const moment = event.originalEvent;
  const touch = typeof TouchEvent !== "undefined" && moment instanceof TouchEvent ? moment.changedTouches[0] : moment;
  return Boolean(query && touch instanceof Object && "clientX" in touch && Number(touch.clientX) > query.left);
}

function makeSortable() {
  const list = strip();
  if (!list || !window.Sortable || window.Sortable.get(list)) return;
  new window.Sortable(list, {
    draggable: "[data-example]",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    forceFallback: true, // the same for mouse, pen and touch, and the link is not dragged in its place
    fallbackTolerance: 5,
    delay: 200, // a short touch scrolls the strip, a long one lifts the example
    delayOnTouchOnly: true,
    touchStartThreshold: 5,
    ghostClass: "is-lifted",
    onStart: () => { dragged = shownOrder(); },
    onEnd: (event) => drop(event),
  });
  for (const hint of document.querySelectorAll("[data-strip-hint]")) hint.hidden = false;
}

/** @param {{ item: HTMLElement, originalEvent?: Event } & Event} event */
function drop(event) {
  const before = dragged ?? [];
  const order = shownOrder();
  dragged = null;
  if (isBehindQuery(event)) return showOrder(before);
  if (order.join() !== before.join()) inTurn(() => send(order, before, event.item.dataset.panel ?? ""));
}

/* ---- when the strip is replaced ------------------------------------------------------------------------------ */

let scrolledTo = 0;

document.addEventListener("scroll", (event) => {
  if (event.target === strip()) scrolledTo = strip()?.scrollLeft ?? 0;
}, true);

/** Nothing takes the strip away under a hand that drags in it. */
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (dragged && detail.target.id === "strip") detail.shouldSwap = false;
});

/** What the page calls the open panel, and which are its neighbors, follows the strip. */
function renamePage() {
  const panels = items("[data-panel]");
  const here = panels.findIndex((item) => item.querySelector("[aria-current]"));
  if (here < 0) return;
  const heading = document.querySelector("#editor h1");
  if (heading) heading.textContent = labelOf(panels[here].dataset.panel ?? "");
  pointTo("[data-previous]", "Previous", panels[here - 1] ?? items("li")[0]);
  pointTo("[data-next]", "Next", panels[here + 1] ?? null);
  const earlier = document.querySelector("button[formaction$='/earlier/']");
  if (earlier instanceof HTMLButtonElement) earlier.disabled = here === 0;
}

/** @param {string} selector @param {string} word @param {HTMLElement | null} item none: what comes after the last panel */
function pointTo(selector, word, item) {
  const link = document.querySelector(`#editor a${selector}`);
  if (!(link instanceof HTMLAnchorElement)) return;
  const { onward, onwardLabel } = document.getElementById("strip")?.dataset ?? {};
  link.href = item?.querySelector("a")?.href ?? onward ?? link.href;
  link.textContent = `${word}: ${item?.querySelector(".strip-label")?.textContent ?? onwardLabel}`;
}

function refresh() {
  const list = strip();
  if (!list || list.dataset.isReady) return;
  list.dataset.isReady = "true";
  list.scrollLeft = scrolledTo;
  list.querySelector("a:focus")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  makeSortable();
  renamePage();
}

for (const name of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.addEventListener(name, refresh);

/* ---- a button that is pressed twice --------------------------------------------------------------------------- */

let pressedAt = -Infinity;

// After the page's own listeners: what they hold back was not sent.
window.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const now = performance.now();
  if (now - pressedAt < DOUBLE_CLICK_MS) event.preventDefault();
  else pressedAt = now;
});
window.addEventListener("pageshow", () => { pressedAt = -Infinity; });

/* ---- start --------------------------------------------------------------------------------------------------- */

strip()?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
scrolledTo = strip()?.scrollLeft ?? 0;
refresh();
