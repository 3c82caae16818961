// The address says what is shown: question or artist, color, theme, filters, lasso and view.
// #q=radiohead - rock&only=shown&color=score&score=6,8&year=1990,1999&reviews=3&class=1.4&around=x,y,...&view=x,y,width
bandscape.deepLink = (() => {
  const numbers = (text) => String(text || "").split(/[,.](?=-?\d*)/).map(Number);
  const list = (text, least) => {
    const found = String(text || "").split(",").map(Number);
    return text && found.length >= least && found.every(Number.isFinite) ? found : null;
  };
  const short = (value) => Number(value.toPrecision(5));

  // Where nobody has a genre, the clusters tell more than one gray.
  const plainColor = () => {
    const { preset, groups, genreNames } = bandscape.data;
    if (preset === "tutorial" && groups.region) return "region";
    return genreNames.length || !groups.cluster ? "genre" : "cluster";
  };
  const knowsColor = (key) => bandscape.coloring.available().includes(key) || bandscape.coloring.shares().includes(key);

  function followFilters(wanted) {
    for (const name of ["score", "year"]) {
      const range = list(wanted[name], 2);
      if (range) bandscape.events.emit("range", { name, range });
    }
    if (wanted.reviews) bandscape.events.emit("least-reviews", Number(wanted.reviews));
    const classes = numbers(wanted.class).filter((code) => Number.isInteger(code) && code >= 0 && code < bandscape.chart.coloring().classes.length);
    if (wanted.class) {
      for (const code of classes) {
        const { other, label } = bandscape.chart.coloring().classes[code];
        if (other) bandscape.chart.giveColor(label); // as a click on it in the legend does
      }
      bandscape.filters.set("classes", new Set(classes));
    }
    const around = list(wanted.around, 6);
    if (around) bandscape.chart.enclose(Array.from({ length: Math.floor(around.length / 2) }, (_, at) => [around[2 * at], around[2 * at + 1]]), false);
  }

  let following = false;

  // A question or an artist is a step, colors and views are not.
  function write(changes) {
    const step = !following && ["q", "artist"].some((key) => key in changes && (changes[key] || null) !== bandscape.address.kept(key));
    bandscape.address.write(changes, { step });
  }

  const withoutSteps = (work) => {
    following = true;
    try {
      work();
    } finally {
      following = false;
    }
  };

  // Back and Forward change the question or the artist; colors and filters stay as they are.
  function goBack() {
    const { q = null, artist = null } = bandscape.address.read();
    bandscape.address.write({ q, artist });
    if (!q) bandscape.searchBar.clear();
    if (q || artist) open({ q, artist });
    else if (bandscape.drawer.isOpen()) bandscape.drawer.close();
  }

  function open({ q, artist }) {
    if (q) bandscape.searchBar.run(q);
    else if (artist && bandscape.served) bandscape.searchBar.run(`artist:${artist}`);
    else if (artist) {
      const found = bandscape.entities.resolve(`artist:${artist}`);
      if (found.status === "known") bandscape.events.emit("artist", { index: found.entity.index, from: "link" });
      else if (found.status === "ambiguous") bandscape.searchBar.run(`artist:${artist}`);
    }
  }

  function follow() {
    const wanted = bandscape.address.read();
    if (wanted.theme && wanted.theme !== bandscape.theme.chosen()) bandscape.theme.set(wanted.theme);
    if (wanted.color && knowsColor(wanted.color)) bandscape.events.emit("color", wanted.color);
    if (bandscape.data.count) followFilters(wanted);
    bandscape.answers.filter(wanted.only === "shown");
    open(wanted);
    const view = list(wanted.view, 3);
    if (view && view[2] > 0 && bandscape.chart.element()) bandscape.camera.look(view[0], view[1], view[2]);
  }

  function keepFilters() {
    const { classes, score, year, reviews, lasso, shape } = bandscape.filters.state;
    const range = (pair) => (pair ? pair.map(short).join(",") : null);
    bandscape.address.write({
      score: range(score), year: range(year), reviews, class: classes.size ? [...classes].sort((a, b) => a - b).join(".") : null,
      around: lasso && shape ? shape.flat().map(short).join(",") : null,
    });
  }

  // The view is kept once it has come to rest, and only where it is not the whole map.
  function keepView() {
    const { x, y } = bandscape.camera.view();
    const far = Math.abs(bandscape.camera.zoom() - 1) < 0.01;
    bandscape.address.write({ view: far ? null : [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, x[1] - x[0]].map(short).join(",") });
  }

  function start() {
    window.addEventListener("popstate", ({ state }) => withoutSteps(state?.ours ? goBack : follow));
    bandscape.events.on("filtered", keepFilters);
    let waiting = 0;
    bandscape.events.on("moved", () => {
      clearTimeout(waiting);
      waiting = setTimeout(keepView, 250);
    });
  }

  return { start, follow: () => withoutSteps(follow), plainColor, write };
})();
