// Beside a point of the picture, never beyond its edges.
bandscape.tooltipPlace = (box, x, y, { width, height }) => {
  const left = x + 14 + box.offsetWidth > width ? x - 14 - box.offsetWidth : x + 14;
  const top = Math.min(Math.max(y - 12, 4), height - box.offsetHeight - 4);
  box.style.transform = `translate(${Math.round(Math.max(left, 4))}px, ${Math.round(top)}px)`;
};
