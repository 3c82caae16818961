"""The build backend: that of setuptools, but a source distribution built again is the same bytes.

setuptools puts times, owners and modes of the builder's files into the archive. Here every file has the time of
``SOURCE_DATE_EPOCH`` (seconds; without it one that never changes), no owner, and the modes of an ordinary checkout.
"""

import gzip
import os
import tarfile
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - what else pip and build ask for

NO_TIME = 1_700_000_000


def build_sdist(sdist_directory, config_settings=None):
    """Build the source distribution into a folder; return its name."""
    name = build_meta.build_sdist(sdist_directory, config_settings)
    write_again(Path(sdist_directory, name), int(os.environ.get("SOURCE_DATE_EPOCH", NO_TIME)))
    return name


def write_again(path, time_s):
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
            same.type, same.size, same.linkname, same.mtime = (
                member.type,
                member.size,
                member.linkname,
                time_s,
            )
            same.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            archive.addfile(same, built.extractfile(member) if member.isreg() else None)
    half.replace(path)
