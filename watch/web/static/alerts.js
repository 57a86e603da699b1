"use strict";
/* Comfort for the list of alerts: keys, ranges of ticks, and what came to be since. Nothing here is needed. */
(() => {
  const EVERY_MS = 30_000;
  const PLACE = "shipwatch.alerts.place";
  const one = (selector) => document.querySelector(selector);
  const rows = [...document.querySelectorAll("table.alerts tbody tr")];
  const boxes = rows.map((row) => row.querySelector("input[name=seen]")).filter(Boolean);
  const form = one("#decide");
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
  let place = -1;
  let lastBox = null;

  // ---- ticks

  const ticked = () => boxes.filter((box) => box.checked);

  function countTicks() {
    const label = one("#ticked");
    const all = one("#all");
    if (!label || !all) return;
    const count = ticked().length;
    label.textContent = count ? `${count} ticked` : "None ticked";
    label.classList.toggle("some", count > 0);
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }

  /** Tick or clear all boxes between the one clicked before and this one. */
  function tickRange(box) {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach((between) => { between.checked = box.checked; });
  }

  function startTicks() {
    const all = one("#all");
    if (!all) return;
    all.hidden = false;
    all.addEventListener("change", () => {
      boxes.forEach((box) => { box.checked = all.checked; });
      countTicks();
    });
    boxes.forEach((box) => box.addEventListener("click", (event) => {
      if (event.shiftKey && lastBox) tickRange(box);
      lastBox = box;
      countTicks();
    }));
    countTicks();
  }

  // ---- deciding

  /** Return what is missing before a button can do its work: a field and words, or null. */
  function missing(what) {
    if (!ticked().length) return [one("#ticked"), "Tick alerts first"];
    const needed = { close: ["reason"], silence: ["until", "why"] }[what] ?? [];
    const empty = needed.map((name) => form.elements[name]).find((field) => !field.value.trim());
    return empty ? [empty, "Fill in this field to go on"] : null;
  }

  function startDeciding() {
    if (!form) return;
    form.addEventListener("submit", (event) => {
      const lacks = missing(event.submitter?.value);
      if (lacks) {
        event.preventDefault();
        tellMissing(...lacks);
      } else if (place >= 0) {
        sessionStorage.setItem(PLACE, String(place));
      }
    });
  }

  function tellMissing(field, words) {
    if (field.id === "ticked") {
      field.textContent = words;
      return;
    }
    field.setCustomValidity(words);
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  }

  // ---- keys

  function goTo(wanted) {
    if (!rows.length) return;
    rows[place]?.classList.remove("here");
    place = Math.max(0, Math.min(rows.length - 1, wanted));
    rows[place].classList.add("here");
    rows[place].focus({ preventScroll: true });
    rows[place].scrollIntoView({ block: "nearest" });
  }

  function toggleHere() {
    const box = boxes[place];
    if (!box) return;
    box.checked = !box.checked;
    lastBox = box;
    countTicks();
  }

  /** Tick the alert at which the keys are when nothing is ticked; return whether anything is ticked then. */
  function tickSome() {
    if (!ticked().length && boxes[place]) toggleHere();
    return ticked().length > 0;
  }

  const KEYS = {
    j: () => goTo(place + 1),
    k: () => goTo(place - 1),
    x: toggleHere,
    o: () => { if (rows[place]) location.assign(rows[place].dataset.href); },
    a: () => { if (form && tickSome()) form.requestSubmit(form.querySelector("button[value=ack]")); },
    c: () => { if (form && tickSome()) form.elements.reason?.focus(); },
    "/": () => {
      one(".filters")?.setAttribute("open", "");
      one("#text")?.focus();
    },
    "?": () => one("#keys")?.showModal(),
  };

  const keyOf = (event) => (event.key === "Enter" && rows.includes(event.target) ? "o" : event.key);

  function startKeys() {
    window.Shipwatch.listenToKeys(KEYS, keyOf);
    rows.forEach((row, at) => row.addEventListener("focusin", () => {
      rows[place]?.classList.remove("here");
      place = at;
      row.classList.add("here");
    }));
    const button = one("#show-keys");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", KEYS["?"]);
  }

  /** After a decision: go on at the alert where the keys were, and let a reload not tell it again. */
  function goOn() {
    const address = new URL(location.href);
    const told = address.searchParams.has("told");
    const before = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    if (told && before !== null) goTo(Number(before));
    ["told", "n", "as"].forEach((name) => address.searchParams.delete(name));
    if (told) history.replaceState(null, "", address);
  }

  // ---- what came to be since

  async function askNews(news, title) {
    if (document.hidden) return;
    const answer = await fetch(`/alerts/counts.json?after=${news.dataset.after}`, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const { new: fresh, changed } = await answer.json();
    const words = [fresh && plural(fresh, "new alert"), changed && `${changed.toLocaleString("en")} changed`].filter(Boolean);
    document.title = fresh ? `(${fresh}) ${title}` : title;
    tellNews(news, words.join(", "));
  }

  function tellNews(news, words) {
    if (!words || news.dataset.told === words) return;
    news.dataset.told = words;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "load";
    news.replaceChildren(`${words} – `, link);
  }

  function startNews() {
    const news = one("#news");
    if (!news) return;
    const title = document.title;
    const ask = () => askNews(news, title).catch(() => {}); // the server may be away; the next time will tell
    setInterval(ask, EVERY_MS);
    document.addEventListener("visibilitychange", ask);
  }

  if (matchMedia("(max-width: 760px)").matches) one(".filters")?.removeAttribute("open");
  startTicks();
  startDeciding();
  startKeys();
  goOn();
  startNews();
})();
