// One card a topic: its name, its words, its shares as a line or as dots. A press makes it as wide as the page.
bandscape.sharesCards = (() => {
  const { make, name, announce } = bandscape.dom;
  const data = bandscape.sharesData;
  const color = () => bandscape.sharesData.palettes[bandscape.theme.name()].categories[0];

  // The top of a topic's chart: its largest value, or upper bound where a group is not too small to have a say.
  // A bound beyond the top is cut off there; the reading says it in full.
  function topOf(k) {
    const { values, high } = data.rowOf(k);
    const sizes = [...data.documents].sort((a, b) => a - b);
    const enough = sizes[Math.floor(sizes.length / 2)] / 10;
    const counted = [...values, ...high.filter((_, g) => data.documents[g] >= enough)];
    return Math.max(...counted.filter((value) => !Number.isNaN(value)), 1e-6);
  }

  const numbered = () => data.labels.every((label, g) => label === String(data.x[g])); // years, for instance

  function chart(k, width, { top, tall }) {
    const row = data.rowOf(k);
    const format = (value) => `${+(100 * value).toPrecision(3)} %`;
    if (!data.ordered) return bandscape.dotChart.draw({ width, labels: data.labels, ...row, color: color(), top, format, mean: data.overall[k] });
    return bandscape.lineChart.draw({
      width, height: tall ? 280 : 148, x: data.x, series: [{ ...row, color: color() }], range: [0, top], zero: true, format,
      tickText: numbered() ? null : (i) => data.labels[i], mean: data.overall[k], broken: true,
    });
  }

  function build(k, width, options) {
    const drawn = chart(k, width - 34, options);
    const usual = `${data.percent(data.overall[k])} on the whole`;
    const said = make("p", { class: "reading quiet" }, usual);
    let now = null;

    function point(i) {
      now = i;
      drawn.point(i);
      said.textContent = i === null ? usual : data.reading(k, i);
    }

    function onKey(event) {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      point(now === null ? 0 : Math.min(Math.max(now + by, 0), data.nGroups - 1));
      announce(data.reading(k, now));
    }

    const picture = make("div", {
      class: "chart", tabindex: "0", role: "group", "aria-label": `${data.ids[k]} by ${data.by}; arrow keys read the values`, onkeydown: onKey,
      onpointermove: (event) => {
        const box = drawn.root.getBoundingClientRect();
        point(drawn.nearest(event.clientX - box.left, event.clientY - box.top));
      },
      onpointerleave: () => point(null), onblur: () => point(null),
    }, drawn.root);
    const open = make("button", { class: "plain", "aria-expanded": String(Boolean(options.tall)), onclick: () => bandscape.events.emit("open", k) }, name(data.nameOf(k)));
    return make("article", { class: options.tall ? "card wide" : "card", "data-topic": k },
      make("h2", {}, open), make("p", { class: "words quiet" }, name(data.wordsOf(k))), picture, said);
  }

  return { build, topOf };
})();
