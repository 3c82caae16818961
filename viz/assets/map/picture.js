// What is seen as a picture of its own: SVG from the data, PNG from the SVG, and the same on paper. It needs no WebGL.
bandscape.picture = (() => {
  const { byId, svg } = bandscape.dom;
  const family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
  const edge = 24; // beside heading and legend
  const round = (value) => Math.round(value * 10) / 10;

  const coloring = () => bandscape.coloring.of(bandscape.chart.coloring().key); // in the colors of the theme of this moment

  const dot = (x, y, r, attributes) => svg("circle", { cx: round(x), cy: round(y), r: round(r), ...attributes });

  function dots(width, height) {
    const { byReviews, x, y } = bandscape.data;
    const { classes, codes } = coloring();
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

  const colors = () => bandscape.data.palettes[bandscape.theme.name()];

  function text(said, x, y, { size, anchor = "start", weight = 500, opacity = 1, fill = colors().ink, halo = size > 14 ? 5 : 3.5, ...others }) {
    const one = svg("text", {
      x: round(x), y: round(y), "font-size": size, "font-weight": weight, "text-anchor": anchor, "dominant-baseline": "central", fill,
      stroke: colors().paper, "stroke-width": halo, "stroke-linejoin": "round", "paint-order": "stroke", opacity, ...others,
    });
    one.textContent = said;
    return one;
  }

  const middle = ({ left, right, top, bottom }) => [(left + right) / 2, (top + bottom) / 2];
  const line = (points) => `M${points.map((point) => point.map(round).join(" ")).join("L")}`;

  function captions() {
    const { regions, districts } = bandscape.overlay.shown();
    const found = [];
    for (const { lines, box, faint } of regions) {
      let y = box.top + 2;
      for (const { text: said, size } of lines) {
        found.push(text(said, middle(box)[0], y + (size + 5) / 2, { size, anchor: "middle", weight: 400, opacity: faint ? 0.22 : 0.62, "letter-spacing": size >= 20 ? 1.5 : size > 13 ? 0.5 : 0, "font-style": size > 13 ? "normal" : "italic" }));
        y += size + 5;
      }
    }
    const { lineHeight } = bandscape.districts;
    for (const { lines, box } of districts) {
      lines.forEach((said, row) => found.push(text(said, middle(box)[0], box.top + (row + 0.5) * lineHeight, { size: 13, anchor: "middle", weight: 400, opacity: 0.72, "font-style": "italic" })));
    }
    return found;
  }

  // The open artist: ring, lines to its neighbors, their names.
  function chosen() {
    const { chosen: one } = bandscape.overlay.shown();
    if (!one) return [];
    const at = (i) => bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i]);
    const ring = (i, more, width) => dot(...at(i), bandscape.chart.diameter(i) / 2 + more, { fill: "none", stroke: colors().ink, "stroke-width": width });
    return [
      ...one.neighbors.map((i) => svg("path", { d: line([at(one.index), at(i)]), stroke: colors().ink, opacity: 0.35 })),
      ...one.neighbors.map((i) => ring(i, 3, 1)),
      ring(one.index, 4, 2.5),
      ...one.names.map(({ text: said, box }) => text(said, box.left + 3, middle(box)[1], { size: 13, weight: 600 })),
    ];
  }

  // Terms and answers of a question, and its arrow.
  function question() {
    const { marks, arrow } = bandscape.overlay.shown();
    const { accent, paper } = colors();
    const found = [];
    if (arrow) {
      const { start: from, bend, end, head } = arrow;
      found.push(svg("path", { d: `M${from.map(round).join(" ")}Q${[...bend, ...end].map(round).join(" ")}`, fill: "none", stroke: accent, "stroke-width": 1.75, "stroke-dasharray": "5 4" }));
      found.push(svg("path", { d: `${line(head)}Z`, fill: accent }));
    }
    for (const { x, y, dotX, dotY } of marks) {
      if (x !== dotX || y !== dotY) found.push(svg("path", { d: line([[dotX, dotY], [x, y]]), stroke: accent }), dot(dotX, dotY, 2.5, { fill: accent }));
    }
    for (const { label, x, y, text: sign, name, bare, filled } of marks) {
      if (bare) found.push(dot(x, y, 3.5, { fill: accent }));
      if (bare) continue;
      found.push(dot(x, y, 10, { fill: filled ? accent : paper, stroke: filled ? paper : accent, "stroke-width": 2 }));
      found.push(text(sign, x, y, { size: 13, anchor: "middle", weight: 600, fill: filled ? paper : accent, halo: 0 }));
      if (name) found.push(text(label, name.left + 3, middle(name)[1], { size: 13, weight: 600 }));
    }
    return found;
  }

  function words() {
    const { names, marks, chosen: one } = bandscape.overlay.shown();
    const opacity = marks.length || one ? 0.45 : 1; // the marks speak, the others step back
    const found = names.map(({ text: said, box }) => text(said, box.left + 2, middle(box)[1], { size: 13, opacity }));
    return [...captions(), ...found, ...chosen(), ...question()];
  }

  const pen = document.createElement("canvas").getContext("2d");
  function widthOf(said, font) {
    pen.font = `${font} ${family}`;
    return pen.measureText(said).width;
  }

  // As much of a text as fits.
  function fitted(said, most, font) {
    let signs = Array.from(said);
    if (widthOf(said, font) <= most) return said;
    while (signs.length && widthOf(`${signs.join("")}…`, font) > most) signs = signs.slice(0, -1);
    return `${signs.join("")}…`;
  }

  // Above the picture: what it is. On paper the page's own heading says so.
  function heading(width) {
    const { title, subtitle } = bandscape.data;
    return [
      text(fitted(title, width - 2 * edge, "600 20px"), edge, 28, { size: 20, weight: 600, halo: 0 }),
      text(fitted(subtitle, width - 2 * edge, "13px"), edge, 52, { size: 13, weight: 400, opacity: 0.7, halo: 0 }),
    ];
  }

  // Below it: what was asked, and what the colors mean, in as many lines as it takes. Returns [elements, height].
  function legend(width, top) {
    const [unknown, ...classes] = coloring().classes;
    const shown = [...classes, unknown].filter((one) => one.count && !one.other).slice(0, 12);
    const asked = bandscape.overlay.shown().marks.length ? bandscape.address.kept("q") || "" : "";
    let [x, y] = [edge, top + 24];
    const found = [];
    if (asked) {
      found.push(text(fitted(asked, width - 2 * edge, "600 13px"), x, y, { size: 13, weight: 600, fill: colors().accent, halo: 0 }));
      y += 24;
    }
    for (const one of shown) {
      const label = fitted(one.label, width - 2 * edge - 18, "13px");
      const wide = 18 + widthOf(label, "13px");
      if (x > edge && x + wide > width - edge) [x, y] = [edge, y + 22];
      found.push(dot(x + 5, y, 5, { fill: one.color }), text(label, x + 16, y, { size: 13, weight: 400, halo: 0 }));
      x += wide + 20;
    }
    return [found, y + 24 - top];
  }

  function build({ onPaper = false } = {}) {
    const { width, height } = bandscape.camera.size();
    const top = onPaper ? 0 : 72;
    const [explained, foot] = legend(width, top + height);
    const tall = Math.round(top + height + foot);
    const picture = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: tall, viewBox: `0 0 ${width} ${tall}`, "font-family": family, role: "img", "aria-label": bandscape.data.title });
    const map = svg("svg", { y: top, width, height, overflow: "hidden" });
    map.append(...field(), ...dots(width, height), ...words());
    picture.append(svg("rect", { width, height: tall, fill: onPaper ? "none" : colors().paper }), map, ...(onPaper ? [] : heading(width)), ...explained);
    return picture;
  }

  const source = () => new XMLSerializer().serializeToString(build());
  const saveSvg = () => bandscape.saving.save(source(), "image/svg+xml", "map.svg");

  async function png(density = 3) {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([source()], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width * density;
    canvas.height = image.height * density;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  const savePng = async () => bandscape.saving.save(await png(), "image/png", "map.png");

  // WebGL pictures come out of a printer blank; the SVG does not.
  function beforePrint() {
    if (bandscape.chart.element()) byId("print").replaceChildren(bandscape.theme.during("light", () => build({ onPaper: true })));
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
