// What the panel shows: all topics, one topic with its words, one word with its topics, or how to read the map.
bandscape.topicCards = (() => {
  const { make, name } = bandscape.dom;
  const data = bandscape.topicData;
  const listed = 100; // topics in the overview; the table has all
  const lambda = () => bandscape.lambda.value();
  const count = (n) => Math.round(n).toLocaleString("en-US");

  const topicButton = (k, ...children) =>
    make("button", { class: "plain", onclick: () => bandscape.events.emit("topic", { topic: k, from: "panel" }) }, ...children);

  const back = () => make("button", { class: "link", onclick: () => bandscape.events.emit("home", { from: "panel" }) }, "all topics");

  const bar = (part, className = "") => make("div", { class: `meter ${className}`, "aria-hidden": "true" }, make("div", { style: { width: `${(100 * Math.min(part, 1)).toFixed(2)}%` } }));

  // All topics, largest first.
  function overview() {
    const most = data.share[data.byShare[0]];
    const rows = data.byShare.slice(0, listed).map((k) => make("li", {},
      make("button", { class: "row-button", onclick: () => bandscape.events.emit("topic", { topic: k, from: "panel" }) },
        make("span", { class: "row-head" }, name(data.numbered[k] ? data.firstWords(k, 2, lambda()).join(", ") : data.ids[k], { class: "row-name" }),
          bar(data.share[k] / most), make("span", { class: "number" }, data.percent(data.share[k]))),
        make("span", { class: "row-facts quiet" }, name(data.firstWords(k, 9, lambda()).slice(data.numbered[k] ? 2 : 0).join(", "))))));
    const rest = data.count - rows.length;
    return [
      make("h2", { tabindex: "-1" }, "All topics"),
      make("p", { class: "quiet" }, "Largest first. Press one for its words; press a word for its topics."),
      make("ul", { class: "rows" }, ...rows),
      rest > 0 ? make("p", { class: "quiet" }, `and ${rest.toLocaleString("en-US")} smaller ones, in the table.`) : null,
    ];
  }

  // A word in a topic: its probability there, with a tick where it stands in the whole corpus.
  function wordRow(topic, { word, p }, scale) {
    const corpus = data.wordShare[word];
    const own = data.keywords[topic].has(word);
    const part = data.partIn(topic, word);
    const tick = make("i", { class: corpus > scale ? "tick beyond" : "tick", style: { left: `${(100 * Math.min(corpus / scale, 1)).toFixed(2)}%` } });
    const meter = bar(p / scale, "with-tick");
    meter.append(tick);
    const open = () => bandscape.events.emit("word", { word, from: "panel" });
    const shown = (preview) => () => bandscape.topicPicture.mark({ preview });
    return make("tr", { onmouseenter: shown(word), onmouseleave: shown(null) },
      make("th", { scope: "row" }, make("button", { class: "plain", onclick: open, onfocus: shown(word), onblur: shown(null) }, name(data.wordIn(topic, word))),
        own ? make("span", { class: "seed", title: "a keyword of this topic" }, " •", make("span", { class: "unseen" }, " keyword")) : null),
      make("td", { class: "meter-cell", title: `${data.percent(p)} of this topic, ${data.percent(corpus)} of the corpus` }, meter, make("span", { class: "unseen" }, `${data.percent(p)}, in the corpus ${data.percent(corpus)}`)),
      make("td", { class: "number" }, data.tokens ? count(corpus * data.tokens) : data.percent(corpus)),
      make("td", { class: "number" }, part ? `${Math.round(100 * part)} %` : "<2 %"));
  }

  function wordTable(topic) {
    const rows = data.ranked(topic, lambda());
    const scale = Math.max(...rows.map(({ p }) => p), 1e-12);
    const head = ["word", "probability", data.tokens ? "uses" : "corpus", "here"];
    const told = ["", "bar: probability in this topic; tick: in the whole corpus", "in the whole corpus", "part of all its uses that fall into this topic"];
    return make("table", { class: "words" },
      make("thead", {}, make("tr", {}, ...head.map((text, i) => make("th", { scope: "col", class: i > 1 ? "number" : "", title: told[i] || null }, text)))),
      make("tbody", {}, ...rows.map((one) => wordRow(topic, one, scale))));
  }

  function topicCard(k) {
    const rank = data.byShare.indexOf(k) + 1;
    const facts = [...(data.numbered[k] ? [data.ids[k]] : []), `${data.percent(data.share[k])} of all words`, `${rank} of ${data.count} by size`, `as broad as ${count(data.breadth[k])} equally likely words`];
    const near = data.nearestOf(k).map(({ topic, apart }) =>
      make("button", { class: "chip", title: `divergence ${apart.toFixed(2)} of at most 0.69`, onclick: () => bandscape.events.emit("topic", { topic, from: "panel" }) }, name(data.nameOf(topic, lambda()))));
    return [
      make("p", { class: "crumbs" }, back()),
      make("h2", { tabindex: "-1" }, name(data.nameOf(k, bandscape.lambda.usual))),
      make("p", { class: "quiet" }, name(facts.join(" · "))),
      make("p", { class: "quiet" }, make("span", { class: "key-bar" }), "probability in this topic", make("span", { class: "key-tick" }), "in the corpus", data.keywords[k].size ? make("span", { class: "key-seed" }, "• keyword") : null),
      wordTable(k),
      near.length ? make("h3", {}, "most alike by words") : null,
      near.length ? make("div", { class: "chips" }, ...near) : null,
    ];
  }

  function wordCard(word) {
    const holders = data.holdersOf(word);
    const rest = 1 - holders.reduce((sum, { part }) => sum + part, 0);
    const uses = data.tokens ? [`${count(data.wordShare[word] * data.tokens)} uses`] : [];
    const facts = [...uses, `${data.percent(data.wordShare[word])} of all words`, `${data.wordRank(word).toLocaleString("en-US")}. in frequency`];
    const largest = Math.max(...holders.map(({ part }) => part), 1e-9);
    const rows = holders.map(({ topic, part }) => make("tr", {},
      make("th", { scope: "row" }, topicButton(topic, name(data.nameOf(topic, lambda()))), data.keywords[topic].has(word) ? make("span", { class: "seed" }, " •", make("span", { class: "unseen" }, " keyword")) : null),
      make("td", { class: "meter-cell" }, bar(part / largest, "accent")),
      make("td", { class: "number" }, data.percent(part))));
    return [
      make("p", { class: "crumbs" }, back()),
      make("h2", { tabindex: "-1" }, name(data.words[word])),
      make("p", { class: "quiet" }, facts.join(" · ")),
      make("table", { class: "words topics-of-word" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "topic"), make("th", { scope: "col", colspan: "2" }, "part of its uses"))),
        make("tbody", {}, ...rows)),
      rest > 0.005 ? make("p", { class: "quiet" }, `The other ${data.percent(rest)} lie in topics with less than 2 % each${holders.length === 12 ? ", or after the first twelve" : ""}.`) : null,
    ];
  }

  function unknownWord(text) {
    return [
      make("p", { class: "crumbs" }, back()),
      make("h2", { tabindex: "-1" }, name(text)),
      make("p", {}, `No topic and none of the ${data.words.length.toLocaleString("en-US")} words in this file is written like this. Rare words, and words that stand in nearly every text, are left out when the texts are prepared.`),
    ];
  }

  function trustLine() {
    const { trustworthiness, method } = data.layout;
    if (trustworthiness === null) return "With so few topics the places say little beyond near and far.";
    const words = method === "pca" ? "principal coordinates" : "t-SNE";
    return `The places come from ${words}, then the discs are moved apart. Trustworthiness ${trustworthiness.toFixed(2)} (1 is perfect, .5 is chance): neighbors on the map are ${trustworthiness >= 0.9 ? "mostly" : trustworthiness >= 0.75 ? "often" : "only sometimes"} neighbors by words. The threads from a chosen topic lead to the topics that are truly most alike.`;
  }

  function guide() {
    const keys = [["/", "search a word or a topic"], ["arrows", "walk to the next topic on the map"], ["Enter", "open"], ["Esc", "back to all topics"], ["t", "table"], ["+ −  0", "zoom, whole map"]];
    return [
      make("p", { class: "crumbs" }, back()),
      make("h2", { tabindex: "-1" }, "How to read this map"),
      make("p", {}, "Each disc is a topic; its area is the topic’s share of all words. Topics that use like words lie together. Strong discs have words of their own, pale ones speak the language of the whole corpus."),
      make("p", {}, "The slider ranks a topic’s words. At 1 the most frequent come first, which many topics may share. At 0 come words found nowhere else, which may be rare. In between is usually best; it starts at 0.6."),
      make("p", {}, "Rest on a word to see on the map which topics use it: red discs, with areas in proportion to their parts."),
      make("h3", {}, "how far to trust it"),
      make("p", {}, trustLine()),
      make("h3", {}, "keys"),
      make("dl", { class: "keys" }, ...keys.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)])),
    ];
  }

  return { overview, topicCard, wordCard, unknownWord, guide };
})();
