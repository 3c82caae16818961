// The page is one object, `bandscape`; every file that follows adds one part to it. No file runs anything by
// itself: main.js starts the parts in order. Parts talk by events, so that none needs to know who listens.
"use strict";

const bandscape = {};

bandscape.events = (() => {
  const listeners = new Map();

  function on(name, listener) {
    if (!listeners.has(name)) listeners.set(name, []);
    listeners.get(name).push(listener);
  }

  function emit(name, detail) {
    for (const listener of listeners.get(name) || []) listener(detail);
  }

  return { on, emit };
})();
