// What a color means: a short list of classes and one class code per point, so that legend, filter and drawing need
// only one idea. Class 0 is always "unknown": gray, and drawn behind. Needs `bandscape.data.palettes`.
bandscape.colorClasses = (() => {
  const { svg } = bandscape.dom;
  const symbols = ["circle", "diamond", "square", "triangle-up"];
  const most = 40; // classes beyond ten repeat the colors with another shape

  const palette = () => bandscape.data.palettes[bandscape.theme.name()];

  function categories(names, codes, unknown) {
    const { categories: colors } = palette();
    const counts = new Uint32Array(names.length + 1);
    for (const code of codes) counts[code]++;
    const order = names.map((_, i) => i + 1).filter((code) => counts[code]).sort((a, b) => counts[b] - counts[a] || a - b);
    const place = new Uint16Array(names.length + 1);
    order.forEach((code, i) => (place[code] = Math.min(i, most) + 1));
    const shown = order.slice(0, most).map((code, i) => ({
      label: names[code - 1],
      color: colors[i % colors.length],
      symbol: symbols[Math.floor(i / colors.length)],
      opacity: 0.72,
    }));
    if (order.length > most) shown.push({ label: "all others", color: palette().unknown, symbol: "circle", opacity: 0.6 });
    return { classes: [unknownClass(unknown), ...shown], codes: Uint16Array.from(codes, (code) => (code ? place[code] : 0)) };
  }

  const unknownClass = (label) => ({ label, color: palette().unknown, symbol: "circle", opacity: 0.45 });

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
      symbol: "circle",
      opacity: opacities ? opacities[i] : 0.8,
    }));
    return { classes: [unknownClass(unknown), ...classes], codes };
  }

  const shapes = {
    circle: () => svg("circle", { cx: 6, cy: 6, r: 5 }),
    diamond: () => svg("path", { d: "M6 0 12 6 6 12 0 6Z" }),
    square: () => svg("rect", { x: 1, y: 1, width: 10, height: 10 }),
    "triangle-up": () => svg("path", { d: "M6 0 12 11 0 11Z" }),
  };

  function swatch({ color, symbol, opacity }) {
    const picture = svg("svg", { viewBox: "0 0 12 12", class: "swatch", "aria-hidden": "true", fill: color }, shapes[symbol]());
    picture.style.opacity = Math.min(1, opacity + 0.15);
    return picture;
  }

  return { categories, steps, swatch };
})();
