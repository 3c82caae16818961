// Small captions between those of regions and the names of artists: what the dots of a spot share. One appears when its
// spot has grown larger than its words, the larger spots first, and none stands twice in one neighborhood.
bandscape.districts = (() => {
  const begins = 1.5; // zoom; from here on they fade in
  const lineHeight = 17;
  const apart = 280; // pixels between two that say the same
  const shifts = [0, 28, -28, 44, -44]; // below or above a region's caption in its middle
  let bySize = null;

  const opacity = (zoom) => Math.min(1, Math.max(0, (zoom - begins) / 0.8)) * 0.72; // fainter than names

  // In one line, or in two where the spot is narrower than that.
  function linesOf(name, measure, reach) {
    const joint = name.indexOf(", ");
    return joint < 0 || measure(name) < 1.7 * reach ? [name] : [name.slice(0, joint + 1), name.slice(joint + 2)];
  }

  const middle = ({ left, right, top, bottom }) => [(left + right) / 2, (top + bottom) / 2];

  const isRepeated = (name, px, py, found) => found.some((one) => {
    const [x, y] = middle(one.box);
    return one.name === name && Math.hypot(x - px, y - py) < apart;
  });

  // [{ name, lines, box }] in pixels of the canvas; `taken` are boxes in the way.
  function place(zoom, measure, taken) {
    if (opacity(zoom) <= 0.02) return [];
    bySize ||= [...bandscape.data.districts].sort((a, b) => b.size - a.size);
    const { width, height } = bandscape.camera.size();
    const { x } = bandscape.camera.view();
    const unit = (x[1] - x[0]) / width;
    const found = [];
    for (const { name, radius, ...at } of bySize) {
      const [px, py] = bandscape.camera.project(at.x, at.y);
      if (px < 0 || py < 0 || px > width || py > height) continue;
      const reach = radius / unit;
      const lines = linesOf(name, measure, reach);
      const half = Math.max(...lines.map(measure)) / 2 + 4;
      if (reach < 0.9 * half || isRepeated(name, px, py, found)) continue;
      const tall = lines.length * lineHeight;
      const boxes = shifts.filter((dy) => Math.abs(dy) <= reach).map((dy) => ({ left: px - half, right: px + half, top: py + dy - tall / 2, bottom: py + dy + tall / 2 }));
      const blocked = [...taken, ...found.map((one) => one.box)];
      const box = boxes.find((one) => bandscape.collision.within(one, { width, height }, 6) && !blocked.some((other) => bandscape.collision.touches(one, other)));
      if (box) found.push({ name, lines, box });
    }
    return found;
  }

  return { place, opacity, lineHeight };
})();
