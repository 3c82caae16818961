"""JSON objects that carry the sha256 of their own content, for files that no manifest speaks of.

The seal is a member of the object, ``"bandscape.sha256": "sealed:..."``. What was written before there were seals, or
by others, has none: it is read, with a warning that damage would go unseen.

Public names: :func:`write_sealed_json`, :func:`read_sealed_json`.
"""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .checkpoints import fingerprint
from .errors import BandscapeWarning, ChecksumError, SourceError
from .files import read_json, write_json

_KEY, _PREFIX = "bandscape.sha256", "sealed:"


def write_sealed_json(path: str | Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object with the sha256 of its content.

    Parameters
    ----------
    path : path
        Its folder must exist.
    value : mapping of str to JSON-able

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    """
    write_json(path, {**value, _KEY: _PREFIX + _digest(value)})


def read_sealed_json(path: str | Path, *, remedy: str) -> dict[str, Any]:
    """Read what :func:`write_sealed_json` wrote, without its seal.

    Parameters
    ----------
    path : path
    remedy : str
        What to do where the file is damaged or has no seal, such as "build the store again".

    Returns
    -------
    dict

    Raises
    ------
    SourceError
        If there is no such file.
    ChecksumError
        If it is damaged.

    Warns
    -----
    BandscapeWarning
        If it has no seal, so that nobody knows.
    """
    if not Path(path).is_file():
        raise SourceError(f"{path}: no such file; {remedy}")
    try:
        stored = read_json(path)
    except SourceError as error:
        raise ChecksumError(f"{path}: damaged; {remedy}") from error
    if not isinstance(stored, dict):
        raise ChecksumError(f"{path}: damaged; {remedy}")
    value = {name: part for name, part in stored.items() if name != _KEY}
    if _KEY in stored:
        if stored[_KEY] != _PREFIX + _digest(value):
            raise ChecksumError(f"{path}: content differs from its recorded sha256; {remedy}")
        return value
    if any(
        isinstance(part, str) and part.startswith(_PREFIX) for part in value.values()
    ):  # the key is damaged
        raise ChecksumError(f"{path}: damaged; {remedy}")
    warnings.warn(
        f"{path}: has no sha256, as earlier versions wrote it, so damage would go unseen; to seal it, {remedy}",
        BandscapeWarning,
        stacklevel=2,
    )
    return value


def _digest(value: Mapping[str, Any]) -> str:
    """Return the sha256 of a value as it will be read back: JSON turns every key into text."""
    return fingerprint(json.loads(json.dumps(value)))
