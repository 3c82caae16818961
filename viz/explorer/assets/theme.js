// Day and night, before anything is drawn. Follows the system until the reader decides; the decision is kept.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("bandscape-theme");
    } catch {
      return null;
    }
  };
  let chosen = kept();
  const name = () => (chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light");

  function apply() {
    document.documentElement.dataset.theme = name();
    document.dispatchEvent(new CustomEvent("bandscape-theme", { detail: name() }));
  }

  function turn() {
    chosen = name() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("bandscape-theme", chosen);
    } catch {
      // it holds until the page is left
    }
    apply();
  }

  dark.addEventListener("change", apply);
  apply();
  window.bandscapeTheme = { name, turn };
})();
