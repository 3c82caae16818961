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
