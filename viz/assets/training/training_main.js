// The waves of one stretch through all iterations. Plotly plays them; the players sound before and after.
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

  const narrow = () => innerWidth < 760; // the slider goes below the buttons

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
        { ...place, name: `${name}, decoded`, y: wave(side, 0), line: { color: hue.restored, width: 1.5 } },
      ];
    });
  }

  function layout() {
    const hue = colors();
    const height = (side) => ({ range: [-data.reach, data.reach], zeroline: false, gridcolor: `${hue.original}40`, fixedrange: true,
      title: { text: sides[side] }, domain: sides.length === 1 ? [0, 1] : side ? [0, 0.47] : [0.53, 1] });
    return {
      paper_bgcolor: hue.paper, plot_bgcolor: hue.paper, font: { color: hue.ink, family: "system-ui, sans-serif" },
      margin: { l: 56, r: 16, t: 12, b: narrow() ? 170 : 120 }, showlegend: false, hovermode: "x", yaxis: height(0), ...(sides.length > 1 ? { yaxis2: height(1) } : {}),
      xaxis: { title: { text: "milliseconds" }, gridcolor: `${hue.original}40`, zeroline: false, anchor: sides.length > 1 ? "y2" : "y" },
      updatemenus: [buttons(hue)], sliders: [slider(hue)],
    };
  }

  function buttons(hue) {
    const quick = { frame: { duration: 40, redraw: true }, transition: { duration: 0 }, mode: "immediate" };
    return { type: "buttons", direction: "left", showactive: false, x: 0, xanchor: "left", y: -0.16, yanchor: "top", pad: { t: 12 },
      bgcolor: hue.paper, bordercolor: hue.original,
      buttons: [{ label: "▶ play", method: "animate", args: [null, { ...quick, fromcurrent: true }] },
        { label: "■ stop", method: "animate", args: [[null], { ...quick, mode: "immediate" }] }] };
  }

  function slider(hue) {
    const steps = data.iterations.map((iteration, frame) => ({ label: String(iteration), method: "animate",
      args: [[String(frame)], { mode: "immediate", frame: { duration: 0, redraw: true }, transition: { duration: 0 } }] }));
    return { active: 0, steps, x: narrow() ? 0 : 0.2, len: narrow() ? 1 : 0.8, y: -0.16, yanchor: "top", pad: { t: narrow() ? 60 : 12 }, currentvalue: { visible: false },
      bgcolor: `${hue.original}60`, bordercolor: hue.original, tickcolor: hue.original, font: { color: hue.ink, size: 11 } };
  }

  const moves = () => data.iterations.map((_, frame) => ({ name: String(frame), traces: sides.map((_, side) => 2 * side + 1),
    data: sides.map((_, side) => ({ y: wave(side, frame) })) }));

  function say(frame) {
    byId("iteration").textContent = named(frame);
  }

  async function draw() {
    const plot = byId("plot");
    await Plotly.newPlot(plot, { data: traces(), layout: layout(), frames: moves(), config: { responsive: true, displaylogo: false, displayModeBar: false } });
    say(0);
    plot.on("plotly_animatingframe", ({ name }) => say(Number(name)));
  }

  function player([caption, sound]) {
    return make("figure", {}, make("figcaption", {}, caption), make("audio", { controls: true, preload: "metadata", src: sound, "aria-label": caption }));
  }

  function start() {
    bandscape.theme.start();
    byId("subtitle").textContent = data.subtitle;
    byId("players").append(...data.sounds.map(player));
    for (const one of document.querySelectorAll("audio")) one.onplay = () => document.querySelectorAll("audio").forEach((other) => other !== one && other.pause());
    draw().then(() => {
      byId("loading").hidden = true;
      document.documentElement.dataset.ready = "true";
    });
    bandscape.events.on("theme", draw);
  }

  return { start };
})();

bandscape.starting.run(bandscape.training.start);
