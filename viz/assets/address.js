// What is shown, kept behind the # of the address. Works from a disk.
bandscape.address = (() => {
  const state = {};

  const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

  // A value that is null or "" is left out.
  function write(changes) {
    Object.assign(state, changes);
    const values = new URLSearchParams();
    for (const key of Object.keys(state)) if (state[key]) values.set(key, state[key]);
    const hash = `#${values}`;
    if (hash === location.hash || (hash === "#" && !location.hash)) return;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // a page inside a frame may have no address of its own
    }
  }

  return { read, write };
})();
