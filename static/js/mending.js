/** Mending at one press: the page changes in place, keeps its scroll, and the focus goes where something changed. */

/** @param {string} selector */
function focus(selector) {
  const target = document.querySelector(selector);
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** Press a fix of a panel's page, or what says where to go on then (data-then), without leaving it. @param {HTMLFormElement} form @param {HTMLButtonElement} button */
export async function mend(form, button) {
  const field = button.closest(".field")?.querySelector("textarea, input:not([type=hidden])");
  const data = new FormData(form, button);
  data.delete("upload");
  await window.htmx.ajax("POST", button.getAttribute("formaction") ?? "", {
    values: Object.fromEntries(data),
    target: "#main",
    select: "#main",
    swap: "outerHTML show:none",
  });
  focus(`#${button.dataset.then ?? field?.id ?? "findings-title"}`);
  if (button.dataset.then) document.activeElement?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:afterSettle", (event) => {
  const source = event.detail.requestConfig?.elt;
  if (source instanceof Element && source.matches("[data-fixes]")) focus("#findings-title");
});
