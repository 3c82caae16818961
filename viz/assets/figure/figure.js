// A page with one Plotly figure, read from inert JSON.
"use strict";

(() => {
  const figure = JSON.parse(document.getElementById("bandscape-data").textContent);
  const config = { responsive: true, displaylogo: false };
  Plotly.newPlot("plot", figure.data, figure.layout, config).then(() => {
    document.documentElement.dataset.ready = "true";
  });
})();
