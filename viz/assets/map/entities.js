// Everything a query can name: artists, genres, clusters, regions, topics, record labels, years; and how a typed name
// finds one.
bandscape.entities = (() => {
  const kinds = ["genre", "artist", "cluster", "region", "topic", "label", "year"]; // a bare name means the first kind that has it
  let all = [];
  const byKey = new Map();
  const byId = new Map();
  const byUsual = new Map(); // parts of genres, labels without "Records"
  const letters = { ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i", "’": "'", "‘": "'" };
  const umlauts = { ä: "ae", ö: "oe", ü: "ue" };
  const isAscii = (text) => /^[\x20-\x7e]*$/.test(text);
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();

  const caseless = (text) => text.toLowerCase().replace(/ß/g, "ss").replace(/ſ/g, "s").replace(/ς/g, "σ");

  // Case, accents, typographic quotes and runs of blanks do not matter.
  function fold(text) {
    const lower = caseless(text);
    if (isAscii(lower)) return squeeze(lower);
    const plain = caseless(lower.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC"));
    return squeeze(plain.replace(/[øłđðþæœı’‘]/g, (sign) => letters[sign]).replace(/[“”]/g, '"'));
  }

  const withoutPunctuation = (key) =>
    squeeze(key.replace(/&/g, " and ").replace(/'/g, "").replace(isAscii(key) ? /[^a-z0-9]+/g : /[^\p{L}\p{N}]+/gu, " "));

  // The levels of core/names.py, strictest first: identity; punctuation dropped; leading "the" dropped; blanks
  // dropped; letters outside ASCII deleted, as in tables that hold "sigur rs", if half are left; umlauts spelled out.
  // Levels never meet.
  function lookupKeys(label) {
    const article = (key) => (key.startsWith("the ") ? key.slice(4) : key);
    const identity = fold(label);
    const plain = withoutPunctuation(identity);
    const deleted = isAscii(label) ? plain : withoutPunctuation(caseless(label.normalize("NFC")).replace(/[^\x00-\x7f]/g, ""));
    const spelled = isAscii(label) ? plain : withoutPunctuation(fold(label.replace(/[äöüÄÖÜ]/g, (sign) => umlauts[sign.toLowerCase()])));
    const levels = [identity, plain, article(plain), ...[plain, deleted, spelled].map((key) => article(key).replace(/ /g, ""))];
    if (2 * levels[4].length < levels[3].length) levels[4] = "";
    return levels.map((key, level) => key && `${level}:${key}`).filter(Boolean);
  }

  // Keys less one letter that often carries an accent.
  function deletions(keys) {
    const found = new Set();
    for (const key of keys) {
      for (let at = 0; at < key.length; at++) if ("aeiouyncs".includes(key[at])) found.add(key.slice(0, at) + key.slice(at + 1));
    }
    return found;
  }

  // What core/names.py tries last: "die aerzte" for "Die Ärzte", then "bjork" where the table has "bjrk".
  function guessed(keys) {
    const squeezed = (keys.find((key) => key.startsWith("3:")) || "").slice(2);
    const spelled = byKey.get(`5:${squeezed}`);
    if (spelled) return spelled;
    if (squeezed.length < 5 || squeezed.length > 40) return [];
    const once = deletions([squeezed]);
    for (const shorter of [once, deletions(once)]) {
      const found = new Set([...shorter].flatMap((key) => byKey.get(`4:${key}`) || []));
      if (found.size) return [...found];
    }
    return [];
  }

  function file(map, key, entity) {
    if (map.has(key)) map.get(key).push(entity);
    else map.set(key, [entity]);
  }

  // A topic that is called by its words has its id, too: "topic_3".
  function fileId(entity, id) {
    const key = id && `0:${fold(id)}`;
    if (key && !byKey.get(key)?.includes(entity)) file(byKey, key, entity);
  }

  // Labels and years are found as they are spelled only: bare words would mean too much else.
  function add(kind, index, label, more = {}) {
    const keys = lookupKeys(label);
    const entity = { kind, index, label, key: fold(label), plain: (keys[1] || "").slice(2), ...more };
    all.push(entity);
    for (const key of kind === "label" || kind === "year" ? [`0:${entity.key}`] : keys) file(byKey, key, entity);
    if (kind === "artist" && bandscape.data.ids) byId.set(bandscape.data.ids[index], entity);
    if (kind === "genre") for (const part of new Set(bandscape.usualNames.parts(label).map(fold))) file(byUsual, `genre:${part}`, entity);
    if (kind === "topic") fileId(entity, bandscape.data.topics?.ids?.[index]);
    if (kind === "label") file(byUsual, `label:${fold(bandscape.usualNames.withoutCompany(label))}`, entity);
  }

  // What no name is, but usually means one thing: a decade, else a genre, else a label; "topic:3" is topic_3.
  function usual(name, kind) {
    const { decade, withoutCompany } = bandscape.usualNames;
    const key = fold(name);
    if (kind === "topic") return /^\d+$/.test(key) ? (byKey.get(`0:topic_${key}`) || []).filter((entity) => entity.kind === "topic") : [];
    const meant = [byKey.get(`0:${decade(key)}`)?.filter((entity) => entity.kind === "year"), byUsual.get(`genre:${key}`), byUsual.get(`label:${fold(withoutCompany(name))}`)];
    return meant.find((found) => found?.length === 1 && (!kind || found[0].kind === kind)) || [];
  }

  // Artists that were loaded later.
  function addArtists(indices) {
    for (const index of indices) add("artist", index, bandscape.data.names[index]);
  }

  function load() {
    const data = bandscape.data;
    all = [];
    data.genreNames.forEach((label, index) => add("genre", index, label));
    for (const index of data.byReviews) add("artist", index, data.names[index]);
    for (const kind of ["cluster", "region", "topic"]) {
      if (data.groups[kind]) data.groups[kind].names.forEach((label, index) => add(kind, index, label));
    }
    data.terms.label?.names.forEach((label, index) => add("label", index, label));
    addYears(data.terms.year?.names.map(Number) || []);
  }

  function addYears(known) {
    const decades = [...new Set(known.map((year) => year - (year % 10)))];
    for (const first of decades) add("year", `${first}s`, `${first}s`, { first, last: first + 9 });
    for (const year of known) add("year", year, String(year), { first: year, last: year });
  }

  const ranges = new Map();

  // "1994-1999": the years from one to the other, where any artist has one of them.
  function rangeOfYears(name) {
    const [, first, last] = /^(\d{4})\s*[-–]\s*(\d{4})$/.exec(name.trim()) || [];
    const years = bandscape.data.terms.year?.names.map(Number) || [];
    const [from, to] = [Number(first), Number(last)].sort((a, b) => a - b);
    if (!first || !years.some((year) => year >= from && year <= to)) return [];
    const label = `${from}–${to}`;
    if (!ranges.has(label)) ranges.set(label, { kind: "year", index: label, label, key: fold(label), plain: "", first: from, last: to });
    return [ranges.get(label)];
  }

  function split(text) {
    const prefix = /^(genre|artist|cluster|region|topic|label|year):\s*(.*)$/isu.exec(text.trim());
    let name = (prefix ? prefix[2] : text).trim();
    const quoted = /^["“](.*)["”]$/su.exec(name);
    if (quoted) name = quoted[1];
    return { kind: prefix ? prefix[1].toLowerCase() : null, name };
  }

  // Several of the same kind are ambiguous, unless one is written just so; of several kinds the first wins and the others are told.
  function choose(found, name) {
    const kind = kinds.find((one) => found.some((entity) => entity.kind === one));
    let same = found.filter((entity) => entity.kind === kind);
    const literal = same.filter((entity) => entity.label === name);
    if (literal.length === 1) same = literal;
    const others = found.filter((entity) => entity.kind !== kind);
    if (same.length > 1) return { status: "ambiguous", candidates: same };
    return { status: "known", entity: same[0], others };
  }

  // What a text names, without a search for what else may have been meant.
  function lookUp(text) {
    const { kind, name } = split(text);
    const wanted = (found) => (found || []).filter((entity) => !kind || entity.kind === kind);
    const withId = wanted([byId.get(name)].filter(Boolean));
    const keys = lookupKeys(name);
    for (const key of keys) {
      const strict = key.startsWith("0:");
      const found = wanted(byKey.get(key));
      if (found.length) return { ...choose(found, name), exact: strict };
      if (strict && withId.length) return { ...choose(withId, name), exact: true };
      const years = strict ? wanted(rangeOfYears(name)) : [];
      if (years.length) return { ...choose(years, name), exact: true };
      const loosely = strict ? usual(name, kind) : [];
      if (loosely.length) return { ...choose(loosely, name), exact: false };
    }
    const guess = wanted(guessed(keys));
    return guess.length ? { ...choose(guess, name), exact: false } : { status: "unknown", exact: false, candidates: [] };
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
    const plainKey = withoutPunctuation(key);
    if (!key) return [];
    const tiers = [[], [], [], []];
    for (const entity of all) {
      if (kind && entity.kind !== kind) continue;
      const asTyped = entity.key.includes(key);
      if (!asTyped && !(plainKey && entity.plain.includes(plainKey))) continue;
      const [own, wanted] = asTyped ? [entity.key, key] : [entity.plain, plainKey];
      const tier = own === wanted ? 0 : own.startsWith(wanted) ? 1 : own.includes(` ${wanted}`) ? 2 : 3;
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
  function similar(name, kind = null, limit = 5) {
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
    const means = (found) => found.status === "known" && found.entity === entity;
    if (means(plain)) return bare;
    const prefixed = `${entity.kind}:${bare}`;
    if (entity.kind !== "artist" || !bandscape.data.ids || means(lookUp(prefixed))) return prefixed;
    return `artist:"${bandscape.data.ids[entity.index]}"`; // only the id tells two of one name apart
  }

  const artist = (index) => all.find((entity) => entity.kind === "artist" && entity.index === index);

  const topic = (index) => all.find((entity) => entity.kind === "topic" && entity.index === index);

  return { load, addArtists, topic, fold, lookupKeys, lookUp, resolve, matching, similar, written, artist };
})();
