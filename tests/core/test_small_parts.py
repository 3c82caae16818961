"""Randomness, progress, checkpoints, executors and errors."""

import gc
import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bandscape.core import (
    Checkpoint,
    ParameterError,
    Progress,
    UnknownNameError,
    as_generator,
    as_seed,
    fingerprint,
    replacement,
    report,
)
from bandscape.core.executors import ThreadTeam, map_ordered, map_threads


def test_the_same_random_state_gives_the_same_numbers():
    assert as_generator(3).integers(1 << 40) == as_generator(3).integers(1 << 40)
    assert as_generator(np.random.RandomState(3)).integers(9) == as_generator(
        np.random.RandomState(3)
    ).integers(9)


def test_a_generator_is_used_as_it_is():
    generator = np.random.default_rng(0)
    assert as_generator(generator) is generator


def test_an_int_seed_is_kept_unchanged():
    assert as_seed(42) == 42
    assert as_seed(np.int64(7)) == 7
    assert as_seed(None) != as_seed(None)


@pytest.mark.parametrize("bad", [-1, 1.5, "0", True, 2**63])
def test_other_random_states_are_refused(bad):
    with pytest.raises(ParameterError, match="random_state"):
        as_seed(bad)


def test_report_tells_the_listener_and_returns_its_wish():
    events = []
    assert report(None, "sampling", 1) is False
    assert report(lambda event: events.append(event) or True, "sampling", 1, 2, "sweeps", loglik=-3.0) is True
    assert events == [Progress("sampling", 1, 2, "sweeps", {"loglik": -3.0})]


def test_fingerprint_frames_its_parts():
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint(np.arange(4)) != fingerprint(np.arange(4).reshape(2, 2))
    assert fingerprint(np.arange(4)) != fingerprint(np.arange(4, dtype=np.int32))
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_a_checkpoint_round_trips_and_goes(tmp_path):
    checkpoint = Checkpoint(tmp_path / "sub" / "c", every_s=0)
    assert checkpoint.load() is None
    checkpoint.save({"z": np.arange(5, dtype=np.uint16)}, {"sweep": 3})
    arrays, state = checkpoint.load()
    np.testing.assert_array_equal(arrays["z"], np.arange(5))
    assert state == {"sweep": 3}
    checkpoint.delete()
    assert checkpoint.load() is None
    checkpoint.delete()


def test_a_damaged_checkpoint_is_ignored_with_a_warning(tmp_path, caplog):
    checkpoint = Checkpoint(tmp_path / "c", every_s=1e9)
    checkpoint.save({"z": np.arange(500)}, {"sweep": 3})
    assert not checkpoint.due()
    data = bytearray(checkpoint.path.read_bytes())
    data[-9] ^= 1
    checkpoint.path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert checkpoint.load() is None
    assert "ignored" in caplog.text
    checkpoint.path.write_bytes(data[:40])
    assert checkpoint.load() is None


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_come_in_the_order_of_the_items(n_jobs):
    done = []
    results = map_ordered(abs, [-3, 2, -1, 0, 5, -6, 7], n_jobs=n_jobs, on_done=done.append)
    assert list(results) == [3, 2, 1, 0, 5, 6, 7]
    assert done == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_in_the_work_reaches_the_caller(n_jobs):
    with pytest.raises(TypeError):
        list(map_ordered(abs, [1, "x", 2], n_jobs=n_jobs))


def test_unknown_name_errors_carry_candidates():
    error = UnknownNameError("unknown", name="x", candidates=["a", "b"])
    assert isinstance(error, LookupError)
    assert error.candidates == ("a", "b")


def test_every_public_name_of_core_is_found_where_it_is_said_to_live():
    import bandscape.core as core

    assert sorted(core.__all__) == sorted(core._HOME_OF)
    for name in core.__all__:
        assert getattr(core, name).__name__ == name or name == "ProgressCallback"
    with pytest.raises(AttributeError, match="nothing"):
        core.nothing  # noqa: B018 - reading it is the test


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_threads_return_results_in_order_again_and_again(n_jobs):
    team = ThreadTeam(n_jobs)
    for size in (0, 1, 3, 50):
        assert team.map(lambda number: number * number, range(size)) == [n * n for n in range(size)]


def test_all_threads_of_a_team_work_at_once_and_the_caller_is_one():
    meeting = threading.Barrier(3)

    def meet(_):
        meeting.wait(timeout=300)  # breaks unless three items are in work at the same time
        return threading.current_thread()

    threads = ThreadTeam(3).map(meet, range(3))
    assert len(set(threads)) == 3
    assert threading.current_thread() in threads


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_on_a_thread_reaches_the_caller_and_ends_the_work(n_jobs):
    done = []

    def fail_at_three(number):
        if number == 3:
            raise ValueError("three")
        done.append(number)

    with pytest.raises(ValueError, match="three"):
        map_threads(fail_at_three, range(10_000), n_jobs=n_jobs)
    assert done[:3] == [0, 1, 2] or n_jobs > 1


def test_the_threads_of_a_team_end_with_it():
    team = ThreadTeam(4)
    workers = set(team.map(lambda _: threading.current_thread(), range(400)))
    del team
    gc.collect()
    for thread in workers - {threading.current_thread()}:
        thread.join(timeout=300)
        assert not thread.is_alive()


