// Names that do not touch: greedy, in the order of importance; a name is set where it is free, to the right of its
// dot, else left, below, above. A box is { left, right, top, bottom } in pixels.
bandscape.collision = (() => {
  const gap = 4;
  const lineHeight = 16;

  const touches = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  const within = (box, { width, height }, edge = 2) =>
    box.left >= edge && box.right <= width - edge && box.top >= edge && box.bottom <= height - edge;

  function boxes({ px, py, width, radius, height = lineHeight }) {
    const box = (left, top) => ({ left: left - gap / 2, right: left + width + gap / 2, top, bottom: top + height });
    return [
      box(px + radius + gap, py - height / 2),
      box(px - radius - gap - width, py - height / 2),
      box(px - width / 2, py + radius + 1),
      box(px - width / 2, py - radius - height - 1),
    ];
  }

  // candidates: [{ text, px, py, radius, width }] in order of importance; taken: boxes that are in the way.
  function place(candidates, taken, limit, bounds) {
    const occupied = [...taken];
    const placed = [];
    for (const one of candidates) {
      if (placed.length >= limit) break;
      const all = boxes(one);
      const fits = (side) => within(all[side], bounds) && !occupied.some((other) => touches(all[side], other));
      const sides = one.side === undefined ? [0, 1, 2, 3] : one.fixed ? [one.side] : [one.side, ...[0, 1, 2, 3].filter((side) => side !== one.side)];
      const side = sides.find(fits);
      if (side === undefined) continue;
      occupied.push(all[side]);
      placed.push({ ...one, side, box: all[side] });
    }
    return placed;
  }

  // Further places around a dot, for names that must not be left out; they are tied to the dot by a line.
  function farBoxes({ px, py, width, height = lineHeight }) {
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
    const free = (box) => within(box, bounds) && !occupied.some((other) => touches(box, other));
    const clear = (box) => free(box) && !dots.some((dot) => touches(box, dot));
    const placed = [];
    for (const one of candidates) {
      const near = boxes(one);
      const farther = farBoxes(one);
      const box = near.find(clear) || farther.find(clear) || near.find(free) || farther.find(free);
      if (!box) continue;
      occupied.push(box);
      placed.push({ ...one, box, far: !near.includes(box) });
    }
    return placed;
  }

  return { place, placeAll, touches, within, boxes };
})();
