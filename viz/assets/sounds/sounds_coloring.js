// What the colors of a sound map can mean: classes, clusters, folders, and what one hears; and the list of them.
bandscape.soundsColoring = (() => {
  const { byId, make, fill, plural } = bandscape.dom;
  const { categories, steps, swatch } = bandscape.colorClasses;
  const groupSays = { class: "Color: the class of the table of labels.", cluster: "Color: clusters of the features, by k-means.", folder: "Color: the folder the file lies in.", genre: "Color: the first genre of its artist.", artist: "Color: whose sound it is." };
  const trustEdges = [0.2, 0.4, 0.6, 0.8];
  const trustLabels = ["under 20 %", "20 – 40 %", "40 – 60 %", "60 – 80 %", "80 – 100 %"];
  const asked = {}; // for each group: names that were given a color, last one last
  let made = null;

  const measure = (key) => bandscape.data.measures.find((one) => one.key === key);

  // Up to eight steps that hold about equally many sounds.
  function byMeasure(one) {
    const sorted = one.values.filter((value) => !Number.isNaN(value)).sort();
    const edges = [];
    for (let i = 1; i < 8 && sorted.length; i++) {
      const edge = sorted[Math.floor((i * sorted.length) / 8)];
      if (edge > sorted[0] && edge !== edges.at(-1)) edges.push(edge);
    }
    const said = (value) => bandscape.data.measured({ ...one, values: [value] }, 0);
    const labels = [...edges.map((edge, at) => (at ? `${said(edges[at - 1])} to ${said(edge)}` : `below ${said(edge)}`)), edges.length ? `${said(edges.at(-1))} and more` : said(sorted[0] ?? NaN)];
    return steps(one.values, edges, labels, "not measured");
  }

  function classes(key) {
    const { groups, trust } = bandscape.data;
    if (groups[key]) return categories(groups[key].names, groups[key].codes, key === "class" ? "no label" : `no ${key}`, asked[key]);
    return key === "trust" ? steps(trust, trustEdges, trustLabels, "unknown", [0.16, 0.32, 0.5, 0.7, 0.9]) : byMeasure(measure(key));
  }

  function says(key) {
    if (groupSays[key]) return groupSays[key];
    if (key === "trust") return "Color: how many near dots are near by the features; faint is few.";
    return `Color: ${measure(key).says}; ${bandscape.theme.name() === "dark" ? "brighter" : "darker"} is more.`;
  }

  const label = (key) => (key === "trust" ? "map trust" : groupSays[key] ? key : measure(key).label);
  const available = () => [...Object.keys(bandscape.data.groups), ...bandscape.data.measures.map(({ key }) => key), "trust"];

  function countClasses() {
    const counts = new Uint32Array(made.classes.length);
    for (const code of made.codes) counts[code]++;
    made.classes.forEach((one, code) => (one.count = counts[code]));
  }

  function colorBy(key) {
    made = { key, ...classes(key) };
    countClasses();
    byId("color-by").value = key;
    bandscape.data.filter({ classes: new Set() });
    bandscape.events.emit("colored");
  }

  function choose(one, code) {
    if (one.other) {
      asked[made.key] = [...(asked[made.key] || []).filter((label) => label !== one.label), one.label];
      made = { ...made, ...classes(made.key) };
      countClasses();
    }
    bandscape.data.toggleClass(code);
  }

  // Colors by a group and leaves one of its classes.
  function show(key, label) {
    colorBy(key);
    const code = made.classes.findIndex((one) => one.label === label);
    if (code >= 0) choose(made.classes[code], code);
  }

  function row(one, code) {
    const chosen = bandscape.data.state.classes.has(code);
    return make("li", { "data-row": code }, make("button", { class: "legend-row", "aria-pressed": String(chosen), onclick: () => choose(one, code) },
      swatch(one), make("bdi", { class: "legend-name", title: one.label }, one.label), make("span", { class: "number" }, one.count.toLocaleString("en-US"))));
  }

  function drawLegend() {
    const held = document.activeElement?.closest?.("#legend li")?.dataset.row;
    fill(byId("legend"), ...bandscape.legendRows.build(made.classes, made.key, row));
    byId("legend").classList.toggle("some-chosen", bandscape.data.state.classes.size > 0);
    if (held) byId("legend").querySelector(`[data-row="${held}"]`)?.firstElementChild.focus(); // drawn anew under the finger
    byId("legend-title").textContent = label(made.key);
    const shown = bandscape.data.countShown();
    const some = shown < bandscape.data.count || bandscape.data.state.text.trim() !== "";
    byId("clear-filters").hidden = !some;
    if (some && !shown) bandscape.dom.announce("nothing found");
    byId("shown-count").textContent = some ? `${shown ? "" : "nothing found: "}${shown.toLocaleString("en-US")} of ${plural(bandscape.data.count, "sound")}` : "";
    byId("color-says").textContent = says(made.key);
  }

  function start(wanted) {
    fill(byId("color-by"), ...available().map((key) => make("option", { value: key }, label(key))));
    byId("color-by").addEventListener("change", (event) => colorBy(event.target.value));
    byId("clear-filters").addEventListener("click", bandscape.data.clear);
    bandscape.events.on("filtered", drawLegend);
    bandscape.events.on("theme", () => {
      const { classes: chosen } = bandscape.data.state;
      colorBy(made.key);
      bandscape.data.filter({ classes: chosen });
    });
    made = { key: "", classes: [], codes: [] };
    colorBy(available().includes(wanted) ? wanted : available()[0]);
  }

  return { start, colorBy, show, says, available, current: () => made };
})();
