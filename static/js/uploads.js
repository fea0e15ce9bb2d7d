/** Bringing images into a panel: paste and drop do what the file field and its button do without scripts. */

/** Put a picture into the file field and press Upload. @param {File} file */
function upload(file) {
  const input = document.getElementById("upload");
  const button = document.querySelector("[data-upload]");
  if (!(input instanceof HTMLInputElement) || !(button instanceof HTMLButtonElement)) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  button.form?.requestSubmit(button);
}

/** The first picture among what was pasted or dropped. @param {DataTransfer | null} data */
function pictureOf(data) {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

document.addEventListener("paste", (event) => {
  const picture = pictureOf(event.clipboardData);
  if (!picture) return;
  event.preventDefault();
  upload(picture);
});

document.addEventListener("dragover", (event) => {
  const zone = event.target instanceof Element && event.target.closest("[data-drop]");
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  if (event.target instanceof Element) event.target.closest("[data-drop]")?.classList.remove("is-over");
});

document.addEventListener("drop", (event) => {
  const zone = event.target instanceof Element && event.target.closest("[data-drop]");
  const file = event.dataTransfer?.files[0];
  if (!zone || !file) return;
  event.preventDefault();
  zone.classList.remove("is-over");
  upload(file);
});

// A file that was chosen is uploaded; the autosave must not hear of it, it would overtake the upload.
for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.id !== "upload") return;
    event.stopPropagation();
    if (name === "change" && input.files?.length) upload(input.files[0]);
  }, true);
}
