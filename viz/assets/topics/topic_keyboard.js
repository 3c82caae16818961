// The topic map without a mouse: `/` search, arrows walk the map, Enter opens, Esc goes back, `t` table.
bandscape.topicKeyboard = (() => {
  const { byId, announce } = bandscape.dom;
  const data = bandscape.topicData;
  const arrows = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  let walker = null; // the topic the keyboard stands on

  // The nearest topic in a direction: within 50 degrees of it, sideways steps counted double.
  function step([dx, dy]) {
    const { x, y, count } = data;
    if (walker === null) return stand(bandscape.topicPicture.marks.topic ?? data.byShare[0]);
    let [best, least] = [null, Infinity];
    for (let k = 0; k < count; k++) {
      const along = (x[k] - x[walker]) * dx + (y[k] - y[walker]) * dy;
      const aside = Math.abs((x[k] - x[walker]) * dy) + Math.abs((y[k] - y[walker]) * dx);
      if (along <= 0 || aside > along * 1.2) continue;
      if (along + 2 * aside < least) [best, least] = [k, along + 2 * aside];
    }
    if (best !== null) stand(best);
  }

  function stand(k) {
    walker = k;
    bandscape.planeCamera.reveal(data.x[k], data.y[k]);
    bandscape.events.emit("hover", k);
    const words = data.firstWords(k, 5, bandscape.lambda.value()).join(", ");
    announce(`${data.ids[k]}, ${data.percent(data.share[k])}: ${words}. Enter opens.`);
  }

  function onMap(event) {
    if (event.key in arrows) step(arrows[event.key]);
    else if (event.key === "Enter" && walker !== null) bandscape.events.emit("topic", { topic: walker, from: "keyboard" });
    else return false;
    return true;
  }

  function escape() {
    if (bandscape.topicTable.isOpen()) bandscape.topicTable.close();
    else {
      walker = null;
      bandscape.events.emit("hover", null);
      bandscape.events.emit("home", { from: "keyboard" });
      byId("canvas").focus();
    }
  }

  function anywhere(event) {
    const actions = {
      "/": () => {
        byId("search").focus();
        byId("search").select();
      },
      t: () => (bandscape.topicTable.isOpen() ? bandscape.topicTable.close() : bandscape.topicTable.open()),
      "?": () => byId("how-to-read").click(),
      "+": () => bandscape.planeCamera.step(1.6),
      "=": () => bandscape.planeCamera.step(1.6),
      "-": () => bandscape.planeCamera.step(1 / 1.6),
      0: bandscape.planeCamera.fit,
      Escape: escape,
    };
    actions[event.key]?.();
    return event.key in actions;
  }

  function start() {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input:not([type=range]), select, textarea") && event.key !== "Escape") return;
      const handled = (event.target.id === "canvas" && onMap(event)) || anywhere(event);
      if (handled) event.preventDefault();
    });
    bandscape.events.on("topic", ({ topic }) => (walker = topic));
  }

  return { start };
})();
