/**
 * Looking closely at an image, in the full window: zoom, pan, rotate, brightness, contrast, invert. Without
 * scripts the link opens the file. What is chosen here shapes only this view; nothing is sent. A viewer is
 * made when somebody asks for it and is gone when it is closed.
 */

/** @typedef {{ brightness: number, contrast: number, isInverted: boolean }} Light steps from the middle, -100 to 100 */

const STEP = 10;
const ZOOM = 1.4;
const PAN = 0.15;
const PLAIN = Object.freeze({ brightness: 0, contrast: 0, isInverted: false });
const FARTHEST = 100; // to either side of the middle
const STRONGEST = 4; // times as bright, or a quarter, at the ends

const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** How much of something a slider means: as it is in the middle. @param {number} steps */
const factor = (steps) => Number((STRONGEST ** (steps / FARTHEST)).toFixed(3));
/** @param {number} steps */
const within = (steps) => Math.min(FARTHEST, Math.max(-FARTHEST, Math.round(steps)));

/* ---- the library, fetched when the first viewer is opened --------------------------------------------------- */

/** @type {Promise<any> | undefined} */
let library;

/** @param {string} address */
function load(address) {
  // The library adds a style element unless it finds its own, and the content security policy forbids
  // that. An element of this name that is no HTML is found and does nothing.
  const found = document.createElementNS("", "style");
  found.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(found);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(/** @type {any} */ (window).OpenSeadragon);
    script.onerror = () => reject(new Error("The viewer could not be loaded."));
    document.head.append(script);
  });
}

