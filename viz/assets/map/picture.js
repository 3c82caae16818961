// What is seen as a picture of its own: SVG from the data, PNG from the SVG, and the same on paper. It needs no WebGL.
bandscape.picture = (() => {
  const { byId, svg } = bandscape.dom;
  const family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  const round = (value) => Math.round(value * 10) / 10;

  const dot = (x, y, r, attributes) => svg("circle", { cx: round(x), cy: round(y), r: round(r), ...attributes });

  function dots(width, height) {
    const { byReviews, x, y } = bandscape.data;
    const { classes, codes } = bandscape.chart.coloring();
    const gray = bandscape.data.palettes[bandscape.theme.name()].unknown;
    const layers = [{ fill: gray, "fill-opacity": 0.14 }, ...classes.map((one) => ({ fill: one.color, "fill-opacity": one.opacity }))].map((look) => svg("g", look));
    for (let at = byReviews.length - 1; at >= 0; at--) {
      const i = byReviews[at];
      const [px, py] = bandscape.camera.project(x[i], y[i]);
      if (px < -9 || py < -9 || px > width + 9 || py > height + 9) continue;
      const shown = bandscape.filters.shows(i);
      layers[shown ? codes[i] + 1 : 0].append(dot(px, py, shown ? bandscape.chart.diameter(i) / 2 : 1.5, {}));
    }
    return layers.filter((layer) => layer.childNodes.length);
  }

  function field() {
    if (!bandscape.field.any()) return [];
    const { x, y, width, height, opacity } = bandscape.field.place();
    const href = bandscape.field.picture().toDataURL();
    return [svg("image", { href, x: round(x), y: round(y), width: round(width), height: round(height), opacity, preserveAspectRatio: "none" })];
  }

  function text(said, x, y, { size, anchor = "start", weight = 500, opacity = 1 }) {
    const { ink, paper } = bandscape.data.palettes[bandscape.theme.name()];
    const one = svg("text", {
      x: round(x), y: round(y), "font-size": size, "font-weight": weight, "text-anchor": anchor, "dominant-baseline": "central", fill: ink,
      stroke: paper, "stroke-width": size > 14 ? 5 : 3.5, "stroke-linejoin": "round", "paint-order": "stroke", opacity,
    });
    one.textContent = said;
    return one;
  }

  function words() {
    const { names, regions, marks } = bandscape.overlay.shown();
    const found = names.map(({ text: said, box }) => text(said, box.left + 2, (box.top + box.bottom) / 2, { size: 13 }));
    for (const { lines, box } of regions) {
      let y = box.top + 2;
      for (const { text: said, size } of lines) {
        found.push(text(said, (box.left + box.right) / 2, y + (size + 5) / 2, { size, anchor: "middle", weight: 400, opacity: 0.62 }));
        y += size + 5;
      }
    }
    const { accent, paper } = bandscape.data.palettes[bandscape.theme.name()];
    for (const { x, y, dotX, dotY } of marks) {
      if (x !== dotX || y !== dotY) found.push(svg("path", { d: `M${round(dotX)} ${round(dotY)}L${round(x)} ${round(y)}`, stroke: accent }));
    }
    for (const { label, x, y, text: sign, name, bare } of marks) {
      if (bare) found.push(svg("circle", { cx: round(x), cy: round(y), r: 3.5, fill: accent }));
      if (bare) continue;
      found.push(svg("circle", { cx: round(x), cy: round(y), r: 10, fill: paper, stroke: accent, "stroke-width": 2 }));
      found.push(text(sign, x, y, { size: 12, anchor: "middle", weight: 600 }));
      if (name) found.push(text(label, name.left + 3, (name.top + name.bottom) / 2, { size: 13, weight: 600 }));
    }
    return found;
  }

  function legend(height) {
    const { classes } = bandscape.chart.coloring();
    const shown = classes.filter((one) => one.count && !one.other).slice(0, 12);
    return shown.flatMap((one, at) => {
      const y = height - 14 - 18 * (shown.length - at - 1);
      return [dot(18, y, 5, { fill: one.color }), text(one.label, 30, y, { size: 12, weight: 400 })];
    });
  }

  function build() {
    const { width, height } = bandscape.camera.size();
    const picture = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": family, role: "img", "aria-label": bandscape.data.title });
    picture.append(svg("rect", { width, height, fill: bandscape.data.palettes[bandscape.theme.name()].paper }), ...field(), ...dots(width, height), ...words(), ...legend(height));
    picture.append(text(`${bandscape.data.title} · ${bandscape.data.subtitle}`, width - 12, height - 14, { size: 12, anchor: "end", weight: 400 }));
    return picture;
  }

  const source = () => new XMLSerializer().serializeToString(build());
  const saveSvg = () => bandscape.saving.save(source(), "image/svg+xml", "map.svg");

  async function png(density = 2) {
    const { width, height } = bandscape.camera.size();
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([source()], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * density;
    canvas.height = height * density;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  const savePng = async () => bandscape.saving.save(await png(), "image/png", "map.png");

  // WebGL pictures come out of a printer blank; the SVG does not.
  function beforePrint() {
    if (bandscape.chart.element()) byId("print").replaceChildren(build());
  }

  function start() {
    byId("save-png").addEventListener("click", savePng);
    byId("save-svg").addEventListener("click", saveSvg);
    byId("print-map").addEventListener("click", () => window.print());
    window.addEventListener("beforeprint", beforePrint);
    window.addEventListener("afterprint", () => byId("print").replaceChildren());
  }

  return { start, build, png, beforePrint };
})();
