"""Files of texts, in a folder or an archive, and which of them can be read.

Public names: :class:`TextFiles`, :func:`usable_texts`, :func:`refuse_nothing`, :data:`LARGEST_TEXT`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ....core.errors import SourceError
from ..decoding.mixed_bytes import is_mostly_utf8, is_utf8
from ..decoding.streams import decode, encoding_of, looks_binary, refuse_foreign
from ..raw import RejectLog

LARGEST_TEXT = 64 << 20  # bytes of one text file


@dataclass(frozen=True)
class TextFiles:
    """Files of texts: what messages call them together, their names and sizes, how one is read, and the encoding.

    ``links`` are names that only point elsewhere; ``earlier`` counts files that lie behind one of the same name.
    """

    label: str
    names: Sequence[str]
    sizes: Mapping[str, int]
    read: Callable[[str], bytes]
    encoding: str | None = None
    links: Collection[str] = ()
    earlier: Mapping[str, int] | None = None


def usable_texts(found: TextFiles, rejects: RejectLog) -> Iterator[tuple[int, str, str]]:
    """Yield row, name and content of each file that is a text."""
    for row, name in enumerate(found.names, start=1):
        for _ in range((found.earlier or {}).get(name, 0)):
            rejects.add([row], None, [name], "a later file of the archive has the same name; left out")
        reason = _unsafe(name) or _too_large(found.sizes[name])
        if name in found.links:
            reason = "a link, not a text; left out"
        data = b"" if reason else found.read(name)
        if not reason and found.encoding is None:
            reason = "not a text; left out" if looks_binary(data) else _foreign(data, name)
        if reason:
            rejects.add([row], None, [name], reason)
        else:
            yield (
                row,
                name,
                decode(data) if found.encoding is None else data.decode(found.encoding, "replace"),
            )


def refuse_nothing(found: TextFiles, rows: Sequence[int], rejects: RejectLog) -> None:
    """Raise SourceError if none of the texts could be read, and say why with the first of them."""
    if not rows and len(rejects):
        first = rejects.table().slice(0, 1).to_pylist()[0]
        raise SourceError(
            f"{found.label}: none of {len(found.names):,} texts can be read; {first['value']}: {first['reason']}"
        )


def _foreign(data: bytes, name: str) -> str | None:
    """Say why a text is neither UTF-8 nor Western, or None if it is one of them."""
    try:
        if not is_utf8([data]) and not is_mostly_utf8([data]) and encoding_of(data).startswith("utf-8"):
            refuse_foreign([data], name)
    except SourceError as error:
        return f"{str(error).removeprefix(f'{name}: ')}; left out"
    return None


def _unsafe(name: str) -> str | None:
    outside = name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:2]
    return "name points outside the archive; left out" if outside else None


def _too_large(size: int) -> str | None:
    return f"larger than {LARGEST_TEXT >> 20} MiB; left out" if size > LARGEST_TEXT else None
