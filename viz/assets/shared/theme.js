// Day and night. Follows the system until the reader decides.
bandscape.theme = (() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  let lent = null;

  const name = () => lent || chosen || (dark.matches ? "dark" : "light");

  function apply() {
    document.documentElement.dataset.theme = name();
    const button = bandscape.dom.byId("theme");
    button.setAttribute("aria-pressed", String(name() === "dark"));
  }

  function set(value) {
    chosen = value === "dark" || value === "light" ? value : null;
    apply();
    bandscape.events.emit("theme", name());
  }

  // Colors are those of the given theme while the work lasts: what is printed is printed on white.
  function during(theme, work) {
    lent = theme;
    try {
      return work();
    } finally {
      lent = null;
    }
  }

  function start() {
    apply();
    bandscape.dom.byId("theme").addEventListener("click", () => set(name() === "dark" ? "light" : "dark"));
    dark.addEventListener("change", () => set(chosen));
  }

  return { start, name, set, during, chosen: () => chosen };
})();
