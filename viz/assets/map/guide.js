// What the drawer says when nothing is chosen: how to read this map, and three things to try.
bandscape.guide = (() => {
  const { make, name } = bandscape.dom;

  function examples() {
    const list = bandscape.data.examples;
    if (!list.length || !bandscape.vectorMath.available()) return [];
    return [
      make("h3", {}, "try a question"),
      make("p", { class: "quiet" }, "Artists, genres, clusters, topics, record labels and years (1994, 1990s) can be added and taken away."),
      make("ul", { class: "tries" }, ...list.map((text) =>
        make("li", {}, make("a", { href: `#q=${encodeURIComponent(text)}`, onclick: (event) => {
          event.preventDefault();
          bandscape.searchBar.run(text);
        } }, name(text))))),
    ];
  }

  // One of the well-known artists that the filters show, and its card: a way in for who has no name in mind.
  function surprise() {
    const famous = Array.from(bandscape.data.byReviews.subarray(0, 300)).filter((i) => bandscape.filters.shows(i) && i !== bandscape.overlay.marks.chosen);
    if (famous.length) bandscape.events.emit("artist", { index: famous[Math.floor(Math.random() * famous.length)], from: "surprise" });
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
    const { total, kept: { compared } } = bandscape.data;
    const excess = ((1 - trust) * (2 * total - 3 * compared - 1)) / 2;
    return Math.round(compared + excess / (1 - share));
  }

  // One story out of two figures: which dots are near by right, and how near the others are all the same.
  function trustSentences() {
    const { layout, kept, total } = bandscape.data;
    if (!bandscape.data.trustKnown()) return ["How well the places keep the neighbors was not measured."];
    const { compared } = kept;
    const share = kept.mean / compared;
    const first = `Of the ${compared} dots nearest to an artist, ${kept.mean.toFixed(1)} are, on average, among its ${compared} nearest by vector`;
    if (share >= 0.95) return [`${first}: believe the map even for who comes next to whom.`];
    const rank = rankOfOthers(layout.trustworthiness, share);
    const place = `the others are about its ${bandscape.answers.ordinal(rank)} nearest of ${total.toLocaleString("en-US")}`;
    const near = rank <= Math.max(0.1 * total, 2 * compared);
    return [near
      ? `${first}; ${place}, so still near it. Believe the map for the neighborhood an artist belongs to, and the list on its card for who is nearest.`
      : `${first}; ${place}, which may be another kind altogether. Take this map for an overview, and believe the list on an artist’s card for who is near.`];
  }

  function trustParagraphs() {
    const words = { opentsne: "t-SNE", sklearn: "t-SNE", pca: "principal components" };
    const { layout } = bandscape.data;
    const method = words[layout.method];
    const said = [method ? `The places come from ${method}; two dimensions cannot keep everything.` : "", ...trustSentences()];
    if (bandscape.data.trustKnown()) said.push(`Color by map trust to see where fewest neighbors were kept: those dots are faint. (Trustworthiness, for the literature: ${layout.trustworthiness.toFixed(3)}; it counts how far off those others are, not how many.)`);
    return said.filter(Boolean).map((text) => make("p", {}, text));
  }

  function fieldSentence() {
    if (!bandscape.field.any()) return null;
    const { count, total } = bandscape.data;
    if (bandscape.served) return make("p", {}, `Of ${bandscape.dom.plural(total, "artist")} the most reviewed are dots from the beginning; as you zoom in, those of the part you look at are loaded. The gray field shows where all stand, darker where more do. Search and questions know all of them; the table, the filters and the two histograms the dots.`);
    return make("p", {}, `This file holds ${bandscape.dom.plural(count, "artist")} of ${total.toLocaleString("en-US")} as dots: those with most reviews. The gray field shows where all of them stand, darker where more do. Search, questions and the table know the dots only, and a genre in a question is the middle of its dots.`);
  }

  function captionSentences() {
    const { groups: { cluster, region }, districts } = bandscape.data;
    const said = [];
    if (cluster && region) said.push("The large captions name parts of the picture. The cluster on an artist’s card is found on the vectors, before the drawing, so the two may differ.");
    if (districts.length) said.push("Closer in, small captions say what sets the dots of a spot apart from others of their genre: another genre, a label, what the texts are about, years, the middle score.");
    return said.map((text) => make("p", {}, text));
  }

  function more() {
    const heard = bandscape.sound.any() ? [make("p", {}, "Some artists can be heard: the first click on a dot opens its card, a second one plays it, another stops. “listen on” on its card then goes from one to the nearest by itself.")] : [];
    const apart = make("p", {}, "Draw around some dots, or filter: the table then says what sets those artists apart from all others.");
    const said = [fieldSentence(), ...captionSentences(), apart, ...heard].filter(Boolean);
    return said.length ? [make("h3", {}, "what else is there"), ...said] : [];
  }

  function keys() {
    const rows = [["/", "search or calculate"], ["arrows", "walk to the next artist on the map"], ["Enter", "open"], ["Esc", "close"],
      ["t", "table"], ["r", "a surprise"], ["l  b", "lasso, box"], ...(bandscape.sound.any() ? [["p  space", "play, stop what is open"]] : []), ...(bandscape.listening.available() ? [["n", "listen on: the next near one, and on"]] : []), ["+ −  0", "zoom, whole map"]];
    return make("dl", { class: "keys" }, ...rows.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]));
  }

  function build() {
    return [
      make("h2", { class: "card-name", tabindex: "-1" }, "How to read this map"),
      make("p", {}, "Each dot is an artist; a larger dot has more reviews. Dots that lie together are ", make("bdi", {}, bandscape.data.basis), "."),
      make("p", {}, "Nearness is meaningful, far distances and directions are not. There is no up or down, and the gaps between islands have no scale."),
      ...asked(),
      ...examples(),
      bandscape.data.count > 1 ? make("p", { class: "surprise" }, make("button", { class: "chip", onclick: surprise, title: "one of the well-known artists (r)" }, "surprise me")) : null,
      ...more(),
      make("h3", {}, "how far to trust it"),
      ...trustParagraphs(),
      make("h3", {}, "keys"),
      keys(),
    ].filter(Boolean);
  }

  return { build, surprise, trustSentences };
})();
