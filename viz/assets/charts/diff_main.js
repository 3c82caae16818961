// What a round changed: a card a topic with the words it gained and lost, its share before and after, and how many
// documents moved; above them the edits, and whether each was obeyed.
bandscape.diffMain = (() => {
  const { byId, make, name, fill, plural } = bandscape.dom;
  const { payload } = bandscape.unpacking;
  const step = 24;
  const state = { sort: "changed", query: "", limit: step };
  let data = null;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const changeOf = (one) => (one.gone || !one.was.length ? 2 : one.alike === null ? one.gained.length / 20 : 1 - one.alike) + (one.edits.length || one.obeyed !== null ? 3 : 0);
  const orders = {
    changed: (a, b) => changeOf(b) - changeOf(a),
    moved: (a, b) => (b.moved ?? -1) - (a.moved ?? -1),
    share: (a, b) => (b.shareAfter ?? 0) - (a.shareAfter ?? 0),
    name: (a, b) => a.topic.localeCompare(b.topic),
  };
  const percent = (part) => `${(100 * part).toFixed(part >= 0.0995 ? 0 : part >= 0.00995 ? 1 : 2)}\u00a0%`;

  const verdicts = { true: { sign: "✓", says: "obeyed" }, false: { sign: "✗", says: "not obeyed" }, null: { sign: "·", says: "not judged" } };

  function edit({ edit: text, obeyed, reason }) {
    const { sign, says } = verdicts[String(obeyed)];
    return make("li", { class: `verdict ${says.replace(" ", "-")}` }, make("span", { class: "sign", "aria-hidden": "true" }, sign), make("span", { class: "unseen" }, `${says}: `), name(text),
      reason ? make("span", { class: "quiet" }, ` ${reason}`) : null);
  }

  function story(one) {
    if (one.gone) return "gone";
    if (!one.was.length) return "new";
    if (one.was.length > 1) return `merged from ${one.was.join(", ")}`;
    return one.was[0] === one.topic ? "" : `was ${one.was[0]}`;
  }

  function word(text, sign, says) {
    return make("li", { class: says }, make("span", { class: "sign", "aria-hidden": "true" }, sign), make("span", { class: "unseen" }, `${says}: `), says === "lost" ? make("s", {}, name(text)) : name(text));
  }

  // Two bars on one scale: the share before and after.
  function shares({ shareBefore, shareAfter, was, gone }, most) {
    if (shareBefore === null || shareAfter === null) return null;
    const bar = (label, share, isThere) => [make("span", { class: "quiet" }, name(label)), make("div", { class: "meter", "aria-hidden": "true" }, make("div", { style: { width: `${(100 * share) / most}%` } })), make("span", { class: "number" }, isThere ? percent(share) : "–")];
    return make("div", { class: "before-after" }, ...bar(data.before, shareBefore, was.length > 0), ...bar(data.after, shareAfter, !gone));
  }

  const counted = (n) => (n === 1 && data.unit.endsWith("s") ? `1 ${data.unit.slice(0, -1)}` : `${n.toLocaleString("en-US")} ${data.unit}`);

  function facts(one) {
    const parts = [];
    if (one.alike !== null && !one.gone && one.was.length) parts.push(`${Math.round(100 * one.alike)} % alike by words`);
    if (one.moved !== null) parts.push(one.moved === 0 ? `no ${data.unit} moved` : `${counted(one.moved)} moved${data.documents ? ` (${percent(one.moved / data.documents)})` : ""}`);
    return parts.join(" · ");
  }

  function card(one, most) {
    const words = [...one.gained.map((text) => word(text, "+", "gained")), ...one.lost.map((text) => word(text, "−", "lost"))];
    const told = story(one);
    const judged = one.obeyed === null || one.edits.length ? one.edits : [{ edit: "edits of this topic", obeyed: one.obeyed, reason: null }];
    return make("article", { class: "card", "data-topic": one.topic },
      make("h2", {}, name(one.topic), told ? make("span", { class: "story" }, " ", name(told)) : null),
      one.words.length ? make("p", { class: "words quiet" }, name(one.words.join(", "))) : null,
      shares(one, most),
      judged.length ? make("ul", { class: "verdicts" }, ...judged.map(edit)) : null,
      words.length ? make("ul", { class: "word-changes" }, ...words) : make("p", { class: "quiet" }, "The same words are the most probable."),
      make("p", { class: "quiet facts-line" }, facts(one)));
  }

  function found() {
    const typed = fold(state.query.trim());
    const texts = (one) => fold([one.topic, ...one.was, ...one.words, ...one.gained, ...one.lost].join(" "));
    const passing = typed ? data.topics.filter((one) => texts(one).includes(typed)) : [...data.topics];
    return passing.sort((a, b) => orders[state.sort](a, b) || data.topics.indexOf(a) - data.topics.indexOf(b));
  }

  function draw() {
    const topics = found();
    const most = Math.max(...data.topics.flatMap((one) => [one.shareBefore ?? 0, one.shareAfter ?? 0]), 1e-9);
    fill(byId("cards"), ...topics.slice(0, state.limit).map((one) => card(one, most)));
    const rest = topics.length - state.limit;
    byId("more").hidden = rest <= 0;
    byId("more").textContent = `show ${Math.min(rest, 2 * step)} more of ${rest}`;
    byId("nothing").hidden = topics.length > 0;
    byId("shown-count").textContent = topics.length < data.topics.length ? `${topics.length} of ${plural(data.topics.length, "topic")}` : "";
  }

  function set(changes) {
    Object.assign(state, changes);
    draw();
    bandscape.address.write({ sort: state.sort === "changed" ? null : state.sort, q: state.query || null });
  }

  function drawEdits() {
    const { edits } = data;
    byId("edits").hidden = !edits.length;
    if (!edits.length) return;
    const judged = edits.filter(({ obeyed }) => obeyed !== null);
    const obeyed = judged.filter((one) => one.obeyed).length;
    const heads = judged.length ? `${obeyed} of ${plural(judged.length, "edit")} obeyed` : plural(edits.length, "edit");
    fill(byId("edits"), make("h2", {}, heads), make("ul", { class: "verdicts" }, ...edits.map(edit)));
  }

  function listen() {
    byId("sort").addEventListener("change", (event) => set({ sort: event.target.value, limit: step }));
    byId("search").addEventListener("input", (event) => set({ query: event.target.value, limit: step }));
    byId("more").addEventListener("click", () => {
      const before = state.limit;
      set({ limit: before + 2 * step });
      const next = byId("cards").children[before];
      next.tabIndex = -1;
      next.focus();
    });
    bandscape.events.on("theme", () => bandscape.address.write({ theme: bandscape.theme.chosen() }));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target.closest("input, select")) return;
      event.preventDefault();
      byId("search").focus();
    });
  }

  function start() {
    data = payload();
    bandscape.theme.start();
    const wanted = bandscape.address.read();
    if (wanted.theme) bandscape.theme.set(wanted.theme);
    Object.assign(state, { sort: Object.hasOwn(orders, wanted.sort || "") ? wanted.sort : "changed", query: wanted.q || "" });
    byId("sort").value = state.sort;
    byId("search").value = state.query;
    byId("count").textContent = data.subtitle;
    byId("how").textContent = `Words among the most probable: + now, − no longer. Moved: ${data.unit} in which the topic began or ceased to lead.`;
    drawEdits();
    draw();
    listen();
    byId("loading").hidden = true;
    document.documentElement.dataset.ready = "true";
  }

  return { start };
})();

bandscape.starting.run(bandscape.diffMain.start);
