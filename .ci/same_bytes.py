"""Write a source distribution again so that whoever builds it has the same bytes: ``same_bytes.py dist/*.tar.gz``.

setuptools puts times, owners and modes of the builder's files into the archive. Here every file has the time of
``SOURCE_DATE_EPOCH`` (seconds), no owner, and the modes of an ordinary checkout.
"""

import gzip
import os
import sys
import tarfile
from pathlib import Path


def write_again(path: Path, time_s: int) -> None:
    """Write a ``.tar.gz`` anew, with nothing in it of who built it, when and where."""
    half = path.with_name(path.name + ".half")
    with (
        tarfile.open(path) as built,
        half.open("wb") as stream,
        gzip.GzipFile("", "wb", fileobj=stream, mtime=time_s) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member in sorted(built, key=lambda one: one.name):
            same = tarfile.TarInfo(member.name)
            same.type, same.size, same.linkname = member.type, member.size, member.linkname
            same.mtime = time_s
            same.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            archive.addfile(same, built.extractfile(member) if member.isreg() else None)
    half.replace(path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write_again(Path(name), int(os.environ["SOURCE_DATE_EPOCH"]))
