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

  function methodSentence() {
    const { layout } = bandscape.data;
    const trust = layout.trustworthiness;
    const words = { opentsne: "t-SNE", sklearn: "t-SNE", pca: "principal components" };
    const made = words[layout.method] ? `The places come from ${words[layout.method]}. ` : "";
    const judged = trust === null ? "" : `Its trustworthiness is ${trust.toFixed(3)} (1 is perfect): near dots are mostly true neighbors.`;
    return made + judged;
  }

  function keys() {
    const rows = [["/", "search or calculate"], ["arrows", "walk to the next artist on the map"], ["Enter", "open"], ["Esc", "close"],
      ["t", "table"], ["l", "lasso"], ["+ −  0", "zoom, whole map"]];
    return make("dl", { class: "keys" }, ...rows.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]));
  }

  function build() {
    return [
      make("h2", { class: "card-name", tabindex: "-1" }, "How to read this map"),
      make("p", {}, "Each dot is an artist; a larger dot has more reviews. Dots that lie together are artists the corpus describes alike."),
      make("p", {}, "Nearness is meaningful, far distances and directions are not. There is no up or down, and the gaps between islands have no scale."),
      ...examples(),
      make("h3", {}, "how far to trust it"),
      make("p", {}, methodSentence(), " Color by map trust to see where it lies: faint dots have neighbors on the map that are none in truth."),
      make("h3", {}, "keys"),
      keys(),
    ];
  }

  return { build };
})();
