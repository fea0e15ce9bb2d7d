/**
 * Choosing a frame and a window: sliders beside the numbers, a live picture, the arrow keys, and dragging in the
 * picture. All of it works without: the numbers are a form, the windows are links.
 */

const NAMES = ["frame", "center", "width", "curve"];
/** How long the hand must rest before a picture is asked for, in milliseconds. */
const PAUSE = 60;

const root = document.querySelector("[data-scan]");
const preview = document.getElementById("preview");
const note = document.getElementById("scan-note");
const chosen = document.getElementById("choose-form");

/** The number field of a setting, if the scan has it. @param {string} name */
function field(name) {
  const found = document.getElementById(`id_${name}`);
  return found instanceof HTMLInputElement ? found : null;
}

/** The slider beside a number. @param {string} name */
function slider(name) {
  const found = document.querySelector(`[data-twin="id_${name}"]`);
  return found instanceof HTMLInputElement ? found : null;
}

/** What is set now; a curve of the file takes the window's place. */
function settings() {
  const told = new URLSearchParams();
  for (const name of NAMES) {
    const input = field(name);
    if (input && !input.disabled && input.value !== "") told.set(name, input.value);
  }
  if (told.has("curve")) for (const name of ["center", "width"]) told.delete(name);
  return told;
}

/** Whether every number can be shown. */
function isComplete() {
  const width = field("width");
  const isCurve = field("curve")?.disabled === false;
  const isWindow = !width || isCurve || (Number(width.value) > 0 && field("center")?.value !== "");
  return isWindow && field("frame")?.checkValidity() !== false;
}

let isLoading = false;
let isWaiting = false;
let timer = 0;

/** Show the picture of what is set, one request at a time; what was set meanwhile comes after. */
async function load() {
  if (isLoading) {
    isWaiting = true;
    return;
  }
  isLoading = true;
  isWaiting = false;
  const told = settings();
  const next = new Image();
  next.src = `${root.dataset.scan}?${told}`;
  try {
    await next.decode();
    preview.src = next.src;
    note.textContent = "";
    remember(told);
  } catch {
    note.textContent = "The picture could not be loaded. Please try again.";
  }
  isLoading = false;
  if (isWaiting) load();
}

/** What is shown is what is used, and what the address brings back. @param {URLSearchParams} told */
function remember(told) {
  for (const input of chosen.querySelectorAll("[type=hidden]")) {
    if (NAMES.includes(input.name)) input.remove();
  }
  for (const [name, value] of told) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    chosen.append(input);
  }
  history.replaceState(null, "", `?${told}`);
}

/** Follow a change: the sliders, the marked window, and soon the picture. */
function changed() {
  for (const name of ["frame", "center", "width"]) {
    const twin = slider(name);
    if (twin && field(name).value !== "") twin.value = field(name).value;
  }
  const told = settings();
  for (const link of document.querySelectorAll("[data-preset]")) {
    const isSame = ["center", "width", "curve"].every((name) => (link.dataset[name] ?? "") === (told.get(name) ?? ""));
    if (isSame) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!isComplete()) return;
  clearTimeout(timer);
  timer = setTimeout(load, PAUSE);
}

/** Set a window by hand: then no curve of the file is meant. @param {Record<string, string>} values */
function setWindow(values) {
  const curve = field("curve");
  curve.disabled = !values.curve;
  curve.value = values.curve ?? "";
  for (const name of ["center", "width"]) {
    if (values[name] !== undefined) field(name).value = values[name];
  }
  changed();
}

/** Another frame. @param {number} by */
function step(by) {
  const frame = field("frame");
  const last = Number(frame.max);
  if (!last) return false;
  frame.value = String(Math.min(last, Math.max(1, Number(frame.value) + by)));
  changed();
  return true;
}

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.closest("#scan-form")) return;
  if (input.dataset.twin) document.getElementById(input.dataset.twin).value = input.value;
  const name = (input.dataset.twin ?? input.id).replace("id_", "");
  if (name === "frame") changed();
  else setWindow({});
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-preset]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  setWindow({ ...link.dataset });
});

// Enter in a number shows it, as the button does without scripts.
document.getElementById("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  changed();
});

document.addEventListener("keydown", (event) => {
  const isBusy = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
  if (isBusy || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by && step(by)) event.preventDefault();
});

/** Drag in the picture: sideways the width, up and down the center, over half the range for its height. */
function drag() {
  let from = null;
  preview.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0 || !field("width").value) return;
    event.preventDefault();
    preview.setPointerCapture(event.pointerId);
    from = { x: event.clientX, y: event.clientY, center: Number(field("center").value), width: Number(field("width").value) };
  });
  preview.addEventListener("pointermove", (event) => {
    if (!from) return;
    const unit = Number(slider("width").max) / 2 / preview.clientHeight;
    const least = Number(slider("width").step);
    const rounded = (value) => String(Math.round(value / least) * least);
    setWindow({
      center: rounded(from.center + (event.clientY - from.y) * unit),
      width: rounded(Math.max(least, from.width + (event.clientX - from.x) * unit)),
    });
  });
  for (const name of ["pointerup", "pointercancel"]) preview.addEventListener(name, () => { from = null; });
}

if (preview.hasAttribute("data-draggable")) drag();
for (const shown of document.querySelectorAll("[data-twin], [data-needs-script]")) shown.hidden = false;
for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
