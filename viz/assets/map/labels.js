// Which artists may be named on the map, well-known first: from afar only the 300 most reviewed, near all.
bandscape.labels = (() => {
  const famous = 300;
  const examined = 900; // candidates looked at for one drawing
  const longest = 26;

  const short = (text) => {
    const signs = Array.from(text);
    return signs.length > longest ? `${signs.slice(0, longest - 1).join("")}…` : text;
  };

  function candidates(zoom, measure) {
    const { byReviews, x, y, names } = bandscape.data;
    const pool = zoom < 1.6 || bandscape.data.preset === "tutorial" ? byReviews.subarray(0, famous) : byReviews;
    const view = bandscape.camera.view();
    const found = [];
    for (const i of pool) {
      if (found.length >= examined) break;
      if (x[i] < view.x[0] || x[i] > view.x[1] || y[i] < view.y[0] || y[i] > view.y[1]) continue;
      if (!bandscape.filters.shows(i)) continue;
      const [px, py] = bandscape.camera.project(x[i], y[i]);
      const text = short(names[i]);
      found.push({ index: i, text, px, py, radius: bandscape.chart.diameter(i) / 2, width: measure(text) });
    }
    return found;
  }

  return { candidates, short };
})();
