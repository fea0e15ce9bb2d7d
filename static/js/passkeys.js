/* Passkeys and security keys: forms with data-passkey. Whoever has no scripts uses an app's codes. */

/** @param {string} text as base64url */
function toBytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} bytes */
function toText(bytes) {
  if (!bytes) return null;
  const letters = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {{id: string}[] | undefined} keys */
const withBytes = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

/** What the server wants to know of a key. @param {any} credential */
function described(credential) {
  const response = credential.response;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      ...Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, toText(response[part])])),
      ...(response.getTransports ? { transports: response.getTransports() } : {}),
    },
  };
}

/** @param {any} options @param {boolean} isPasswordless */
async function create(options, isPasswordless) {
  const wanted = options.publicKey;
  const selection = { ...wanted.authenticatorSelection };
  if (isPasswordless) Object.assign(selection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
  return navigator.credentials.create({
    publicKey: {
      ...wanted,
      authenticatorSelection: selection,
      challenge: toBytes(wanted.challenge),
      user: { ...wanted.user, id: toBytes(wanted.user.id) },
      excludeCredentials: withBytes(wanted.excludeCredentials),
    },
  });
}

/** @param {any} options */
async function show(options) {
  const wanted = options.publicKey;
  return navigator.credentials.get({
    publicKey: { ...wanted, challenge: toBytes(wanted.challenge), allowCredentials: withBytes(wanted.allowCredentials) },
  });
}

/** The question in the page, or for signing in a fresh one. @param {HTMLFormElement} form */
async function options(form) {
  if (form.dataset.passkey !== "sign-in") {
    return JSON.parse(document.getElementById("passkey-options")?.textContent ?? "{}");
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error("The server did not answer.");
  return { request_options: (await answer.json()).request_options };
}

const NAMELESS = "Passkeys work only at the site's own name over https, not at a bare address. Open the site by its name, or use an authenticator app.";

/** Why no passkey can be used here, whatever is pressed; empty if one can. */
function whyNot() {
  if (/^[\d.]+$|^\[/.test(location.hostname)) return NAMELESS;
  return window.PublicKeyCredential ? "" : "This browser has no passkeys, or the site was not opened over https.";
}

/** @param {unknown} error */
function inWords(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "Nothing was chosen, or it took too long. Try again.";
  if (name === "InvalidStateError") return "This key is set up already.";
  if (name === "SecurityError") return NAMELESS;
  return "That did not work. Try again, or choose another way.";
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  const asked = await options(form);
  const box = form.elements.namedItem("passwordless");
  const credential = form.dataset.passkey === "add"
    ? await create(asked.creation_options, box instanceof HTMLInputElement && box.checked)
    : await show(asked.request_options);
  /** @type {HTMLInputElement} */ (form.elements.namedItem("credential")).value = JSON.stringify(described(credential));
  form.submit();
}

/** @param {HTMLFormElement} form @param {string} words */
function say(form, words) {
  const place = form.querySelector("[role=alert]");
  if (!(place instanceof HTMLElement)) return;
  place.textContent = words;
  place.hidden = !words;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  if (whyNot()) {
    say(form, whyNot());
    form.querySelector("[data-needs-key]")?.setAttribute("disabled", "");
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(form, "");
    ask(form).catch((error) => say(form, inWords(error)));
  });
}
