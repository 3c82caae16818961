// Which names stand on the map. Greedy by number of reviews: a name is set where it touches no other, to the right
// of its dot, else left, below, above. From afar only the 300 most reviewed artists may have a name; near, all may.
bandscape.labels = (() => {
  const famous = 300;
  const examined = 900; // candidates looked at for one drawing
  const gap = 4;
  const height = 16;
  const longest = 26;

  const short = (text) => {
    const signs = Array.from(text);
    return signs.length > longest ? `${signs.slice(0, longest - 1).join("")}…` : text;
  };

  const touches = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  function boxes(px, py, width, radius) {
    const box = (left, top) => ({ left: left - gap / 2, right: left + width + gap / 2, top, bottom: top + height });
    return [
      box(px + radius + gap, py - height / 2),
      box(px - radius - gap - width, py - height / 2),
      box(px - width / 2, py + radius + 1),
      box(px - width / 2, py - radius - height - 1),
    ];
  }

  // candidates: [{ index, text, px, py, radius, width }] in order of importance; taken: boxes that are in the way.
  function place(candidates, taken, limit, bounds) {
    const occupied = [...taken];
    const placed = [];
    for (const one of candidates) {
      if (placed.length >= limit) break;
      const free = boxes(one.px, one.py, one.width, one.radius).find(
        (box) =>
          box.left >= 2 && box.right <= bounds.width - 2 && box.top >= 2 && box.bottom <= bounds.height - 2 &&
          !occupied.some((other) => touches(box, other)),
      );
      if (!free) continue;
      occupied.push(free);
      placed.push({ ...one, box: free });
    }
    return placed;
  }

  // Artists that may be named in the present view, well-known first.
  function candidates(zoom, measure) {
    const { byReviews, x, y, diameter, names } = bandscape.data;
    const pool = zoom < 1.6 ? byReviews.subarray(0, famous) : byReviews;
    const view = bandscape.camera.view();
    const found = [];
    for (const i of pool) {
      if (found.length >= examined) break;
      if (x[i] < view.x[0] || x[i] > view.x[1] || y[i] < view.y[0] || y[i] > view.y[1]) continue;
      if (!bandscape.filters.shows(i)) continue;
      const [px, py] = bandscape.camera.project(x[i], y[i]);
      const text = short(names[i]);
      found.push({ index: i, text, px, py, radius: diameter[i] / 2, width: measure(text) });
    }
    return found;
  }

  return { place, candidates, short, touches };
})();
