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

  // Attendance: 1 to 6 mark the row with the focus, up and down go to another row. In a field, digits are typed.
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
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key], radio = radios(row)[Number(event.key) - 1];
        const to = step && rows[rows.indexOf(row) + step];
        if (step) event.preventDefault();
        if (to) (picked(to) || radios(to)[0]).focus();
        if (!/^[1-6]$/.test(event.key) || !radio || event.target.type === "text") return;
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

  // A screen that nobody uses is covered, once the server says that it is locked, and so is one whose sign-in has
  // ended. What was typed stays behind the cover, which goes away once its own reader is back. When somebody else is
  // signed in by now, the page makes way.
  const lock = 60000 * Number(document.body.dataset.lock);
  if (lock) {
    const minute = 60000, words = {
      locked: ["This screen is locked, because nobody used it for a while. What you typed is kept.", "Unlock in another tab", "/account"],
      ended: ["You are signed out, or you signed in 12 hours ago. What you typed is kept.", "Sign in in another tab", "/signin"],
    };
    let used = Date.now(), told = used, cover, before;

    // The tabs share when one of them was used last, where the browser keeps that.
    const share = () => { try { localStorage.setItem("used", String(used)); } catch { /* each tab for itself */ } };
    const shared = () => { try { return Number(localStorage.getItem("used")); } catch { return 0; } };

    const uncover = () => {
      if (!cover) return;
      cover.remove();
      cover = undefined;
      for (const part of document.body.children) part.inert = false;
      if (before) before.focus();
      used = told = Date.now();
      share();
    };
    const hide = (why) => {
      if (cover && cover.dataset.why === why) return;
      if (cover) cover.remove();
      else before = document.activeElement;
      for (const part of document.body.children) part.inert = true;
      cover = document.createElement("div");
      cover.className = "cover";
      cover.dataset.why = why;
      cover.setAttribute("role", "alert");
      const card = document.createElement("div"), said = document.createElement("p"), link = document.createElement("a");
      card.className = "card stack";
      link.className = "button button-main";
      [said.textContent, link.textContent, link.href] = words[why];
      link.target = "_blank";
      link.rel = "noopener";
      card.append(said, link);
      cover.append(card);
      document.body.append(cover);
      link.focus();
    };

    // ask shows what the server says of the sign-in. Without an answer, everything stays as it is.
    const ask = async (path, method) => {
      const answer = await fetch(path, { method }).catch(() => null);
      const state = answer && answer.ok ? await answer.json().catch(() => null) : null;
      if (answer && answer.status === 404) hide("ended");
      else if (answer && answer.status === 423) hide("locked");
      else if (!state) return;
      else if (state.holder !== document.body.dataset.holder) location.replace("/");
      else if (state.locked) hide("locked");
      else uncover();
    };
    setInterval(() => { if (cover || Date.now() - Math.max(used, shared()) >= lock) ask("/locked", "GET"); }, minute / 4);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) ask("/locked", "GET"); });
    window.addEventListener("focus", () => ask("/locked", "GET"));
    window.addEventListener("pageshow", (event) => { if (event.persisted) ask("/locked", "GET"); });

    // The server hears once a minute that somebody types, points or reads on.
    const use = () => {
      used = Date.now();
      if (cover || used - told < minute) return;
      told = used;
      share();
      ask("/account/use", "POST");
    };
    for (const kind of ["keydown", "input", "pointerdown", "wheel"]) document.addEventListener(kind, use, { passive: true });
    share();
  }

  const trouble = document.querySelector(".trouble[tabindex]");
  if (trouble) trouble.focus();
})();
