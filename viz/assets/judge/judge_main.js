// Questions about three artists, one after the other; the answers as CSV. What the vectors say is not in the page.
bandscape.judge = (() => {
  const { byId, make, name, fill, announce, plural } = bandscape.dom;
  const answers = new Map(); // trial -> { row, seconds }; row null = cannot say
  let data = null;
  let at = 0;
  let shownSince = 0;

  const shelf = () => `bandscape judge ${data.data_id}`;

  // What was answered before the page was closed, where the browser allows pages to keep anything.
  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(shelf()) || "[]");
      for (const [number, row, seconds] of kept) if (data.trials[number]) answers.set(number, { row, seconds });
    } catch {
      answers.clear();
    }
    while (answers.has(at)) at += 1;
  }

  function keep() {
    try {
      localStorage.setItem(shelf(), JSON.stringify([...answers].map(([number, { row, seconds }]) => [number, row, seconds])));
    } catch {
      // it stays on this page alone
    }
  }

  function beginAgain() {
    answers.clear();
    at = 0;
    keep();
    draw(true);
  }

  const trial = () => data.trials[at];
  const choicesOf = ({ kind, rows }) => (kind === "odd" ? rows : rows.slice(1));

  function questionText({ kind, rows }) {
    if (kind === "odd") return ["Which of these does not belong with the other two?"];
    return ["Which is more like ", name(data.names[rows[0]]), "?"];
  }

  function choice(row, number) {
    const pressed = answers.get(at)?.row === row;
    return make("div", { class: "choice" },
      make("button", { class: "answer", "aria-pressed": String(pressed), onclick: () => answer(row) }, make("kbd", {}, String(number)), name(data.names[row])),
      bandscape.sound.button(row));
  }

  function draw(focus) {
    bandscape.sound.stop();
    const done = at >= data.trials.length;
    byId("progress").max = data.trials.length;
    byId("progress").value = answers.size;
    byId("save").disabled = ![...answers.values()].some(({ row }) => row !== null);
    byId("back").disabled = at === 0;
    byId("skip").hidden = done;
    byId("anew").hidden = answers.size === 0;
    byId("count").textContent = done ? plural(data.trials.length, "question") : `question ${at + 1} of ${data.trials.length}`;
    if (done) {
      fill(byId("asked"), "Thank you. That was all.");
      fill(byId("choices"));
    } else {
      fill(byId("asked"), ...questionText(trial()), trial().kind === "nearer" ? bandscape.sound.button(trial().rows[0]) : null);
      fill(byId("choices"), ...choicesOf(trial()).map((row, i) => choice(row, i + 1)));
    }
    if (focus) byId("asked").focus();
    shownSince = performance.now();
  }

  function answer(row) {
    answers.set(at, { row, seconds: (performance.now() - shownSince) / 1000 });
    at += 1;
    keep();
    draw(true);
    announce(byId("count").textContent);
  }

  function csvText() {
    const head = ["trial", "kind", "artist_1", "artist_2", "artist_3", "answer", "seconds"];
    const rows = [...answers].sort((a, b) => a[0] - b[0]).map(([number, { row, seconds }]) => {
      const { kind, rows: three } = data.trials[number];
      return [number + 1, kind, ...three.map((one) => data.ids[one]), row === null ? "" : data.ids[row], Math.round(seconds * 10) / 10];
    });
    return bandscape.saving.csvText(head, rows);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || at >= data.trials.length) return;
    if (event.key === "0") answer(null);
    const row = choicesOf(trial())[Number(event.key) - 1];
    if (event.key >= "1" && event.key <= "3" && row !== undefined) answer(row);
  }

  function start() {
    data = bandscape.unpacking.payload();
    bandscape.data = data;
    bandscape.theme.start();
    bandscape.sound.start();
    load();
    byId("anew").addEventListener("click", beginAgain);
    byId("skip").addEventListener("click", () => answer(null));
    byId("back").addEventListener("click", () => {
      at = Math.max(0, at - 1);
      draw(true);
    });
    byId("save").addEventListener("click", () => bandscape.saving.csv(csvText(), "answers.csv"));
    document.addEventListener("keydown", onKey);
    draw(false);
    document.documentElement.dataset.ready = "true";
  }

  return { start, csvText };
})();

bandscape.starting.run(bandscape.judge.start);
