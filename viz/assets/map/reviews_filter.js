// A menu that leaves out artists with few reviews, whose mean score says little.
bandscape.reviewsFilter = (() => {
  const { byId, make, fill } = bandscape.dom;
  const steps = [2, 3, 5, 10, 20, 50, 100];

  function start() {
    const { reviews, byReviews } = bandscape.data;
    const offered = steps.filter((least) => least <= reviews[byReviews[0]]);
    if (!offered.length) return;
    const menu = make("select", { id: "least-reviews" }, make("option", { value: "" }, "any"), ...offered.map((least) => make("option", { value: least }, String(least))));
    const show = (least) => (menu.value = offered.includes(least) ? least : "");
    menu.addEventListener("change", () => bandscape.filters.set("reviews", Number(menu.value) || null));
    bandscape.events.on("least-reviews", (least) => {
      show(least);
      bandscape.filters.set("reviews", Number(menu.value) || null);
    });
    bandscape.events.on("filters-cleared", () => show(null));
    fill(byId("reviews-filter"), make("h2", {}, make("label", { for: "least-reviews" }, "reviews, at least"), menu));
    byId("reviews-filter").hidden = false;
  }

  return { start };
})();
