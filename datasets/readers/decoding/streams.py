"""Files as streams of bytes or text: decompressed by content, guarded against bombs, decoded without failing.

A source may be compressed (gzip, bzip2, xz, zstd) or the only data file of a zip archive; both are told by their
first bytes, not by the name. Damage becomes a :class:`SourceError` that names the file.

Public names: :class:`SourceFile`, :func:`open_text`, :func:`decode`, :func:`looks_binary`,
:func:`check_encoding`, :func:`refuse_foreign`, :func:`refuse_pipe`.
"""

import bz2
import codecs
import gzip
import io
import lzma
import shlex
import shutil
import tempfile
import threading
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from ....core.errors import NO_ROOM, BandscapeWarning, ParameterError, SourceError
from .foreign_bytes import UNKNOWN, are_turkish, foreign_encoding, letters_of_turkish
from .mixed_bytes import as_utf8, is_mostly_utf8, is_utf8, whole_characters

HEAD_BYTES = 1 << 18
BOMB_BYTES = 1 << 28  # below this size nothing is suspected
BOMB_RATIO = 300  # text compresses up to about 30 times, sparse tables up to about 100
_COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_SUFFIXES = {".gz", ".bz2", ".xz", ".zst", ".zstd"}
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile, gzip.BadGzipFile)
_ZSTD_BLOCK = 512  # four bytes of input may become 128 kB: a step gives 16 MB at most


@dataclass(frozen=True)
class SourceFile:
    """A file, or a member of a zip archive, read decompressed.

    Parameters
    ----------
    path : Path
    member : str or None
        Name within the zip archive ``path``.
    encoding : str or None
        What the user says its text is written in; told by its bytes if not given.
    """

    path: Path
    member: str | None = None
    encoding: str | None = None

    @property
    def label(self) -> str:
        """Name shown in messages and rejects."""
        return self.path.name if self.member is None else f"{self.path.name}:{self.member}"

    @property
    def suffix(self) -> str:
        """Last suffix, lower case, not counting that of a compression."""
        suffixes = [suffix.lower() for suffix in Path(self.member or self.path.name).suffixes]
        kept = [suffix for suffix in suffixes if suffix not in _SUFFIXES]
        return kept[-1] if kept else ""

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open for reading, decompressed.

        Raises
        ------
        SourceError
            If the file is missing or unreadable, or its compressed data are cut off or damaged.
        """
        with source_errors(self.label), self._stored() as stored:
            kind = _compression(stored)
            if kind is None:
                yield stored
                return
            guarded = _Guarded(_decompressed(stored, kind), self.path.stat().st_size, self.label)
            yield io.BufferedReader(guarded, 1 << 20)

    @contextmanager
    def _stored(self) -> Iterator[IO[bytes]]:
        if self.member is None:
            with self.path.open("rb") as stream:
                yield stream
        else:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                yield stream

    def head(self) -> bytes:
        """Return the first bytes, decompressed."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    def text_head(self) -> str:
        """Return the text of the first bytes."""
        head = self.head()
        return decode(head) if self.encoding is None else head.decode(self.encoding, "replace")

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Give a path with the decompressed content: the file itself, or a copy that is deleted afterwards."""
        if self.member is None and _compression_of(self.path) is None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="bandscape-") as folder:
            copy = Path(folder) / "content"
            with self.open() as stream, copy.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
            yield copy


def refuse_pipe(path: Path) -> None:
    """Raise SourceError for a pipe or device: a source is read more than once, and a pipe may never end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise SourceError(f"{path}: a pipe or device, not a file; write it to a file first")


