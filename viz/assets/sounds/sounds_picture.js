// The dots on a canvas; the one that sounds pulses, placed ones wear a ring. Pointing names a sound, a click plays it.
bandscape.soundsPicture = (() => {
  const { byId, make, name, fill } = bandscape.dom;
  const marks = { hovered: null, chosen: null, near: [] };
  let drawing = null;
  let asked = 0;
  let screen = null; // x, y of every sound on the screen, as last drawn
  let cells = null; // sounds by square of the screen, so that pointing looks at few
  const cell = 24;

  const palette = () => bandscape.data.palettes[bandscape.theme.name()];
  const radius = () => Math.max(3, Math.min(6.5, 90 / Math.sqrt(bandscape.data.count))) * Math.min(1.6, Math.sqrt(bandscape.planeCamera.view().zoom));

  function dots({ width, height }) {
    const { data } = bandscape;
    const { classes, codes } = bandscape.soundsColoring.current();
    const r = radius();
    const layers = [[], ...classes.map(() => [])];
    cells = new Map();
    screen = new Float32Array(2 * data.count);
    for (let i = 0; i < data.count; i++) {
      const [x, y] = bandscape.planeCamera.project(data.x[i], data.y[i]);
      screen.set([x, y], 2 * i);
      if (x < -r || y < -r || x > width + r || y > height + r) continue;
      layers[data.shows(i) ? codes[i] + 1 : 0].push(i);
      if (!data.shows(i)) continue;
      const key = `${Math.floor(x / cell)},${Math.floor(y / cell)}`;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(i);
    }
    layers.forEach((members, layer) => dotsOf(members, layer ? classes[layer - 1] : { color: palette().unknown, opacity: 0.16 }, layer ? r : r * 0.6));
  }

  function dotsOf(members, { color, opacity }, r) {
    drawing.fillStyle = color;
    drawing.globalAlpha = opacity;
    for (const i of members) {
      drawing.beginPath();
      drawing.arc(screen[2 * i], screen[2 * i + 1], r, 0, 2 * Math.PI);
      drawing.fill();
    }
    drawing.globalAlpha = 1;
    drawing.strokeStyle = palette().ink;
    drawing.lineWidth = 1.25;
    for (const i of members) if (bandscape.data.placed[i] && bandscape.data.shows(i)) ring(i, r + 2.5);
  }

  function ring(i, r) {
    drawing.beginPath();
    drawing.arc(screen[2 * i], screen[2 * i + 1], r, 0, 2 * Math.PI);
    drawing.stroke();
  }

  // Threads to the nearest by the features; rings around what is pointed at, chosen, heard.
  function overlay() {
    const { ink, accent } = palette();
    const { chosen, hovered, near } = marks;
    drawing.strokeStyle = ink;
    if (chosen !== null) {
      drawing.globalAlpha = 0.35;
      drawing.lineWidth = 1;
      for (const other of near) {
        drawing.beginPath();
        drawing.moveTo(screen[2 * chosen], screen[2 * chosen + 1]);
        drawing.lineTo(screen[2 * other], screen[2 * other + 1]);
        drawing.stroke();
      }
      drawing.globalAlpha = 1;
      drawing.lineWidth = 2;
      ring(chosen, radius() + 3);
    }
    drawing.lineWidth = 1.5;
    if (hovered !== null && hovered !== chosen) ring(hovered, radius() + 2);
    const sounding = bandscape.sound.playing();
    if (sounding === null) return;
    drawing.strokeStyle = accent;
    drawing.lineWidth = 2.5;
    ring(sounding, radius() + 6);
  }

  function drawNow() {
    asked = 0;
    const { width, height } = bandscape.planeCamera.size();
    if (!width || !height) return;
    const canvas = byId("picture");
    const fine = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * fine) || canvas.height !== Math.round(height * fine)) {
      canvas.width = Math.round(width * fine);
      canvas.height = Math.round(height * fine);
    }
    drawing.setTransform(fine, 0, 0, fine, 0, 0);
    drawing.clearRect(0, 0, width, height);
    dots({ width, height });
    overlay();
  }

  function draw() {
    if (!asked) asked = requestAnimationFrame(drawNow);
  }

  // The nearest shown sound within reach of a place of the screen, or null.
  function at(x, y, reach = 14) {
    let [best, least] = [null, reach ** 2];
    for (let across = -1; across <= 1; across++) {
      for (let up = -1; up <= 1; up++) {
        for (const i of cells?.get(`${Math.floor(x / cell) + across},${Math.floor(y / cell) + up}`) || []) {
          const off = (screen[2 * i] - x) ** 2 + (screen[2 * i + 1] - y) ** 2;
          if (off < least) [best, least] = [i, off];
        }
      }
    }
    return best;
  }

  function tooltip(i) {
    const box = byId("tooltip");
    box.hidden = i === null;
    if (i === null) return;
    const { data } = bandscape;
    const facts = data.measures.slice(0, 3).map((one) => data.measured(one, i)).join(" · ");
    const own = [data.classOf(i), data.placed[i] ? "placed later" : ""].filter(Boolean).join(" · ");
    fill(box, make("strong", {}, name(data.names[i])), own ? name(own) : null, make("span", { class: "quiet" }, facts));
    bandscape.tooltipPlace(box, ...bandscape.planeCamera.project(data.x[i], data.y[i]), bandscape.planeCamera.size());
  }

  function hover(i) {
    if (i === marks.hovered) return;
    marks.hovered = i;
    tooltip(i);
    draw();
  }

  function mark(chosen) {
    Object.assign(marks, { chosen, near: chosen === null ? [] : bandscape.data.nearestOf(chosen) });
    draw();
  }

  function listen() {
    const canvas = byId("picture");
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch" || event.buttons) return;
      const i = at(...place(event));
      canvas.style.cursor = i === null ? "grab" : "pointer";
      bandscape.events.emit("pointed", i);
    });
    canvas.addEventListener("pointerleave", () => bandscape.events.emit("pointed", null));
    canvas.addEventListener("click", (event) => {
      if (byId("canvas").dataset.dragged) return;
      const i = at(...place(event), event.pointerType === "touch" ? 22 : 14);
      bandscape.events.emit(i === null ? "home" : "sound", { index: i, from: "map" });
    });
    bandscape.events.on("moved", () => {
      tooltip(null);
      draw();
    });
    for (const event of ["filtered", "colored", "sounding"]) bandscape.events.on(event, draw);
  }

  function start() {
    drawing = byId("picture").getContext("2d");
    listen();
    drawNow();
  }

  return { start, draw, mark, marks, hover, at };
})();
