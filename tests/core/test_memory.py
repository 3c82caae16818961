"""What the system says about memory, and the refusal built on it."""

import pytest

from bandscape.core import memory
from bandscape.core.errors import ParameterError


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A folder in place of the system's, with 8 GiB available and no container."""
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n", encoding="ascii")
    return tmp_path


def limit_group(folder, most, used, cached):
    for name, text in (
        ("memory.max", most),
        ("memory.current", used),
        ("memory.stat", f"anon 5\nfile {cached}\n"),
    ):
        (folder / name).write_text(str(text), encoding="ascii")


def test_the_machine_says_what_is_available(system):
    assert system
    assert memory.available_memory() == 8 << 30


def test_a_container_has_less(system):
    limit_group(system, 4 << 30, 3 << 30, 1 << 30)
    assert memory.available_memory() == 2 << 30


def test_a_container_without_a_limit_has_what_the_machine_has(system):
    limit_group(system, "max", 3 << 30, 0)
    assert memory.available_memory() == 8 << 30


def test_elsewhere_all_memory_counts(system, monkeypatch):
    (system / "meminfo").unlink()
    monkeypatch.setattr(
        memory.os, "sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}[name]
    )
    assert memory.available_memory() == 4_096_000


def test_a_silent_system_refuses_nothing(system, monkeypatch):
    (system / "meminfo").unlink()
    monkeypatch.delattr(memory.os, "sysconf")
    assert memory.available_memory() is None
    memory.check_memory(1e30, "a universe", "use a smaller one")


def test_too_much_is_refused_with_both_sizes_and_the_remedy(system):
    assert system
    memory.check_memory(8 << 30, "8 GiB", "none")
    with pytest.raises(
        ParameterError, match=r"^all stars need about 9\.0 GiB of memory, and 8\.0 GiB are free: count fewer$"
    ):
        memory.check_memory(9 << 30, "all stars", "count fewer")


def test_the_peak_covers_what_was_held_and_given_back():
    import numpy as np

    with memory.PeakMemory() as watch:
        held = np.ones(40_000_000)
        del held
    assert watch.peak_bytes >= 320e6
    with memory.PeakMemory() as later:
        pass
    assert 0 < later.peak_bytes < watch.peak_bytes, "what an earlier block held is not counted"


def test_the_peak_counts_workers():
    import subprocess
    import sys

    code = "x = bytearray(200_000_000); x[::4096] = b'1' * len(x[::4096]); input()"
    with memory.PeakMemory() as watch:
        worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        while memory._resident(memory._PROCESSES / str(worker.pid)) < 200_000_000:
            assert worker.poll() is None
        watch._sample()
        worker.communicate(b"\n")
    assert watch.peak_bytes > 200_000_000


def test_without_proc_the_peak_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_PROCESSES", tmp_path)
    with memory.PeakMemory() as watch:
        pass
    assert watch.peak_bytes == 0
