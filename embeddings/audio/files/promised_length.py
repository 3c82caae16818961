"""How many samples the head of a sound file promises, where libsndfile tells only how many there can be.

Heads of WAV, AIFF, AU, W64 and RF64 note the size of their data; libsndfile cuts it to the size of the file and says so
in its log alone. An MP3 promises a length only by a Xing, Info or VBRI note in its first frame.

Public names: :func:`promised_frames`, :func:`notes_its_length`.
"""

import re
from pathlib import Path

_SIZES = re.compile(r"^ *(?:data|SSND|Data Size) *: (\d+) \(should be (\d+)\)", re.MULTILINE)
_RIFF = re.compile(r"^riff : (\d+) \(should be (\d+)\)", re.MULTILINE)
_DATA = re.compile(r"^data : (\d+)$", re.MULTILINE)
_DS64 = re.compile(r"does not match value from 'ds64' chunk of (\d+)")
_BLOCK = re.compile(r"Block Align +: (\d+)")
_COMM = re.compile(r"COMM[^*]*?Frames +: (\d+)")
_LENGTH = re.compile(r"^Length : (\d+)", re.MULTILINE)
_ENDLESS = 0x7FFF_0000  # bytes: written by who did not know the length yet, and never came back
_ID3 = 10
_W64_HEAD = 24


def promised_frames(log: str, n_frames: int) -> int:
    """Return the samples per channel that the head promises: ``n_frames``, or more where the file breaks off.

    Parameters
    ----------
    log : str
        What libsndfile notes while it opens a file (``extra_info``).
    n_frames : int
        What libsndfile expects to read.

    Returns
    -------
    int
        Of compressed data an estimate. A head that is wrong by no more than its own size, or that gives the largest
        size there is (as of a stream), promises nothing beyond what is there.
    """
    if ds64 := _DS64.search(log):
        return max(int(ds64[1]), n_frames)
    said, there = _sizes(log)
    length = _LENGTH.search(log)
    if said >= _ENDLESS or length is None or said <= int(length[1]) or there < 1:
        return n_frames
    if comm := _COMM.search(log):
        return max(int(comm[1]), n_frames)
    block = _BLOCK.search(log)
    if block and "Samples/Block" not in log:
        return max(said // max(int(block[1]), 1), n_frames)
    return max(round(n_frames * said / there), n_frames)


def _sizes(log: str) -> tuple[int, int]:
    """Return the bytes of data that are said to be there, and that are; (0, 0) where they agree."""
    if found := _SIZES.search(log):
        return int(found[1]), int(found[2])
    riff, data = _RIFF.search(log), _DATA.search(log)
    if riff and data:  # W64: the head of a chunk counts
        said = int(data[1]) - _W64_HEAD
        return said, said - (int(riff[1]) - int(riff[2]))
    return 0, 0


def notes_its_length(path: Path) -> bool:
    """Tell whether the first frame of an MP3 holds a Xing, Info or VBRI note, which counts the frames."""
    with path.open("rb") as stream:
        head = stream.read(_ID3)
        start = 0
        if head[:3] == b"ID3" and len(head) == _ID3:
            start = _ID3 + sum(
                (byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)
            )
        stream.seek(start)
        frame = stream.read(64)
    return any(note in frame for note in (b"Xing", b"Info", b"VBRI"))
