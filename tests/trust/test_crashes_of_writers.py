"""Writers on a disk that fails or dies: the old content or the new one, a clear error, no leftover."""

import contextlib
import errno
import os
import shutil

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import random as random_sparse

from bandscape.core import (
    BandscapeError,
    Checkpoint,
    TableWriter,
    Workspace,
    load_artifact,
    replace_directory,
    save_artifact,
    sha256_of,
    write_arrays,
    write_arrow,
    write_json,
    write_sparse,
    write_table,
    write_text,
)

from .disk import Died, Disk, SyncedFirst, small_files

NUMBERS = np.random.default_rng(0).normal(size=4000)


def stream_table(path, scale):
    table = pa.table({"x": NUMBERS * scale})
    with TableWriter(path, table.schema) as writer:
        writer.write(table.slice(0, 1000))
        writer.write(table.slice(1000))


WRITERS = {
    "json": lambda path, scale: write_json(path, (NUMBERS * scale).tolist()),
    "text": lambda path, scale: write_text(path, str(scale) * 20_000),
    "parquet": lambda path, scale: write_table(path, pa.table({"x": NUMBERS * scale})),
    "streamed parquet": stream_table,
    "arrow": lambda path, scale: write_arrow(path, pa.table({"x": NUMBERS * scale})),
    "safetensors": lambda path, scale: write_arrays(path, {"x": NUMBERS * scale}),
    "sparse": lambda path, scale: write_sparse(
        path, random_sparse(300, 300, density=0.1, format="csr", random_state=int(scale))
    ),
    "checkpoint": lambda path, scale: Checkpoint(path).save({"x": NUMBERS * scale}, {"scale": scale}),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=list(WRITERS))
def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path, write):
    path = tmp_path / "file"
    write(path, 2)
    size = path.stat().st_size
    write(path, 1)
    old = sha256_of(path)
    for n_bytes in (0, 1, size // 3, size // 2, size - 1):
        with small_files(n_bytes), pytest.raises((OSError, BandscapeError)):
            write(path, 2)
        assert sha256_of(path) == old
        assert [one.name for one in tmp_path.iterdir()] == ["file"], f"cut off after {n_bytes} bytes"
    write(path, 2)
    assert sha256_of(path) != old


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EIO, errno.EROFS], ids=lambda code: errno.errorcode[code]
)
@pytest.mark.parametrize("write", WRITERS.values(), ids=list(WRITERS))
def test_an_error_at_any_boundary_leaves_one_whole_file(tmp_path, write, code):
    path = tmp_path / "file"
    write(path, 1)
    old = sha256_of(path)
    write(path, 2)
    new = sha256_of(path)
    with Disk()() as whole:
        write(path, 1)
    for at in range(1, whole.n_boundaries + 1):
        write(path, 1)
        with contextlib.suppress(OSError), Disk(fail_at=at, error=OSError(code, os.strerror(code)))():
            write(path, 2)
        assert sha256_of(path) in (old, new)
        assert [one.name for one in tmp_path.iterdir()] == ["file"]


def save(folder, scale):
    save_artifact(folder, "toy", config={"scale": scale}, arrays={"x": NUMBERS * scale})


def test_an_artifact_folder_survives_an_error_at_any_boundary(tmp_path):
    save(tmp_path / "m", 1)
    with Disk()() as whole:
        save(tmp_path / "m", 1)
    for at in range(1, whole.n_boundaries + 1):
        save(tmp_path / "m", 1)
        with contextlib.suppress(OSError), Disk(fail_at=at, error=OSError(errno.ENOSPC, "full"))():
            save(tmp_path / "m", 2)
        assert (tmp_path / "m").is_dir(), at
        assert load_artifact(tmp_path / "m", "toy").config["scale"] in (1, 2), at
        assert not list(tmp_path.glob(".*.tmp"))


def test_an_artifact_folder_survives_a_death_at_any_boundary(tmp_path):
    save(tmp_path / "m", 1)
    with Disk()() as whole:
        save(tmp_path / "m", 1)
    for at in range(1, whole.n_boundaries + 1):
        root = tmp_path / str(at)
        save(root / "m", 1)
        with Disk(fail_at=at)(), pytest.raises(Died):
            save(root / "m", 2)
        assert load_artifact(root / "m", "toy").config["scale"] in (1, 2), at
        save(root / "m", 3)
        assert load_artifact(root / "m", "toy").config["scale"] == 3


