// The spectrogram of a mixture in the colors of its sources; while a source plays, it is alone in the picture.
bandscape.separation = (() => {
  const { byId, make } = bandscape.dom;
  const { unpack, payload } = bandscape.unpacking;
  const data = payload();
  const strength = unpack(data.strength); // frame after frame
  const owners = unpack(data.owners);
  let alone = null; // the source that is shown, all if null
  let current = null; // the player a click moves

  const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

  function paint() {
    const palette = data.palettes[bandscape.theme.name()];
    const paper = rgb(palette.paper);
    const hues = palette.categories.map(rgb);
    const canvas = byId("picture");
    canvas.width = data.frames;
    canvas.height = data.bins;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const image = context.createImageData(data.frames, data.bins);
    for (let frame = 0; frame < data.frames; frame++) {
      for (let bin = 0; bin < data.bins; bin++) {
        const cell = frame * data.bins + bin;
        const owner = owners[cell];
        const share = alone === null || alone === owner ? strength[cell] / 255 : 0;
        const pixel = 4 * ((data.bins - 1 - bin) * data.frames + frame);
        for (let part = 0; part < 3; part++) image.data[pixel + part] = paper[part] + (hues[owner][part] - paper[part]) * share;
        image.data[pixel + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    document.querySelectorAll(".swatch[data-source]").forEach((one) => (one.style.background = palette.categories[Number(one.dataset.source)]));
  }

  function show(source) {
    if (alone === source) return;
    alone = source;
    paint();
  }

  function player(caption, address, source) {
    const swatch = source === null ? null : make("span", { class: "swatch", "data-source": source });
    const audio = make("audio", { controls: true, preload: "metadata", src: address, "aria-label": caption });
    audio.addEventListener("play", () => {
      document.querySelectorAll("audio").forEach((other) => other !== audio && other.pause());
      current = audio;
      byId("playhead").hidden = false;
      show(source);
      follow();
    });
    audio.addEventListener("ended", () => show(null));
    audio.addEventListener("seeked", place);
    return make("figure", {}, make("figcaption", {}, swatch, caption), audio);
  }

  function place() {
    if (current) byId("playhead").style.left = `${(100 * current.currentTime) / data.duration}%`;
  }

  function follow() {
    place();
    if (current && !current.paused) requestAnimationFrame(follow);
  }

  function seek(event) {
    const box = byId("sheet").getBoundingClientRect();
    current = current || document.querySelector("audio");
    current.currentTime = (data.duration * (event.clientX - box.left)) / box.width;
    byId("playhead").hidden = false;
    place();
  }

  function axes() {
    const near = (second) => second > 0.96 * data.duration;
    byId("seconds").append(...data.seconds.map((second) => make("span", { class: near(second) ? "last" : null, style: { left: `${(100 * second) / data.duration}%` } }, `${second} s`)));
    byId("hertz").append(...data.hertz.map((hertz) => make("span", { style: { bottom: `${(100 * hertz) / data.highest}%` } }, hertz ? `${hertz / 1000} kHz` : "0")));
  }

  function start() {
    bandscape.theme.start();
    byId("subtitle").textContent = data.subtitle;
    byId("players").append(player("the mixture", data.mixture, null), ...data.sounds.map(([name, address], source) => player(name, address, source)));
    axes();
    paint();
    byId("sheet").addEventListener("click", seek);
    bandscape.events.on("theme", paint);
    byId("loading").hidden = true;
    document.documentElement.dataset.ready = "true";
  }

  return { start, show, alone: () => alone };
})();

bandscape.starting.run(bandscape.separation.start);
