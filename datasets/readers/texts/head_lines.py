"""Texts that begin with lines such as "Artist: Low": these are columns, and what stands below them is the text.

The lines reach to the first blank one, each has a name and a value, and two of them at least have usual names of
columns, one of these what only a review has.

Public names: :func:`begin_with_heads`, :func:`split_head`.
"""

import re

from ..columns.mapping import CANONICAL_OF, name_key
from .text_files import LARGEST_TEXT, TextFiles

_PAIR = re.compile(r"[*_]{0,3}([^\W\d_][\w /()'.-]{0,30}?)[*_]{0,3}\s*:[*_]{0,3}\s+(\S.*)")
_OF_REVIEWS = {"artist", "title", "genres", "score", "labels"}
_LOOKED_AT = 20  # texts
_SHARE_WITH_HEAD = 0.9  # of them


def begin_with_heads(found: TextFiles) -> bool:
    """Return whether nearly all of the first texts have such a head."""
    names = [name for name in found.names[:_LOOKED_AT] if found.sizes[name] <= LARGEST_TEXT]
    contents = (found.read(name).decode(found.encoding or "utf-8", "replace") for name in names)
    heads = [bool(split_head(content)[0]) for content in contents]
    return sum(heads) >= max(1, _SHARE_WITH_HEAD * len(heads))


def split_head(content: str) -> tuple[dict[str, str], str | None]:
    """Return the columns at the head of a text, none if it has no such head, and what stands below.

    Parameters
    ----------
    content : str
        A file.
    """
    lines = content.lstrip("\ufeff").strip().replace("\r\n", "\n").split("\n")
    end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    pairs = [_PAIR.fullmatch(line.strip()) for line in lines[:end]]
    head = {pair[1]: pair[2].strip() for pair in pairs if pair}
    known = {CANONICAL_OF.get(name_key(name), "") for name in head} - {""}
    if len(head) < end or len(known) < 2 or not known & _OF_REVIEWS:
        return {}, content
    return head, "\n".join(lines[end:]).strip() or None
