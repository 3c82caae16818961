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

  // Further places around a dot, for names that must not be left out; they are tied to the dot by a line.
  function farBoxes(px, py, width) {
    const found = [];
    for (const distance of [18, 30, 44, 60, 80, 104]) {
      for (let turn = 0; turn < 12; turn++) {
        const [cx, cy] = [px + Math.cos((turn * Math.PI) / 6) * (distance + width / 2), py + Math.sin((turn * Math.PI) / 6) * distance];
        found.push({ left: cx - width / 2 - gap / 2, right: cx + width / 2 + gap / 2, top: cy - height / 2, bottom: cy + height / 2 });
      }
    }
    return found;
  }

  // Every name, for small maps: beside its dot and clear of other dots where that is possible, else farther off.
  function placeAll(candidates, taken, bounds) {
    const occupied = [...taken];
    const dots = candidates.map(({ px, py, radius }) => ({ left: px - radius, right: px + radius, top: py - radius, bottom: py + radius }));
    const inBounds = (box) => box.left >= 2 && box.right <= bounds.width - 2 && box.top >= 2 && box.bottom <= bounds.height - 2;
    const free = (box) => inBounds(box) && !occupied.some((other) => touches(box, other));
    const clear = (box) => free(box) && !dots.some((dot) => touches(box, dot));
    const placed = [];
    for (const one of candidates) {
      const near = boxes(one.px, one.py, one.width, one.radius);
      const farther = farBoxes(one.px, one.py, one.width);
      const box = near.find(clear) || farther.find(clear) || near.find(free) || farther.find(free);
      if (!box) continue;
      occupied.push(box);
      placed.push({ ...one, box, far: !near.includes(box) });
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

  return { place, placeAll, candidates, short, touches };
})();
