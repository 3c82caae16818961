"""Text preparation cut off in the middle reads only what is missing, and comes to the same bytes."""

import functools
import signal
import subprocess
import sys

import pytest

from bandscape.core.errors import BandscapeError
from bandscape.datasets.text import kept_chunks, preparation, prepare_text
from bandscape.datasets.text.settings import TextSettings
from bandscape.datasets.text.stream import read_words

from .test_text import NAMES, REVIEWS, same

SETTINGS = TextSettings(min_document_count=1, max_document_share=1.0)
TEXTS, IDS = REVIEWS * 10, [f"r{at}" for at in range(10 * len(REVIEWS))]
N_CHUNKS = 12


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    size = sum(len(text or "") for text in TEXTS) // N_CHUNKS + 1
    monkeypatch.setattr(
        preparation, "text_chunks", functools.partial(preparation.text_chunks, max_characters=size)
    )


@pytest.fixture
def n_read(monkeypatch):
    """Count the chunks that are read rather than taken up."""
    read = []
    monkeypatch.setattr(
        kept_chunks, "read_words", lambda chunk: (read.append(len(chunk.texts)), read_words(chunk))[1]
    )
    return read


def prepare(folder, **options):
    return prepare_text(IDS, TEXTS, artist_names=NAMES * 10, settings=SETTINGS, cache_dir=folder, **options)


def test_a_stopped_preparation_goes_on_and_leaves_no_parts(tmp_path, n_read):
    undisturbed = prepare(tmp_path / "other")
    n_chunks = len(n_read)
    assert n_chunks > 5
    with pytest.raises(BandscapeError, match="stopped"):
        prepare(tmp_path / "cache", on_progress=lambda event: event.done > len(TEXTS) // 2)
    (parts,) = (tmp_path / "cache").glob("*.parts")
    n_kept = len(list(parts.iterdir()))
    assert 0 < n_kept < n_chunks
    n_read.clear()
    assert same(prepare(tmp_path / "cache"), undisturbed)
    assert len(n_read) == n_chunks - n_kept
    assert not list((tmp_path / "cache").glob("*.parts"))


def test_damaged_and_foreign_parts_are_read_again(tmp_path, n_read):
    undisturbed = prepare(tmp_path / "other")
    with pytest.raises(BandscapeError):
        prepare(tmp_path / "cache", on_progress=lambda event: event.done > len(TEXTS) // 2)
    (parts,) = (tmp_path / "cache").glob("*.parts")
    first, second, third, *_ = sorted(parts.iterdir())
    first.write_bytes(first.read_bytes()[:-9])
    second.write_bytes(b"")
    n_read.clear()
    assert same(prepare(tmp_path / "cache", n_jobs=1), undisturbed)
    assert len(n_read) >= 3 + third.exists()


def test_other_texts_or_settings_do_not_take_the_parts_up(tmp_path, n_read):
    with pytest.raises(BandscapeError):
        prepare(tmp_path / "cache", on_progress=lambda event: event.done > len(TEXTS) // 2)
    n_read.clear()
    texts = [*TEXTS[:-1], "a text of its own"]
    found = prepare_text(IDS, texts, artist_names=NAMES * 10, settings=SETTINGS, cache_dir=tmp_path / "cache")
    assert sum(n_read) == len(texts)
    assert same(found, prepare_text(IDS, texts, artist_names=NAMES * 10, settings=SETTINGS))


def test_kill_9_in_the_middle_costs_only_the_chunk_under_way(tmp_path, n_read):
    script = tmp_path / "killed.py"
    script.write_text(f"""
import functools, os, signal, sys
from bandscape.datasets.text import preparation
texts, names, size, ids = {TEXTS!r}, {NAMES * 10!r}, {sum(len(text or "") for text in TEXTS) // N_CHUNKS + 1}, {IDS!r}
preparation.text_chunks = functools.partial(preparation.text_chunks, max_characters=size)
settings = preparation.TextSettings(min_document_count=1, max_document_share=1.0)
def kill(event):
    if event.done > len(texts) // 2:
        os.kill(os.getpid(), signal.SIGKILL)
preparation.prepare_text(
    ids, texts, artist_names=names, settings=settings, cache_dir={str(tmp_path / "cache")!r}, on_progress=kill
)
""")
    assert subprocess.run([sys.executable, script], timeout=120).returncode == -signal.SIGKILL
    undisturbed = prepare(tmp_path / "other")
    n_chunks = len(n_read)
    n_read.clear()
    found = prepare(tmp_path / "cache")
    assert len(n_read) <= n_chunks // 2
    assert same(found, undisturbed)
    for name, prepared in (("one", found), ("two", undisturbed)):
        prepared.write(tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
