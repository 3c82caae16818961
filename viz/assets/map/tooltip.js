// The small card at the pointer: name, genres, score, reviews.
bandscape.tooltip = (() => {
  const { byId, make, name, fill, plural } = bandscape.dom;

  function show(index) {
    const box = byId("tooltip");
    if (index === undefined) {
      box.hidden = true;
      return;
    }
    const data = bandscape.data;
    const genres = data.genresOf(index).join(", ") || "no genre given";
    const facts = [data.scoreText(index), plural(data.reviews[index], "review"), data.yearsOf(index)].filter(Boolean).join(" · ");
    fill(box, make("strong", {}, name(data.names[index])), make("span", {}, genres), make("span", { class: "quiet" }, facts));
    box.hidden = false;
    bandscape.tooltipPlace(box, ...bandscape.camera.project(data.x[index], data.y[index]), bandscape.camera.size());
  }

  function start() {
    bandscape.events.on("hover", show);
    bandscape.events.on("moved", () => show(undefined));
  }

  return { start };
})();
