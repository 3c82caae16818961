// A histogram with two handles: choose a range of scores or years. The handles are range inputs, so that keyboards
// and screen readers have them too.
bandscape.histogram = (() => {
  const { byId, make, svg, fill } = bandscape.dom;

  const kinds = {
    score: {
      title: "score", step: 0.1, mostBars: 21,
      value: (i) => bandscape.data.score[i],
      text: (value) => value.toFixed(1),
    },
    year: {
      title: "release year", step: 1, mostBars: 60,
      value: (i) => bandscape.data.firstYear[i] || NaN,
      text: String,
    },
  };

  function boundsOf(kind) {
    const { count, lastYear } = bandscape.data;
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      const value = kind.value(i);
      if (Number.isNaN(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value, kind === kinds.year ? lastYear[i] : value);
    }
    return [Math.floor(low / kind.step), Math.ceil(high / kind.step)];
  }

  // How the dots are spread: counts[k] have the value (low + k) · step.
  function spreadOfDots(kind) {
    const [low, high] = boundsOf(kind);
    if (!(high > low)) return { low, high, counts: [] };
    const counts = new Uint32Array(high - low + 1);
    for (let i = 0; i < bandscape.data.count; i++) {
      const value = kind.value(i);
      if (!Number.isNaN(value)) counts[Math.round(value / kind.step) - low]++;
    }
    return { low, high, counts };
  }

  // A map that asks its server was told how all artists are spread, also those that are no dots.
  const wholeSpread = (name) => bandscape.data.served?.spreads[name] || spreadOfDots(kinds[name]);

  // Bars are whole steps wide: half a year more in one bar than in the next would draw teeth that are not there.
  function heightsOf(counts, stepsPerBar) {
    const heights = new Uint32Array(Math.ceil(counts.length / stepsPerBar));
    counts.forEach((count, k) => (heights[Math.floor(k / stepsPerBar)] += count));
    return heights;
  }

  function bars(heights) {
    const tallest = Math.max(...heights, 1);
    return [...heights].map((height, i) => {
      const tall = height ? Math.max(1, (height / tallest) * 40) : 0;
      return svg("rect", { x: i * 10 + 0.75, y: 40 - tall, width: 8.5, height: tall });
    });
  }

  const everybody = () => `all ${bandscape.dom.plural(bandscape.data.total || bandscape.data.count, "artist")}`;

  function build(name) {
    const kind = kinds[name];
    const whole = wholeSpread(name);
    const [low, high] = [whole.low * kind.step, whole.high * kind.step];
    const place = byId(`${name}-filter`);
    if (!(high > low)) {
      place.hidden = true;
      return;
    }
    const stepsPerBar = Math.ceil((whole.high - whole.low + 1) / kind.mostBars);
    const barWidth = stepsPerBar * kind.step;
    const heights = heightsOf(whole.counts, stepsPerBar);
    const drawing = svg("svg", { viewBox: `0 0 ${heights.length * 10} 40`, preserveAspectRatio: "none", class: "bars", "aria-hidden": "true" }, ...bars(heights));
    const of = make("p", { class: "quiet spread-of", hidden: !bandscape.data.served }, everybody());
    const said = make("output", { class: "range-text" });
    const handle = (value, label) =>
      make("input", { type: "range", min: low, max: high, step: kind.step, value, "aria-label": `${label} ${kind.title}` });
    const [from, to] = [handle(low, "lowest"), handle(high, "highest")];

    function show() {
      const range = [Math.min(+from.value, +to.value), Math.max(+from.value, +to.value)];
      const isWhole = range[0] <= low + 1e-9 && range[1] >= high - 1e-9;
      said.textContent = `${kind.text(range[0])} – ${kind.text(range[1])}`;
      [...drawing.children].forEach((bar, i) => {
        const start = low + i * barWidth;
        bar.classList.toggle("outside", start > range[1] + 1e-9 || start + barWidth <= range[0] + 1e-9);
      });
      return isWhole ? null : [range[0] - 1e-6, range[1] + 1e-6];
    }

    let asked = 0;
    const change = () => {
      const range = show();
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => bandscape.filters.set(name, range));
    };
    from.addEventListener("input", change);
    to.addEventListener("input", change);
    bandscape.events.on("range", (wanted) => {
      if (wanted.name !== name) return;
      [from.value, to.value] = wanted.range;
      bandscape.filters.set(name, show());
    });
    bandscape.events.on("filters-cleared", () => {
      [from.value, to.value] = [low, high];
      show();
    });
    // Another part of the map: its artists' bars, the handles where they were. null: the whole map again.
    bandscape.events.on("spread", (part) => {
      fill(drawing, ...bars(heightsOf(part ? part[name] : whole.counts, stepsPerBar)));
      of.textContent = part ? `the ${bandscape.dom.plural(part.inside, "artist")} of this part` : everybody();
      show();
    });
    const head = make("h2", {}, kind.title, said);
    fill(place, head, make("div", { class: "range" }, drawing, from, to), of);
    show();
  }

  const start = () => Object.keys(kinds).forEach(build);

  return { start };
})();
