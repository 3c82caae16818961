"""The content network learnt from labelled sounds, what its vectors are worth, and vectors of more sounds."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ChecksumError, ParameterError
from ...core.executors import Executor
from ...core.files import write_json, write_table
from ...core.progress import ProgressCallback
from ...core.sealed_json import read_sealed_json, write_sealed_json
from .content_labels import (
    TEXT_COLUMN,
    Column,
    ContentOptions,
    LabelledSounds,
    LabelTable,
    check_columns,
    given_columns,
    match_columns,
    read_labelled_sounds,
    unseen_sounds,
    with_text,
)
from .content_probes import content_quality
from .learnt_notes import is_saved, note_learnt
from .own_folder import CACHE, alone_in, check_own_folder
from .spectral import check_read, sound_files
from .track_store import TRACK_STORE, write_track_store

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ...embeddings.audio.content.network import ContentNetwork
    from ...embeddings.audio.files.file_rows import AudioFile, FileRows

logger = logging.getLogger(__name__)

CONTENT_MODEL, CONTENT_VECTORS, CONTENT_FIGURES = "model", "content.parquet", "figures.json"
CONTENT_TRACKS = "tracks.parquet"
CONTENT_LEARNT = "learnt.json"
_AGAIN = "run the command that wrote it again"
_PATIENCE_SHARE = 0.1
_QUARANTINE, _SAID = "quarantine.parquet", "said.parquet"


def learn_content(
    model: "ContentNetwork",
    folder: Path,
    labels: LabelTable,
    out: Path,
    *,
    options: ContentOptions | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Learn the labels of a folder of sounds; write model, vectors, store and figures to ``out``.

    What was read, and a training that was stopped, is gone on from; the same folder and options learn nothing again.

    Parameters
    ----------
    model : ContentNetwork
    folder : path
    labels : LabelTable
    out : path
    options : ContentOptions, optional
    n_jobs : int
    on_progress : callable, optional
    executor : Executor, optional
        Whose workers compute the vectors once the model is learnt.

    Raises
    ------
    SourceError, SchemaError, ParameterError
        If there are no sounds or labels, a column is missing, or nothing can be learnt of it.
    """
    check_own_folder(out, (out / CONTENT_LEARNT).exists(), begun=(CONTENT_MODEL,))
    with alone_in(out):
        model.check()
        options = with_text(labels, options or ContentOptions())
        group = [options.held_out[0]] if options.held_out else [options.disjoint] if options.disjoint else []
        check_columns(
            [*options.columns, *given_columns(options), *group], list(labels.columns), labels.source
        )
        data = read_labelled_sounds(model, folder, labels, out, n_jobs, on_progress)
        unseen = unseen_sounds(data.ids, data.columns, options, int(model.random_state))  # type: ignore[arg-type]
        others = [name for name in data.columns if name not in {*given_columns(options), TEXT_COLUMN}]
        targets: dict[str, Column] = {name: data.columns[name] for name in list(options.columns) or others}
        learnt = _learn(model, data, targets, options, unseen, out, on_progress)
        rows = _rows(learnt, data.files, data.columns, options, out / CACHE, on_progress, executor)
        check_read(folder, data.files, rows)
        vectors = _ids_and_vectors(rows)[1]
        facts = {
            "sounds": len(data.ids),
            "learnt_from": int((~unseen).sum()),
            "unseen": int(unseen.sum()),
            "unseen_by": _unseen_by(options),
            "quarantined": data.quarantine.num_rows,
            "silent": sum(not sound.levels.any() for sound in data.sounds),
            "unmatched_labels": len(data.unmatched),
            "without_label": {
                name: sum(value is None for value in column) for name, column in targets.items()
            },
            "kinds": {target.name: target.kind for target in learnt.targets_},
            "dims": learnt.dim,
            "iterations": len(learnt.losses_),
            "seconds": round(learnt.seconds_, 1),
            "model": str(out / CONTENT_MODEL),
            "quality": content_quality(data, targets, learnt, vectors, unseen, options),
        }
        _write(out, data, vectors, learnt, unseen, facts)
        return facts | {"unmatched": data.unmatched[:3], "problems": data.quarantine.slice(0, 5).to_pylist()}


