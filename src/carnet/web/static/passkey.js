// Passkeys: asks the browser for one, or for the use of one, and sends its answer with the form. Without it the page says what else there is.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) return;
  const none = document.querySelector("[data-passkey-none]");
  const told = document.querySelector("[data-passkey-told]");
  const button = form.querySelector("button");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const decoded = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of ["excludeCredentials", "allowCredentials"])
      if (options[list]) options[list] = options[list].map((each) => ({ ...each, id: bytes(each.id) }));
    return options;
  };
  const encoded = (made) => {
    const response = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[name]) response[name] = text(made.response[name]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };
  form.hidden = false;
  none.hidden = true;
  form.addEventListener("submit", async (event) => {
    if (form.elements.reponse.value) return;
    event.preventDefault();
    button.disabled = true;
    told.hidden = true;
    try {
      const publicKey = decoded(JSON.parse(form.dataset.options));
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
      form.elements.reponse.value = encoded(made);
      form.submit();
    } catch {
      told.hidden = false;
      button.disabled = false;
      button.focus();
    }
  });
})();
