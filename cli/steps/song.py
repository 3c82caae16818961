"""A song learnt by the stereo autoencoder, measured and drawn."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...core.files import write_json
from ...core.progress import ProgressCallback
from ...core.replacement import replace_directory

if TYPE_CHECKING:
    import numpy as np

    from ...embeddings.audio.song.stereo_autoencoder import StereoAutoencoder

MOST_S = 600.0  # learnt, measured and written; the rest of a longer song is left out
_HEARD_S = 10.0  # in the page, before and after, uncompressed so that only the network changes them
_BLOCK = 256  # samples of a block of PCA


def learn_song(
    song: Path,
    out: Path,
    *,
    n_channels: int = 64,
    n_iterations: int = 150,
    start: str = "orthogonal",
    n_context: int = 0,
    n_block: int = 1,
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Learn a song and write model, animation, page, restored sound and figures to ``out``; return the figures.

    A training that was stopped goes on where it was when it is started again with the same song and parameters.
    Of a song longer than ten minutes only the first ten are used; ``cut`` in the figures says so.

    Raises
    ------
    SourceError
        If the file cannot be read, is too short to be learnt from, or is silent.
    ParameterError
        If a parameter is out of range.
    """
    from ...core.checkpoints import Checkpoint
    from ...embeddings.audio import probe_audio, write_audio
    from ...embeddings.audio.song.stereo_autoencoder import StereoAutoencoder
    from ...viz.training_animation import write_training_gif

    info = probe_audio(song)
    rate = info.sample_rate_hz
    samples, cut = _beginning(song, round(MOST_S * rate))
    _check_wider(n_channels, start, n_context, n_block)
    wider = {"n_context": n_context, "n_block": n_block, "batch_size": 25} if n_context or n_block > 1 else {}
    model = StereoAutoencoder(
        n_channels=n_channels, n_iterations=n_iterations, start=start, random_state=random_state,
        learning_rate=1e-3 if start == "glorot" else 3e-3, **wider,
    )  # fmt: skip
    model.check()
    _check_song(song, samples, rate, model)
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = Checkpoint(out.parent / f".{out.name}.training.safetensors")
    model.fit(samples, checkpoint=checkpoint, on_progress=on_progress)
    restored = model.restore(samples)
    with replace_directory(out) as folder:
        model.save(folder / "model")
        write_training_gif(model.frames_, model.sample_, folder / "animation.gif")
        write_audio(folder / "restored.flac", restored, rate, bits=info.bits)
        facts = _figures(model, samples, restored, rate)
        facts |= {"mono": info.n_channels == 1, "song_channels": info.n_channels}
        facts |= {"cut": cut, "learnt_from_s": round(len(samples) / rate, 3)}
        facts |= {"animation": str(out / "animation.gif"), "page": str(out / "training.html")}
        _write_page(folder / "training.html", song.stem, model, (samples, restored), rate)
        write_json(folder / "figures.json", facts)
    checkpoint.delete()
    return facts


def _check_wider(n_channels: int, start: str, n_context: int, n_block: int) -> None:
    """Refuse what is for bottlenecks alone, and both at once, in the words of the options."""
    from ...embeddings.audio.song.stereo_network import EXACT_CHANNELS

    if n_block & n_block - 1:
        raise ParameterError(f"--block must be a power of two, such as 16, 64 or 256; got {n_block}")
    asked = [name for name, given in (("--context", n_context), ("--block", n_block > 1)) if given]
    if len(asked) > 1:
        raise ParameterError("--context and --block are two ways to see more of the song; give one of them")
    if asked and (n_channels >= EXACT_CHANNELS or start == "glorot"):
        raise ParameterError(
            f"{asked[0]} needs a bottleneck: --channels below {EXACT_CHANNELS}, and --start orthogonal; got"
            f" {n_channels} channels, start {start}"
        )


def _check_song(song: Path, samples: "np.ndarray", rate: int, model: "StereoAutoencoder") -> None:
    """Refuse what holds nothing to learn, before a network is built."""
    from ...core.errors import SourceError

    if len(samples) < model.shortest:
        smaller = " with this --block; a smaller one needs less" if model.n_block > 1 else ""
        raise SourceError(
            f"{song}: too short to learn from, {len(samples) / rate:.3f} s; "
            f"at least {model.shortest:,} samples are needed ({model.shortest / rate:.3f} s at its rate){smaller}"
        )
    if not samples.any():
        raise SourceError(f"{song}: is silent throughout, so there is nothing to learn; give another song")


def _write_page(
    path: Path, name: str, model: "StereoAutoencoder", sounds: "tuple[np.ndarray, np.ndarray]", rate: int
) -> None:
    from ...viz import write_html
    from ...viz.training_page import training_page

    start = max(0, (len(sounds[0]) - round(_HEARD_S * rate)) // 2)
    heard = [wav_bytes(sound[start : start + round(_HEARD_S * rate)], rate) for sound in sounds]
    said = (
        f"one stretch of {1000 * len(model.sample_) / rate:.0f} ms through {len(model.losses_):,} iterations"
    )
    page = training_page(
        model.frames_, model.sample_, rate, title=f"{name}, learnt", subtitle=said,
        sounds=dict(zip(("before: the original", "after: coded and decoded"), heard, strict=True)),
    )  # fmt: skip
    write_html(page, path)


def wav_bytes(samples: "np.ndarray", rate: int) -> bytes:
    """Return a 16-bit WAV file of samples, (n,) or (n, n_channels)."""
    import io

    import numpy as np
    import soundfile

    written = io.BytesIO()
    soundfile.write(written, np.clip(samples, -1.0, 1.0), rate, format="WAV", subtype="PCM_16")
    return written.getvalue()


def _beginning(song: Path, most: int) -> "tuple[np.ndarray, bool]":
    """Return the first samples, and whether there are more."""
    import numpy as np

    from ...core.errors import SourceError
    from ...embeddings.audio import stream_audio

    pieces, count = [], 0
    for piece in stream_audio(song, n_channels=2):
        pieces.append(piece)
        count += len(piece)
        if count > most:
            break
    if not pieces:
        raise SourceError(f"{song}: holds no samples")
    return np.concatenate(pieces)[:most], count > most


def _figures(
    model: "StereoAutoencoder", samples: "np.ndarray", restored: "np.ndarray", rate: int
) -> dict[str, Any]:
    from ...embeddings.audio.song.sound_quality import block_pca, snr_by_band, snr_db

    inner = slice(64, -64)
    middle, side = (lambda x: x[:, 0] + x[:, 1]), (lambda x: x[:, 0] - x[:, 1])
    block = _BLOCK if model.n_block == 1 else 4 * model.n_block
    linear = {
        size: block_pca(samples, min(model.n_channels * size // 4, 2 * size), size) for size in (4, block)
    }
    values = {
        "snr_db": snr_db(samples, restored),
        "snr_inner_db": snr_db(samples[inner], restored[inner]),
        "snr_mid_db": snr_db(middle(samples), middle(restored)),
        "snr_side_db": snr_db(side(samples), side(restored)),
        "pca_snr_db": snr_db(samples[: len(linear[block])], linear[block]),
        "pca_4_snr_db": snr_db(samples[: len(linear[4])], linear[4]),
    }
    known = {name: None if math.isnan(value) else round(value, 2) for name, value in values.items()}
    bands = {name: round(value, 2) for name, value in snr_by_band(samples, restored, rate).items()}
    return known | {
        "snr_by_band_db": bands,
        "seconds": round(model.seconds_, 3),
        "iterations": len(model.losses_),
        "channels": model.n_channels,
        "pca_samples": block,
    }
