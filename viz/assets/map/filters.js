// Which artists are shown in color: chosen legend classes, a range of scores, a range of years, a least
// number of reviews, a lassoed set.
// Those left out stay on the map as faint dots, so that the map keeps its shape.
bandscape.filters = (() => {
  const none = () => ({ classes: new Set(), score: null, year: null, reviews: null, lasso: null, shape: null });
  const state = none();
  let mask = null;

  function passes(i, codes) {
    const { score, firstYear, lastYear, reviews } = bandscape.data;
    if (state.classes.size && !state.classes.has(codes[i])) return false;
    if (state.score && !(score[i] >= state.score[0] && score[i] <= state.score[1])) return false;
    if (state.year && !(firstYear[i] && firstYear[i] <= state.year[1] && lastYear[i] >= state.year[0])) return false;
    if (state.reviews && reviews[i] < state.reviews) return false;
    return !state.lasso || state.lasso.has(i);
  }

  function refresh() {
    const { count } = bandscape.data;
    const { codes } = bandscape.chart.coloring();
    mask = new Uint8Array(count);
    for (let i = 0; i < count; i++) mask[i] = passes(i, codes) ? 1 : 0;
    bandscape.events.emit("filtered");
  }

  function set(name, value) {
    state[name] = value;
    refresh();
  }

  function toggleClass(code) {
    if (state.classes.has(code)) state.classes.delete(code);
    else state.classes.add(code);
    refresh();
  }

  // Everything but what was chosen: how one hides a genre.
  function invertClasses() {
    const { classes } = bandscape.chart.coloring();
    state.classes = new Set([...classes.keys()].filter((code) => classes[code].count && !state.classes.has(code)));
    refresh();
  }

  function clear() {
    Object.assign(state, none());
    refresh();
    bandscape.events.emit("filters-cleared");
  }

  const active = () => Boolean(state.classes.size || state.score || state.year || state.reviews || state.lasso);
  const shows = (i) => mask === null || mask[i] === 1;
  const countShown = () => (mask === null ? bandscape.data.count : mask.reduce((sum, one) => sum + one, 0));

  // A new coloring has other classes.
  function forgetClasses() {
    state.classes = new Set();
    refresh();
  }

  return { state, refresh, set, toggleClass, invertClasses, clear, active, shows, countShown, forgetClasses };
})();
