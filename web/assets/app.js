"use strict";
// Everything works without this script. It shows previews while typing, copies
// addresses, brings a board to the next session, marks attendance by keys, goes to
// the search box, and moves the focus to what must be corrected.
(() => {
  const form = document.querySelector("form[data-preview]");
  const preview = document.getElementById("preview");
  if (form && preview) {
    const fields = () => new URLSearchParams(new FormData(form)).toString();
    let timer, request, shown; // shown: the fields whose preview stands or is on its way

    // What to show when the preview of these fields cannot be loaded.
    const failure = () => {
      const note = document.createElement("div"), text = document.createElement("p"), again = document.createElement("button");
      note.className = "note note-warn";
      text.textContent = preview.dataset.failed;
      again.type = "button";
      again.className = "button button-small";
      again.textContent = preview.dataset.again;
      again.addEventListener("click", show);
      note.append(text, again);
      return note;
    };

    // show asks for the preview of what stands in the form. Only the answer to the
    // latest request is shown: an earlier one may come later.
    const show = async () => {
      clearTimeout(timer);
      if (request) request.abort();
      const own = request = new AbortController();
      const limit = setTimeout(() => own.abort(), 15000);
      const asked = shown = fields();
      let found = null;
      preview.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(asked), signal: own.signal });
        if (answer.ok && !answer.redirected) found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      } catch { /* found stays empty */ }
      clearTimeout(limit);
      if (own !== request) return;
      if (!found) {
        shown = undefined;
        preview.replaceChildren(failure());
      } else if (found.innerHTML.trim() !== preview.innerHTML.trim()) { // nothing is read aloud twice
        preview.replaceChildren(...found.childNodes);
      }
      preview.removeAttribute("aria-busy");
    };

    // Fields change by typing, before this script is loaded, and when the browser
    // restores them after Back or a reload.
    const typed = () => {
      clearTimeout(timer);
      preview.setAttribute("aria-busy", "true");
      timer = setTimeout(show, 250);
    };
    form.addEventListener("input", typed);
    form.addEventListener("reset", typed);
    window.addEventListener("pageshow", (event) => { if (event.persisted || fields() !== shown) show(); });
    show();
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

  // Attendance: 1 to 5 mark the row with the focus, up and down go to another row.
  const rows = [...document.querySelectorAll(".mark")], noted = document.getElementById("noted");
  const radios = (row) => [...row.querySelectorAll("[type=radio]")];
  const picked = (row) => radios(row).find((radio) => radio.checked);
  const tally = () => {
    const known = rows.filter((row) => picked(row) && picked(row).value !== "planned").length;
    noted.textContent = `${known} of ${noted.dataset.all}`;
  };
  if (rows.length && noted) {
    for (const hint of document.querySelectorAll("[data-keys]")) hint.hidden = false;
    for (const row of rows) {
      row.addEventListener("change", tally);
      row.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.type === "text") return;
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key], radio = radios(row)[Number(event.key) - 1];
        const to = step && rows[rows.indexOf(row) + step];
        if (step) event.preventDefault();
        if (to) (picked(to) || radios(to)[0]).focus();
        if (!/^[1-5]$/.test(event.key) || !radio) return;
        event.preventDefault();
        radio.focus();
        radio.click();
        const more = { partial: ".mark-minutes input", excused: ".mark-hours input" }[radio.value];
        if (more) row.querySelector(more).focus();
      });
    }
    tally();
  }

  // The slash goes to the search box, unless somebody is typing.
  const find = document.getElementById("find");
  if (find) document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) return;
    event.preventDefault();
    find.focus();
    find.select();
  });

  // A screen that nobody uses is covered, once the server says that it is locked. What was typed stays behind the
  // cover, which goes away after the unlocking in another tab.
  const lock = 60000 * Number(document.body.dataset.lock);
  if (lock) {
    const now = () => String(Date.now());
    let cover;
    localStorage.setItem("used", now());
    const look = async () => {
      if (!cover && Date.now() - Number(localStorage.getItem("used")) < lock) return;
      const answer = await fetch("/locked").then((a) => a.ok ? a.json() : { locked: a.status === 404 }).catch(() => null);
      if (!answer) return;
      if (!answer.locked && cover) {
        cover.remove();
        cover = undefined;
        for (const part of document.body.children) part.inert = false;
        localStorage.setItem("used", now());
      } else if (answer.locked && !cover) {
        for (const part of document.body.children) part.inert = true;
        cover = document.createElement("div");
        cover.className = "cover";
        cover.setAttribute("role", "alert");
        const card = document.createElement("div"), said = document.createElement("p"), link = document.createElement("a");
        card.className = "card stack";
        said.textContent = "This screen is locked, because nobody used it for a while. What you typed is kept.";
        link.className = "button button-main";
        link.href = "/account";
        link.target = "_blank";
        link.rel = "noopener";
        link.textContent = "Unlock in another tab";
        card.append(said, link);
        cover.append(card);
        document.body.append(cover);
        link.focus();
      }
    };
    setInterval(look, 15000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
    window.addEventListener("focus", look);
  }

  const trouble = document.querySelector(".trouble[tabindex]");
  if (trouble) trouble.focus();
})();
