// The artists of the table as a file.
bandscape.download = (() => {
  const idOf = (i) => (bandscape.data.ids ? bandscape.data.ids[i] : bandscape.data.names[i]);
  const rounded = (value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 : value);

  function csvText(rows, columns) {
    const head = ["artist_id", ...columns.map(({ key }) => key)];
    return bandscape.saving.csvText(head, rows.map((i) => [idOf(i), ...columns.map(({ value }) => rounded(value(i)))]));
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

  const csv = (rows, columns) => bandscape.saving.csv(csvText(rows, columns), "artists.csv");
  const json = (rows) => bandscape.saving.json(records(rows), "artists.json");

  return { csv, json, csvText, records };
})();
