// The whole page without a mouse: `/` search, arrows walk the map, Enter opens, Esc closes, `t` table.
bandscape.keyboard = (() => {
  const { byId, announce } = bandscape.dom;
  const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  let walker = null; // the artist the keyboard stands on

  // The nearest artist in a direction: within 50 degrees of it, sideways steps counted double.
  function step([dx, dy]) {
    const { x, y, count, byReviews } = bandscape.data;
    if (!count) return;
    if (walker === null) return stand(bandscape.overlay.shown().names[0]?.index ?? byReviews[0]);
    let [best, least] = [null, Infinity];
    for (let i = 0; i < count; i++) {
      const along = (x[i] - x[walker]) * dx + (y[i] - y[walker]) * dy;
      const aside = Math.abs((x[i] - x[walker]) * dy) + Math.abs((y[i] - y[walker]) * dx);
      if (along <= 0 || aside > along * 1.2 || !bandscape.filters.shows(i)) continue;
      const cost = along + 2 * aside;
      if (cost < least) [best, least] = [i, cost];
    }
    if (best !== null) stand(best);
  }

  function stand(i) {
    walker = i;
    bandscape.events.emit("hover", i);
    announce(`${bandscape.data.names[i]}, ${bandscape.data.genresOf(i).join(", ") || "no genre given"}. Enter opens.`);
    const [px, py] = bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i]);
    const { width, height } = bandscape.camera.size();
    if (px < 20 || py < 20 || px > width - 20 || py > height - 20) bandscape.camera.frame([i]);
  }

  function play() {
    const { chosen } = bandscape.overlay.marks;
    if (chosen !== null && bandscape.sound.has(chosen)) bandscape.sound.toggle(chosen);
  }

  function listenOn() {
    const { chosen } = bandscape.overlay.marks;
    if (chosen !== null) bandscape.listening.toggle(chosen);
  }

  // A card that was opened by key has the focus on its heading, where arrows would do nothing: they walk on.
  function fromCard(event) {
    const { target, key } = event;
    if (!bandscape.chart.element() || !(target === document.body || target.closest("#drawer-content h2"))) return false;
    if (key === " " && bandscape.sound.has(bandscape.overlay.marks.chosen)) play();
    else if (key in arrows && bandscape.overlay.marks.chosen !== null) {
      byId("canvas").focus();
      step(arrows[key]);
    } else return false;
    return true;
  }

  function onMap(event) {
    if (!bandscape.chart.element()) return false;
    if (event.key in arrows) step(arrows[event.key]);
    else if (event.key === " ") play();
    else if (event.key === "Enter" && walker !== null) bandscape.events.emit("artist", { index: walker, from: "keyboard" });
    else return false;
    return true;
  }

  function anywhere(event) {
    const actions = {
      "/": () => {
        byId("search").focus();
        byId("search").select();
      },
      t: () => (bandscape.table.isOpen() ? bandscape.table.close() : bandscape.table.open()),
      l: () => bandscape.chart.element() && bandscape.chart.setTool("lasso"),
      b: () => bandscape.chart.element() && bandscape.chart.setTool("select"),
      p: play,
      n: listenOn,
      r: bandscape.guide.surprise,
      "?": () => byId("how-to-read").click(),
      "+": () => bandscape.camera.step(1.6),
      "=": () => bandscape.camera.step(1.6),
      "-": () => bandscape.camera.step(1 / 1.6),
      0: () => bandscape.camera.fit(),
      Escape: escape,
    };
    const action = actions[event.key];
    if (!action) return false;
    if (["+", "=", "-", "0"].includes(event.key) && !bandscape.chart.element()) return false;
    action();
    return true;
  }

  function escape() {
    if (bandscape.table.isOpen()) bandscape.table.close();
    else if (byId("filters").classList.contains("open")) bandscape.drawer.toggleFilters(false);
    else {
      walker = null;
      bandscape.events.emit("hover", undefined);
      bandscape.drawer.close();
      byId("canvas").focus();
    }
  }

  function start() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typesIn = event.target.closest("input:not([type=range]), textarea") || (event.target.closest("select") && event.key !== "/");
      if (typesIn && event.key !== "Escape") return;
      const handled = (event.target.id === "canvas" && onMap(event)) || fromCard(event) || anywhere(event);
      if (handled) event.preventDefault();
    });
    bandscape.events.on("artist", ({ index }) => (walker = index));
  }

  return { start };
})();
