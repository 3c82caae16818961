// The rows of a legend in order: what has a color, then the gray rest (folded away where it is long), then "unknown".
bandscape.legendRows = (() => {
  const { make, byId } = bandscape.dom;
  const fewOthers = 14;
  const folded = {}; // for each way of coloring: whether the reader folded the rest away

  function heading(others, key) {
    const open = !folded[key];
    const toggle = (event) => {
      folded[key] = open;
      for (const one of byId("legend").querySelectorAll(".legend-other")) one.hidden = open;
      event.currentTarget.replaceWith(heading(others, key));
      byId("legend").querySelector(".legend-fold").focus();
    };
    const said = `${others.length} others, gray`;
    return make("button", { class: "legend-fold link", "aria-expanded": String(open), title: "Choose one of them to give it a color", onclick: toggle }, `${open ? "▾" : "▸"} ${said}`);
  }

  // classes: of a coloring, class 0 is "unknown"; row(one, code) makes the list item of a class.
  function build(classes, key, row) {
    const codes = [...classes.keys()].filter((code) => classes[code].count);
    const others = codes.filter((code) => classes[code].other);
    folded[key] ??= others.length > fewOthers;
    const rows = codes.filter((code) => code && !classes[code].other).map((code) => row(classes[code], code));
    if (others.length) rows.push(make("li", {}, heading(others, key)));
    for (const code of others) {
      const one = row(classes[code], code);
      one.classList.add("legend-other");
      one.hidden = folded[key];
      rows.push(one);
    }
    if (classes[0].count) rows.push(row(classes[0], 0));
    return rows;
  }

  return { build };
})();
