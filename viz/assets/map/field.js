// The gray field behind the dots of a map that has more artists than the page: where all of them stand, thicker is
// darker. A raster that is drawn once for each theme and then only moved and scaled with the view.
bandscape.field = (() => {
  const { byId, make, plural } = bandscape.dom;
  const [least, deepest] = [0.12, 0.95]; // opacity of the emptiest cell that is not empty, and of the fullest
  const [fades, gone] = [24, 64]; // zooms at which cells have grown so large that they say nothing
  let canvas = null;
  let asked = 0;
  const pictures = {}; // for each theme the raster as a picture

  const any = () => Boolean(bandscape.data.field);

  const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

  // Rows of the raster go up, those of a picture down.
  function paint(theme) {
    const { columns, rows, levels } = bandscape.data.field;
    const picture = make("canvas", { width: columns, height: rows });
    const pen = picture.getContext("2d");
    const image = pen.createImageData(columns, rows);
    const [red, green, blue] = rgb(bandscape.data.palettes[theme].unknown);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const level = levels[row * columns + column];
        const at = 4 * ((rows - 1 - row) * columns + column);
        image.data.set([red, green, blue, level ? 255 * (least + (deepest - least) * level / 255) : 0], at);
      }
    }
    pen.putImageData(image, 0, 0);
    return picture;
  }

  function picture() {
    const theme = bandscape.theme.name();
    return (pictures[theme] ||= paint(theme));
  }

  // The corners of the raster: left, right, low, high on the map.
  function bounds() {
    const { x, y, step, columns, rows } = bandscape.data.field;
    return [x, x + step * columns, y, y + step * rows];
  }

  // Where it stands on the canvas, in pixels, and how much of it is left at this zoom.
  function place() {
    const [left, right, low, high] = bounds();
    const [x0, y0] = bandscape.camera.project(left, high);
    const [x1, y1] = bandscape.camera.project(right, low);
    const opacity = Math.min(1, Math.max(0, (gone - bandscape.camera.zoom()) / (gone - fades)));
    return { x: x0, y: y0, width: x1 - x0, height: y1 - y0, opacity };
  }

  function draw() {
    asked = 0;
    const { width, height } = bandscape.camera.size();
    const density = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * density)) canvas.width = Math.round(width * density);
    if (canvas.height !== Math.round(height * density)) canvas.height = Math.round(height * density);
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, width, height);
    const at = place();
    pen.globalAlpha = at.opacity;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture(), at.x, at.y, at.width, at.height);
  }

  function ask() {
    if (canvas && !asked) asked = requestAnimationFrame(draw);
  }

  // Whether search and questions know the dots only: a page with a server to ask knows all artists.
  const lacks = () => any() && !bandscape.served;

  const says = () => `${bandscape.data.count.toLocaleString("en-US")} of ${plural(bandscape.data.total, "artist")} are dots; the gray field is all`;

  function start() {
    if (!any()) return;
    canvas = byId("field");
    canvas.hidden = false;
    for (const name of ["moved", "drawn", "repainted"]) bandscape.events.on(name, ask);
    new ResizeObserver(ask).observe(byId("canvas"));
    draw();
  }

  return { any, lacks, start, bounds, place, picture, says };
})();
