/**
 * Drawing what of a picture is kept and what is covered. The numbers of the form are what counts: every
 * drawing writes them and every number redraws, so the page works by numbers alone and without scripts.
 */

/** @typedef {{ left: number, top: number, width: number, height: number }} Rectangle pixels of the picture */
/** @typedef {{ group: SVGGElement, fieldset: HTMLElement }} Drawn a rectangle on the picture and its numbers */

const SVG = "http://www.w3.org/2000/svg";
const HANDLE = 11; // pixels of the screen
const LEAST = 4; // a drag below so many pixels of the screen was a click
const SIDES = /** @type {const} */ (["left", "top", "width", "height"]);
const CORNERS = /** @type {const} */ ([["left", "top"], ["right", "top"], ["left", "bottom"], ["right", "bottom"]]);

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-retouch]"));
const picture = /** @type {SVGSVGElement} */ (form.querySelector("[data-picture]"));
const canvas = /** @type {SVGGElement} */ (picture.querySelector("[data-drawn]"));
const list = /** @type {HTMLElement} */ (form.querySelector("[data-boxes]"));
const spare = /** @type {HTMLTemplateElement} */ (form.querySelector("template[data-spare]"));
const none = /** @type {HTMLElement} */ (form.querySelector("[data-no-boxes]"));
const { width: WIDTH, height: HEIGHT } = picture.viewBox.baseVal;

/** @type {Map<HTMLElement, Drawn>} */
const drawn = new Map();

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  return element;
}

/* ---- numbers ------------------------------------------------------------------------------------------------ */

/** @param {HTMLElement} fieldset @returns {HTMLInputElement[]} */
const inputs = (fieldset) => [...fieldset.querySelectorAll("input")];
/** @returns {HTMLElement[]} */
const fieldsets = () => [...form.querySelectorAll("[data-rectangle]")].map((each) => /** @type {HTMLElement} */ (each));
/** @param {HTMLElement} fieldset */
const isCrop = (fieldset) => fieldset.dataset.rectangle === "crop";
/** @param {HTMLElement} fieldset */
const isEmpty = (fieldset) => inputs(fieldset).every((input) => input.value === "");

/** The rectangle that the numbers say, if they say one. @param {HTMLElement} fieldset @returns {Rectangle | null} */
function read(fieldset) {
  const fields = inputs(fieldset);
  const [left, top, width, height] = fields.map((input) => Number(input.value));
  const isOne = fields.every((input) => /^\d+$/.test(input.value)) && width > 0 && height > 0;
  return isOne ? { left, top, width, height } : null;
}

/** @param {HTMLElement} fieldset @param {Rectangle} rectangle */
function write(fieldset, rectangle) {
  inputs(fieldset).forEach((input, index) => { input.value = `${Math.round(rectangle[SIDES[index]])}`; });
}

/** @param {number} value @param {number} most */
const within = (value, most) => Math.min(Math.max(Math.round(value), 0), Math.max(most, 0));

/** Between two points, within the picture. @param {DOMPoint} one @param {DOMPoint} other @returns {Rectangle} */
function between(one, other) {
  const [left, right] = [one.x, other.x].map((x) => within(x, WIDTH)).sort((a, b) => a - b);
  const [top, bottom] = [one.y, other.y].map((y) => within(y, HEIGHT)).sort((a, b) => a - b);
  return { left, top, width: right - left, height: bottom - top };
}

/** Moved, within the picture. @param {Rectangle} from @param {number} right @param {number} down @returns {Rectangle} */
function moved(from, right, down) {
  return { ...from, left: within(from.left + right, WIDTH - from.width), top: within(from.top + down, HEIGHT - from.height) };
}

/** Larger or smaller, within the picture. @param {Rectangle} from @param {number} right @param {number} down @returns {Rectangle} */
function resized(from, right, down) {
  const width = Math.max(1, within(from.width + right, WIDTH - from.left));
  return { ...from, width, height: Math.max(1, within(from.height + down, HEIGHT - from.top)) };
}

/* ---- rows of numbers ---------------------------------------------------------------------------------------- */

/** A row for a new box: an empty one if there is one. */
function freeRow() {
  const free = fieldsets().find((fieldset) => !isCrop(fieldset) && isEmpty(fieldset));
  return free ?? addRow();
}

let rows = list.childElementCount;

