// All sounds as a table: the way through the page without the picture.
bandscape.soundsTable = (() => {
  const { byId, plural } = bandscape.dom;
  const data = bandscape.data;
  let table = null;
  let opener = null;
  let columns = [];

  const groupColumn = ([key, { names, codes }]) => ({ key, label: key, value: (i) => (codes[i] ? names[codes[i] - 1] : "") });
  const measureColumn = (one) => ({ key: one.key, label: one.label, number: true, value: (i) => one.values[i], text: (i) => data.measured(one, i) });

  const isOpen = () => !byId("table-panel").hidden;

  function draw() {
    byId("table-title").textContent = plural(table.first(), "sound");
  }

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

  function csv() {
    const rows = table.sorted().map((i) => columns.map(({ value }) => value(i)));
    bandscape.saving.csv(bandscape.saving.csvText(columns.map(({ key }) => key), rows), "sounds.csv");
  }

  function start() {
    columns = [{ key: "sound", label: "sound", value: (i) => data.names[i] }, ...Object.entries(data.groups).map(groupColumn), ...data.measures.map(measureColumn)];
    const parts = { head: byId("table-head"), body: byId("table-body"), pager: byId("table-pager"), scroll: byId("table-scroll") };
    const rows = () => [...data.names.keys()].filter(data.shows);
    const choose = (i) => bandscape.events.emit("sound", { index: i, from: "table" });
    table = bandscape.sortableTable.create({ parts, columns, rows, choose, sort: { key: "sound", down: false } });
    byId("table-open").addEventListener("click", () => (isOpen() ? close() : open()));
    byId("table-close").addEventListener("click", close);
    byId("save-csv").addEventListener("click", csv);
    bandscape.events.on("filtered", () => isOpen() && draw());
  }

  return { start, open, close, isOpen };
})();
