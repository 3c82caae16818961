// What is shown, kept behind the # of the address. Works from a disk.
bandscape.address = (() => {
  const state = {};

  // The page writes blanks as "+" and a plus as "%2B"; people write "#q=a - b + c" and mean a plus. An address with a
  // blank in it (as such, or as %20) was written by people.
  const plainPlus = (part) => (/ |%20/.test(part) ? part.replaceAll("+", "%2B") : part);
  const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1).split("&").map(plainPlus).join("&")));

  // A value that is null or "" is left out. A step is what the browser's Back returns from; entries are marked as ours,
  // to be told from addresses written by hand.
  function write(changes, { step = false } = {}) {
    Object.assign(state, changes);
    const values = new URLSearchParams();
    for (const key of Object.keys(state)) if (state[key]) values.set(key, state[key]);
    const hash = `#${values}`;
    if (hash === location.hash || (hash === "#" && !location.hash)) return;
    try {
      if (step) {
        history.replaceState({ ours: true }, "", location.href);
        history.pushState({ ours: true }, "", hash);
      } else history.replaceState({ ours: true }, "", hash);
    } catch {
      // a page inside a frame may have no address of its own
    }
  }

  const kept = (key) => state[key] || null;

  return { read, write, kept };
})();
