// How far answers can be trusted: the rule and the bounds of embeddings/verdicts.py, on what the page has. Nothing is
// said where the page lacks something the rule goes by: a vector for every artist, or terms that all are directions.
bandscape.verdict = (() => {
  const { make } = bandscape.dom;
  const near = 0.035; // so large a part of all artists counts as near what was added
  const nearOneOf = 0.1; // and so large a part as near one of the terms of a sum
  const bounds = { left: 0.6, weakNear: 0.5, strongNear: 0.8, weakAbove: 2, strongAbove: 2.5, half: 0.5 };
  const dots = { strong: "●●●", fair: "●●○", weak: "●○○" };

  const nearOne = (nArtists, nAnswers) => Math.max(Math.ceil(nearOneOf * nArtists), nAnswers);

  const unclearBy = (sign, share) => (sign > 0 ? share < bounds.half : share >= bounds.half);

  // The share of the answers that have a group, of as many as could; nobody who could is all or none.
  const shareOf = ({ sign, answers, others }, n) => (sign < 0 ? answers / n : others ? answers / Math.min(n, others) : 1);

  const kindsInWords = { genre: "", label: "the label ", cluster: "the cluster ", region: "the region " };

  // "only 1 of 10 answers has jazz"; one that was subtracted is still had.
  function inWords(group, n) {
    const { sign, kind, label, answers, others } = group;
    const called = [...label].slice(0, 60).join("");
    const what = (kind === "year" ? (/^\d+$/.test(label) ? "the year " : "the years ") : kindsInWords[kind]) + called;
    const only = sign > 0 && answers && unclearBy(sign, shareOf(group, n)) ? "only " : "";
    const still = sign < 0 && answers ? "still " : "";
    const few = sign > 0 && others < n ? ` (${others} could)` : "";
    return `${only}${answers || "none"} of ${n} answers ${still}${answers > 1 ? "have" : "has"} ${what}${few}`;
  }

  // How many answers have each group, by what it means: against them, a doubt, or as it should be.
  function byGroups(groups, n) {
    const found = { missed: [], doubted: [], met: [] };
    for (const group of groups) {
      const share = shareOf(group, n);
      const wanting = group.sign > 0 ? 1 - share : share;
      found[wanting === 1 ? "missed" : unclearBy(group.sign, share) ? "doubted" : "met"].push(inWords(group, n));
    }
    return found;
  }

  // Answers without genre weigh most where they should lack one.
  function withoutGenre(results, groups) {
    const bare = results.filter(({ index }) => !bandscape.data.genresOf(index).length).length;
    if (bare < bounds.half * results.length) return { unknown: [], bare: [] };
    const said = `${bare} of ${results.length} answers have no genre given`;
    const unproven = groups.some(({ sign, kind }) => sign < 0 && kind === "genre");
    return unproven ? { unknown: [`${said}: whether they lack what was subtracted is not known`], bare: [] } : { unknown: [], bare: [said] };
  }

  function figuresOf({ left, together, groups }, share, above, n) {
    const shares = (wanted) => groups.filter(({ sign }) => sign === wanted).map((group) => shareOf(group, n));
    return { left, near_share: share, above, together, have_added: Math.min(1, ...shares(1)), have_subtracted: Math.max(0, ...shares(-1)) };
  }

  // `answered`: bandscape.vectorMath.answer's `measured` and `results`
  function judge({ measured, results }) {
    if (!measured || !results.length) return null;
    const within = Math.max(Math.ceil(near * measured.count), results.length);
    const share = results.filter(({ baselineRank }) => baselineRank === null || baselineRank <= within).length / results.length;
    const above = (results[0].cosine - measured.mean) / Math.max(measured.spread, 1e-9);
    const { missed, doubted, met } = byGroups(measured.groups, results.length);
    const { unknown, bare } = withoutGenre(results, measured.groups);
    const against = [...missed, ...unknown, ...signsAgainst(measured, share, above, results.length)];
    const unclear = [...doubted, ...bare, ...doubts(measured, share, above, results.length)];
    const figures = figuresOf(measured, share, above, results.length);
    if (against.length) return { level: "weak", reasons: [...against, ...(doubted.length ? doubted : unclear.slice(0, 1)), ...met], ...figures };
    if (unclear.length) return { level: "fair", reasons: [...unclear, ...met], ...figures };
    return { level: "strong", reasons: ["the best answer stands out, and the answers stay near what was added", ...met], ...figures };
  }

  function signsAgainst({ left, together }, share, above, n) {
    const found = [];
    if (left < bounds.left) found.push("what is subtracted is so like what is added that little is left to go by");
    if (share < bounds.weakNear) found.push(`${Math.round((1 - share) * n)} of ${n} answers are far from what was added (see baseline)`);
    if (above < bounds.weakAbove) found.push("the best answer hardly stands out from all other artists");
    if (together === 0) found.push("no answer is near most of what was added, each is near a part of it");
    return found;
  }

  function doubts({ together }, share, above, n) {
    const found = [];
    if (together > 0 && together < bounds.half) found.push(`only ${Math.round(together * n)} of ${n} answers are near most of what was added`);
    if (share >= bounds.weakNear && share < bounds.strongNear) found.push("some answers are far from what was added (see baseline)");
    if (above >= bounds.weakAbove && above < bounds.strongAbove) found.push("the best answer stands out only a little");
    return found;
  }

  function build(verdict) {
    if (!verdict) return null;
    return make("p", { class: "verdict-line" }, make("span", { class: "verdict-dots", "aria-hidden": "true" }, dots[verdict.level]), make("strong", {}, `trust: ${verdict.level}`), make("span", { class: "quiet" }, verdict.reasons.join("; ")));
  }

  return { judge, build, nearOne };
})();
