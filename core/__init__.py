"""What every room shares, and what knows no music: errors, artifacts, progress, names, workspace.

Public names are loaded on first use: the command line starts without numpy and pyarrow.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from .artifacts import Artifact, load_artifact, save_artifact
    from .checkpoints import Checkpoint, fingerprint
    from .errors import (
        AmbiguousNameError,
        BandscapeError,
        BandscapeWarning,
        ChecksumError,
        DownloadError,
        FormatVersionError,
        MissingExtraError,
        NothingSharedError,
        ParameterError,
        SchemaError,
        SourceError,
        StoreError,
        StoreTimeoutError,
        UnknownNameError,
        WorkspaceError,
    )
    from .files import (
        TableWriter,
        iterate_table,
        read_arrays,
        read_arrow,
        read_json,
        read_sparse,
        read_table,
        sha256_of,
        write_arrays,
        write_arrow,
        write_json,
        write_sparse,
        write_table,
        write_text,
    )
    from .integrity import Finding, check_workspace
    from .names import NameIndex, identity_key, lookup_keys, slug
    from .progress import Progress, ProgressCallback, report
    from .randomness import as_generator, as_seed
    from .replacement import replace_directory, replace_file
    from .sealed_json import read_sealed_json, write_sealed_json
    from .workspace import Workspace

_HOMES = {
    "artifacts": (
        "Artifact",
        "load_artifact",
        "save_artifact",
    ),
    "files": (
        "TableWriter",
        "iterate_table",
        "read_arrays",
        "read_arrow",
        "read_json",
        "read_sparse",
        "read_table",
        "sha256_of",
        "write_arrays",
        "write_arrow",
        "write_json",
        "write_sparse",
        "write_table",
        "write_text",
    ),
    "sealed_json": (
        "read_sealed_json",
        "write_sealed_json",
    ),
    "replacement": (
        "replace_directory",
        "replace_file",
    ),
    "checkpoints": (
        "Checkpoint",
        "fingerprint",
    ),
    "errors": (
        "AmbiguousNameError",
        "BandscapeError",
        "BandscapeWarning",
        "ChecksumError",
        "DownloadError",
        "FormatVersionError",
        "MissingExtraError",
        "NothingSharedError",
        "ParameterError",
        "SchemaError",
        "SourceError",
        "StoreError",
        "StoreTimeoutError",
        "UnknownNameError",
        "WorkspaceError",
    ),
    "integrity": (
        "Finding",
        "check_workspace",
    ),
    "names": (
        "NameIndex",
        "identity_key",
        "lookup_keys",
        "slug",
    ),
    "progress": (
        "Progress",
        "ProgressCallback",
        "report",
    ),
    "randomness": (
        "as_generator",
        "as_seed",
    ),
    "workspace": ("Workspace",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AmbiguousNameError",
    "Artifact",
    "BandscapeError",
    "BandscapeWarning",
    "Checkpoint",
    "ChecksumError",
    "DownloadError",
    "Finding",
    "FormatVersionError",
    "MissingExtraError",
    "NothingSharedError",
    "NameIndex",
    "ParameterError",
    "Progress",
    "ProgressCallback",
    "SchemaError",
    "SourceError",
    "StoreError",
    "StoreTimeoutError",
    "TableWriter",
    "UnknownNameError",
    "Workspace",
    "WorkspaceError",
    "as_generator",
    "as_seed",
    "check_workspace",
    "fingerprint",
    "identity_key",
    "iterate_table",
    "load_artifact",
    "lookup_keys",
    "read_arrays",
    "read_arrow",
    "read_json",
    "read_sealed_json",
    "read_sparse",
    "read_table",
    "replace_directory",
    "replace_file",
    "report",
    "save_artifact",
    "sha256_of",
    "slug",
    "write_arrays",
    "write_arrow",
    "write_json",
    "write_sealed_json",
    "write_sparse",
    "write_table",
    "write_text",
]


def __getattr__(name: str) -> _Any:
    if name in _HOME_OF:
        return getattr(_import_module(f".{_HOME_OF[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
