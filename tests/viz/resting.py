"""Waiting until a page has done what it was asked for, however busy the machine is."""

AT_REST = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const page = typeof bandscape === "undefined" ? {} : bandscape;
  await page.chart?.drawn?.();
  const moves = () => JSON.stringify(page.camera.aim()) !== JSON.stringify(page.camera.view());
  while (page.camera?.aim && document.getElementById("plot")?._fullLayout && moves()) await frame();
  await frame();
}"""


def settled(page):
    """Wait until a page is painted, all dots are drawn and the view has come to rest."""
    page.evaluate(AT_REST)
