"""Do what the guides say: ``python docs/site/guides.py [PAGE ...]``.

The commands and the Python of these pages run in the order they are printed, on invented reviews, news and sounds.
Pages of a walk share a folder; later ones find what earlier ones made.
"""

import contextlib
import re
import sys
import tempfile
import time
from pathlib import Path

from consoles import commands_of, run_commands
from fixtures import write_fixtures

DOCS = Path(__file__).resolve().parents[1]
WALKS = (
    ("getting_started.md", "python.md"),
    ("guides/critic.md",),
    ("guides/label.md",),
    ("guides/researcher.md",),
    ("guides/crate_digger.md",),
)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
JSON = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)


def walk(pages: tuple[str, ...], folder: Path) -> None:
    """Do what pages say, in a folder that has what they begin with.

    Raises
    ------
    RuntimeError
        If a command fails; Python raises what it raises.
    """
    write_fixtures(folder)
    for page in pages:
        text = (DOCS / page).read_text(encoding="utf-8")
        for configuration in JSON.findall(text)[:1]:
            (folder / "topics.json").write_text(configuration, encoding="utf-8")
        run_commands(commands_of(text), folder)
        names = {"__name__": "guide"}
        for block in PYTHON.findall(text):
            with contextlib.chdir(folder):
                exec(compile(block, page, "exec"), names)


def main() -> None:
    """Do all walks, or those with the pages named."""
    wanted = set(sys.argv[1:])
    for pages in WALKS:
        if wanted and not wanted & set(pages):
            continue
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            walk(pages, Path(folder))
        print(f"{', '.join(pages)}: as they say, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
