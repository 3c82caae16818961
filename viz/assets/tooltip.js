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
    place(box, ...bandscape.camera.project(data.x[index], data.y[index]));
  }

  function place(box, x, y) {
    const { width, height } = bandscape.camera.size();
    const left = x + 14 + box.offsetWidth > width ? x - 14 - box.offsetWidth : x + 14;
    const top = Math.min(Math.max(y - 12, 4), height - box.offsetHeight - 4);
    box.style.transform = `translate(${Math.round(Math.max(left, 4))}px, ${Math.round(top)}px)`;
  }

  function start() {
    bandscape.events.on("hover", show);
    bandscape.events.on("moved", () => show(undefined));
  }

  return { start };
})();
