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

  const trouble = document.querySelector(".trouble[tabindex]");
  if (trouble) trouble.focus();
})();