def test_a_script_without_a_main_guard_learns_the_remedy(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from bandscape.core.executors.local import map_ordered\nlist(map_ordered(abs, [1, -2, 3], n_jobs=2))\n"
    )
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    told = [line for line in run.stderr.splitlines() if "ParameterError: n_jobs=2: a process ended" in line]
    assert len(told) == 1  # of this process; Python's own tracker of resources may say a word after it
    assert 'if __name__ == "__main__":' in told[0]


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path, monkeypatch):
    def die(_path):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(Path, "unlink", lambda *_args, **_options: None)
        killed.setattr(replacement, "sync", die)
        with replacement.replace_file(tmp_path / "a.parquet") as half:
            half.write_text("half")
    others = [tmp_path / ".notes.tmp", tmp_path / ".mine.abc.tmp", tmp_path / "b.parquet"]
    for path in others:
        path.touch()
    of_safetensors = tmp_path / ".tmpa1B2c3"
    of_safetensors.touch()
    assert half.exists()
    replacement.remove_unfinished(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
    replacement.remove_unfinished(tmp_path / "absent")


def test_half_a_folder_of_a_killed_writer_goes_and_that_of_one_at_work_stays(tmp_path):
    code = (
        "import os, signal, sys; from bandscape.core.replacement import replace_directory\n"
        "with replace_directory(sys.argv[1]) as half:\n    (half / 'a').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model")], timeout=120)
    (left,) = tmp_path.iterdir()
    with replacement.replace_directory(tmp_path / "model") as ours:
        assert not left.exists()
        with replacement.replace_directory(tmp_path / "model"):
            assert ours.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_taken_for_abandoned_before_it_is_held_is_made_again(tmp_path, monkeypatch):
    hold, taken = replacement._hold, []

    def take_first(folder):
        if not taken:
            taken.append(folder)
            folder.rmdir()  # as another writer does that looks for what killed ones left
        return hold(folder)

    monkeypatch.setattr(replacement, "_hold", take_first)
    with replacement.replace_directory(tmp_path / "model") as half:
        assert half not in taken
        (half / "a").touch()
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["a"]


def test_writers_of_one_folder_at_once_all_end_well(tmp_path):
    def write(number):
        for turn in range(25):
            with replacement.replace_directory(tmp_path / "model") as half:
                for name in ("a", "b"):
                    (half / name).write_text(f"{number} {turn}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert len({path.read_text() for path in (tmp_path / "model").iterdir()}) == 1


@pytest.mark.parametrize("replace", [replacement.replace_file, replacement.replace_directory])
def test_an_error_of_arrow_names_the_file_that_was_asked_for(tmp_path, replace):
    with pytest.raises(OSError, match=r"x\.parquet") as caught, replace(tmp_path / "x.parquet") as half:
        pa.OSFile(str(half / "no folder" / "table"), "wb")
    assert ".tmp" not in str(caught.value)
    assert caught.value.filename == str(tmp_path / "x.parquet")


def deferred(code):
    """Run code in a fresh process where a package of the working folder is deferred."""
    program = f"import sys; sys.path.insert(0, '.'); from bandscape.core.deferral import defer_module\n{code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


@pytest.fixture
def slow_package(tmp_path, monkeypatch):
    package = tmp_path / "outer" / "slow"
    package.mkdir(parents=True)
    (tmp_path / "outer" / "__init__.py").write_text("")
    (package / "__init__.py").write_text(
        "print('runs')\nfrom . import part\nfrom .part import VALUE\n__all__ = ['VALUE']\n"
    )
    (package / "part.py").write_text("VALUE = 7\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("use", "printed"),
    [
        ("", ["here"]),
        ("print(outer.slow.VALUE)", ["here", "runs", "7"]),
        ("from outer.slow import VALUE; print(VALUE)", ["here", "runs", "7"]),
        ("from outer.slow import *; print(VALUE)", ["here", "runs", "7"]),
        ("import outer.slow.part as part; print(part.VALUE)", ["here", "runs", "7"]),
        ("print(hasattr(outer.slow, 'none'), hasattr(outer.slow, 'part'))", ["here", "runs", "False True"]),
        ("from importlib import reload; print(reload(outer.slow).VALUE)", ["here", "runs", "7"]),
        ("outer.slow.VALUE; import importlib; importlib.reload(outer.slow)", ["here", "runs", "runs"]),
    ],
)
@pytest.mark.usefixtures("slow_package")
def test_a_deferred_module_runs_when_something_of_it_is_asked_for(use, printed):
    found = deferred(f"defer_module('outer.slow'); import outer.slow; print('here')\n{use}")
    assert found.stdout.splitlines() == printed, found.stderr


@pytest.mark.usefixtures("slow_package")
def test_threads_that_ask_at_once_find_a_whole_deferred_module():
    code = """
from concurrent.futures import ThreadPoolExecutor
defer_module('outer.slow'); defer_module('outer.slow'); import outer.slow
print(set(ThreadPoolExecutor(8).map(lambda _: outer.slow.VALUE, range(80))))"""
    assert deferred(code).stdout.splitlines() == ["runs", "{7}"]


@pytest.mark.usefixtures("slow_package")
def test_what_is_loaded_or_missing_cannot_be_deferred():
    code = (
        "import outer.slow; defer_module('outer.slow'); defer_module('outer.none'); print(outer.slow.VALUE)"
    )
    assert deferred(code).stdout.splitlines() == ["runs", "7"]
    missing = deferred("defer_module('outer.none')\nimport outer.none")
    assert missing.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'outer.none'"


@pytest.mark.usefixtures("slow_package")
def test_a_deferred_module_that_fails_says_so_each_time():
    Path("outer/slow/part.py").write_text("import none_such")
    code = """
defer_module('outer.slow'); import outer.slow
for _ in range(2):
    try: outer.slow.VALUE
    except ModuleNotFoundError as error: print(error)"""
    expected = ["runs", "No module named 'none_such'"] * 2
    assert deferred(code).stdout.splitlines() == expected
