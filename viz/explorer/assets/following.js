// Links and questions change the address without loading the page anew; the address is all that says what is shown.
(() => {
  "use strict";
  const outside = /^\/(framed|export|sound|explorer|theme|suggest|_dash)/;

  function go(address, replace = false) {
    const before = location.pathname;
    if (new URL(address, location.href).href.split("#")[0] !== location.href.split("#")[0]) document.documentElement.toggleAttribute("data-waiting", true);
    const remembered = /^\/(map|sounds)$/.test(address) ? sessionStorage.getItem(`bandscape-${address.slice(1)}`) || "" : "";
    history[replace ? "replaceState" : "pushState"](null, "", address + remembered);
    window.dispatchEvent(new PopStateEvent("popstate"));
    if (location.pathname !== before) document.getElementById("main-column").scrollTo(0, 0);
  }

  // Only plain clicks on addresses of the explorer's own pages.
  function follow(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
    const address = new URL(link.href, location.href);
    if (address.origin !== location.origin || outside.test(address.pathname) || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    go(address.pathname + address.search + address.hash);
  }

  function send(event) {
    const form = event.target.closest("form[data-follow]");
    if (!form) return;
    event.preventDefault();
    const values = [...new FormData(form)].filter(([, value]) => String(value).trim());
    go(form.dataset.follow + (values.length ? `?${new URLSearchParams(values)}` : ""));
  }

  document.addEventListener("bandscape-drawn", ({ detail }) => {
    const heading = detail === "main" && document.querySelector("#main h1");
    if (heading) document.title = `${heading.textContent} · bandscape`;
  });

  // What opens beside the page gets the focus, and its first lines into view.
  let beside = "";
  document.addEventListener("bandscape-drawn", ({ detail }) => {
    if (detail !== "side") return;
    document.documentElement.toggleAttribute("data-waiting", false);
    const column = document.getElementById("side-column");
    const heading = column.querySelector("h2");
    const open = Boolean(column.querySelector(".tree")?.firstElementChild);
    document.documentElement.toggleAttribute("data-beside", open);
    const name = open ? heading?.textContent || "" : "";
    if (name && name !== beside && beside !== null && document.readyState === "complete") {
      heading.focus({ preventScroll: true });
      column.scrollTo(0, 0);
    }
    beside = name;
  });

  function escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    document.querySelector("#side-column .crumbs a")?.click();
  }

  document.addEventListener("click", follow);
  document.addEventListener("submit", send);
  document.addEventListener("keydown", escape);
  window.bandscapeGo = go;
})();
