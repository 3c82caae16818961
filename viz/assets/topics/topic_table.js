// All topics as a table: the way through the page without the picture.
bandscape.topicTable = (() => {
  const { byId, plural, make, name } = bandscape.dom;
  const data = bandscape.topicData;
  const words = (k, n = 10) => data.firstWords(k, n, bandscape.lambda.value()).join(", ");
  const columns = [
    { key: "id", label: "topic", value: (k) => data.ids[k] },
    { key: "share", label: "share", value: (k) => data.share[k], number: true, text: (k) => data.percent(data.share[k]) },
    { key: "words", label: "most relevant words", value: (k) => words(k), cell: (k) => make("span", {}, name(words(k))) },
    { key: "own", label: "distinctive", value: (k) => data.own[k], number: true, text: (k) => data.own[k].toFixed(2) },
    { key: "breadth", label: "breadth", value: (k) => data.breadth[k], number: true, text: (k) => Math.round(data.breadth[k]).toLocaleString("en-US") },
    { key: "alike", label: "most alike", value: (k) => alike(k) },
  ];
  let table = null;
  let opener = null;

  function alike(k) {
    const [first] = data.nearestOf(k);
    return first ? data.nameOf(first.topic, bandscape.lambda.value()) : "";
  }

  const isOpen = () => !byId("table-panel").hidden;

  function open() {
    opener = document.activeElement;
    byId("table-panel").hidden = false;
    byId("table-open").setAttribute("aria-expanded", "true");
    byId("table-title").textContent = plural(table.first(), "topic");
    byId("table-title").focus();
  }

  function close() {
    byId("table-panel").hidden = true;
    byId("table-open").setAttribute("aria-expanded", "false");
    opener?.focus?.();
  }

  function choose(k) {
    close();
    bandscape.events.emit("topic", { topic: k, from: "table" });
  }

  const records = () => table.sorted().map((k) => ({
    id: data.ids[k], share: data.share[k], distinctiveness: data.own[k], breadth: data.breadth[k],
    lambda: bandscape.lambda.value(), words: data.ranked(k, bandscape.lambda.value()).map(({ word, p }) => ({ word: data.wordIn(k, word), p })),
  }));

  function csv() {
    const head = ["topic", "share", "distinctiveness", "breadth", "most_alike", "words"];
    const rows = table.sorted().map((k) => [data.ids[k], data.share[k], data.own[k], data.breadth[k], alike(k), words(k, data.shown)]);
    bandscape.saving.csv(bandscape.saving.csvText(head, rows), "topics.csv");
  }

  function start() {
    const parts = { head: byId("table-head"), body: byId("table-body"), pager: byId("table-pager"), scroll: byId("table-scroll") };
    table = bandscape.sortableTable.create({ parts, columns, rows: () => [...data.ids.keys()], choose, sort: { key: "share", down: true } });
    byId("table-open").addEventListener("click", () => (isOpen() ? close() : open()));
    byId("table-close").addEventListener("click", close);
    byId("save-csv").addEventListener("click", csv);
    byId("save-json").addEventListener("click", () => bandscape.saving.json(records(), "topics.json"));
    bandscape.events.on("lambda", () => isOpen() && table.draw());
  }

  return { start, open, close, isOpen };
})();
