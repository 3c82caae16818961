"""A short sound as numbers: its MFCCs over time, what one hears at once (loudness, brightness, ...), and its codes.

A file is read in pieces; of each frame some twenty numbers are held, about 6 kB a second of sound. Public names:
:class:`SoundSettings`, :func:`describe_sound`, :func:`code_sound`, :class:`SoundDescription`, :data:`DESCRIPTORS`,
:data:`N_MFCC`.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError, SourceError
from ..features.framing import FrameStream, magnitudes
from ..features.mel import cosine_basis, mel_filters
from ..features.temporal import temporal_statistics
from ..files.reading import CHUNK_FRAMES, probe_audio, stream_audio
from .spectral_autoencoder import SpectralAutoencoder, compress

DESCRIPTORS = ("duration_s", "loudness_db", "brightness_hz", "noisiness_db", "attack_s")
N_MFCC = 12
_N_MELS = 64
_FLOOR = 1e-10
_HELD = 4000  # frames of a sound (46 s) that are held; a longer one is read twice to be coded
_QUIETEST = 1e-3  # of the loudest frame: quieter ones teach the network silence
_OUTLINE = 64
_FULL = 10.0 ** (-0.5 / 20.0)  # of the loudest frame: within half a decibel a steady tone only wobbles
_LEAST_NOISY_DB = -60.0  # below it flatness tells windows and rounding apart, not sounds


@dataclass(frozen=True)
class SoundSettings:
    """How spectra are computed.

    Parameters
    ----------
    sample_rate_hz : int
        Rate that sounds are resampled to.
    n_fft, hop : int
        Length of a frame and step between two, in samples.
    """

    sample_rate_hz: int = 22_050
    n_fft: int = 1024
    hop: int = 256

    def check(self) -> "SoundSettings":
        """Return itself, or raise :class:`ParameterError` if a value is out of range."""
        if not 1000 <= self.sample_rate_hz <= 200_000:
            raise ParameterError(f"sample_rate_hz must be within 1000 to 200000; got {self.sample_rate_hz!r}")
        if self.n_fft < 256 or self.n_fft % 2 or not 1 <= self.hop <= self.n_fft:
            raise ParameterError(
                f"n_fft must be even and >= 256, hop within 1 to n_fft; got {self.n_fft}, {self.hop}"
            )
        return self


@dataclass(frozen=True, eq=False)
class SoundDescription:
    """What is known of a sound before any network.

    Parameters
    ----------
    mfcc : ndarray of shape (6 * 12,), float32
        Statistics over time of MFCCs 1 to 12 (without 0, the level).
    descriptors : dict
        duration_s (of the file); loudness_db (of the mean power, full scale is 0, at least -100); brightness_hz
        (center of the magnitudes) and noisiness_db (10 log10 of the flatness of the power: a tone -60, which is the
        least, white noise about -2.5), both over frames by loudness; attack_s (from a tenth of the largest loudness
        to half a decibel below it).
    outline : ndarray of shape (64,), uint8
        Loudness over time, 255 the loudest.
    frames : ndarray of shape (n, n_bins), uint8
        Compressed spectra to learn from, evenly spaced among those that are not silent.
    """

    mfcc: NDArray[np.float32]
    descriptors: dict[str, float]
    outline: NDArray[np.uint8]
    frames: NDArray[np.uint8]


@dataclass(eq=False)
class _Heard:
    """Rows of all frames, gathered piece by piece."""

    mfcc: list[NDArray[np.float32]] = field(default_factory=list)
    loudness: list[NDArray[np.float32]] = field(default_factory=list)
    center: list[NDArray[np.float32]] = field(default_factory=list)
    flatness: list[NDArray[np.float32]] = field(default_factory=list)


def describe_sound(
    path: str | Path, settings: SoundSettings | None = None, *, n_frames: int = 32
) -> SoundDescription:
    """Describe a sound file.

    Parameters
    ----------
    path : path
    settings : SoundSettings, optional
    n_frames : int
        Spectra to learn from, at most; 0 keeps none.

    Returns
    -------
    SoundDescription

    Raises
    ------
    SourceError
        If it cannot be read or holds no samples.
    """
    s = (settings or SoundSettings()).check()
    heard, kept = _Heard(), _Thinned(n_frames)
    rate, lengths = probe_audio(path).sample_rate_hz, []
    usable = _usable_bins(rate, s)
    for spectra in _spectra(path, s, on_piece=lambda piece: lengths.append(len(piece))):
        power = spectra**2
        mel = 10.0 * np.log10(np.maximum(power @ _filters(s), _FLOOR))
        loudness = _loudness(spectra)
        heard.mfcc.append((mel @ _cosines()).astype(np.float32))
        heard.loudness.append(loudness)
        heard.center.append(_centers(spectra, s))
        heard.flatness.append(_flatness(power[:, 1:usable]))
        kept.add(spectra, loudness)
    loudness = np.concatenate(heard.loudness)
    known = {"duration_s": sum(lengths) / rate}
    known |= _descriptors(loudness, np.concatenate(heard.center), np.concatenate(heard.flatness), s)
    mfcc = temporal_statistics(np.concatenate(heard.mfcc), loudness)
    return SoundDescription(mfcc, known, _outline(loudness), kept.frames())


def code_sound(
    path: str | Path, model: SpectralAutoencoder, settings: SoundSettings | None = None
) -> NDArray[np.float32]:
    """Return the statistics over time of a sound's codes, shape (6 * n_codes,), float32.

    Parameters
    ----------
    path : path
    model : SpectralAutoencoder
        Fitted.
    settings : SoundSettings, optional
        As the spectra it was fitted to.

    Raises
    ------
    SourceError
        If the file cannot be read or holds no samples.
    """
    s = (settings or SoundSettings()).check()
    codes, loudness = [], []
    pieces, loudest = _with_loudest(path, s)
    for spectra in pieces:
        codes.append(model.codes_of(compress(spectra, loudest)))
        loudness.append(_loudness(spectra))
    return temporal_statistics(np.concatenate(codes), np.concatenate(loudness))


def _with_loudest(path: str | Path, s: SoundSettings) -> tuple[Iterable[NDArray[np.float32]], float]:
    """Return the spectra of a sound, by pieces, and the magnitude of its loudest bin."""
    held: list[NDArray[np.float32]] = []
    loudest, n_frames = 0.0, 0
    for spectra in _spectra(path, s):
        loudest, n_frames = max(loudest, float(spectra.max())), n_frames + len(spectra)
        if n_frames <= _HELD:
            held.append(spectra)
        else:
            held.clear()
    return held if n_frames <= _HELD else _spectra(path, s), loudest


def _usable_bins(rate_hz: int, s: SoundSettings) -> int:
    """Return how many bins hold sound: below nine tenths of the file's own limit, where resampling cuts."""
    share = 1.0 if rate_hz >= s.sample_rate_hz else 0.9 * rate_hz / s.sample_rate_hz
    return max(2, round(share * (s.n_fft // 2)) + 1)


def _spectra(
    path: str | Path, s: SoundSettings, on_piece: Callable[[NDArray[np.float32]], None] | None = None
) -> Iterator[NDArray[np.float32]]:
    """Yield magnitudes, (n, n_bins) a piece; at least one frame, or SourceError."""
    stream, count = FrameStream(s.n_fft, s.hop), 0
    for piece in stream_audio(path, sample_rate_hz=s.sample_rate_hz, n_channels=1, on_piece=on_piece):
        mono = piece[:, 0]
        count += len(mono)
        for start in range(0, len(mono), CHUNK_FRAMES):
            frames = stream.push(mono[start : start + CHUNK_FRAMES])
            if len(frames):
                yield magnitudes(frames)
    if not count:
        raise SourceError(f"{path}: holds no samples")
    frames = stream.finish()
    if len(frames):
        yield magnitudes(frames)


def _loudness(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the root of each frame's power."""
    return np.sqrt(np.square(spectra).sum(axis=1))


def _centers(spectra: NDArray[np.float32], s: SoundSettings) -> NDArray[np.float32]:
    hz = np.fft.rfftfreq(s.n_fft, 1.0 / s.sample_rate_hz).astype(np.float32)
    return (spectra @ hz) / np.maximum(spectra.sum(axis=1), 1e-9)


def _flatness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return geometric by arithmetic mean of each row; the spectrum of one frame of white noise has .56."""
    floored = np.maximum(power, 1e-12)
    return np.exp(np.log(floored).mean(axis=1)) / floored.mean(axis=1)


def _descriptors(
    loudness: NDArray[np.float32],
    center: NDArray[np.float32],
    flatness: NDArray[np.float32],
    s: SoundSettings,
) -> dict[str, float]:
    weight = loudness.astype(np.float64)
    silent = not weight.any()
    weight = np.ones_like(weight) if silent else weight
    step = s.hop / s.sample_rate_hz
    loudest = int(weight.argmax())
    rise = int((weight >= _FULL * weight[loudest]).argmax()) - int((weight >= 0.1 * weight[loudest]).argmax())
    # a full-scale sine has the power 1/2 and, under the Hann window, (3/32) n_fft^2 in its bins
    power = np.square(loudness, dtype=np.float64).mean() / (3.0 / 16.0 * s.n_fft**2)
    return {
        "loudness_db": max(10.0 * float(np.log10(max(power, 1e-30))), -100.0),
        "brightness_hz": 0.0 if silent else float(weight @ center / weight.sum()),
        "noisiness_db": _LEAST_NOISY_DB if silent else _as_noisiness(float(weight @ flatness / weight.sum())),
        "attack_s": rise * step,
    }


def _as_noisiness(flatness: float) -> float:
    return max(10.0 * float(np.log10(max(flatness, 1e-30))), _LEAST_NOISY_DB)


def _outline(loudness: NDArray[np.float32]) -> NDArray[np.uint8]:
    edges = np.linspace(0, len(loudness), _OUTLINE + 1)
    parts = [
        loudness[int(low) : max(int(np.ceil(high)), int(low) + 1)].max()
        for low, high in itertools.pairwise(edges)
    ]
    return np.rint(255.0 * np.array(parts) / max(float(loudness.max()), 1e-9)).astype(np.uint8)


class _Thinned:
    """At most so many of the frames that pass, evenly spaced, whatever pieces they come in.

    Every ``stride``-th frame is held; when twice as many as wanted are held, every second of them is dropped.
    """

    def __init__(self, wanted: int) -> None:
        self._wanted, self._stride, self._seen = wanted, 1, 0
        self._held: list[tuple[float, NDArray[np.float32]]] = []
        self._loudest = 0.0  # of all bins that passed

    def add(self, spectra: NDArray[np.float32], loudness: NDArray[np.float32]) -> None:
        if not self._wanted:
            return
        self._loudest = max(self._loudest, float(spectra.max()))
        for row, loud in zip(spectra, loudness, strict=True):
            if self._seen % self._stride == 0:
                self._held.append((float(loud), row.copy()))
                if len(self._held) >= 4 * self._wanted:
                    self._held, self._stride = self._held[::2], 2 * self._stride
            self._seen += 1

    def frames(self) -> NDArray[np.uint8]:
        loudest = max((loud for loud, _ in self._held), default=0.0)
        heard = [row for loud, row in self._held if loud > _QUIETEST * loudest]
        if not heard:
            n_bins = len(self._held[0][1]) if self._held else 0
            return np.empty((0, n_bins), np.uint8)
        chosen = np.linspace(0, len(heard) - 1, min(len(heard), self._wanted)).round().astype(int)
        return np.rint(255.0 * compress(np.stack([heard[at] for at in chosen]), self._loudest)).astype(
            np.uint8
        )


@lru_cache(maxsize=4)
def _filters(s: SoundSettings) -> NDArray[np.float32]:
    return mel_filters(s.sample_rate_hz, s.n_fft, _N_MELS).T.copy()


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float32]:
    return cosine_basis(_N_MELS, N_MFCC + 1)[1:].T.copy()
