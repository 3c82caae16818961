// The questions asked on this page, last one first. They outlive a reload where the browser allows it.
bandscape.history = (() => {
  const most = 12;
  const key = () => `bandscape ${bandscape.data.dataId}`;
  let asked = [];

  function load() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key()) || "[]");
      if (Array.isArray(kept)) asked = kept.filter((one) => typeof one === "string").slice(0, most);
    } catch {
      asked = []; // a page in a frame may keep nothing
    }
  }

  function add(text) {
    const said = text.trim().slice(0, 400);
    if (!said) return;
    asked = [said, ...asked.filter((one) => one !== said)].slice(0, most);
    try {
      sessionStorage.setItem(key(), JSON.stringify(asked));
    } catch {
      // as above
    }
  }

  return { load, add, all: () => asked };
})();
