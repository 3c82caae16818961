"""Text prepared out of core: the bytes of preparation in memory, in memory that does not grow with the reviews."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import BandscapeError, BandscapeWarning, ParameterError, SourceError
from bandscape.core.files import write_table
from bandscape.datasets import prepare_stored_text, prepare_text, read_reviews, write_corpus
from bandscape.datasets.text import chunks, kept_chunks, pair_counts, preparation, streamed
from bandscape.datasets.text.pair_counts import PairTally
from bandscape.datasets.text.settings import TextSettings
from bandscape.datasets.text.stored_text import StoredText
from bandscape.datasets.text.stream import read_words
from bandscape.datasets.text.units import Joints

from .test_text import NAMES, REVIEWS

FILES = ("vocabulary.parquet", "counts.npz", "tokens.parquet")
SETTINGS = TextSettings(
    min_document_count=2, max_document_share=1.0, phrase_min_count=2, phrase_threshold=0.1
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A stored corpus of 60 reviews, some of them without text or artist."""
    folder = tmp_path_factory.mktemp("corpus")
    table = pa.table({
        "id": [f"r{at}" for at in range(60)], "artist": [";".join(names) or None for names in NAMES * 10],
        "title": ["a record"] * 60, "text": REVIEWS * 10,
    })  # fmt: skip
    write_corpus(read_reviews(table), folder)
    return folder


@pytest.fixture(params=["whole", "small pieces"])
def pieces(request, monkeypatch):
    """Cut everything that is cut into pieces of a few reviews or pairs."""
    if request.param == "small pieces":
        monkeypatch.setattr(
            streamed, "chunks_of", lambda documents, options: chunks.chunks_of(documents, options, 300)
        )
        for module in (preparation, streamed):
            monkeypatch.setattr(module, "GROUP_REVIEWS", 7)
        monkeypatch.setattr(streamed, "_SLICE_TOKENS", 20)
        monkeypatch.setattr(streamed, "_BATCH_REVIEWS", 4)
        monkeypatch.setattr(pair_counts, "MOST_PAIRS", 5)


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def in_memory(corpus, out, options=SETTINGS):
    """Write what the preparation in memory makes of a stored corpus."""
    loaded = read_reviews(corpus)
    names = dict(zip(loaded.artists["artist_id"], loaded.artists["name"], strict=True))
    masked = [[names[one] for one in ids] for ids in loaded.reviews["artist_ids"]]
    texts = [text if isinstance(text, str) else None for text in loaded.reviews["text"]]
    prepare_text(loaded.reviews["review_id"].tolist(), texts, artist_names=masked, settings=options).write(
        out
    )
    return contents(out)


@pytest.mark.parametrize(
    "options", [SETTINGS, TextSettings(min_document_count=1, mask_artists=False, phrases=False)]
)
def test_one_piece_and_the_whole_are_the_same_bytes(corpus, tmp_path, options):
    prepare_stored_text(corpus, tmp_path / "out", settings=options)
    assert contents(tmp_path / "out") == in_memory(corpus, tmp_path / "whole", options)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(
    "options", [SETTINGS, TextSettings(min_document_count=1, mask_artists=False, phrases=False)]
)
def test_many_pieces_and_the_whole_are_the_same_bytes(corpus, tmp_path, options):
    prepare_stored_text(corpus, tmp_path / "out", settings=options)
    assert contents(tmp_path / "out") == in_memory(corpus, tmp_path / "whole", options)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)


