// The menu of a word or of a topic on the wall: what can be done to it. Keys: arrows, Enter, Esc.
(() => {
  "use strict";
  let menu = null;
  let opener = null;

  const round = () => document.getElementById("wall").dataset.round;
  const cards = () => [...document.querySelectorAll("#wall [data-topic]")].map((card) => card.dataset);
  const nameOf = ({ topic, called }) => (called && called !== topic ? `${topic} · ${called}` : topic);

  function close(focus = false) {
    menu?.remove();
    menu = null;
    opener?.removeAttribute("aria-expanded");
    if (focus) opener?.focus();
  }

  function ask(values) {
    const sent = { do: "edit", round: round(), ...values };
    close(true);
    window.bandscapeAsk(sent);
  }

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  const item = (label, act, hint = "") => make("button", { class: "menu-item", onclick: act }, label, ...(hint ? [make("span", { class: "quiet" }, hint)] : []));

  // A field or a list in the menu, with its own button.
  function asking(label, field, verb, act) {
    const form = make("form", { class: "menu-form" }, make("label", {}, label, field), make("button", { class: "chip", type: "submit" }, verb));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (String(field.value).trim()) act(field.value);
    });
    return form;
  }

  function others(topic, label) {
    const select = make("select", { "aria-label": label });
    select.append(make("option", { value: "" }, "choose …"), ...cards().filter((one) => one.topic !== topic).map((one) => make("option", { value: one.topic }, nameOf(one))));
    return select;
  }

  function wordItems({ word, own }, topic) {
    const to = others(topic, `move ${word} to`);
    to.addEventListener("change", () => to.value && ask({ kind: "move", topic, word, to: to.value }));
    const rows = [];
    if (own !== "keyword") rows.push(item("Pin", () => ask({ kind: "pin", topic, word }), "make it a keyword here"));
    if (own !== "excluded") rows.push(item("Exclude", () => ask({ kind: "exclude", topic, word }), "it may not be here"));
    if (own) rows.push(item("Let go", () => ask({ kind: "allow", topic, word }), "neither pinned nor excluded"));
    if (own !== "excluded") rows.push(make("div", { class: "menu-form" }, make("label", {}, "Move to", to)));
    return rows;
  }

  function topicItems(topic, card) {
    const name = make("input", { value: topic, maxlength: "60", "aria-label": "new name" });
    const parts = make("input", { type: "number", value: "2", min: "2", max: "50", "aria-label": "parts" });
    const words = make("input", { placeholder: "reverb, haze", maxlength: "200", "aria-label": "words to pin" });
    const merged = others(topic, `merge ${topic} with`);
    const frozen = card.classList.contains("frozen");
    return [
      asking("Name", name, "rename", (to) => ask({ kind: "rename", topic, to })),
      asking("Words", words, "pin", (word) => ask({ kind: "pin", topic, word })),
      frozen ? item("Thaw", () => ask({ kind: "thaw", topic }), "its words may change again") : item("Freeze", () => ask({ kind: "freeze", topic }), "hold its words as they are"),
      ...(card.classList.contains("noise") ? [] : [item("Mark as noise", () => ask({ kind: "noise", topic }), "says nothing of a review")]),
      asking("Into", parts, "split", (n) => ask({ kind: "split", topic, parts: n })),
      asking("With", merged, "merge", (to) => ask({ kind: "merge", topic, to })),
    ];
  }

  function place() {
    const box = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    menu.style.top = `${box.bottom + height + 8 > innerHeight && box.top > height + 8 ? box.top - height - 4 : Math.max(8, Math.min(box.bottom + 4, innerHeight - height - 8))}px`;
  }

  function open(button) {
    close();
    opener = button;
    const card = button.closest("[data-topic]");
    const { topic } = card.dataset;
    const isWord = button.dataset.menu === "word";
    const title = make("p", { class: "menu-title" }, make("bdi", {}, isWord ? button.dataset.word : topic), ...(isWord ? [make("span", { class: "quiet" }, " in ", make("bdi", {}, topic))] : []));
    menu = make("div", { class: "menu", role: "dialog", "aria-label": title.textContent }, title, ...(isWord ? wordItems(button.dataset, topic) : topicItems(topic, card)));
    document.body.append(menu);
    button.setAttribute("aria-expanded", "true");
    place();
    menu.querySelector("button, select, input").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (button) return button === opener && menu ? close(true) : open(button);
    if (menu && !menu.contains(event.target)) close();
    return undefined;
  });

  document.addEventListener("keydown", (event) => {
    if (!menu) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close(true);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !/INPUT|SELECT/.test(event.target.tagName)) {
      event.preventDefault();
      const all = [...menu.querySelectorAll("button, select, input")];
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      all[(at + all.length) % all.length].focus();
    } else if (event.key === "Tab") {
      const all = [...menu.querySelectorAll("button, select, input")];
      const last = event.shiftKey ? all[0] : all.at(-1);
      if (document.activeElement === last) close(true);
    }
  }, true);
  addEventListener("resize", () => close());
  document.addEventListener("scroll", (event) => menu && !menu.contains(event.target) && place(), true);
})();
