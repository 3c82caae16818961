"""Sounds that a tiny network learns to separate in seconds: bursts of low and of high tones."""

import numpy as np

from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
from bandscape.embeddings.audio.separation.source_mixing import SourcePool

RATE = 4000
TINY = {"sample_rate_hz": RATE, "dim": 6, "n_units": 12, "n_layers": 1, "batch_size": 8, "segment_frames": 40,
        "learning_rate": 2e-2, "speed_range": 0.05}  # fmt: skip


def bursts(low_hz, high_hz, seed, seconds=3.0):
    """Tones within a band, another every eighth of a second, sounding three times out of four."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE), np.float32)
    step = RATE // 8
    for start in range(0, len(out) - step, step):
        if rng.uniform() < 0.75:
            t = np.arange(step) / RATE
            for hz in rng.uniform(low_hz, high_hz, 4):
                out[start : start + step] += np.sin(2 * np.pi * hz * t) * np.hanning(step)
    return out * np.float32(0.1)


def make_pool(seed=0):
    sounds = {
        "low": [bursts(100, 600, seed + at) for at in (0, 1)],
        "high": [bursts(1000, 1900, seed + at) for at in (2, 3)],
    }
    return SourcePool.of(sounds, RATE)


def trained(n_iterations=60, **options):
    return DeepClustering(**(TINY | {"n_iterations": n_iterations} | options)).fit(make_pool())
