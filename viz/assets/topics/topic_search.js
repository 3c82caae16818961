// The field at the top: a topic by its name or first words, or any word of the corpus.
bandscape.topicSearch = (() => {
  const { byId } = bandscape.dom;
  const data = bandscape.topicData;
  const most = 9;
  let folded = null;
  let box = null;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  // Folded once, on the first search.
  function index() {
    folded ||= {
      words: data.words.map(fold),
      ids: data.ids.map(fold),
      names: data.ids.map((_, k) => fold(data.firstWords(k, 3, bandscape.lambda.usual).join(", "))),
    };
    return folded;
  }

  function topicsLike(text) {
    const { ids, names } = index();
    const found = data.byShare.filter((k) => ids[k].includes(text) || names[k].startsWith(text));
    return found.sort((a, b) => ids[b].startsWith(text) - ids[a].startsWith(text));
  }

  // Most frequent first: those that begin like it, then those that hold it.
  function wordsLike(text, n) {
    const { words } = index();
    const [begin, hold] = [[], []];
    for (const word of data.frequency) {
      if (words[word].startsWith(text)) begin.push(word);
      else if (hold.length < n && words[word].includes(text)) hold.push(word);
      if (begin.length >= n) break;
    }
    begin.sort((a, b) => (words[b] === text) - (words[a] === text)); // the word itself before longer ones
    return [...begin, ...hold].slice(0, n);
  }

  function offer(text) {
    const typed = fold(text.trim());
    if (!typed) return [];
    const lambda = bandscape.lambda.value();
    const topics = topicsLike(typed).slice(0, 4).map((topic) => ({
      topic, label: data.ids[topic], detail: `topic · ${data.firstWords(topic, 3, lambda).join(", ")}`,
    }));
    const words = wordsLike(typed, most - topics.length).map((word) => {
      const [first] = data.holdersOf(word);
      return { word, label: data.words[word], detail: first ? `word · ${data.percent(first.part)} in ${data.nameOf(first.topic, lambda)}` : "word" };
    });
    return [...topics, ...words];
  }

  function take(item) {
    byId("search").value = item.label;
    if (item.topic !== undefined) bandscape.events.emit("topic", { topic: item.topic, from: "search" });
    else bandscape.events.emit("word", { word: item.word, from: "search" });
  }

  // Sent without choosing: exactly that topic or word, else what is most like it, else a word of explanation.
  function enter(text) {
    const typed = fold(text.trim());
    const { words, ids } = index();
    const topic = ids.indexOf(typed);
    const word = words.indexOf(typed);
    const [first] = offer(text);
    box.close();
    if (topic >= 0) take({ topic, label: data.ids[topic] });
    else if (word >= 0) take({ word, label: data.words[word] });
    else if (first) take(first);
    else bandscape.events.emit("unknown", text.trim());
  }

  function escape(text) {
    byId("search").value = "";
    if (!text) byId("canvas").focus();
  }

  function start() {
    box = bandscape.combobox.create({ field: byId("search"), list: byId("suggestions"), offer, take, enter, escape });
  }

  return { start };
})();
