// Traces of chains: one chart a quantity over the same sweeps, one color a chain, one cursor through all of them.
bandscape.traceMain = (() => {
  const { byId, make, svg, name, fill, announce } = bandscape.dom;
  const { unpack, payload } = bandscape.unpacking;
  const { known } = bandscape.lineChart;
  const dashes = ["", "7 4", "2 4"]; // chains beyond ten colors, and those told apart without color
  let data = null;
  let drawn = [];
  let now = null;
  let later = false;

  function load() {
    data = payload();
    data.sweeps = data.sweeps.map((one) => Array.from(unpack(one)));
    data.charts = data.charts.map((chart) => ({ ...chart, values: chart.values.map((one) => Array.from(unpack(one))) }));
    data.longest = data.sweeps.reduce((best, one) => (one.length > best.length ? one : best), []);
  }

  const color = (chain) => data.palettes[bandscape.theme.name()].categories[chain % 10];

  const decimals = (apart) => Math.max(0, Math.ceil(-Math.log10(apart) - 1e-9)); // that tell marks apart

  // `apart` is the distance of marks on an axis; none where one value is told.
  function format(kind, value, apart = 0) {
    if (!known(value)) return "–";
    if (kind === "share") return `${(100 * value).toFixed(apart ? decimals(100 * apart) : value < 0.0995 ? 1 : 0)} %`;
    const text = apart ? value.toFixed(decimals(apart)) : Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(4)).toString();
    return text.replace("-", "−");
  }

  // Sweeps shown: all, or without the climb at the start, in which the rest would be a flat line.
  const from = () => (later ? Math.floor(data.longest.length / 10) : 0);

  function chart(one, width) {
    const start = from();
    const x = data.longest.slice(start);
    const series = one.values.map((values, chain) => ({ values: x.map((_, i) => values[start + i]), color: color(chain), dash: dashes[chain % 3] }));
    const samples = data.samples ? [Math.max(data.longest[data.longest.length - 1] - data.samples, x[0]), x[x.length - 1]] : null;
    return bandscape.lineChart.draw({
      width, height: 190, x, series, range: paddedRange(series), zero: false, format: (value, apart) => format(one.kind, value, apart), tickText: null,
      mean: null, shade: samples, broken: false,
    });
  }

  function paddedRange(series) {
    const [low, high] = bandscape.lineChart.reach(series, ["values"]);
    const air = (high - low || Math.abs(high) || 1) * 0.06;
    return [low - air, high + air];
  }

  function draw() {
    const width = byId("charts").clientWidth - 34;
    drawn = data.charts.map((one) => chart(one, width));
    fill(byId("charts"), ...data.charts.map((one, i) => make("article", { class: "card wide" }, make("h2", {}, one.title), make("p", { class: "words quiet" }, one.says), drawn[i].root)));
    legend();
    point(null);
  }

  function legend() {
    const key = (chain) => svg("svg", { width: 22, height: 10, "aria-hidden": "true" }, svg("line", { x1: 1, x2: 21, y1: 5, y2: 5, stroke: color(chain), "stroke-width": 2.5, "stroke-dasharray": dashes[chain % 3] }));
    const items = data.names.map((text, chain) => make("li", {}, key(chain), name(text)));
    const shaded = data.samples ? [make("li", {}, make("span", { class: "key-shade" }), `averaged: the last ${data.samples} sweeps`)] : [];
    fill(byId("chains"), ...(data.names.length > 1 ? items : []), ...shaded);
  }

  function sentence(i) {
    const at = from() + i;
    const parts = data.charts.map((one) => `${one.title} ${one.values.map((values) => format(one.kind, values[at])).join(", ")}`);
    return `sweep ${data.longest[at]}: ${parts.join(" · ")}`;
  }

  function point(i) {
    now = i;
    for (const one of drawn) one.point(i);
    byId("reading").textContent = i === null ? "Move over a chart, or use the arrow keys, to read a sweep." : sentence(i);
  }

  function onMove(event) {
    const at = drawn.findIndex(({ root }) => root.contains(event.target));
    if (at < 0) return;
    point(drawn[at].nearest(event.clientX - drawn[at].root.getBoundingClientRect().left));
  }

  function onKey(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (!by) return;
    event.preventDefault();
    const count = data.longest.length - from();
    point(now === null ? 0 : Math.min(Math.max(now + by, 0), count - 1));
    announce(sentence(now));
  }

  // The same in numbers, for those who do not see the lines.
  function summary() {
    const tail = (values, n) => values.slice(-Math.max(n, 1));
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const kept = Math.max(Math.ceil(data.samples / data.every), 1);
    const columns = data.charts.flatMap(({ title, kind, values }) => [
      { head: `${title}, first`, of: (chain) => format(kind, values[chain][0]) },
      { head: data.samples ? `${title}, mean of the averaged` : `${title}, last`, of: (chain) => format(kind, data.samples ? mean(tail(values[chain], kept)) : tail(values[chain], 1)[0]) },
    ]);
    const head = make("tr", {}, make("th", { scope: "col" }, "chain"), make("th", { scope: "col", class: "number" }, "sweeps"), ...columns.map(({ head: text }) => make("th", { scope: "col", class: "number" }, text)));
    const rows = data.names.map((text, chain) => make("tr", {}, make("th", { scope: "row" }, name(text)), make("td", { class: "number" }, String(data.sweeps[chain][data.sweeps[chain].length - 1])), ...columns.map(({ of }) => make("td", { class: "number" }, of(chain)))));
    fill(byId("summary"), make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
  }

  function csv() {
    const head = ["chain", "sweep", ...data.charts.map(({ key }) => key)];
    const rows = data.names.flatMap((text, chain) => data.sweeps[chain].map((sweep, i) => [text, sweep, ...data.charts.map(({ values }) => values[chain][i])]));
    bandscape.saving.csv(bandscape.saving.csvText(head, rows), "trace.csv");
  }

  function listen() {
    byId("charts").addEventListener("pointermove", onMove);
    byId("charts").addEventListener("pointerleave", () => point(null));
    byId("charts").addEventListener("keydown", onKey);
    byId("save-csv").addEventListener("click", csv);
    byId("later").addEventListener("change", (event) => {
      later = event.target.checked;
      draw();
      bandscape.address.write({ later: later ? "1" : null });
    });
    bandscape.events.on("theme", () => {
      bandscape.address.write({ theme: bandscape.theme.chosen() });
      draw();
    });
    addEventListener("resize", draw);
  }

  function start() {
    load();
    bandscape.theme.start();
    const wanted = bandscape.address.read();
    if (wanted.theme) bandscape.theme.set(wanted.theme);
    later = byId("later").checked = wanted.later === "1";
    byId("later-label").hidden = data.longest.length < 20;
    byId("count").textContent = data.subtitle;
    byId("notes").hidden = !data.notes.length;
    fill(byId("notes"), ...data.notes.map((note) => make("li", {}, name(note))));
    draw();
    summary();
    listen();
    byId("loading").hidden = true;
    document.documentElement.dataset.ready = "true";
  }

  return { start };
})();

bandscape.starting.run(bandscape.traceMain.start);
