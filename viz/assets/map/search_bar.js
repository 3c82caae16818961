// The field at the top: a name finds an artist, a sum of names is calculated.
bandscape.searchBar = (() => {
  const { byId } = bandscape.dom;
  let box = null;

  const field = () => byId("search");
  const put = (text) => box.put(text);

  // A taken name ends the search if it stands alone, and waits for more in a sum.
  function take({ text, entity, asked, alone }) {
    if (asked) return run(asked);
    alone ??= entity.kind === "artist" && text === bandscape.entities.written(entity);
    put(alone ? text : `${text} `);
    if (alone) run(text);
  }

  function replaceTerm(text, term, entity) {
    run(text.replace(term.text, () => bandscape.entities.written(entity)));
  }

  function run(text) {
    field().value = text;
    box.close();
    bandscape.events.emit("query", text);
  }

  // A name that is begun and means nothing yet is taken for the first one in the list that begins so.
  function send(text) {
    const { start, items } = bandscape.served ? { start: 0, items: [] } : bandscape.suggestions.offer(text);
    const key = bandscape.entities.fold(text.slice(start));
    const isOpen = key && bandscape.entities.lookUp(text.slice(start)).status === "unknown";
    const begun = isOpen && items.find(({ entity }) => [entity.key, entity.plain].some((one) => one.startsWith(key)));
    run(begun ? begun.text : text);
  }

  function escape(text) {
    if (!text) byId("canvas").focus();
    else {
      field().value = "";
      bandscape.drawer.close();
    }
  }

  function start() {
    const offer = (text) => (bandscape.served && text.trim() ? bandscape.served.offer(text) : bandscape.suggestions.offer(text).items);
    box = bandscape.combobox.create({ field: field(), list: byId("suggestions"), offer, take, enter: send, escape });
    field().addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && !field().value.trim() && byId("suggestions").hidden) box.suggest(); // questions asked before
    });
    bandscape.events.on("closed", clear);
    if (!bandscape.vectorMath.available()) {
      field().placeholder = "search an artist";
      field().setAttribute("aria-label", "search an artist");
    } else field().placeholder = bandscape.data.examples[0] || "artist, or artist + artist";
  }

  const clear = () => (field().value = "");

  return { start, run, put, replaceTerm, clear };
})();
