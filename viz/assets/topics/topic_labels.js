// The names on the discs: the largest topics first; none touches another or covers a foreign disc. A name that finds
// no room with its words is tried alone, then left out.
bandscape.topicLabels = (() => {
  const sizes = { name: 14, words: 12 };
  const heights = { name: 17, words: 15 };
  const most = 90;
  const crowd = 200; // discs in view
  const pen = document.createElement("canvas").getContext("2d");
  const widths = new Map();

  const family = () => getComputedStyle(document.body).fontFamily;
  const fontOf = (kind) => `${kind === "name" ? 600 : 400} ${sizes[kind]}px ${family()}`;

  function widthOf({ text, kind }) {
    const key = kind + text;
    if (!widths.has(key)) {
      pen.font = fontOf(kind);
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  }

  const short = (text, longest) => {
    const signs = Array.from(text);
    return signs.length > longest ? `${signs.slice(0, longest - 1).join("")}…` : text;
  };

  // Ways of writing a topic, best first: lists of lines.
  function variants(k, lambda) {
    const data = bandscape.topicData;
    if (data.numbered[k]) {
      const words = data.firstWords(k, 4, lambda).map((word) => short(word, 18));
      return [
        [{ text: words.slice(0, 2).join(", "), kind: "name" }, { text: words.slice(2).join(", "), kind: "words" }],
        [{ text: words[0] || data.ids[k], kind: "name" }, { text: words[1] || "", kind: "words" }],
        [{ text: words[0] || data.ids[k], kind: "words" }],
      ].map((lines) => lines.filter(({ text }) => text));
    }
    const name = { text: short(data.ids[k], 24), kind: "name" };
    const words = data.firstWords(k, 3, lambda).map((word) => short(word, 18));
    return [[name, { text: words.join(", "), kind: "words" }], [name, { text: words[0] || "", kind: "words" }], [name]]
      .map((lines) => lines.filter(({ text }) => text));
  }

  // In the middle of a disc that has room for it, else beside it.
  function boxesFor(px, py, radius, lines) {
    const width = Math.max(...lines.map(widthOf));
    const height = lines.reduce((sum, { kind }) => sum + heights[kind], 0);
    const middle = { left: px - width / 2 - 2, right: px + width / 2 + 2, top: py - height / 2, bottom: py + height / 2, anchor: "middle" };
    const inside = width <= radius * 1.9 && height <= radius * 1.6;
    const aligned = ["start", "end", "middle", "middle"];
    const beside = bandscape.collision.boxes({ px, py, width, radius, height }).map((box, i) => ({ ...box, anchor: aligned[i] }));
    return inside ? [middle] : [...beside, ...(radius > 14 ? [middle] : [])];
  }

  function covers(box, { px, py, radius }) {
    const dx = Math.max(box.left - px, 0, px - box.right);
    const dy = Math.max(box.top - py, 0, py - box.bottom);
    return dx * dx + dy * dy < (radius * 0.9) ** 2;
  }

  // discs: [{ k, px, py, radius }] on the screen; wanted: those to be named, in order, each with lines or variants;
  // taken: boxes in the way. One that `must` be named, and in a crowd the largest, may cover other discs.
  function place(wanted, discs, taken, bounds) {
    const { touches, within } = bandscape.collision;
    const placed = [];
    const open = (box) => within(box, bounds, 4) && ![...taken, ...placed.map((other) => other.box)].some((other) => touches(box, other));
    const add = (one, free) => {
      const found = placed.length < most && roomFor(one, free);
      if (found) placed.push({ ...one, ...found });
      return found;
    };
    const clear = (one) => (box) => open(box) && !discs.some((disc) => disc.k !== one.k && covers(box, disc));
    const left = wanted.filter((one) => !add(one, clear(one)) && !(one.must && add(one, open)));
    if (discs.length > crowd) {
      for (const one of left.slice(0, crowd)) add({ ...one, radius: Infinity, variants: one.variants.slice(-1) }, (box) => box.anchor === "middle" && open(wider(box)));
    }
    return placed;
  }

  const wider = (box) => ({ ...box, left: box.left - 16, right: box.right + 16, top: box.top - 12, bottom: box.bottom + 12 });

  function roomFor({ px, py, radius, variants: ways }, free) {
    for (const lines of ways) {
      const box = boxesFor(px, py, radius, lines).find(free);
      if (box) return { lines, box };
    }
    return null;
  }

  return { place, variants, heights };
})();