def apply_content(
    folder: Path,
    home: Path,
    out: Path,
    *,
    labels: LabelTable | None = None,
    options: ContentOptions | None = None,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> dict[str, Any]:
    """Write the vectors of more sounds by a model that was learnt, and what it says of them.

    Raises
    ------
    SourceError, ParameterError
        If there is no sound, or no model.
    """
    options = options or ContentOptions()
    begun = (CONTENT_VECTORS, _SAID, _QUARANTINE, TRACK_STORE)
    check_own_folder(out, (out / CONTENT_LEARNT).exists(), begun=begun)
    with alone_in(out):
        if labels is not None:
            options = with_text(labels, options)
        if out.resolve() == home.resolve():
            raise ParameterError(
                f"--out must be another folder than --model, {home}, whose vectors would be lost"
            )
        model = load_content(home)
        found, files = sound_files(folder)
        columns, unmatched = match_columns(
            {} if labels is None else labels.columns, [file.track_id for file in found]
        )
        rows = _rows(model, files, columns, options, out / CACHE, on_progress, executor)
        check_read(folder, files, rows)
        out.mkdir(parents=True, exist_ok=True)
        ids, vectors = _ids_and_vectors(rows)
        write_table(out / CONTENT_VECTORS, vector_table(ids, vectors, model))
        write_table(out / _SAID, _said_table(model, rows))
        write_table(out / _QUARANTINE, rows.quarantine)
        write_track_store(out / "store", ids, vectors)
        write_sealed_json(out / CONTENT_LEARNT, {"model": str(home.resolve())})
        facts = {"sounds": len(ids), "quarantined": rows.quarantine.num_rows, "dims": model.dim,
                 "unmatched_labels": len(unmatched), "model": str(home)}  # fmt: skip
        write_json(out / CONTENT_FIGURES, facts)
        return facts | {"unmatched": unmatched[:3], "problems": rows.quarantine.slice(0, 5).to_pylist()}


def load_content(home: Path) -> "ContentNetwork":
    """Load the model of a folder that ``audio content`` wrote, or of the folder of the model itself."""
    from ...embeddings.audio.content.network import ContentNetwork

    inner = home / CONTENT_MODEL
    return ContentNetwork.load(inner if inner.is_dir() else home)


def model_of(home: Path) -> Path:
    """Return the folder of the model that made the vectors in a folder without a model of its own.

    Raises
    ------
    SourceError, ChecksumError
        If that is not noted there, or damaged.
    """
    found = read_sealed_json(home / CONTENT_LEARNT, remedy=_AGAIN).get("model")
    if not isinstance(found, str):
        raise ChecksumError(f"{home / CONTENT_LEARNT}: names no model; {_AGAIN}")
    return Path(found)


def vector_table(ids: Sequence[str], vectors: "np.ndarray", model: "ContentNetwork") -> "pa.Table":
    """Return id, vector, model, version, sample_rate_hz, as ``audio join --vectors`` reads them."""
    import pyarrow as pa

    n = len(ids)
    return pa.table(
        {
            "id": pa.array(list(ids), pa.string()),
            "vector": pa.array(list(vectors), pa.list_(pa.float32())),
            "model": pa.array(["bandscape content network"] * n, pa.string()),
            "version": pa.array([model.fingerprint()[:12]] * n, pa.string()),
            "sample_rate_hz": pa.array([model.sample_rate_hz] * n, pa.int64()),
        }
    )


def content_vectors(
    model: "ContentNetwork", folder: Path, *, cache: Path, on_progress: ProgressCallback | None = None
) -> "tuple[list[str], np.ndarray, pa.Table]":
    """Return ids, vectors and the quarantine of the sounds below a folder; what was computed is kept in ``cache``.

    Raises
    ------
    SourceError
        If there is no sound, or none can be read.
    """
    _, files = sound_files(folder)
    rows = _rows(model, files, {}, ContentOptions(), cache, on_progress)
    check_read(folder, files, rows)
    return *_ids_and_vectors(rows), rows.quarantine


def _unseen_by(options: ContentOptions) -> str:
    if options.held_out is not None:
        return f"{options.held_out[0]} {', '.join(options.held_out[1])}"
    return f"a fifth of {options.disjoint}" if options.disjoint else "a fifth, drawn one by one"


def _learn(
    model: "ContentNetwork", data: LabelledSounds, targets: Mapping[str, Column], options: ContentOptions,
    unseen: "np.ndarray", out: Path, on_progress: ProgressCallback | None,
) -> "ContentNetwork":  # fmt: skip
    """Train and save, unless the model that is there was trained of the same by the same."""
    import numpy as np

    from ...core.checkpoints import Checkpoint, fingerprint

    rows = np.flatnonzero(~unseen)
    labels = {name: [column[row] for row in rows] for name, column in targets.items()}
    texts = None if options.text is None else [data.columns[options.text][row] for row in rows]
    inputs = {name: [data.columns[name][row] for row in rows] for name in options.inputs}
    sounds = [data.sounds[row].levels for row in rows]
    options_of_model = {
        key: asdict(v) if key == "variety" and v else v for key, v in model.get_params().items()
    }
    digest = fingerprint(*sounds, labels, texts, inputs, dict(options.kinds), options_of_model)
    try:
        noted = read_sealed_json(out / CONTENT_LEARNT, remedy=_AGAIN)
        if noted["learnt_from"] == digest and is_saved(noted, out / CONTENT_MODEL):
            learnt = type(model).load(out / CONTENT_MODEL)
            note_learnt(out / CONTENT_LEARNT, {"learnt_from": digest}, out / CONTENT_MODEL)
            learnt.seconds_ = 0.0
            return learnt
    except ChecksumError as error:
        logger.warning("%s; it is learnt again", str(error).partition(";")[0])
    except (BandscapeError, OSError, KeyError, TypeError):
        pass
    held = None
    if model.patience is not None:
        rng = np.random.default_rng([int(model.random_state), 12])  # type: ignore[arg-type]
        held = rng.permutation(len(rows))[: round(_PATIENCE_SHARE * len(rows))].tolist()
    checkpoint = Checkpoint(out / CACHE / "training.safetensors")
    model.fit(
        sounds, labels, kinds=options.kinds, texts=texts, inputs=inputs or None, held_out=held,
        checkpoint=checkpoint, on_progress=on_progress,
    )  # fmt: skip
    model.save(out / CONTENT_MODEL)
    checkpoint.delete()
    note_learnt(out / CONTENT_LEARNT, {"learnt_from": digest}, out / CONTENT_MODEL)
    return model


def _rows(
    model: "ContentNetwork", files: "Sequence[AudioFile]", columns: Mapping[str, Column], options: ContentOptions,
    cache: Path, on_progress: ProgressCallback | None, executor: Executor | None = None,
) -> "FileRows":  # fmt: skip
    """Compute vectors of files, and what the heads say; kept in the cache."""
    from ...embeddings.audio.content.vectors import content_rows

    return content_rows(
        model, files, texts=columns.get(options.text) if options.text else None, inputs=columns, cache=cache,
        on_progress=on_progress, executor=executor,
    )  # fmt: skip


def _ids_and_vectors(rows: "FileRows") -> "tuple[list[str], np.ndarray]":
    import numpy as np

    return rows.rows["track_id"].to_pylist(), np.array(rows.rows["vector"].to_pylist(), np.float32)


def _said_table(model: "ContentNetwork", rows: "FileRows") -> "pa.Table":
    """Return for each sound the likeliest class, the likely tags, the number, of each label."""
    import pyarrow as pa

    said = rows.rows["said"].to_pylist()
    columns: dict[str, Any] = {"id": rows.rows["track_id"]}
    for at, target in enumerate(model.targets_):
        each = [one[at] for one in said]
        if target.kind == "class":
            best = [max(range(len(one)), key=one.__getitem__) for one in each]
            columns[target.name] = pa.array([target.names[place] for place in best])
            columns[f"{target.name} probability"] = pa.array([max(one) for one in each], pa.float32())
        elif target.kind == "tags":
            columns[target.name] = pa.array(
                ["|".join(n for n, p in zip(target.names, one, strict=True) if p >= 0.5) for one in each]
            )
        elif target.kind == "number":
            columns[target.name] = pa.array([one[0] for one in each], pa.float32())
        else:
            columns[target.name] = pa.array(each, pa.list_(pa.float32()))
    return pa.table(columns)


def _write(
    out: Path, data: LabelledSounds, vectors: "np.ndarray", model: "ContentNetwork", unseen: "np.ndarray",
    facts: Mapping[str, Any],
) -> None:  # fmt: skip
    import pyarrow as pa

    from ...embeddings.audio.features.odd_signals import SILENT

    plain = {name: column for name, column in data.columns.items() if not any(map(_is_list, column))}
    labels = {name: pa.array(column, pa.string()) for name, column in plain.items()}
    odd = [None if sound.levels.any() else SILENT for sound in data.sounds]
    tracks = {"track_id": pa.array(data.ids, pa.string()), **labels, "unseen": pa.array(unseen)}
    tracks.setdefault("warning", pa.array(odd, pa.string()))
    write_table(out / CONTENT_TRACKS, pa.table(tracks))
    write_table(out / CONTENT_VECTORS, vector_table(data.ids, vectors, model))
    write_table(out / _QUARANTINE, data.quarantine)
    write_track_store(out / "store", data.ids, vectors)
    write_json(out / CONTENT_FIGURES, dict(facts))


def _is_list(value: Any) -> bool:
    return value is not None and not isinstance(value, str)
