"""The map of topics: time to build it and size of the file, for 50 and for 1,000 topics over 20,000 words.

Topics are drawn from a Dirichlet over words of Zipfian frequency, so that no data and no fit are needed; what the time
depends on is the number of topics and words alone. Processor time of one thread, so that a busy machine does not
count. pyLDAvis is not measured: its page loads its script from the network.

Run ``python benchmarks/bench_topic_pictures.py``.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bandscape.viz import topic_map, write_html
from benchmarks.rows import row

N_WORDS = 20_000


def make_topics(n_topics: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw topics, their shares, and the counts of the words they make."""
    rng = np.random.default_rng(0)
    frequency = 1.0 / np.arange(1, N_WORDS + 1)
    topic_word = rng.gamma(200.0 * frequency / frequency.sum() + 1e-3, size=(n_topics, N_WORDS)) + 1e-6
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    topic_share = rng.dirichlet(np.full(n_topics, 3.0))
    return topic_word, topic_share, rng.multinomial(2_800_000, topic_share @ topic_word)


def topic_map_rows(n_topics: int) -> list[dict]:
    topic_word, topic_share, counts = make_topics(n_topics)
    words = [f"word{number:05d}" for number in range(N_WORDS)]
    begun = time.process_time()
    picture = topic_map(topic_word, topic_share, words, word_counts=counts)
    with tempfile.TemporaryDirectory() as folder:
        path = write_html(picture, Path(folder) / "topics.html")
        spent, size = time.process_time() - begun, path.stat().st_size
    note = f"{n_topics:,} topics x {N_WORDS:,} words"
    return [
        row(f"topic map, {n_topics} topics, build", spent, "CPU s", note=note),
        row(f"topic map, {n_topics} topics, file", size / 1e6, "MB", note=note),
    ]


def run(_data_dir: Path | None = None, *, quick: bool = False) -> list[dict]:
    topic_map(np.eye(8), np.full(8, 1 / 8), list("abcdefgh"))  # imports
    return [one for n_topics in ((50,) if quick else (50, 1000)) for one in topic_map_rows(n_topics)]


if __name__ == "__main__":
    for one in run(quick="--quick" in sys.argv):
        print(f"{one['name']:36} {one['value']:8.2f} {one['unit']:6} {one['note']}")
