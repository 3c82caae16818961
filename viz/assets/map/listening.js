// Listening on: when a sound has ended, the nearest artist that can be heard and was not yet is opened and played, so
// that one is led over the map by ear.
bandscape.listening = (() => {
  const { make, announce } = bandscape.dom;
  const heard = new Set();
  let on = false;
  let moving = false;

  // The explorer's map of very many artists has no vectors in the page.
  const available = () => bandscape.vectorMath.available() && !bandscape.served && Object.keys(bandscape.data.sounds || {}).length > 1;

  const next = (i) => bandscape.vectorMath.nearest(i, bandscape.data.count - 1).find(({ index }) => bandscape.sound.has(index) && !heard.has(index))?.index;

  function show() {
    for (const one of document.querySelectorAll(".listen-on")) one.setAttribute("aria-pressed", String(on));
  }

  function begin(i) {
    on = true;
    if (bandscape.sound.playing() !== i) bandscape.sound.play(i);
    show();
  }

  function end() {
    on = false;
    show();
  }

  function move(i) {
    heard.add(i);
    if (!on) return;
    const to = next(i);
    if (to === undefined) {
      end();
      announce("all that can be heard was played");
      return;
    }
    moving = true; // opening the next one stops what sounds: that is no stop of the reader's
    const pressed = document.activeElement?.classList.contains("listen-on");
    bandscape.events.emit("artist", { index: to, from: "listening" });
    bandscape.sound.play(to);
    moving = false;
    show();
    if (pressed) document.querySelector(".listen-on")?.focus({ preventScroll: true }); // so that it can be pressed again
  }

  function toggle(i) {
    if (on) bandscape.sound.stop();
    else if (available() && bandscape.sound.has(i)) begin(i);
  }

  // The button on an artist's card.
  function button(i) {
    if (!available() || !bandscape.sound.has(i)) return null;
    return make("button", { class: "chip listen-on", "aria-pressed": String(on), title: "play it, then the nearest that was not heard yet, and on",
      onclick: () => toggle(i) }, "listen on");
  }

  function start() {
    bandscape.events.on("heard", move);
    bandscape.events.on("sounding", (i) => i === null && !moving && end());
  }

  return { start, available, button, toggle, next, isOn: () => on };
})();
