// The payload of a sound map, unpacked once. Sound i is a row of every column.
bandscape.data = (() => {
  const { unpack, payload } = bandscape.unpacking;
  const self = { load, bounds, classOf, nearestOf, outlineOf, measured, shows, countShown, filter, toggleClass, clear, state: { text: "", classes: new Set() } };
  let searched = [];
  let mask = null;
  let outlines = null;
  let near = null;

  function load() {
    const given = payload();
    Object.assign(self, given);
    self.count = given.names.length;
    const place = unpack(given.place);
    const { clientWidth, clientHeight } = document.getElementById("canvas");
    const upright = clientWidth < clientHeight; // no direction means anything: upright ground gets an upright map
    const along = (at) => Float32Array.from({ length: self.count }, (_, i) => (place[2 * i + at] / 65535) * 2 - 1);
    [self.x, self.y] = upright ? [along(1), along(0)] : [along(0), along(1)];
    self.placed = unpack(given.placed);
    self.trust = unpack(given.trust);
    for (const one of Object.values(given.groups)) one.codes = unpack(one.codes);
    for (const one of given.measures) one.values = unpack(one.values);
    outlines = given.outlines && unpack(given.outlines);
    near = unpack(given.near);
    self.nearCount = self.count ? near.length / self.count : 0;
    searched = given.names.map((said, i) => [said, ...Object.values(given.groups).map(({ names, codes }) => (codes[i] ? names[codes[i] - 1] : ""))].join("\n").toLowerCase());
  }

  function bounds() {
    const edges = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity, margin: 64 };
    for (let i = 0; i < self.count; i++) {
      edges.left = Math.min(edges.left, self.x[i]);
      edges.right = Math.max(edges.right, self.x[i]);
      edges.low = Math.min(edges.low, self.y[i]);
      edges.high = Math.max(edges.high, self.y[i]);
    }
    return edges;
  }

  // Its class, its genre where there are no classes, else its cluster; "" if it has none.
  function classOf(i) {
    const own = self.groups.class || self.groups.genre || self.groups.cluster;
    return own && own.codes[i] ? own.names[own.codes[i] - 1] : "";
  }

  // The sounds nearest by the features, nearest first; the picture can only come near this.
  function nearestOf(i) {
    return Array.from(near.subarray(i * self.nearCount, (i + 1) * self.nearCount));
  }

  function outlineOf(i) {
    return outlines && outlines.subarray(i * 64, (i + 1) * 64);
  }

  function measured(one, i) {
    const value = one.values[i];
    if (Number.isNaN(value)) return "–";
    if (one.unit === "s" && Math.abs(value) < 1) return `${Math.round(1000 * value)} ms`;
    const tens = one.unit === "dB" || Math.abs(value) >= 10;
    const said = Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(tens ? 1 : 2);
    return `${said.replace("-", "−")}${one.unit ? ` ${one.unit}` : ""}`;
  }

  // Those left out stay on the map as faint dots, so that the map keeps its shape.
  function filter(changes) {
    Object.assign(self.state, changes);
    const { text, classes } = self.state;
    const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean); // each word, wherever it stands
    const { codes } = bandscape.soundsColoring.current();
    mask = wanted.length || classes.size ? Uint8Array.from({ length: self.count }, (_, i) => Number((!classes.size || classes.has(codes[i])) && wanted.every((word) => searched[i].includes(word)))) : null;
    bandscape.events.emit("filtered");
  }

  function toggleClass(code) {
    const classes = new Set(self.state.classes);
    if (!classes.delete(code)) classes.add(code);
    filter({ classes });
  }

  function clear() {
    document.getElementById("search").value = "";
    filter({ text: "", classes: new Set() });
  }

  function shows(i) {
    return mask === null || mask[i] === 1;
  }

  function countShown() {
    return mask === null ? self.count : mask.reduce((sum, one) => sum + one, 0);
  }

  return self;
})();
