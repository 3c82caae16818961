// Starts the parts and says what a query, a chosen artist, a color or a theme changes.
bandscape.main = (() => {
  const { byId, make, announce, plural, fill } = bandscape.dom;

  const marked = new WeakMap(); // from the members of a genre to its mark

  // A genre is marked at the member nearest to its middle: the middle itself may be empty ground.
  function placeOf(entity) {
    const { x, y } = bandscape.data;
    const members = bandscape.vectorMath.members(entity);
    if (marked.has(members)) return marked.get(members);
    const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
    const [cx, cy] = [middle(members.map((i) => x[i])), middle(members.map((i) => y[i]))];
    const off = (i) => (x[i] - cx) ** 2 + (y[i] - cy) ** 2;
    const nearest = members.reduce((best, i) => (off(i) < off(best) ? i : best), members[0]);
    marked.set(members, [x[nearest], y[nearest]]);
    return marked.get(members);
  }

  let before = null; // the middle and the width that were seen when the first of the open answers moved the view

  // An answer or a found artist moves the view: closing it goes back to where the reader was.
  function moveTo(indices, around = []) {
    if (!bandscape.chart.element()) return;
    const { x, y } = bandscape.camera.aim();
    before ||= [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, x[1] - x[0]];
    bandscape.camera.frame(indices, around);
  }

  function moveBack() {
    if (before) bandscape.camera.look(...before);
    before = null;
  }

  function unmark(text = null) {
    bandscape.overlay.mark({ chosen: null, neighbors: [], query: null });
    bandscape.deepLink.write({ q: text, artist: null });
  }

  // The artist in the middle of those neighbors that are near on the map, too; the others are at the ends of their lines.
  function nearOnMap(index, neighbors) {
    const { x, y } = bandscape.data;
    const whole = bandscape.chart.element() ? bandscape.camera.whole().x : [0, 0];
    const reach = (whole[1] - whole[0]) / 6;
    return neighbors.map((one) => one.index).filter((i) => Math.hypot(x[i] - x[index], y[i] - y[index]) < reach);
  }

  function markArtist(index, neighbors, move) {
    bandscape.overlay.mark({ chosen: index, neighbors: neighbors.map((one) => one.index), query: null });
    bandscape.deepLink.write({ q: null, artist: bandscape.data.names[index], only: bandscape.answers.isFiltered() ? "shown" : null });
    if (move) moveTo([index], nearOnMap(index, neighbors));
  }

  function openArtist({ index, from }) {
    if (bandscape.served) bandscape.served.near(index, (neighbors) => showArtist(index, from, neighbors));
    else showArtist(index, from, nearest(index));
  }

  const nearest = (index) => bandscape.vectorMath.nearest(index, 10, bandscape.answers.mayAnswer());

  // Whoever opens a card by key reads it; one that listening opens takes the focus from no field or table in use.
  function takesFocus(from) {
    if (from === "listening") return byId("drawer").contains(document.activeElement);
    return !["map", "link", "filter"].includes(from);
  }

  function showArtist(index, from, neighbors) {
    const spoken = `${bandscape.data.names[index]} opened`;
    const again = () => {
      if (bandscape.answers.asksForFilters()) showArtist(index, "filter", nearest(index));
    };
    bandscape.drawer.show(
      { content: () => bandscape.artistCard.build(index, neighbors), spoken: from === "filter" ? null : spoken, restore: () => markArtist(index, neighbors, true), again },
      { focus: takesFocus(from), replace: !["answers", "list", "listening", "filter"].includes(from), instead: from === "filter" },
    );
    markArtist(index, neighbors, from !== "map" && from !== "filter");
  }

  function say(text, title, ...sentences) {
    unmark(text);
    bandscape.drawer.show({ content: () => bandscape.answers.buildNote(title, ...sentences), spoken: title }, { replace: true });
  }

  // After an answer the arrow keys walk the map; a page that was opened by a link keeps its focus.
  function leaveSearch() {
    if (document.activeElement === byId("search")) byId("canvas").focus();
  }

  function runQuery(text) {
    if (bandscape.served) return bandscape.served.ask(text);
    const terms = bandscape.queryParser.parse(text);
    if (!terms.length) return;
    if (terms.some(({ status }) => status !== "known")) {
      unmark(text);
      const content = () => bandscape.answers.buildProblem(text, terms);
      bandscape.drawer.show({ content, spoken: "a name is not clear" }, { replace: true });
    } else if (terms.length === 1 && terms[0].entity.kind === "artist" && terms[0].sign > 0) {
      bandscape.history.add(text);
      openArtist({ index: terms[0].entity.index, from: "search" });
      leaveSearch();
    } else if (!bandscape.vectorMath.available() && terms.some(({ entity }) => entity.kind !== "topic")) {
      say(text, "This map cannot calculate", "It was made without vectors. Search for one artist at a time, or make the map with vectors.");
    } else if (terms.every(({ sign }) => sign < 0)) {
      say(text, "Something must be added", "A query needs at least one name that is added: a subtraction alone has nothing to start from.");
    } else calculate(text, terms);
  }

  // What is open anew, in the same place: the filters changed, or whether they count.
  const askAgain = () => !bandscape.served && bandscape.drawer.current()?.again?.();

  function startFilteredAnswers() {
    let waiting = 0;
    bandscape.events.on("filtered", () => {
      clearTimeout(waiting);
      waiting = setTimeout(askAgain, 200);
    });
  }

  function calculate(text, terms) {
    const answer = bandscape.vectorMath.answer(terms, 10, bandscape.answers.mayAnswer());
    if (!answer) {
      say(text, "Nothing is left", "The terms cancel out, so there is no direction to look in. Add a term, or take one away.");
      return;
    }
    showAnswer(text, terms, answer);
  }

  function showAnswer(text, terms, answer, { still = false } = {}) {
    bandscape.history.add(text); // only what was answered is worth offering again
    const artists = terms.filter(({ entity }) => entity.kind === "artist").map(({ entity }) => entity.index);
    const named = [...artists, ...answer.results.map(({ index }) => index)];
    const inputs = terms.map(({ sign, entity, place }) => ({ sign, label: entity.label, place: place || placeOf(entity) }));
    const mark = () => {
      bandscape.overlay.mark({ chosen: null, neighbors: [], query: { inputs, answers: answer.results, named } });
      bandscape.deepLink.write({ q: text, artist: null, only: bandscape.answers.isFiltered() ? "shown" : null });
      if (!still) moveTo(named);
    };
    const spoken = `${plural(answer.results.length, "answer")}, first ${bandscape.data.names[answer.results[0]?.index] || "none"}`;
    const again = () => showAnswer(text, terms, bandscape.vectorMath.answer(terms, 10, bandscape.answers.mayAnswer()), { still: true });
    bandscape.drawer.show({ content: () => bandscape.answers.build(terms, answer), spoken, restore: mark, again }, { replace: true });
    mark();
    if (!still) leaveSearch();
  }

  function colorBy(key) {
    byId("color-by").value = key;
    bandscape.chart.colorBy(key);
    bandscape.deepLink.write({ color: key === bandscape.deepLink.plainColor() ? null : key });
    announce(bandscape.chart.coloring().says);
  }

  function startColorMenu() {
    const options = bandscape.coloring.available().map((key) => make("option", { value: key }, bandscape.coloring.label(key)));
    const shares = bandscape.coloring.shares().map((key) => make("option", { value: key }, bandscape.coloring.label(key)));
    if (shares.length) options.push(make("optgroup", { label: "share of a topic" }, ...shares));
    fill(byId("color-by"), ...options);
    byId("color-by").value = bandscape.deepLink.plainColor();
    byId("color-by").addEventListener("change", (event) => colorBy(event.target.value));
  }

  function startTools() {
    byId("zoom-in").addEventListener("click", () => bandscape.camera.step(1.6));
    byId("zoom-out").addEventListener("click", () => bandscape.camera.step(1 / 1.6));
    byId("zoom-fit").addEventListener("click", () => bandscape.camera.fit());
    for (const [id, own] of [["lasso", "lasso"], ["box", "select"]]) {
      byId(id).addEventListener("click", () => bandscape.chart.setTool(byId(id).getAttribute("aria-pressed") === "true" ? "pan" : own));
      bandscape.events.on("tool", (tool) => byId(id).setAttribute("aria-pressed", String(tool === own)));
    }
    pinch(byId("canvas"));
  }

  // Two fingers zoom about their middle (Plotly knows one finger only).
  function pinch(element) {
    let apart = 0;
    const measure = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const take = (event) => {
      if (event.touches.length !== 2) return;
      event.preventDefault();
      event.stopPropagation();
      const now = measure(event.touches);
      const box = element.getBoundingClientRect();
      const [a, b] = event.touches;
      if (event.type === "touchmove" && apart) {
        bandscape.camera.scaleAt(now / apart, ((a.clientX + b.clientX) / 2 - box.left) / box.width, ((a.clientY + b.clientY) / 2 - box.top) / box.height);
      }
      apart = now;
    };
    for (const type of ["touchstart", "touchmove"]) element.addEventListener(type, take, { capture: true, passive: false });
  }

  function statusLine() {
    const { layout, dataId } = bandscape.data;
    const method = { opentsne: "t-SNE", sklearn: "t-SNE", pca: "principal components" }[layout.method] || "given places";
    const parts = [method];
    if (layout.perplexity) parts.push(`perplexity ${Math.round(layout.perplexity * 10) / 10}`);
    if (layout.method !== "given") parts.push(`seed ${layout.seed}`);
    byId("made-by").textContent = parts.join(", ");
    const { kept } = bandscape.data;
    byId("trust").textContent = bandscape.data.trustKnown()
      ? `${kept.mean.toFixed(1)} of ${kept.compared} nearest dots are true neighbors`
      : "trust not measured";
    byId("trust").title = bandscape.guide.trustSentences().join(" ");
    byId("data-id").textContent = `data ${dataId}`;
  }

  function countLine() {
    byId("count").textContent = bandscape.data.subtitle;
    byId("field-says").hidden = !bandscape.field.any();
    if (bandscape.field.any()) byId("field-says").textContent = bandscape.field.says();
  }

  function withoutPicture() {
    byId("no-webgl").hidden = false;
    byId("tools").hidden = true;
    byId("field-says").hidden = true;
    if (!bandscape.unpacking.canUnzip()) {
      byId("no-webgl").querySelector("h2").textContent = "The picture needs a newer browser";
      byId("no-picture-why").textContent = "This one cannot unpack what draws it (any browser of 2023 or later can). Everything else works: search, questions, filters, and all artists as a table.";
    }
    byId("no-webgl-table").addEventListener("click", bandscape.table.open);
  }

  async function loadRest() {
    await bandscape.data.loadRest();
    bandscape.entities.load();
  }

  async function start() {
    bandscape.data.load();
    bandscape.theme.start();
    bandscape.served?.begin();
    bandscape.history.load();
    startColorMenu();
    statusLine();
    countLine();
    if (bandscape.data.count) {
      bandscape.chart.prepare(bandscape.deepLink.plainColor());
      for (const part of ["legend", "histogram", "reviewsFilter"]) bandscape[part].start();
    }
    bandscape.drawer.start();
    const drawn = bandscape.data.count > 0 && (await bandscape.chart.start(loadRest));
    if (drawn) {
      bandscape.overlay.start();
      bandscape.tooltip.start();
      startTools();
    } else if (bandscape.data.count) withoutPicture();
    else byId("no-artists").hidden = false;
    for (const part of ["sound", "listening", "table", "searchBar", "keyboard", "deepLink", ...(drawn ? ["picture"] : [])]) bandscape[part].start();
    bandscape.served?.start();
    bandscape.events.on("query", runQuery);
    startFilteredAnswers();
    bandscape.events.on("artist", openArtist);
    bandscape.events.on("color", colorBy);
    bandscape.events.on("closed", () => {
      unmark();
      moveBack();
    });
    bandscape.events.on("theme", (name) => {
      bandscape.deepLink.write({ theme: bandscape.theme.chosen() });
      if (bandscape.data.count) bandscape.chart.repaint();
      announce(`${name} colors`);
    });
    byId("loading").hidden = true;
    bandscape.deepLink.follow();
    document.documentElement.dataset.ready = "true";
    setTimeout(bandscape.vectorMath.prepare, 200);
  }

  return { start, openArtist, showArtist, showAnswer, askAgain, say, leaveSearch };
})();

bandscape.main.start().catch((error) => {
  const box = document.getElementById("loading");
  box.hidden = false;
  box.textContent = `This map could not be drawn (${error.message}). Try a current browser, or make the file again.`;
  throw error;
});
