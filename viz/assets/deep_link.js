// The address says what is shown: #q=radiohead - rock&color=score&artist=...&theme=dark.
bandscape.deepLink = (() => {
  function follow() {
    const wanted = bandscape.address.read();
    if (wanted.theme && wanted.theme !== bandscape.theme.chosen()) bandscape.theme.set(wanted.theme);
    if (wanted.color && bandscape.coloring.available().includes(wanted.color)) bandscape.events.emit("color", wanted.color);
    if (wanted.q) bandscape.searchBar.run(wanted.q);
    else if (wanted.artist) {
      const found = bandscape.entities.resolve(`artist:${wanted.artist}`);
      if (found.status === "known") bandscape.events.emit("artist", { index: found.entity.index, from: "link" });
      else if (found.status === "ambiguous") bandscape.searchBar.run(`artist:${wanted.artist}`);
    }
  }

  const start = () => window.addEventListener("hashchange", follow);

  return { start, follow, write: bandscape.address.write };
})();
