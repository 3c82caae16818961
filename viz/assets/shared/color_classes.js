// What a color means: a short list of classes and one class code per point, so that legend, filter and drawing need
// only one idea. Class 0 is always "unknown": gray, and drawn behind. Needs `bandscape.data.palettes`.
bandscape.colorClasses = (() => {
  const { svg } = bandscape.dom;
  const most = 80; // classes of their own; the rest are one
  const enough = 8; // colors at a time where there are more classes than colors: dots this small tell no more apart

  const palette = () => bandscape.data.palettes[bandscape.theme.name()];

  // The largest classes are colored, the others share a gray; `asked` are names that have a color all the same, each
  // in exchange for that of the smallest. Nobody reads shapes on dots of a few pixels, so no color is used twice.
  // `totals`: how many each class has, where these points are only some of all; else it is counted.
  function categories(names, codes, unknown, asked = [], totals = null) {
    const counts = new Uint32Array(names.length + 1);
    if (totals) counts.set(totals);
    else for (const code of codes) counts[code]++;
    const order = names.map((_, i) => i + 1).filter((code) => counts[code]).sort((a, b) => counts[b] - counts[a] || a - b);
    const own = order.slice(0, most);
    const place = new Uint16Array(names.length + 1);
    order.forEach((code, i) => (place[code] = Math.min(i, most) + 1));
    const colorOf = colorsFor(own.map((code) => names[code - 1]), asked);
    const shown = own.map((code, i) => ({ label: names[code - 1], ...(colorOf[i] ? { color: colorOf[i], opacity: 0.72 } : otherLook()) }));
    if (order.length > most) shown.push({ label: "all others", ...otherLook() });
    const classes = [unknownClass(unknown), ...shown];
    if (totals) {
      order.forEach((code) => (classes[place[code]].total = (classes[place[code]].total || 0) + counts[code]));
      classes[0].total = counts[0];
    }
    return { classes, codes: Uint16Array.from(codes, (code) => (code ? place[code] : 0)) };
  }

  const otherLook = () => ({ color: palette().unknown, opacity: 0.7, other: true });

  // A color or null for each label, largest class first. What lost its color gives that very color to who asked.
  function colorsFor(labels, asked) {
    const { categories: colors } = palette();
    if (labels.length <= colors.length) return labels.map((_, i) => colors[i]);
    const found = labels.map((_, i) => (i < enough ? colors[i] : null));
    for (const name of asked.slice(-enough)) {
      const at = labels.indexOf(name);
      if (at < 0 || found[at]) continue;
      const from = labels.findLastIndex((label, i) => found[i] && !asked.includes(label));
      if (from < 0) continue;
      found[at] = found[from];
      found[from] = null;
    }
    return found;
  }

  const unknownClass = (label) => ({ label, color: palette().unknown, opacity: 0.45 });

  // Steps of one hue; `edges` are the upper bounds of all steps but the last.
  function steps(values, edges, labels, unknown, opacities) {
    const ramp = palette().ramp;
    const codes = new Uint16Array(values.length);
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) continue;
      let step = 0;
      while (step < edges.length && values[i] >= edges[step]) step++;
      codes[i] = step + 1;
    }
    const classes = labels.map((label, i) => ({
      label,
      color: ramp[Math.round((i * (ramp.length - 1)) / Math.max(labels.length - 1, 1))],
      opacity: opacities ? opacities[i] : 0.8,
    }));
    return { classes: [unknownClass(unknown), ...classes], codes };
  }

  function swatch({ color, opacity }) {
    const picture = svg("svg", { viewBox: "0 0 12 12", class: "swatch", "aria-hidden": "true", fill: color }, svg("circle", { cx: 6, cy: 6, r: 5 }));
    picture.style.opacity = Math.min(1, opacity + 0.15);
    return picture;
  }

  return { categories, steps, swatch };
})();
