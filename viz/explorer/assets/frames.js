// Whole pages in a frame: they begin with the theme of this page, and those with a name (the maps of artists and of
// sounds) with the hash of its address; theirs is written back, so that a reload or a copied address shows the same.
(() => {
  "use strict";

  function begin(frame) {
    const hash = frame.name ? location.hash.slice(1) : "";
    frame.dataset.begun = "yes";
    frame.addEventListener("load", () => {
      frame.closest(".framed").classList.add("here");
      // an answer that is no page says in plain text what is missing; a page brings a title along
      if (!frame.contentDocument?.title) frame.classList.add("plain-text");
      frame.contentDocument?.getElementById("theme")?.setAttribute("hidden", ""); // day and night are chosen here, for all pages
    });
    frame.src = `${frame.dataset.frame}#${[hash, `theme=${window.bandscapeTheme.name()}`].filter(Boolean).join("&")}`;
  }

  const withoutTheme = (hash) => hash.slice(1).split("&").filter((part) => part && !part.startsWith("theme=")).join("&");

  function follow() {
    const frame = document.querySelector("iframe.whole[name]");
    if (!frame || location.pathname !== `/${frame.name}` || !frame.closest(".framed").classList.contains("here")) return;
    const hash = withoutTheme(frame.contentWindow.location.hash);
    if (hash === location.hash.slice(1)) return;
    history.replaceState(history.state, "", `${location.pathname}${hash ? `#${hash}` : ""}`);
    sessionStorage.setItem(`bandscape-${frame.name}`, hash ? `#${hash}` : "");
  }

  document.addEventListener("bandscape-drawn", () => {
    for (const frame of document.querySelectorAll("iframe[data-frame]:not([data-begun])")) begin(frame);
  });
  document.addEventListener("bandscape-theme", ({ detail }) => {
    for (const frame of document.querySelectorAll("iframe[data-begun]")) {
      const kept = withoutTheme(frame.contentWindow.location.hash);
      frame.contentWindow.location.hash = [kept, `theme=${detail}`].filter(Boolean).join("&");
    }
  });
  setInterval(follow, 400);
  document.addEventListener("click", follow, true); // a link may lead away before the next look
})();
