// One artist in the drawer: facts, how far its place can be trusted, nearest neighbors, ways to go on.
bandscape.artistCard = (() => {
  const { make, name, plural } = bandscape.dom;

  function fact(label, value) {
    return value ? [make("dt", {}, label), make("dd", {}, make("bdi", {}, value))] : [];
  }

  function trustSentence(i) {
    if (bandscape.data.layout.method === "given" || bandscape.data.count < 4) return null;
    const kept = Math.round(bandscape.data.trust[i] * 10);
    const verdict = kept >= 7 ? "its place says much" : kept >= 4 ? "its place says something" : "do not read much into its place";
    return `${kept} of 10 neighbors on the map are true neighbors: ${verdict}.`;
  }

  // A cosine as a bar and a number.
  function cosineBar(cosine) {
    const bar = make("span", { class: "bar", "aria-hidden": "true" }, make("span", { style: { width: `${Math.max(0, cosine) * 100}%` } }));
    return make("span", { class: "cosine" }, bar, make("span", { class: "number" }, cosine.toFixed(2)));
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
    const address = bandscape.data.links && bandscape.data.links[i];
    if (!address || !/^https?:\/\//i.test(address)) return null;
    return make("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, "open its page");
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
        ...fact("cluster", data.groupName("cluster", i)),
        ...fact("region", data.groupName("region", i)),
        ...fact("topic", data.groupName("topic", i)),
      ),
      trust ? make("p", { class: "quiet" }, trust) : null,
      link(i),
      actions(i),
      neighbors.length ? make("h3", {}, "nearest by vector") : null,
      neighbors.length
        ? make("ol", { class: "rows" }, ...neighbors.map(neighborRow))
        : make("p", { class: "quiet" }, "This map was made without vectors, so it cannot name neighbors or calculate."),
    ];
  }

  return { build, cosineBar };
})();
