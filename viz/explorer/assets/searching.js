// Fields with suggestions that the server offers, and `/`, which leads to the search field of a page.
(() => {
  "use strict";

  // Where the term being typed begins: after the last sign that stands between blanks.
  function lastTerm(text) {
    const last = [...text.matchAll(/(^|\s)[+−–-]\s+/g)].at(-1);
    return last ? last.index + last[0].length : 0;
  }

  async function offer(field, text) {
    const start = lastTerm(text);
    const typed = text.slice(start).trim();
    if (!typed) return [];
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(typed)}`).catch(() => null);
    const found = answer?.ok ? await answer.json() : [];
    return found.map((one) => ({ ...one, text: text.slice(0, start) + one.text, alone: start === 0 }));
  }

  function begin(field) {
    field.dataset.begun = "yes";
    const send = () => {
      box.close();
      field.form.requestSubmit();
    };
    const take = ({ text, alone }) => {
      box.put(text);
      if (alone) send();
    };
    const escape = () => document.querySelector("#side-column .crumbs a")?.click();
    const list = document.getElementById(field.getAttribute("aria-controls"));
    const box = bandscape.combobox.create({ field, list, offer: (text) => offer(field, text), take, enter: send, escape, patience: 80 });
  }

  document.addEventListener("bandscape-drawn", () => {
    for (const field of document.querySelectorAll("input[data-suggest]:not([data-begun])")) begin(field);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) return;
    const found = document.querySelector("#main input[type=search]");
    if (!found) return;
    event.preventDefault();
    found.focus();
    found.select();
  });
})();
