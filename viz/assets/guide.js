// What the drawer says when nothing is chosen: how to read this map, and three things to try.
bandscape.guide = (() => {
  const { make, name } = bandscape.dom;

  function examples() {
    const list = bandscape.data.examples;
    if (!list.length || !bandscape.vectorMath.available()) return [];
    return [
      make("h3", {}, "try a question"),
      make("ul", { class: "tries" }, ...list.map((text) =>
        make("li", {}, make("a", { href: `#q=${encodeURIComponent(text)}`, onclick: (event) => {
          event.preventDefault();
          bandscape.searchBar.run(text);
        } }, name(text))))),
    ];
  }

  function asked() {
    const list = bandscape.history.all().slice(0, 5);
    if (!list.length) return [];
    return [make("h3", {}, "your questions"), make("ul", { class: "tries", id: "asked" }, ...list.map((text) =>
      make("li", {}, make("a", { href: `#q=${encodeURIComponent(text)}`, onclick: (event) => {
        event.preventDefault();
        bandscape.searchBar.run(text);
      } }, name(text)))))];
  }

  // Trustworthiness is the mean of (rank - k) over the map neighbors, scaled; so the mean rank of those that are
  // not among the k nearest follows from both figures.
  function rankOfOthers(trust, share) {
    const { count, kept: { compared } } = bandscape.data;
    const excess = ((1 - trust) * (2 * count - 3 * compared - 1)) / 2;
    return bandscape.answers.ordinal(Math.round(compared + excess / (1 - share)));
  }

  // Two figures that say different things: who was wrongly brought near, and how many of the nearest stayed so.
  function trustSentences() {
    const { layout, kept } = bandscape.data;
    if (!bandscape.data.trustKnown()) return ["How well the places keep the neighbors was not measured."];
    const trust = layout.trustworthiness;
    const strangers = trust >= 0.95 ? "few strangers are" : trust >= 0.85 ? "some strangers are" : "many strangers are";
    const share = kept.mean / kept.compared;
    const rest = share >= 0.9 ? "" : `; the others are about its ${rankOfOthers(trust, share)} nearest, on average`;
    return [
      `Trustworthiness ${trust.toFixed(3)} (1 is perfect): ${strangers} brought near by the drawing.`,
      `Neighbors kept ${kept.mean.toFixed(1)} of ${kept.compared}: so many of an artist’s ${kept.compared} nearest dots are, on average, among its ${kept.compared} nearest by vector${rest}.`,
    ];
  }

  function trustParagraphs() {
    const words = { opentsne: "t-SNE", sklearn: "t-SNE", pca: "principal components" };
    const method = words[bandscape.data.layout.method];
    const made = method ? `The places come from ${method}; two dimensions cannot keep everything. ` : "";
    const [first, ...rest] = trustSentences();
    const known = bandscape.data.trustKnown();
    const advice = known ? "So trust the neighborhood, not the exact order; the list on an artist’s card has it right. Color by map trust to see where fewest neighbors were kept: those dots are faint." : "";
    return [made + first, ...rest, advice].filter(Boolean).map((text) => make("p", {}, text));
  }

  function captionSentence() {
    const { cluster, region } = bandscape.data.groups;
    if (!cluster || !region) return null;
    return make("p", {}, "The large captions name parts of the picture. The cluster on an artist’s card is found on the vectors, before the drawing, so the two may differ.");
  }

  function keys() {
    const rows = [["/", "search or calculate"], ["arrows", "walk to the next artist on the map"], ["Enter", "open"], ["Esc", "close"],
      ["t", "table"], ["l  b", "lasso, box"], ...(bandscape.sound.any() ? [["p", "play, stop"]] : []), ["+ −  0", "zoom, whole map"]];
    return make("dl", { class: "keys" }, ...rows.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]));
  }

  function build() {
    return [
      make("h2", { class: "card-name", tabindex: "-1" }, "How to read this map"),
      make("p", {}, "Each dot is an artist; a larger dot has more reviews. Dots that lie together are ", make("bdi", {}, bandscape.data.basis), "."),
      make("p", {}, "Nearness is meaningful, far distances and directions are not. There is no up or down, and the gaps between islands have no scale."),
      captionSentence(),
      ...asked(),
      ...examples(),
      make("h3", {}, "how far to trust it"),
      ...trustParagraphs(),
      make("h3", {}, "keys"),
      keys(),
    ].filter(Boolean);
  }

  return { build, trustSentences };
})();
