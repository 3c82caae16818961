// A map of more artists than a page holds, in the explorer: asks its server for the artists of the part that is looked
// at, and lets it search and calculate, since it knows all.
bandscape.served = (() => {
  const { byId, make, name, plural } = bandscape.dom;
  const patience = 180; // milliseconds the view must have rested
  const most = 400_000; // dots; a browser draws no more
  let waiting = 0;
  let asked = 0; // the last question about a view
  let seen = null; // the last answer about one
  let known = []; // parts of which every artist is here
  let turn = 0; // the last question, opened artist or closed card: an answer to an earlier one comes too late

  async function get(what, parameters) {
    const query = new URLSearchParams({ v: bandscape.data.served.version, ...parameters });
    const answer = await fetch(`/map-data/${what}?${query}`);
    if (answer.ok) return answer.json();
    throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
  }

  function tell(text) {
    byId("field-says").textContent = text;
    bandscape.overlay.mark({}); // names keep clear of the line
  }

  function says() {
    const { count, total } = bandscape.data;
    const loaded = `${count.toLocaleString("en-US")} of ${plural(total, "artist")} are dots; the gray field is all`;
    if (!seen) return `${loaded}. Zoom in for more`;
    if (seen.complete) return `all ${plural(seen.inside, "artist")} of this part are dots`;
    return `${count.toLocaleString("en-US")} of ${plural(total, "artist")} are dots; ${seen.inside.toLocaleString("en-US")} stand in this part, zoom in for more`;
  }

  function failed(error) {
    tell(`not loaded: ${error.message}`);
  }

  // New dots: every part that counted or colored the old ones does so again.
  function take(rows) {
    if (!bandscape.loadedRows.add(rows)) return;
    bandscape.chart.renew();
  }

  const contains = (outer, inner) => outer[0] <= inner[0] && outer[1] >= inner[1] && outer[2] <= inner[2] && outer[3] >= inner[3];

  function countWithin([left, right, low, high]) {
    const { x, y, count } = bandscape.data;
    let inside = 0;
    for (let i = 0; i < count; i++) if (x[i] >= left && x[i] <= right && y[i] >= low && y[i] <= high) inside += 1;
    return inside;
  }

  // The histograms tell of everybody who stands in the part that is looked at, dot or not.
  async function count([left, right, low, high], ticket) {
    const found = await get("spread", { left, right, low, high });
    if (ticket === asked) bandscape.events.emit("spread", found);
  }

  async function load() {
    const { x, y } = bandscape.camera.view();
    const view = [x[0], x[1], y[0], y[1]];
    const ticket = ++asked;
    if (bandscape.camera.zoom() < 1.15) {
      seen = null;
      bandscape.events.emit("spread", null);
      return tell(says());
    }
    count(view, ticket).catch(failed);
    if (bandscape.data.count >= most) return tell(`${bandscape.data.count.toLocaleString("en-US")} artists are loaded, as many as a browser draws; reload the page to look elsewhere`);
    if (known.some((one) => contains(one, view))) {
      seen = { complete: true, inside: countWithin(view) };
      return tell(says());
    }
    tell("loading the artists of this part …");
    const [left, right, low, high] = view;
    const found = await get("view", { left, right, low, high });
    if (found.complete) known.push(view);
    take(found.rows);
    if (ticket !== asked) return;
    seen = found;
    tell(says());
  }

  // Suggestions over all artists, for the term being typed.
  async function offer(text) {
    const start = bandscape.queryParser.lastTermStart(text);
    const typed = text.slice(start).trim();
    if (!typed) return [];
    const found = await get("find", { q: typed }).catch(() => []);
    return found.map((one) => ({ ...one, text: text.slice(0, start) + one.text, alone: start === 0 && one.kind === "artist" }));
  }

  const index = (rank) => bandscape.loadedRows.indexOf(rank);

  const resultsOf = (answer) => answer.results.map((one) => ({ ...one, index: index(one.rankOnMap), shares: [] }));

  function near(i, show) {
    const own = ++turn;
    get("near", { rank: bandscape.data.ranks[i] }).then((answer) => {
      if (own !== turn) return;
      take(answer.rows);
      show(resultsOf(answer));
    }).catch(failed);
  }

  // A term as the page's own calculation would have it; places come along, for the members of a genre are not all here.
  function termOf({ sign, kind, label, rank, place }) {
    const entity = { kind, label, index: rank === null ? null : index(rank) };
    return { sign, status: "known", entity, place: place || undefined, others: [] };
  }

  function problem(text, { said, candidates }) {
    const chips = candidates.slice(0, 8).map((one) => make("button", { class: "chip", onclick: () => bandscape.searchBar.run(one) }, name(one)));
    bandscape.main.say(text, "Not sure what is meant", said);
    if (chips.length) byId("drawer-content").append(make("div", { class: "chips" }, ...chips));
  }

  async function run(text) {
    const begun = performance.now();
    const own = ++turn;
    const answer = await get("ask", { q: text });
    if (own !== turn) return;
    if (answer.kind === "problem") return problem(text, answer);
    take(answer.rows);
    if (answer.kind === "artist") {
      bandscape.history.add(text);
      bandscape.main.showArtist(index(answer.rank), "search", resultsOf(answer));
    } else {
      const baseline = answer.baseline.map(index);
      bandscape.main.showAnswer(text, answer.terms.map(termOf), { results: resultsOf(answer), baseline, verdict: answer.verdict, milliseconds: performance.now() - begun });
    }
    bandscape.main.leaveSearch();
  }

  function ask(text) {
    tell("asking …");
    run(text).then(() => tell(says())).catch(failed);
  }

  function begin() {
    bandscape.loadedRows.begin();
  }

  function start() {
    byId("field-says").setAttribute("role", "status");
    tell(says());
    bandscape.events.on("closed", () => (turn += 1));
    bandscape.events.on("moved", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => load().catch(failed), patience);
    });
  }

  return { begin, start, offer, ask, near, load };
})();
