// Wide tables scroll sideways on a phone: the keyboard must reach them, too.
addEventListener("load", () => {
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) {
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "region");
    const heading = [...document.querySelectorAll("h1, h2, h3")].filter((one) => one.compareDocumentPosition(wrap) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
    wrap.setAttribute("aria-label", `table: ${heading?.firstChild?.textContent.trim() || document.title}`);
  }
});
// The search needs a server: from a folder its button leads nowhere.
if (location.protocol === "file:") addEventListener("load", () => document.querySelector('label.md-header__button[for="__search"]')?.remove());
