// The discs: area by share, stronger where a topic's words are its own. With a word chosen, each topic's part of it.
bandscape.topicPicture = (() => {
  const { byId, make, svg, name, fill } = bandscape.dom;
  const marks = { topic: null, word: null, hovered: null, preview: null };
  let layers = {};
  let circles = [];
  let asked = 0;
  let shownLabels = [];

  const data = bandscape.topicData;
  const palette = () => data.palettes[bandscape.theme.name()];
  const wordShown = () => marks.preview ?? marks.word;

  // Pale where the words are those of the whole corpus.
  function colorOf(k, low, high) {
    const ramp = palette().ramp;
    const level = high - low < 0.05 ? 0.5 : (data.own[k] - low) / (high - low);
    return ramp[Math.round(level * (ramp.length - 2))];
  }

  function discsNow() {
    const { scale } = bandscape.planeCamera.view();
    return data.byShare.map((k) => {
      const [px, py] = bandscape.planeCamera.project(data.x[k], data.y[k]);
      return { k, px, py, radius: Math.max(data.radius[k] * scale, 1.5) };
    });
  }

  const inView = ({ px, py, radius }, { width, height }) =>
    px + radius > 0 && py + radius > 0 && px - radius < width && py - radius < height;

  function placeDiscs(discs) {
    const quiet = wordShown() !== null;
    layers.discs.classList.toggle("quiet-discs", quiet);
    for (const { k, px, py, radius } of discs) {
      const circle = circles[k];
      for (const [key, value] of [["cx", px], ["cy", py], ["r", radius]]) circle.setAttribute(key, value.toFixed(1));
      circle.classList.toggle("chosen", k === marks.topic);
    }
  }

  // Threads to the topics that are most alike by words; the plane cannot always put them side by side.
  function drawThreads(discs) {
    const k = marks.topic;
    if (k === null || wordShown() !== null) return fill(layers.threads);
    const at = new Map(discs.map((one) => [one.k, one]));
    return fill(layers.threads, ...data.nearestOf(k).map(({ topic }) => thread(at.get(k), at.get(topic))).filter(Boolean));
  }

  // From edge to edge.
  function thread(from, to) {
    const length = Math.hypot(to.px - from.px, to.py - from.py);
    if (length <= from.radius + to.radius) return null;
    const [dx, dy] = [(to.px - from.px) / length, (to.py - from.py) / length];
    return svg("line", {
      x1: from.px + dx * from.radius, y1: from.py + dy * from.radius, x2: to.px - dx * to.radius, y2: to.py - dy * to.radius,
    });
  }

  // A word's uses by topic: areas in proportion to each other, the largest as large as a middling disc.
  // [{ k, px, py, radius, part }]
  function partsOf(word, discs) {
    const holders = data.holdersOf(word);
    const at = new Map(discs.map((one) => [one.k, one]));
    const { width, height } = bandscape.planeCamera.size();
    const unit = (Math.min(width, height) * 0.07) / Math.sqrt(Math.max(...holders.map(({ part }) => part), 1e-9));
    return holders.map(({ topic, part }) => ({ ...at.get(topic), radius: Math.max(unit * Math.sqrt(part), 2), part }));
  }

  function drawParts(parts) {
    fill(layers.parts, ...parts.map(({ px, py, radius }) => svg("circle", { cx: px.toFixed(1), cy: py.toFixed(1), r: radius.toFixed(1) })));
  }

  function partLabels(parts) {
    const lambda = bandscape.lambda.value();
    return parts.map((one) => {
      const part = { text: data.percent(one.part), kind: "words" };
      const names = [data.nameOf(one.k, lambda), ...(data.numbered[one.k] ? [data.firstWords(one.k, 1, lambda)[0]] : [])];
      return { ...one, strong: true, variants: [...names.map((text) => [{ text, kind: "name" }, part]), [part]] };
    });
  }

  // With a topic chosen: it and those most like it; then, or else, the largest first.
  function discLabels(discs) {
    const lambda = bandscape.lambda.value();
    const at = new Map(discs.map((one) => [one.k, one]));
    const { topic } = marks;
    const first = topic === null ? [] : [topic, ...data.nearestOf(topic).map((one) => one.topic)];
    const order = [...new Set([...first, ...data.byShare])].filter((k) => at.has(k)).slice(0, 400);
    return order.map((k) => ({ ...at.get(k), strong: first.includes(k) || topic === null, must: first.includes(k), variants: bandscape.topicLabels.variants(k, lambda) }));
  }

  function toolsBox() {
    const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } = byId("tools");
    return { left, top, right: left + offsetWidth, bottom: top + offsetHeight };
  }

  function drawLabels(discs, parts) {
    const bounds = bandscape.planeCamera.size();
    const inTheWay = (parts || discs).filter((one) => inView(one, bounds));
    const wanted = parts ? partLabels(inTheWay) : discLabels(inTheWay);
    shownLabels = bandscape.topicLabels.place(wanted, inTheWay, [toolsBox()], bounds);
    fill(layers.labels, ...shownLabels.map(label));
  }

  function label({ lines, box, strong }) {
    let y = box.top;
    const x = { start: box.left + 2, end: box.right - 2, middle: (box.left + box.right) / 2 }[box.anchor];
    const rows = lines.map(({ text, kind }) => {
      y += bandscape.topicLabels.heights[kind];
      return svg("text", { x: x.toFixed(1), y: (y - 4).toFixed(1), class: `label-${kind}`, "text-anchor": box.anchor }, text);
    });
    return svg("g", { class: strong ? "label" : "label faint" }, ...rows);
  }

  function drawNow() {
    asked = 0;
    const { width, height } = bandscape.planeCamera.size();
    if (!width || !height) return;
    byId("picture").setAttribute("viewBox", `0 0 ${width} ${height}`);
    const discs = discsNow();
    placeDiscs(discs);
    drawThreads(discs);
    const parts = wordShown() === null ? null : partsOf(wordShown(), discs);
    drawParts(parts || []);
    drawLabels(discs, parts);
  }

  function draw() {
    if (!asked) asked = requestAnimationFrame(drawNow);
  }

  function mark(changes) {
    Object.assign(marks, changes);
    draw();
  }

  function paint() {
    const [low, high] = [Math.min(...data.own), Math.max(...data.own)];
    circles.forEach((circle, k) => circle.setAttribute("fill", colorOf(k, low, high)));
    draw();
  }

  function hover(k) {
    circles[marks.hovered]?.classList.remove("hovered");
    circles[k]?.classList.add("hovered");
    marks.hovered = k;
    const box = byId("tooltip");
    box.hidden = k === null;
    if (k === null) return;
    const words = data.firstWords(k, 8, bandscape.lambda.value()).join(", ");
    fill(box, make("strong", {}, name(data.ids[k])), name(words), make("span", { class: "quiet" }, `${data.percent(data.share[k])} of all words`));
    const [x, y] = bandscape.planeCamera.project(data.x[k], data.y[k]);
    bandscape.tooltipPlace(box, x, y, bandscape.planeCamera.size());
  }

  function listen() {
    const picture = byId("picture");
    const topicAt = (event) => (event.target.dataset?.topic === undefined ? null : Number(event.target.dataset.topic));
    picture.addEventListener("pointerover", (event) => event.pointerType !== "touch" && bandscape.events.emit("hover", topicAt(event)));
    picture.addEventListener("pointerleave", () => bandscape.events.emit("hover", null));
    picture.addEventListener("click", (event) => {
      if (byId("canvas").dataset.dragged) return;
      const k = topicAt(event);
      bandscape.events.emit(k === null ? "home" : "topic", { topic: k, from: "map" });
    });
    bandscape.events.on("hover", hover);
    bandscape.events.on("moved", () => {
      byId("tooltip").hidden = true;
      draw();
    });
    bandscape.events.on("lambda", draw);
    bandscape.events.on("theme", paint);
  }

  function start() {
    layers = Object.fromEntries(["threads", "discs", "parts", "labels"].map((key) => [key, svg("g", { class: key })]));
    circles = data.ids.map((_, k) => svg("circle", { "data-topic": k }));
    layers.discs.append(...data.byShare.map((k) => circles[k])); // small ones above large ones
    byId("picture").append(layers.discs, layers.threads, layers.parts, layers.labels);
    listen();
    paint();
  }

  return { start, mark, marks, shown: () => shownLabels };
})();
