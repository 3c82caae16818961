"""The layout of 100,000 artists, whose neighbors are found by cells: processor time on one thread, and trust.

The aim: at most 15 minutes. Vectors: those of the Pitchfork artists (``Artist2Vec`` with its defaults), drawn with
replacement and each moved by a little noise, so that they lie as densely as a larger press would make them.

Run ``python -m benchmarks large_layout``.
"""

import time
from pathlib import Path

import numpy as np

from bandscape.core.linear import unit_rows
from bandscape.datasets import read_reviews
from bandscape.embeddings import Artist2Vec
from bandscape.viz import lay_out

N, NOISE = 100_000, 0.06


def many_vectors(data_dir: Path) -> np.ndarray:
    artists = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists
    base = unit_rows(Artist2Vec(random_state=0).fit(artists).vectors_.matrix)
    rng = np.random.default_rng(3)
    return unit_rows(base[rng.integers(0, len(base), N)] + rng.normal(size=(N, base.shape[1])) * NOISE)


def run(data_dir: Path) -> list[dict]:
    points = many_vectors(data_dir)
    lay_out(points[:300])  # imports
    begun = time.process_time()
    layout = lay_out(points, neighbors="cells", random_state=0, n_jobs=1)
    seconds = time.process_time() - begun
    noted = (
        f"{N:,} x {points.shape[1]}, one thread, processor time; trustworthiness {layout.trustworthiness:.4f}"
    )
    kept = float(layout.neighbor_kept.mean())
    return [
        {"name": "layout", "value": seconds, "unit": "s", "peer": "", "ratio": None, "note": noted},
        {
            "name": "neighbors kept",
            "value": kept,
            "unit": "",
            "peer": "",
            "ratio": None,
            "note": "mean share of the 10 nearest",
        },
    ]