/* ---- small pieces of the page ------------------------------------------------------------------------------- */

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} inside */
function make(tag, attributes, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/** @param {string} words @param {string} title @param {() => void} act @param {Record<string, string>} more */
function button(words, title, act, more = {}) {
  const made = make("button", { type: "button", class: "btn btn-quiet btn-sm", title, ...more }, words);
  made.addEventListener("click", act);
  return made;
}

/** @type {[string, string][]} */
const WORDS = [
  ["+ -", "Zoom"], ["← → ↑ ↓", "Move"], ["f", "Fit"], ["o", "Rotate"], ["i", "Invert"], ["[ ]", "Contrast"], ["{ }", "Brightness"],
  ["w", "Drag brightness and contrast"], ["0 r", "Reset"], ["Esc", "Close"],
];

/** The keys in a line below the picture, for those who have a keyboard. */
function hints() {
  const parts = WORDS.map(([names, words]) => make("span", {}, ...names.split(" ").flatMap((name) => [make("kbd", {}, name), " "]), words));
  return make("p", { class: "viewer-keys" }, ...parts);
}

/* ---- one viewer --------------------------------------------------------------------------------------------- */

class Viewer {
  /** @param {HTMLElement} figure */
  constructor(figure) {
    this.figure = figure;
    this.link = /** @type {HTMLAnchorElement} */ (figure.querySelector("a"));
    const name = figure.querySelector("img")?.alt || "Image";
    this.stage = make("div", { class: "viewer-stage", tabindex: "0", role: "application", "aria-roledescription": "image viewer", "aria-label": name });
    this.scale = make("output", { class: "viewer-scale", "aria-label": "Zoom" });
    this.brightness = this.slider("Brightness", "brightness", "{ }");
    this.contrast = this.slider("Contrast", "contrast", "[ ]");
    this.invert = button("Invert", "Invert (i)", () => this.shine({ isInverted: !this.light.isInverted }), { "aria-pressed": "false" });
    this.window = button("Window", "Drag for brightness and contrast (w, or Shift and drag)", () => this.setDragging(!this.isWindowing), { "aria-pressed": "false" });
    this.isWindowing = false;
    this.root = make("div", { class: "viewer", role: "group", "aria-label": `Viewer: ${name}` }, this.stage, this.toolbar(), hints());
    this.dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "viewer-window", "aria-label": name }));
    /** @type {Light} */
    this.light = { ...PLAIN };
    /** @type {any} */
    this.seadragon = null;
    this.listen();
  }

  toolbar() {
    const zoom = make("div", { class: "viewer-group" },
      button("−", "Zoom out (-)", () => this.zoom(1 / ZOOM), { "aria-label": "Zoom out" }), this.scale,
      button("+", "Zoom in (+)", () => this.zoom(ZOOM), { "aria-label": "Zoom in" }),
      button("Fit", "The whole picture (f)", () => this.fit()), button("Rotate", "Rotate by 90 degrees (o)", () => this.rotate()));
    const light = make("div", { class: "viewer-group" }, this.window, this.brightness.label, this.contrast.label, this.invert,
      button("Reset", "Reset (0, r or space)", () => this.reset()));
    const rest = make("div", { class: "viewer-group" }, button("Close", "Close (Esc)", () => this.close()));
    return make("div", { class: "viewer-bar", role: "group", "aria-label": "Ways to look" }, zoom, rest, light);
  }

  /** @param {string} words @param {"brightness" | "contrast"} of @param {string} keys */
  slider(words, of, keys) {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: `${-FARTHEST}`, max: `${FARTHEST}`, step: "5", value: `${PLAIN[of]}`, title: `${words} (${keys})` }));
    input.addEventListener("input", () => this.shine({ [of]: Number(input.value) }));
    return { input, label: make("label", { class: "viewer-slider" }, make("span", {}, words), input) };
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.startWindowing(event), { capture: true });
    // Whatever closes it, such as Esc on the dialog itself or the browser's back gesture.
    this.dialog.addEventListener("close", () => this.leave());
  }

  /** Fill the window. */
  open() {
    this.dialog.append(this.root);
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.stage.focus({ preventScroll: true });
    this.draw();
  }

  close() {
    this.dialog.close();
    this.leave();
  }

  leave() {
    if (!this.dialog.isConnected) return;
    this.seadragon?.destroy();
    this.seadragon = null;
    this.dialog.remove();
    this.link.focus();
  }

  async draw() {
    try {
      library ??= load(this.figure.dataset.viewer ?? "");
      const made = await library;
      if (this.dialog.isConnected) this.start(made);
    } catch {
      library = undefined;
      location.assign(this.link.href);
    }
  }

  /** @param {any} OpenSeadragon */
  start(OpenSeadragon) {
    this.seadragon = OpenSeadragon({
      element: this.stage,
      tileSources: { type: "image", url: this.link.href },
      drawer: "canvas",
      tabIndex: "",
      keyboardNavEnabled: false,
      showNavigationControl: false,
      animationTime: isStill() ? 0.001 : 0.3,
      visibilityRatio: 0.5,
      minZoomImageRatio: 0.8,
      maxZoomPixelRatio: 10,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    this.seadragon.addHandler("open", () => {
      this.shine({});
      this.stage.dataset.isOpen = "";
    });
    this.seadragon.addHandler("open-failed", () => this.fail());
    this.seadragon.addHandler("canvas-press", () => this.stage.focus({ preventScroll: true }));
    this.seadragon.addHandler("update-viewport", () => this.measure());
  }

  fail() {
    this.seadragon?.destroy();
    this.seadragon = null;
    this.stage.replaceChildren(make("p", { class: "plate-missing" }, "This picture could not be loaded. Close the viewer, then try again."));
  }

  /* ---- what can be done ---- */

  viewport() {
    return this.seadragon?.isOpen() ? this.seadragon.viewport : null;
  }

  measure() {
    const viewport = this.viewport();
    if (viewport) this.scale.textContent = `${Math.round(100 * viewport.viewportToImageZoom(viewport.getZoom(true)))} %`;
  }

  /** @param {number} factor */
  zoom(factor) {
    this.viewport()?.zoomBy(factor, null, isStill()).applyConstraints(isStill());
  }

  /** @param {number} right in parts of what is seen @param {number} down */
  pan(right, down) {
    const viewport = this.viewport();
    if (!viewport) return;
    const shift = viewport.getBounds().getSize();
    shift.x *= right * PAN;
    shift.y *= down * PAN;
    viewport.panBy(shift, isStill()).applyConstraints(isStill());
  }

  fit() {
    this.viewport()?.goHome(isStill());
  }

  rotate() {
    const viewport = this.viewport();
    viewport?.setRotation((Math.round(viewport.getRotation() / 90) * 90 + 90) % 360, true);
    this.fit();
  }

  reset() {
    this.shine(PLAIN);
    this.viewport()?.setRotation(0, true);
    this.fit();
  }

  /** @param {Partial<Light>} change */
  shine(change) {
    this.light = { ...this.light, ...change };
    const { brightness, contrast, isInverted } = this.light;
    this.brightness.input.value = `${brightness}`;
    this.contrast.input.value = `${contrast}`;
    this.invert.setAttribute("aria-pressed", `${isInverted}`);
    // Inverted first, so that "brighter" is brighter to the eye in both.
    if (this.seadragon) this.seadragon.canvas.style.filter = `invert(${isInverted ? 1 : 0}) brightness(${factor(brightness)}) contrast(${factor(contrast)})`;
  }

  /** @param {"brightness" | "contrast"} of @param {number} by */
  turn(of, by) {
    this.shine({ [of]: within(this.light[of] + by) });
  }

  /* ---- dragging brightness and contrast, as one drags a window of a scan ---- */

  /** @param {boolean} isWindowing */
  setDragging(isWindowing) {
    this.isWindowing = isWindowing;
    this.window.setAttribute("aria-pressed", `${isWindowing}`);
    this.stage.classList.toggle("is-windowing", isWindowing);
  }

  /** Sideways the contrast, up and down the brightness. @param {PointerEvent} event */
  startWindowing(event) {
    if (event.button || !event.isPrimary || !(this.isWindowing || event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation(); // the picture itself stays where it is
    this.stage.focus({ preventScroll: true });
    const from = { ...this.light, x: event.clientX, y: event.clientY };
    const unit = (2 * FARTHEST) / Math.max(200, Math.min(this.stage.clientWidth, this.stage.clientHeight));
    const move = (/** @type {PointerEvent} */ to) => {
      to.stopPropagation();
      this.shine({ contrast: within(from.contrast + (to.clientX - from.x) * unit), brightness: within(from.brightness + (from.y - to.clientY) * unit) });
    };
    const stop = () => {
      window.removeEventListener("pointermove", move, { capture: true });
      for (const name of ["pointerup", "pointercancel"]) window.removeEventListener(name, stop, { capture: true });
    };
    window.addEventListener("pointermove", move, { capture: true });
    for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, stop, { capture: true });
  }

  /* ---- keys ---- */

  /** @type {Record<string, (viewer: Viewer) => void>} */
  static keys = {
    "+": (viewer) => viewer.zoom(ZOOM),
    "=": (viewer) => viewer.zoom(ZOOM),
    "-": (viewer) => viewer.zoom(1 / ZOOM),
    arrowleft: (viewer) => viewer.pan(-1, 0),
    arrowright: (viewer) => viewer.pan(1, 0),
    arrowup: (viewer) => viewer.pan(0, -1),
    arrowdown: (viewer) => viewer.pan(0, 1),
    i: (viewer) => viewer.shine({ isInverted: !viewer.light.isInverted }),
    "[": (viewer) => viewer.turn("contrast", -STEP),
    "]": (viewer) => viewer.turn("contrast", STEP),
    "{": (viewer) => viewer.turn("brightness", -STEP),
    "}": (viewer) => viewer.turn("brightness", STEP),
    " ": (viewer) => viewer.reset(),
    0: (viewer) => viewer.reset(),
    r: (viewer) => viewer.reset(),
    o: (viewer) => viewer.rotate(),
    w: (viewer) => viewer.setDragging(!viewer.isWindowing),
    f: (viewer) => viewer.fit(),
    escape: (viewer) => viewer.close(),
    "?": () => {
      const dialog = document.getElementById("keys");
      if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
    },
  };

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = event.key.toLowerCase();
    // It may stand in a form, which Enter in a slider would send.
    if (key === "enter" && event.target instanceof HTMLInputElement) event.preventDefault();
    const act = Viewer.keys[key];
    if (!act || event.isComposing || isMeantElsewhere(event, key)) return;
    event.preventDefault();
    act(this);
  }
}

/** Whether a key belongs to the browser, the page, a button or a slider. @param {KeyboardEvent} event @param {string} key */
function isMeantElsewhere(event, key) {
  // Brackets and braces need Alt or AltGr (which says Ctrl too) on many keyboards.
  const isBracket = "[]{}".includes(key);
  if (event.metaKey || ((event.ctrlKey || event.altKey) && !isBracket)) return true;
  if (event.target instanceof HTMLButtonElement) return key === " ";
  return event.target instanceof HTMLInputElement && key.startsWith("arrow");
}

/* ---- start -------------------------------------------------------------------------------------------------- */

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("[data-viewer] > a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  new Viewer(/** @type {HTMLElement} */ (link.parentElement)).open();
});

/** The dialog of keys tells of the viewer's where a page has viewers. */
function listKeys() {
  const keys = document.querySelector("#keys .keys");
  if (!keys) return;
  const rows = WORDS.map(([names, words]) => {
    const term = make("dt", {}, ...names.split(" ").flatMap((name) => [make("kbd", {}, name), " "]));
    return make("div", {}, term, make("dd", {}, words));
  });
  keys.after(make("h3", {}, "In the image viewer"), make("dl", { class: "keys" }, ...rows));
}

listKeys();
