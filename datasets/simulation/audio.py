"""Short synthesized clips whose timbre is a function of where an artist stands.

For an artist at position x, timbre parameter j is

    p_j = low_j + (high_j - low_j) * s(4 w_j . x)          s: logistic function, w_j: fixed random unit directions

(on a logarithmic scale for tempo and pitch), so artists that are alike sound alike, and no parameter is a genre. A
clip adds a little jitter and its own melody. It is the sum of two detuned voices of a harmonic wave, filtered noise
and drums, stereo, faded at both edges, with a peak of 0.8.

=============  ===============  =================================================================
parameter      range            effect
=============  ===============  =================================================================
tempo_bpm      70 to 170        beats per minute; notes on half beats
root_hz        82 to 330        pitch of the lowest note
rolloff        2.4 to 0.7       amplitude of harmonic k is k ** -rolloff: dark to bright
detune         0 to 0.012       relative distance of the two voices
attack_s       0.004 to 0.12    rise of a note
noise          0 to 0.35        level of hiss, low-passed where the sound is dark
drums          0 to 0.9         level of kick and hat
width          0 to 0.9         level of the side signal, relative to the middle
=============  ===============  =================================================================

Public names: :class:`AudioSettings`, :func:`timbre_of`, :func:`synthesize`, :func:`simulate_audio`,
:data:`TIMBRE_RANGES`.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...core.errors import ParameterError
from ...core.executors.local import map_ordered
from ...core.progress import ProgressCallback, report
from ...core.replacement import replace_directory
from .model import N_DIMENSIONS, Plan
from .settings import STAGE_AUDIO, stream
from .words import GENRES

TIMBRE_RANGES = {
    "tempo_bpm": (70.0, 170.0),
    "root_hz": (82.0, 330.0),
    "rolloff": (2.4, 0.7),
    "detune": (0.0, 0.012),
    "attack_s": (0.004, 0.12),
    "noise": (0.0, 0.35),
    "drums": (0.0, 0.9),
    "width": (0.0, 0.9),
}
_LOGARITHMIC = ("tempo_bpm", "root_hz")
_STEEPNESS = 4.0
_JITTER = 0.03  # of a parameter's range, between the clips of an artist
_PEAK = 0.8
_FADE_S = 0.01
_TABLE = 2048
_SCALE = np.array([0, 3, 5, 7, 10, 12, 15])  # minor pentatonic, in semitones


@dataclass(frozen=True)
class AudioSettings:
    """How clips are made.

    Parameters
    ----------
    clips_per_artist : int
    duration_s : float
    sample_rate_hz : int
    """

    clips_per_artist: int = 2
    duration_s: float = 2.0
    sample_rate_hz: int = 22_050

    def check(self) -> None:
        """Raise if a value is out of range.

        Raises
        ------
        ParameterError
        """
        if not 1 <= self.clips_per_artist <= 1000:
            raise ParameterError(f"clips_per_artist must be within 1 to 1000; got {self.clips_per_artist!r}")
        if not 0.1 <= self.duration_s <= 3600:
            raise ParameterError(f"duration_s must be within 0.1 to 3600; got {self.duration_s!r}")
        if not 8000 <= self.sample_rate_hz <= 192_000:
            raise ParameterError(f"sample_rate_hz must be within 8000 to 192000; got {self.sample_rate_hz!r}")


def timbre_of(position: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Compute the place of each timbre parameter in its range (the equation of the module).

    Parameters
    ----------
    position : ndarray of shape (n_artists, N_DIMENSIONS), float64
    seed : int

    Returns
    -------
    ndarray of shape (n_artists, n_parameters), float64, within 0 to 1
        In the order of :data:`TIMBRE_RANGES`.
    """
    square = stream(seed, STAGE_AUDIO).standard_normal((N_DIMENSIONS, N_DIMENSIONS))
    directions = np.linalg.qr(square)[0][:, : len(TIMBRE_RANGES)]
    return 1.0 / (1.0 + np.exp(-_STEEPNESS * (position @ directions)))


def scale_timbre(places: NDArray[np.float64]) -> dict[str, float]:
    """Turn places within 0 to 1 into values of the parameters."""
    values = {}
    for (name, (low, high)), place in zip(TIMBRE_RANGES.items(), places.tolist(), strict=True):
        values[name] = low * (high / low) ** place if name in _LOGARITHMIC else low + (high - low) * place
    return values


