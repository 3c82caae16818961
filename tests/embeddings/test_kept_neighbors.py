import numpy as np
import pytest

from bandscape.embeddings import ArrowStore, VectorTable, build_store
from bandscape.embeddings.stores import kept_neighbors
from bandscape.embeddings.stores.arrow_files import FILES


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(kept_neighbors, "PRODUCTS_OF_A_PART", 1)  # parts of 256 artists
    matrix = np.random.default_rng(1).normal(size=(1000, 8)).astype(np.float32)
    matrix[300] = 0
    return VectorTable(matrix, [f"id-{row}" for row in range(1000)], [f"name {row}" for row in range(1000)])


def asked(monkeypatch):
    """First rows of the parts that are looked for."""
    seen, usual = [], kept_neighbors.find_neighbors

    def find(*arguments, asked=None, **options):
        seen.append(int(asked[0]))
        return usual(*arguments, asked=asked, **options)

    monkeypatch.setattr(kept_neighbors, "find_neighbors", find)
    return seen


def built(table, folder, **options):
    folder.mkdir(exist_ok=True)
    table.save(folder / FILES[0])
    finished = build_store(table, folder, k=10, **options)
    return (folder / FILES[1]).read_bytes() if finished else None


def test_a_build_that_was_cut_off_goes_on_to_the_same_bytes(table, tmp_path, monkeypatch):
    whole, parts = built(table, tmp_path / "whole"), tmp_path / "parts"
    seen = asked(monkeypatch)
    assert (
        built(table, tmp_path / "cut", parts=parts, on_progress=lambda progress: progress.done > 600) is None
    )
    assert seen == [0, 256, 512]
    assert len(list(parts.iterdir())) == 2

    def fall(progress):
        if progress.done > 800:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        built(table, tmp_path / "cut", parts=parts, on_progress=fall)
    assert built(table, tmp_path / "cut", parts=parts) == whole
    assert seen == [0, 256, 512, 512, 768, 768]
    assert not parts.exists()
    assert len(ArrowStore(tmp_path / "cut").neighbors("id-5", 10)) == 10


def test_parts_that_are_damaged_or_of_other_vectors_are_not_used(table, tmp_path, monkeypatch):
    whole, parts = built(table, tmp_path / "whole"), tmp_path / "parts"
    built(table, tmp_path / "cut", parts=parts, on_progress=lambda progress: progress.done > 800)
    first, second, third = sorted(parts.iterdir())
    first.write_bytes(first.read_bytes()[:-50])
    second.write_bytes(third.read_bytes())
    other = VectorTable(-table.matrix[:, ::-1], table.artist_ids, table.names)
    fresh = built(other, tmp_path / "fresh")
    seen = asked(monkeypatch)
    assert (
        built(table, tmp_path / "cut", parts=parts, on_progress=lambda progress: progress.done > 800) is None
    )
    assert seen == [0, 256, 768]
    assert built(other, tmp_path / "other", parts=parts) == fresh
    assert seen[3:] == [0, 256, 512, 768]
    assert built(table, tmp_path / "again", parts=parts) == whole


def test_progress_counts_the_whole(table, tmp_path):
    told = []
    built(
        table,
        tmp_path / "told",
        parts=tmp_path / "parts",
        on_progress=lambda p: told.append((p.done, p.total)) and None,
    )
    assert told == sorted(told)
    assert told[-1] == (1000, 1000)
