"""Build the documentation site: ``python docs/build_site.py [--out site] [--size "--reviews N --artists N"]``.

Makes the gallery from a simulated corpus, lets mkdocs make the pages, and checks every link. Needs ``bandscape[docs]``.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "site"))

from gallery import SIZE, make_gallery  # noqa: E402
from links import site_faults  # noqa: E402


def build(site: Path, gallery: Path, size: str) -> list[str]:
    """Build the site into a folder and return its faults."""
    make_gallery(gallery, size=size)
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(site.resolve()),
    ]
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "BANDSCAPE_GALLERY": str(gallery.resolve()), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    if run.returncode:
        return (run.stdout + run.stderr).strip().splitlines()
    return site_faults(site)


def main() -> None:
    """Build, check, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="folder of the site")
    parser.add_argument(
        "--gallery", type=Path, default=ROOT / "build" / "gallery", help="where the gallery is made"
    )
    parser.add_argument("--size", default=SIZE, help="options of bandscape simulate")
    options = parser.parse_args()
    if not all(importlib.util.find_spec(name) for name in ("mkdocs", "material", "mkdocstrings")):
        sys.exit("error: the site needs mkdocs-material and mkdocstrings: pip install 'bandscape[docs]'")
    started = time.perf_counter()
    faults = build(options.out, options.gallery, options.size)
    for fault in faults:
        print(fault)
    took = f"in {time.perf_counter() - started:.0f} s"
    print(
        f"{len(faults)} faults in the site" if faults else f"site built {took}; open {options.out}/index.html"
    )
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
