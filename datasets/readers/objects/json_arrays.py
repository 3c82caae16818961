"""The items of JSON arrays one after the other, never more of the text in the memory than one of them and a piece.

Public names: :func:`iterate_array`, :func:`iterate_members`.
"""

import json
import re
from collections.abc import Iterator
from typing import IO, Any

_PIECE = 1 << 20  # characters read at a time
_NEAR_END = (
    16  # a mistake so near to the end of what was read may be the end itself: the longest token but strings
)
_BLANKS = re.compile(r"[ \t\n\r]*")
_TAIL = 3  # characters behind a number that may belong to it: of 1, ".", "e+"


def iterate_array(stream: IO[str]) -> Iterator[Any]:
    """Yield the items of a JSON array.

    Parameters
    ----------
    stream : text stream
        At the beginning of the array, or blanks or a byte order mark before it.

    Raises
    ------
    ValueError
        Where the text is not a JSON array, after the items before that place.
    RecursionError
        If an item is nested too deep.
    """
    window = _Window(stream)
    yield from _items(window)
    window.expect_end()


def iterate_members(stream: IO[str], levels: int) -> Iterator[tuple[tuple[str, ...], bool, Any]]:
    """Yield the members of one JSON object, and of objects within it, lists item by item.

    Parameters
    ----------
    stream : text stream
        As for :func:`iterate_array`.
    levels : int
        Keys that lead to a member at most; what lies deeper is part of its value.

    Yields
    ------
    path : tuple of str
        The keys that lead to the value.
    is_item : bool
        Whether the value is an item of a list that lies at ``path``.
    value : object

    Raises
    ------
    ValueError
        Where the text is not one JSON object, after the members before that place.
    RecursionError
        If a value is nested too deep.
    """
    window = _Window(stream)
    yield from _members(window, (), levels)
    window.expect_end()


def _items(window: "_Window") -> Iterator[Any]:
    window.expect("[")
    if window.take("]"):
        return
    while True:
        yield window.item()
        if not window.take(","):
            break
    window.expect("]")


def _members(
    window: "_Window", path: tuple[str, ...], levels: int
) -> Iterator[tuple[tuple[str, ...], bool, Any]]:
    window.expect("{")
    if window.take("}"):
        return
    while True:
        here = (*path, window.key())
        if window.comes("["):
            yield from ((here, True, item) for item in _items(window))
        elif window.comes("{") and len(here) < levels:
            yield from _members(window, here, levels)
        else:
            yield here, False, window.item()
        if not window.take(","):
            break
    window.expect("}")


class _Window:
    """The part of a text that was read and not yet understood."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._decoder = stream, json.JSONDecoder()
        self._text, self._at, self._before, self._is_all = "", 0, 0, False
        self._read_on()
        self._text = self._text.removeprefix("\ufeff")

    def _read_on(self) -> None:
        piece = self._stream.read(_PIECE)
        self._before += self._at
        self._text, self._at, self._is_all = self._text[self._at :] + piece, 0, not piece

    def _skip_blanks(self) -> None:
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # pyright: ignore[reportOptionalMemberAccess]
            if self._at < len(self._text) or self._is_all:
                return
            self._read_on()

    def take(self, mark: str) -> bool:
        """Go behind a mark if it comes next."""
        is_next = self.comes(mark)
        self._at += is_next
        return is_next

    def comes(self, mark: str) -> bool:
        """Return whether a mark comes next."""
        self._skip_blanks()
        return self._text.startswith(mark, self._at)

    def key(self) -> str:
        """Return the key that comes next, and go behind its colon."""
        if not self.comes('"'):
            raise ValueError(f"a key is missing at character {self._before + self._at:,}")
        key = self.item()
        self.expect(":")
        return key

    def expect(self, mark: str) -> None:
        """Go behind a mark, which must come next."""
        if not self.take(mark):
            raise ValueError(f"{mark!r} is missing at character {self._before + self._at:,}")

    def expect_end(self) -> None:
        """See that nothing comes any more."""
        self._skip_blanks()
        if self._at < len(self._text):
            raise ValueError(f"more behind its end at character {self._before + self._at:,}")

    def item(self) -> Any:
        """Return the value that comes next."""
        self._skip_blanks()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = (
                    error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR_END
                )
                if self._is_all or not is_cut:
                    raise ValueError(f"{error.msg} at character {self._before + error.pos:,}") from error
            else:
                if end + _TAIL <= len(self._text) or self._is_all:
                    self._at = end
                    return value
            self._read_on()
