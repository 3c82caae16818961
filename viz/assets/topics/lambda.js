// The slider between words that are frequent in a topic (1) and words that are found nowhere else (0).
bandscape.lambda = (() => {
  const { byId } = bandscape.dom;
  const usual = 0.6; // the optimum of the readers of Sievert and Shirley 2014
  let now = usual;

  const value = () => now;

  const spoken = (lambda) =>
    lambda < 0.35 ? "words found nowhere else" : lambda > 0.85 ? "most frequent words" : "between frequent and distinctive";

  function show(wanted) {
    const { steps } = bandscape.topicData;
    const next = Math.round(Math.min(Math.max(wanted, 0), 1) * steps) / steps;
    if (Number.isNaN(next)) return;
    now = next;
    byId("lambda").value = String(next);
    byId("lambda-value").textContent = next.toFixed(2);
    byId("lambda").setAttribute("aria-valuetext", `${next.toFixed(2)}, ${spoken(next)}`);
  }

  function set(wanted) {
    show(wanted);
    bandscape.events.emit("lambda", now);
    bandscape.address.write({ lambda: now === usual ? null : String(now) });
  }

  function start() {
    const slider = byId("lambda");
    Object.assign(slider, { min: "0", max: "1", step: String(1 / bandscape.topicData.steps) });
    slider.addEventListener("input", () => set(Number(slider.value)));
    slider.addEventListener("dblclick", () => set(usual));
    show(usual);
  }

  return { start, value, set, usual };
})();
