// Starts the page of evidence.
(() => {
  const data = JSON.parse(document.getElementById("bandscape-data").textContent);
  bandscape.theme.start();
  bandscape.dom.byId("subtitle").textContent = data.subtitle;
  bandscape.evidenceWords.start(data.topics);
  bandscape.evidenceDocuments.start(data);
  bandscape.evidenceLegend.start(data);
  document.documentElement.dataset.ready = "true";
})();
