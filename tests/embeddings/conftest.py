import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def reference():
    """Load the dense reference beside this file."""
    path = Path(__file__).with_name("reference_nce.py")
    spec = importlib.util.spec_from_file_location("reference_nce", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_artists(genres, scores=None, **columns):
    n = len(genres)
    frame = {
        "artist_id": [f"id{row}" for row in range(n)],
        "name": [f"artist {row}" for row in range(n)],
        "genres": [list(values) for values in genres],
        "mean_score": np.asarray(scores if scores is not None else [np.nan] * n, dtype=float),
        "n_reviews": np.arange(1, n + 1),
        **columns,
    }
    return pd.DataFrame(frame)


@pytest.fixture(scope="session")
def artists_of():
    return make_artists


@pytest.fixture(scope="session")
def small_artists():
    """60 artists, three genres, some with two, some with none; scores that tie and are missing."""
    rng = np.random.default_rng(5)
    names = ["rock", "jazz", "rap"]
    genres = [list(rng.choice(names, rng.integers(0, 3), replace=False)) for _ in range(60)]
    scores = np.round(rng.uniform(5, 9, 60) * 2) / 2
    scores[rng.permutation(60)[:6]] = np.nan
    years = [list(rng.integers(2000, 2010, rng.integers(0, 3))) for _ in range(60)]
    labels = [list(rng.choice(["warp", "4ad", "own label", "  "], rng.integers(0, 2))) for _ in range(60)]
    return make_artists(genres, scores, years=years, labels=labels)
