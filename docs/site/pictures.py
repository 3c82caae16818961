"""Redraw the pictures in docs/: ``python docs/site/pictures.py [--artists MAP.html] [--only NAME]``.

The small pictures of the gallery and that of the topic map are taken from the gallery that ``docs/build_site.py``
made, the pictures of the map and of an answer from the page ``--artists``, made by
``bandscape run database.sqlite --out pitchfork``. Needs Chromium and Playwright.
"""

import argparse
import io
import shutil
from pathlib import Path

from gallery import EXHIBITS
from PIL import Image
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
QUESTION = "#q=radiohead - rock + electronic"


def shoot(browser, address: str, *, width: int, height: int, scale: float = 1) -> Image.Image:
    """Return what a page looks like when it has come to rest."""
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.goto(address)
    page.wait_for_timeout(4000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return picture


def save(picture: Image.Image, path: Path, *, width: int, colors: int) -> None:
    """Scale a picture and write it as a small PNG."""
    height = round(picture.height * width / picture.width)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    small.quantize(colors, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(DOCS.parent)}: {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artists", type=Path, help="the map of the Pitchfork artists")
    parser.add_argument("--gallery", type=Path, default=DOCS.parent / "build" / "gallery")
    parser.add_argument("--only", help="the name of one picture")
    options = parser.parse_args()
    gallery = options.gallery.resolve().as_uri()
    wanted = {}  # picture: address, size of the window, width and colors of the picture
    for exhibit in EXHIBITS:
        name = f"assets/gallery/{Path(exhibit.file).stem}.png"
        wanted[name] = (f"{gallery}/{exhibit.file}{exhibit.view}", (1200, 750), 640, 192)
    wanted["topic_map.png"] = (f"{gallery}/topics.html#topic=shoegaze", (1280, 760), 1280, 128)
    if options.artists:
        wanted["map.png"] = (options.artists.resolve().as_uri(), (1280, 760), 1280, 128)
        wanted["answer.png"] = (options.artists.resolve().as_uri() + QUESTION, (1280, 760), 1280, 224)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (address, (width, height), to_width, colors) in wanted.items():
            if options.only in (None, Path(name).stem):
                picture = shoot(browser, address, width=width, height=height, scale=1.5)
                save(picture, DOCS / name, width=to_width, colors=colors)
        browser.close()


if __name__ == "__main__":
    main()
