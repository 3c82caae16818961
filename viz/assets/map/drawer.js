// The panel on the right (from below on a phone): guide, artist, answers, one at a time, with a way back.
bandscape.drawer = (() => {
  const { byId, fill, announce } = bandscape.dom;
  let history = [];
  // The guide is put away, so that the map has the whole width: by the reader, or in the narrow frame of a notebook.
  let folded = window !== window.parent && window.innerWidth <= 1080;

  const panel = () => byId("drawer");

  function showBack() {
    byId("drawer-back").hidden = history.length < 2;
    panel().classList.toggle("has-back", history.length > 1);
  }

  function draw({ content, spoken }, focus) {
    fill(byId("drawer-content"), ...content());
    showBack();
    byId("drawer-content").scrollTop = 0;
    panel().classList.remove("tall");
    panel().classList.add("open");
    document.body.classList.remove("folded");
    if (spoken) announce(spoken);
    if (focus) byId("drawer-content").querySelector("h2")?.focus({ preventScroll: true });
  }

  // `restore` is run when the reader comes back to this page; `again` makes it anew, instead of itself.
  function show(page, { focus = false, replace = false, instead = false } = {}) {
    if (replace) history = [];
    if (instead) history.pop();
    history.push(page);
    if (history.length > 30) history.shift();
    draw(page, focus);
  }

  function back() {
    history.pop();
    const page = history[history.length - 1];
    if (!page) return home();
    page.restore?.();
    draw(page, true);
  }

  function guide(open) {
    history = [{ content: bandscape.guide.build }];
    fill(byId("drawer-content"), ...bandscape.guide.build());
    showBack();
    byId("drawer-content").scrollTop = 0;
    panel().classList.remove("tall");
    panel().classList.toggle("open", open);
    document.body.classList.toggle("folded", folded); // a phone has no such column
  }

  // Nothing chosen: the guide on a wide screen, a free map on a narrow one.
  const isNarrow = () => matchMedia("(max-width: 900px)").matches;
  const home = () => guide(!isNarrow());

  function close() {
    bandscape.events.emit("closed");
    home();
  }

  const showsGuide = () => history.length === 1 && history[0].content === bandscape.guide.build;

  function start() {
    // on a phone it leaves the map in sight until somebody reads on
    byId("drawer-content").addEventListener("scroll", ({ target }) => target.scrollTop > 8 && panel().classList.add("tall"));
    byId("drawer-close").addEventListener("click", () => {
      folded ||= showsGuide();
      close();
    });
    byId("drawer-back").addEventListener("click", back);
    byId("how-to-read").addEventListener("click", () => {
      folded = false;
      guide(true);
      byId("drawer-content").querySelector("h2").focus({ preventScroll: true });
    });
    byId("filters-open").addEventListener("click", () => toggleFilters());
    byId("filters-close").addEventListener("click", () => toggleFilters(false));
    home();
  }

  function toggleFilters(open = !byId("filters").classList.contains("open")) {
    byId("filters").classList.toggle("open", open);
    byId("filters-open").setAttribute("aria-expanded", String(open));
  }

  const isOpen = () => panel().classList.contains("open") && (history.length > 1 || isNarrow() || history[0]?.spoken !== undefined);

  // How much of the canvas it hides from below, in pixels.
  const risesFromBelow = () => isNarrow() && getComputedStyle(panel()).position === "fixed"; // else it stands beside the canvas
  const covers = () => (risesFromBelow() && panel().classList.contains("open") ? panel().offsetHeight - byId("status").offsetHeight : 0);

  const current = () => history[history.length - 1];

  return { start, covers, show, current, back, close, isOpen, toggleFilters, isNarrow };
})();
