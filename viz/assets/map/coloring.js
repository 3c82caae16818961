// What a color means. Every way of coloring is a short list of classes and one class code per artist, so that the
// legend, the filter and the drawing need only one idea. Class 0 is always "unknown": gray, and drawn behind.
bandscape.coloring = (() => {
  const { categories, steps } = bandscape.colorClasses;
  const asked = {}; // for each way of coloring: names beyond the colored ones that were given a color, last one last

  function ask(key, label) {
    asked[key] = [...(asked[key] || []).filter((one) => one !== label), label];
  }

  function byGenre() {
    const { genreStarts, genreCodes, genreNames, count } = bandscape.data;
    const codes = new Uint32Array(count);
    for (let i = 0; i < count; i++) if (genreStarts[i] < genreStarts[i + 1]) codes[i] = genreCodes[genreStarts[i]] + 1;
    return categories(genreNames, codes, "no genre given", asked.genre, bandscape.data.genreTotals);
  }

  function byScore() {
    const edges = [4, 5, 6, 6.5, 7, 7.5, 8];
    const labels = ["below 4", "4 – 5", "5 – 6", "6 – 6.5", "6.5 – 7", "7 – 7.5", "7.5 – 8", "8 and above"];
    return steps(bandscape.data.score, edges, labels, "no score");
  }

  let periods = null; // the cuts stay where they are when artists are loaded later

  // Up to eight periods that hold about equally many artists, cut at whole years.
  function byYear() {
    const years = Float32Array.from(bandscape.data.firstYear, (year) => year || NaN);
    periods ||= periodsOf(years.filter((year) => !Number.isNaN(year)).sort());
    return steps(years, periods.edges, periods.labels, "no year");
  }

  function periodsOf(known) {
    const edges = [];
    for (let i = 1; i < 8 && known.length; i++) {
      const edge = known[Math.floor((i * known.length) / 8)];
      if (edge > known[0] && edge !== edges[edges.length - 1]) edges.push(edge);
    }
    const starts = known.length ? [known[0], ...edges] : [];
    const labels = starts.map((start, i) => {
      const end = i + 1 < starts.length ? starts[i + 1] - 1 : known[known.length - 1];
      return start === end ? String(start) : `${start} – ${end}`;
    });
    return { edges, labels };
  }

  function byTrust() {
    const labels = ["under 20 %", "20 – 40 %", "40 – 60 %", "60 – 80 %", "80 – 100 %"];
    return steps(bandscape.data.trust, [0.2, 0.4, 0.6, 0.8], labels, "unknown", [0.16, 0.32, 0.5, 0.7, 0.9]);
  }

  // Only the largest few topics of an artist travel in the page; a share that is none of them counts as the smallest step.
  function byShare(topic) {
    const { count } = bandscape.data;
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const own = bandscape.data.topicsOf(i);
      values[i] = own.length ? own.find((one) => one.topic === topic)?.share || 0 : NaN;
    }
    return steps(values, [0.05, 0.1, 0.2, 0.4], ["under 5 %", "5 – 10 %", "10 – 20 %", "20 – 40 %", "40 % and more"], "no text");
  }

  const shareKey = /^share:/;
  const topicOfKey = (key) => bandscape.data.topics.names.indexOf(key.replace(shareKey, ""));

  function wayOf(key) {
    if (key === "topic" && bandscape.data.topics?.background) return { ...ways.topic, says: `${ways.topic.says.slice(0, -1)}; background does not count.` };
    if (!shareKey.test(key)) return ways[key];
    const said = key.replace(shareKey, "");
    return {
      label: said, make: () => byShare(topicOfKey(key)), says: `Color: share of “${said}” in the reviews, darker is more.`,
      night: `Color: share of “${said}” in the reviews, brighter is more.`,
    };
  }

  const shares = () => (bandscape.data.topics ? bandscape.data.topics.names.map((said) => `share:${said}`) : []);

  const byGroup = (key, unknown) => () => categories(bandscape.data.groups[key].names, bandscape.data.groups[key].codes, unknown, asked[key], bandscape.data.groups[key].totals);

  const ways = {
    genre: { label: "genre", heading: "main genre", says: "Color: the artist’s most frequent genre.", make: byGenre },
    score: { label: "score", says: "Color: mean review score, darker is higher.", night: "Color: mean review score, brighter is higher.", make: byScore },
    cluster: { label: "cluster", says: "Color: clusters of the vectors, by k-means.", make: byGroup("cluster", "no cluster") },
    region: { label: "map region", says: "Color: parts of this map, by k-means.", make: byGroup("region", "no region") },
    topic: { label: "topic", says: "Color: the topic most of the text is about.", make: byGroup("topic", "no text") },
    year: { label: "first year", says: "Color: year of the first reviewed release.", make: byYear },
    trust: { label: "map trust", says: "Color: how many near dots are near by vector; faint is few.", make: byTrust },
  };

  function available() {
    const data = bandscape.data;
    return Object.keys(ways).filter((key) => {
      if (["cluster", "region", "topic"].includes(key)) return Boolean(data.groups[key]);
      if (key === "trust") return data.trustKnown();
      if (key === "year") return data.firstYear.some((year) => year > 0);
      if (key === "score") return data.score.some((score) => !Number.isNaN(score));
      return true;
    });
  }

  function of(key) {
    const way = wayOf(key);
    const made = way.make();
    const counts = new Uint32Array(made.classes.length);
    for (const code of made.codes) counts[code]++;
    made.classes.forEach((one, i) => (one.count = one.total ?? counts[i]));
    return { key, ...made, says: (bandscape.theme.name() === "dark" && way.night) || way.says };
  }

  return { available, shares, of, ask, label: (key) => wayOf(key).label, heading: (key) => wayOf(key).heading || wayOf(key).label };
})();
