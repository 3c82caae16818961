// The waves of one stretch through all iterations, by a slider or played; the players sound before and after.
bandscape.training = (() => {
  const { byId, make } = bandscape.dom;
  const { unpack, payload } = bandscape.unpacking;
  const data = payload();
  const sides = ["left", "right"].slice(0, data.original.length);
  const original = data.original.map(unpack);
  const frames = data.frames.map(unpack); // per channel: frame after frame
  const length = original[0].length;
  const time = Array.from(original[0], (_, at) => (at * 1000) / data.rate);
  const wave = (side, frame) => frames[side].subarray(frame * length, (frame + 1) * length);
  const named = (frame) => `iteration ${data.iterations[frame].toLocaleString("en-US")}`;

  const last = data.iterations.length - 1;
  let shown = 0;
  let playing = 0; // the timer

  function colors() {
    const { ink, paper, unknown, categories } = data.palettes[bandscape.theme.name()];
    return { ink, paper, original: unknown, restored: categories[0] };
  }

  function traces() { // as SVG: a thousand points each need no WebGL, whose start takes longer than all the rest
    const hue = colors();
    return sides.flatMap((name, side) => {
      const place = { x: time, type: "scatter", mode: "lines", yaxis: side ? "y2" : "y" };
      return [
        { ...place, name: `${name}, original`, y: original[side], line: { color: hue.original, width: 4 } },
        { ...place, name: `${name}, decoded`, y: wave(side, shown), line: { color: hue.restored, width: 1.5 } },
      ];
    });
  }

  function layout() {
    const hue = colors();
    const height = (side) => ({ range: [-data.reach, data.reach], zeroline: false, gridcolor: `${hue.original}40`, fixedrange: true,
      title: { text: sides[side] }, domain: sides.length === 1 ? [0, 1] : side ? [0, 0.47] : [0.53, 1] });
    return {
      paper_bgcolor: hue.paper, plot_bgcolor: hue.paper, font: { color: hue.ink, family: "system-ui, sans-serif" },
      margin: { l: 56, r: 16, t: 12, b: 48 }, showlegend: false, hovermode: "x", yaxis: height(0), ...(sides.length > 1 ? { yaxis2: height(1) } : {}),
      xaxis: { title: { text: "milliseconds" }, gridcolor: `${hue.original}40`, zeroline: false, anchor: sides.length > 1 ? "y2" : "y" },
    };
  }

  function show(frame) {
    shown = frame;
    byId("slider").value = frame;
    byId("slider").setAttribute("aria-valuetext", named(frame));
    byId("iteration").textContent = named(frame);
    return Plotly.restyle(byId("plot"), { y: sides.map((_, side) => wave(side, frame)) }, sides.map((_, side) => 2 * side + 1));
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
    byId("play").textContent = "▶ play";
  }

  function play() {
    if (playing) return stop();
    if (shown === last) show(0);
    byId("play").textContent = "■ stop";
    playing = setInterval(() => {
      if (shown < last) show(shown + 1);
      if (shown === last) stop();
    }, 40);
  }

  async function draw() {
    await Plotly.newPlot(byId("plot"), { data: traces(), layout: layout(), config: { responsive: true, displaylogo: false, displayModeBar: false } });
    await show(shown);
  }

  function steps() {
    const slider = byId("slider");
    slider.max = last;
    slider.oninput = () => {
      stop();
      show(Number(slider.value));
    };
    byId("play").onclick = play;
    byId("first").textContent = named(0);
    byId("last").textContent = named(last);
  }

  function player([caption, sound]) {
    return make("figure", {}, make("figcaption", {}, caption), make("audio", { controls: true, preload: "metadata", src: sound, "aria-label": caption }));
  }

  function start() {
    bandscape.theme.start();
    byId("subtitle").textContent = data.subtitle;
    byId("players").append(...data.sounds.map(player));
    for (const one of document.querySelectorAll("audio")) one.onplay = () => document.querySelectorAll("audio").forEach((other) => other !== one && other.pause());
    steps();
    draw().then(() => {
      byId("loading").hidden = true;
      document.documentElement.dataset.ready = "true";
    });
    bandscape.events.on("theme", draw);
  }

  return { start };
})();

bandscape.starting.run(bandscape.training.start);
