"""What went where in a separated mixture, as a picture and a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .song import wav_bytes

if TYPE_CHECKING:
    import numpy as np

SHOWN_S = 20.0  # of a mixture that the picture and the page show
_LOWEST = 1e-3  # -60 dB


def show_parts(folder: Path, title: str, paths: Sequence[Path], n_fft: int) -> None:
    """Write spectrogram.png and separated.html for the first twenty seconds of sources that were written before."""
    import numpy as np
    import soundfile

    from ...embeddings.audio.features.short_time import stft
    from ...viz import write_html
    from ...viz.separation_page import separation_page
    from ...viz.separation_picture import write_separation_png

    info = soundfile.info(paths[0])
    rate = info.samplerate
    sounds = np.stack([_beginning(path, round(SHOWN_S * rate)) for path in paths])
    spectra = np.abs(stft(sounds.mean(axis=2), n_fft))
    total = spectra.sum(axis=0)
    levels = 20.0 * np.log10(np.maximum(total / max(float(total.max()), 1e-9), _LOWEST))
    owners = spectra.argmax(axis=0)
    duration_s, highest_hz = sounds.shape[1] / rate, rate / 2
    names = [path.stem.replace("_", " ") for path in paths]
    write_separation_png(
        levels, owners, folder / "spectrogram.png", duration_s=duration_s, highest_hz=highest_hz, names=names
    )
    whole = info.frames / rate
    cut = f"the first {duration_s:.0f} s of {whole:,.0f}" if whole > SHOWN_S else f"{whole:.1f} s"
    page = separation_page(
        levels, owners, duration_s=duration_s, highest_hz=highest_hz,
        mixture=wav_bytes(sounds.sum(axis=0), rate),
        sounds={name: wav_bytes(sound, rate) for name, sound in zip(names, sounds, strict=True)},
        title=f"{title}, separated", subtitle=f"{len(names)} sources, {cut}, {rate:,} Hz",
    )  # fmt: skip
    write_html(page, folder / "separated.html")


def _beginning(path: Path, n_samples: int) -> "np.ndarray":
    """Return (n, at most 2 channels)."""
    import soundfile

    samples, _rate = soundfile.read(path, frames=n_samples, dtype="float32", always_2d=True)
    return samples[:, :2]
