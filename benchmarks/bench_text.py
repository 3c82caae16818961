"""How fast raw reviews become words, on the 11,083 real Pitchfork texts, and how much memory that takes.

The aim: all of it under 40 s on two cores, in under 2 GB with all processes. The peers do less, and the notes say what:
no peer does the whole job. Runs alternate, each round every contestant once; times are medians of wall time, and
nothing is remembered from one round to the next.

Run ``python benchmarks/bench_text.py``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import lzma
import os
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from bandscape.datasets.text import stream as text_stream
from bandscape.datasets.text.new_text import prepare_new_text, term_normalizer
from bandscape.datasets.text.preparation import PreparedText, prepare_text
from benchmarks.rows import row

N_ROUNDS = 3
Reviews = tuple[list[str], list[str], list[list[str]]]


def read_pitchfork(data_dir: Path) -> Reviews:
    """Return ids, texts and artist names of the reviews that have a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pitchfork.sqlite"
        packed = data_dir / "pitchfork" / "pitchfork.sqlite.xz"
        with lzma.open(packed) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        connection = sqlite3.connect(path)
        texts = dict(connection.execute("SELECT reviewid, content FROM content").fetchall())
        names: dict[int, list[str]] = {}
        for review, artist in connection.execute("SELECT DISTINCT reviewid, artist FROM artists"):
            names.setdefault(review, []).append(artist or "")
        connection.close()
    return (
        [str(review) for review in texts],
        list(texts.values()),
        [names.get(review, []) for review in texts],
    )


class PeakMemory:
    """Samples the resident memory of this process and its children, together, above what it held at the start."""

    def __enter__(self) -> "PeakMemory":
        self._process = psutil.Process()
        self.start_mb = self.peak_mb = self._now()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.peak_mb = max(self.peak_mb, self._now())

    def _now(self) -> float:
        total = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 1e6


def ours(reviews: Reviews, n_jobs: int) -> PreparedText:
    text_stream.forget_units()  # else the second round would know all stems already
    ids, texts, names = reviews
    return prepare_text(ids, texts, artist_names=names, n_jobs=n_jobs)


def count_vectorizer(reviews: Reviews) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english", min_df=5, max_df=0.7, max_features=20_000)
    return vectorizer.fit_transform(reviews[1])


def gensim_phrases(reviews: Reviews) -> Any:
    from gensim.corpora import Dictionary
    from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases
    from gensim.utils import simple_preprocess

    documents = [simple_preprocess(text) for text in reviews[1]]
    phrases = Phrases(
        documents, min_count=10, threshold=0.35, scoring="npmi", connector_words=ENGLISH_CONNECTOR_WORDS
    ).freeze()
    joined = [phrases[document] for document in documents]
    dictionary = Dictionary(joined)
    dictionary.filter_extremes(no_below=5, no_above=0.7, keep_n=20_000)
    return [dictionary.doc2bow(document) for document in joined]


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def race(contestants: dict[str, Callable[[], Any]]) -> tuple[dict[str, float], dict[str, Any]]:
    """Run all contestants in turn, N_ROUNDS times; return median seconds and the last result of each."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    results: dict[str, Any] = {}
    for _ in range(N_ROUNDS):
        for name, function in contestants.items():
            spent, results[name] = timed(function)
            seconds[name].append(spent)
    return {name: statistics.median(times) for name, times in seconds.items()}, results


def run(data_dir: Path) -> list[dict]:
    reviews = read_pitchfork(data_dir)
    with PeakMemory() as memory:
        ours(reviews, n_jobs=2)
    seconds, results = race(
        {
            "one": lambda: ours(reviews, n_jobs=1),
            "sklearn": lambda: count_vectorizer(reviews),
            "two": lambda: ours(reviews, n_jobs=2),
            "gensim": lambda: gensim_phrases(reviews),
        }
    )
    prepared: PreparedText = results["two"]
    words = prepared.vocabulary["word"]
    tokens = prepared.n_tokens
    new_s, again = timed(lambda: prepare_new_text(reviews[1][:1000], prepared.vocabulary, prepared.settings))
    normalize = term_normalizer(prepared.settings, prepared.vocabulary)
    term_s, _ = timed(
        lambda: [normalize(term) for term in ["New York", "guitars", "drum'n'bass", "reverb"] * 250]
    )
    megabytes = sum(map(len, reviews[1])) / 1e6
    less = "peer does no stemming, phrases, masking, surface forms or HTML, and has one process"
    less_too = (
        "peer has phrases by the same scores, but no stop words, stems, masking, surface forms; one process"
    )
    gensim_ratio = seconds["gensim"] / seconds["two"]
    return [
        row("texts", len(reviews[1]), "reviews", note=f"{megabytes:.1f} million characters"),
        row("prepare_text, two processes", seconds["two"], "s", "aim: 40 s", 40 / seconds["two"]),
        row("prepare_text, one process", seconds["one"], "s"),
        row("CountVectorizer", seconds["sklearn"], "s", "scikit-learn", seconds["sklearn"] / seconds["two"], less),
        row("simple_preprocess + Phrases", seconds["gensim"], "s", "gensim", gensim_ratio, less_too),
        row("rate, two processes", megabytes / seconds["two"], "million characters/s"),
        row("tokens kept", tokens, "tokens", note=f"{tokens / seconds['two']:,.0f} tokens/s with two processes"),
        row("vocabulary", len(words), "words", note=f"of them {int(words.str.contains('_').sum()):,} phrases"),
        row("memory at the peak, two processes", memory.peak_mb, "MB", "aim: 2000 MB", 2000 / memory.peak_mb,
            f"all processes together; {memory.start_mb:.0f} MB before, with the texts"),
        row("prepare_new_text", 1000 / new_s, "reviews/s", note=f"one process; {again.shape[0]} reviews"),
        row("term_normalizer", term_s, "ms a term", note="mean of 1,000 calls"),
    ]  # fmt: skip


def main() -> None:
    folder = Path(os.environ.get("BANDSCAPE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    for line in run(folder):
        ratio = f"{line['ratio']:.2f}x" if line["ratio"] else ""
        print(
            f"{line['name']:34} {line['value']:>14,.2f} {line['unit']:22} {line['peer']:14} {ratio:>6}  {line['note']}"
        )


if __name__ == "__main__":
    main()
