"""Artifacts: folders of files with a ``manifest.json``, written last, that holds their sha256.

Public names: :class:`Artifact`, :func:`save_artifact`, :func:`load_artifact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ChecksumError, FormatVersionError, ParameterError, SourceError
from .files import read_arrays, read_json, read_table, sha256_of, write_arrays, write_json, write_table
from .replacement import replace_directory, set_aside_name

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

ARTIFACT_FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Artifact:
    """What an artifact folder holds.

    Parameters
    ----------
    config : dict
        JSON-able parameters.
    arrays : dict of str to ndarray
    tables : dict of str to pyarrow.Table
    """

    config: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    tables: dict[str, pa.Table] = field(default_factory=dict)


def save_artifact(
    directory: str | Path,
    kind: str,
    *,
    config: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None = None,
    tables: Mapping[str, pa.Table] | None = None,
) -> None:
    """Write an artifact folder: ``config.json``, ``arrays.safetensors``, ``NAME.parquet``, ``manifest.json``.

    Parameters
    ----------
    directory : path
        Replaced as a whole.
    kind : str
        What it is ("keyword-lda"); checked when it is loaded.
    config : mapping
        JSON-able parameters.
    arrays : mapping of str to ndarray, optional
    tables : mapping of str to pyarrow.Table, optional
    """
    with replace_directory(directory) as folder:
        write_json(folder / "config.json", dict(config))
        if arrays:
            write_arrays(folder / "arrays.safetensors", arrays)
        for name, table in (tables or {}).items():
            write_table(folder / f"{name}.parquet", table)
        files = {
            file.name: {"sha256": sha256_of(file), "bytes": file.stat().st_size}
            for file in sorted(folder.iterdir())
        }
        write_json(folder / MANIFEST, {"kind": kind, "format": ARTIFACT_FORMAT, "files": files})


def load_artifact(directory: str | Path, kind: str) -> Artifact:
    """Read and verify an artifact folder.

    Parameters
    ----------
    directory : path
    kind : str
        What is expected there.

    Returns
    -------
    Artifact

    Raises
    ------
    SourceError
        If there is no artifact.
    ParameterError
        If it is of another kind.
    FormatVersionError
        If it was written in a newer format.
    ChecksumError
        If a file is missing or not as recorded.
    """
    directory = Path(directory)
    aside = set_aside_name(directory)
    if not directory.exists() and aside.exists():  # the writer died between its two renames
        directory = aside
    if not (directory / MANIFEST).exists():
        why = "" if directory.exists() else ": no such folder"
        raise SourceError(f"{directory}: no {kind} is saved there{why}")
    manifest = _checked_manifest(directory, kind)
    for name, record in manifest["files"].items():
        _verify(directory / name, record["sha256"])
    arrays: dict[str, NDArray[Any]] = {}
    if "arrays.safetensors" in manifest["files"]:
        arrays, _ = read_arrays(directory / "arrays.safetensors")
    tables = {
        name.removesuffix(".parquet"): read_table(directory / name)
        for name in manifest["files"]
        if name.endswith(".parquet")
    }
    return Artifact(read_json(directory / "config.json"), arrays, tables)


def _checked_manifest(directory: Path, kind: str) -> dict[str, Any]:
    try:
        manifest = read_json(directory / MANIFEST)
        written, found = manifest["format"], manifest["kind"]
        names = [Path(name).name == name and "sha256" in record for name, record in manifest["files"].items()]
    except (SourceError, KeyError, TypeError, AttributeError) as error:
        raise ChecksumError(f"{directory / MANIFEST}: damaged; save the {kind} again") from error
    if not isinstance(written, int) or written > ARTIFACT_FORMAT:
        raise FormatVersionError(
            f"{directory}: format {written!r} is newer than {ARTIFACT_FORMAT}; upgrade bandscape to read it"
        )
    if found != kind:
        raise ParameterError(f"{directory}: holds a {found!r}, not a {kind!r}")
    if not all(names):
        raise ChecksumError(f"{directory / MANIFEST}: damaged; save the {kind} again")
    return manifest


def _verify(path: Path, expected: str) -> None:
    if not path.exists():
        raise ChecksumError(f"{path}: missing; save it again")
    if sha256_of(path) != expected:
        raise ChecksumError(f"{path}: content differs from its recorded sha256; save it again")
