"""The manifest of a workspace: what its steps did, read and checked as something a stranger may have written.

Public names: :class:`StepRecord`, :func:`read_manifest`, :func:`read_journal`, :func:`installed_versions`.
"""

import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from .artifacts import MANIFEST
from .errors import BandscapeError, ChecksumError, FormatVersionError
from .files import read_json

WORKSPACE_FORMAT = 1
JOURNAL = "commit.json"
"""Name of the file that says, in a staging folder, what is to be published."""
_RECORDED_VERSIONS = (
    "bandscape",
    "gensim",
    "nltk",
    "numba",
    "numpy",
    "openTSNE",
    "pandas",
    "plotly",
    "pyarrow",
    "scikit-learn",
    "tensorflow",
    "tensorflow-cpu",
)


@dataclass(frozen=True)
class StepRecord:
    """What is known of a step that was done.

    Parameters
    ----------
    name : str
    parameters : dict
        JSON-able.
    inputs, outputs : dict of str to str
        sha256 by workspace path (inputs: also by any label the caller chose).
    versions : dict of str to str
        Of Python and of the packages that matter.
    finished : str
        UTC, ISO 8601.
    seconds : float
        Wall-clock time it took.
    skipped : bool
        True when the record was found instead of made.
    """

    name: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    outputs: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)
    finished: str = ""
    seconds: float = 0.0
    skipped: bool = False


def read_manifest(root: Path) -> dict[str, Any]:
    """Return the manifest of the workspace ``root``: ``format``, ``steps`` (by name) and ``values``.

    Raises
    ------
    ChecksumError
        If it is damaged, or names files outside the workspace.
    FormatVersionError
        If it was written by another version of the format.
    """
    path = root / MANIFEST
    try:
        manifest = read_json(path)
        written = manifest["format"]
        if written == WORKSPACE_FORMAT:
            _check_shape(manifest)
    except (BandscapeError, KeyError, TypeError, AttributeError) as error:
        raise ChecksumError(f"{path}: damaged; restore it or make the workspace again") from error
    if written != WORKSPACE_FORMAT:
        raise FormatVersionError(
            f"{root}: workspace format {written!r}, this bandscape reads {WORKSPACE_FORMAT}; upgrade it"
        )
    return manifest


def read_journal(stage: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record and the values that a staging folder is to publish.

    Raises
    ------
    ChecksumError
        If the journal is damaged.
    """
    try:
        journal = read_json(stage / JOURNAL)
        record = journal["record"]
        StepRecord(**record)
        _check_paths(record["outputs"], stage.name)
        return record, dict(journal["values"])
    except (KeyError, TypeError, ValueError) as error:
        raise ChecksumError(
            f"{stage / JOURNAL}: damaged; delete the folder {stage} and run the step again"
        ) from error


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results may depend on."""
    found = {"python": platform.python_version()}
    for package in _RECORDED_VERSIONS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _check_shape(manifest: dict[str, Any]) -> None:
    """Raise one of the errors that :func:`read_manifest` expects, unless all parts are there and harmless."""
    manifest["values"].items()
    for name, record in manifest["steps"].items():
        StepRecord(**record)
        _check_paths(record["outputs"], f"step {name}")
        for part in ("inputs", "parameters", "versions"):
            record[part].items()
        record["finished"].lower()


def _check_paths(paths: Iterable[str], owner: str) -> None:
    """Refuse output paths that lead out of the workspace: it may come from a stranger."""
    for path in paths:
        pure = PurePosixPath(path)
        if (
            pure.is_absolute()
            or ".." in pure.parts
            or not pure.parts
            or "\\" in path
            or pure.parts[0].endswith(":")
        ):
            raise ChecksumError(f"{owner}: {path!r} is no path inside the workspace")
