// The list of colors on the left: what each means, how many artists it has; a click shows only those.
bandscape.legend = (() => {
  const { byId, make, name, fill, plural } = bandscape.dom;

  const { swatch } = bandscape.colorClasses;

  function choose(one, code) {
    if (one.other) bandscape.chart.giveColor(one.label);
    bandscape.filters.toggleClass(code);
  }

  function row(one, code) {
    const chosen = bandscape.filters.state.classes.has(code);
    return make(
      "li",
      { "data-row": code },
      make(
        "button",
        { class: "legend-row", "aria-pressed": String(chosen), onclick: () => choose(one, code) },
        swatch(one),
        make("bdi", { class: "legend-name", title: one.label }, one.label),
        make("span", { class: "number" }, one.count.toLocaleString("en-US")),
      ),
    );
  }

  function draw() {
    const coloring = bandscape.chart.coloring();
    const held = document.activeElement?.closest?.("#legend li")?.dataset.row;
    fill(byId("legend"), ...bandscape.legendRows.build(coloring.classes, coloring.key, row));
    byId("legend").classList.toggle("some-chosen", bandscape.filters.state.classes.size > 0);
    if (held) byId("legend").querySelector(`[data-row="${held}"]`)?.firstElementChild.focus(); // drawn anew under the finger
    byId("legend-title").textContent = bandscape.coloring.heading(coloring.key);
    inversion(coloring.classes);
    status();
  }

  function inversion(classes) {
    const chosen = [...bandscape.filters.state.classes];
    byId("invert-classes").hidden = chosen.length === 0;
    fill(byId("invert-classes"), "all but ", chosen.length === 1 ? name(classes[chosen[0]].label) : "these");
  }

  function status() {
    const { count } = bandscape.data;
    const shown = bandscape.filters.countShown();
    const some = bandscape.filters.active();
    byId("clear-filters").hidden = !some;
    byId("shown-count").textContent = some ? `${shown.toLocaleString("en-US")} of ${plural(count, "artist")}` : "";
    byId("color-says").textContent = bandscape.chart.coloring().says;
    byId("filter-badge").hidden = !some;
  }

  function start() {
    byId("clear-filters").addEventListener("click", bandscape.filters.clear);
    byId("invert-classes").addEventListener("click", bandscape.filters.invertClasses);
    for (const name of ["filtered", "colored", "repainted"]) bandscape.events.on(name, draw);
    draw();
  }

  return { start };
})();
