"use strict";
// Everything works without this script. It shows previews while typing, copies
// addresses, brings a board to the next session, and moves the focus to what must
// be corrected.
(() => {
  const form = document.querySelector("form[data-preview]");
  const preview = document.getElementById("preview");
  if (form && preview) {
    let timer, running;
    const show = async () => {
      if (running) running.abort();
      running = new AbortController();
      preview.setAttribute("aria-busy", "true");
      try {
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: running.signal });
        if (answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          preview.replaceChildren(...page.body.childNodes);
        }
      } catch (trouble) {
        if (trouble.name === "AbortError") return;
      }
      preview.removeAttribute("aria-busy");
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, 250);
    });
  }

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    if (!field || !navigator.clipboard) continue;
    button.hidden = false;
    const before = button.textContent;
    button.addEventListener("click", async () => {
      field.select();
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = before; }, 2000);
    });
  }

  // The next session and the one before it come first where not all fit.
  const next = document.querySelector(".board .board-next");
  if (next && next.previousElementSibling) {
    const board = next.closest(".board"), name = board.querySelector(".board-name");
    board.scrollLeft = next.previousElementSibling.offsetLeft - name.offsetWidth;
  }

  const trouble = document.querySelector(".trouble[tabindex]");
  if (trouble) trouble.focus();
})();
