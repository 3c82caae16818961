"""Placing artists that were never trained by their sound: the Pitchfork artists with album-mean audio features.

The aim: genre@10 of .65 and more on splits nobody tuned on, not below ridge; a tenth of the artists is left out of
training in each. The projection is learnt with the vectors; beside it stand kernel ridge and linear ridge fitted to the
same vectors afterwards, shuffled features, no features, raw features, always the commonest genre and always the same
ten artists. Warm artists, by their own vectors, are those of a training without features. Sharing a genre is won by
answers that have many; the share of genres in common is not, and stands below with its own levels.

Run ``python -m benchmarks cold_start``.
"""

import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from bandscape.datasets import read_reviews
from bandscape.embeddings import SideFeatures, check_side_features, measure_cold_start

SEED = 50  # seeds below were looked at while designing
N_SPLITS = 5
PEERS = (
    "kernel_ridge",
    "ridge",
    "raw",
    "shuffled",
    "blind",
    "without",
    "most_frequent",
    "fixed",
    "chance",
    "warm",
)
IN_COMMON = {"": "share of genres in common", "_kernel_ridge": "the same share, kernel_ridge",
             "_shuffled": "the same share, shuffled", "_fixed": "the same share, fixed",
             "_chance": "the same share, chance"}  # fmt: skip


def album_means(path: Path) -> SideFeatures:
    """Mean over each artist's albums of the ten audio features in the last columns."""
    albums = pd.read_csv(path).dropna(subset=["artist"])
    means = albums.groupby("artist")[list(albums.columns[-10:])].mean().dropna().reset_index()
    return check_side_features(means, source=path.name)


def run(data_dir: Path) -> list[dict[str, Any]]:
    artists = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists
    features = album_means(data_dir / "audio_features" / "p4kxspotify_cleaned.csv.gz")
    found = [
        asdict(split)
        for split in measure_cold_start(artists, [features], n_splits=N_SPLITS, random_state=SEED)
    ]
    middle = {name: statistics.median(split[name] for split in found) for name in found[0]}
    splits = ", ".join(f"{split['with_features']:.3f}" for split in found)
    rows = [
        {"name": "genre@10 of artists never trained", "value": middle["with_features"], "unit": "",
         "peer": f"kernel ridge: {middle['kernel_ridge']:.3f}",
         "ratio": middle["with_features"] / middle["kernel_ridge"],
         "note": f"{found[0]['n_cold']} artists a split; splits {splits}"}
    ]  # fmt: skip
    named = {name: f"the same, {name}" for name in PEERS}
    named |= {f"in_common{of}": words for of, words in IN_COMMON.items()}
    for name, words in named.items():
        each = ", ".join(f"{split[name]:.3f}" for split in found)
        rows.append({"name": words, "value": middle[name], "unit": "", "peer": "", "ratio": None,
                     "note": f"splits {each}"})  # fmt: skip
    return rows
