"""Vectors of files by a content network that was learnt, and what it says of them: here, or on other machines.

Workers get the model as the files of its folder, once, and load it when they are first asked for a vector of it.

Public names: :func:`content_rows`.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ....core.checkpoints import fingerprint
from ....core.executors import Executor
from ....core.progress import ProgressCallback
from ..files.file_rows import AudioFile, FileRows, rows_of_files

if TYPE_CHECKING:
    from .network import ContentNetwork

_COLUMNS = [("vector", pa.list_(pa.float32())), ("said", pa.list_(pa.list_(pa.float32())))]
_loaded: dict[str, "ContentNetwork"] = {}  # the last model of a worker, by its fingerprint
_Known = dict[str, tuple[str | None, dict[str, str | None]]]  # text and further inputs of each path


def content_rows(
    model: "ContentNetwork",
    files: Sequence[AudioFile],
    *,
    texts: Sequence[str | None] | None = None,
    inputs: Mapping[str, Sequence[str | None]] | None = None,
    cache: str | Path | None = None,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> FileRows:
    """Compute the vector of each file, and what each head says of it.

    Parameters
    ----------
    model : ContentNetwork
        Fitted.
    files : sequence of AudioFile
        With different ids.
    texts : sequence of str or None, optional
    inputs : mapping of str to sequence of str or None, optional
        What is known of each file besides its sound; absent without it.
    cache : path, optional
        A folder where results are kept, under what they depend on.
    on_progress : callable, optional
    executor : Executor, optional
        Whose workers compute, and read the files at the same paths; this process when absent. The result is the same.

    Returns
    -------
    FileRows
        With the columns ``vector`` (list<float>) and ``said`` (a list<float> for each target, decoded).
    """
    texts = texts if texts is not None else [None] * len(files)
    inputs = {one.name: (inputs or {}).get(one.name) or [None] * len(files) for one in model.inputs_}
    known: _Known = {
        file.path: (texts[row], {name: column[row] for name, column in inputs.items()})
        for row, file in enumerate(files)
    }
    name = model.fingerprint()
    packed = _packed(model) if executor is not None and executor.n_partitions else {}
    if not packed:
        _loaded[name] = model
    try:
        return rows_of_files(
            files, _describe, _COLUMNS, settings=fingerprint("content", name, list(texts), inputs), cache=cache,
            stage="computing vectors", on_progress=on_progress, executor=executor, shared=(name, packed, known),
        )  # fmt: skip
    finally:
        _loaded.pop(name, None)


def _describe(path: str, name: str, packed: Mapping[str, bytes], known: _Known) -> dict[str, Any]:
    model, (text, inputs) = _model(name, packed), known[path]
    vector, *said = model.say(
        [model.hear(path)], texts=[text], inputs={one: [value] for one, value in inputs.items()}
    )
    shown = [target.decode(one)[0].tolist() for target, one in zip(model.targets_, said, strict=True)]
    return {"vector": vector[0].tolist(), "said": shown}


def _packed(model: "ContentNetwork") -> dict[str, bytes]:
    """Return the files of a model."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "model")
        model.save(home)
        return {
            path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()
        }


def _model(name: str, packed: Mapping[str, bytes]) -> "ContentNetwork":
    """Return the model of these files, kept until another is asked for."""
    if name not in _loaded:
        from .network import ContentNetwork

        _loaded.clear()
        with tempfile.TemporaryDirectory() as folder:
            for inner, data in packed.items():
                path = Path(folder, "model", inner)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            _loaded[name] = ContentNetwork.load(Path(folder, "model"))
    return _loaded[name]
