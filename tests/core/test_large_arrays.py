"""Zeros that lie in a file are those that lie in memory."""

import errno
import os

import numpy as np
import pytest

from bandscape.core import large_arrays
from bandscape.core.large_arrays import is_mapped, large_zeros


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch):
    monkeypatch.setattr(large_arrays, "MAPPED_BYTES", 64)


def test_large_zeros_lie_in_a_file_without_a_name_and_outlive_its_folder(tmp_path):
    folder = tmp_path / "made"
    mapped = large_zeros((4, 5), np.int32, folder)
    assert type(mapped) is np.ndarray
    assert isinstance(mapped.base, np.memmap)
    assert not any(folder.iterdir())
    folder.rmdir()
    mapped[2] += 7
    np.testing.assert_array_equal(mapped, [[0] * 5, [0] * 5, [7] * 5, [0] * 5])


def test_few_zeros_and_those_without_a_folder_lie_in_memory(tmp_path):
    assert not is_mapped(63, tmp_path)
    assert large_zeros((3, 5), np.int32, tmp_path).base is None
    assert large_zeros((4, 5), np.int32, None).base is None


def test_a_full_disk_leaves_them_in_memory(tmp_path, monkeypatch):
    def refuse(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert large_zeros((4, 5), np.int32, tmp_path).base is None
    assert not any(tmp_path.iterdir())
