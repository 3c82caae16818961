"""Markdown files with front matter, as blogs keep their reviews: what stands between two lines ``---`` is columns.

Front matter is read as far as blogs need it: ``key: value``, values in quotes, lists in brackets or of lines that begin
with a dash, and blocks of indented lines (``key: >-``). Anything deeper is left aside. Between two lines
``+++`` it is TOML, and an object of JSON in front is read, too: their tables (``[params]``) give their keys as well,
where they have no name of the file's own. Of the text the marks are removed, not the words.

Public names: :func:`read_markdown`, :func:`fault_in_front`, :func:`without_inline_marks`.
"""

import datetime
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

_FRONT = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_JSON = re.compile(r"\{\s*\n\s*\"")
_INNER_PAIR = re.compile(r"[ \t]+([\w][\w .-]*?)\s*:(?:\s+(.*))?")
_PAIR = re.compile(r"([\w][\w .-]*?)\s*:(?:\s+(.*))?", re.DOTALL)
_ITEM = re.compile(r"\s*-\s+(.*)")
_BLOCK = re.compile(r"([|>])[+-]?\d?[+-]?(?:\s+#.*)?")  # the value stands on the lines below, indented
_LISTED = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]*)\s*(?:,|\Z)""")
_COMMENT = re.compile(r"\s+#.*")
_HEADING = re.compile(r"\s*#{1,6}[ \t]+(.+?)[ \t#]*(?:\n|\Z)")
_BLOCK_MARKS = (
    (re.compile(r"^[ \t]*(?:```|~~~).*$|^[ \t]*(?:[-*_][ \t]*){3,}$", re.MULTILINE), ""),  # fences and rules
    (re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|(?:>[ \t]?)+|[-*+][ \t]+)", re.MULTILINE), ""),
)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]\n]*[|/])?([^\[\]|/\n]+)\]\]")
"""[[Low]], [[artists/Low]] and [[Low (band)|Low]], as Obsidian and wikis have them."""
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<%.*%>")  # of a template that nobody filled in
_INLINE_MARKS = (
    (re.compile(r"!\[\[[^\]\n]*\]\]"), ""),
    (_WIKI_LINK, r"\1"),
    (
        re.compile(r"!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])"),
        "",
    ),  # pictures: what they show is not the review
    (re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}"), ""),  # shortcodes
    (re.compile(r"^\[\^[^\]\s]+\]:[ \t]*|\[\^[^\]\s]+\]", re.MULTILINE), ""),  # footnotes
    (re.compile(r"\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
)
Value = str | list[str] | None


def read_markdown(content: str) -> dict[str, Value]:
    """Return what the front matter says, and ``text``; ``title`` from the first heading where it says none.

    Parameters
    ----------
    content : str
        A file.
    """
    content = _lines(content)
    front, toml = _FRONT.match(content), _TOML.match(content)
    record = _pairs(front[1]) if front else _of_toml(toml[1]) if toml else {}
    front = front or toml
    body = content[front.end() :] if front else content
    if _JSON.match(content):
        record, body = _of_json(content)
    heading = _HEADING.match(body)
    if heading and record.get("title") in (None, heading[1]):
        record["title"], body = heading[1], body[heading.end() :]
    return {**record, "text": _without_marks(body).strip() or None}


def fault_in_front(content: str) -> str | None:
    """Return what is wrong with front matter of TOML or JSON, of which nothing is read then, or None."""
    content = _lines(content)
    front = _TOML.match(content)
    try:
        tomllib.loads(front[1] if front else "")
    except tomllib.TOMLDecodeError as error:
        return f"TOML, not read: {error}"
    try:
        if _JSON.match(content):
            json.JSONDecoder().raw_decode(content)
    except (ValueError, RecursionError) as error:
        return f"JSON, not read: {error}"
    return None


def _lines(content: str) -> str:
    return content.lstrip("\ufeff").replace("\r\n", "\n")


def _of_toml(front: str) -> dict[str, Value]:
    try:
        found = tomllib.loads(front)
    except tomllib.TOMLDecodeError:
        return {}
    return _of_tables(found)


def _of_json(content: str) -> tuple[dict[str, Value], str]:
    """Return what an object in front says, and what stands behind it; a damaged one belongs to the text."""
    try:
        found, end = json.JSONDecoder().raw_decode(content)
    except (ValueError, RecursionError):
        return {}, content
    return _of_tables(found), content[end:].lstrip("\n")


def _of_tables(found: Mapping[str, Any]) -> dict[str, Value]:
    tables: list[Mapping[str, Any]] = [value for value in found.values() if isinstance(value, dict)]
    own = {key: value for key, value in found.items() if not isinstance(value, dict)}
    merged = {key: value for table in reversed([own, *tables]) for key, value in table.items()}
    return {key: _of_toml_value(value) for key, value in merged.items() if not isinstance(value, dict)}


def _of_toml_value(value: Any) -> Value:
    if isinstance(value, list):
        return [str(_of_toml_value(item)) for item in value if not isinstance(item, dict | list)]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):  # a point in time, too
        return value.isoformat()
    return None if value is None else str(value).strip() or None


def _pairs(front: str) -> dict[str, Value]:
    record: dict[str, Value] = {}
    inner: dict[str, Value] = {}  # what stands below a key
    owners: set[str] = set()
    key = ""
    lines = _with_blocks_joined(front.splitlines())
    for line in lines:
        pair, item, below = _PAIR.fullmatch(line), _ITEM.fullmatch(line), _INNER_PAIR.fullmatch(line)
        if pair:
            key = pair[1]
            record[key] = _value(pair[2] or "")
        elif item and key and (record[key] is None or isinstance(record[key], list)):
            scalar = _scalar(item[1])
            record[key] = [*(record[key] or []), *([scalar] if scalar else [])]
        elif below and key and record[key] is None:
            owners.add(key)
            inner.setdefault(below[1], _value(below[2] or ""))
    own = {name: value for name, value in record.items() if name not in owners}
    return {**inner, **own}


def _with_blocks_joined(lines: Sequence[str]) -> list[str]:
    """Put the lines of a block (``key: >-``) behind its key, as a quoted value."""
    joined: list[str] = []
    block: list[str] | None = None
    for line in [*lines, "-"]:
        if block is not None and (not line.strip() or line[0] in " \t"):
            block.append(line.strip())
            continue
        if block is not None:
            between = "\n" if block[0] == "|" else " "
            value = between.join(block[1:]).strip().replace("\\", r"\\").replace('"', r"\"")
            joined[-1] += f' "{value}"' * bool(value)
            block = None
        pair = _PAIR.fullmatch(line)
        if pair and (found := _BLOCK.fullmatch((pair[2] or "").strip())):
            block, line = [found[1]], f"{pair[1]}:"
        joined.append(line)
    return joined[:-1]


def _value(text: str) -> Value:
    text = _WIKI_LINK.sub(r"\1", text.strip())
    listed = re.fullmatch(r"\[(.*)\](?:\s+#.*)?", text)
    if listed is None:
        return _scalar(text)
    items = [_scalar(item) for item in _LISTED.findall(listed[1])]
    return [item for item in items if item]


def _scalar(text: str) -> str | None:
    text = _WIKI_LINK.sub(r"\1", text.strip())
    if _PLACEHOLDER.fullmatch(text):
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    text = _COMMENT.sub("", text)
    return None if text in ("", "~", "null") or text.startswith("#") else text


def without_inline_marks(text: str) -> str:
    """Return a line without the marks of Markdown within it: pictures, links, emphasis and code."""
    for pattern, kept in _INLINE_MARKS:
        text = pattern.sub(kept, text)
    return text


def _without_marks(body: str) -> str:
    for pattern, kept in (*_BLOCK_MARKS, *_INLINE_MARKS):
        body = pattern.sub(kept, body)
    return body
