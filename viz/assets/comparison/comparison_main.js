// The same artists on two maps: what the pointer is at on one is ringed on both, what a box holds is chosen on both.
bandscape.comparison = (() => {
  const { byId, make, name, fill, announce, plural } = bandscape.dom;
  const listed = 60;
  const first = 12; // of those in other company, while nobody is chosen
  const margin = 16;
  const hint = "Draw a box on either map, press a genre or search, to choose artists on both.";
  let data = null;
  let sides = [];
  let chosen = new Set();
  let hovered = -1;
  let largest = []; // codes of the genres that have a color, most artists first
  let genre = null; // the code of the genre that is chosen
  let extent = [1, 1];

  // As many genres as there are colors, those with most artists; 0 is no genre, `others` the rest, both gray.
  const others = Infinity;
  const palette = () => data.palettes[bandscape.theme.name()];
  const classOf = (i) => (data.codes[i] > palette().categories.length ? others : data.codes[i]);
  const nameOf = (code) => (code === others ? "other genres" : data.genres[code - 1] || "no genre given");
  const colorOfClass = (code) => (code === 0 || code === others ? palette().unknown : palette().categories[code - 1]);

  const scaleOf = ({ width, height }) => Math.min((width - 2 * margin) / extent[0], (height - 2 * margin) / extent[1]);

  function placeOf(side, i) {
    const box = side.canvas.getBoundingClientRect();
    const scale = scaleOf(box);
    return [margin + side.plane[2 * i] * scale, box.height - margin - side.plane[2 * i + 1] * scale];
  }

  function ring(side, i, radius, color) {
    const [x, y] = placeOf(side, i);
    side.pen.strokeStyle = color;
    side.pen.lineWidth = 2;
    side.pen.beginPath();
    side.pen.arc(x, y, radius, 0, 7);
    side.pen.stroke();
  }

  function drawBox({ pen, drag }, ink) {
    if (!drag) return;
    pen.strokeStyle = ink;
    pen.lineWidth = 1;
    pen.strokeRect(drag.x, drag.y, drag.toX - drag.x, drag.toY - drag.y);
  }

  function drawSide(side) {
    const { canvas, pen } = side;
    const box = canvas.getBoundingClientRect();
    const dense = window.devicePixelRatio || 1;
    canvas.width = box.width * dense;
    canvas.height = box.height * dense;
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    for (let i = 0; i < data.names.length; i++) {
      const [x, y] = placeOf(side, i);
      const radius = 1.5 + Math.min(3, Math.sqrt(data.reviews[i]) / 2);
      pen.globalAlpha = chosen.size && !chosen.has(i) ? 0.12 : 0.75;
      pen.fillStyle = colorOfClass(classOf(i));
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
    const { ink, accent } = data.palettes[bandscape.theme.name()];
    if (chosen.size <= listed) for (const i of chosen) ring(side, i, 6, accent);
    drawNames(side, ink);
    if (hovered >= 0) ring(side, hovered, 9, ink);
    drawBox(side, ink);
  }

  // Words that stay legible on dots.
  function write({ pen }, text, x, y, font, color) {
    pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(document.body).backgroundColor;
    pen.strokeText(text, x, y);
    pen.fillStyle = color;
    pen.fillText(text, x, y);
  }

  // A genre's name stands at the member nearest to its middle: the middle itself may be empty ground.
  function middleOf(side, code) {
    const places = [...data.names.keys()].filter((i) => classOf(i) === code).map((i) => placeOf(side, i));
    const middle = (at) => places.map((place) => place[at]).sort((a, b) => a - b)[places.length >> 1];
    const [x, y] = [middle(0), middle(1)];
    const off = (place) => (place[0] - x) ** 2 + (place[1] - y) ** 2;
    return places.reduce((best, place) => (off(place) < off(best) ? place : best));
  }

  // Names of the largest genres while nobody is chosen, else of the chosen, as far as they do not touch.
  function drawNames(side, ink) {
    const few = chosen.size && chosen.size <= listed;
    const wanted = few ? [...chosen].map((i) => [data.names[i], placeOf(side, i), "13px"])
      : chosen.size ? [] : largest.map((code) => [nameOf(code), middleOf(side, code), "600 14px"]);
    const taken = [];
    side.pen.textAlign = few ? "left" : "center";
    for (const [text, [x, y], font] of wanted) {
      side.pen.font = `${font} sans-serif`;
      const wide = Math.min(side.pen.measureText(text).width * 1.1, side.canvas.clientWidth);
      const left = Math.min(Math.max(few ? x + 9 : x - wide / 2, 0), side.canvas.clientWidth - wide);
      const box = [left, y - 10, left + wide, y + 8];
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      write(side, text, few ? left : left + wide / 2, y + 4, font, ink);
    }
  }

  const draw = () => sides.forEach(drawSide);
  const percent = (i) => `${Math.round(data.moved[i] * 100)} %`;
  const company = (i) => `${data.kept[i]} of ${data.compared}`;

  // Those in other company than before come first: fewest of the nearest dots are the same.
  const ordered = (rows) => rows.sort((a, b) => data.kept[a] - data.kept[b] || data.reviews[b] - data.reviews[a] || a - b);
  const listedRows = () => ordered(chosen.size ? [...chosen] : [...data.names.keys()]);

  function drawList() {
    const rows = listedRows().slice(0, chosen.size ? listed : first);
    byId("chosen-title").textContent = chosen.size ? `${plural(chosen.size, "artist")} chosen${chosen.size > listed ? ` (${listed} shown)` : ""}: nearest dots that are the same` : "In other company: nearest dots that are the same";
    byId("save-csv").textContent = `CSV of ${chosen.size ? "the chosen" : "all"}`;
    fill(byId("chosen"), ...rows.map((i) =>
      make("li", {}, make("button", { class: "link", onclick: () => (chosen.size ? hover(i) : choose([i])) }, name(data.names[i])), make("span", { class: "quiet number" }, company(i)))));
  }

  function csvText() {
    const rows = listedRows().map((i) => [data.ids[i], data.names[i], data.genres[data.codes[i] - 1] || "", data.reviews[i], data.kept[i], data.moved[i]]);
    return bandscape.saving.csvText(["artist_id", "name", "genre", "reviews", "nearest_kept", "moved_share_of_width"], rows);
  }

  // The legend, largest first. Pressed again, a genre is let go.
  function drawGenres() {
    const counts = new Map();
    for (const i of data.names.keys()) counts.set(classOf(i), (counts.get(classOf(i)) || 0) + 1);
    const gray = (code) => Number(code === 0 || code === others);
    const rows = [...counts].sort(([a, many], [b, few]) => gray(a) - gray(b) || few - many || a - b);
    largest = rows.map(([code]) => code).filter((code) => !gray(code));
    fill(byId("genres"), ...rows.map(([code, count]) => {
      const disc = make("span", { class: "disc", "aria-hidden": "true", style: { background: colorOfClass(code) } });
      const press = () => {
        choose(genre === code ? [] : [...data.names.keys()].filter((i) => classOf(i) === code), genre === code ? null : code);
        byId("genres").querySelector(`[data-code="${code}"]`).focus();
      };
      return make("li", {}, make("button", { "aria-pressed": String(genre === code), "data-code": String(code), onclick: press }, disc, name(nameOf(code)), make("span", { class: "quiet number" }, count.toLocaleString("en-US"))));
    }));
  }

  function choose(rows, ofGenre = null) {
    chosen = new Set(rows);
    genre = ofGenre;
    drawGenres();
    drawList();
    draw();
    announce(byId("chosen-title").textContent);
  }

  function hover(i) {
    if (i === hovered) return;
    hovered = i;
    const genre = i < 0 ? "" : data.genres[data.codes[i] - 1] || "no genre given";
    fill(byId("hovered"), i < 0 ? hint : name(data.names[i]),
      i < 0 ? null : ` · ${genre} · ${company(i)} nearest dots are the same · moved ${percent(i)} of the map’s width`);
    draw();
  }

  function nearest(side, x, y) {
    let [best, least] = [-1, 12];
    for (let i = 0; i < data.names.length; i++) {
      const [px, py] = placeOf(side, i);
      const far = Math.hypot(px - x, py - y);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  function inside(side, { x, y, toX, toY }) {
    return [...data.names.keys()].filter((i) => {
      const [px, py] = placeOf(side, i);
      return px >= Math.min(x, toX) && px <= Math.max(x, toX) && py >= Math.min(y, toY) && py <= Math.max(y, toY);
    });
  }

  function listen(side) {
    const { canvas } = side;
    canvas.addEventListener("pointerdown", ({ offsetX: x, offsetY: y, pointerId }) => {
      side.drag = { x, y, toX: x, toY: y };
      canvas.setPointerCapture(pointerId);
    });
    canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      if (!side.drag) return hover(nearest(side, offsetX, offsetY));
      Object.assign(side.drag, { toX: offsetX, toY: offsetY });
      drawSide(side);
    });
    canvas.addEventListener("pointerup", ({ offsetX, offsetY }) => {
      const drag = side.drag;
      side.drag = null;
      if (!drag) return;
      const small = Math.hypot(drag.x - offsetX, drag.y - offsetY) < 4;
      const at = nearest(side, offsetX, offsetY);
      choose(small ? (at < 0 ? [] : [at]) : inside(side, { ...drag, toX: offsetX, toY: offsetY }));
    });
    canvas.addEventListener("pointercancel", () => { side.drag = null; draw(); });
    canvas.addEventListener("pointerleave", () => hover(-1));
  }

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(); // case and accents do not matter

  function search() {
    const wanted = plain(byId("search").value.trim());
    const found = wanted ? [...data.names.keys()].filter((i) => plain(data.names[i]).includes(wanted)) : [];
    choose(found);
    if (wanted && !found.length) byId("chosen-title").textContent = "No artist on both maps has a name like that.";
  }

  function makeSide(label, packed) {
    const canvas = make("canvas", { role: "img", "aria-label": `map of ${label}; choose artists by the search field above` });
    byId("maps").append(make("figure", {}, make("figcaption", {}, name(label)), canvas));
    return { canvas, pen: canvas.getContext("2d"), plane: bandscape.unpacking.unpack(packed), drag: null };
  }

  function start() {
    data = bandscape.unpacking.payload();
    for (const key of ["codes", "reviews", "moved", "kept"]) data[key] = bandscape.unpacking.unpack(data[key]);
    bandscape.theme.start();
    byId("said").textContent = data.said;
    sides = data.labels.map((label, at) => makeSide(label, data.planes[at]));
    for (const { plane } of sides) plane.forEach((value, at) => { extent[at % 2] = Math.max(extent[at % 2], value); });
    sides.forEach(listen);
    byId("search").addEventListener("input", search);
    byId("search-form").addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") { byId("search").value = ""; choose([]); } });
    bandscape.events.on("theme", () => {
      drawGenres();
      draw();
    });
    window.addEventListener("resize", draw);
    byId("save-csv").addEventListener("click", () => bandscape.saving.csv(csvText(), "compared.csv"));
    fill(byId("hovered"), hint);
    choose([]);
    document.documentElement.dataset.ready = "true";
  }

  return { start, placeOf: (at, i) => placeOf(sides[at], i), csvText, state: () => ({ hovered, chosen: [...chosen] }) };
})();

bandscape.starting.run(bandscape.comparison.start);
