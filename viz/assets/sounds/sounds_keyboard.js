// The sound map without a mouse: arrows walk and play, Enter opens, space plays, `/` search, `t` table, Esc back.
bandscape.soundsKeyboard = (() => {
  const { byId, announce } = bandscape.dom;
  const data = bandscape.data;
  const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  let walker = null; // the sound the keyboard stands on

  // The nearest sound in a direction: within 50 degrees of it, sideways steps counted double.
  function step([dx, dy]) {
    const { x, y, count } = data;
    if (walker === null) return stand(first());
    let [best, least] = [null, Infinity];
    for (let i = 0; i < count; i++) {
      const along = (x[i] - x[walker]) * dx + (y[i] - y[walker]) * dy;
      const aside = Math.abs((x[i] - x[walker]) * dy) + Math.abs((y[i] - y[walker]) * dx);
      if (along <= 0 || aside > along * 1.2 || !data.shows(i)) continue;
      if (along + 2 * aside < least) [best, least] = [i, along + 2 * aside];
    }
    if (best !== null) stand(best);
  }

  // The chosen one, else the shown one nearest to the middle.
  function first() {
    if (bandscape.soundsPicture.marks.chosen !== null) return bandscape.soundsPicture.marks.chosen;
    const off = (i) => (data.shows(i) ? data.x[i] ** 2 + data.y[i] ** 2 : Infinity);
    return [...data.names.keys()].reduce((best, i) => (off(i) < off(best) ? i : best), 0);
  }

  function stand(i) {
    walker = i;
    bandscape.planeCamera.reveal(data.x[i], data.y[i]);
    bandscape.soundsPicture.hover(i);
    if (bandscape.sound.has(i)) bandscape.sound.play(i);
    announce(`${data.names[i]}${data.classOf(i) ? `, ${data.classOf(i)}` : ""}. Enter opens.`);
  }

  function onMap(event) {
    if (event.key in arrows) step(arrows[event.key]);
    else if (event.key === "Enter" && walker !== null) bandscape.events.emit("sound", { index: walker, from: "keyboard" });
    else return false;
    return true;
  }

  function again() {
    const i = walker ?? bandscape.soundsPicture.marks.chosen;
    if (i !== null && bandscape.sound.has(i)) bandscape.sound.toggle(i);
  }

  function escape() {
    if (bandscape.soundsTable.isOpen()) return bandscape.soundsTable.close();
    if (byId("filters").classList.contains("open")) return byId("filters-close").click();
    walker = null;
    bandscape.soundsPicture.hover(null);
    bandscape.events.emit("home", { from: "keyboard" });
    return byId("canvas").focus();
  }

  function anywhere(event) {
    const actions = {
      "/": () => {
        byId("search").focus();
        byId("search").select();
      },
      " ": again,
      h: () => byId("hover-plays").click(),
      t: () => (bandscape.soundsTable.isOpen() ? bandscape.soundsTable.close() : bandscape.soundsTable.open()),
      "?": () => byId("how-to-read").click(),
      "+": () => bandscape.planeCamera.step(1.6),
      "=": () => bandscape.planeCamera.step(1.6),
      "-": () => bandscape.planeCamera.step(1 / 1.6),
      0: bandscape.planeCamera.fit,
      Escape: escape,
    };
    if (event.key === " " && event.target.closest("button, a, summary")) return false; // presses it
    actions[event.key]?.();
    return event.key in actions;
  }

  function start() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, select, textarea") && event.key !== "Escape") return;
      if ((event.target.id === "canvas" && onMap(event)) || anywhere(event)) event.preventDefault();
    });
    bandscape.events.on("sound", ({ index }) => (walker = index));
  }

  return { start };
})();
