// All numbers as a table: a row a topic, a column a group. The ground of a cell says how far it lies above or below
// the topic's mean; it is pale where the interval holds the mean.
bandscape.sharesTable = (() => {
  const { byId, make, name } = bandscape.dom;
  const data = bandscape.sharesData;
  let table = null;

  function tint(k, g) {
    const at = k * data.nGroups + g;
    const [share, mean] = [data.share[at], data.overall[k]];
    if (Number.isNaN(share) || mean <= 0) return null;
    const folds = Math.max(Math.min(Math.log2(Math.max(share, 1e-9) / mean), 2), -2);
    const sure = data.low[at] > mean || data.high[at] < mean;
    const [less, more] = data.palettes[bandscape.theme.name()].differences;
    const strength = Math.round(Math.abs(folds) * 128 * (sure ? 0.36 : 0.08));
    return `${folds > 0 ? more : less}${Math.min(strength, 110).toString(16).padStart(2, "0")}`;
  }

  function cell(k, g) {
    const share = data.share[k * data.nGroups + g];
    return make("span", { class: "tinted", title: data.reading(k, g), style: { backgroundColor: tint(k, g) || "" } },
      Number.isNaN(share) ? "–" : (100 * share).toFixed(share >= 0.0995 ? 0 : share >= 0.00995 ? 1 : 2));
  }

  function columns() {
    return [
      { key: "topic", label: "topic", value: data.nameOf },
      { key: "overall", label: "mean", value: (k) => data.overall[k], number: true, text: (k) => (100 * data.overall[k]).toFixed(2) },
      ...data.labels.map((label, g) => ({
        key: `g${g}`, label, value: (k) => data.share[k * data.nGroups + g], number: true, cell: (k) => cell(k, g),
      })),
      { key: "variation", label: "varies by", value: (k) => data.variation[k], number: true, text: (k) => (100 * data.variation[k]).toFixed(2) },
    ];
  }

  function csv() {
    const head = ["topic", data.by, "share", "low", "high", "n_documents"];
    const rows = data.ids.flatMap((id, k) => data.labels.map((label, g) => {
      const at = k * data.nGroups + g;
      return [id, label, data.share[at], data.low[at], data.high[at], data.documents[g]];
    }));
    bandscape.saving.csv(bandscape.saving.csvText(head, rows), `topics_by_${data.by.replace(/\W+/g, "_")}.csv`);
  }

  function start(rows) {
    const parts = { head: byId("table-head"), body: byId("table-body"), pager: byId("table-pager"), scroll: byId("table-scroll") };
    table = bandscape.sortableTable.create({ parts, columns: columns(), rows, choose: (k) => bandscape.events.emit("open", k), sort: { key: "variation", down: true } });
    byId("save-csv").addEventListener("click", csv);
  }

  return { start, draw: () => table.first() };
})();
