// The address says what is shown: #q=radiohead - rock&color=score&artist=...&theme=dark. Works from a disk.
bandscape.deepLink = (() => {
  const state = {};

  function read() {
    const values = new URLSearchParams(location.hash.slice(1));
    return { q: values.get("q"), artist: values.get("artist"), color: values.get("color"), theme: values.get("theme") };
  }

  function write(changes) {
    Object.assign(state, changes);
    const values = new URLSearchParams();
    for (const key of ["q", "artist", "color", "theme"]) if (state[key]) values.set(key, state[key]);
    const hash = `#${values}`;
    if (hash === location.hash || (hash === "#" && !location.hash)) return;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // a page inside a frame may have no address of its own
    }
  }

  function follow() {
    const wanted = read();
    if (wanted.theme !== bandscape.theme.chosen() && wanted.theme) bandscape.theme.set(wanted.theme);
    if (wanted.color && bandscape.coloring.available().includes(wanted.color)) bandscape.events.emit("color", wanted.color);
    if (wanted.q) bandscape.searchBar.run(wanted.q);
    else if (wanted.artist) {
      const found = bandscape.entities.resolve(`artist:${wanted.artist}`);
      if (found.status === "known") bandscape.events.emit("artist", { index: found.entity.index, from: "link" });
      else if (found.status === "ambiguous") bandscape.searchBar.run(`artist:${wanted.artist}`);
    }
  }

  const start = () => window.addEventListener("hashchange", follow);

  return { start, follow, write };
})();
