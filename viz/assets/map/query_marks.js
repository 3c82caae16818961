// Where the numbers and names of a query stand. A number stands on its dot where there is room, with its name beside
// it; dots that (nearly) coincide get a list beside them, best answer first, each line tied to its dot. So the best
// answers are always named; where not all lines fit, the last ones are mere dots.
bandscape.queryMarks = (() => {
  const reach = 11; // radius of a disc and its rim
  const rowHeight = 22;
  const near = 27; // dots closer than this would cover one another's discs
  const wide = 54;
  const gaps = [16, 34, 60, 92, 130, 176, 230, 290];
  const shifts = [0, -0.5, 0.5, -1, 1];

  const boxAround = ({ x, y }) => ({ left: x - reach, right: x + reach, top: y - reach, bottom: y + reach });

  const apart = (a, b) => Math.min(...a.flatMap((one) => b.map((other) => Math.hypot(one.x - other.x, one.y - other.y))));
  const hangTogether = (a, b) => apart(a, b) < (a.length + b.length > 3 ? wide : near);

  // Spots that hang together, in the order of their best member. Of many in one place one list is easier to read
  // than several, so a larger group reaches farther.
  function groupsOf(spots) {
    const groups = spots.map((spot) => [spot]);
    for (let at = 0; at < groups.length; at++) {
      const other = groups.findIndex((one, i) => i > at && hangTogether(groups[at], one));
      if (other < 0) continue;
      groups[at].push(...groups.splice(other, 1)[0]);
      at = -1; // the larger group may reach one that was passed over
    }
    for (const group of groups) group.sort((a, b) => a.order - b.order);
    return groups.sort((a, b) => a[0].order - b[0].order);
  }

  function extentOf(group) {
    const [xs, ys] = [group.map(({ x }) => x), group.map(({ y }) => y)];
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
  }

  // A list in columns: how wide each is and how large the whole.
  function listOf(members, n) {
    const rows = Math.ceil(members.length / n);
    const columns = Array.from({ length: n }, (_, at) => members.slice(at * rows, (at + 1) * rows)).filter((one) => one.length);
    const widths = columns.map((column) => 2 * reach + 6 + Math.max(...column.map(({ width }) => width)));
    return { columns, widths, width: widths.reduce((sum, one) => sum + one + 8, -8), height: rows * rowHeight };
  }

  // Places for a list around a group, nearest first.
  function placesAround(extent, { width, height }, bounds) {
    const [cx, cy] = [(extent.left + extent.right) / 2, (extent.top + extent.bottom) / 2];
    const clamp = (value, most) => Math.min(Math.max(value, 4), Math.max(most - 4, 4));
    const found = [];
    for (const gap of gaps) {
      for (const shift of shifts) {
        const top = clamp(cy - height / 2 + shift * height, bounds.height - height);
        const left = clamp(cx - width / 2 + shift * width, bounds.width - width);
        found.push([extent.right + gap, top], [extent.left - gap - width, top], [left, extent.bottom + gap], [left, extent.top - gap - height]);
      }
    }
    return found.map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }));
  }

  // The lines of a list at a place: the disc, then the name; left of the dots the other way round, so that no line
  // that ties a disc to its dot runs through a name.
  function setList({ columns, widths }, box, extent) {
    const mirrored = columns.length === 1 && box.right <= extent.left;
    let left = box.left;
    return columns.flatMap((column, at) => {
      const x = mirrored ? box.right - reach : left + reach;
      left += widths[at] + 8;
      return column.map((spot, row) => {
        const y = box.top + (row + 0.5) * rowHeight;
        const start = mirrored ? x - reach - 4 - spot.width : x + reach + 2;
        return { ...spot, x, y, dotX: spot.x, dotY: spot.y, name: { left: start, right: start + spot.width + 2, top: y - 8, bottom: y + 8 } };
      });
    });
  }

  const isFree = (box, occupied, bounds) => bandscape.collision.within(box, bounds) && !occupied.some((other) => bandscape.collision.touches(box, other));

  // As many lines as there is room for.
  function placeList(group, occupied, bounds) {
    const extent = extentOf(group);
    for (let many = group.length; many > 0; many--) {
      const members = group.slice(0, many);
      for (let columns = 1; columns <= Math.min(3, many); columns++) {
        const list = listOf(members, columns);
        const box = placesAround(extent, list, bounds).find((one) => isFree(one, occupied, bounds));
        if (box) return { named: setList(list, box, extent), bare: group.slice(many), box };
      }
    }
    return { named: [], bare: group, box: null };
  }

  const bareDisc = (spot) => ({ ...spot, dotX: spot.x, dotY: spot.y, name: null });

  function placeSingle(spot, occupied, bounds) {
    const one = { px: spot.x, py: spot.y, radius: reach - 1, width: spot.width };
    const [found] = bandscape.collision.placeAll([one], occupied, bounds);
    return { ...bareDisc(spot), name: found ? found.box : null, far: Boolean(found && found.far) };
  }

  // spots: [{ x, y, width, ... }], best first, in pixels; taken: boxes in the way; bounds: { width, height }.
  // Returns each with the place of its disc (x, y), of its dot (dotX, dotY) and of its name (a box, or null).
  function place(spots, taken, bounds) {
    const ordered = spots.map((spot, order) => ({ ...spot, order }));
    const seen = (spot) => spot.x > 0 && spot.y > 0 && spot.x < bounds.width && spot.y < bounds.height;
    const occupied = [...taken, ...ordered.filter(seen).map(boxAround)];
    const placed = ordered.filter((spot) => !seen(spot)).map(bareDisc);
    for (const group of groupsOf(ordered.filter(seen))) {
      if (group.length === 1) {
        placed.push(placeSingle(group[0], occupied, bounds));
        if (placed.at(-1).name) occupied.push(placed.at(-1).name);
        continue;
      }
      const { named, bare, box } = placeList(group, occupied, bounds);
      if (box) occupied.push(box);
      placed.push(...named, ...bare.map((spot) => ({ ...bareDisc(spot), bare: true })));
    }
    return placed.sort((a, b) => a.order - b.order);
  }

  return { place, boxAround };
})();
