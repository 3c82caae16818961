// Where the names of regions stand: over dots they are about, clear of one another and of other islands. A caption
// that finds no such ground is broken, shrunk, and at last left out. Worked out in pixels of the whole map, which
// depend on the zoom and not on where the reader has moved it.
bandscape.captions = (() => {
  const mostForeign = 0.2; // of the dots under a caption, how many may be about something else
  const reach = { across: 108, stepAcross: 12, up: 64, stepUp: 16 };
  let remembered = { key: "", found: [] };

  const steps = (far, step) => Array.from({ length: Math.round((2 * far) / step) + 1 }, (_, i) => i * step - far);
  const shifts = steps(reach.across, reach.stepAcross)
    .flatMap((dx) => steps(reach.up, reach.stepUp).map((dy) => [dx, dy]))
    .sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

  // "rock, near wilco" and "rock (wilco)" are told apart by an artist, whose own name stands on the map, "rock – live ·
  // version" by a topic: too long a word to lie over dots, and on the card.
  const headOf = (name) => /^(.+?)(?: – .+|, near .+| \(.+\))$/u.exec(name)?.[1] || name;

  // At the joint nearest to the middle: after a comma or colon, before a sign.
  function broken(text) {
    const joints = [...text.matchAll(/(?<=[,:]) | (?=[+·] )/gu)].map(({ index }) => index);
    if (!joints.length) return null;
    const at = joints.reduce((best, one) => (Math.abs(one - text.length / 2) < Math.abs(best - text.length / 2) ? one : best));
    return [text.slice(0, at), text.slice(at + 1)];
  }

  const saysNothing = (name) => /^(no genre given|mixed genres)/u.test(name);

  // Ways of writing it, best first: [{ lines: [{ text, size }] }]. What is not known is said in a small voice.
  function variants(name, narrow) {
    const head = headOf(name);
    const halves = broken(head);
    const found = [];
    for (const size of saysNothing(name) ? [13] : narrow ? [15, 13] : [20, 15]) {
      found.push([{ text: head, size }]);
      if (halves) found.push(halves.map((text) => ({ text, size })));
    }
    return found;
  }

  // Which dots a caption is about: those of the genres it names, else the members of its region.
  function aboutOf({ name }) {
    const data = bandscape.data;
    const head = headOf(name);
    const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    const codes = new Set();
    data.genreNames.forEach((genre, code) => {
      if (genre && new RegExp(`(^|[^\\p{L}\\p{N}/&])${escaped(genre)}($|[^\\p{L}\\p{N}/&])`, "u").test(head)) codes.add(code);
    });
    if (codes.size) return (i) => data.genreStarts[i] < data.genreStarts[i + 1] && codes.has(data.genreCodes[data.genreStarts[i]]);
    if (/^no genre/.test(head)) return (i) => data.genreStarts[i] === data.genreStarts[i + 1];
    const group = data.groups.region;
    return (i) => Boolean(group) && group.names[group.codes[i] - 1] === name;
  }

  function dotsNear(cx, cy, unit, across, up, about) {
    const { x, y, count } = bandscape.data;
    const found = [];
    for (let i = 0; i < count; i++) {
      const [px, py] = [x[i] / unit, -y[i] / unit];
      if (Math.abs(px - cx) < across && Math.abs(py - cy) < up) found.push([px, py, about(i)]);
    }
    return found;
  }

  // Dots of its own and others under (and close around) a box.
  function under(box, dots) {
    let [own, foreign] = [0, 0];
    for (const [px, py, isOwn] of dots) {
      if (px < box.left - 4 || px > box.right + 4 || py < box.top - 4 || py > box.bottom + 4) continue;
      if (isOwn) own++;
      else foreign++;
    }
    return { own, foreign };
  }

  const inside = (box, outer) => box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom;

  function bestPlace(cx, cy, half, height, dots, { taken, outer, empty }) {
    let best = null;
    for (const [dx, dy] of shifts) {
      const box = { left: cx + dx - half, right: cx + dx + half, top: cy + dy - height / 2, bottom: cy + dy + height / 2 };
      if (!inside(box, outer) || taken.some((other) => bandscape.collision.touches(box, other))) continue;
      const { own, foreign } = under(box, dots);
      if (empty ? own + foreign > 0 : own === 0 || foreign > mostForeign * (own + foreign)) continue;
      const cost = foreign * 6 + Math.hypot(dx, dy);
      if (!best || cost < best.cost) best = { box, cost };
      if (empty || foreign === 0) break; // all that follow are farther away
    }
    return best && best.box;
  }

  // Who is written first: the larger, as many artists as like names have together on one screen; of these the one in
  // their middle, which speaks for all; those that say nothing come last.
  function inOrder(unit, screen) {
    const { regions } = bandscape.data;
    const away = (region, x, y) => Math.hypot(region.x - x, region.y - y) / unit;
    const weighed = regions.map((region) => {
      const like = regions.filter((one) => headOf(one.name) === headOf(region.name) && away(one, region.x, region.y) < screen);
      const size = like.reduce((sum, one) => sum + one.size, 0);
      const mean = (axis) => like.reduce((sum, one) => sum + one[axis] * one.size, 0) / size;
      return { region, size: saysNothing(region.name) ? 0 : size, off: away(region, mean("x"), mean("y")) };
    });
    return weighed.sort((a, b) => b.size - a.size || a.off - b.off).map(({ region }) => region);
  }

  // The same words twice on one screen say less than once.
  const isRepeated = (head, cx, cy, found, screen) =>
    found.some((one) => headOf(one.name) === head && Math.hypot((one.box.left + one.box.right) / 2 - cx, (one.box.top + one.box.bottom) / 2 - cy) < screen);

  // [{ name, lines, box }] in pixels of the whole map.
  function settle(unit, measure, { narrow, taken, outer, empty, screen }) {
    const boxes = [...taken];
    const found = [];
    for (const region of inOrder(unit, screen)) {
      const [cx, cy] = [region.x / unit, -region.y / unit];
      if (isRepeated(headOf(region.name), cx, cy, found, screen)) continue;
      const about = aboutOf(region);
      const possible = variants(region.name, narrow).map((lines) => ({
        lines, half: Math.max(...lines.map(measure)) / 2 + 4, height: lines.reduce((sum, { size }) => sum + size + 5, 4),
      }));
      const most = (what) => Math.max(...possible.map((one) => one[what]));
      const dots = dotsNear(cx, cy, unit, most("half") + reach.across + 4, most("height") / 2 + reach.up + 4, about);
      for (const { lines, half, height } of possible) {
        const box = bestPlace(cx, cy, half, height, dots, { taken: boxes, outer, empty });
        if (!box) continue;
        boxes.push(box);
        found.push({ name: region.name, lines, box });
        break;
      }
    }
    return found;
  }

  // Captions in pixels of the canvas. `taken` are boxes in the way; with `empty` a caption covers no dot at all.
  function place(measure, { taken = [], empty = false } = {}) {
    const { width, height } = bandscape.camera.size();
    const view = bandscape.camera.view();
    const unit = (view.x[1] - view.x[0]) / width;
    const [left, top] = [view.x[0] / unit, -view.y[1] / unit];
    const moved = (box, dx, dy) => ({ left: box.left + dx, right: box.right + dx, top: box.top + dy, bottom: box.bottom + dy });
    const whole = bandscape.camera.whole();
    const outer = { left: whole.x[0] / unit + 2, right: whole.x[1] / unit - 2, top: -whole.y[1] / unit + 2, bottom: -whole.y[0] / unit - 2 };
    const key = [unit.toPrecision(4), width, height].join();
    if (empty || remembered.key !== key) {
      const shifted = taken.map((box) => moved(box, left, top));
      const found = settle(unit, measure, { narrow: width < 600, taken: empty ? shifted : [], outer, empty, screen: Math.hypot(width, height) });
      remembered = { key: empty ? "" : key, found };
    }
    return remembered.found
      .map((one) => ({ ...one, box: moved(one.box, -left, -top) }))
      .filter(({ box }) => box.left >= 0 && box.right <= width && !taken.some((other) => bandscape.collision.touches(box, other)));
  }

  let standing = null; // for each caption how many of its artists the filters show, and how many there are

  function counted() {
    const found = new Map();
    const { groups: { region }, count } = bandscape.data;
    const heads = region ? region.names.map(headOf) : [];
    for (let i = 0; region && i < count; i++) {
      const head = heads[region.codes[i] - 1];
      if (head === undefined) continue;
      const own = found.get(head) || { shown: 0, all: 0 };
      own.all++;
      if (bandscape.filters.shows(i)) own.shown++;
      found.set(head, own);
    }
    return found;
  }

  // Whether the filters leave hardly any of the artists that a caption is about: it steps back with its dots.
  function isFaint(name) {
    if (!bandscape.filters.active()) return false;
    standing ||= counted();
    const { shown, all } = standing.get(headOf(name)) || { shown: 1, all: 1 };
    return shown < 0.1 * all;
  }

  const recount = () => (standing = null);

  return { place, isFaint, recount };
})();
