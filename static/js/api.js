/**
 * The page of the API: its description with a form for each operation, from our own files.
 */

/** @typedef {{ url: string, method?: string, headers: Record<string, string> }} ApiRequest */

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

if (place) {
  followColors();
  const token = place.dataset.token ?? "";
  // @ts-expect-error set by the vendored script, which runs before modules do
  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    requestInterceptor: (/** @type {ApiRequest} */ request) => proven(request, token),
    // Else a badge asks a server of others what it thinks of the description.
    validatorUrl: null,
  });
}
