// Where a place of the plane is on the screen: a middle and a scale. Wheel, drag and two fingers move it.
bandscape.planeCamera = (() => {
  const most = 24; // times the whole
  let element = null;
  let bounds = null; // () => { left, right, low, high, margin }: what the whole is, and the pixels to leave at the sides
  let whole = { x: 0, y: 0, scale: 1 };
  let now = { ...whole };
  let seen = null; // the size that the whole was made for
  const fingers = new Map();

  const size = () => ({ width: element.clientWidth, height: element.clientHeight });

  function wholeView() {
    const { left, right, low, high, margin } = bounds();
    const { width, height } = size();
    const [across, up] = [Math.max(width - (width < 600 ? 48 : margin), 80), Math.max(height - 64, 80)];
    const scale = Math.min(across / Math.max(right - left, 1e-6), up / Math.max(high - low, 1e-6));
    return { x: (left + right) / 2, y: (low + high) / 2, scale: Math.min(scale, Math.min(width, height) * 0.9) };
  }

  function project(x, y) {
    const { width, height } = size();
    return [width / 2 + (x - now.x) * now.scale, height / 2 - (y - now.y) * now.scale];
  }

  const view = () => ({ ...now, zoom: now.scale / whole.scale });

  function go(next) {
    now = next;
    bandscape.events.emit("moved");
  }

  const fit = () => go({ ...whole });

  // About a point of the screen, which stays where it is.
  function scaleAt(factor, px, py) {
    const { width, height } = size();
    const scale = Math.min(Math.max(now.scale * factor, whole.scale * 0.6), whole.scale * most);
    const [dx, dy] = [px - width / 2, py - height / 2];
    go({ x: now.x + dx / now.scale - dx / scale, y: now.y - dy / now.scale + dy / scale, scale });
  }

  const step = (factor) => scaleAt(factor, size().width / 2, size().height / 2);

  // Brings a place into view if it is not, or is under something that covers so many pixels from below.
  function reveal(x, y, covered = 0) {
    const [px, py] = project(x, y);
    const { width, height } = size();
    const low = height - covered;
    if (px < 24 || py < 24 || px > width - 24 || py > low - 24) go({ ...now, x, y: y - covered / 2 / now.scale });
  }

  // The observer also calls when it begins; nothing may then hide what a quick pointer has brought up.
  function reshape() {
    if (size().width === seen.width && size().height === seen.height) return;
    seen = size();
    const zoom = now.scale / whole.scale;
    whole = wholeView();
    go(Math.abs(zoom - 1) < 1e-6 ? { ...whole } : { ...now, scale: whole.scale * zoom });
  }

  function local(event) {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  const inPicture = (event) => event.target.closest("#picture");

  function onDown(event) {
    if (!inPicture(event)) return;
    fingers.set(event.pointerId, local(event));
    element.dataset.dragged = "";
  }

  function onMove(event) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const after = local(event);
    if (fingers.size === 1) {
      if (!element.dataset.dragged && Math.hypot(after[0] - before[0], after[1] - before[1]) < 4) return;
      element.dataset.dragged = "yes";
      fingers.set(event.pointerId, after);
      go({ ...now, x: now.x - (after[0] - before[0]) / now.scale, y: now.y + (after[1] - before[1]) / now.scale });
      return;
    }
    const other = [...fingers.entries()].find(([id]) => id !== event.pointerId)[1];
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    fingers.set(event.pointerId, after);
    element.dataset.dragged = "yes";
    if (apart(before) > 0) scaleAt(apart(after) / apart(before), (after[0] + other[0]) / 2, (after[1] + other[1]) / 2);
  }

  function onWheel(event) {
    if (!inPicture(event)) return;
    event.preventDefault();
    scaleAt(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), ...local(event));
  }

  function start(target, wholeBounds) {
    element = target;
    bounds = wholeBounds;
    seen = size();
    whole = wholeView();
    now = { ...whole };
    element.addEventListener("pointerdown", onDown);
    window.addEventListener("pointermove", onMove);
    for (const type of ["pointerup", "pointercancel"]) window.addEventListener(type, (event) => fingers.delete(event.pointerId));
    element.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("dblclick", (event) => inPicture(event) && fit());
    new ResizeObserver(reshape).observe(element);
  }

  return { start, project, view, fit, step, size, reveal };
})();
