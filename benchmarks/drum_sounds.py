"""Synthetic drum sounds of eight classes, every one with pitch, length, level and noise of its own.

The classes overlap (low toms and high kicks, open and closed hats, snares and claps), so that telling them apart is
not given. A sound is a function of its class and its random numbers alone. Public functions: :func:`make_drum`,
:func:`write_drums`; :data:`CLASSES`.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = ("kick", "snare", "tom", "closed_hat", "open_hat", "clap", "cowbell", "rim")
RATE_HZ = 22_050
_SECONDS = 0.7


def _swept(rng: np.random.Generator, t: NDArray, low: float, high: float, sweep: float) -> NDArray:
    """A sine whose pitch falls."""
    hz = rng.uniform(low, high) * (1 + rng.uniform(0.3, 1.0) * sweep * np.exp(-t * rng.uniform(25, 60)))
    return np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ)


def _band(rng: np.random.Generator, t: NDArray, low: float, high: float) -> NDArray:
    """Noise within two corner frequencies."""
    from scipy.signal import butter, sosfilt

    edges = [low, min(high, 0.48 * RATE_HZ)]
    noise = sosfilt(butter(2, edges, "band", fs=RATE_HZ, output="sos"), rng.standard_normal(len(t)))
    return np.asarray(noise) / np.std(noise)


def _fall(t: NDArray, seconds: float) -> NDArray:
    return np.exp(-t / seconds)


def make_drum(kind: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """Make one mono sound of 0.7 s at 22,050 Hz, its end cut where it fell below -60 dB."""
    t = np.arange(round(_SECONDS * RATE_HZ)) / RATE_HZ
    draw = rng.uniform
    if kind == "kick":
        sound = _swept(rng, t, 42, 85, 3) * _fall(t, draw(0.05, 0.16)) + 0.1 * _band(
            rng, t, 1000, 6000
        ) * _fall(t, 0.005)
    elif kind == "tom":
        sound = _swept(rng, t, 80, 260, 0.5) * _fall(t, draw(0.07, 0.2)) + 0.03 * _band(
            rng, t, 500, 4000
        ) * _fall(t, 0.02)
    elif kind == "snare":
        body = _swept(rng, t, 150, 260, 0.6) * _fall(t, draw(0.03, 0.09))
        sound = body + draw(0.3, 0.8) * _band(rng, t, draw(800, 1800), draw(6000, 9500)) * _fall(
            t, draw(0.04, 0.13)
        )
    elif kind in ("closed_hat", "open_hat"):
        length = draw(0.012, 0.05) if kind == "closed_hat" else draw(0.07, 0.25)
        metal = sum(np.sign(np.sin(2 * np.pi * draw(3200, 9500) * t)) for _ in range(6)) / 6
        sound = (_band(rng, t, draw(4500, 7500), 10_500) + draw(0.2, 0.8) * metal) * _fall(t, length)
    elif kind == "clap":
        starts = np.cumsum(np.r_[0, draw(0.007, 0.014, 3)])
        burst = sum(np.where(t >= at, np.exp(-(t - at) / 0.004), 0.0) for at in starts[:-1])
        burst = burst + np.where(t >= starts[-1], np.exp(-(t - starts[-1]) / draw(0.03, 0.1)), 0.0)
        sound = _band(rng, t, draw(600, 1000), draw(2200, 4000)) * burst
    elif kind == "cowbell":
        low = draw(480, 700)
        pair = np.sign(np.sin(2 * np.pi * low * t)) + np.sign(np.sin(2 * np.pi * low * draw(1.42, 1.55) * t))
        sound = pair * _fall(t, draw(0.04, 0.15))
    else:
        sound = (
            _swept(rng, t, 420, 520, 0.1) + _swept(rng, t, 1500, 2200, 0.1) + 0.3 * _band(rng, t, 1500, 8000)
        )
        sound = sound * _fall(t, draw(0.006, 0.025))
    sound = sound + draw(1e-4, 3e-3) * np.abs(sound).max() * rng.standard_normal(len(t))
    sound = sound / np.abs(sound).max() * 10 ** (-draw(1, 20) / 20)
    before = np.zeros(rng.integers(0, 400))
    return np.concatenate([before, sound[: round(draw(0.35, _SECONDS) * RATE_HZ)]]).astype(np.float32)


def write_drums(folder: Path, count: int, seed: int) -> Path:
    """Write ``count`` sounds to ``folder/CLASS/NUMBER.wav``; return the table of labels (path, label)."""
    import soundfile

    rows = []
    for at in range(count):
        kind = CLASSES[at % len(CLASSES)]
        path = folder / kind / f"{at:05d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, make_drum(kind, np.random.default_rng((seed, at))), RATE_HZ, subtype="PCM_16")
        rows.append((path.relative_to(folder).as_posix(), kind))
    table = folder / "labels.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), *rows])
    return table
