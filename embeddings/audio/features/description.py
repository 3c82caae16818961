"""Log-mel spectra, MFCCs, their deltas, and temporal statistics: one vector for a sound of any length.

Spectra have one row a frame. The functions on whole signals and the stream give the same numbers; memory of the
stream does not grow with the length of the sound. Public names: :class:`FeatureSettings`, :func:`log_mel`,
:func:`mfcc`, :func:`deltas`, :class:`LevelStream`, :class:`FeatureStream`, :func:`feature_names`,
:func:`describe_audio`, :func:`describe_signal`.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError, SourceError
from ..files.reading import CHUNK_FRAMES, stream_audio
from .framing import FrameStream, magnitudes
from .mel import check_scale, cosine_basis, mel_filters
from .odd_signals import signal_warning
from .statistics import RunningStatistics

_FLOOR = 1e-10  # power below which all is silence: -100 dB
_WIDTH = 9  # frames a delta is fitted over, librosa's default


@dataclass(frozen=True)
class FeatureSettings:
    """How features are computed; vectors can be compared when these are equal.

    Parameters
    ----------
    sample_rate_hz : int
        Rate that sounds are resampled to.
    n_fft, hop : int
        Length of a frame and step between two, in samples.
    n_mels, n_mfcc : int
    mel_scale : {"slaney", "htk"}
    """

    sample_rate_hz: int = 22_050
    n_fft: int = 1024
    hop: int = 512
    n_mels: int = 64
    n_mfcc: int = 20
    mel_scale: str = "slaney"

    def check(self) -> "FeatureSettings":
        """Return itself, or raise if a value is out of range.

        Raises
        ------
        ParameterError
        """
        check_scale(self.mel_scale)
        if not 1000 <= self.sample_rate_hz <= 200_000:
            raise ParameterError(f"sample_rate_hz must be within 1000 to 200000; got {self.sample_rate_hz!r}")
        if self.n_fft < 16 or self.n_fft % 2 or not 1 <= self.hop <= self.n_fft:
            raise ParameterError(
                f"n_fft must be even and >= 16, hop within 1 to n_fft; got {self.n_fft}, {self.hop}"
            )
        if not 1 <= self.n_mfcc <= self.n_mels <= self.n_fft // 4:
            raise ParameterError(
                f"1 <= n_mfcc <= n_mels <= n_fft / 4 is required; got {self.n_mfcc}, {self.n_mels}, {self.n_fft}"
            )
        return self


def log_mel(samples: NDArray[np.float32], settings: FeatureSettings | None = None) -> NDArray[np.float32]:
    """Compute the log-mel spectrum of a whole mono signal.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), float32
        At ``settings.sample_rate_hz``.
    settings : FeatureSettings, optional

    Returns
    -------
    ndarray of shape (1 + n_samples // hop, n_mels), float32
        Decibels of power, at least -100.
    """
    s = (settings or FeatureSettings()).check()
    stream = FrameStream(s.n_fft, s.hop)
    frames = [stream.push(np.asarray(samples, np.float32)), stream.finish()]
    return np.concatenate([_decibels(part, s) for part in frames])


def mfcc(samples: NDArray[np.float32], settings: FeatureSettings | None = None) -> NDArray[np.float32]:
    """Compute the MFCCs of a whole mono signal.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,), float32
    settings : FeatureSettings, optional

    Returns
    -------
    ndarray of shape (1 + n_samples // hop, n_mfcc), float32
    """
    s = settings or FeatureSettings()
    return log_mel(samples, s) @ cosine_basis(s.n_mels, s.n_mfcc).T


def deltas(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Compute the slope of each column by a line fitted over nine frames; at the ends that of the first or last nine.

    Parameters
    ----------
    rows : ndarray of shape (n_frames, n)
        With fewer frames the line is fitted over the largest odd number of them; a single frame has no slope.

    Returns
    -------
    ndarray of shape (n_frames, n), float32
        Per frame.
    """
    rows = np.asarray(rows, np.float32)
    width = min(_WIDTH, len(rows) - 1 + len(rows) % 2)
    if width < 3:
        return np.zeros_like(rows)
    inner = _slopes(rows, width)
    half = width // 2
    return np.concatenate([np.repeat(inner[:1], half, 0), inner, np.repeat(inner[-1:], half, 0)])


def _slopes(rows: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the slopes at the frames that have ``width // 2`` others on both sides."""
    half = width // 2
    weights = np.arange(-half, half + 1) / (2.0 * sum(k * k for k in range(1, half + 1)))
    count = len(rows) - width + 1
    out = np.zeros((max(count, 0), rows.shape[1]))
    for offset, weight in enumerate(weights):
        out += weight * rows[offset : offset + count]
    return out.astype(np.float32)


class LevelStream:
    """Log-mel spectra of a mono signal that comes in pieces; the frames do not depend on the pieces.

    Parameters
    ----------
    settings : FeatureSettings, optional
    """

    def __init__(self, settings: FeatureSettings | None = None) -> None:
        self.settings = (settings or FeatureSettings()).check()
        self._frames = FrameStream(self.settings.n_fft, self.settings.hop)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples; return the frames they complete, shape (n_frames, n_mels), maybe none."""
        return _decibels(self._frames.push(samples), self.settings)

    def finish(self) -> NDArray[np.float32]:
        """Return the last frames."""
        return _decibels(self._frames.finish(), self.settings)


class FeatureStream:
    """Statistics over time of log-mel spectra, MFCCs and MFCC deltas of a mono signal that comes in pieces.

    They are the same to the last bit however it is cut.

    Parameters
    ----------
    settings : FeatureSettings, optional
    """

    def __init__(self, settings: FeatureSettings | None = None) -> None:
        self.settings = (settings or FeatureSettings()).check()
        self._frames = FrameStream(self.settings.n_fft, self.settings.hop)
        self._waiting = np.empty(0, np.float32)
        self._mel = RunningStatistics(self.settings.n_mels)
        self._mfcc = RunningStatistics(self.settings.n_mfcc)
        self._delta = RunningStatistics(self.settings.n_mfcc)
        self._context = np.empty((0, self.settings.n_mfcc), np.float32)

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples, shape (n,)."""
        # the last digit of a sum depends on how many are added at once: that many, whatever comes
        self._waiting = np.concatenate([self._waiting, samples])
        whole = len(self._waiting) // CHUNK_FRAMES * CHUNK_FRAMES
        for start in range(0, whole, CHUNK_FRAMES):
            self._take(self._frames.push(self._waiting[start : start + CHUNK_FRAMES]))
        self._waiting = self._waiting[whole:]

    def finish(self) -> NDArray[np.float32]:
        """Return the vector; :func:`feature_names` names its entries."""
        self._take(self._frames.push(self._waiting))
        self._take(self._frames.finish())
        self._end_deltas()
        parts = [
            self._mel.mean, self._mel.deviation, self._mfcc.mean, self._mfcc.deviation, self._mfcc.least,
            self._mfcc.most, self._delta.deviation,
        ]  # fmt: skip
        return np.concatenate(parts).astype(np.float32)

    def _take(self, frames: NDArray[np.float32]) -> None:
        if not len(frames):
            return
        mel = _decibels(frames, self.settings)
        cepstra = mel @ cosine_basis(self.settings.n_mels, self.settings.n_mfcc).T
        self._mel.add(mel)
        self._mfcc.add(cepstra)
        rows = np.concatenate([self._context, cepstra])
        if len(rows) >= _WIDTH:
            slopes = _slopes(rows, _WIDTH)
            if not self._delta.count:  # the first frames take the first slope
                slopes = np.concatenate([np.repeat(slopes[:1], _WIDTH // 2, 0), slopes])
            self._delta.add(slopes)
            self._last = slopes[-1:]
            rows = rows[-(_WIDTH - 1) :]
        self._context = rows

    def _end_deltas(self) -> None:
        short = not self._delta.count
        self._delta.add(deltas(self._context) if short else np.repeat(self._last, _WIDTH // 2, 0))


def feature_names(settings: FeatureSettings | None = None) -> list[str]:
    """Return what each entry of the vector is, such as "mfcc_03_mean".

    Parameters
    ----------
    settings : FeatureSettings, optional

    Returns
    -------
    list of str
    """
    s = settings or FeatureSettings()
    mel = [f"mel_{band:02d}_{kind}" for kind in ("mean", "std") for band in range(s.n_mels)]
    kinds = ("mean", "std", "min", "max")
    cepstra = [f"mfcc_{order:02d}_{kind}" for kind in kinds for order in range(s.n_mfcc)]
    return [*mel, *cepstra, *(f"delta_{order:02d}_std" for order in range(s.n_mfcc))]


def describe_signal(
    samples: NDArray[np.float32], settings: FeatureSettings | None = None
) -> NDArray[np.float32]:
    """Compute the vector of a whole mono signal that has the settings' rate.

    Parameters
    ----------
    samples : ndarray of shape (n_samples,)
    settings : FeatureSettings, optional

    Returns
    -------
    ndarray of shape (n_features,), float32
    """
    stream = FeatureStream(settings)
    stream.push(np.asarray(samples, np.float32))
    return stream.finish()


@dataclass(frozen=True, eq=False)
class AudioDescription:
    """A sound as numbers.

    Parameters
    ----------
    vector : ndarray of shape (n_features,), float32
    duration_s : float
        As decoded.
    peak : float
        Largest absolute sample of the file as read, over all channels; 0 is silence.
    clipped_share : float
        Share of the file's samples, over all channels, at full scale.
    warning : str or None
        What is odd about it: silent, channels that cancel, less than a frame.
    """

    vector: NDArray[np.float32]
    duration_s: float
    peak: float
    clipped_share: float
    warning: str | None = None


@dataclass
class _AsRead:
    """What is counted of a file before it is mixed and resampled."""

    peak: float = 0.0
    clipped: int = 0
    count: int = 0

    def add(self, piece: NDArray[np.float32]) -> None:
        size = np.abs(piece)
        self.peak = max(self.peak, float(size.max()))
        self.clipped += int((size >= 1.0 - 2**-15).sum())
        self.count += size.size


def describe_audio(
    path: str | Path, settings: FeatureSettings | None = None, *, chunk_frames: int = CHUNK_FRAMES
) -> AudioDescription:
    """Compute the vector of a sound file, in memory that does not grow with its length.

    Parameters
    ----------
    path : path
    settings : FeatureSettings, optional
    chunk_frames : int
        Samples read at a time; the vector does not depend on it (to 1e-5 of its size).

    Returns
    -------
    AudioDescription

    Raises
    ------
    SourceError
        If it cannot be read or holds no samples.
    """
    stream = FeatureStream(settings)
    rate = stream.settings.sample_rate_hz
    count, mixed_peak, read = 0, 0.0, _AsRead()
    for piece in stream_audio(
        path, sample_rate_hz=rate, n_channels=1, chunk_frames=chunk_frames, on_piece=read.add
    ):
        mono = piece[:, 0]
        count, mixed_peak = count + len(mono), max(mixed_peak, float(np.abs(mono).max()))
        stream.push(mono)
    if not count:
        raise SourceError(f"{path}: holds no samples")
    warning = signal_warning(read.peak, mixed_peak, count, stream.settings.n_fft)
    return AudioDescription(stream.finish(), count / rate, read.peak, read.clipped / read.count, warning)


@lru_cache(maxsize=8)
def _filters(settings: FeatureSettings) -> NDArray[np.float32]:
    s = settings
    return mel_filters(s.sample_rate_hz, s.n_fft, s.n_mels, scale=s.mel_scale).T.copy()


def _decibels(frames: NDArray[np.float32], settings: FeatureSettings) -> NDArray[np.float32]:
    power = magnitudes(frames) ** 2
    return (10.0 * np.log10(np.maximum(power @ _filters(settings), _FLOOR))).astype(np.float32)
