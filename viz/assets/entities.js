// Everything a query can name: artists, genres, clusters, regions, topics; and how a typed name finds one.
bandscape.entities = (() => {
  const kinds = ["genre", "artist", "cluster", "region", "topic"]; // a bare name means the first kind that has it
  let all = [];
  const exact = new Map();
  const forgiving = new Map();

  // Case, accents, typographic quotes and runs of blanks do not matter.
  function fold(text) {
    const plain = text.toLowerCase().replace(/[‘’ʼ]/g, "'").replace(/[“”]/g, '"').replace(/\s+/g, " ").trim();
    return /^[\x20-\x7e]*$/.test(plain) ? plain : plain.normalize("NFKD").replace(/\p{M}/gu, "");
  }

  // Punctuation and a leading "the" do not matter either; and letters outside ASCII may have been lost on one side,
  // as in tables that hold "sigur rs".
  function looseKeys(label) {
    const bare = (key) => key.replace(/[^\p{L}\p{N} ]/gu, "").replace(/\s+/g, " ").trim().replace(/^the /, "");
    const keys = [bare(fold(label))];
    if (!/^[\x20-\x7e]*$/.test(label)) keys.push(bare(fold(label.replace(/[^\x20-\x7e]/g, ""))));
    return [...new Set(keys)].filter(Boolean);
  }

  function file(map, key, entity) {
    if (map.has(key)) map.get(key).push(entity);
    else map.set(key, [entity]);
  }

  function add(kind, index, label) {
    const entity = { kind, index, label, key: fold(label) };
    all.push(entity);
    file(exact, entity.key, entity);
    for (const key of looseKeys(label)) file(forgiving, key, entity);
  }

  function load() {
    const data = bandscape.data;
    all = [];
    data.genreNames.forEach((label, index) => add("genre", index, label));
    for (const index of data.byReviews) add("artist", index, data.names[index]);
    for (const kind of ["cluster", "region", "topic"]) {
      if (data.groups[kind]) data.groups[kind].names.forEach((label, index) => add(kind, index, label));
    }
  }

  function split(text) {
    const prefix = /^(genre|artist|cluster|region|topic):\s*(.*)$/isu.exec(text.trim());
    let name = (prefix ? prefix[2] : text).trim();
    const quoted = /^["“](.*)["”]$/su.exec(name);
    if (quoted) name = quoted[1];
    return { kind: prefix ? prefix[1].toLowerCase() : null, name };
  }

  // Several of the same kind are ambiguous; of several kinds the first wins and the others are told.
  function choose(found) {
    const kind = kinds.find((one) => found.some((entity) => entity.kind === one));
    const same = found.filter((entity) => entity.kind === kind);
    const others = found.filter((entity) => entity.kind !== kind);
    if (same.length > 1) return { status: "ambiguous", candidates: same };
    return { status: "known", entity: same[0], others };
  }

  // What a text names, without a search for what else may have been meant.
  function lookUp(text) {
    const { kind, name } = split(text);
    const wanted = (found) => (found || []).filter((entity) => !kind || entity.kind === kind);
    const found = wanted(exact.get(fold(name)));
    if (found.length) return { ...choose(found), exact: true };
    for (const key of looseKeys(name)) {
      const near = wanted(forgiving.get(key));
      if (near.length) return { ...choose(near), exact: false };
    }
    return { status: "unknown", exact: false, candidates: [] };
  }

  function resolve(text) {
    const found = lookUp(text);
    if (found.status !== "unknown") return found;
    const { kind, name } = split(text);
    return { ...found, candidates: similar(name, kind) };
  }

  // Names that begin with the words, then names in which a word begins so, then names that contain them.
  function matching(text, limit) {
    const { kind, name } = split(text);
    const key = fold(name);
    if (!key) return [];
    const tiers = [[], [], [], []];
    for (const entity of all) {
      if (kind && entity.kind !== kind) continue;
      const at = entity.key.indexOf(key);
      if (at < 0) continue;
      const tier = entity.key === key ? 0 : at === 0 ? 1 : entity.key.includes(` ${key}`) ? 2 : 3;
      if (tiers[tier].length < limit) tiers[tier].push(entity);
    }
    return tiers.flat().slice(0, limit);
  }

  const pairsOf = (key) => {
    const pairs = new Set();
    for (let i = 0; i + 1 < key.length; i++) pairs.add(key.slice(i, i + 2));
    return pairs;
  };

  // What may have been meant: most letter pairs in common (Dice).
  function similar(name, kind, limit = 5) {
    const begun = matching(name, limit);
    const pairs = pairsOf(fold(name).slice(0, 64));
    if (begun.length >= limit || pairs.size === 0) return begun;
    const scored = [];
    for (const entity of all) {
      if (kind && entity.kind !== kind) continue;
      const own = pairsOf(entity.key.slice(0, 64));
      let common = 0;
      for (const pair of own) if (pairs.has(pair)) common++;
      const score = (2 * common) / (own.size + pairs.size);
      if (score > 0.4) scored.push([score, entity]);
    }
    scored.sort((a, b) => b[0] - a[0]);
    const rest = scored.map(([, entity]) => entity).filter((entity) => !begun.includes(entity));
    return [...begun, ...rest].slice(0, limit);
  }

  // The way to write an entity so that it is read as itself: prefix where the bare name means another one,
  // quotes where it holds signs.
  function written(entity) {
    const bare = /(^|\s)[-+−–](\s|$)|^["“]|^[-+−–]/.test(entity.label) ? `"${entity.label}"` : entity.label;
    const plain = lookUp(bare);
    return plain.status === "known" && plain.entity === entity ? bare : `${entity.kind}:${bare}`;
  }

  const artist = (index) => all.find((entity) => entity.kind === "artist" && entity.index === index);

  return { load, fold, lookUp, resolve, matching, written, artist };
})();
