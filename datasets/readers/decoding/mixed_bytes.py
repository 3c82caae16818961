"""Text that is not UTF-8 as a whole: which of its bytes are UTF-8 all the same, and which Windows-1252.

A Windows-1252 file holds pairs that could be UTF-8 of a rare script by chance (``ß`` before a closing quote is a letter
of N'Ko); a UTF-8 file may hold a few stray bytes. So all sequences of a file are weighed first. Where those that can
hardly be Windows-1252 outnumber the stray bytes, the file is UTF-8 in any script, but for these bytes. Else it is
Windows-1252, but for sequences that are Western letters and signs and no letter before a quote, dash or the like.

Public names: :func:`is_utf8`, :func:`is_mostly_utf8`, :func:`whole_characters`, :func:`as_utf8`.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

_SEQUENCE = (
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|"
    rb"\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_CHARACTER = re.compile(_SEQUENCE)
_PIECE = re.compile(_SEQUENCE + rb"|([\x80-\xff])")
_OPEN_END = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
# what stands behind a letter in Windows-1252: no-break space, ellipsis, quotes, dashes, apostrophe
_AFTER_LETTER = frozenset(b"\xa0\x84\x85\x8b\x91\x92\x93\x94\x96\x97\x9b\xab\xb4\xbb")
_SIGNS = frozenset([*range(0x2010, 0x2045), 0x20AC, 0x2122, 0xFEFF])


def is_utf8(blocks: Iterable[bytes]) -> bool:
    """Return whether the blocks of a file are UTF-8 as a whole."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def is_mostly_utf8(blocks: Iterable[bytes]) -> bool:
    """Return whether characters that can hardly be Windows-1252 outnumber the bytes that are no UTF-8."""
    n_sure = n_stray = 0
    for whole in whole_characters(blocks):
        for match in _PIECE.finditer(whole):
            if match[1]:
                n_stray += 1
            elif not _AFTER_LETTER.issuperset(match[0][1:]):
                n_sure += 1
    return n_sure > n_stray


def whole_characters(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file cut where no UTF-8 character is cut."""
    left = b""
    for block in blocks:
        data = left + block
        cut = _OPEN_END.search(data)
        at = len(data) if cut is None or _CHARACTER.fullmatch(cut[0]) else cut.start()
        left = data[at:]
        yield data[:at]
    yield left


def as_utf8(data: bytes, *, mostly_utf8: bool) -> tuple[bytes, int]:
    """Return the bytes as UTF-8, and how many were read as Windows-1252.

    Parameters
    ----------
    data : bytes
        Cut where no character is cut.
    mostly_utf8 : bool
        As :func:`is_mostly_utf8` says of the whole file.
    """
    n_mended = 0

    def mended(match: re.Match[bytes]) -> bytes:
        nonlocal n_mended
        piece = match[0]
        if match[1] is None and (mostly_utf8 or _is_western(piece)):
            return piece
        n_mended += len(piece)
        return "".join(map(_windows_1252, piece)).encode()

    return _PIECE.sub(mended, data), n_mended


def _is_western(sequence: bytes) -> bool:
    code = ord(sequence.decode())
    if 0xA0 <= code <= 0xFF:
        return True
    return code in _SIGNS or (0x100 <= code <= 0x24F and not _AFTER_LETTER.issuperset(sequence[1:]))


def _windows_1252(byte: int) -> str:
    """Read a byte as Windows-1252, one undefined there as Latin-1."""
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
