// Shares of topics in groups, unpacked once. Topic k, group g.
bandscape.sharesData = (() => {
  const { unpack, payload } = bandscape.unpacking;
  const percent = (part) => (Number.isNaN(part) ? "–" : `${(100 * part).toFixed(part >= 0.00995 ? 1 : 2)} %`);
  const self = { load, rowOf, nameOf, wordsOf, percent, reading };

  function load() {
    Object.assign(self, payload());
    for (const key of ["documents", "share", "low", "high", "overall", "variation"]) self[key] = unpack(self[key]);
    self.count = self.ids.length;
    self.nGroups = self.labels.length;
  }

  // { values, low, high }, one entry a group
  function rowOf(k) {
    const part = (array) => Array.from(array.subarray(k * self.nGroups, (k + 1) * self.nGroups));
    return { values: part(self.share), low: part(self.low), high: part(self.high) };
  }

  function nameOf(k) {
    const words = self.firstWords[k];
    return self.numbered[k] && words.length ? words.slice(0, 3).join(", ") : self.ids[k];
  }

  function wordsOf(k) {
    const words = self.firstWords[k];
    return self.numbered[k] ? [self.ids[k], ...words.slice(3)].join(" · ") : words.join(", ");
  }

  // "2004: 3.2 % (2.8 to 3.7), 1,116 reviews"
  function reading(k, g) {
    const at = k * self.nGroups + g;
    if (Number.isNaN(self.share[at])) return `${self.labels[g]}: nothing`;
    const bounds = Number.isNaN(self.low[at]) ? "" : ` (${percent(self.low[at])} to ${percent(self.high[at])})`;
    return `${self.labels[g]}: ${percent(self.share[at])}${bounds}, ${self.documents[g].toLocaleString("en-US")} ${self.unit}`;
  }

  return self;
})();
