"""Sources told apart: a model learnt from folders of sounds, and mixtures separated by it."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ParameterError, SourceError
from ...core.files import write_json
from ...core.progress import ProgressCallback, report
from ...core.replacement import replace_directory
from .separation_pictures import show_parts

if TYPE_CHECKING:
    import numpy as np

    from ...embeddings.audio.separation.deep_clustering import DeepClustering
    from ...embeddings.audio.separation.source_mixing import SourcePool

MOST_HOURS = 6.0  # of sources kept in memory, shared out evenly among the folders
SEPARATION_FIGURES = "separation.json"
_MIXTURES, _MIXTURE_S = 20, 4.0  # that a model is measured on


@dataclass(frozen=True)
class FoundSources:
    """The sounds of a folder of folders, and what could not be used."""

    pool: "SourcePool"
    problems: list[tuple[str, str]] = field(default_factory=list)
    n_files: int = 0
    n_left_out: int = 0


def read_sources(
    folder: Path, sample_rate_hz: int, *, on_progress: ProgressCallback | None = None
) -> FoundSources:
    """Read the sources below a folder: one folder a speaker, instrument or class. Bad files are set aside.

    Raises
    ------
    SourceError
        If fewer than two folders hold sound that can be read.
    """
    from ...datasets.audio_files import find_audio_files, folder_key
    from ...embeddings.audio import SUFFIXES
    from ...embeddings.audio.files.containers import CONTAINER_SUFFIXES
    from ...embeddings.audio.separation.source_mixing import SourcePool

    files = find_audio_files(folder, (*SUFFIXES, *CONTAINER_SUFFIXES))
    names = sorted({folder_key(file.track_id) for file in files} - {""})
    if len(names) < 2:
        raise SourceError(
            f"{folder}: needs a folder of sounds for each source (speaker, instrument, class), at least two; "
            f"{len(names)} found"
        )
    room = dict.fromkeys(names, MOST_HOURS * 3600 * sample_rate_hz / len(names))
    sounds: dict[str, list[np.ndarray]] = {name: [] for name in names}
    problems, left_out = [], 0
    for done, file in enumerate(files, start=1):
        name = folder_key(file.track_id)
        problem = file.problem or ("" if name else "lies in no folder, so its source has no name")
        if not problem and room[name] <= 0:
            left_out += 1
            continue
        try:
            if not problem:
                sounds[name].append(_mono(Path(file.path), sample_rate_hz, room[name]))
                room[name] -= len(sounds[name][-1])
        except (BandscapeError, OSError, ValueError, RuntimeError) as error:
            problem = str(error).removeprefix(f"{file.path}: ")
        if problem:
            problems.append((file.track_id, problem))
        if report(on_progress, "reading sources", done, len(files), "files"):
            raise KeyboardInterrupt
    try:
        pool = SourcePool.of(sounds, sample_rate_hz)
    except ParameterError as error:
        why = f"; {problems[0][0]}: {problems[0][1]}" if problems else ""
        raise SourceError(
            f"{folder}: fewer than two of its folders hold sound that is not silent{why}"
        ) from error
    return FoundSources(pool, problems, len(files), left_out)


def _mono(path: Path, sample_rate_hz: int, most: float | None = None) -> "np.ndarray":
    import numpy as np

    from ...embeddings.audio import stream_audio

    pieces, count = [], 0
    for piece in stream_audio(path, sample_rate_hz=sample_rate_hz, n_channels=1):
        pieces.append(piece[:, 0])
        count += len(piece)
        if most is not None and count >= most:
            break
    if not pieces:
        raise SourceError(f"{path}: holds no samples")
    return np.concatenate(pieces)[: None if most is None else int(most) + 1]


def train_separator(
    model: "DeepClustering",
    folder: Path,
    out: Path,
    *,
    test: Path | None = None,
    start: "DeepClustering | None" = None,
    n_variants: int = 0,
    n_voices: int = 0,
    on_progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Fit a model to a folder of sources, save it to ``out``, and measure it on new mixtures.

    Each source may be heard as ``n_variants`` others too, and ``n_voices`` simulated ones join them.

    A training that was stopped goes on where it was when it is started again with the same sounds and parameters.

    Raises
    ------
    SourceError
        If there are not two folders of sound; nothing is written then.
    """
    from ...core.checkpoints import Checkpoint
    from ...embeddings.audio.separation.trial import try_separation

    model.check()
    rate = model.sample_rate_hz
    found = read_sources(folder, rate, on_progress=on_progress)
    known = read_sources(test, rate, on_progress=on_progress) if test else found
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = Checkpoint(out.parent / f".{out.name}.training.safetensors")
    pool = _with_others(found.pool, n_variants, n_voices, int(model.random_state))  # type: ignore[arg-type]
    model.fit(pool, start=start, checkpoint=checkpoint, on_progress=on_progress)
    model.save(out)
    checkpoint.delete()
    trial = try_separation(
        model, known.pool, n_mixtures=_MIXTURES, duration_s=_MIXTURE_S, on_progress=on_progress
    )
    return {
        "model": str(out),
        "classes": found.pool.names,
        "learnt_from": len(pool.names),
        "files": found.n_files,
        "quarantined": [{"path": path, "reason": reason} for path, reason in found.problems],
        "left_out": found.n_left_out,
        "duration_s": round(found.pool.duration_s, 1),
        "iterations": len(model.losses_),
        "loss": round(float(model.losses_[-20:].mean()), 4),
        "seconds": round(model.seconds_, 1),
        "cpu_seconds": round(model.cpu_seconds_, 1),
        "measured_on": str(test) if test else "new mixtures of the sounds it learnt from",
        "quality": trial.facts(),
    }


