// Starts the parts of the sound map and says what a sound, a color, a search or the theme changes.
bandscape.soundsMain = (() => {
  const { byId, fill, announce } = bandscape.dom;
  const data = bandscape.data;
  let hoverPlays = false;

  function show(content, open) {
    fill(byId("drawer-content"), ...content);
    byId("drawer-content").scrollTop = 0;
    byId("drawer").classList.remove("tall");
    byId("drawer").classList.toggle("open", open);
    byId("drawer-close").hidden = !open;
  }

  function home({ from } = {}) {
    bandscape.sound.stop();
    bandscape.soundsPicture.mark(null);
    bandscape.address.write({ sound: null });
    show(bandscape.soundsCard.home(), from === "guide");
    if (from === "guide") byId("drawer-content").querySelector("h2").focus({ preventScroll: true });
  }

  // On a phone the drawer rises over the canvas.
  function covered() {
    const drawer = byId("drawer");
    return getComputedStyle(drawer).position === "fixed" ? drawer.offsetHeight - byId("status").offsetHeight : 0;
  }

  function open({ index, from }) {
    show(bandscape.soundsCard.card(index), true);
    bandscape.soundsPicture.mark(index);
    bandscape.address.write({ sound: data.ids[index] });
    if (bandscape.soundsTable.isOpen()) bandscape.soundsTable.close();
    bandscape.planeCamera.reveal(data.x[index], data.y[index], covered());
    if (from !== "link" && bandscape.sound.has(index)) bandscape.sound.play(index); // browsers play nothing before a press
    if (["list", "table", "keyboard"].includes(from)) byId("drawer-content").querySelector("h2").focus({ preventScroll: true });
    announce(`${data.names[index]} opened`);
  }

  function pointed(i) {
    const before = bandscape.soundsPicture.marks.hovered;
    bandscape.soundsPicture.hover(i);
    if (hoverPlays && i !== null && i !== before && bandscape.sound.has(i)) bandscape.sound.play(i);
  }

  function startTools() {
    byId("zoom-in").addEventListener("click", () => bandscape.planeCamera.step(1.6));
    byId("zoom-out").addEventListener("click", () => bandscape.planeCamera.step(1 / 1.6));
    byId("zoom-fit").addEventListener("click", bandscape.planeCamera.fit);
    byId("how-to-read").addEventListener("click", () => home({ from: "guide" }));
    byId("drawer-content").addEventListener("scroll", ({ target }) => target.scrollTop > 8 && byId("drawer").classList.add("tall"));
    byId("drawer-close").addEventListener("click", () => home({ from: "close" }));
    byId("hover-plays").hidden = !bandscape.sound.any();
    byId("hover-plays").addEventListener("click", () => {
      hoverPlays = !hoverPlays;
      byId("hover-plays").setAttribute("aria-pressed", String(hoverPlays));
      announce(hoverPlays ? "pointing plays" : "pointing is silent");
    });
    const filters = (on) => {
      byId("filters").classList.toggle("open", on);
      byId("filters-open").setAttribute("aria-expanded", String(on));
    };
    byId("filters-open").addEventListener("click", () => filters(!byId("filters").classList.contains("open")));
    byId("filters-close").addEventListener("click", () => filters(false));
  }

  function follow(wanted) {
    if (wanted.theme && wanted.theme !== bandscape.theme.chosen()) bandscape.theme.set(wanted.theme);
    if (wanted.color && wanted.color !== bandscape.soundsColoring.current().key && bandscape.soundsColoring.available().includes(wanted.color)) bandscape.soundsColoring.colorBy(wanted.color);
    const index = wanted.sound === undefined ? -1 : data.ids.indexOf(wanted.sound);
    if (index >= 0 && index !== bandscape.soundsPicture.marks.chosen) open({ index, from: "link" });
  }

  function start() {
    data.load();
    bandscape.theme.start();
    bandscape.planeCamera.start(byId("canvas"), data.bounds);
    bandscape.soundsColoring.start(data.color);
    bandscape.soundsPicture.start();
    bandscape.sound.start();
    for (const part of ["soundsSearch", "soundsTable", "soundsKeyboard"]) bandscape[part].start();
    startTools();
    byId("count").textContent = data.subtitle;
    byId("made-by").textContent = data.madeBy;
    bandscape.events.on("sound", open);
    bandscape.events.on("home", home);
    bandscape.events.on("pointed", pointed);
    bandscape.events.on("colored", () => bandscape.address.write({ color: bandscape.soundsColoring.current().key }));
    bandscape.events.on("theme", () => bandscape.address.write({ theme: bandscape.theme.chosen() }));
    window.addEventListener("hashchange", () => follow(bandscape.address.read()));
    const wanted = bandscape.address.read(); // before the first page writes its own
    home();
    follow(wanted);
    requestAnimationFrame(() => { // after the first drawing, which was asked for before
      byId("loading").hidden = true;
      document.documentElement.dataset.ready = "true";
    });
  }

  return { start };
})();

bandscape.starting.run(bandscape.soundsMain.start);
