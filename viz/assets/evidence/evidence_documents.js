// The texts, one article each: title, facts, the shares of its topics as a bar, the marked text.
bandscape.evidenceDocuments = (() => {
  const { byId, make, name, fill } = bandscape.dom;

  function article(entry, topics) {
    const heading = make("h2", { dir: "auto" }, entry.title);
    const text = make("div", { class: "text", tabindex: "0", dir: "auto", role: "group" }, ...entry.pieces.map(bandscape.evidenceWords.element));
    text.setAttribute("aria-label", `text of ${entry.title}; arrow keys walk from word to word`);
    text.addEventListener("keydown", bandscape.evidenceWords.walk);
    return make("article", {}, heading, make("p", { class: "quiet facts", dir: "auto" }, entry.subtitle), bar(entry.shares, topics), text);
  }

  // shares: [topic, thousandths, percent]; what they leave of the whole stays empty
  function bar(shares, topics) {
    if (!shares.length) return null;
    const parts = shares.map(([topic, share, percent]) => {
      const slot = topics[topic].slot;
      const part = make("span", { class: `part ${slot === null ? "none" : `slot-${slot}`}`, title: `${topics[topic].name} ${percent} %` });
      part.style.width = `${share / 10}%`;
      return part;
    });
    const said = shares.map(([topic, , percent]) => `${topics[topic].name}\u00a0${percent}\u00a0%`);
    const words = make("p", { class: "shares quiet" });
    said.forEach((text, at) => words.append(at ? " · " : "", name(text)));
    return make("div", { class: "bar-of-topics" }, make("div", { class: "track", "aria-hidden": "true" }, ...parts), words);
  }

  function start(data) {
    const none = make("p", { class: "empty" }, "No text has a word of this topic. Fit the topics again with other keywords, or ask for another topic.");
    fill(byId("documents"), ...(data.documents.length ? data.documents.map((entry) => article(entry, data.topics)) : [none]));
  }

  return { start };
})();
