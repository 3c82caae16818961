"""A small corpus with known genres, its map, and a real browser."""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import ArtistMap, artist_map, lay_out

GENRES = ("rock", "electronic", "jazz", "metal")
HOSTILE_NAMES = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "=cmd|'/c calc'!A0",
    "</script><script>document.title='owned'</script>",
    "__proto__",
    "constructor",
    "x" * 10**6,
    "שלום עולם",
    "pay\u202egnp.exe",
    "zero\u200bwidth",
    "😀👩\u200d🎤 band",
    "a + b",
    "jay-z",
    "+/-",
    'the "quoted" ones',
    "e" + "\u0301" * 500,
    "line\nbreak\x00nul",
    "",
)


def make_artists(n: int = 240, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Make artists of four genres in four separate clouds of 16 dimensions."""
    rng = np.random.default_rng(seed)
    genre = np.arange(n) % len(GENRES)
    matrix = rng.normal(size=(len(GENRES), 16))[genre] * 2 + rng.normal(size=(n, 16)) * 0.5
    artists = pd.DataFrame(
        {
            "artist_id": [f"id{i:04d}" for i in range(n)],
            "name": [f"{GENRES[g]} band {i}" for i, g in enumerate(genre)],
            "genres": [[GENRES[g]] if i % 9 else [] for i, g in enumerate(genre)],
            "mean_score": np.where(np.arange(n) % 11 == 0, np.nan, rng.uniform(3, 9, n)),
            "n_reviews": rng.integers(1, 40, n),
            "years": [[1990 + i % 25, 1995 + i % 25] for i in range(n)],
        }
    )
    return artists, matrix.astype(np.float32)


@pytest.fixture(scope="session")
def corpus() -> tuple[pd.DataFrame, np.ndarray]:
    return make_artists()


@pytest.fixture(scope="session")
def small_map(corpus) -> ArtistMap:
    artists, matrix = corpus
    return artist_map(artists, lay_out(matrix, method="sklearn"), matrix, title="Small map")


@pytest.fixture(scope="session")
def hostile_map() -> ArtistMap:
    artists, matrix = make_artists(60)
    artists.loc[: len(HOSTILE_NAMES) - 1, "name"] = list(HOSTILE_NAMES)
    artists.at[3, "genres"] = ["<b>bold</b>", "</script><script>document.title='owned'</script>"]
    return artist_map(
        artists, lay_out(matrix), matrix, title="</title><script>document.title='owned'</script>"
    )


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """Load the topics made beside this file."""
    spec = importlib.util.spec_from_file_location(
        "topic_samples", Path(__file__).with_name("topic_samples.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Visit:
    """One opened page, with all it logged and asked for."""

    page: object
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser):
    """Open a file; at the end no page may have logged an error or asked the network for anything."""
    contexts, visits = [], []

    def open_page(
        path: Path, fragment: str = "", *, before: str = "", wait: str = "html[data-ready]", **context
    ):
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **context}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        one = Visit(page)
        page.on("console", lambda m: one.errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: one.errors.append(str(error)))
        page.on("request", lambda r: one.requests.append(r.url))
        if before:
            page.add_init_script(before)
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector(wait, state="attached")
        visits.append(one)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for one in visits:
        # a software renderer tells how slow it is when a picture is read back; that is no fault of the page
        assert [error for error in one.errors if "GPU stall due to ReadPixels" not in error] == []
        assert [url for url in one.requests if not url.startswith(("file:", "data:", "blob:"))] == []
