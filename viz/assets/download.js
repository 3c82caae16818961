// The rows of the table as a file. A spreadsheet runs a cell that begins with = + - @ as a formula: such text gets
// an apostrophe in front.
bandscape.download = (() => {
  const cell = (value) => {
    if (typeof value === "number") return Number.isNaN(value) ? "" : String(Math.round(value * 1000) / 1000);
    const tame = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
  };

  const idOf = (i) => (bandscape.data.ids ? bandscape.data.ids[i] : bandscape.data.names[i]);

  function csvText(rows, columns) {
    const head = ["artist_id", ...columns.map(({ key }) => key)].join(",");
    const lines = rows.map((i) => [cell(idOf(i)), ...columns.map(({ value }) => cell(value(i)))].join(","));
    return [head, ...lines].join("\r\n") + "\r\n";
  }

  function records(rows) {
    const data = bandscape.data;
    return rows.map((i) => ({
      artist_id: idOf(i),
      name: data.names[i],
      genres: data.genresOf(i),
      mean_score: Number.isNaN(data.score[i]) ? null : Math.round(data.score[i] * 100) / 100,
      n_reviews: data.reviews[i],
      x: data.x[i],
      y: data.y[i],
    }));
  }

  function save(text, type, name) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    const link = bandscape.dom.make("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  const csv = (rows, columns) => save("\ufeff" + csvText(rows, columns), "text/csv;charset=utf-8", "artists.csv");
  const json = (rows) => save(JSON.stringify(records(rows), null, 1), "application/json", "artists.json");

  return { csv, json, csvText, records };
})();
