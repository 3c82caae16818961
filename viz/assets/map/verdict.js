// How far answers can be trusted: the rule and the bounds of embeddings/verdicts.py, on what the page has. Nothing is
// said where the page lacks something the rule goes by: a vector for every artist, or terms that all are directions.
bandscape.verdict = (() => {
  const { make } = bandscape.dom;
  const near = 0.035; // so large a part of all artists counts as near what was added
  const nearOneOf = 0.1; // and so large a part as near one of the terms of a sum
  const bounds = { left: 0.6, weakNear: 0.5, strongNear: 0.8, weakAbove: 2, strongAbove: 2.5, half: 0.5 };
  const dots = { strong: "●●●", fair: "●●○", weak: "●○○" };

  const nearOne = (nArtists, nAnswers) => Math.max(Math.ceil(nearOneOf * nArtists), nAnswers);

  // `answered`: bandscape.vectorMath.answer's `measured` and `results`
  function judge({ measured, results }) {
    if (!measured || !results.length) return null;
    const within = Math.max(Math.ceil(near * measured.count), results.length);
    const share = results.filter(({ baselineRank }) => baselineRank === null || baselineRank <= within).length / results.length;
    const above = (results[0].cosine - measured.mean) / Math.max(measured.spread, 1e-9);
    const bare = results.filter(({ index }) => !bandscape.data.genresOf(index).length).length;
    const against = signsAgainst(measured, share, above, results.length);
    const unclear = doubts(measured, share, above, bare, results.length);
    const figures = { left: measured.left, near_share: share, above, together: measured.together };
    if (against.length) return { level: "weak", reasons: [...against, ...unclear.slice(0, 1)], ...figures };
    if (unclear.length) return { level: "fair", reasons: unclear, ...figures };
    return { level: "strong", reasons: ["the best answer stands out, and the answers stay near what was added"], ...figures };
  }

  function signsAgainst({ left, together }, share, above, n) {
    const found = [];
    if (left < bounds.left) found.push(`the terms nearly cancel out (${Math.round(100 * left)}% of the length is left)`);
    if (share < bounds.weakNear) found.push(`${Math.round((1 - share) * n)} of ${n} answers are far from what was added (see baseline)`);
    if (above < bounds.weakAbove) found.push("the best answer hardly stands out from all other artists");
    if (together === 0) found.push("no answer is near most of what was added, each is near a part of it");
    return found;
  }

  function doubts({ together }, share, above, bare, n) {
    const found = [];
    if (together > 0 && together < bounds.half) found.push(`only ${Math.round(together * n)} of ${n} answers are near most of what was added`);
    if (bare >= bounds.half * n) found.push(`${bare} of ${n} answers have no genre given`);
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