@contextmanager
def source_errors(label: str) -> Iterator[None]:
    """Turn the errors of files and decompressors into :class:`SourceError`."""
    try:
        yield
    except SourceError:
        raise
    except RecursionError as error:
        raise SourceError(f"{label}: lists or objects are nested too deeply; get the file again") from error
    except FileNotFoundError as error:
        raise SourceError(f"{label}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise SourceError(f"{label}: a folder, not a file") from error
    except PermissionError as error:
        raise SourceError(f"{label}: may not be read; check its permissions") from error
    except (
        EOFError,
        zlib.error,
        lzma.LZMAError,
        zstandard.ZstdError,
        zipfile.BadZipFile,
        gzip.BadGzipFile,
    ) as error:
        raise SourceError(
            f"{label}: compressed data are cut off or damaged ({_line(error)}); get the file again"
        ) from error
    except (RuntimeError, NotImplementedError) as error:  # zipfile: encrypted member, unknown method
        if "encrypted" in str(error):
            raise SourceError(
                f"{label}: is encrypted; unpack it with its password and give the folder"
            ) from error
        raise SourceError(
            f"{label}: cannot be unpacked ({_line(error)}); unpack it yourself and give the folder"
        ) from error
    except OSError as error:
        if error.errno in NO_ROOM:  # for the columns put aside while it is read
            raise
        raise SourceError(f"{label}: cannot be read ({_line(error)})") from error


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _compression(stream: IO[bytes]) -> str | None:
    start = stream.read(6)
    stream.seek(0)
    return next((kind for magic, kind in _COMPRESSIONS.items() if start.startswith(magic)), None)


def _compression_of(path: Path) -> str | None:
    with source_errors(path.name), path.open("rb") as stream:
        return _compression(stream)


def _decompressed(stream: IO[bytes], kind: str) -> IO[bytes]:
    if kind == "gzip":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if kind == "bzip2":
        return cast("IO[bytes]", bz2.BZ2File(stream))
    if kind == "xz":
        return cast("IO[bytes]", lzma.LZMAFile(stream))
    return cast("IO[bytes]", _Blocks(_zstd_blocks(stream)))


def _zstd_blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield decompressed blocks of all frames; zstandard's own reader takes a cut-off file for a whole one."""
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    waiting = True
    while block := stream.read(_ZSTD_BLOCK):
        while block:
            if decompressor.eof:
                decompressor = zstandard.ZstdDecompressor().decompressobj()
            yield decompressor.decompress(block)
            block = decompressor.unused_data if decompressor.eof else b""
            waiting = not decompressor.eof
    if waiting:
        raise EOFError("zstd frame ended before its end marker")


class _Blocks:
    """An iterator of blocks with the ``read`` of a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = memoryview(b"")  # cut without copying: a block may be much longer than what is asked for

    def read(self, size: int) -> bytes | memoryview:
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._left = memoryview(block)
        given, self._left = self._left[:size], self._left[size:]
        return given


class _Guarded(io.RawIOBase):
    """Stops a small file that swells without end."""

    def __init__(self, stream: IO[bytes], stored_bytes: int, label: str) -> None:
        self._stream = stream
        self._allowed = max(BOMB_BYTES, BOMB_RATIO * stored_bytes)
        self._given = 0
        self._label = label

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._given += len(data)
        if self._given > self._allowed:
            raise SourceError(
                f"{self._label}: unpacks to more than {BOMB_RATIO} times its size; unpack it yourself if this is meant"
            )
        buffer[: len(data)] = data
        return len(data)


# -- text --------------------------------------------------------------------------------------------------------

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_WIDER = {
    "utf-8": "utf-8-sig",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}  # read more, not less
_OF_ICONV = {
    "mac_roman": "MACINTOSH", "koi8_r": "KOI8-R", "iso8859_2": "ISO-8859-2", "iso8859_5": "ISO-8859-5",
    "iso8859_7": "ISO-8859-7", "euc_jp": "EUC-JP", "euc_kr": "EUC-KR",
}  # fmt: skip
_LENIENT = "bandscape.replaced"
_BLOCK = 1 << 20
_mended = threading.local()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Count what is damaged in UTF-16 and UTF-32."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    _mended.count = getattr(_mended, "count", 0) + 1
    return "\ufffd", error.end


codecs.register_error(_LENIENT, _replaced)


def decode(data: bytes, said: str | None = None) -> str:
    """Decode a text, of unknown encoding: a byte order mark decides, then UTF-16 by its zeros, else UTF-8.

    What is not UTF-8 as a whole is read as Windows-1252, and a UTF-8 text with a few stray bytes keeps its other
    letters (:mod:`mixed_bytes`). ``said`` is the user's word on the encoding.
    """
    encoding = said or encoding_of(data)
    if said is None and encoding.startswith("utf-8") and not is_utf8([data]):
        mostly_utf8 = encoding == "utf-8-sig" or is_mostly_utf8([data])
        if not mostly_utf8:
            _count_letters(data)
        data, n_mended = as_utf8(data, mostly_utf8=mostly_utf8)
        _mended.count = getattr(_mended, "count", 0) + n_mended
    return data.decode(encoding, _LENIENT)


def encoding_of(head: bytes) -> str:
    """Return the encoding the first bytes of a text speak for."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    sample = head[:4096]
    pairs = len(sample) // 2
    if pairs >= 2:
        if sample[1::2].count(0) > 0.4 * pairs and sample[::2].count(0) < 0.1 * pairs:
            return "utf-16-le"
        if sample[::2].count(0) > 0.4 * pairs and sample[1::2].count(0) < 0.1 * pairs:
            return "utf-16-be"
    return "utf-8"


def looks_binary(head: bytes) -> bool:
    """Return whether bytes are no text: more than 2 in 100 characters are controls other than white space."""
    counted = getattr(_mended, "count", 0)
    letters = getattr(_mended, "letters", Counter())
    text = decode(head[:65536])
    _mended.count, _mended.letters = counted, letters  # a look is no reading
    controls = sum(char < " " and char not in "\t\n\r\f\x1b" for char in text)
    return controls > 0.02 * len(text) + 2


@contextmanager
def open_text(source: SourceFile, *, warns: bool = True) -> Iterator[IO[str]]:
    """Open a text source; line ends are left as they are.

    Parameters
    ----------
    source : SourceFile
    warns : bool
        False where the source is only looked at, and read afterwards.

    Warns
    -----
    BandscapeWarning
        If bytes had to be read as Windows-1252.

    Raises
    ------
    SourceError
        As :meth:`SourceFile.open`.
    """
    encoding = source.encoding or encoding_of(source.head())
    is_mixed = source.encoding is None and encoding.startswith("utf-8") and not _passes(source, is_utf8)
    mostly_utf8 = is_mixed and (encoding == "utf-8-sig" or _passes(source, is_mostly_utf8))
    if is_mixed and not mostly_utf8:
        with source.open() as stream:
            refuse_foreign(iter(lambda: stream.read(_BLOCK), b""), source.label)
    _mended.count, _mended.letters = 0, Counter[str]()
    with source.open() as stream:
        if is_mixed:
            stream = io.BufferedReader(_Raw(_mended_blocks(stream, mostly_utf8)), _BLOCK)
        text = io.TextIOWrapper(cast("Any", stream), encoding=encoding, errors=_LENIENT, newline="")
        try:
            yield text
        finally:
            text.detach()
    if warns:
        warn_of_mended(source.label, stacklevel=5, encoding=source.encoding)


def refuse_foreign(blocks: Iterable[bytes], label: str) -> None:
    """Raise SourceError if text that is no UTF-8 is no Western text either.

    Parameters
    ----------
    blocks : iterable of bytes
    label : str
        What the message calls the file.
    """
    found = foreign_encoding(blocks)
    if found == UNKNOWN:
        raise SourceError(
            f"{label}: neither UTF-8 nor Western text; say what it is, --encoding NAME, such as shift_jis, euc_jp, "
            "gb18030, big5, euc_kr, cp1251, cp1250 or mac_roman (cp1252 if it is Western), or save it as UTF-8"
        )
    if found is not None:
        name = shlex.quote(label)
        raise SourceError(
            f"{label}: not UTF-8, it looks like {found}: add --encoding {found} (encoding={found!r} in Python), "
            f"or save it as UTF-8, e.g. iconv -f {_OF_ICONV.get(found, found)} -t UTF-8 {name} > utf8-{name}"
        )


def check_encoding(encoding: str | None) -> str | None:
    """Return the name of an encoding as Python's ``codecs`` have it; that of UTF-8 passes over a byte order mark.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if encoding is None:
        return None
    try:
        name = codecs.lookup(str(encoding).strip()).name
        "".encode(name)
    except (LookupError, UnicodeError, ValueError) as error:
        raise ParameterError(
            "encoding (--encoding) must be one that Python knows, such as utf-8, cp1252, shift_jis, gb18030, cp1251 "
            f"or mac_roman; got {encoding!r}"
        ) from error
    return _WIDER.get(name, name)


def _passes(source: SourceFile, check: Callable[[Iterable[bytes]], bool]) -> bool:
    with source.open() as stream:
        return check(iter(lambda: stream.read(_BLOCK), b""))


def _count_letters(data: bytes) -> None:
    before = cast("Counter[str]", getattr(_mended, "letters", Counter()))
    _mended.letters = before + letters_of_turkish(data)


def _mended_blocks(stream: IO[bytes], mostly_utf8: bool) -> Iterator[bytes]:
    for whole in whole_characters(iter(lambda: stream.read(_BLOCK), b"")):
        if not mostly_utf8:
            _count_letters(whole)
        block, n_mended = as_utf8(whole, mostly_utf8=mostly_utf8)
        _mended.count += n_mended
        if block:
            yield block


class _Raw(io.RawIOBase):
    """Blocks as a raw stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = _Blocks(blocks)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._blocks.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def counting_mended(label: str, encoding: str | None = None) -> Iterator[None]:
    """Warn, at the end of the block, if :func:`decode` had to mend anything in it; ``encoding`` is the user's word."""
    _mended.count, _mended.letters = 0, Counter[str]()
    yield
    warn_of_mended(label, stacklevel=5, encoding=encoding)


def warn_of_mended(label: str, *, stacklevel: int, encoding: str | None = None) -> None:
    """Warn if bytes were mended since the counter was last set back; ``encoding`` is the user's word."""
    count, _mended.count = getattr(_mended, "count", 0), 0
    if count:
        places = "one place" if count == 1 else f"{count:,} places"
        what = f"not UTF-8 in {places}, read there as Windows-1252; save it as UTF-8 if letters look wrong"
        if are_turkish(getattr(_mended, "letters", {})):
            what = (
                f"not UTF-8 in {places}, read there as Windows-1252; it looks Turkish: add --encoding cp1254"
            )
        if encoding is not None:
            what = f"not {encoding} in {places}, where \ufffd stands; is it another --encoding?"
        warnings.warn(
            f"{label}: {what}",
            BandscapeWarning,
            stacklevel=stacklevel,
        )
