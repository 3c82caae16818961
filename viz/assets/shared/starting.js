// Starts a page; if that fails, the page says so instead of staying empty.
bandscape.starting = (() => {
  function run(start) {
    try {
      start();
    } catch (error) {
      const box = document.getElementById("loading");
      box.hidden = false;
      box.textContent = `This page could not be drawn (${error.message}). Try a current browser, or make the file again.`;
      throw error;
    }
  }

  return { run };
})();
