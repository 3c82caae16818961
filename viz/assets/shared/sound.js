// Artists or sounds that can be heard: one player for the page, so that two never sound at once.
bandscape.sound = (() => {
  const { make, announce } = bandscape.dom;
  let player = null;
  let playing = null;
  let request = 0; // a sound cut off by the next one, or stopped, is refused late: that is no failure of the next

  // Within the page, or, where a server has them, at addresses.
  function source(i) {
    const { sounds, soundAddresses } = bandscape.data;
    if (soundAddresses) return soundAddresses[i] || "";
    return sounds && sounds[i] ? `data:audio/mpeg;base64,${sounds[i]}` : "";
  }

  const has = (i) => Boolean(source(i));
  const any = () => Object.keys(bandscape.data.soundAddresses || bandscape.data.sounds || {}).length > 0;

  function stop() {
    request += 1;
    player?.pause();
    playing = null;
    bandscape.events.emit("sounding", null);
  }

  function play(i) {
    player ||= new Audio();
    player.onended = () => {
      bandscape.events.emit("heard", i);
      if (playing === i) stop();
    };
    player.src = source(i);
    playing = i;
    request += 1;
    const own = request;
    bandscape.events.emit("sounding", i);
    player.play().catch(() => {
      if (own !== request) return;
      stop();
      announce("this browser could not play the sound");
    });
  }

  const toggle = (i) => (playing === i ? stop() : play(i));

  // The button on an artist's card.
  function button(i) {
    if (!has(i)) return null;
    const one = make("button", { class: "chip strong play", "aria-pressed": String(playing === i), onclick: () => toggle(i) });
    one.textContent = playing === i ? "■ stop" : "▶ play";
    one.dataset.artist = i;
    return one;
  }

  function start() {
    bandscape.events.on("sounding", (i) => {
      for (const one of document.querySelectorAll(".play")) {
        const on = Number(one.dataset.artist) === i;
        one.textContent = on ? "■ stop" : "▶ play";
        one.setAttribute("aria-pressed", String(on));
      }
    });
    let opened = null;
    bandscape.events.on("artist", ({ index, from }) => {
      if (playing !== null && playing !== index) stop();
      else if (from === "map" && index === opened && has(index)) toggle(index); // the first click opens, the next is heard
      opened = index;
    });
    bandscape.events.on("closed", () => (opened = null));
    bandscape.events.on("closed", stop);
  }

  return { start, has, any, play, toggle, stop, button, playing: () => playing };
})();
