// The page of shares: which topics are shown, in which order, on which scale, as charts or as a table.
bandscape.sharesMain = (() => {
  const { byId, make, name, fill, announce, plural } = bandscape.dom;
  const data = bandscape.sharesData;
  const step = 12;
  const state = { view: "charts", sort: "varies", same: false, query: "", limit: step, open: null };

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const orders = {
    varies: (a, b) => a - b, // the file's own order
    large: (a, b) => data.overall[b] - data.overall[a] || a - b,
    name: (a, b) => data.nameOf(a).localeCompare(data.nameOf(b)) || a - b,
  };

  function found() {
    const typed = fold(state.query.trim());
    const all = [...data.ids.keys()];
    const passing = typed ? all.filter((k) => fold(`${data.ids[k]} ${data.firstWords[k].join(" ")}`).includes(typed)) : all;
    return passing.sort(orders[state.sort]);
  }

  function drawCards(topics) {
    const shown = topics.slice(0, state.limit);
    if (state.open !== null && !shown.includes(state.open)) shown.unshift(state.open);
    const grid = byId("cards");
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").map(parseFloat);
    const whole = grid.clientWidth;
    const common = Math.max(...shown.map(bandscape.sharesCards.topOf), 1e-6);
    const cards = shown.map((k) => {
      const tall = k === state.open;
      const top = (state.same ? common : bandscape.sharesCards.topOf(k)) * 1.04;
      return bandscape.sharesCards.build(k, tall ? whole : columns[0], { top, tall });
    });
    fill(grid, ...cards);
    const rest = topics.length - Math.min(state.limit, topics.length);
    byId("more").hidden = rest <= 0;
    byId("more").textContent = rest <= 2 * step ? `show the other ${rest}` : `show ${2 * step} more of ${rest}`;
    byId("nothing").hidden = topics.length > 0;
  }

  function draw() {
    const topics = found();
    const table = state.view === "table";
    byId("cards").hidden = byId("more").hidden = table;
    byId("table-view").hidden = !table;
    for (const id of ["how", "same-label", "sort-label"]) byId(id).hidden = table; // the table sorts by its heads
    for (const id of ["charts", "table"]) byId(`view-${id}`).setAttribute("aria-pressed", String(state.view === id));
    if (table) bandscape.sharesTable.draw();
    else drawCards(topics);
    byId("shown-count").textContent = topics.length < data.count ? `${topics.length} of ${plural(data.count, "topic")}` : "";
  }

  function set(changes) {
    Object.assign(state, changes);
    draw();
    bandscape.address.write({
      view: state.view === "charts" ? null : state.view, sort: state.sort === "varies" ? null : state.sort,
      scale: state.same ? "same" : null, q: state.query || null, topic: state.open === null ? null : data.ids[state.open],
    });
  }

  function open(k) {
    const next = state.view === "charts" && state.open === k ? null : k;
    set({ open: next, view: "charts" });
    const card = byId("cards").querySelector(`[data-topic="${k}"]`);
    card?.scrollIntoView({ block: "nearest" });
    card?.querySelector("button").focus({ preventScroll: true });
    if (next !== null) announce(`${data.ids[k]}, ${data.percent(data.overall[k])} on the whole`);
  }

  function more() {
    state.limit += 2 * step;
    draw();
    byId("cards").children[state.limit - 2 * step]?.querySelector("button").focus();
  }

  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && state.open !== null) open(state.open);
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "t") set({ view: state.view === "table" ? "charts" : "table" });
  }

  function listen() {
    byId("view-charts").addEventListener("click", () => set({ view: "charts" }));
    byId("view-table").addEventListener("click", () => set({ view: "table" }));
    byId("sort").addEventListener("change", (event) => set({ sort: event.target.value }));
    byId("same").addEventListener("change", (event) => set({ same: event.target.checked }));
    byId("search").addEventListener("input", (event) => set({ query: event.target.value, limit: step, open: null }));
    byId("more").addEventListener("click", more);
    bandscape.events.on("open", open);
    bandscape.events.on("theme", () => {
      bandscape.address.write({ theme: bandscape.theme.chosen() });
      draw();
    });
    document.addEventListener("keydown", keys);
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth !== width) draw(); // on a phone scrolling changes the height only
      width = innerWidth;
    });
  }

  function follow(wanted) {
    if (wanted.theme) bandscape.theme.set(wanted.theme);
    const topic = wanted.topic === undefined ? -1 : data.ids.indexOf(wanted.topic);
    Object.assign(state, {
      view: wanted.view === "table" ? "table" : "charts", sort: Object.hasOwn(orders, wanted.sort || "") ? wanted.sort : "varies",
      same: wanted.scale === "same", query: wanted.q || "", open: topic >= 0 ? topic : null,
    });
    byId("sort").value = state.sort;
    byId("same").checked = state.same;
    byId("search").value = state.query;
  }

  function words() {
    const kind = data.ordered ? "Line: mean share. Band: 95 % interval." : "Dot: mean share. Line: 95 % interval.";
    fill(byId("how"), `${kind} Dashed: the mean of all. Varies most: the largest gap between intervals of two groups.`);
    byId("count").textContent = data.subtitle;
    fill(byId("table-caption"), "Percent of the group’s words on each topic, on average over its ", name(data.unit), ". ",
      make("span", { class: "more-key" }, "More"), " or ", make("span", { class: "less-key" }, "less"), " than the topic’s mean; pale where the interval holds it.");
  }

  function start() {
    data.load();
    bandscape.theme.start();
    follow(bandscape.address.read());
    bandscape.sharesTable.start(found);
    words();
    listen();
    draw();
    byId("loading").hidden = true;
    document.documentElement.dataset.ready = "true";
  }

  return { start };
})();

bandscape.starting.run(bandscape.sharesMain.start);
