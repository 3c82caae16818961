// The map as a table: the same artists for those who cannot see the canvas, or would rather sort.
bandscape.table = (() => {
  const { byId, fill, plural } = bandscape.dom;
  const columns = [
    { key: "name", label: "artist", value: (i) => bandscape.data.names[i] },
    { key: "genres", label: "genres", value: (i) => bandscape.data.genresOf(i).join(", ") },
    { key: "score", label: "score", value: (i) => bandscape.data.score[i], number: true, text: (i) => bandscape.data.scoreText(i) },
    { key: "reviews", label: "reviews", value: (i) => bandscape.data.reviews[i], number: true },
    { key: "years", label: "years", value: (i) => bandscape.data.yearsOf(i), number: true },
    { key: "cluster", label: "cluster", value: (i) => bandscape.data.groupName("cluster", i) || bandscape.data.groupName("region", i) },
    { key: "trust", label: "map trust", value: (i) => bandscape.data.trust[i], number: true, text: (i) => trustText(i) },
  ];
  function trustText(i) {
    const { compared } = bandscape.data.kept;
    return bandscape.data.trustKnown() ? `${Math.round(bandscape.data.trust[i] * compared)}/${compared}` : "–";
  }

  let table = null;
  let opener = null;

  const shown = () => [...bandscape.data.byReviews].filter(bandscape.filters.shows);

  function choose(i) {
    if (bandscape.chart.element()) close();
    bandscape.events.emit("artist", { index: i, from: "table" });
  }

  function draw() {
    const count = table.first();
    const all = bandscape.field.any() ? ` of ${bandscape.data.total.toLocaleString("en-US")}` : "";
    byId("table-title").textContent = `${plural(count, "artist")}${all}`;
    byId("table-empty").hidden = count > 0;
    fill(byId("table-traits"), ...bandscape.traits.build());
  }

  const isOpen = () => !byId("table-panel").hidden;

  function open() {
    opener = document.activeElement;
    byId("table-panel").hidden = false;
    byId("table-open").setAttribute("aria-expanded", "true");
    draw();
    byId("table-title").focus();
  }

  function close() {
    byId("table-panel").hidden = true;
    byId("table-open").setAttribute("aria-expanded", "false");
    opener?.focus?.();
  }

  function start() {
    if (!bandscape.data.groups.cluster) columns.find(({ key }) => key === "cluster").label = "map region"; // the card's word
    const parts = { head: byId("table-head"), body: byId("table-body"), pager: byId("table-pager"), scroll: byId("table-scroll") };
    table = bandscape.sortableTable.create({ parts, columns, rows: shown, choose, sort: { key: "reviews", down: true } });
    byId("table-open").addEventListener("click", () => (isOpen() ? close() : open()));
    byId("table-close").addEventListener("click", close);
    byId("save-csv").addEventListener("click", () => bandscape.download.csv(table.sorted(), columns));
    byId("save-json").addEventListener("click", () => bandscape.download.json(table.sorted()));
    bandscape.events.on("filtered", () => isOpen() && draw());
    bandscape.events.on("lassoed", () => open());
  }

  return { start, open, close, isOpen };
})();
