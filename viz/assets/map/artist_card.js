// One artist in the drawer: facts, how far its place can be trusted, nearest neighbors, ways to go on.
bandscape.artistCard = (() => {
  const { make, name, plural } = bandscape.dom;

  function fact(label, value) {
    return value ? [make("dt", {}, label), make("dd", {}, make("bdi", {}, value))] : [];
  }

  // Judged by this map's own average, so that the card and the guide tell one story.
  function trustSentence(i) {
    if (!bandscape.data.trustKnown()) return null;
    const { compared, mean, spread } = bandscape.data.kept;
    const kept = Math.round(bandscape.data.trust[i] * compared);
    const off = (kept - mean) / Math.max(spread, 0.5);
    const average = `this map’s average (${mean.toFixed(1)})`;
    const verdict = off < -0.5 ? `below ${average}, its place is a rough guide`
      : off > 0.5 ? `above ${average}, its place is a good guide` : `around ${average}`;
    return `${kept} of its ${compared} nearest dots are among its ${compared} nearest by vector: ${verdict}.`;
  }

  // One group, not two that disagree: the cluster on the vectors; a part of the picture only where there is no other.
  function groupFact(i) {
    const [kind, label, how] = bandscape.data.groups.cluster
      ? ["cluster", "cluster", "found on the vectors, not the picture"]
      : ["region", "map region", "a part of this picture"];
    const said = bandscape.data.groupName(kind, i);
    if (!said) return [];
    return [make("dt", { title: how }, label), make("dd", { title: how }, make("bdi", {}, said), make("span", { class: "quiet fact-note" }, how))];
  }

  // A cosine as a bar and a number.
  function cosineBar(cosine) {
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("span", { style: { width: `${Math.max(0, cosine) * 100}%` } }));
    return make("span", { class: "cosine" }, bar, make("span", { class: "number" }, cosine.toFixed(2)));
  }

  // A share of the words as a bar and a percentage.
  function shareBar(share) {
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("span", { style: { width: `${share * 100}%` } }));
    return make("span", { class: "cosine" }, bar, make("span", { class: "number" }, `${Math.round(share * 100)} %`));
  }

  // The largest topics; each asks for the artists with most of it.
  function topicRows(i) {
    const topics = bandscape.data.topicsOf(i).slice(0, 3);
    if (!topics.length) return [];
    const noise = bandscape.data.backgroundOf(i);
    const background = noise < 0.005 ? null
      : make("p", { class: "quiet background" }, `background ${Math.round(noise * 100)} %: words that any review uses`);
    const row = ({ topic, name: said, share }) =>
      make("li", {}, make("button", { class: "row-button", title: "artists with most of it", onclick: () => bandscape.searchBar.run(bandscape.entities.written(bandscape.entities.topic(topic))) },
        make("span", { class: "row-head" }, name(said, { class: "row-name topic-name" }), shareBar(share))));
    return [make("h3", {}, "what its reviews talk about"), make("ol", { class: "rows" }, ...topics.map(row)), background];
  }

  function neighborRow({ index, cosine }) {
    const genres = bandscape.data.genresOf(index).slice(0, 3).join(", ") || "no genre given";
    return make(
      "li",
      {},
      make(
        "button",
        { class: "row-button", onclick: () => bandscape.events.emit("artist", { index, from: "list" }) },
        make("span", { class: "row-head" }, name(bandscape.data.names[index], { class: "row-name" }), cosineBar(cosine)),
        make("span", { class: "row-facts" }, `${genres} · ${bandscape.data.scoreText(index)} · ${plural(bandscape.data.reviews[index], "review")}`),
      ),
    );
  }

  function nearestRows(neighbors) {
    if (!bandscape.served && !bandscape.vectorMath.available()) return [make("p", { class: "quiet" }, "This map was made without vectors, so it cannot name neighbors or calculate.")];
    const rows = neighbors.length
      ? make("ol", { class: "rows" }, ...neighbors.map(neighborRow))
      : make("p", { class: "quiet" }, bandscape.answers.isFiltered() ? "The filters show no other artist." : "No vector tells who is near.");
    return [make("h3", {}, "nearest by vector"), bandscape.answers.filterSwitch(), rows];
  }

  function actions(i) {
    const written = bandscape.entities.written(bandscape.entities.artist(i));
    const button = (label, text) =>
      make("button", { class: "chip", onclick: () => bandscape.searchBar.put(text) }, label);
    const genre = bandscape.data.genresOf(i)[0];
    if (!bandscape.vectorMath.available()) return null;
    return make(
      "div",
      { class: "chips" },
      button("calculate with it", `${written} `),
      genre ? button(`without ${genre}`, `${written} - ${genre}`) : null,
    );
  }

  function link(i) {
    const address = bandscape.data.linkOf(i);
    if (!address || !/^https?:\/\//i.test(address)) return null;
    return make("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, bandscape.data.linkText);
  }

  function build(i, neighbors) {
    const data = bandscape.data;
    const trust = trustSentence(i);
    return [
      make("h2", { class: "card-name", tabindex: "-1" }, name(data.names[i])),
      make(
        "dl",
        { class: "facts" },
        ...fact("genres", data.genresOf(i).join(", ") || "none given"),
        ...fact("score", Number.isNaN(data.score[i]) ? "" : `${data.scoreText(i)} over ${plural(data.reviews[i], "review")}`),
        ...fact("years", data.yearsOf(i)),
        ...groupFact(i),
      ),
      trust ? make("p", { class: "quiet" }, trust) : null,
      make("div", { class: "chips card-links" }, bandscape.sound.button(i), bandscape.listening.button(i), link(i)),
      actions(i),
      ...topicRows(i),
      ...nearestRows(neighbors),
    ];
  }

  return { build, cosineBar, shareBar };
})();
