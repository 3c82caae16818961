// The payload of a topic map, unpacked once. Topic k and word w are places in `ids` and `words`.
bandscape.topicData = (() => {
  const { unpack, startsOf, payload } = bandscape.unpacking;
  const self = { load, ranked, wordIn, holdersOf, nearestOf, partIn, nameOf, firstWords, percent, bounds, byShare: [], wordRank };

  const rankings = { lambda: null, of: new Map() }; // remembered until the slider moves

  function load() {
    const given = payload();
    Object.assign(self, given);
    for (const key of ["share", "x", "y", "radius", "own", "breadth", "wordShare", "near", "nearness"]) self[key] = unpack(given[key]);
    self.count = given.ids.length;
    const { clientWidth, clientHeight } = document.getElementById("canvas");
    if (clientWidth < clientHeight) [self.x, self.y] = [self.y, self.x]; // no direction means anything: upright ground gets an upright map
    self.listStarts = startsOf(unpack(given.lists.lengths));
    self.listWords = unpack(given.lists.words);
    self.listChances = unpack(given.lists.p);
    self.holderStarts = startsOf(unpack(given.holders.lengths));
    self.holderTopics = unpack(given.holders.topics);
    self.holderParts = Float64Array.from(unpack(given.holders.parts), (step) => step / 65535);
    self.forms = given.forms.map((one) => new Map(Object.entries(one).map(([word, text]) => [Number(word), text])));
    self.keywords = given.keywords.map((own) => new Set(own));
    self.byShare = [...self.ids.keys()].sort((a, b) => self.share[b] - self.share[a] || a - b);
    self.nearCount = self.count ? self.near.length / self.count : 0;
    self.frequency = Uint32Array.from(self.words.keys()).sort((a, b) => self.wordShare[b] - self.wordShare[a] || a - b);
    self.rankOfWord = new Uint32Array(self.words.length);
    self.frequency.forEach((word, rank) => (self.rankOfWord[word] = rank + 1));
  }

  // Sievert and Shirley's relevance: lambda log p(w|t) + (1 - lambda) log lift. Of equals the earlier word first.
  // [{ word, p, score }], best first.
  function ranked(topic, lambda, n = self.shown) {
    if (lambda !== rankings.lambda) Object.assign(rankings, { lambda, of: new Map() });
    if (!rankings.of.has(topic)) rankings.of.set(topic, ranking(topic, lambda));
    return rankings.of.get(topic).slice(0, n);
  }

  function ranking(topic, lambda) {
    const found = [];
    for (let at = self.listStarts[topic]; at < self.listStarts[topic + 1]; at++) {
      const [word, p] = [self.listWords[at], self.listChances[at]];
      found.push({ word, p, score: Math.log(p) - (1 - lambda) * Math.log(self.wordShare[word]) });
    }
    return found.sort((a, b) => b.score - a.score || a.word - b.word);
  }

  // The word as it is written in a topic.
  function wordIn(topic, word) {
    return (topic !== null && self.forms[topic].get(word)) || self.words[word];
  }

  // [{ topic, part }], the topics with at least a fiftieth of a word's uses.
  function holdersOf(word) {
    const found = [];
    for (let at = self.holderStarts[word]; at < self.holderStarts[word + 1]; at++) {
      found.push({ topic: self.holderTopics[at], part: self.holderParts[at] });
    }
    return found;
  }

  // [{ topic, apart }], the topics most alike by words, nearest first.
  function nearestOf(k) {
    const n = self.nearCount;
    return Array.from({ length: n }, (_, i) => ({ topic: self.near[k * n + i], apart: self.nearness[k * n + i] }));
  }

  function partIn(topic, word) {
    return holdersOf(word).find((one) => one.topic === topic)?.part ?? 0;
  }

  function firstWords(topic, n, lambda) {
    return ranked(topic, lambda, n).map(({ word }) => wordIn(topic, word));
  }

  // All discs, with room at the sides for names.
  function bounds() {
    const edges = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity, margin: 160 };
    for (let k = 0; k < self.count; k++) {
      edges.left = Math.min(edges.left, self.x[k] - self.radius[k]);
      edges.right = Math.max(edges.right, self.x[k] + self.radius[k]);
      edges.low = Math.min(edges.low, self.y[k] - self.radius[k]);
      edges.high = Math.max(edges.high, self.y[k] + self.radius[k]);
    }
    return edges;
  }

  // Its own name; a name that only numbers a topic is replaced by its words.
  function nameOf(topic, lambda) {
    return self.numbered[topic] ? firstWords(topic, 3, lambda).join(", ") : self.ids[topic];
  }

  function percent(part) {
    const value = 100 * part;
    return `${value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toFixed(3)} %`;
  }

  function wordRank(word) {
    return self.rankOfWord[word];
  }

  return self;
})();