function addRow() {
  const copy = /** @type {DocumentFragment} */ (spare.content.cloneNode(true));
  const fieldset = /** @type {HTMLElement} */ (copy.firstElementChild);
  rows += 1;
  for (const named of fieldset.querySelectorAll("[id]")) named.id = named.id.replace("NEW", `${rows}`);
  for (const label of fieldset.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace("NEW", `${rows}`);
  fieldset.querySelector("details")?.removeAttribute("open");
  list.append(fieldset);
  number();
  return fieldset;
}

function number() {
  list.querySelectorAll("[data-number]").forEach((place, index) => { place.textContent = `${index + 1}`; });
}

/** @param {HTMLElement} fieldset */
function remove(fieldset) {
  if (isCrop(fieldset)) for (const input of inputs(fieldset)) input.value = "";
  else fieldset.remove();
  if (!list.childElementCount) addRow();
  number();
  draw();
}

/** @param {Rectangle} area */
function cover(area) {
  const isCovered = fieldsets().some((fieldset) => !isCrop(fieldset) && JSON.stringify(read(fieldset)) === JSON.stringify(area));
  if (!isCovered) write(freeRow(), area);
  draw();
}

/** A row to type numbers into. */
function typeRow() {
  const row = freeRow();
  row.hidden = false;
  const fold = row.querySelector("details");
  if (fold) fold.open = true;
  row.querySelector("input")?.focus();
  draw();
}

/** One line for each box: its size, and no line for one that is neither drawn nor being typed. @param {HTMLElement} fieldset */
function tell(fieldset) {
  const rectangle = read(fieldset);
  const size = /** @type {HTMLElement} */ (fieldset.querySelector("[data-size]"));
  const whole = isCrop(fieldset) ? ` ${WIDTH} × ${HEIGHT}, the whole picture` : "";
  size.textContent = rectangle ? ` ${rectangle.width} × ${rectangle.height}` : whole;
  fieldset.hidden = !isCrop(fieldset) && isEmpty(fieldset) && !fieldset.querySelector("details")?.open;
}

/* ---- steps back and forth ----------------------------------------------------------------------------------- */

/** @typedef {string[][]} Numbers of the crop, then of each box that has some */

/** @type {Numbers[]} what there was before each step, the first one first */
const before = [];
/** @type {Numbers[]} what was taken back, the last one last */
const after = [];
const [undoButton, redoButton] = ["undo", "redo"].map((name) => /** @type {HTMLButtonElement} */ (form.querySelector(`[data-${name}]`)));

/** @returns {Numbers} */
function numbers() {
  const boxes = fieldsets().filter((fieldset) => !isCrop(fieldset) && !isEmpty(fieldset));
  return [cropFieldset(), ...boxes].map((fieldset) => inputs(fieldset).map((input) => input.value));
}

let now = numbers();

/** Remember the step that has just been made, if one has. */
function keep() {
  const made = numbers();
  if (JSON.stringify(made) === JSON.stringify(now)) return;
  before.push(now);
  after.length = 0;
  now = made;
  offer();
}

/** Go one step. @param {Numbers[]} from @param {Numbers[]} onto */
function go(from, onto) {
  keep();
  const wanted = from.pop();
  if (!wanted) return;
  onto.push(now);
  show(wanted);
  now = wanted;
  offer();
}

/** @param {Numbers} wanted */
function show([crop, ...boxes]) {
  const had = document.activeElement;
  const rowsNow = fieldsets().filter((fieldset) => !isCrop(fieldset));
  for (const row of rowsNow.slice(Math.max(boxes.length, 1))) row.remove();
  while (list.childElementCount < Math.max(boxes.length, 1)) addRow();
  fieldsets().filter((fieldset) => !isCrop(fieldset)).forEach((fieldset, index) => fill(fieldset, boxes[index] ?? []));
  fill(cropFieldset(), crop);
  number();
  draw();
  if (had && !had.isConnected) form.querySelector("input[name=tool]:checked")?.focus({ preventScroll: true });
}

/** @param {HTMLElement} fieldset @param {string[]} values */
function fill(fieldset, values) {
  inputs(fieldset).forEach((input, index) => { input.value = values[index] ?? ""; });
}

function offer() {
  undoButton.disabled = !before.length;
  redoButton.disabled = !after.length;
}

const undo = () => go(before, after);
const redo = () => go(after, before);
undoButton.addEventListener("click", undo);
redoButton.addEventListener("click", redo);

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !"zy".includes(key)) return;
  // What is being typed has the browser's own steps.
  if (event.target instanceof HTMLInputElement && event.target.type === "number") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) redo();
  else undo();
});

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/** How many pixels of the picture one of the screen is. */
const scale = () => 1 / (picture.getScreenCTM()?.a || 1);

