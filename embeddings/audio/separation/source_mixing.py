"""Mixtures made on the fly of a user's own sounds: what deep clustering learns from.

A pool holds sounds by class (a speaker, an instrument, "drums"). A mixture takes an excerpt of each of several
classes; short sounds are strung together until the excerpt is full, long ones are entered anywhere. Each source is
set to the same level and then moved by a random gain, and may be played a little faster or slower, which also moves
its pitch: few speakers become many. Public names: :class:`SourcePool`, :func:`draw_mixture`, :func:`draw_tones`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....core.checkpoints import fingerprint
from ....core.errors import ParameterError

GAIN_DB = 2.5  # most that a source is moved up or down: two sources differ by up to 5 dB
_FADE = 16  # samples that a cut fades in and out over
_SILENT = 1e-4  # level, relative to full scale, below which an excerpt counts as silent
_TRIES = 20
_TONE_POINTS = 6  # of the gain over frequency that are drawn; between them it is interpolated


@dataclass(frozen=True, eq=False)
class SourcePool:
    """Sounds by class, all mono and at one rate.

    Parameters
    ----------
    sounds : dict of str to list of ndarray of shape (n_samples,), float32 or int16
        int16 counts as full scale at 32767 and takes half the memory.
    sample_rate_hz : int
    """

    sounds: dict[str, list[NDArray[np.generic]]]
    sample_rate_hz: int

    @classmethod
    def of(cls, sounds: Mapping[str, Sequence[NDArray[np.floating]]], sample_rate_hz: int) -> "SourcePool":
        """Make a pool of float signals, without those that are silent or empty.

        Raises
        ------
        ParameterError
            If a sound is not mono or not finite, or fewer than two classes have sound.
        """
        kept: dict[str, list[NDArray[np.generic]]] = {}
        for name in sorted(sounds):
            for samples in sounds[name]:
                if np.ndim(samples) != 1 or not np.isfinite(samples).all():
                    raise ParameterError(
                        f"sounds of {name!r} must be mono and finite; got {np.shape(samples)}"
                    )
                if len(samples) and np.abs(samples).max() > _SILENT:
                    whole = np.clip(np.asarray(samples, np.float64) * 32767.0, -32768, 32767)
                    kept.setdefault(name, []).append(np.round(whole).astype(np.int16))
        if len(kept) < 2:
            raise ParameterError(
                f"sounds must hold at least two classes (folders) that are not silent; got {len(kept)}"
            )
        return cls(kept, sample_rate_hz)

    @property
    def names(self) -> list[str]:
        """The classes, sorted."""
        return sorted(self.sounds)

    @property
    def duration_s(self) -> float:
        """Seconds of sound in all."""
        return sum(len(sound) for group in self.sounds.values() for sound in group) / self.sample_rate_hz

    def digest(self) -> str:
        """Return a fingerprint of all that is in it."""
        parts = [part for name in self.names for part in (name, *self.sounds[name])]
        return fingerprint(self.sample_rate_hz, *parts)

    def excerpt(
        self, name: str, n_samples: int, rng: np.random.Generator, *, speed_range: float = 0.0
    ) -> NDArray[np.float32]:
        """Draw a stretch of one class at unit level.

        Parameters
        ----------
        name : str
        n_samples : int
        rng : numpy.random.Generator
        speed_range : float, within 0 to 0.5
            The stretch is played at a speed within 1 - range to 1 + range.

        Returns
        -------
        ndarray of shape (n_samples,), float32
            Root mean square 1.
        """
        speed = 1.0 + speed_range * rng.uniform(-1.0, 1.0)
        length = int(np.ceil(n_samples * speed)) + 1
        for _ in range(_TRIES):
            raw = self._strung(self.sounds[name], length, rng)
            level = float(np.sqrt(np.mean(np.square(raw))))
            if level > _SILENT:
                break
        if speed_range:
            raw = np.asarray(np.interp(np.arange(n_samples) * speed, np.arange(length), raw), np.float32)
        return (raw[:n_samples] / max(level, _SILENT)).astype(np.float32)

    def _strung(
        self, group: list[NDArray[np.generic]], length: int, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        out, filled = np.zeros(length, np.float32), 0
        while filled < length:
            sound = group[int(rng.integers(len(group)))]
            # the first one is entered anywhere, so that excerpts do not all begin with a beginning
            spare = max(len(sound) - length, 0) if filled or len(sound) > length else len(sound) // 2
            start = int(rng.integers(spare + 1))
            piece = sound[start : start + length - filled].astype(np.float32) / 32767.0
            edge = min(_FADE, len(piece) // 2)
            if edge:
                ramp = np.arange(1, edge + 1, dtype=np.float32) / (edge + 1)
                piece[:edge] *= ramp
                piece[-edge:] *= ramp[::-1]
            out[filled : filled + len(piece)] = piece
            filled += len(piece)
        return out


def draw_mixture(
    pool: SourcePool, n_sources: int, n_samples: int, rng: np.random.Generator, *, speed_range: float = 0.0
) -> NDArray[np.float32]:
    """Draw the sources of one mixture, each of another class.

    Parameters
    ----------
    pool : SourcePool
    n_sources, n_samples : int
    rng : numpy.random.Generator
    speed_range : float

    Returns
    -------
    ndarray of shape (n_sources, n_samples), float32
        Their sum is the mixture; levels differ by up to 5 dB.
    """
    names = pool.names
    chosen = rng.choice(len(names), n_sources, replace=False)
    gains = 10.0 ** (rng.uniform(-GAIN_DB, GAIN_DB, n_sources) / 20.0)
    parts = [pool.excerpt(names[at], n_samples, rng, speed_range=speed_range) for at in chosen]
    return np.stack(parts) * gains[:, None].astype(np.float32) * np.float32(0.1)


def draw_tones(
    shape: tuple[int, ...], n_bins: int, range_db: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw smooth gains over frequency.

    Parameters
    ----------
    shape : tuple of int
        How many.
    n_bins : int
    range_db : float
        Standard deviation of the gain at a frequency.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (*shape, n_bins), float32
        Factors, above zero.
    """
    drawn = range_db * rng.standard_normal((*shape, _TONE_POINTS))
    place = np.linspace(0.0, _TONE_POINTS - 1, n_bins)
    left = np.minimum(place.astype(int), _TONE_POINTS - 2)
    share = place - left
    gains_db = (1.0 - share) * drawn[..., left] + share * drawn[..., left + 1]
    return (10.0 ** (gains_db / 20.0)).astype(np.float32)
