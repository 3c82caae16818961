// The field of the sound map: what is typed leaves the sounds that have it; a name opens a sound, a class colors its own.
bandscape.soundsSearch = (() => {
  const { byId, plural } = bandscape.dom;
  const data = bandscape.data;
  const most = 8;
  let box = null;

  const has = (name, typed) => typed.split(/\s+/).every((word) => name.toLowerCase().includes(word));
  const filter = (text) => data.filter({ text });

  // Classes, genres, clusters, folders and artists that have the text, those that begin with it first.
  function groupsLike(typed) {
    const found = Object.entries(data.groups).flatMap(([key, { names, codes }]) => names.map((label, at) => ({ key, label, code: at + 1, codes })))
      .filter(({ label }) => has(label, typed));
    found.sort((a, b) => b.label.toLowerCase().startsWith(typed) - a.label.toLowerCase().startsWith(typed));
    return found.slice(0, most / 2).map(({ key, label, code, codes }) => {
      const count = codes.reduce((sum, one) => sum + (one === code), 0);
      return { key, label, detail: `${key} · ${plural(count, "sound")}` };
    });
  }

  function soundsLike(typed, n) {
    const found = [];
    for (let i = 0; i < data.count && found.length < n; i++) {
      if (has(data.names[i], typed)) found.push({ index: i, label: data.names[i], detail: data.classOf(i) });
    }
    return found;
  }

  function offer(text) {
    filter(text);
    const typed = text.trim().toLowerCase();
    if (!typed) return [];
    const groups = groupsLike(typed);
    return [...groups, ...soundsLike(typed, most - groups.length)];
  }

  function take({ index, key, label }) {
    box.put("");
    filter("");
    byId("canvas").focus();
    if (key) bandscape.soundsColoring.show(key, label);
    else bandscape.events.emit("sound", { index, from: "search" });
  }

  // What is typed stays a filter; the keys go to the map.
  function enter() {
    box.close();
    byId("canvas").focus();
  }

  function escape(text) {
    byId("search").value = "";
    filter("");
    if (!text) byId("canvas").focus();
  }

  function start() {
    box = bandscape.combobox.create({ field: byId("search"), list: byId("suggestions"), offer, take, enter, escape });
  }

  return { start };
})();
