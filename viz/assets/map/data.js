// The payload, unpacked once into typed arrays. Index i is artist i everywhere.
bandscape.data = (() => {
  const { unpack, startsOf } = bandscape.unpacking;

  function positions(plane, grid, count) {
    const x = new Float32Array(count);
    const y = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      x[i] = grid.x + plane[2 * i] * grid.step;
      y[i] = grid.y + plane[2 * i + 1] * grid.step;
    }
    return { x, y };
  }

  function lengthsOf(vectors, count, dimensions) {
    const lengths = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = i * dimensions; k < (i + 1) * dimensions; k++) sum += vectors[k] * vectors[k];
      lengths[i] = Math.sqrt(sum);
    }
    return lengths;
  }

  // The number of reviews that makes the largest dot.
  const enoughReviews = (reviews, order) => Math.max(reviews.length ? reviews[order[Math.floor(reviews.length * 0.002)]] : 2, 2);

  // From 9 - spread to 9 pixels.
  const diameters = (reviews, enough, spread = 6) =>
    Float32Array.from(reviews, (n) => 9 - spread + spread * Math.sqrt(Math.min(Math.max(n - 1, 0) / (enough - 1), 1)));

  // Of few artists none need be small, least of all where one review more is all that the largest dot has.
  const spreadOf = (count, enough) => (count < 2_000 ? 6 * Math.min(1, Math.sqrt((enough - 1) / 9)) : 6);

  // The columns of some artists, each as typed arrays.
  function columnsOf(rows, { grid, trustSteps }) {
    const span = unpack(rows.yearSpan);
    const firstYear = unpack(rows.firstYear);
    return {
      ...positions(unpack(rows.plane), grid, rows.count),
      genreStarts: startsOf(unpack(rows.genres.lengths)),
      genreCodes: unpack(rows.genres.codes),
      score: Float32Array.from(unpack(rows.score), (step) => (step === 0 ? NaN : (step - 1) / 100)),
      reviews: unpack(rows.reviews),
      firstYear,
      lastYear: firstYear.map((year, i) => year + span[i]),
      trust: Float32Array.from(unpack(rows.trust), (step) => step / trustSteps),
    };
  }

  // How many nearest dots were compared, and how many of them are near by vector too: mean and spread over the map.
  function keptOf(trust) {
    const compared = Math.min(10, Math.floor((trust.length - 1) / 2));
    const mean = trust.reduce((sum, share) => sum + share, 0) / Math.max(trust.length, 1);
    const variance = trust.reduce((sum, share) => sum + (share - mean) ** 2, 0) / Math.max(trust.length, 1);
    return { compared, mean: mean * compared, spread: Math.sqrt(variance) * compared };
  }

  function load() {
    const payload = bandscape.unpacking.payload();
    const count = payload.count;
    if (payload.ids) payload.ids = payload.ids.map((id, i) => id ?? payload.names[i].replaceAll(" ", "-"));
    const data = { ...payload, ...columnsOf(payload, payload), genreNames: payload.genres.names, genreTotals: payload.genres.totals };
    data.kept = keptOf(data.trust);
    data.groups = {};
    for (const [key, group] of Object.entries(payload.groups)) {
      data.groups[key] = { names: group.names, codes: unpack(group.codes), totals: group.totals };
    }
    data.terms = Object.fromEntries(Object.entries(payload.terms || {}).map(([kind, { names, lengths, codes }]) => [kind, { names, starts: startsOf(unpack(lengths)), codes: unpack(codes) }]));
    if (payload.topics) data.topics = { ...payload.topics, codes: unpack(payload.topics.codes), shares: unpack(payload.topics.shares), background: payload.topics.background && unpack(payload.topics.background) };
    data.byReviews = Uint32Array.from(data.reviews.keys()).sort((a, b) => data.reviews[b] - data.reviews[a] || a - b);
    data.enough = enoughReviews(data.reviews, data.byReviews);
    data.diameter = diameters(data.reviews, data.enough, spreadOf(data.count, data.enough));
    if (payload.field) data.field = { ...payload.field, levels: unpack(payload.field.levels) };
    Object.assign(bandscape.data, data);
  }

  // What no dot needs waits until the first dots are painted: vectors and addresses.
  async function loadRest() {
    const { data } = bandscape;
    if (data.vectors) {
      data.vectors = unpack(data.vectors);
      data.lengths = lengthsOf(data.vectors, data.count, data.dimensions);
    }
    const { links } = data;
    if (links) links.rest = (await bandscape.unpacking.unzip(links.gzip))?.split("\n");
  }

  // Topics of an artist, largest first: [{ topic, name, share }]. Only the largest few travel in the page.
  function topicsOf(i) {
    const { topics } = bandscape.data;
    if (!topics) return [];
    const { names, kept, steps, codes, shares } = topics;
    const found = [];
    for (let at = i * kept; at < (i + 1) * kept && codes[at]; at++) found.push({ topic: codes[at] - 1, name: names[codes[at] - 1], share: shares[at] / steps });
    return found;
  }

  // The share of the topics that say nothing (noise).
  const backgroundOf = (i) => {
    const { topics } = bandscape.data;
    return topics && topics.background ? topics.background[i] / topics.steps : 0;
  };

  const linkOf = (i) => {
    const { links } = bandscape.data;
    return links && links.rest && links.rest[i] ? links.start + links.rest[i].slice(1) : null;
  };

  const genresOf = (i) => {
    const data = bandscape.data;
    return Array.from(data.genreCodes.subarray(data.genreStarts[i], data.genreStarts[i + 1]), (c) => data.genreNames[c]);
  };

  // How many artists have each genre first: what the legend counts.
  function mainGenres() {
    const { genreStarts, genreCodes, genreNames, count, genreTotals } = bandscape.data;
    if (genreTotals) return genreTotals.slice(1); // the first counts those without
    const found = new Uint32Array(genreNames.length);
    for (let i = 0; i < count; i++) if (genreStarts[i] < genreStarts[i + 1]) found[genreCodes[genreStarts[i]]]++;
    return found;
  }

  const yearsOf = (i) => {
    const { firstYear, lastYear } = bandscape.data;
    if (!firstYear[i]) return "";
    return firstYear[i] === lastYear[i] ? String(firstYear[i]) : `${firstYear[i]}–${lastYear[i]}`;
  };

  const groupName = (key, i) => {
    const group = bandscape.data.groups[key];
    return group && group.codes[i] ? group.names[group.codes[i] - 1] : "";
  };

  const scoreText = (i) => (Number.isNaN(bandscape.data.score[i]) ? "–" : bandscape.data.score[i].toFixed(1));

  const trustKnown = () => bandscape.data.layout.trustworthiness !== null && bandscape.data.kept.compared > 0;

  return { load, loadRest, columnsOf, mainGenres, diameters, topicsOf, backgroundOf, linkOf, genresOf, yearsOf, groupName, scoreText, trustKnown };
})();
