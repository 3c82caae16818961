// The map as a table: the same artists for those who cannot see the canvas, or would rather sort.
bandscape.table = (() => {
  const { byId, make, name, fill, announce, plural } = bandscape.dom;
  const pageSize = 50;
  const columns = [
    { key: "name", label: "artist", value: (i) => bandscape.data.names[i] },
    { key: "genres", label: "genres", value: (i) => bandscape.data.genresOf(i).join(", ") },
    { key: "score", label: "score", value: (i) => bandscape.data.score[i], number: true, text: (i) => bandscape.data.scoreText(i) },
    { key: "reviews", label: "reviews", value: (i) => bandscape.data.reviews[i], number: true },
    { key: "years", label: "years", value: (i) => bandscape.data.yearsOf(i), number: true },
    { key: "cluster", label: "group", value: (i) => bandscape.data.groupName("cluster", i) || bandscape.data.groupName("region", i) },
    { key: "trust", label: "map trust", value: (i) => bandscape.data.trust[i], number: true, text: (i) => trustText(i) },
  ];
  function trustText(i) {
    const { compared } = bandscape.data.kept;
    return bandscape.data.trustKnown() ? `${Math.round(bandscape.data.trust[i] * compared)}/${compared}` : "–";
  }

  const sort = { key: "reviews", down: true };
  let page = 0;
  let opener = null;

  function rows() {
    const column = columns.find(({ key }) => key === sort.key);
    const shown = [...bandscape.data.byReviews].filter(bandscape.filters.shows);
    const compare = (a, b) => {
      if (typeof a === "string") return (a === "") - (b === "") || (sort.down ? b.localeCompare(a) : a.localeCompare(b));
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return sort.down ? b - a : a - b;
    };
    return shown.map((i) => [column.value(i), i]).sort((a, b) => compare(a[0], b[0])).map(([, i]) => i);
  }

  function headCell({ key, label, number }) {
    const sorted = sort.key === key ? (sort.down ? "descending" : "ascending") : "none";
    const press = () => {
      sort.down = sort.key === key ? !sort.down : Boolean(number);
      sort.key = key;
      page = 0;
      draw(key);
    };
    const arrow = sorted === "none" ? "" : sorted === "descending" ? " ↓" : " ↑";
    return make("th", { scope: "col", class: number ? "number" : "", "aria-sort": sorted },
      make("button", { class: "plain", "data-key": key, onclick: press }, label + arrow));
  }

  function bodyRow(i) {
    const cells = columns.map(({ key, number, value, text }) => {
      if (key === "name") {
        return make("th", { scope: "row" }, make("button", { class: "plain", onclick: () => choose(i) }, name(value(i))));
      }
      return make("td", { class: number ? "number" : "" }, make("bdi", {}, text ? text(i) : String(value(i))));
    });
    return make("tr", {}, ...cells);
  }

  function choose(i) {
    if (bandscape.chart.element()) close();
    bandscape.events.emit("artist", { index: i, from: "table" });
  }

  function pager(count) {
    const pages = Math.max(1, Math.ceil(count / pageSize));
    const turn = (by) => {
      page = Math.min(Math.max(page + by, 0), pages - 1);
      draw();
      byId("table-scroll").scrollTop = 0;
      announce(`page ${page + 1} of ${pages}`);
    };
    return [
      make("button", { class: "chip", disabled: page === 0, onclick: () => turn(-1) }, "previous"),
      make("span", { class: "number" }, `page ${page + 1} of ${pages}`),
      make("button", { class: "chip", disabled: page >= pages - 1, onclick: () => turn(1) }, "next"),
    ];
  }

  function draw(focusKey) {
    const found = rows();
    page = Math.min(page, Math.max(0, Math.ceil(found.length / pageSize) - 1));
    const visible = found.slice(page * pageSize, (page + 1) * pageSize);
    byId("table-title").textContent = plural(found.length, "artist");
    fill(byId("table-head"), make("tr", {}, ...columns.map(headCell)));
    fill(byId("table-body"), ...visible.map(bodyRow));
    byId("table-empty").hidden = found.length > 0;
    fill(byId("table-pager"), ...pager(found.length));
    if (focusKey) byId("table-head").querySelector(`[data-key="${focusKey}"]`).focus();
  }

  const isOpen = () => !byId("table-panel").hidden;

  function open() {
    opener = document.activeElement;
    byId("table-panel").hidden = false;
    byId("table-open").setAttribute("aria-expanded", "true");
    page = 0;
    draw();
    byId("table-title").focus();
  }

  function close() {
    byId("table-panel").hidden = true;
    byId("table-open").setAttribute("aria-expanded", "false");
    opener?.focus?.();
  }

  function start() {
    byId("table-open").addEventListener("click", () => (isOpen() ? close() : open()));
    byId("table-close").addEventListener("click", close);
    byId("save-csv").addEventListener("click", () => bandscape.download.csv(rows(), columns));
    byId("save-json").addEventListener("click", () => bandscape.download.json(rows()));
    bandscape.events.on("filtered", () => isOpen() && draw());
    bandscape.events.on("lassoed", () => open());
  }

  return { start, open, close, isOpen };
})();