const outside = shape("path", { class: "is-outside" });

/** Show what the numbers say. */
function draw() {
  const all = fieldsets();
  for (const [fieldset, { group }] of drawn) {
    if (all.includes(fieldset) && read(fieldset)) continue;
    group.remove();
    drawn.delete(fieldset);
  }
  for (const fieldset of all) {
    const rectangle = read(fieldset);
    if (rectangle) place(fieldset, rectangle);
    tell(fieldset);
  }
  mark(all.some((fieldset) => !fieldset.hidden && !isCrop(fieldset)));
  const crop = all.map((fieldset) => isCrop(fieldset) && read(fieldset)).find(Boolean);
  const hole = crop ? `M0 0H${WIDTH}V${HEIGHT}H0ZM${crop.left} ${crop.top}h${crop.width}v${crop.height}h-${crop.width}z` : "";
  outside.setAttribute("d", hole);
}

/** The numbers of the outlines keep their size on the screen, and stay in the picture. @param {boolean} isAnyBox */
function mark(isAnyBox) {
  none.hidden = isAnyBox;
  const size = 14 * scale();
  for (const text of picture.querySelectorAll(".suggested-number")) {
    const { y, height } = /** @type {SVGRectElement} */ (text.previousElementSibling).getBBox();
    text.setAttribute("font-size", `${size}`);
    text.setAttribute("y", `${y > size ? y - size / 4 : y + height + size}`);
  }
}

/** @param {HTMLElement} fieldset @param {Rectangle} rectangle */
function place(fieldset, rectangle) {
  const { group } = drawn.get(fieldset) ?? begin(fieldset);
  const { left, top, width, height } = rectangle;
  const name = (fieldset.querySelector("legend")?.textContent ?? "").trim();
  group.setAttribute("aria-label", `${name}: ${width} by ${height} pixels, ${left} from the left, ${top} from the top`);
  const ends = { left, top, right: left + width, bottom: top + height };
  const size = HANDLE * scale();
  const [body, ...handles] = group.children;
  for (const [key, value] of Object.entries({ x: left, y: top, width, height })) body.setAttribute(key, `${value}`);
  handles.forEach((handle, index) => {
    const [across, down] = CORNERS[index];
    for (const [key, value] of Object.entries({ x: ends[across] - size / 2, y: ends[down] - size / 2, width: size, height: size })) handle.setAttribute(key, `${value}`);
  });
}

/** @param {HTMLElement} fieldset @returns {Drawn} */
function begin(fieldset) {
  const kind = isCrop(fieldset) ? "crop" : "box";
  const group = /** @type {SVGGElement} */ (shape("g", { class: `rectangle-drawn of-${kind}`, tabindex: 0, role: "button", "aria-roledescription": "rectangle" }));
  group.append(shape("rect", { class: `is-${kind}` }), ...CORNERS.map(([across, down]) => shape("rect", { class: "handle", "data-across": across, "data-down": down })));
  canvas.append(group);
  const made = { group, fieldset };
  drawn.set(fieldset, made);
  return made;
}

/** @param {EventTarget | null} target @returns {Drawn | undefined} */
function drawnAt(target) {
  return [...drawn.values()].find(({ group }) => target instanceof Node && group.contains(target));
}

/* ---- pointer ------------------------------------------------------------------------------------------------ */

const tool = () => /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=tool]:checked"))?.value ?? "box";

/** @param {PointerEvent} event */
function pointOf(event) {
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM()?.inverse());
}

/** What a drag does: from the point where it is now to a rectangle. @typedef {(to: DOMPoint) => Rectangle} Drag */
/** @type {{ drag: Drag, fieldset: HTMLElement | null, from: PointerEvent } | null} */
let dragging = null;

/** @param {Drawn} at @param {Element} target @param {DOMPoint} start @returns {Drag} */
function dragOf({ fieldset }, target, start) {
  const from = /** @type {Rectangle} */ (read(fieldset));
  const { across, down } = /** @type {SVGElement} */ (target).dataset;
  if (!across) return (to) => moved(from, to.x - start.x, to.y - start.y);
  // The corner that stays is the one across.
  const stays = new DOMPoint(across === "left" ? from.left + from.width : from.left, down === "top" ? from.top + from.height : from.top);
  return (to) => between(stays, to);
}

