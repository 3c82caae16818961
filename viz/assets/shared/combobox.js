// A text field with a list of suggestions below (the ARIA combobox pattern). It knows nothing about what is searched.
bandscape.combobox = (() => {
  const { make, name, fill } = bandscape.dom;

  // field, list: the elements. offer(text): [{ label, detail, ... }], or a promise of it; take(item): one was chosen; enter(text): the text
  // was sent as it is; escape(text): Escape while no list is open; patience: milliseconds without a key before something is offered.
  function create({ field, list, offer, take, enter, escape, patience = 0 }) {
    let items = [];
    let waiting = 0;
    let active = -1;
    let request = 0; // an offer that comes after the list was closed, or after a later one, is not shown

    function close() {
      clearTimeout(waiting);
      request += 1;
      items = [];
      active = -1;
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }

    function row({ label, detail }, i) {
      return make("li", { id: `suggestion-${i}`, role: "option", "aria-selected": String(i === active),
        onmousedown: (event) => event.preventDefault(), onclick: () => choose(i) },
        name(label), make("span", { class: "quiet" }, detail));
    }

    function draw() {
      fill(list, ...items.map(row));
      list.hidden = items.length === 0;
      field.setAttribute("aria-expanded", String(items.length > 0));
      if (active >= 0) field.setAttribute("aria-activedescendant", `suggestion-${active}`);
      else field.removeAttribute("aria-activedescendant");
      list.children[active]?.scrollIntoView({ block: "nearest" });
    }

    function suggest() {
      const own = ++request;
      const offered = offer(field.value);
      if (!offered.then) show(offered);
      else offered.then((late) => own === request && document.activeElement === field && show(late));
    }

    function show(offered) {
      items = offered;
      active = -1;
      draw();
    }

    function choose(i) {
      const item = items[i];
      close();
      take(item);
    }

    function put(text) {
      field.value = text;
      field.focus();
      field.setSelectionRange(text.length, text.length);
    }

    function onKey(event) {
      const moves = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in moves && items.length) {
        event.preventDefault();
        active = (active + moves[event.key] + items.length + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % items.length;
        draw();
      } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (field.value.trim()) enter(field.value);
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        if (!list.hidden) close();
        else escape(field.value);
      }
    }

    function typed() {
      clearTimeout(waiting);
      request += 1;
      if (patience) waiting = setTimeout(suggest, patience);
      else suggest();
    }

    field.addEventListener("input", typed);
    field.addEventListener("keydown", onKey);
    field.addEventListener("blur", close);
    field.form?.addEventListener("submit", (event) => event.preventDefault());
    return { close, put, suggest };
  }

  return { create };
})();
