/**
 * The page of the API: its description with a form for each operation, from our own files.
 */

/** @typedef {{ url: string, method?: string, headers: Record<string, string> }} ApiRequest */
/** @typedef {(kind: unknown, facts: object | null, ...inside: unknown[]) => unknown} Make */
/** @typedef {(name: string, isConnected?: boolean) => unknown} GetPart */
/** @typedef {{ specJson: () => { getIn: (path: string[]) => string | undefined } }} Description */

const place = document.getElementById("api-explorer");

/** The viewer has its own dark colors, which a class on the whole page asks for. */
function followColors() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", apply);
  apply();
}

/**
 * What writes by a session must prove that a page of ours sent it.
 * @param {ApiRequest} request
 * @param {string} token
 * @returns {ApiRequest}
 */
function proven(request, token) {
  const isWrite = !["GET", "HEAD", undefined].includes(request.method);
  if (isWrite && new URL(request.url, location.href).origin === location.origin) {
    request.headers["X-CSRFToken"] = token;
  }
  return request;
}

/**
 * The viewer as a part of our page: without a second title, a second `main`, a choice of one server,
 * and links inside the buttons that open an operation.
 * @param {{ React: { createElement: Make } }} system
 */
function asPart({ React: { createElement: make } }) {
  /** @param {{ text: string }} facts */
  const DeepLink = ({ text }) => make("span", null, text);
  /** @param {{ getComponent: GetPart, specSelectors: Description }} facts */
  const PartLayout = ({ getComponent, specSelectors }) => {
    const words = specSelectors.specJson().getIn(["info", "description"]) ?? "";
    const names = ["SvgAssets", "errors", "AuthorizeBtnContainer", "operations", "Models"];
    const parts = names.map((name) => make(getComponent(name, true), { key: name }));
    const said = make(getComponent("Markdown", true), { source: words });
    return make("div", { className: "swagger-ui" }, said, parts);
  };
  return { components: { DeepLink, PartLayout } };
}

/**
 * Name what the viewer leaves without a name, and let keys reach what scrolls.
 * @param {HTMLElement} explorer
 */
function complete(explorer) {
  for (const control of explorer.querySelectorAll("select, textarea")) {
    const parameter = control.closest("tr")?.dataset.paramName;
    const other = control.matches("textarea") ? "Request body" : "Example";
    if (!control.ariaLabel) control.ariaLabel = parameter ?? other;
  }
  for (const code of explorer.querySelectorAll("pre.microlight")) code.setAttribute("tabindex", "0");
  // As a region without a name it would be no table for whoever hears the page.
  for (const table of explorer.querySelectorAll("table[role]")) table.removeAttribute("role");
}

if (place) {
  followColors();
  new MutationObserver(() => complete(place)).observe(place, { childList: true, subtree: true });
  const token = place.dataset.token ?? "";
  // @ts-expect-error set by the vendored script, which runs before modules do
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    plugins: [asPart],
    layout: "PartLayout",
    syntaxHighlight: { theme: "tomorrow-night" },
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    requestInterceptor: (/** @type {ApiRequest} */ request) => proven(request, token),
    // Else a badge asks a server of others what it thinks of the description.
    validatorUrl: null,
  });
}
