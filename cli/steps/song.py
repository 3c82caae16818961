"""A song learnt by the stereo autoencoder, measured and drawn."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.files import write_json
from ...core.progress import ProgressCallback
from ...core.replacement import replace_directory

if TYPE_CHECKING:
    import numpy as np

    from ...embeddings.audio.stereo_autoencoder import StereoAutoencoder

_MOST_S = 600.0  # what is measured and written; learning draws from it
_BLOCK = 256  # samples of a block of PCA


def learn_song(
    song: Path,
    out: Path,
    *,
    n_channels: int = 64,
    n_iterations: int = 150,
    start: str = "orthogonal",
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Learn a song and write model, animation, restored sound and figures to ``out``; return the figures."""
    from ...embeddings.audio import probe_audio, write_audio
    from ...embeddings.audio.stereo_autoencoder import StereoAutoencoder
    from ...viz.training_animation import write_training_gif

    info = probe_audio(song)
    samples = _beginning(song, round(_MOST_S * info.sample_rate_hz))
    model = StereoAutoencoder(
        n_channels=n_channels, n_iterations=n_iterations, start=start, random_state=random_state,
        learning_rate=1e-3 if start == "glorot" else 3e-3,
    )  # fmt: skip
    model.fit(samples, on_progress=on_progress)
    restored = model.restore(samples)
    with replace_directory(out) as folder:
        model.save(folder / "model")
        write_training_gif(model.frames_, model.sample_, folder / "animation.gif")
        write_audio(folder / "restored.flac", restored, info.sample_rate_hz)
        facts = _figures(model, samples, restored, info.sample_rate_hz)
        facts |= {"mono": info.n_channels == 1, "animation": str(out / "animation.gif")}
        write_json(folder / "figures.json", facts)
    return facts


def _beginning(song: Path, most: int) -> "np.ndarray":
    import numpy as np

    from ...core.errors import SourceError
    from ...embeddings.audio import stream_audio

    pieces, count = [], 0
    for piece in stream_audio(song, n_channels=2):
        pieces.append(piece)
        count += len(piece)
        if count >= most:
            break
    if not pieces:
        raise SourceError(f"{song}: holds no samples")
    return np.concatenate(pieces)[:most]


def _figures(
    model: "StereoAutoencoder", samples: "np.ndarray", restored: "np.ndarray", rate: int
) -> dict[str, Any]:
    from ...embeddings.audio.sound_quality import block_pca, snr_by_band, snr_db

    inner = slice(64, -64)
    middle, side = (lambda x: x[:, 0] + x[:, 1]), (lambda x: x[:, 0] - x[:, 1])
    linear = block_pca(samples, min(model.n_channels * _BLOCK // 4, 2 * _BLOCK), _BLOCK)
    values = {
        "snr_db": snr_db(samples, restored),
        "snr_inner_db": snr_db(samples[inner], restored[inner]),
        "snr_mid_db": snr_db(middle(samples), middle(restored)),
        "snr_side_db": snr_db(side(samples), side(restored)),
        "pca_snr_db": snr_db(samples[: len(linear)], linear),
    }
    known = {name: None if math.isnan(value) else round(value, 2) for name, value in values.items()}
    bands = {name: round(value, 2) for name, value in snr_by_band(samples, restored, rate).items()}
    return known | {
        "snr_by_band_db": bands,
        "seconds": round(model.seconds_, 3),
        "iterations": len(model.losses_),
        "channels": model.n_channels,
    }
