// Artists that came later, appended to the arrays of `bandscape.data`: from then on they are dots like all others.
// The server numbers artists by rank: 0 has most reviews.
bandscape.loadedRows = (() => {
  const { unpack } = bandscape.unpacking;
  const indexOf = new Map(); // from rank to index

  function joined(first, second) {
    const all = new first.constructor(first.length + second.length);
    all.set(first);
    all.set(second, first.length);
    return all;
  }

  const picked = (values, rows, width = 1) => {
    const found = new values.constructor(rows.length * width);
    rows.forEach((row, at) => found.set(values.subarray(row * width, (row + 1) * width), at * width));
    return found;
  };

  function begin() {
    const { data } = bandscape;
    data.ranks = unpack(data.ranks);
    data.ranks.forEach((rank, i) => indexOf.set(rank, i));
  }

  function addGenres(data, { genreStarts, genreCodes }, rows) {
    const end = data.genreCodes.length;
    const lengths = rows.map((row) => genreStarts[row + 1] - genreStarts[row]);
    const codes = rows.flatMap((row) => [...genreCodes.subarray(genreStarts[row], genreStarts[row + 1])]);
    const starts = new Uint32Array(rows.length);
    lengths.forEach((length, at) => (starts[at] = length + (at ? starts[at - 1] : end)));
    data.genreStarts = joined(data.genreStarts, starts);
    data.genreCodes = joined(data.genreCodes, genreCodes.constructor.from(codes));
  }

  function addTopics(topics, sent, rows) {
    if (!topics) return;
    for (const key of ["codes", "shares"]) topics[key] = joined(topics[key], picked(unpack(sent[key]), rows, topics.kept));
    if (topics.background) topics.background = joined(topics.background, picked(unpack(sent.background), rows));
  }

  // By reviews, then by rank, which is the same order.
  function order(data, fresh) {
    const sorted = fresh.sort((a, b) => data.ranks[a] - data.ranks[b]);
    const all = new Uint32Array(data.byReviews.length + sorted.length);
    let [a, b] = [0, 0];
    for (let at = 0; at < all.length; at++) {
      const old = b >= sorted.length || (a < data.byReviews.length && data.ranks[data.byReviews[a]] < data.ranks[sorted[b]]);
      all[at] = old ? data.byReviews[a++] : sorted[b++];
    }
    data.byReviews = all;
  }

  // Rows as the server sends them; those that are here already are left out. Returns how many were new.
  function add(sent) {
    const { data } = bandscape;
    const ranks = unpack(sent.ranks);
    const rows = [...ranks.keys()].filter((row) => !indexOf.has(ranks[row]));
    if (!rows.length) return 0;
    const columns = data.columnsOf(sent, data);
    const first = data.count;
    for (const key of ["x", "y", "score", "reviews", "firstYear", "lastYear", "trust"]) data[key] = joined(data[key], picked(columns[key], rows));
    addGenres(data, columns, rows);
    for (const [key, group] of Object.entries(data.groups)) group.codes = joined(group.codes, picked(unpack(sent.groups[key]), rows));
    addTopics(data.topics, sent.topics, rows);
    data.ranks = joined(data.ranks, picked(ranks, rows));
    data.names = data.names.concat(rows.map((row) => sent.names[row]));
    if (data.ids) data.ids = data.ids.concat(rows.map((row) => sent.ids[row] ?? sent.names[row].replaceAll(" ", "-")));
    rows.forEach((row, at) => sent.sounds[row] && (data.sounds[first + at] = sent.sounds[row]));
    data.diameter = joined(data.diameter, data.diameters(data.reviews.subarray(first), data.enough));
    data.count += rows.length;
    const fresh = rows.map((_, at) => first + at);
    fresh.forEach((i) => indexOf.set(data.ranks[i], i));
    order(data, [...fresh]);
    bandscape.entities.addArtists(fresh);
    return rows.length;
  }

  return { begin, add, indexOf: (rank) => indexOf.get(rank) };
})();
