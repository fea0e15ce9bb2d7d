/**
 * Looking closely at an image: zoom, pan, brightness, contrast, invert, full window. Without scripts the
 * link opens the file. What is chosen here shapes only this view; nothing is sent. A viewer is made when
 * somebody asks for it, and its canvas is given back while it is scrolled out of sight.
 */

/** @typedef {{ brightness: number, contrast: number, isInverted: boolean }} Light percent, percent */

const STEP = 10;
const ZOOM = 1.4;
const PAN = 0.15;
const PLAIN = Object.freeze({ brightness: 100, contrast: 100, isInverted: false });
const RANGE = { min: 10, max: 300 };

const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const isNarrow = () => window.matchMedia("(max-width: 40rem)").matches;

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
    this.full = button("Full window", "Full window (f)", () => this.toggleFull(), { class: "btn btn-quiet btn-sm viewer-full", "aria-pressed": "false" });
    this.root = make("div", { class: "viewer", role: "group", "aria-label": `Viewer: ${name}` }, this.stage, this.toolbar());
    this.dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "viewer-window", "aria-label": name }));
    /** @type {Light} */
    this.light = { ...PLAIN };
    /** @type {any} */
    this.seadragon = null;
    /** @type {any} */
    this.view = null;
    this.listen();
  }

  toolbar() {
    const zoom = make("div", { class: "viewer-group" },
      button("−", "Zoom out (-)", () => this.zoom(1 / ZOOM), { "aria-label": "Zoom out" }), this.scale,
      button("+", "Zoom in (+)", () => this.zoom(ZOOM), { "aria-label": "Zoom in" }),
      button("Fit", "The whole picture", () => this.fit()));
    const light = make("div", { class: "viewer-group" }, this.brightness.label, this.contrast.label, this.invert,
      button("Reset", "Reset (space)", () => this.reset()));
    const rest = make("div", { class: "viewer-group" }, this.full, button("Close", "Close (Esc)", () => this.close()));
    return make("div", { class: "viewer-bar", role: "group", "aria-label": "Ways to look" }, zoom, rest, light);
  }

  /** @param {string} words @param {"brightness" | "contrast"} of @param {string} keys */
  slider(words, of, keys) {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: `${RANGE.min}`, max: `${RANGE.max}`, step: "5", value: `${PLAIN[of]}`, title: `${words} (${keys})` }));
    input.addEventListener("input", () => this.shine({ [of]: Number(input.value) }));
    return { input, label: make("label", { class: "viewer-slider" }, make("span", {}, words), input) };
  }

  listen() {
    this.root.addEventListener("keydown", (event) => this.key(event));
    // Over a viewer that nobody is using the wheel scrolls the page.
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !this.root.contains(document.activeElement)) event.stopPropagation();
    };
    this.root.addEventListener("wheel", wheel, { capture: true, passive: true });
    // It may stand in a form that saves itself: what happens here is no writing.
    for (const name of ["input", "change"]) this.root.addEventListener(name, (event) => event.stopPropagation());
    this.dialog.addEventListener("close", () => this.leaveFull());
    this.seen = new IntersectionObserver(([entry]) => (entry.isIntersecting ? this.wake() : this.sleep()), { rootMargin: "50%" });
  }

  /** Stand in the place of the plain picture. */
  open() {
    this.link.hidden = true;
    this.figure.classList.add("is-close");
    this.link.after(this.root);
    this.seen?.observe(this.root);
    if (isNarrow()) this.enterFull();
    else this.root.scrollIntoView({ block: "nearest" });
    this.stage.focus({ preventScroll: true });
  }

  close() {
    if (this.dialog.open) this.leaveFull();
    this.seen?.disconnect();
    this.sleep();
    this.root.remove();
    this.figure.classList.remove("is-close");
    this.link.hidden = false;
    this.link.focus();
  }

  /** Draw, as it was left. */
  async wake() {
    if (this.seadragon || this.isWaking) return;
    this.isWaking = true;
    try {
      library ??= load(this.figure.dataset.viewer ?? "");
      const make = await library;
      if (this.root.isConnected) this.draw(make);
    } catch {
      library = undefined;
      location.assign(this.link.href);
    } finally {
      this.isWaking = false;
    }
  }

  /** @param {any} OpenSeadragon */
  draw(OpenSeadragon) {
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
      if (this.view) this.seadragon.viewport.fitBounds(this.view, true);
      this.shine({});
      this.stage.dataset.isOpen = "";
    });
    this.seadragon.addHandler("open-failed", () => this.fail());
    this.seadragon.addHandler("canvas-press", () => this.stage.focus({ preventScroll: true }));
    this.seadragon.addHandler("update-viewport", () => this.measure());
  }

  fail() {
    this.sleep();
    this.seen?.disconnect();
    this.stage.replaceChildren(make("p", { class: "plate-missing" }, "This picture could not be loaded. Close the viewer, then try again."));
  }

  /** Give the canvas back, and remember what it showed. */
  sleep() {
    if (!this.seadragon) return;
    if (this.seadragon.isOpen()) this.view = this.seadragon.viewport.getBounds();
    this.seadragon.destroy();
    this.seadragon = null;
    delete this.stage.dataset.isOpen;
    if (!this.root.isConnected) this.seen?.disconnect();
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

  reset() {
    this.shine(PLAIN);
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
    if (this.seadragon) this.seadragon.canvas.style.filter = `invert(${isInverted ? 1 : 0}) brightness(${brightness}%) contrast(${contrast}%)`;
  }

  /** @param {"brightness" | "contrast"} of @param {number} by */
  turn(of, by) {
    this.shine({ [of]: Math.min(RANGE.max, Math.max(RANGE.min, this.light[of] + by)) });
  }

  /* ---- full window ---- */

  toggleFull() {
    if (this.dialog.open) this.leaveFull();
    else this.enterFull();
    this.stage.focus({ preventScroll: true });
  }

  enterFull() {
    this.figure.style.minHeight = `${this.figure.offsetHeight}px`; // the page stays where it is
    document.body.append(this.dialog);
    this.dialog.append(this.root);
    this.dialog.showModal();
    this.refit();
  }

  leaveFull() {
    if (this.root.parentElement !== this.dialog) return;
    this.dialog.close();
    this.link.after(this.root);
    this.dialog.remove();
    this.figure.style.minHeight = "";
    this.refit();
    this.stage.focus({ preventScroll: true });
    if (isNarrow()) this.close();
  }

  /** Show the whole picture in the new space. */
  refit() {
    this.full.setAttribute("aria-pressed", `${this.dialog.open}`);
    this.view = null;
    if (!this.viewport()) return;
    // Having told, it zooms itself, so that what was seen before is seen again: wait for that.
    this.seadragon.addOnceHandler("after-resize", () => queueMicrotask(() => this.viewport()?.goHome(true)));
    this.seadragon.forceResize();
  }

  leave() {
    if (this.dialog.open) this.leaveFull();
    else this.close();
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
    f: (viewer) => viewer.toggleFull(),
    escape: (viewer) => viewer.leave(),
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

/** @type {[string, string][]} */
const WORDS = [
  ["+ -", "Zoom"], ["← → ↑ ↓", "Move the picture"], ["i", "Invert"], ["[ ]", "Less, more contrast"], ["{ }", "Darker, brighter"],
  ["Space", "Reset"], ["f", "Full window and back"], ["Esc", "Leave the viewer"],
];

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
