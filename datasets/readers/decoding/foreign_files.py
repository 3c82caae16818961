"""Files that are no source, told by their first bytes or by what an archive holds, each with what to do about it.

Public names: :func:`foreign_kind`, :func:`foreign_archive`, :func:`markup_kind`.
"""

import re
import zipfile
from collections.abc import Collection
from pathlib import Path

_SHEET = "save the sheet as CSV"
_DOCUMENT = "save it as plain text (.txt) and give the folder of texts, one review a file"
_BY_HEAD = {
    b"%PDF": f"a PDF; {_DOCUMENT.replace('save it', 'copy its text or save it')}",
    b"{\\rtf": f"a document in Rich Text (RTF); {_DOCUMENT}",
    b"\xd0\xcf\x11\xe0": f"an old Excel or Word file; {_SHEET}, or a document as .txt",
    b"\x89HDF": "HDF5; export the table as Parquet or CSV",
    b"\x80\x03": "a Python pickle, which is never opened; export as Parquet",
    b"\x80\x04": "a Python pickle, which is never opened; export as Parquet",
    b"\x80\x05": "a Python pickle, which is never opened; export as Parquet",
    b"ORC": "ORC; export the table as Parquet",
    b"Obj\x01": "Avro; export the table as Parquet",
    b"Rar!": "a RAR archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"RDX": "an R data file; write the table with write.csv",
    b"\x00\x01\x00\x00Standard": "a Microsoft Access database; export the table as CSV",
}
_BY_MEMBER = {
    "xl/workbook.xml": f"an Excel workbook; {_SHEET}",
    "xl/workbook.bin": f"an Excel workbook; {_SHEET}",
    "word/document.xml": f"a Word document; {_DOCUMENT}",
    "ppt/presentation.xml": "a PowerPoint file; it holds no reviews that could be read",
    "Index/Document.iwa": "a file of Numbers or Pages; export it as CSV, or a document as plain text",
}
_BY_MIMETYPE = {
    "application/vnd.oasis.opendocument.spreadsheet": f"a LibreOffice sheet (ODS); {_SHEET}",
    "application/vnd.oasis.opendocument.text": f"a LibreOffice document (ODT); {_DOCUMENT}",
    "application/epub+zip": "an e-book (EPUB); convert it to plain text",
}
_LONGEST_MIMETYPE = 200
_MARKUP = re.compile(r"<(?:!doctype|!--|\?xml|[a-z][a-z0-9]*)(?=[\s>/])", re.IGNORECASE)
_PAGE = re.compile(
    r"<(?:!doctype\s+html|html|head|body|table|div|p|meta|title|article|section|ul|ol|h[1-6])\b",
    re.IGNORECASE,
)
_FEED = re.compile(r"<(?:rss|feed|channel|rdf:rdf)\b", re.IGNORECASE)


def foreign_kind(head: bytes) -> str | None:
    """Return what a file is, and what to do, if its first bytes speak of something that is not read."""
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it and give the folder"
    return next((what for magic, what in _BY_HEAD.items() if head.startswith(magic)), None)


def foreign_archive(path: Path, members: Collection[str]) -> str | None:
    """Return what a zip archive is, and what to do, if it is a document of an office program."""
    for name, what in _BY_MEMBER.items():
        if name in members:
            return what
    if "mimetype" in members:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as stream:
            kind = stream.read(_LONGEST_MIMETYPE).decode("ascii", "replace").strip()
        return _BY_MIMETYPE.get(kind)
    return None


def markup_kind(text: str) -> str | None:
    """Return what a text is, and what to do, if it begins with a tag of HTML or XML."""
    if not _MARKUP.match(text):
        return None
    if _FEED.search(text[:2000]):
        return "a feed or an export of a blog (XML), not a table; export the posts as CSV or JSON"
    if _PAGE.search(text[:2000]):
        return (
            "a web page or XML, not a table; check what was downloaded: open a table in a spreadsheet and save it as "
            "CSV, a text save as .txt"
        )
    return "a web page or XML, not a table; check what was downloaded, or convert it to CSV or JSON"
