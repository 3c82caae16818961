// What stands on the right: one sound with what is like it, or how to read the map and how good its features are.
bandscape.soundsCard = (() => {
  const { make, svg, name, plural } = bandscape.dom;
  const data = bandscape.data;

  function fact(label, value) {
    return value ? [make("dt", {}, label), make("dd", {}, make("bdi", {}, value))] : [];
  }

  // Loudness over time, mirrored, as one sees a wave.
  function outline(i) {
    if (!data.outlineOf(i)) return null;
    const levels = Array.from(data.outlineOf(i));
    const bars = levels.map((level, at) => svg("rect", { x: at * 4, y: 24 - (level / 255) * 23, width: 3, height: Math.max(1, (level / 255) * 46) }));
    return svg("svg", { viewBox: "0 0 255 48", class: "outline", "aria-hidden": "true", preserveAspectRatio: "none" }, ...bars);
  }

  function nearRow(i) {
    return make("li", {}, make("button", { class: "row-button", onclick: () => bandscape.events.emit("sound", { index: i, from: "list" }) },
      make("span", { class: "row-head" }, name(data.names[i], { class: "row-name" })),
      make("span", { class: "row-facts quiet" }, [data.classOf(i), ...data.measures.slice(0, 1).map((one) => data.measured(one, i))].filter(Boolean).join(" · "))));
  }

  function card(i) {
    const groups = Object.entries(data.groups).flatMap(([key, { names, codes }]) => fact(key, codes[i] ? names[codes[i] - 1] : ""));
    const measures = data.measures.flatMap((one) => fact(one.label, data.measured(one, i)));
    return [
      make("h2", { tabindex: "-1" }, name(data.names[i])),
      outline(i),
      make("p", { class: "chips" }, bandscape.sound.button(i) || make("span", { class: "quiet" }, "its sound is not here")),
      make("dl", { class: "facts" }, ...groups, ...measures, ...(data.placed[i] ? fact("place", "set later, the map was not made with it") : [])),
      make("h3", {}, "nearest by the features"),
      make("ol", { class: "rows" }, ...data.nearestOf(i).map(nearRow)),
    ];
  }

  const percent = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));

  // Both feature sets side by side, whoever wins; without classes nothing is known of the neighbors', and no column says so.
  function figures() {
    const known = (key) => data.figures.some((one) => one[key] !== null && one[key] !== undefined);
    const columns = [["knn", "5-NN"], ["map_knn", "5-NN on map"], ["trustworthiness", "trust"]].filter(([key]) => known(key));
    if (!columns.length) return [];
    const head = make("tr", {}, ...[["", "features"], ...columns].map(([key, said]) => make("th", { scope: "col", class: key ? "number" : "" }, said)));
    const row = (one) => make("tr", { class: one.shown ? "shown-features" : "" }, make("th", { scope: "row" }, one.name), ...columns.map(([key]) => make("td", { class: "number" }, percent(one[key]))));
    return [
      make("h3", {}, "how good the features are"),
      make("table", { class: "figures" }, make("thead", {}, head), make("tbody", {}, ...data.figures.map(row))),
      make("p", { class: "quiet" }, data.figuresSay),
    ];
  }

  function home() {
    const known = Object.keys(data.soundAddresses || data.sounds).length;
    const heard = known === data.count ? "All of them can be heard." : `${plural(known, "of them can", "of them can")} be heard.`;
    return [
      make("h2", { tabindex: "-1" }, known ? "Listen your way through" : "What sounds alike"),
      known
        ? make("p", {}, "Each dot is a sound; near dots sound alike. Click one to hear it, or let pointing play. ", heard)
        : make("p", {}, "Each dot is a sound; near dots sound alike. The sounds themselves are not in this page."),
      make("dl", { class: "keys" }, ...[["←↑↓→", known ? "walk and hear" : "walk"], ["Enter", "open"], ...(known ? [["space", "play, stop"], ["h", "hover plays"]] : []), ["/", "search"], ["t", "table"], ["+ − 0", "zoom"], ["Esc", "back"]].flatMap(([key, said]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, said)])),
      ...figures(),
      make("h3", {}, "how to read it"),
      make("p", {}, `Places come from ${data.layout.says}. Directions and long distances mean nothing; what is near is alike as far as the features tell. “Map trust” shows where the picture misleads; the list of nearest sounds on a card goes by the features themselves.`),
      data.placed.some(Boolean) ? make("p", {}, "Dots with a ring were placed later, among sounds like them, without moving the others.") : null,
    ].filter(Boolean);
  }

  return { card, home };
})();
