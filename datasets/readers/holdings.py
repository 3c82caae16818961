"""What a folder or an archive holds, told by the names of its files: one table, texts, or what nobody can choose from.

A file called as those are that come with every download (``readme``, ``license``, ``robots`` and the like), a
``_index.md`` and the settings of a site are left aside, where there is anything else; a note names them, and all that
is not read. Nothing is chosen where a table lies beside texts, or several tables do.

Public names: :class:`Holdings`, :func:`sorted_names`, :func:`names_in_folder`, :func:`chosen_table`,
:func:`aside_note`, :func:`is_markdown`, :func:`format_of`.
"""

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...core.errors import SourceError
from .columns.proposals import listed_names
from .texts.web_pages import is_web_page

_TEXT, _MARKDOWN = (".txt",), (".md", ".markdown")
_BY_ENDING = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".psv": "csv", ".json": "jsonl", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".sqlite": "pitchfork",
    ".sqlite3": "pitchfork", ".db": "pitchfork",
}  # fmt: skip
_SHOWN = 4  # names in a message
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
_COMPANIONS = frozenset(
    ("readme", "license", "licence", "licenses", "copying", "robots", "changelog", "contributing", "humans", "_index")
)  # fmt: skip
_SETTINGS = frozenset(
    ("package.json", "package-lock.json", "config.json", "manifest.json", "tsconfig.json", "composer.json")
)


@dataclass(frozen=True)
class Holdings:
    """Names of files, in order: tables, texts, what is left aside beside them, and what is not read.

    Parameters
    ----------
    tables, texts, companions, others : sequence of str
    """

    tables: Sequence[str]
    texts: Sequence[str]
    companions: Sequence[str]
    others: Sequence[str]


def is_markdown(name: str) -> bool:
    """Return whether a file is called as Markdown is."""
    return name.lower().endswith(_MARKDOWN)


def sorted_names(names: Iterable[str], *, in_archive: bool) -> Holdings:
    """Sort the names of files by kind; of a folder, only tables that lie in it itself count.

    Parameters
    ----------
    names : iterable of str
        Relative to the folder or archive, parts joined by ``/``.
    in_archive : bool
    """
    tables, texts, companions, others = [], [], [], []
    for name in sorted(names):
        file = PurePosixPath(name).name.lower()
        if file.endswith((*_TEXT, *_MARKDOWN)):
            (companions if file.partition(".")[0] in _COMPANIONS else texts).append(name)
        elif format_of(file) and file not in _SETTINGS and (in_archive or "/" not in name):
            tables.append(name)
        else:
            others.append(name)
    if not texts and not tables:
        pages = [name for name in others if is_web_page(name) and _is_post(name)]
        texts = pages if len(pages) > 1 else []
        others = [name for name in others if name not in texts]
    if not texts and not tables:  # then a readme is all there is
        texts = [name for name in companions if not PurePosixPath(name).name.startswith("_index")]
        companions = [name for name in companions if name not in texts]
    return Holdings(tables, texts, companions, others)


def _is_post(name: str) -> bool:
    """Return whether a web page may be a post, not the front page of a site or what comes with every download."""
    return PurePosixPath(name).name.lower().partition(".")[0] not in _COMPANIONS | {"index"} or "/" in name


def format_of(name: str) -> str | None:
    """Return the format that the ending of a table's name speaks for, or None."""
    name = name.lower()
    packed = next((ending for ending in _PACKED if name.endswith(ending)), "")
    return _BY_ENDING.get(PurePosixPath(name.removesuffix(packed)).suffix)


def names_in_folder(path: Path) -> list[str]:
    """Return the names of all files below a folder, but those of hidden folders and of workspaces."""
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if _may_hold_texts(Path(folder) / name)]
        paths = [Path(folder) / name for name in files if not name.startswith(".")]
        found += [file.relative_to(path).as_posix() for file in paths if file.is_file()]
    return sorted(found)


def _may_hold_texts(folder: Path) -> bool:
    is_workspace = (folder / "manifest.json").is_file() and (folder / "corpus").is_dir()
    return not folder.name.startswith((".", "__")) and not is_workspace


def chosen_table(path: Path, held: Holdings, wanted: str | None, *, in_archive: bool) -> str | None:
    """Return the name of the table to read, or None where texts are read.

    Parameters
    ----------
    path : Path
        The folder or archive.
    held : Holdings
    wanted : str or None
        The format asked for.
    in_archive : bool

    Raises
    ------
    SourceError
        If there are several tables, or texts beside a table and no format that tells which are meant.
    """
    if wanted == "texts":
        return None
    if not held.tables:
        return None
    kind = "csv" if wanted in ("pipe", "semicolon") else wanted
    fitting = [name for name in held.tables if kind in (None, format_of(name))] or held.tables
    if len(fitting) == 1 and (wanted or not held.texts):
        return fitting[0]
    if held.texts and wanted is None:
        raise SourceError(_beside_texts(path, held, in_archive=in_archive))
    first = fitting[0]
    if in_archive:
        raise SourceError(
            f"{path.name}: holds {len(fitting)} files; unpack it and name one, e.g. {first} "
            f"(tables: {_listed(fitting)})"
        )
    raise SourceError(
        f"{path.name or path}: holds {len(fitting)} tables, {_listed(fitting)}; give one of them, "
        f"e.g. {shlex.quote(str(path / first))}"
    )


def _beside_texts(path: Path, held: Holdings, *, in_archive: bool) -> str:
    n_tables, n_texts = len(held.tables), len(held.texts)
    what = "a table" if n_tables == 1 else f"{n_tables} tables"
    texts = "a text" if n_texts == 1 else f"{n_texts:,} texts"
    formats = [format_of(name) for name in held.tables]
    if not in_archive:
        table = f"give {shlex.quote(str(path / held.tables[0]))}"
    elif formats.count(formats[0]) == 1:
        table = f"say --format {formats[0]}"
    else:
        table = f"unpack it and give {held.tables[0]}"
    return (
        f"{path.name or path}: holds {what} ({_listed(held.tables)}) and {texts} ({_listed(held.texts)}); "
        f"for the table {table}, for the texts say --format texts"
    )


def aside_note(held: Holdings, table: str | None) -> list[str]:
    """Return a note that counts and names the files that are not read, or nothing."""
    left = [*held.companions, *(name for name in held.tables if name != table), *held.others]
    if table is not None:
        left += held.texts
    if not left:
        return []
    count = "one file" if len(left) == 1 else f"{len(left):,} files"
    return [f"{count} left aside, not read: {_listed(left)}"]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return listed_names(names[:_SHOWN]) + more
