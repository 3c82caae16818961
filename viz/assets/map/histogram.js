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
    return [Math.floor(low / kind.step) * kind.step, Math.ceil(high / kind.step) * kind.step];
  }

  // Bars are whole steps wide: half a year more in one bar than in the next would draw teeth that are not there.
  function counts(kind, low, high) {
    const steps = Math.round((high - low) / kind.step) + 1;
    const stepsPerBar = Math.ceil(steps / kind.mostBars);
    const heights = new Uint32Array(Math.ceil(steps / stepsPerBar));
    for (let i = 0; i < bandscape.data.count; i++) {
      const value = kind.value(i);
      if (!Number.isNaN(value)) heights[Math.floor(Math.round((value - low) / kind.step) / stepsPerBar)]++;
    }
    return { heights, barWidth: stepsPerBar * kind.step };
  }

  function picture(heights) {
    const tallest = Math.max(...heights, 1);
    const bars = [...heights].map((height, i) => {
      const tall = height ? Math.max(1, (height / tallest) * 40) : 0;
      return svg("rect", { x: i * 10 + 0.75, y: 40 - tall, width: 8.5, height: tall });
    });
    return svg("svg", { viewBox: `0 0 ${heights.length * 10} 40`, preserveAspectRatio: "none", class: "bars", "aria-hidden": "true" }, ...bars);
  }

  function build(name) {
    const kind = kinds[name];
    const [low, high] = boundsOf(kind);
    const place = byId(`${name}-filter`);
    if (!(high > low)) {
      place.hidden = true;
      return;
    }
    const { heights, barWidth } = counts(kind, low, high);
    const drawing = picture(heights);
    const said = make("output", { class: "range-text" });
    const handle = (value, label) =>
      make("input", { type: "range", min: low, max: high, step: kind.step, value, "aria-label": `${label} ${kind.title}` });
    const [from, to] = [handle(low, "lowest"), handle(high, "highest")];

    function show() {
      const range = [Math.min(+from.value, +to.value), Math.max(+from.value, +to.value)];
      const whole = range[0] <= low + 1e-9 && range[1] >= high - 1e-9;
      said.textContent = `${kind.text(range[0])} – ${kind.text(range[1])}`;
      [...drawing.children].forEach((bar, i) => {
        const start = low + i * barWidth;
        bar.classList.toggle("outside", start > range[1] + 1e-9 || start + barWidth <= range[0] + 1e-9);
      });
      return whole ? null : [range[0] - 1e-6, range[1] + 1e-6];
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
    const head = make("h2", {}, kind.title, said);
    fill(place, head, make("div", { class: "range" }, drawing, from, to));
    show();
  }

  const start = () => Object.keys(kinds).forEach(build);

  return { start };
})();
