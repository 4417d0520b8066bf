"use strict";
// Everything works without this script. It copies addresses, and moves the focus
// to what must be corrected.
(() => {
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

  // The quick exit leaves no way back to this page.
  for (const link of document.querySelectorAll("a[data-exit]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      location.replace(link.href);
    });
  }

  // A page that waits for its time looks again when the device wakes up.
  const waits = document.querySelector("[data-opens]");
  if (waits) {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() >= Date.parse(waits.dataset.opens)) location.reload();
    });
  }

  const trouble = document.querySelector(".trouble[tabindex]");
  if (trouble) trouble.focus();
})();
