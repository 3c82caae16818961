// The topics, each with the line its words are marked with; choosing one leaves only its words marked.
bandscape.evidenceLegend = (() => {
  const { byId, make, name, fill, plural } = bandscape.dom;
  let buttons = [];

  function entry(topic, number) {
    const swatch = make("span", { class: `swatch ${topic.slot === null ? "none" : `slot-${topic.slot}`}` });
    const label = make("span", { class: "label" }, name(topic.name, { class: "topic-name" }));
    if (topic.words.length) label.append(make("span", { class: "quiet some-words", dir: "auto" }, topic.words.join(", ")));
    const count = make("span", { class: "number quiet" }, topic.n.toLocaleString("en-US"));
    const button = make("button", { "aria-pressed": "false", onclick: () => choose(number) }, swatch, label, count);
    buttons.push([button, number]);
    return make("li", {}, button);
  }

  // One of the words of a topic without a line of its own is marked, too, when its topic is chosen.
  function choose(number) {
    const chosen = buttons.find(([button]) => button.getAttribute("aria-pressed") === "true");
    const next = chosen && chosen[1] === number ? null : number;
    for (const [button, own] of buttons) button.setAttribute("aria-pressed", String(own === next));
    document.documentElement.toggleAttribute("data-alone", next !== null);
    for (const word of document.querySelectorAll(".word")) word.classList.toggle("chosen", next !== null && Number(word.dataset.topic) === next);
  }

  // The topic asked for, those with a line of their own, the background; all others are folded away.
  const rank = (topic) => (topic.slot === null ? 100 + Number(!topic.background) : topic.slot);
  const isOpen = (topic) => topic.slot !== null || topic.background;

  function start(data) {
    const numbered = data.topics.map((topic, number) => [topic, number]);
    const shown = numbered.filter(([topic, number]) => topic.n > 0 || number === data.asked);
    shown.sort(([one], [other]) => rank(one) - rank(other) || other.n - one.n);
    buttons = [];
    const open = shown.filter(([topic]) => isOpen(topic));
    const folded = shown.filter(([topic]) => !isOpen(topic));
    fill(byId("legend-topics"), ...open.map(([topic, number]) => entry(topic, number)));
    fill(byId("legend-more"), ...folded.map(([topic, number]) => entry(topic, number)));
    byId("legend-fold").hidden = !folded.length;
    byId("legend-count").textContent = plural(folded.length, "more topic");
    byId("legend").hidden = !shown.length;
  }

  return { start };
})();
