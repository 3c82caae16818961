// The field at the top: a name finds an artist, a sum of names is calculated. A combobox with a list below.
bandscape.searchBar = (() => {
  const { byId, make, name, fill } = bandscape.dom;
  let items = [];
  let active = -1;

  const field = () => byId("search");
  const list = () => byId("suggestions");

  function closeList() {
    items = [];
    active = -1;
    list().hidden = true;
    field().setAttribute("aria-expanded", "false");
    field().removeAttribute("aria-activedescendant");
  }

  function row({ label, detail }, i) {
    return make("li", { id: `suggestion-${i}`, role: "option", "aria-selected": String(i === active),
      onmousedown: (event) => event.preventDefault(), onclick: () => take(i) },
      name(label), make("span", { class: "quiet" }, detail));
  }

  function drawList() {
    fill(list(), ...items.map(row));
    list().hidden = items.length === 0;
    field().setAttribute("aria-expanded", String(items.length > 0));
    if (active >= 0) field().setAttribute("aria-activedescendant", `suggestion-${active}`);
    else field().removeAttribute("aria-activedescendant");
    list().children[active]?.scrollIntoView({ block: "nearest" });
  }

  function suggest() {
    ({ items } = bandscape.suggestions.offer(field().value));
    active = -1;
    drawList();
  }

  // A taken name ends the search if it stands alone, and waits for more in a sum.
  function take(i) {
    const { text, entity } = items[i];
    const alone = text === bandscape.entities.written(entity) && entity.kind === "artist";
    put(alone ? text : `${text} `);
    closeList();
    if (alone) run(text);
  }

  function put(text) {
    field().value = text;
    field().focus();
    field().setSelectionRange(text.length, text.length);
  }

  function replaceTerm(text, term, entity) {
    run(text.replace(term.text, () => bandscape.entities.written(entity)));
  }

  function run(text) {
    field().value = text;
    closeList();
    bandscape.events.emit("query", text);
  }

  function onKey(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && items.length) {
      event.preventDefault();
      active = (active + moves[event.key] + items.length + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % items.length;
      drawList();
    } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (field().value.trim()) run(field().value);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (!list().hidden) closeList();
      else if (field().value) {
        field().value = "";
        bandscape.drawer.close();
      } else byId("canvas").focus();
    }
  }

  function start() {
    field().addEventListener("input", suggest);
    field().addEventListener("keydown", onKey);
    field().addEventListener("blur", closeList);
    byId("search-form").addEventListener("submit", (event) => event.preventDefault());
    bandscape.events.on("closed", () => (field().value = ""));
    if (!bandscape.vectorMath.available()) {
      field().placeholder = "search an artist";
      field().setAttribute("aria-label", "search an artist");
    } else if (bandscape.data.examples.length) field().placeholder = bandscape.data.examples[0];
  }

  return { start, run, put, replaceTerm };
})();
