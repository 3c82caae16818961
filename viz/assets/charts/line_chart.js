// A line chart in SVG: one or several series over numbers, with bands, a dashed mean and a shaded stretch.
// Broken where values are missing, and where the next point lies more than one step away.
bandscape.lineChart = (() => {
  const { svg, fill } = bandscape.dom;
  const pad = { left: 44, right: 12, top: 10, bottom: 22 };

  // Round numbers from low to high, about n of them.
  function ticks(low, high, n) {
    const rough = (high - low) / Math.max(n, 1) || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999);
    const first = Math.ceil(low / step - 1e-9);
    const last = Math.floor(high / step + 1e-9);
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => (first + i) * step);
  }

  // One mark alone says no scale.
  function marks(low, high, n) {
    const found = ticks(low, high, n);
    return found.length > 1 ? found : ticks(low, high, 2 * n);
  }

  const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);

  function reach(series, keys) {
    let [low, high] = [Infinity, -Infinity];
    for (const one of series) {
      for (const key of keys) {
        for (const value of one[key] || []) {
          if (!known(value)) continue;
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    }
    return low <= high ? [low, high] : [0, 1];
  }

  // Stretches of neighboring known points: [[0, 1, 2], [5, 6]]
  function stretches(x, values, step) {
    const found = [];
    for (let i = 0; i < x.length; i++) {
      if (!known(values[i])) continue;
      const last = found[found.length - 1];
      if (last && last[last.length - 1] === i - 1 && x[i] - x[i - 1] <= step * 1.5) last.push(i);
      else found.push([i]);
    }
    return found;
  }

  const stepOf = (x) => x.slice(1).reduce((least, value, i) => Math.min(least, value - x[i]), Infinity);

  // spec: { width, height, x, series: [{ values, low, high, color }], range (or null), zero, format, tickText (or null), mean, shade, broken }
  function draw(spec) {
    const { width, height, x, series, format } = spec;
    const [low, high] = spec.range || reach(series, ["values", "low", "high"]);
    const bottom = spec.zero ? 0 : low;
    const span = high - bottom || Math.abs(high) || 1;
    const axis = yMarks(bottom, bottom + span, Math.max(height - pad.top - pad.bottom, 10), format);
    const left = Math.max(pad.left, 14 + 7 * Math.max(...axis.map(({ text }) => text.length), 0));
    const wide = Math.max(width - left - pad.right, 10);
    const tall = Math.max(height - pad.top - pad.bottom, 10);
    const [x0, x1] = [x[0], x[x.length - 1]];
    const cut = (value) => Math.min(Math.max(value, bottom), bottom + span); // a band may reach beyond the picture
    const px = (value) => (x1 > x0 ? left + ((value - x0) / (x1 - x0)) * wide : left + wide / 2);
    const py = (value) => pad.top + tall - ((cut(value) - bottom) / span) * tall;
    const step = spec.broken ? stepOf(x) : Infinity;
    const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "line-chart", "aria-hidden": "true" });
    if (spec.shade) root.append(shaded(spec.shade, px, tall));
    root.append(...yAxis(axis, py, left, wide), ...xAxis(spec, px, height, wide, left));
    if (known(spec.mean)) root.append(svg("line", { x1: left, x2: left + wide, y1: py(spec.mean), y2: py(spec.mean), class: "mean" }));
    for (const one of series) root.append(...band(one, x, step, px, py), ...line(one, x, step, px, py));
    const cursor = svg("g", { class: "cursor" });
    root.append(cursor);
    return { root, nearest: (at) => nearest(x, px, at), point: (i) => point(cursor, spec, i, px, py, tall) };
  }

  function shaded([from, to], px, tall) {
    return svg("rect", { x: px(from), y: pad.top, width: Math.max(px(to) - px(from), 1), height: tall, class: "shade" });
  }

  // `format(value, apart)` is told how far the marks are apart, so that no two of them read alike.
  function yMarks(low, high, tall, format) {
    const found = marks(low, high, tall > 160 ? 5 : 3);
    return found.map((value) => ({ value, text: format(value, found.length > 1 ? found[1] - found[0] : 0) }));
  }

  function yAxis(axis, py, left, wide) {
    return axis.flatMap(({ value, text }) => [
      svg("line", { x1: left, x2: left + wide, y1: py(value), y2: py(value), class: "grid" }),
      svg("text", { x: left - 6, y: py(value) + 4, class: "tick-text end" }, text),
    ]);
  }

  // Round numbers where there is room for them, or, with `tickText`, the names of the points.
  function xAxis(spec, px, height, wide, left) {
    const text = (value, at, anchor) => svg("text", { x: px(at), y: height - 6, class: `tick-text ${anchor}` }, value);
    const { x } = spec;
    if (spec.tickText) return namedTicks(spec, px, wide).map((i) => text(spec.tickText(i), x[i], i === x.length - 1 && i > 0 ? "end" : ""));
    const [low, high] = [x[0], x[x.length - 1]];
    const whole = x.every(Number.isInteger);
    const found = ticks(low, high, Math.max(Math.floor(wide / 52), 2)).filter((value) => !whole || Number.isInteger(value));
    return (found.length ? found : [low]).map((value) => text(String(+value.toPrecision(10)), value, wide - (px(value) - left) < 16 && high > low ? "end" : ""));
  }

  function namedTicks({ x, tickText }, px, wide) {
    const widest = Math.max(...x.map((_, i) => tickText(i).length), 1) * 7 + 14;
    const room = Math.max(Math.floor(wide / widest), 1);
    const every = Math.max(Math.ceil((x.length - 1) / room), 1);
    const last = x.length - 1;
    const chosen = x.map((_, i) => i).filter((i) => i % every === 0);
    if (chosen.length > 1 && px(x[last]) - px(x[chosen[chosen.length - 1]]) < widest) chosen.pop();
    return chosen.includes(last) ? chosen : [...chosen, last];
  }

  function band({ values, low, high, color }, x, step, px, py) {
    if (!low) return [];
    const whole = values.map((value, i) => (known(low[i]) && known(high[i]) ? value : NaN));
    return stretches(x, whole, step).map((run) => {
      if (run.length === 1) return svg("line", { x1: px(x[run[0]]), x2: px(x[run[0]]), y1: py(low[run[0]]), y2: py(high[run[0]]), stroke: color, class: "whisker" });
      const up = run.map((i) => `${px(x[i]).toFixed(1)},${py(high[i]).toFixed(1)}`);
      const down = [...run].reverse().map((i) => `${px(x[i]).toFixed(1)},${py(low[i]).toFixed(1)}`);
      return svg("polygon", { points: [...up, ...down].join(" "), fill: color, class: "band" });
    });
  }

  function line({ values, color, dash = "" }, x, step, px, py) {
    return stretches(x, values, step).map((run) => {
      if (run.length === 1) return svg("circle", { cx: px(x[run[0]]), cy: py(values[run[0]]), r: 2.5, fill: color });
      const points = run.map((i) => `${px(x[i]).toFixed(1)},${py(values[i]).toFixed(1)}`).join(" ");
      return svg("polyline", { points, stroke: color, "stroke-dasharray": dash, class: "series" });
    });
  }

  function nearest(x, px, at) {
    let best = 0;
    for (let i = 1; i < x.length; i++) if (Math.abs(px(x[i]) - at) < Math.abs(px(x[best]) - at)) best = i;
    return best;
  }

  // Marks a point of every series; null takes the marks away.
  function point(cursor, { x, series }, i, px, py, tall) {
    if (i === null) return fill(cursor);
    const dots = series.filter(({ values }) => known(values[i])).map(({ values, color }) => svg("circle", { cx: px(x[i]), cy: py(values[i]), r: 4, fill: color }));
    return fill(cursor, svg("line", { x1: px(x[i]), x2: px(x[i]), y1: pad.top, y2: pad.top + tall }), ...dots);
  }

  return { draw, ticks, reach, known };
})();
