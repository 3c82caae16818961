// Starts the parts of the topic map and says what a chosen topic, a word, the slider or the theme changes.
bandscape.topicMain = (() => {
  const { byId, fill, announce } = bandscape.dom;
  const data = bandscape.topicData;
  let shown = { kind: "home" };

  const contents = {
    home: () => bandscape.topicCards.overview(),
    topic: () => bandscape.topicCards.topicCard(shown.topic),
    word: () => bandscape.topicCards.wordCard(shown.word),
    unknown: () => bandscape.topicCards.unknownWord(shown.text),
    guide: () => bandscape.topicCards.guide(),
  };

  function draw() {
    fill(byId("panel-content"), ...contents[shown.kind]());
  }

  // The picture and the address follow the panel. From the map or a link the focus stays where it is.
  function show(next, from) {
    shown = next;
    draw();
    byId("panel-content").scrollTop = 0;
    bandscape.topicPicture.mark({ topic: shown.topic ?? null, word: shown.word ?? null, preview: null });
    bandscape.address.write({ topic: shown.kind === "topic" ? data.ids[shown.topic] : null, word: shown.kind === "word" ? data.words[shown.word] : null });
    if (["panel", "table", "keyboard", "search", "guide"].includes(from)) byId("panel-content").querySelector("h2")?.focus({ preventScroll: true });
  }

  function openTopic({ topic, from }) {
    if (from !== "map") bandscape.planeCamera.reveal(data.x[topic], data.y[topic]);
    show({ kind: "topic", topic }, from);
    announce(`topic ${data.ids[topic]} opened`);
  }

  function openWord({ word, from }) {
    show({ kind: "word", word }, from);
    announce(`word ${data.words[word]}: ${data.holdersOf(word).length} topics`);
  }

  // Sliding keeps the place in the list.
  function redraw() {
    const { scrollTop } = byId("panel-content");
    draw();
    byId("panel-content").scrollTop = scrollTop;
  }

  function follow(wanted) {
    if (wanted.theme && wanted.theme !== bandscape.theme.chosen()) bandscape.theme.set(wanted.theme);
    if (wanted.lambda !== undefined && Number(wanted.lambda) !== bandscape.lambda.value()) bandscape.lambda.set(Number(wanted.lambda));
    const topic = wanted.topic === undefined ? -1 : data.ids.indexOf(wanted.topic);
    const word = wanted.word === undefined ? -1 : data.words.indexOf(wanted.word);
    if (topic >= 0 && shown.topic !== topic) openTopic({ topic, from: "link" });
    else if (word >= 0 && shown.word !== word) openWord({ word, from: "link" });
  }

  function statusLine() {
    const { layout } = data;
    const method = { opentsne: "t-SNE", sklearn: "t-SNE", pca: "principal coordinates" }[layout.method];
    const trust = layout.trustworthiness === null ? [] : [`trust ${layout.trustworthiness.toFixed(2)}`];
    byId("count").textContent = data.subtitle;
    byId("color-says").textContent = "Area: share of all words. Stronger color: more words of its own.";
    byId("made-by").textContent = [`${method} of Jensen-Shannon divergences`, ...trust, `seed ${layout.seed}`].join(" · ");
    byId("data-id").textContent = data.dataId || "";
  }

  function startTools() {
    byId("zoom-in").addEventListener("click", () => bandscape.planeCamera.step(1.6));
    byId("zoom-out").addEventListener("click", () => bandscape.planeCamera.step(1 / 1.6));
    byId("zoom-fit").addEventListener("click", bandscape.planeCamera.fit);
    byId("how-to-read").addEventListener("click", () => show({ kind: "guide" }, "guide"));
  }

  function start() {
    data.load();
    bandscape.theme.start();
    bandscape.lambda.start();
    bandscape.planeCamera.start(byId("canvas"), data.bounds);
    bandscape.topicPicture.start();
    for (const part of ["topicTable", "topicSearch", "topicKeyboard"]) bandscape[part].start();
    startTools();
    statusLine();
    bandscape.events.on("topic", openTopic);
    bandscape.events.on("word", openWord);
    bandscape.events.on("home", ({ from }) => show({ kind: "home" }, from === "map" || from === "keyboard" ? "map" : from));
    bandscape.events.on("unknown", (text) => show({ kind: "unknown", text }, "search"));
    bandscape.events.on("lambda", redraw);
    bandscape.events.on("theme", () => bandscape.address.write({ theme: bandscape.theme.chosen() }));
    window.addEventListener("hashchange", () => follow(bandscape.address.read()));
    const wanted = bandscape.address.read(); // before the first page writes its own
    show({ kind: "home" }, "start");
    follow(wanted);
    requestAnimationFrame(() => { // after the first drawing, which was asked for before
      byId("loading").hidden = true;
      document.documentElement.dataset.ready = "true";
    });
  }

  return { start };
})();

bandscape.starting.run(bandscape.topicMain.start);
