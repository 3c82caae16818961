// The words of the texts: one element each, and the card that says which topics a word belongs to.
bandscape.evidenceWords = (() => {
  const { byId, make, name, fill, announce } = bandscape.dom;
  let topics = [];
  let current = null; // the word whose card is open

  // piece: [text] or [text, topic, percent, topic, percent, ...]
  function element(piece) {
    if (piece.length === 1) return document.createTextNode(piece[0]);
    const topic = topics[piece[1]];
    const word = make("span", { class: classes(topic, piece[2]) }, piece[0]);
    word.bandscapePiece = piece;
    word.dataset.topic = piece[1];
    return word;
  }

  function classes(topic, percent) {
    const kind = topic.slot !== null ? `slot-${topic.slot}` : topic.background ? "background" : "other";
    return `word ${kind}${percent < 60 ? " unsure" : ""}`;
  }

  function sharesOf(piece) {
    const shares = [];
    for (let at = 1; at < piece.length; at += 2) shares.push([topics[piece[at]], piece[at + 1]]);
    return shares;
  }

  function line([topic, percent]) {
    const swatch = make("span", { class: `swatch ${topic.slot === null ? "none" : `slot-${topic.slot}`}` });
    return make("li", {}, swatch, name(topic.name, { class: "topic-name" }), make("span", { class: "number" }, `${percent} %`));
  }

  function show(word) {
    if (current) current.classList.remove("current");
    current = word;
    const card = byId("tooltip");
    card.hidden = word === null;
    if (word === null) return;
    word.classList.add("current");
    const shares = sharesOf(word.bandscapePiece);
    fill(card, make("strong", {}, name(word.textContent)), make("ul", {}, ...shares.map(line)));
    place(card, word);
  }

  function place(card, word) {
    const box = word.getClientRects()[0] || word.getBoundingClientRect();
    const left = Math.min(Math.max(box.left, 8), document.documentElement.clientWidth - card.offsetWidth - 8);
    const below = box.bottom + 8 + card.offsetHeight < document.documentElement.clientHeight;
    const top = below ? box.bottom + 8 : box.top - card.offsetHeight - 8;
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.max(top, 4))}px)`;
  }

  // Arrow keys walk from word to word of the text that has the focus.
  function walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") show(null);
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const words = [...event.currentTarget.querySelectorAll(".word")];
    if (!words.length) return;
    event.preventDefault();
    const at = words.indexOf(current);
    const next = words[at < 0 ? (step > 0 ? 0 : words.length - 1) : Math.min(Math.max(at + step, 0), words.length - 1)];
    next.scrollIntoView({ block: "nearest" });
    show(next);
    announce(`${next.textContent}: ${sharesOf(next.bandscapePiece).map(([topic, percent]) => `${topic.name} ${percent} %`).join(", ")}`);
  }

  const wordAt = (event) => (event.target.closest ? event.target.closest(".word") : null);

  function listen(main) {
    main.addEventListener("pointerover", (event) => show(wordAt(event)));
    main.addEventListener("pointerleave", () => show(null));
    main.addEventListener("click", (event) => show(wordAt(event)));
    document.addEventListener("scroll", () => current && place(byId("tooltip"), current), { passive: true });
  }

  function start(list) {
    topics = list;
    listen(byId("documents"));
  }

  return { start, element, walk };
})();
