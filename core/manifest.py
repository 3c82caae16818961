"""The manifest of a workspace: what its steps did, read and checked as something a stranger may have written.

Both the manifest and the journal of a publication carry the sha256 of their own content: they say what all other
files must be, so a bit that turned in them must not go unseen.

Public names: :class:`StepRecord`, :func:`make_record`, :func:`read_manifest`, :func:`write_manifest`,
:func:`read_journal`, :func:`write_journal`, :func:`installed_versions`.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from .artifacts import MANIFEST
from .checkpoints import fingerprint
from .errors import BandscapeError, ChecksumError, FormatVersionError, SourceError
from .files import read_json, write_json
from .files.plain import parse_json

WORKSPACE_FORMAT = 1
JOURNAL = "commit.json"
"""Name of the file that says, in a staging folder, what is to be published."""
_PARTS = ("format", "steps", "values")
_DIGEST = "sha256"
_last_sound: dict[str, bytes] = {}  # a command reads the same content a hundred times
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
    peak_bytes : int
        Most memory that the process and its workers held together while it ran; 0 where that is not known.
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
    peak_bytes: int = 0
    skipped: bool = False


def make_record(stored: Mapping[str, Any], *, skipped: bool = False) -> StepRecord:
    """Return a stored record; what a later version wrote beside is left out."""
    known = {one.name for one in fields(StepRecord)}
    return StepRecord(**{**{k: v for k, v in stored.items() if k in known}, "skipped": skipped})


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
        data = path.read_bytes() if path.exists() else b""
        manifest = parse_json(data, path) if data else read_json(path)
        written = manifest["format"]
        if written == WORKSPACE_FORMAT and data != _last_sound.get("data"):
            _check_shape(manifest)
            _check_digest(manifest, path)
            _last_sound["data"] = data
    except (BandscapeError, KeyError, TypeError, AttributeError) as error:
        raise ChecksumError(f"{path}: damaged; restore it or make the workspace again") from error
    if written != WORKSPACE_FORMAT:
        raise FormatVersionError(
            f"{root}: workspace format {written!r}, this bandscape reads {WORKSPACE_FORMAT}; upgrade it"
        )
    return manifest


def write_manifest(root: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of the workspace ``root`` with the sha256 of its content."""
    parts = {name: manifest[name] for name in _PARTS}
    write_json(root / MANIFEST, {**parts, _DIGEST: _digest(parts)})


def write_journal(
    stage: Path, record: StepRecord, values: Mapping[str, Any], former: Iterable[str] = ()
) -> None:
    """Write what a staging folder is to publish: from then on the step is done, come what may.

    Parameters
    ----------
    stage : Path
    record : StepRecord
    values : mapping
        To be noted in the manifest.
    former : iterable of str
        Paths the step made last time.
    """
    parts = {"record": asdict(record), "values": dict(values), "former": sorted(former)}
    write_json(stage / JOURNAL, {**parts, _DIGEST: _digest(parts)})


def read_journal(stage: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return the record and the values that a staging folder is to publish, and the paths that go.

    Raises
    ------
    ChecksumError
        If the journal is damaged.
    """
    try:
        journal = read_json(stage / JOURNAL)
        record = journal["record"]
        make_record(record)
        _check_paths(record["outputs"], stage.name)
        former = [path for path in journal.get("former", ()) if path not in record["outputs"]]
        _check_paths(former, stage.name)
        _check_digest(journal, stage / JOURNAL)
        return record, dict(journal["values"]), former
    except (SourceError, KeyError, TypeError, ValueError) as error:
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
        make_record(record)
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


def _digest(parts: Mapping[str, Any]) -> str:
    """Return the sha256 of parts as they will be read back: JSON turns every key into text."""
    return fingerprint(json.loads(json.dumps(parts)))


def _check_digest(stored: Mapping[str, Any], path: Path) -> None:
    """Refuse content that is not as it was written; that of earlier versions holds no sha256."""
    parts = {name: part for name, part in stored.items() if name != _DIGEST}
    strange = set(parts) - {*_PARTS, "record", "former"}
    if strange or (_DIGEST in stored and stored[_DIGEST] != _digest(parts)):
        raise ChecksumError(f"{path}: content differs from its recorded sha256")
