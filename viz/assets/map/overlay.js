// What is written over the dots: region names, artist names, rings, links, the marks of a query and its arrow.
// One canvas, drawn again whenever the view moves; screen readers get the same from the drawer and the table.
bandscape.overlay = (() => {
  const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';
  const nameFont = `500 13px ${family}`;
  const markFont = `600 13px ${family}`;
  const districtFont = `italic 400 13px ${family}`;
  const widths = new Map();
  let canvas = null;
  let pen = null;
  let asked = 0;
  let placed = [];
  let shownMarks = [];
  let shownArrow = null;
  let shownChosen = [];
  let lastZoom = 0;
  let shownRegions = [];
  let shownDistricts = [];
  const marks = { chosen: null, neighbors: [], query: null, hovered: undefined };

  const color = (name) => bandscape.data.palettes[bandscape.theme.name()][name];

  function measure(text, font = nameFont) {
    const key = font + text;
    if (!widths.has(key)) {
      pen.font = font;
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  }

  function resize() {
    const { width, height } = bandscape.camera.size();
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    pen.setTransform(density, 0, 0, density, 0, 0);
  }

  // Text with a halo of paper, so that it can be read over dots.
  function write(text, x, y, { font, fill, halo = 3.5, align = "left", alpha = 1 }) {
    pen.font = font;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.globalAlpha = Math.min(alpha * 1.2, 0.92);
    pen.strokeStyle = color("paper");
    pen.lineWidth = halo;
    pen.strokeText(text, x, y);
    pen.globalAlpha = alpha;
    pen.fillStyle = fill;
    pen.fillText(text, x, y);
    pen.globalAlpha = 1;
  }

  const at = (i) => bandscape.camera.project(bandscape.data.x[i], bandscape.data.y[i]);

  const spacing = (text) => {
    if ("letterSpacing" in pen) pen.letterSpacing = text;
  };

  // Large and faint from afar, gone when near. `taken` are boxes that stay free; with `empty` dots stay free too.
  function drawRegions(zoom, taken, empty = false) {
    const alpha = Math.min(1, Math.max(0, (4.2 - zoom) / 2.4)) * 0.75;
    shownRegions = [];
    if (alpha <= 0.1) return; // a shadow that cannot be read takes no room
    const fontOf = (size) => `${size > 13 ? "500" : "italic 400"} ${size}px ${family}`; // small captions are all alike
    const spaceOf = (size) => (size === 20 ? "1.5px" : size === 15 ? "0.5px" : "0px");
    const width = ({ text, size }) => {
      spacing(spaceOf(size));
      pen.font = fontOf(size);
      return pen.measureText(text).width;
    };
    shownRegions = bandscape.captions.place(width, { taken, empty }).map((one) => ({ ...one, faint: bandscape.captions.isFaint(one.name) }));
    for (const { lines, box, faint } of shownRegions) {
      let y = box.top + 2;
      for (const { text, size } of lines) {
        spacing(spaceOf(size));
        const look = { font: fontOf(size), fill: color("ink"), halo: size > 13 ? 6 : 4, align: "center", alpha: (size > 13 ? alpha : alpha * 1.2) * (faint ? 0.35 : 1) };
        write(text, (box.left + box.right) / 2, y + (size + 5) / 2, look);
        y += size + 5;
      }
    }
    spacing("0px");
  }

  function drawDistricts(zoom, taken) {
    const { place, opacity, lineHeight } = bandscape.districts;
    shownDistricts = place(zoom, (text) => measure(text, districtFont), taken);
    for (const { lines, box } of shownDistricts) {
      lines.forEach((text, row) => write(text, (box.left + box.right) / 2, box.top + (row + 0.5) * lineHeight, { font: districtFont, fill: color("ink"), halo: 4, align: "center", alpha: opacity(zoom) }));
    }
  }

  function drawNames(zoom, taken) {
    const bounds = bandscape.camera.size();
    const limit = Math.round((bounds.width * bounds.height) / (zoom < 1.6 ? 19_000 : 11_000));
    const named = new Set([marks.chosen, ...marks.neighbors, ...(marks.query ? marks.query.named : [])]);
    const possible = bandscape.labels.candidates(zoom, measure).filter(({ index }) => !named.has(index));
    const quiet = marks.query || marks.chosen !== null; // the marks speak, the others step back
    steady(possible, zoom);
    const few = isSmall() && !quiet; // on a small map every dot has its name
    placed = few
      ? bandscape.collision.placeAll(possible, taken, bounds)
      : bandscape.collision.place(possible, taken, Math.min(Math.max(quiet ? limit / 2 : limit, 12), 90), bounds);
    const dim = quiet ? 0.45 : 0.95;
    for (const { text, box, px, py, far } of placed) {
      if (far) hairline(px, py, Math.min(Math.max(px, box.left), box.right), Math.min(Math.max(py, box.top), box.bottom));
      write(text, box.left + 2, (box.top + box.bottom) / 2, { font: nameFont, fill: color("ink"), alpha: dim });
    }
  }

  // While the map is only moved, names that stand keep standing, on their side: else they would flicker.
  function steady(possible, zoom) {
    const before = new Map(placed.map((one) => [one.index, one.side]));
    const moved = Math.abs(zoom / lastZoom - 1) < 0.005;
    for (const one of possible) {
      one.side = before.get(one.index);
      one.fixed = moved && one.side !== undefined; // at the edge it goes, rather than jump to the other side
    }
    if (moved) possible.sort((a, b) => before.has(b.index) - before.has(a.index));
    lastZoom = zoom;
  }

  const isSmall = () => bandscape.data.count < 60;

  function hairline(x0, y0, x1, y1) {
    pen.globalAlpha = 0.4;
    pen.strokeStyle = color("ink");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  function ring(i, radius, stroke, width = 2) {
    const [x, y] = at(i);
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.stroke();
  }

  function drawLinks() {
    if (marks.chosen === null) return;
    const [x, y] = at(marks.chosen);
    pen.lineWidth = 1;
    pen.strokeStyle = color("ink");
    pen.globalAlpha = 0.35;
    for (const i of marks.neighbors) {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(...at(i));
      pen.stroke();
    }
    pen.globalAlpha = 1;
    for (const i of marks.neighbors) ring(i, bandscape.chart.diameter(i) / 2 + 3, color("ink"), 1);
    ring(marks.chosen, bandscape.chart.diameter(marks.chosen) / 2 + 4, color("ink"), 2.5);
  }

  // A disc with a sign or a number: form and text, not color alone, tell inputs from answers.
  function disc(x, y, text, filled) {
    pen.beginPath();
    pen.arc(x, y, 10, 0, 2 * Math.PI);
    pen.fillStyle = filled ? color("accent") : color("paper");
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = filled ? color("paper") : color("accent");
    pen.stroke();
    pen.font = markFont;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = filled ? color("paper") : color("accent");
    pen.fillText(text, x, y + 0.5);
  }

  // A bent line from one place to another and the tip of its head, in pixels; null where it would be too short.
  function arrowOf(from, to) {
    const [x0, y0] = bandscape.camera.project(...from);
    const [x1, y1] = bandscape.camera.project(...to);
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length < 36) return null;
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const [bx, by] = [(x0 + x1) / 2 - uy * length * 0.12, (y0 + y1) / 2 + ux * length * 0.12];
    const turn = Math.atan2(y1 - by, x1 - bx);
    const [tx, ty] = [x1 - Math.cos(turn) * 14, y1 - Math.sin(turn) * 14];
    const corner = (angle, far) => [tx + Math.cos(turn + angle) * far, ty + Math.sin(turn + angle) * far];
    return { start: [x0, y0], bend: [bx, by], end: [tx, ty], head: [corner(0, 4), corner(-0.45, -9), corner(0.45, -9)] };
  }

  function drawArrow({ start: from, bend, end, head }) {
    pen.strokeStyle = color("accent");
    pen.fillStyle = color("accent");
    pen.lineWidth = 1.75;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(...from);
    pen.quadraticCurveTo(...bend, ...end);
    pen.stroke();
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(...head[0]);
    pen.lineTo(...head[1]);
    pen.lineTo(...head[2]);
    pen.fill();
  }

  // The part of the canvas that a risen drawer leaves free.
  function freeBounds() {
    const { width, height } = bandscape.camera.size();
    return { width, height: height - bandscape.drawer.covers() };
  }

  // Answers by rank, then inputs: who comes first is named first.
  function querySpots({ inputs, answers }) {
    const { names, x, y } = bandscape.data;
    const spots = [
      ...answers.map(({ index, rank }) => ({ text: String(rank), label: names[index], place: [x[index], y[index]], filled: false })),
      ...inputs.map(({ sign, label, place }) => ({ text: sign > 0 ? "+" : "−", label, place, filled: true })),
    ];
    return spots.map((spot) => {
      const label = bandscape.labels.short(spot.label);
      const [px, py] = bandscape.camera.project(...spot.place);
      return { ...spot, label, x: px, y: py, width: measure(label, markFont) + 6 };
    });
  }

  // Returns the boxes that are taken.
  function drawQuery() {
    shownMarks = [];
    shownArrow = null;
    if (!marks.query) return [];
    const { inputs, answers } = marks.query;
    const first = inputs.find(({ sign }) => sign > 0);
    if (first && answers.length) shownArrow = arrowOf(first.place, [bandscape.data.x[answers[0].index], bandscape.data.y[answers[0].index]]);
    if (shownArrow) drawArrow(shownArrow);
    shownMarks = bandscape.queryMarks.place(querySpots(marks.query), furniture(), freeBounds());
    for (const { x, y, dotX, dotY } of shownMarks) if (x !== dotX || y !== dotY) leader(dotX, dotY, x, y);
    for (const { x, y } of shownMarks.filter(({ bare }) => bare)) spotAt(x, y, 3.5);
    for (const { x, y, text, filled, label, name, far } of shownMarks.filter(({ bare }) => !bare)) {
      if (far) hairline(x, y, Math.min(Math.max(x, name.left), name.right), Math.min(Math.max(y, name.top), name.bottom));
      disc(x, y, text, filled);
      if (name) write(label, name.left + 3, (name.top + name.bottom) / 2, { font: markFont, fill: color("ink"), halo: 4.5 });
    }
    return shownMarks.flatMap((one) => [bandscape.queryMarks.boxAround(one), ...(one.name ? [one.name] : [])]);
  }

  function leader(x0, y0, x1, y1) {
    pen.strokeStyle = color("accent");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
    spotAt(x0, y0, 2.5);
  }

  function spotAt(x, y, radius) {
    pen.fillStyle = color("accent");
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
  }

  function drawChosenNames() {
    shownChosen = [];
    if (marks.chosen === null) return [];
    const rows = [marks.chosen, ...marks.neighbors];
    const possible = rows.map((i) => {
      const [px, py] = at(i);
      const text = bandscape.labels.short(bandscape.data.names[i]);
      return { text, px, py, radius: bandscape.chart.diameter(i) / 2 + 4, width: measure(text, markFont) + 6 };
    });
    shownChosen = bandscape.collision.place(possible, [], 11, bandscape.camera.size());
    for (const { text, box } of shownChosen) write(text, box.left + 3, (box.top + box.bottom) / 2, { font: markFont, fill: color("ink"), halo: 4.5 });
    return shownChosen.map(({ box }) => box);
  }

  function paint() {
    asked = 0;
    const { width, height } = bandscape.camera.size();
    pen.clearRect(0, 0, width, height);
    const zoom = bandscape.camera.zoom();
    const busy = marks.query || marks.chosen !== null;
    shownRegions = [];
    shownDistricts = [];
    if (!busy && !isSmall()) {
      drawRegions(zoom, furniture());
      drawDistricts(zoom, [...shownRegions.map(({ box }) => box), ...furniture()]);
    }
    drawLinks();
    const taken = [...drawQuery(), ...drawChosenNames(), ...[...shownRegions, ...shownDistricts].map(({ box }) => box), ...furniture()];
    drawNames(zoom, taken);
    if (!busy && isSmall()) drawRegions(zoom, [...placed.map(({ box }) => box), ...furniture()], true);
    if (marks.hovered !== undefined) ring(marks.hovered, bandscape.chart.diameter(marks.hovered) / 2 + 3, color("ink"), 1.25);
  }

  // No name may hide behind the buttons, or behind the line about the field.
  const furniture = () => ["tools", "field-says"].map(bandscape.dom.byId).filter(({ hidden }) => !hidden).map((one) => (
    { left: one.offsetLeft - 4, right: one.offsetLeft + one.offsetWidth, top: one.offsetTop - 4, bottom: one.offsetTop + one.offsetHeight }));

  const ask = () => {
    if (canvas && !asked) asked = requestAnimationFrame(paint);
  };

  function mark(changes) {
    Object.assign(marks, changes);
    ask();
  }

  function start() {
    canvas = bandscape.dom.byId("overlay");
    pen = canvas.getContext("2d");
    resize();
    for (const name of ["moved", "drawn"]) bandscape.events.on(name, ask);
    bandscape.events.on("filtered", bandscape.captions.recount);
    bandscape.events.on("hover", (index) => mark({ hovered: index }));
    new ResizeObserver(() => {
      const { width, height } = bandscape.camera.size();
      if (!width || !height) return;
      Plotly.relayout(bandscape.chart.element(), { width, height }).then(() => bandscape.camera.reshape());
      resize();
      ask();
    }).observe(bandscape.dom.byId("canvas"));
    ask();
  }

  // What is written at the moment, for pictures and tests. Of an open artist: its dot, those of its neighbors, their names.
  const shown = () => ({
    names: placed.map(({ text, index, box }) => ({ text, index, box })), regions: shownRegions, districts: shownDistricts, marks: shownMarks, arrow: shownArrow,
    chosen: marks.chosen === null ? null : { index: marks.chosen, neighbors: marks.neighbors, names: shownChosen },
  });

  return { start, mark, marks, shown };
})();
