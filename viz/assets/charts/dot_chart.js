// Groups that have no order: a dot with its interval on a line for each, and a dashed line for the mean of all.
bandscape.dotChart = (() => {
  const { svg, fill } = bandscape.dom;
  const { known, ticks } = bandscape.lineChart;
  const rowHeight = 20;
  const foot = 22;

  const heightFor = (n) => n * rowHeight + foot + 6;

  // spec: { width, labels, values, low, high, color, top, format, mean }
  function draw(spec) {
    const { width, labels, values, low, high, color, top, format } = spec;
    const left = Math.min(132, Math.max(64, width * 0.36));
    const wide = width - left - 16;
    const height = heightFor(labels.length);
    const px = (value) => left + Math.min(value / top, 1) * wide; // an interval may reach beyond the picture
    const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "dot-chart", "aria-hidden": "true" });
    const marks = ticks(0, top, 3);
    marks.forEach((value) => root.append(
      svg("line", { x1: px(value), x2: px(value), y1: 4, y2: height - foot, class: "grid" }),
      svg("text", { x: px(value), y: height - 6, class: "tick-text" }, format(value))));
    if (known(spec.mean)) root.append(svg("line", { x1: px(spec.mean), x2: px(spec.mean), y1: 2, y2: height - foot, class: "mean" }));
    const cursor = svg("g", { class: "cursor" });
    root.append(cursor);
    labels.forEach((label, i) => {
      const y = 6 + (i + 0.5) * rowHeight;
      root.append(svg("text", { x: left - 8, y: y + 4, class: "row-text" }, shortened(label, left)));
      if (known(low[i]) && known(high[i])) root.append(svg("line", { x1: px(low[i]), x2: px(high[i]), y1: y, y2: y, stroke: color, class: "whisker" }));
      if (known(values[i])) root.append(svg("circle", { cx: px(values[i]), cy: y, r: 4, fill: color }));
    });
    const point = (i) => fill(cursor, ...(i === null ? [] : [svg("rect", { x: 0, y: 6 + i * rowHeight, width, height: rowHeight, class: "row-mark" })]));
    return { root, nearest: (_, y) => Math.min(Math.max(Math.floor((y - 6) / rowHeight), 0), labels.length - 1), point };
  }

  // A name is cut where it would reach out of the picture, by its own width: an M takes three times the room of an i.
  const pen = document.createElement("canvas").getContext("2d");

  function shortened(text, room) {
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const fits = (one) => pen.measureText(one).width <= room - 10;
    if (fits(text)) return text;
    const signs = Array.from(text).slice(0, 60);
    while (signs.length > 1 && !fits(`${signs.join("").trimEnd()}…`)) signs.pop();
    return `${signs.join("").trimEnd()}…`;
  }

  return { draw, heightFor };
})();
