// Building elements. Text only ever enters the page as text nodes: a name full of markup stays a name.
bandscape.dom = (() => {
  const byId = (id) => document.getElementById(id);

  // make("button", { class: "chip", "aria-pressed": "true", onclick: f }, "rock", otherElement)
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "style") Object.assign(element.style, value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  }

  // A name in any script, kept from turning the direction of the words around it.
  const name = (text, attributes = {}) => make("bdi", attributes, text);

  function fill(element, ...children) {
    element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  // Said by screen readers, seen by nobody.
  function announce(message) {
    byId("announcer").textContent = message;
  }

  const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

  return { byId, make, svg, name, fill, announce, plural };
})();
