// Whatever has data-do asks the server for that; its other data- values and the fields of its form go along.
(() => {
  "use strict";
  let number = 0;

  function ask(values) {
    number += 1;
    dash_clientside.set_props("asked", { data: { ...values, n: `${Date.now()} ${number}` } });
  }

  const own = {
    theme: () => window.bandscapeTheme.turn(),
    dismiss: (button) => button.closest(".notice-line")?.remove(),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button || button.tagName === "FORM") return;
    const { do: name } = button.dataset;
    if (own[name]) own[name](button);
    else ask({ ...button.dataset });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-do]");
    if (!form) return;
    event.preventDefault();
    ask({ ...form.dataset, ...Object.fromEntries(new FormData(form)) });
  });

  // A notice goes by itself, unless it tells of a problem.
  let leaving = 0;
  document.addEventListener("bandscape-drawn", ({ detail }) => {
    if (detail !== "notice") return;
    const line = document.querySelector("#notices .notice-line");
    if (!line || line.dataset.seen) return;
    line.dataset.seen = "yes";
    line.hidden = false;
    clearTimeout(leaving);
    if (line.classList.contains("done")) leaving = setTimeout(() => (line.hidden = true), 6000);
  });

  // Suggestions below a field: the server offers, the arrows choose (the ARIA combobox pattern).
  let offered = [];
  let active = -1;
  let waiting = 0;

  function parts(field) {
    const signs = [...field.value.matchAll(/(^|\s)[+−–-]\s+/g)];
    const last = signs.at(-1);
    return last ? last.index + last[0].length : 0;
  }

  function draw(field) {
    const list = document.getElementById("suggestions");
    list.replaceChildren(...offered.map((one, at) => {
      const row = document.createElement("li");
      row.id = `suggestion-${at}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(at === active));
      const label = document.createElement("bdi");
      label.textContent = one.label;
      const detail = document.createElement("span");
      detail.className = "quiet";
      detail.textContent = one.detail;
      row.append(label, detail);
      row.addEventListener("mousedown", (event) => event.preventDefault());
      row.addEventListener("click", () => take(field, at));
      return row;
    }));
    list.hidden = !offered.length;
    field.setAttribute("aria-expanded", String(offered.length > 0));
    if (active >= 0) field.setAttribute("aria-activedescendant", `suggestion-${active}`);
    else field.removeAttribute("aria-activedescendant");
  }

  function close(field) {
    offered = [];
    active = -1;
    clearTimeout(waiting);
    if (document.getElementById("suggestions")) draw(field);
  }

  function take(field, at) {
    const start = parts(field);
    field.value = field.value.slice(0, start) + offered[at].text;
    close(field);
    if (start === 0) field.form.requestSubmit();
    else field.focus();
  }

  document.addEventListener("input", (event) => {
    const field = event.target.closest("input[data-suggest]");
    if (!field) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = field.value.slice(parts(field)).trim();
      if (!typed) return close(field);
      const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(typed)}`);
      if (!answer.ok || document.activeElement !== field) return;
      offered = await answer.json();
      active = -1;
      draw(field);
    }, 80);
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input[data-suggest]");
    if (!field) {
      if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) {
        const found = document.querySelector("#main input[type=search]");
        if (found) {
          event.preventDefault();
          found.focus();
          found.select();
        }
      }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!offered.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      active = (active + step + offered.length + (active < 0 && step < 0 ? 1 : 0)) % offered.length;
      draw(field);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(field, active);
    } else if (event.key === "Escape" && offered.length) {
      event.preventDefault();
      close(field);
    }
  });

  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector?.("input[data-suggest]");
    if (field) close(field);
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("input[data-suggest]")) close(event.target);
  });

  // An explorer that was ended says so, instead of pages that do nothing.
  const gone = document.createElement("p");
  gone.className = "gone";
  gone.setAttribute("role", "alert");
  gone.textContent = "The explorer does not answer. If it was ended, start it again and reload this page.";
  setInterval(async () => {
    let answers = false;
    try {
      answers = (await fetch("/theme.js", { method: "HEAD" })).ok;
    } catch {
      document.documentElement.toggleAttribute("data-waiting", false);
    }
    if (answers) gone.remove();
    else document.body.append(gone);
  }, 5000);

  window.bandscapeAsk = ask;
})();
