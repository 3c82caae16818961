// The dots, drawn by Plotly: one scattergl trace for each class of the coloring, the left-out ones behind.
bandscape.chart = (() => {
  let plot = null;
  let current = null; // the coloring
  let members = []; // for each trace: the artists in it
  let busy = Promise.resolve();

  const coloring = () => current;
  const element = () => plot;

  function hasWebGL() {
    try {
      const canvas = document.createElement("canvas");
      return Boolean(canvas.getContext("webgl") || canvas.getContext("experimental-webgl"));
    } catch {
      return false;
    }
  }

  // On a map of few artists a near view is mostly ground, and on one of very many a far view is one heap: there dots
  // grow as one zooms in, in a few steps. A phone shows the same map on a third of the ground.
  const [sparse, few, many] = [200, 2_000, 20_000];
  const [largest, step] = [2.2, 1.3];
  let grown = 1;

  const smallest = () => (bandscape.data.count < sparse ? 1.6 : Math.min(1, (many / bandscape.data.count) ** 0.3));

  function growth() {
    const most = bandscape.data.count < few ? largest : 1;
    const wanted = smallest() * Math.sqrt(bandscape.camera.zoom()) * 1.02;
    if (wanted >= most) return most;
    return smallest() * step ** Math.max(0, Math.floor(Math.log(wanted / smallest()) / Math.log(step)));
  }

  const scale = () => (plot && plot.clientWidth < 600 ? 0.7 : 1) * grown;
  const diameter = (i) => bandscape.data.diameter[i] * scale();

  function grow() {
    const wanted = growth();
    if (wanted === grown) return;
    grown = wanted;
    draw();
  }

  const hidden = { label: "left out", opacity: 0.14 };

  // Rarely reviewed artists first: the well-known lie on top.
  function groupsOfArtists() {
    const { byReviews } = bandscape.data;
    const groups = current.classes.map(() => []);
    const leftOut = [];
    for (let at = byReviews.length - 1; at >= 0; at--) {
      const i = byReviews[at];
      (bandscape.filters.shows(i) ? groups[current.codes[i]] : leftOut).push(i);
    }
    return [leftOut, ...groups];
  }

  // Classes that look alike are one layer: of fifty topics most are the same gray.
  function layers() {
    const looks = [hidden, ...current.classes];
    const found = new Map();
    groupsOfArtists().forEach((indices, i) => {
      const look = looks[i];
      const key = look === hidden ? "hidden" : `${look.color} ${look.opacity}`;
      if (indices.length && !found.has(key)) found.set(key, { indices: [], look });
      if (indices.length) for (const one of indices) found.get(key).indices.push(one);
    });
    const height = ({ look }) => (look === hidden || look === current.classes[0] ? 0 : look.other ? 1 : 2); // grays behind
    return [...found.values()].sort((a, b) => height(a) - height(b));
  }

  function trace(indices, look) {
    const { x, y } = bandscape.data;
    const small = look === hidden;
    const factor = scale();
    return {
      type: "scattergl",
      mode: "markers",
      x: Float32Array.from(indices, (i) => x[i]),
      y: Float32Array.from(indices, (i) => y[i]),
      marker: {
        size: Float32Array.from(indices, (i) => (small ? 3 : bandscape.data.diameter[i]) * factor),
        color: look.color || bandscape.data.palettes[bandscape.theme.name()].unknown,
        opacity: look.opacity,
        line: { width: 0 },
      },
      hoverinfo: small ? "skip" : "none", // the tooltip is our own
      showlegend: false,
    };
  }

  function layout(view) {
    const axis = (range) => ({ range, visible: false, showgrid: false, zeroline: false, showspikes: false, autorange: false });
    return {
      xaxis: axis(view.x),
      yaxis: axis(view.y),
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      dragmode: plot.dataset.tool || "pan",
      hovermode: "closest",
      hoverdistance: 14,
      spikedistance: 0, // without it a mouse move over empty ground costs 159 ms at 100,000 dots
      newselection: { line: { color: bandscape.data.palettes[bandscape.theme.name()].accent, width: 1.5, dash: "solid" } },
    };
  }

  const config = {
    displayModeBar: false, scrollZoom: true, doubleClick: false, showTips: false, showAxisDragHandles: false, responsive: false,
  };

  function draw() {
    if (!plot) return Promise.resolve();
    const kept = layers();
    const traces = kept.map(({ indices, look }) => trace(indices, look));
    const view = () => (plot._fullLayout ? bandscape.camera.view() : bandscape.camera.whole()); // where it is by then
    const react = () => {
      members = kept.map(({ indices }) => indices); // not before: until then a click hits the dots of the earlier drawing
      return Plotly.react(plot, traces, layout(view()), config);
    };
    busy = busy.then(react).then(() => bandscape.events.emit("drawn"));
    return busy;
  }

  // Resolves when all that was asked for so far is drawn.
  const drawn = () => busy;

  const artistAt = (point) => members[point.curveNumber]?.[point.pointNumber];

  function listen() {
    const moved = () => bandscape.events.emit("moved");
    plot.on("plotly_relayouting", moved);
    plot.on("plotly_relayout", moved);
    let waiting = 0;
    bandscape.events.on("moved", () => {
      clearTimeout(waiting);
      waiting = setTimeout(grow, 60); // once the view has come to rest
    });
    plot.on("plotly_doubleclick", () => bandscape.camera.fit());
    plot.on("plotly_hover", ({ points }) => bandscape.events.emit("hover", artistAt(points[0])));
    plot.on("plotly_unhover", () => bandscape.events.emit("hover", undefined));
    plot.on("plotly_click", ({ points }) => bandscape.events.emit("artist", { index: artistAt(points[0]), from: "map" }));
    plot.on("plotly_selected", (event) => event && (event.lassoPoints || event.range) && takeShape(event));
  }

  // A lasso or a box becomes a polygon on the map: the same from a link as from a hand.
  function takeShape({ lassoPoints, range }) {
    const corners = lassoPoints ? lassoPoints.x.map((x, at) => [x, lassoPoints.y[at]])
      : [[0, 0], [1, 0], [1, 1], [0, 1]].map(([a, b]) => [range.x[a], range.y[b]]);
    const step = Math.ceil(corners.length / 80);
    setTool("pan");
    enclose(corners.filter((_, at) => at % step === 0), true);
  }

  function inside(corners, px, py) {
    let within = false;
    for (let a = 0, b = corners.length - 1; a < corners.length; b = a++) {
      const [[ax, ay], [bx, by]] = [corners[a], corners[b]];
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) within = !within;
    }
    return within;
  }

  function enclose(corners, openTable) {
    const { x, y, count } = bandscape.data;
    const found = new Set();
    for (let i = 0; i < count; i++) if (bandscape.filters.shows(i) && inside(corners, x[i], y[i])) found.add(i);
    if (!found.size) return;
    bandscape.filters.set("lasso", found);
    bandscape.filters.state.shape = corners;
    bandscape.events.emit("filtered");
    if (openTable) bandscape.events.emit("lassoed", found);
  }

  function setTool(tool) {
    plot.dataset.tool = tool;
    Plotly.relayout(plot, tool === "pan" ? { dragmode: tool, selections: [] } : { dragmode: tool });
    bandscape.events.emit("tool", tool);
  }

  function colorBy(key) {
    current = bandscape.coloring.of(key);
    bandscape.filters.forgetClasses();
    bandscape.events.emit("colored", current);
  }

  // A class of the gray rest gets a color of its own; classes keep their numbers. Drawn when the filters change next.
  function giveColor(label) {
    bandscape.coloring.ask(current.key, label);
    current = bandscape.coloring.of(current.key);
  }

  // A tab in the background paints nothing and must not wait for it.
  const painted = () => new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done, 0));
    setTimeout(done, 200);
  });

  // Plotly takes a second to be read: meanwhile a plain canvas shows the same dots, and the page is there.
  function preview(target) {
    const { clientWidth: width, clientHeight: height } = target;
    const density = window.devicePixelRatio || 1;
    const canvas = bandscape.dom.make("canvas", { id: "preview", width: Math.round(width * density), height: Math.round(height * density), "aria-hidden": "true" });
    const pen = canvas.getContext("2d", { willReadFrequently: true }); // drawn once, by the processor
    pen.scale(density, density);
    const view = bandscape.camera.whole();
    const unit = (view.x[1] - view.x[0]) / width;
    for (const { indices, look } of layers()) {
      pen.fillStyle = look.color;
      pen.globalAlpha = look.opacity;
      for (const i of indices) {
        pen.beginPath();
        pen.arc((bandscape.data.x[i] - view.x[0]) / unit, (view.y[1] - bandscape.data.y[i]) / unit, diameter(i) / 2, 0, 2 * Math.PI);
        pen.fill();
      }
    }
    target.before(canvas);
    bandscape.dom.byId("loading").hidden = true;
    return canvas;
  }

  // The source is packed to a third. The policy of the page admits this very text as a script.
  async function runPlotly() {
    if (document.readyState === "loading") await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
    const script = document.createElement("script");
    script.textContent = await bandscape.unpacking.unzip(bandscape.dom.byId("plotly-source").textContent);
    document.head.append(script);
    script.remove();
  }

  // The coloring alone: legend and histograms need no picture.
  function prepare(key) {
    current = bandscape.coloring.of(key);
    bandscape.filters.forgetClasses();
  }

  // `meanwhile` is done once the first dots are painted.
  async function start(meanwhile) {
    const target = bandscape.dom.byId("plot");
    let shown = null;
    if (hasWebGL() && bandscape.unpacking.canUnzip()) {
      plot = target;
      bandscape.camera.attach(plot);
      bandscape.field.start();
      grown = growth();
      shown = preview(target);
      await painted();
      await meanwhile();
      await runPlotly();
    } else await meanwhile();
    bandscape.events.on("filtered", draw);
    await draw();
    shown?.remove();
    if (plot && plot.querySelector(".no-webgl")) { // there is WebGL, but not enough of it for Plotly
      Plotly.purge(plot);
      plot.replaceChildren();
      plot = null;
    }
    if (plot) listen();
    return Boolean(plot);
  }

  // Colors change with the theme, classes do not.
  function repaint() {
    current = bandscape.coloring.of(current.key);
    bandscape.events.emit("repainted", current);
    return draw();
  }

  // More artists than before: their classes, the filter and the dots. Nothing that was chosen changes.
  function renew() {
    current = bandscape.coloring.of(current.key);
    bandscape.filters.refresh();
    bandscape.events.emit("repainted", current);
  }

  return { prepare, start, renew, enclose, draw, drawn, colorBy, giveColor, repaint, coloring, element, diameter, setTool };
})();
