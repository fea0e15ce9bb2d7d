/**
 * Comments: ready reasons are buttons that fill the text, links at the panels choose the place, changed annotations
 * are marked. Without this the form has a list of reasons, the links lead to the form, and the server marks.
 */

/** @param {HTMLFormElement} form @param {string} name @returns {any} */
const control = (form, name) => form.elements.namedItem(name);

/** Which reasons fit the chosen place: those of its field. @param {HTMLFormElement} form */
function offer(form) {
  const [, field] = control(form, "place").value.split(":");
  for (const button of form.querySelectorAll("[data-reason]")) {
    const fields = (button.dataset.fields ?? "").split(" ").filter(Boolean);
    button.hidden = field ? !fields.includes(field) : !("whole" in button.dataset);
  }
}

/** The text once, on a line of its own below what is there. @param {HTMLTextAreaElement} area @param {string} text */
function fill(area, text) {
  if (!area.value.includes(text)) area.value = [area.value.trimEnd(), text].filter(Boolean).join("\n\n");
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

/** @param {HTMLOptionElement} option @param {HTMLFormElement} form */
function reasonButton(option, form) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-sm";
  button.dataset.reason = option.value;
  Object.assign(button.dataset, option.dataset);
  button.textContent = option.textContent;
  button.addEventListener("click", () => fill(control(form, "text"), option.dataset.text ?? ""));
  return button;
}

/** Buttons in place of the list. @param {HTMLFormElement} form */
function prepare(form) {
  const box = form.querySelector("[data-reasons]");
  const list = box?.querySelector("select");
  if (!box || !list) return;
  const chosen = list.selectedOptions[0]?.dataset.text;
  const group = document.createElement("fieldset");
  group.className = "reasons";
  const legend = document.createElement("legend");
  legend.className = "visually-hidden";
  legend.textContent = "Ready reasons: each fills the text";
  group.append(legend, ...[...list.options].filter((option) => option.value).map((option) => reasonButton(option, form)));
  box.replaceChildren(group);
  if (chosen) fill(control(form, "text"), chosen);
  offer(form);
}

/** @param {ParentNode} root */
function prepareAll(root) {
  for (const form of root.querySelectorAll("form[data-comment]")) prepare(form);
}

document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLSelectElement)) return;
  const form = event.target.closest("form[data-comment]");
  if (form instanceof HTMLFormElement) offer(form);
  const annotation = event.target.closest("[data-annotation]");
  if (annotation instanceof HTMLElement) annotation.classList.toggle("is-changed", event.target.value !== annotation.dataset.annotation);
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-comment-at]");
  const form = document.querySelector("form[data-comment]");
  if (!(link instanceof HTMLElement) || !(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  control(form, "place").value = link.dataset.commentAt ?? "";
  offer(form);
  control(form, "text").focus();
});

/** Numbers of open comments on the page, after one was written or settled without loading the page anew. */
function recount() {
  for (const number of document.querySelectorAll("[data-open-count]")) {
    if (!(number instanceof HTMLElement)) continue;
    const count = document.querySelectorAll(number.dataset.openCount ?? "").length;
    number.textContent = `${count}`;
    const plural = number.parentElement?.querySelector("[data-plural]");
    if (plural) plural.textContent = count === 1 ? "" : "s";
    const notice = number.closest("p.notice");
    if (notice instanceof HTMLElement) notice.hidden = count === 0;
  }
}

/** What was typed in the other forms stays: only the comments are exchanged, and the focus stays with them. */
document.addEventListener("htmx:afterSettle", (event) => {
  const path = event.detail.requestConfig?.path ?? "";
  if (!path.includes("/comments/")) return;
  prepareAll(document);
  recount();
  const refused = document.querySelector(".comments [aria-invalid=true], .comment-thread [aria-invalid=true]");
  const target = event.detail.target?.id ? document.getElementById(event.detail.target.id) : null;
  const title = target?.querySelector("#comments-title");
  if (title instanceof HTMLElement) title.tabIndex = -1;
  const next = refused ?? title ?? target;
  if (next instanceof HTMLElement) next.focus({ preventScroll: refused === null });
});

prepareAll(document);
