// What the list under the search field offers for the term being typed.
bandscape.suggestions = (() => {
  const most = 8;
  const comparable = 30000; // artists whose names can be compared letter by letter while somebody types

  function detail(entity) {
    const data = bandscape.data;
    if (entity.kind === "artist") {
      const genres = bandscape.data.genresOf(entity.index).slice(0, 2).join(", ");
      return [genres, bandscape.dom.plural(data.reviews[entity.index], "review")].filter(Boolean).join(" · ");
    }
    if (entity.kind === "topic") return "topic, artists by its share of their reviews";
    const members = bandscape.dom.plural(bandscape.vectorMath.members(entity).length, "artist");
    if (entity.kind !== "genre") return `${entity.kind}, ${members}`;
    // the legend counts those of which it is the first
    return `genre of ${members}, main one of ${bandscape.data.mainGenres()[entity.index].toLocaleString("en-US")}`;
  }

  // What Enter would find is offered, too, though it may be spelled otherwise: "Björk" where the table has "bjrk".
  function withMeant(typed, found) {
    const { status, entity } = typed.trim() ? bandscape.entities.lookUp(typed) : {};
    return status !== "known" || found.includes(entity) ? found : [entity, ...found].slice(0, most);
  }

  // Nothing has these letters in this order: names that are spelled nearly so.
  function nearlySpelled(typed) {
    if (typed.trim().length < 4 || bandscape.data.count > comparable) return [];
    return bandscape.entities.similar(typed.trim()).filter(({ kind }) => kind === "artist" || kind === "genre");
  }

  // { start, items: [{ entity, label, detail, text }] }; `text` is the whole field once the item is taken.
  function offer(text) {
    if (!text.trim()) return { start: 0, items: bandscape.history.all().map((asked) => ({ asked, label: asked, detail: "asked before", text: asked })) };
    const start = bandscape.queryParser.lastTermStart(text);
    const typed = text.slice(start);
    const found = withMeant(typed, bandscape.entities.matching(typed, most));
    const calculates = start > 0;
    const perhaps = found.length ? [] : nearlySpelled(typed);
    const items = [...found, ...perhaps]
      .filter((entity) => bandscape.vectorMath.available() || entity.kind === "artist" || entity.kind === "topic")
      .map((entity) => ({
        entity,
        label: entity.label,
        detail: perhaps.length ? `did you mean · ${detail(entity)}` : detail(entity),
        text: text.slice(0, start) + bandscape.entities.written(entity),
      }));
    return { start, items, calculates };
  }

  return { offer };
})();