def _with_others(pool: "SourcePool", n_variants: int, n_voices: int, random_state: int) -> "SourcePool":
    """Add variants of the sources of a pool, and simulated voices."""
    from ...datasets.simulation.voices import make_voices
    from ...embeddings.audio.separation.source_mixing import SourcePool
    from ...embeddings.audio.separation.voice_variants import add_variants

    more = add_variants(pool, n_variants, random_state=random_state)
    if not n_voices:
        return more
    voices = make_voices(n_voices, sample_rate_hz=pool.sample_rate_hz, random_state=random_state)
    simulated = SourcePool.of({name: [sound] for name, sound in voices.items()}, pool.sample_rate_hz)
    named = {f"simulated {name}": sounds for name, sounds in simulated.sounds.items()}
    return SourcePool(more.sounds | named, pool.sample_rate_hz)


def separate_file(
    mix: Path,
    out: Path,
    model: "DeepClustering",
    *,
    n_sources: int | None = None,
    masks: str = "soft",
    truths: Sequence[Path] = (),
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Separate a file and write a WAV for each source, a picture, a page and the figures to ``out``.

    Raises
    ------
    SourceError
        If the mixture cannot be read, is shorter than a frame, or silent.
    ParameterError
        If the number of sources, or of true ones, is out of range.
    """
    from ...embeddings.audio import probe_audio, stream_audio
    from ...embeddings.audio.separation.windows import Clarity, count_sources, separate_pieces

    rate, info = model.sample_rate_hz, probe_audio(mix)
    _check_truths(truths, n_sources)
    if n_sources is None and truths:
        n_sources = len(truths)
    _check_count(n_sources, model.dim)
    _check_mix(mix, model)
    estimated = n_sources is None
    if n_sources is None:
        n_sources = count_sources(model, stream_audio(mix, sample_rate_hz=rate), random_state=random_state)
    pieces = stream_audio(mix, sample_rate_hz=rate)
    clarity = Clarity()
    parts = separate_pieces(model, pieces, n_sources, masks=masks, random_state=random_state, clarity=clarity)
    names = [f"source_{at + 1}.wav" for at in range(n_sources)]
    with replace_directory(out) as folder:
        n_samples = _write_parts(
            parts, [folder / name for name in names], (rate, info.n_channels), info, on_progress
        )
        facts: dict[str, Any] = {
            "sources": [str(out / name) for name in names],
            "n_sources": n_sources,
            "estimated": estimated,
            "clarity": None if clarity.value is None else round(clarity.value, 3),
            "sample_rate_hz": rate,
            "mix_sample_rate_hz": info.sample_rate_hz,
            "channels": info.n_channels,
            "duration_s": round(n_samples / rate, 3),
            "picture": str(out / "spectrogram.png"),
            "page": str(out / "separated.html"),
        }
        show_parts(folder, mix.stem, [folder / name for name in names], model.n_fft)
        if truths:
            facts["quality"] = _compare(mix, truths, [folder / name for name in names], model)
        write_json(folder / SEPARATION_FIGURES, facts)
    return facts


def _check_truths(truths: Sequence[Path], n_sources: int | None) -> None:
    """Refuse true sources that nothing can be measured against, before anything is separated."""
    from ...embeddings.audio import probe_audio

    most = n_sources or max(len(truths), 2)
    if truths and not 2 <= len(truths) <= most:
        raise ParameterError(f"--truth must be given for 2 to {max(most, 2)} sources; got {len(truths)}")
    for path in truths:
        probe_audio(path)


def _check_count(n_sources: int | None, dim: int) -> None:
    """Refuse more sources than a model can tell apart, by the name of the option."""
    from ...embeddings.audio.separation.windows import MOST_SOURCES

    most = min(MOST_SOURCES, dim)
    if n_sources is not None and not 1 <= n_sources <= most:
        raise ParameterError(f"--sources must be within 1 to {most} for this model; got {n_sources}")


def _check_mix(mix: Path, model: "DeepClustering") -> None:
    """Refuse what holds nothing to separate."""
    import numpy as np

    from ...embeddings.audio import stream_audio

    count, loud = 0, False
    for piece in stream_audio(mix, sample_rate_hz=model.sample_rate_hz, n_channels=1):
        count, loud = count + len(piece), loud or float(np.abs(piece).max()) > 1e-4
        if loud and count >= model.n_fft:
            return
    if count < model.n_fft:
        raise SourceError(
            f"{mix}: {count:,} samples at {model.sample_rate_hz:,} Hz are shorter than one frame of the model; "
            f"at least {model.n_fft} are needed ({1000 * model.n_fft / model.sample_rate_hz:.0f} ms)"
        )
    raise SourceError(f"{mix}: is silent throughout, so there is nothing to separate; give another file")


def _write_parts(
    parts: Any, paths: Sequence[Path], form: tuple[int, int], info: Any, on_progress: ProgressCallback | None
) -> int:
    """Write sources as they come; return their length in samples."""
    from ...embeddings.audio.files.sound_writer import SoundWriter

    done, total = 0, info.n_frames / info.sample_rate_hz
    with ExitStack() as open_files:
        writers = [open_files.enter_context(SoundWriter(path, *form)) for path in paths]
        for block in parts:
            for writer, part in zip(writers, block, strict=True):
                writer.write(part)
            done += block.shape[1]
            if report(on_progress, "separating", round(done / form[0]), round(total), "seconds"):
                raise KeyboardInterrupt
    return done


def _compare(
    mix: Path, truths: Sequence[Path], paths: Sequence[Path], model: "DeepClustering"
) -> dict[str, float]:
    """Measure what was written against the true sources, at the model's rate, channels averaged.

    Raises
    ------
    SourceError
        If the true sources are not as long as the mixture.
    """
    import numpy as np

    from ...embeddings.audio.separation.quality import score_separation
    from ...embeddings.audio.separation.trial import SeparationTrial

    known = [_mono(path, model.sample_rate_hz) for path in truths]
    found = [_mono(path, model.sample_rate_hz) for path in paths]
    lengths = {len(sound) for sound in known}
    shortest = min(len(found[0]), *lengths)
    if max(len(found[0]), *lengths) - shortest > 0.05 * shortest:
        raise SourceError(
            f"{truths[0]}: the true sources must be as long as {mix}; got {sorted(lengths)} samples"
        )
    sources, parts = (np.stack([sound[:shortest] for sound in group]) for group in (known, found))
    gains = np.linalg.lstsq(sources.T, parts.sum(axis=0), rcond=None)[0]  # the mixture may hold them louder
    score = score_separation(sources * gains[:, None], parts, n_fft=model.n_fft)
    return SeparationTrial((score,)).facts()