def build_all(scale):
    """A step that writes each kind of file."""

    def build(stage):
        (stage / "corpus" / "deep").mkdir(parents=True)
        for name, write in WRITERS.items():
            write(stage / "corpus" / name.replace(" ", "-"), scale)
        save(stage / "corpus" / "deep" / "model", scale)
        (stage / f"only-{scale}").write_text("of this one")

    return build


def public_files(root):
    """sha256 of all but the hidden and the manifest, whose times differ."""
    return {
        str(path.relative_to(root)): sha256_of(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.name != "manifest.json"
    }


@pytest.fixture
def first(tmp_path):
    with Workspace.create(tmp_path / "first") as workspace:
        workspace.run_step("s", build_all(1), parameters={"scale": 1}, values={"round": 1})
    return workspace.root


@pytest.fixture
def second(first, tmp_path):
    root = shutil.copytree(first, tmp_path / "second")
    run_second(root)
    return public_files(root)


def run_second(root):
    with Workspace(root).writing() as workspace:
        workspace.run_step("s", build_all(2), parameters={"scale": 2}, values={"round": 2})


def count_boundaries(first, root):
    shutil.copytree(first, root)
    with Disk()() as disk:
        run_second(root)
    return disk.n_boundaries


def check_after(root, first, second):
    """Readers are served, the next writer finds all of the old or all of the new, and the step can be run again."""
    reader = Workspace(root)
    assert reader.values()["round"] in (1, 2)
    for path in reader.steps()["s"].outputs:
        reader.intact(path)
    with Workspace(root).writing() as workspace:
        files = public_files(root)
        assert files == (public_files(first) if workspace.values()["round"] == 1 else second)
    run_second(root)
    assert public_files(root) == second
    assert Workspace(root).values()["round"] == 2
    assert not [path for path in root.rglob(".*") if path.suffix in (".tmp", ".previous")]


def test_a_step_survives_an_error_at_any_boundary(first, second, tmp_path):
    n_boundaries = count_boundaries(first, tmp_path / "count")
    assert n_boundaries > 60
    for at in range(1, n_boundaries + 1):
        root = shutil.copytree(first, tmp_path / f"e{at}")
        full = Disk(fail_at=at, error=OSError(errno.ENOSPC, "No space left on device"))
        with contextlib.suppress(OSError, BandscapeError), full():
            run_second(root)
        check_after(root, first, second)
        shutil.rmtree(root)


def test_a_step_survives_a_death_at_any_boundary(first, second, tmp_path):
    for at in range(1, count_boundaries(first, tmp_path / "count") + 1):
        root = shutil.copytree(first, tmp_path / f"d{at}")
        with Disk(fail_at=at)(), pytest.raises(Died):
            run_second(root)
        check_after(root, first, second)
        shutil.rmtree(root)


def test_a_second_death_while_the_first_is_mended_loses_nothing(first, second, tmp_path):
    n_boundaries = count_boundaries(first, tmp_path / "count")
    for at in range(n_boundaries - 30, n_boundaries + 1):
        for again in (1, 3, 6, 10, 15):
            root = shutil.copytree(first, tmp_path / f"{at}-{again}")
            for fail_at in (at, again):
                with contextlib.suppress(Died), Disk(fail_at=fail_at)():
                    run_second(root)
            check_after(root, first, second)
            shutil.rmtree(root)


def test_everything_is_synced_before_it_is_renamed_and_before_the_manifest_says_so(first):
    watch = SyncedFirst(first)
    with Disk(watch)():
        run_second(first)
    assert watch.n_renamed > 20
    assert watch.faults == []


def test_a_folder_is_synced_as_a_whole_before_it_takes_its_place(tmp_path):
    watch = SyncedFirst(tmp_path)
    with Disk(watch)(), replace_directory(tmp_path / "songs") as folder:
        (folder / "notes.txt").write_text("written by others")
    assert watch.n_renamed == 1
    assert watch.faults == []
    assert watch.unsynced_folders == set(), "the new name lasts"


def test_the_watch_for_unsynced_files_sees_one(tmp_path):
    watch = SyncedFirst(tmp_path)
    with Disk(watch)():
        (tmp_path / "a").write_text("x")
        (tmp_path / "a").rename(tmp_path / "b")
    assert watch.faults == ["a was renamed to b before it was synced"]
