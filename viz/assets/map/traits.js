// What sets some artists apart from all others of the map: genres, record labels, topics and decades that are much more
// common among them, and their mean score. Said above the table, of what the filters or the lasso leave.
bandscape.traits = (() => {
  const { make, name } = bandscape.dom;
  const fewest = 5; // artists; of fewer any likeness is chance
  const most = 6;
  const [least, lift] = [0.15, 1.5]; // how many of them have it, and how much more often than others

  // For each kind the numbers of what artist i has, and what a number is called.
  function kinds() {
    const { genreStarts, genreCodes, genreNames, topics, terms } = bandscape.data;
    const listed = ({ starts, codes, names }) => ({ of: (i) => codes.subarray(starts[i], starts[i + 1]), called: (code) => names[code] });
    const found = [listed({ starts: genreStarts, codes: genreCodes, names: genreNames })];
    if (terms.label) found.push(listed(terms.label));
    if (topics) found.push({ of: (i) => (topics.codes[i * topics.kept] ? [topics.codes[i * topics.kept] - 1] : []), called: (code) => topics.names[code] });
    if (terms.year) {
      const decades = terms.year.names.map((year) => Number(year) - (Number(year) % 10));
      const years = listed(terms.year);
      found.push({ of: (i) => new Set(Array.from(years.of(i), (code) => decades[code])), called: (decade) => `${decade}s` });
    }
    return found;
  }

  // [{ said, inside, outside }] of one kind: shares among those shown and among the others.
  function common({ of, called }, shows, [shown, others]) {
    const [inside, outside] = [new Map(), new Map()];
    for (let i = 0; i < bandscape.data.count; i++) {
      const counts = shows(i) ? inside : outside;
      for (const code of of(i)) counts.set(code, (counts.get(code) || 0) + 1);
    }
    return [...inside].map(([code, count]) => ({ said: called(code), inside: count / shown, outside: (outside.get(code) || 0) / others }));
  }

  function meanScores(shows) {
    const sums = [[0, 0], [0, 0]];
    bandscape.data.score.forEach((score, i) => {
      if (Number.isNaN(score)) return;
      const own = sums[shows(i) ? 0 : 1];
      own[0] += score;
      own[1] += 1;
    });
    return sums.map(([sum, n]) => (n ? sum / n : NaN));
  }

  // What a filter asked for is no news: all of them have it, and hardly anybody else.
  const isNews = ({ inside, outside }) => inside >= least && inside >= lift * outside && !(inside > 0.995 && outside < 0.05);
  const weight = ({ inside, outside }) => inside * Math.log(inside / Math.max(outside, 0.002));

  // { common: [{ said, inside, outside }], scores: [of those shown, of the others] }, or null where nothing can be told.
  function find() {
    const { count } = bandscape.data;
    const { active, shows, countShown } = bandscape.filters;
    const shown = countShown();
    if (!active() || shown < fewest || count - shown < fewest) return null;
    const all = kinds().flatMap((kind) => common(kind, shows, [shown, count - shown]).filter(isNews));
    return { common: all.sort((a, b) => weight(b) - weight(a)).slice(0, most), scores: meanScores(shows) };
  }

  const percent = (share) => `${Math.round(share * 100)} %`;

  function trait({ said, inside, outside }) {
    return make("span", { class: "trait" }, name(said), ` ${percent(inside)} `, make("span", { class: "quiet" }, `others ${percent(outside)}`));
  }

  // Elements for the line; none where there is nothing to say.
  function build() {
    const found = find();
    if (!found) return [];
    const [own, others] = found.scores;
    const score = Math.abs(own - others) < 0.2 || Number.isNaN(own - others) ? []
      : [make("span", { class: "trait" }, `mean score ${own.toFixed(1)} `, make("span", { class: "quiet" }, `others ${others.toFixed(1)}`))];
    const traits = [...found.common.map(trait), ...score];
    return traits.length ? [make("span", { class: "quiet" }, "set apart by"), ...traits] : [];
  }

  return { find, build };
})();
