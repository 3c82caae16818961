"""JSON and plain text.

Public names: :func:`read_json`, :func:`parse_json`, :func:`write_json`, :func:`write_text`, :func:`sha256_of`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import BandscapeError, SourceError
from ..replacement import replace_file
from .json_faults import explain_fault


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON with sorted keys, UTF-8, indented; NaN and infinity are refused.

    Parameters
    ----------
    path : path
        Its folder must exist.
    value : JSON-able
        Characters that UTF-8 cannot hold (lone surrogates) are written as backslash escapes.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.
    TypeError
        If a value has no JSON form.
    """
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace") + b"\n")


def read_json(path: str | Path, *, on_object: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : path
    on_object : callable, optional
        Makes the value of each object from its (name, value) pairs, in the place of a dict.

    Returns
    -------
    dict, list, str, int, float, bool or None

    Raises
    ------
    SourceError
        If the file is missing or is not JSON.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    return parse_json(data, path, on_object=on_object)


def parse_json(
    data: bytes, path: str | Path, *, on_object: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """Read the content of a JSON file, as :func:`read_json` does; ``path`` is named in errors."""
    try:
        return json.loads(data, object_pairs_hook=on_object)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not valid JSON ({error}); save it as UTF-8") from error
    except BandscapeError:  # of on_object; some of ours are ValueErrors
        raise
    except json.JSONDecodeError as error:
        fault = explain_fault(data.decode(json.detect_encoding(data), "replace"), error)
        raise SourceError(f"{path}: not valid JSON; {fault}") from error
    except ValueError as error:  # also numbers of thousands of digits
        raise SourceError(f"{path}: not valid JSON ({error})") from error
    except RecursionError as error:
        raise SourceError(f"{path}: not usable JSON (nested too deep)") from error


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, UTF-8, lines ending as in ``text``.

    Parameters
    ----------
    path : path
        Its folder must exist.
    text : str
    """
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def sha256_of(path: str | Path) -> str:
    """Return the sha256 of a file as hexadecimal text.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
        64 lower-case hexadecimal digits.

    Raises
    ------
    OSError
        If the file is missing or cannot be read.
    """
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
