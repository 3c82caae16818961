// Which part of the plane is seen. One unit is as long across as up, always.
bandscape.camera = (() => {
  const margin = 0.06;
  let plot = null;
  let moving = 0;
  let known = null; // the bounds of the map, asked for at every movement
  let heading = null; // the view that a movement under way ends in

  const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const size = () => ({ width: plot.clientWidth, height: plot.clientHeight });

  function view() {
    if (!plot._fullLayout) return whole(); // nothing is drawn yet
    const { xaxis, yaxis } = plot._fullLayout;
    return { x: [...xaxis.range], y: [...yaxis.range] };
  }

  // The view of the given size in units around a center, stretched to the shape of the canvas.
  function around(cx, cy, across, up) {
    const { width, height } = size();
    const unit = Math.max(across / width, up / height, 1e-9);
    return {
      x: [cx - (unit * width) / 2, cx + (unit * width) / 2],
      y: [cy - (unit * height) / 2, cy + (unit * height) / 2],
    };
  }

  function boundsOf(indices) {
    const { x, y } = bandscape.data;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const i of indices) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      low = Math.min(low, y[i]);
      high = Math.max(high, y[i]);
    }
    return left > right ? [-1, 1, -1, 1] : [left, right, low, high];
  }

  // Of all artists, those too that are only in the field behind the dots.
  function bounds() {
    if (!known) {
      known = boundsOf(bandscape.data.names.keys());
      if (bandscape.field.any()) {
        const field = bandscape.field.bounds();
        known = known.map((value, at) => (at % 2 ? Math.max(value, field[at]) : Math.min(value, field[at])));
      }
    }
    return known;
  }

  function whole() {
    const [left, right, low, high] = bounds();
    const slack = (1 + 2 * margin) * 1;
    return around((left + right) / 2, (low + high) / 2, Math.max(right - left, 1e-6) * slack, Math.max(high - low, 1e-6) * slack);
  }

  // 1 = the whole map is seen, 4 = a quarter of its width.
  function zoom() {
    const { x } = view();
    const all = whole();
    return (all.x[1] - all.x[0]) / (x[1] - x[0]);
  }

  function project(px, py) {
    const { x, y } = view();
    const { width, height } = size();
    return [((px - x[0]) / (x[1] - x[0])) * width, ((y[1] - py) / (y[1] - y[0])) * height];
  }

  const show = ({ x, y }) => Plotly.relayout(plot, { "xaxis.range": x, "yaxis.range": y });

  function blend(from, to, part) {
    const mix = (a, b) => a + (b - a) * part;
    return { x: [mix(from.x[0], to.x[0]), mix(from.x[1], to.x[1])], y: [mix(from.y[0], to.y[0]), mix(from.y[1], to.y[1])] };
  }

  async function go(target, milliseconds = 220) {
    const ticket = ++moving;
    if (!plot || !plot._fullLayout) return;
    const from = view();
    heading = target;
    const begun = performance.now();
    while (!still() && ticket === moving) {
      const part = (performance.now() - begun) / milliseconds;
      if (part >= 1) break;
      await show(blend(from, target, 1 - (1 - part) ** 3));
      await new Promise(requestAnimationFrame);
    }
    if (ticket === moving) {
      await show(target);
      heading = null;
    }
  }

  // What is seen, or will be when the movement under way has ended.
  const aim = () => (heading ? { x: [...heading.x], y: [...heading.y] } : view());

  const fit = () => go(whole());

  // Bring artists into view: one is centered and seen with its surroundings, several are framed. What stands `around`
  // is seen, too, without moving the center.
  function frame(indices, around = []) {
    if (!plot || !indices.length) return;
    const all = whole();
    let [left, right, low, high] = boundsOf(indices);
    const { x, y } = bandscape.data;
    const [wide, tall] = [[x, left + right], [y, low + high]].map(([at, twice]) => Math.max(0, ...around.map((i) => Math.abs(at[i] - twice / 2))));
    [left, right] = [Math.min(left, (left + right) / 2 - wide), Math.max(right, (left + right) / 2 + wide)];
    [low, high] = [Math.min(low, (low + high) / 2 - tall), Math.max(high, (low + high) / 2 + tall)];
    const least = (all.x[1] - all.x[0]) / 9;
    const air = bandscape.drawer.isNarrow() ? 1.7 : 1.35; // room for the marks around the outermost dots
    go(aboveDrawer((left + right) / 2, (low + high) / 2, Math.max((right - left) * air, least), Math.max((high - low) * air, least / 2)));
  }

  // The same as `around`, in the part of the canvas that a risen drawer leaves free.
  function aboveDrawer(cx, cy, across, up) {
    const { width, height } = size();
    const free = Math.max(height - bandscape.drawer.covers(), height / 4);
    const unit = Math.max(across / width, up / free, 1e-9);
    return around(cx, cy - (unit * (height - free)) / 2, unit * width, unit * height);
  }

  function by(factor, atX = 0.5, atY = 0.5) {
    const { x, y } = view();
    const px = x[0] + (x[1] - x[0]) * atX;
    const py = y[1] - (y[1] - y[0]) * atY;
    return { x: x.map((value) => px + (value - px) / factor), y: y.map((value) => py + (value - py) / factor) };
  }

  const step = (factor) => go(by(factor), 150);
  const scaleAt = (factor, atX, atY) => show(by(factor, atX, atY));

  // After a change of the window: the same center and the same scale.
  function reshape() {
    const { x, y } = view();
    const shape = around((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, 0, y[1] - y[0]);
    return show(shape);
  }

  // The given middle and width; a link from another window shape shows the same width.
  const look = (cx, cy, width) => go(around(cx, cy, width, 0));

  const attach = (element) => (plot = element);

  return { attach, whole, view, aim, zoom, project, size, fit, look, frame, step, scaleAt, reshape };
})();
