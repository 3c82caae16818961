// The answers to a query, with what an honest answer has to say about itself.
bandscape.answers = (() => {
  const { byId, make, name, plural } = bandscape.dom;

  const signText = (sign) => (sign > 0 ? "+" : "−");

  function termChip({ sign, entity, others }) {
    const also = others && others.length ? `, not the ${others[0].kind} of that name` : "";
    return make(
      "li",
      { class: "term", title: `${entity.kind}${also}` },
      make("span", { class: "term-sign" }, signText(sign)),
      name(entity.label),
      make("span", { class: "quiet" }, ` ${entity.kind}`),
    );
  }

  function ordinal(rank) {
    const tail = rank % 100 >= 11 && rank % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[rank % 10] || "th";
    return rank.toLocaleString("en-US") + tail;
  }

  function honesty({ openRank, rank, baselineRank, tied }) {
    const notes = [];
    if (tied) notes.push("about equal with the one above");
    if (openRank !== rank) notes.push(`${ordinal(openRank)} if inputs could answer`);
    if (baselineRank !== null) notes.push(`${ordinal(baselineRank)} without subtraction`);
    return notes.join(" · ");
  }

  function answerRow(result) {
    const { index, rank, cosine, shares } = result;
    const measure = cosine === null ? bandscape.artistCard.shareBar(shares[0].share) : bandscape.artistCard.cosineBar(cosine);
    const data = bandscape.data;
    const genres = data.genresOf(index).slice(0, 3).join(", ") || "no genre given";
    return make(
      "li",
      {},
      make(
        "button",
        { class: "row-button", onclick: () => bandscape.events.emit("artist", { index, from: "answers" }) },
        make("span", { class: "row-head" },
          make("span", { class: "disc", "aria-hidden": "true" }, String(rank)),
          name(data.names[index], { class: "row-name" }), measure),
        make("span", { class: "row-facts" }, `${genres} · ${data.scoreText(index)} · ${plural(data.reviews[index], "review")}`),
        ...shares.slice(cosine === null ? 1 : 0).map((one) => make("span", { class: "row-facts" }, name(one.name), ` ${Math.round(one.share * 100)} % of the text`)),
        make("span", { class: "row-facts honesty quiet" }, honesty(result)),
      ),
    );
  }

  function baselineParagraph(baseline, terms) {
    if (!baseline.length) return null;
    const plus = terms.filter(({ sign }) => sign > 0).map(({ entity }) => entity.label).join(" + ");
    const said = baseline.slice(0, 5).flatMap((i, at) => [at ? ", " : "", name(bandscape.data.names[i])]);
    return make("p", { class: "quiet" }, make("strong", {}, "Baseline. "), "Without the subtraction, ", name(plus), " alone would have said ", ...said, ".");
  }

  let onlyShown = false; // whether the filters of the map are part of every question

  // The switch stands where it does something, and where it was left on.
  function filterSwitch() {
    if (bandscape.served || !(onlyShown || bandscape.filters.active())) return null;
    const turn = () => {
      onlyShown = !onlyShown;
      bandscape.main.askAgain();
      byId("only-shown")?.focus();
    };
    return make("p", { class: "chips" }, make("button", { id: "only-shown", class: "chip", "aria-pressed": String(onlyShown), onclick: turn }, onlyShown ? "✓ only what the filters show" : "only what the filters show"));
  }

  // Whether a list of the nearest looks otherwise now that the filters have changed.
  const asksForFilters = () => onlyShown || bandscape.filters.active() !== Boolean(byId("only-shown"));

  function filterSentence(results) {
    const shown = plural(bandscape.filters.countShown(), "artist");
    if (onlyShown && !bandscape.served) return bandscape.filters.active() ? `Ranks are among the ${shown} that the filters show. ` : "";
    const pale = results.filter(({ index }) => !bandscape.filters.shows(index)).length;
    return pale ? `The filters of the map are not part of the question: they leave out ${pale === results.length ? "all" : pale} of these answers. ` : "";
  }

  // `verdict` comes with the answers of a map that asks its server; the others judge here.
  function build(terms, { results, baseline, measured, verdict, milliseconds }) {
    const artists = terms.filter(({ entity }) => entity.kind === "artist").length;
    const rule = artists
      ? "Artists in the query do not answer it; where that changed a rank, the row says so. "
      : "";
    const asked = terms.some(({ entity }) => entity.kind === "topic");
    const topics = asked && bandscape.served ? "A topic is asked of the texts: how much of the words in an artist’s reviews it has. " : asked
      ? "A topic counts by its share of the words in an artist’s reviews, the largest share as much as a cosine of 1; an artist without text has none. "
      : "";
    const some = bandscape.field.lacks() ? `Only the ${bandscape.dom.plural(bandscape.data.count, "artist")} in this file could answer, of ${bandscape.data.total.toLocaleString("en-US")}. ` : "";
    const vectors = terms.some(({ entity }) => entity.kind !== "topic");
    return [
      make("h2", { class: "card-name", tabindex: "-1" }, "Answers"),
      make("ul", { class: "terms" }, ...terms.map(termChip)),
      filterSwitch(),
      bandscape.verdict.build(verdict || bandscape.verdict.judge({ measured, results })),
      results.length ? make("ol", { class: "rows", id: "answer-rows" }, ...results.map(answerRow)) : make("p", {}, "None of the artists that the filters show can answer: they are all part of the question."),
      baselineParagraph(baseline, terms),
      make("p", { class: "quiet" }, `${filterSentence(results)}${some}${rule}${topics}The arrow is a drawing aid: ${vectors ? `the sum is done in ${bandscape.data.dimensions} dimensions, and ` : ""}a direction on this map means nothing. `,
        make("span", { class: "number" }, `${milliseconds.toFixed(1)} ms`), "."),
    ];
  }

  const nowhere = () => (bandscape.field.lacks() ? ` is not among the ${plural(bandscape.data.count, "artist")} in this file` : " is not on this map");

  // A term nobody has, or several have: say which, offer what may be meant.
  function buildProblem(text, terms) {
    const parts = terms.filter(({ status }) => status !== "known").map((term) => {
      const found = term.candidates || [];
      const said = term.status === "ambiguous" ? " could be any of these:" : `${nowhere()}.${found.length ? " Did you mean" : ""}`;
      return make("div", { class: "problem" },
        make("p", {}, "“", name(term.text), "”", said),
        make("div", { class: "chips" }, ...found.slice(0, 8).map((entity) =>
          make("button", { class: "chip", onclick: () => bandscape.searchBar.replaceTerm(text, term, entity) },
            name(entity.label), make("span", { class: "quiet" }, ` ${hint(entity)}`)))));
    });
    return [make("h2", { class: "card-name", tabindex: "-1" }, "Not sure what is meant"), ...parts];
  }

  const hint = (entity) =>
    entity.kind === "artist" ? bandscape.data.genresOf(entity.index)[0] || "artist" : entity.kind;

  function buildNote(title, ...sentences) {
    return [make("h2", { class: "card-name", tabindex: "-1" }, title), ...sentences.map((one) => make("p", {}, one))];
  }

  // Who may answer: all, or those that the filters show.
  const mayAnswer = () => (onlyShown ? bandscape.filters.shows : undefined);

  return { build, buildProblem, buildNote, ordinal, filterSwitch, asksForFilters, mayAnswer, isFiltered: () => onlyShown, filter: (on) => (onlyShown = on) };
})();