def test_number_of_processes_does_not_matter(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(
        streamed, "chunks_of", lambda documents, options: chunks.chunks_of(documents, options, 1500)
    )
    prepare_stored_text(corpus, tmp_path / "one", settings=SETTINGS)
    prepare_stored_text(corpus, tmp_path / "two", settings=SETTINGS, n_jobs=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.usefixtures("pieces")
def test_stored_text_reads_what_was_written(corpus, tmp_path):
    stored = prepare_stored_text(corpus, tmp_path, settings=SETTINGS)
    whole = preparation.PreparedText.read(tmp_path)
    assert not (stored.counts != whole.counts).nnz
    assert stored.n_tokens == whole.n_tokens
    assert stored.settings == SETTINGS
    assert [one for ids in stored.review_ids() for one in ids] == [
        one for ids in whole.review_ids() for one in ids
    ]
    surfaces = [np.concatenate([part.toarray() for part in one.surface_counts()]) for one in (stored, whole)]
    assert (surfaces[0] == surfaces[1]).all()
    assert surfaces[0].sum() == stored.n_tokens


def test_a_stopped_preparation_goes_on(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(
        streamed, "chunks_of", lambda documents, options: chunks.chunks_of(documents, options, 300)
    )
    read = []
    monkeypatch.setattr(kept_chunks, "read_words", lambda chunk: (read.append(1), read_words(chunk))[1])
    prepare_stored_text(corpus, tmp_path / "whole", settings=SETTINGS)
    n_chunks = len(read)
    read.clear()
    with pytest.raises(BandscapeError, match="stopped"):
        prepare_stored_text(
            corpus, tmp_path / "out", settings=SETTINGS, kept=tmp_path / "parts",
            on_progress=lambda event: event.done > 30,
        )  # fmt: skip
    n_read, n_kept = len(read), len(list((tmp_path / "parts").iterdir()))
    assert 0 < n_kept <= n_read < n_chunks
    assert not list((tmp_path / "out").iterdir())
    prepare_stored_text(corpus, tmp_path / "out", settings=SETTINGS, kept=tmp_path / "parts")
    assert len(read) == n_chunks - n_kept + n_read
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not (tmp_path / "parts").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from bandscape.datasets.text import chunks, streamed, TextSettings
import tests.datasets.test_streamed_text as here
streamed.chunks_of = lambda documents, options: chunks.chunks_of(documents, options, 300)
if sys.argv[1] == "reading":
    kill = lambda event: event.done > 30 and os.kill(os.getpid(), signal.SIGKILL)
else:
    kill = None
    streamed.index_streams = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
corpus, folder = map(Path, sys.argv[2:])
streamed.prepare_stored_text(corpus, folder / "out", settings=here.SETTINGS, kept=folder / "parts", on_progress=kill)
"""


@pytest.mark.parametrize("point", ["reading", "counting"])
def test_kill_9_costs_only_what_was_not_read(corpus, tmp_path, monkeypatch, point):
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", KILLED, point, str(corpus), str(tmp_path)]
    assert subprocess.run(command, cwd=root, timeout=120).returncode == -signal.SIGKILL
    n_kept = len(list((tmp_path / "parts").iterdir()))
    assert not any((tmp_path / "out" / name).exists() for name in FILES)
    read = []
    monkeypatch.setattr(kept_chunks, "read_words", lambda chunk: (read.append(1), read_words(chunk))[1])
    monkeypatch.setattr(
        streamed, "chunks_of", lambda documents, options: chunks.chunks_of(documents, options, 300)
    )
    prepare_stored_text(corpus, tmp_path / "out", settings=SETTINGS, kept=tmp_path / "parts")
    assert n_kept > 5
    assert (len(read) == 0) == (point == "counting")
    assert contents(tmp_path / "out") == in_memory(corpus, tmp_path / "whole")


def test_no_words_warns_and_bad_arguments_are_named(corpus, tmp_path):
    with pytest.warns(BandscapeWarning, match="no word is within the limits"):
        prepare_stored_text(corpus, tmp_path / "none", settings=TextSettings(min_document_count=99))
    assert StoredText(tmp_path / "none").counts.shape == (60, 0)
    with pytest.raises(ParameterError, match="n_jobs must be an int >= 1; got 0"):
        prepare_stored_text(corpus, tmp_path, n_jobs=0)
    with pytest.raises(SourceError, match=r"reviews\.parquet: no such file"):
        prepare_stored_text(tmp_path, tmp_path / "other")


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=12), min_size=1, max_size=8), st.integers(1, 4)
)
def test_pairs_put_on_the_disk_are_counted_as_those_in_memory(tmp_path_factory, documents, min_count):
    folder = tmp_path_factory.mktemp("runs")
    arrays = [np.array(document, np.int32) for document in documents]
    word_counts = np.bincount(np.concatenate(arrays), minlength=5)
    found = []
    for most, where in ((1 << 22, None), (2, folder), (2, None)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pair_counts, "MOST_PAIRS", most)
            tally = PairTally(word_counts, Joints(("and",)), min_count=min_count, folder=where)
            for words in arrays:
                tally.add(words, np.array([-1, *[at % 2 for at in range(len(words) - 1)]], np.int16))
            rows = [
                row for part in tally.frequent() for row in zip(*(one.tolist() for one in part), strict=True)
            ]
            found.append((rows, tally.n_inside))
            tally.close()
    assert found[0] == found[1] == found[2]


MEMORY = """
import sys
from pathlib import Path
from bandscape.datasets.text import pair_counts, preparation, streamed
preparation.GROUP_REVIEWS = streamed.GROUP_REVIEWS = 1000
streamed._SLICE_TOKENS, pair_counts.MOST_PAIRS = 20_000, 20_000
streamed.chunks_of = lambda documents, options, whole=streamed.chunks_of: whole(documents, options, 100_000)
streamed.prepare_stored_text(Path(sys.argv[1]), Path(sys.argv[2]))
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
GROWTH_MIB = 24
"""What three quarters of the reviews may cost; those of the test would take about 70 as a whole."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_reviews(tmp_path):
    peaks = []
    for n_reviews in (4000, 16_000):
        folder = tmp_path / str(n_reviews)
        folder.mkdir()
        rng = np.random.default_rng(0)
        words = np.array([f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "klmnprst"])
        drawn = words[np.minimum(rng.geometric(0.01, (n_reviews, 40)), len(words)) - 1]
        texts = [" ".join(row) for row in drawn.tolist()]
        ids = [f"r{at}" for at in range(n_reviews)]
        artists = pa.array([["one"]] * n_reviews)
        write_table(
            folder / "reviews.parquet", pa.table({"review_id": ids, "artist_ids": artists, "text": texts})
        )
        write_table(folder / "artists.parquet", pa.table({"artist_id": ["one"], "name": ["One"]}))
        command = [sys.executable, "-c", MEMORY, str(folder), str(folder / "out")]
        ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        peaks.append(int(ran.stdout))
    assert peaks[1] - peaks[0] < GROWTH_MIB, peaks
