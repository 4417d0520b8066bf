"use strict";
// Adds a passkey, or uses one. A page without this script leads in by email.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // post gives what the server answers; it fails with the server's sentence.
  const post = async (path, fields) => {
    const sent = await fetch(path, { method: "POST", body: new URLSearchParams(fields), redirect: "error" });
    const answer = await sent.json().catch(() => ({}));
    if (!sent.ok) throw new Error(answer.message || "");
    return answer;
  };

  // ceremony asks the browser for a passkey, or makes one.
  const ceremony = async (adding, options) => {
    options.challenge = bytes(options.challenge);
    for (const known of [...(options.allowCredentials || []), ...(options.excludeCredentials || [])]) known.id = bytes(known.id);
    if (adding) options.user.id = bytes(options.user.id);
    const key = await navigator.credentials[adding ? "create" : "get"]({ publicKey: options });
    const from = key.response, response = { clientDataJSON: text(from.clientDataJSON) };
    if (adding) {
      response.attestationObject = text(from.attestationObject);
      if (from.getTransports) response.transports = from.getTransports();
    } else {
      response.authenticatorData = text(from.authenticatorData);
      response.signature = text(from.signature);
      if (from.userHandle) response.userHandle = text(from.userHandle);
    }
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[data-said]"), button = form.querySelector("button");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = "";
      try {
        const begun = await post(form.dataset.begin, {});
        const fields = { ceremony: begun.ceremony, answer: await ceremony(form.dataset.passkey === "add", begun.options) };
        for (const name of ["name", "next"]) if (form.elements[name]) fields[name] = form.elements[name].value;
        const done = await post(form.dataset.finish, fields);
        if (form.dataset.then === "send") form.submit();
        else location.assign(done.next);
      } catch (failed) {
        const given = failed.name === "Error" ? failed.message : "";
        said.textContent = given || "No passkey was used. Try again" + (form.dataset.passkey === "add" ? "." : ", or sign in by email.");
        button.disabled = false;
      }
    });
  }
  for (const other of document.querySelectorAll("[data-without-passkey]")) other.hidden = true;
})();
