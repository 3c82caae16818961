// The one component of the explorer: draws elements that are plain lists, [tag, attributes, ...children].
// What is not in the lists below does not come to be, whatever the lists that arrive say; text enters as text.
window.bandscape_explorer = (() => {
  "use strict";
  const words = (text) => new Set(text.split(" "));
  const tags = words("a article audio bdi button caption code dd details div dl dt em form h1 h2 h3 h4 header iframe input kbd label li mark nav ol option p section select small span strong summary table tbody td th thead time tr ul");
  const attributes = words("id class title href target rel src for name type value checked selected placeholder role tabindex hidden disabled scope colspan open min max step maxlength required autocomplete spellcheck controls preload style key lang dir download method action list start");
  const reactNames = { class: "className", for: "htmlFor", tabindex: "tabIndex", maxlength: "maxLength", colspan: "colSpan", autocomplete: "autoComplete", spellcheck: "spellCheck", value: "defaultValue", checked: "defaultChecked" };
  const styles = words("width height left font-size mask-image background --part --at");
  const safeAddress = (text) => /^(\/|#|\?|https?:\/\/)/i.test(String(text));

  function styleOf(given) {
    const style = {};
    for (const [name, value] of Object.entries(given)) {
      if (!styles.has(name)) continue;
      style[name.startsWith("--") ? name : name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = value;
    }
    return style;
  }

  function props(tag, given, at) {
    const found = { key: given.key === undefined ? at : String(given.key) };
    for (const [name, value] of Object.entries(given)) {
      if (name === "key" || !(attributes.has(name) || /^(data|aria)-[a-z-]+$/.test(name))) continue;
      if ((name === "href" || name === "src" || name === "action") && !safeAddress(value)) continue;
      if (name === "style") found.style = styleOf(value);
      else if (name === "value" && (tag === "option" || tag === "button" || given.type === "hidden")) found.value = value;
      else if (name === "selected") continue; // the select says which
      else found[reactNames[name] || name] = value;
    }
    return found;
  }

  function draw(element, at) {
    if (typeof element === "string") return element;
    if (!Array.isArray(element) || !tags.has(element[0])) return null;
    const [tag, given, ...children] = element;
    return React.createElement(tag, props(tag, given || {}, at), ...(children.length ? [children.map(draw)] : []));
  }

  function Tree({ id, tree }) {
    React.useEffect(() => {
      document.dispatchEvent(new CustomEvent("bandscape-drawn", { detail: id }));
    });
    return React.createElement("div", { id, className: "tree" }, tree ? draw(tree, 0) : null);
  }

  return { Tree };
})();