picture.addEventListener("pointerdown", (event) => {
  if (event.button || !event.isPrimary) return;
  event.preventDefault(); // no text is selected, no picture dragged
  picture.setPointerCapture(event.pointerId);
  const start = pointOf(event);
  const at = drawnAt(event.target);
  if (at) at.group.focus({ preventScroll: true });
  dragging = {
    drag: at ? dragOf(at, /** @type {Element} */ (event.target), start) : (to) => between(start, to),
    fieldset: at?.fieldset ?? null,
    from: event,
  };
});

picture.addEventListener("pointermove", (event) => {
  if (!dragging || !event.isPrimary) return;
  const far = Math.hypot(event.clientX - dragging.from.clientX, event.clientY - dragging.from.clientY);
  if (!dragging.fieldset && far < LEAST) return;
  const rectangle = dragging.drag(pointOf(event));
  if (!rectangle.width || !rectangle.height) return;
  dragging.fieldset ??= tool() === "crop" ? cropFieldset() : freeRow();
  write(dragging.fieldset, rectangle);
  draw();
});

for (const name of ["pointerup", "pointercancel"]) {
  picture.addEventListener(name, () => {
    const fieldset = dragging?.fieldset;
    dragging = null;
    if (fieldset) drawn.get(fieldset)?.group.focus({ preventScroll: true });
    keep();
  });
}

function cropFieldset() {
  return /** @type {HTMLElement} */ (form.querySelector("[data-rectangle=crop]"));
}

/* ---- keys --------------------------------------------------------------------------------------------------- */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

picture.addEventListener("keydown", (event) => {
  const at = drawnAt(event.target);
  if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (!arrow && event.key !== "Delete" && event.key !== "Backspace") return;
  event.preventDefault();
  if (!arrow) {
    remove(at.fieldset);
    keep();
    form.querySelector("input[name=tool]:checked")?.focus();
    return;
  }
  const step = Math.max(1, Math.round(WIDTH / 200));
  const [right, down] = arrow.map((direction) => direction * step);
  const from = /** @type {Rectangle} */ (read(at.fieldset));
  write(at.fieldset, event.shiftKey ? resized(from, right, down) : moved(from, right, down));
  draw();
  keep();
});

/* ---- buttons ------------------------------------------------------------------------------------------------ */

/** @param {HTMLButtonElement} button */
function press(button) {
  const [what, which] = button.value.split("-");
  const areas = [...form.querySelectorAll("button[data-area]")];
  if (what === "add") typeRow();
  else if (what === "remove" || what === "uncrop") remove(/** @type {HTMLElement} */ (button.closest("[data-rectangle]")));
  else if (what === "cover") (which === "all" ? areas : [button]).forEach((each) => cover(areaOf(each)));
  else return false;
  keep();
  return true;
}

/** @param {Element} button @returns {Rectangle} */
function areaOf(button) {
  const [left, top, width, height] = (button.getAttribute("data-area") ?? "").split(" ").map(Number);
  return { left, top, width, height };
}

form.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("button[name=then]");
  if (button instanceof HTMLButtonElement && press(button)) event.preventDefault();
});

form.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.closest("[data-rectangle]")) draw();
});

document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLInputElement)) return;
  if (event.target.name === "tool") picture.dataset.tool = tool();
  else keep();
});

/* ---- leaving ------------------------------------------------------------------------------------------------ */

/** Whether the form is sent, or given up by Cancel. */
let isLeaving = false;

form.addEventListener("submit", () => { isLeaving = true; });
form.querySelector("a[data-cancel]")?.addEventListener("click", () => { isLeaving = true; });

// What is drawn is on this page only.
window.addEventListener("beforeunload", (event) => {
  if (!isLeaving && numbers().flat().some((value) => value !== "")) event.preventDefault();
});

/* ---- start -------------------------------------------------------------------------------------------------- */

for (const hint of document.querySelectorAll("[data-needs-script]")) hint.removeAttribute("hidden");
for (const other of document.querySelectorAll("[data-without-script]")) other.setAttribute("hidden", "");
for (const fold of form.querySelectorAll("details:not([data-stays-open])")) fold.removeAttribute("open");
picture.dataset.tool = tool();
canvas.replaceChildren(outside);
picture.classList.add("is-drawing");
draw();
new ResizeObserver(draw).observe(picture); // handles keep their size on the screen
// A page that comes back from the browser's memory has its numbers again only now.
window.addEventListener("pageshow", () => {
  isLeaving = false;
  draw();
  now = numbers();
});