def synthesize(
    timbre: dict[str, float], settings: AudioSettings, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Synthesize one clip.

    Parameters
    ----------
    timbre : dict of str to float
        A value for each of :data:`TIMBRE_RANGES`.
    settings : AudioSettings
    rng : numpy.random.Generator
        Draws the melody and the noise.

    Returns
    -------
    ndarray of shape (n_frames, 2), float32
        Peak 0.8; starts and ends at zero.
    """
    rate = settings.sample_rate_hz
    n = round(settings.duration_s * rate)
    one, other = _voices(timbre, n, rate, rng)
    hiss = _hiss(timbre["rolloff"], n, rng) * timbre["noise"]
    beat = _drums(timbre, n, rate, rng) * timbre["drums"]
    middle = 0.5 * (one + other) + hiss[:, 0] + beat
    side = timbre["width"] * (0.5 * (one - other) + hiss[:, 1])
    clip = np.stack([middle + side, middle - side], axis=1)
    fade = np.minimum(1.0, np.arange(n) / (_FADE_S * rate))
    clip *= (fade * fade[::-1])[:, None]
    return (clip * (_PEAK / max(float(np.abs(clip).max()), 1e-9))).astype(np.float32)


def _voices(
    timbre: dict[str, float], n: int, rate: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Play one melody with two voices a little apart in pitch."""
    step = max(1, round(rate * 30.0 / timbre["tempo_bpm"]))  # half a beat
    n_notes = -(-n // step)
    pitch = timbre["root_hz"] * 2.0 ** (_SCALE[rng.integers(0, len(_SCALE), n_notes)] / 12.0)
    within = np.arange(n) % step / rate
    envelope = np.minimum(1.0, within / timbre["attack_s"]) * np.exp(-within * rate / step)
    frequency = np.repeat(pitch, step)[:n]
    harmonics = np.arange(1, max(2, int(0.45 * rate / pitch.max())))[:40]  # below the Nyquist frequency
    turns = np.arange(_TABLE) / _TABLE
    wave = np.sin(2 * np.pi * turns[:, None] * harmonics) @ (harmonics ** -timbre["rolloff"])
    wave /= np.sqrt(np.mean(wave**2))
    phase = np.cumsum(frequency) / rate
    voices = [
        wave[(phase * (1.0 + sign * timbre["detune"]) * _TABLE).astype(np.int64) % _TABLE] * envelope
        for sign in (-0.5, 0.5)
    ]
    return voices[0], voices[1]


def _hiss(rolloff: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Make stereo noise of unit level; the darker the sound, the lower the noise is cut."""
    from scipy.signal import lfilter

    keep = 0.2 + 0.75 * (rolloff - 0.7) / 1.7
    noise = np.asarray(lfilter([1.0], [1.0, -min(keep, 0.95)], rng.standard_normal((n, 2)), axis=0))
    return noise / np.sqrt(np.mean(noise**2))


def _drums(timbre: dict[str, float], n: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Play a kick on each beat and a hat between."""
    beat = max(2, round(rate * 60.0 / timbre["tempo_bpm"]))
    since = np.arange(n) % beat / rate
    kick = np.sin(2 * np.pi * (50.0 * since - 4.0 * np.exp(-since * 30.0))) * np.exp(-since * 12.0)
    after = (np.arange(n) + beat // 2) % beat / rate
    hat = rng.standard_normal(n) * np.exp(-after * 60.0)
    hat[1:] -= hat[:-1].copy()  # high-pass
    return 2.0 * kick + 0.5 * hat


def clip_path(artist: int, clip: int) -> str:
    """Return where a clip lies, relative to the folder of clips."""
    return f"a{artist + 1:06d}/{clip + 1}.flac"


def _write_clips(
    folder: str, settings: AudioSettings, seed: int, job: tuple[int, NDArray[np.float64]]
) -> list[dict[str, float]]:
    """Write all clips of one artist and return their parameters."""
    import soundfile

    artist, places = job
    written = []
    for clip in range(settings.clips_per_artist):
        rng = stream(seed, STAGE_AUDIO, 1 + artist * 1000 + clip)
        jittered = np.clip(places + _JITTER * rng.standard_normal(len(places)), 0.0, 1.0)
        timbre = scale_timbre(jittered)
        path = Path(folder, clip_path(artist, clip))
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, synthesize(timbre, settings, rng), settings.sample_rate_hz, subtype="PCM_16")
        written.append(timbre)
    return written


def simulate_audio(
    directory: Path,
    plan: Plan,
    settings: AudioSettings,
    *,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> pa.Table:
    """Write clips to ``directory/audio/ARTIST_ID/NUMBER.flac``.

    Parameters
    ----------
    directory : Path
    plan : Plan
    settings : AudioSettings
    n_jobs : int
    on_progress : callable, optional
        A true answer ends the writing; the clips written so far stay.

    Returns
    -------
    pyarrow.Table
        One row a clip: path (relative to ``directory``), artist_id, genre, clip, duration_s, sample_rate_hz, and
        the timbre parameters.
    """
    settings.check()
    seed = plan.settings.seed
    places = timbre_of(plan.artists.position, seed)
    rows: list[dict[str, object]] = []
    with replace_directory(directory / "audio") as folder:
        write = partial(_write_clips, str(folder), settings, seed)
        for artist, timbres in enumerate(map_ordered(write, enumerate(places), n_jobs=n_jobs)):
            for clip, timbre in enumerate(timbres):
                rows.append(_describe(plan, artist, clip, timbre, settings))
            if report(on_progress, "synthesizing clips", artist + 1, len(places), "artists"):
                break
    return pa.Table.from_pylist(rows)


def _describe(
    plan: Plan, artist: int, clip: int, timbre: dict[str, float], settings: AudioSettings
) -> dict[str, object]:
    return {
        "path": f"audio/{clip_path(artist, clip)}",
        "artist_id": f"a{artist + 1:06d}",
        "genre": GENRES[plan.artists.genre[artist]],
        "clip": clip + 1,
        "duration_s": settings.duration_s,
        "sample_rate_hz": settings.sample_rate_hz,
        **timbre,
    }
