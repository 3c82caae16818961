// Arithmetic on the rounded vectors. Rows are compared by cosine, so their own scale cancels; terms enter with length
// one. What a query names as an artist never answers it, and what that rule hides is told: see `answer`.
bandscape.vectorMath = (() => {
  const centroids = new Map();

  const available = () => Boolean(bandscape.data.vectors || bandscape.served);

  function unitRow(i) {
    const { vectors, lengths, dimensions } = bandscape.data;
    const row = new Float64Array(dimensions);
    if (lengths[i] > 0) for (let k = 0; k < dimensions; k++) row[k] = vectors[i * dimensions + k] / lengths[i];
    return row;
  }

  // Artists in whose list of codes there is one from `first` to `last`.
  function membersOfCodes({ codes, starts }, first, last) {
    const found = [];
    for (let i = 0, at = 0; i + 1 < starts.length; i++) {
      let has = false;
      for (; at < starts[i + 1]; at++) has ||= codes[at] >= first && codes[at] <= last;
      if (has) found.push(i);
    }
    return found;
  }

  function membersOfYears({ first, last }) {
    const { year } = bandscape.data.terms;
    const inside = [...year.names.keys()].filter((code) => Number(year.names[code]) >= first && Number(year.names[code]) <= last);
    return inside.length ? membersOfCodes(year, inside[0], inside.at(-1)) : [];
  }

  function membersOf(entity) {
    const { genreCodes, genreStarts, terms } = bandscape.data;
    if (entity.kind === "genre") return membersOfCodes({ codes: genreCodes, starts: genreStarts }, entity.index, entity.index);
    if (entity.kind === "label") return membersOfCodes(terms.label, entity.index, entity.index);
    return entity.kind === "year" ? membersOfYears(entity) : membersOfGroup(entity);
  }

  function membersOfGroup({ kind, index }) {
    const { codes } = bandscape.data.groups[kind];
    const found = [];
    for (let i = 0; i < codes.length; i++) if (codes[i] === index + 1) found.push(i);
    return found;
  }

  const gathered = new Map(); // of as many artists as there were

  function members(entity) {
    if (entity.kind === "artist") return [entity.index];
    const key = `${entity.kind}:${entity.index}`;
    const known = gathered.get(key);
    if (known && known.count === bandscape.data.count) return known.members;
    const found = membersOf(entity);
    gathered.set(key, { count: bandscape.data.count, members: found });
    return found;
  }

  function scaledToOne(vector) {
    let sum = 0;
    for (const value of vector) sum += value * value;
    const length = Math.sqrt(sum);
    return length > 1e-9 ? vector.map((value) => value / length) : null;
  }

  // The direction of a term: an artist's own vector, or the mean direction of all artists of a genre or group.
  function direction(entity) {
    if (entity.kind === "artist") return unitRow(entity.index);
    const key = `${entity.kind}:${entity.index}`;
    if (!centroids.has(key)) {
      const { vectors, lengths, dimensions } = bandscape.data;
      const sum = new Float64Array(dimensions);
      for (const i of members(entity)) {
        if (lengths[i] > 0) for (let k = 0; k < dimensions; k++) sum[k] += vectors[i * dimensions + k] / lengths[i];
      }
      centroids.set(key, scaledToOne(sum) || sum);
    }
    return centroids.get(key);
  }

  const isTopic = ({ entity }) => entity.kind === "topic";
  const topicShares = new Map();

  // The share of a topic in each artist's reviews, divided by the largest share anybody has: 0 to 1, as a cosine is.
  // Not the mean vector of those artists: what their texts share is not what their metadata share.
  function shareOf(topic) {
    if (!topicShares.has(topic)) {
      const { topics, count } = bandscape.data;
      const found = new Float64Array(count);
      let most = 0;
      for (let at = 0; at < topics.codes.length; at++) {
        if (topics.codes[at] !== topic + 1) continue;
        const i = Math.floor(at / topics.kept);
        found[i] = topics.shares[at] / topics.steps;
        most = Math.max(most, found[i]);
      }
      topicShares.set(topic, { raw: found, scaled: most ? found.map((share) => share / most) : found });
    }
    return topicShares.get(topic);
  }

  // What an artist is ranked by: the cosine to the sum of the vectors, and for each topic its share, added or taken away.
  function scores(terms) {
    const named = terms.filter((term) => !isTopic(term));
    const query = named.length ? combined(named) : null;
    if (named.length && !query) return null;
    const cosine = query ? cosines(query) : null;
    const values = cosine ? Float64Array.from(cosine) : new Float64Array(bandscape.data.count);
    for (const { sign, entity } of terms.filter(isTopic)) {
      const { scaled } = shareOf(entity.index);
      for (let i = 0; i < values.length; i++) values[i] += sign * scaled[i];
    }
    return { values, cosine };
  }

  function sumOf(terms) {
    const sum = new Float64Array(bandscape.data.dimensions);
    for (const { sign, entity } of terms) direction(entity).forEach((value, k) => (sum[k] += sign * value));
    return sum;
  }

  const combined = (terms) => scaledToOne(sumOf(terms));

  function cosines(query) {
    const { vectors, lengths, dimensions, count } = bandscape.data;
    const found = new Float64Array(count);
    for (let i = 0, k = 0; i < count; i++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++, k++) sum += query[d] * vectors[k];
      found[i] = lengths[i] > 0 ? sum / lengths[i] : 0;
    }
    return found;
  }

  // Indices of the largest values, largest first, ties in order of index; `skip` is a Set; `allowed` says who may answer.
  function largest(values, howMany, skip, allowed) {
    const top = [];
    for (let i = 0; i < values.length; i++) {
      if ((top.length === howMany && values[i] <= values[top[howMany - 1]]) || skip.has(i) || !allowed(i)) continue;
      let at = top.length;
      while (at > 0 && values[top[at - 1]] < values[i]) at--;
      top.splice(at, 0, i);
      if (top.length > howMany) top.pop();
    }
    return top;
  }

  const isBefore = (values, j, i) => values[j] > values[i] || (values[j] === values[i] && j < i);

  // The rank of i among all that may answer but the inputs.
  function rankOf(values, i, inputs, allowed) {
    let before = 0;
    for (let j = 0; j < values.length; j++) if (values[j] >= values[i] && isBefore(values, j, i) && allowed(j)) before++;
    for (const j of inputs) if (isBefore(values, j, i) && allowed(j)) before--;
    return before + 1;
  }

  // Twice the standard deviation of what rounding the vectors does to a difference of two cosines: each of the numbers
  // of a row is off by up to half a step, evenly, and the row is `length` steps long.
  function rounding(i, j) {
    const { lengths } = bandscape.data;
    return 2 * Math.sqrt((1 / lengths[i] ** 2 + 1 / lengths[j] ** 2) / 12);
  }

  const isTie = (values, cosine, i, j) => Boolean(cosine) && i !== undefined && values[i] - values[j] < rounding(i, j);

  // What a verdict on a calculation goes by (verdict.js): how much of the length of what was added is left, the mean
  // and the spread of the cosines of all who may answer, how much of the answers to a sum is near all of it, and how
  // many answers have the groups that are terms. null where artists have no vector here, or topics were asked.
  function measured(terms, plus, cosine, allowed, rows) {
    if (terms.length < 2 || !plus.length || terms.some(isTopic) || bandscape.field.lacks()) return null;
    const { lengths } = bandscape.data;
    const length = (vector) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const added = length(sumOf(plus));
    const all = cosine.filter((_, i) => lengths[i] > 0 && allowed(i));
    const mean = all.reduce((sum, value) => sum + value, 0) / Math.max(all.length, 1);
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(all.length, 1);
    const left = added > 1e-6 ? length(sumOf(terms)) / added : 1;
    return { left, mean, spread: Math.sqrt(variance), count: all.length, together: together(terms, rows, allowed), groups: groupsAsked(terms, rows, allowed) };
  }

  // How many of the answers have each group that is a term, and how many artists that may be answers.
  function groupsAsked(terms, rows, allowed) {
    const inputs = new Set(terms.filter(({ entity }) => entity.kind === "artist").map(({ entity }) => entity.index));
    return terms.filter(({ entity }) => entity.kind !== "artist").map(({ sign, entity }) => {
      const own = new Set(members(entity));
      const others = [...own].filter((i) => bandscape.data.lengths[i] > 0 && allowed(i) && !inputs.has(i));
      return { sign, kind: entity.kind, label: entity.label, answers: rows.filter((i) => own.has(i)).length, others: others.length };
    });
  }

  // The share of the answers to a sum that are near most of its terms, each by itself, as embeddings/answers.py
  // has it; 1 where anything is subtracted.
  function together(terms, rows, allowed) {
    if (terms.some(({ sign }) => sign < 0) || !rows.length) return 1;
    const { lengths } = bandscape.data;
    const near = terms.map(({ entity }) => {
      const cosine = cosines(direction(entity));
      const others = cosine.filter((_, i) => lengths[i] > 0 && allowed(i)).sort();
      const group = new Set(entity.kind === "artist" ? [] : members(entity));
      const within = Math.min(Math.max(bandscape.verdict.nearOne(others.length, rows.length), group.size), others.length);
      return (i) => cosine[i] >= others[others.length - within] || group.has(i);
    });
    return rows.filter((i) => 2 * near.filter((isNear) => isNear(i)).length > terms.length).length / rows.length;
  }

  // Answers to signed terms: rank, cosine, the rank had the inputs been allowed to answer, and the rank among the
  // nearest to the positive terms alone (the baseline a subtraction has to beat). `allowed` says who may answer, and
  // ranks are among those. null when the terms cancel out.
  function answer(terms, howMany = 10, allowed = () => true) {
    const started = performance.now();
    const scored = scores(terms);
    if (!scored) return null;
    const { values, cosine } = scored;
    const topics = terms.filter(isTopic).map(({ entity }) => entity);
    const inputs = new Set(terms.filter(({ entity }) => entity.kind === "artist").map(({ entity }) => entity.index));
    const hasMinus = terms.some(({ sign }) => sign < 0);
    const plus = terms.filter(({ sign }) => sign > 0);
    const baseline = hasMinus && plus.length ? scores(plus)?.values || null : null;
    const results = largest(values, howMany, inputs, allowed).map((index, i, all) => ({
      index,
      rank: i + 1,
      cosine: cosine ? cosine[index] : null,
      shares: topics.map((topic) => ({ name: topic.label, share: shareOf(topic.index).raw[index] })),
      openRank: i + 1 + [...inputs].filter((one) => isBefore(values, one, index)).length,
      baselineRank: baseline ? rankOf(baseline, index, inputs, allowed) : null,
      tied: isTie(values, cosine, all[i - 1], index),
    }));
    const wouldSay = baseline ? largest(baseline, howMany, inputs, allowed) : [];
    const milliseconds = performance.now() - started;
    return { results, baseline: wouldSay, measured: measured(terms, plus, cosine, allowed, results.map(({ index }) => index)), milliseconds };
  }

  // The first question should not wait for what is the same for all: the centroids of the genres.
  function prepare() {
    if (!bandscape.data.vectors) return;
    bandscape.data.genreNames.slice(0, 64).forEach((_, index) => direction({ kind: "genre", index }));
  }

  function nearest(i, howMany = 10, allowed = undefined) {
    if (!available()) return [];
    return answer([{ sign: 1, entity: { kind: "artist", index: i } }], howMany, allowed)?.results || [];
  }

  return { available, members, answer, nearest, prepare };
})();
