import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.neighbors import KNeighborsClassifier

from bandscape.core.errors import MissingExtraError, ParameterError, SchemaError, SourceError
from bandscape.viz import lay_out, read_layout, tsne, write_layout
from bandscape.viz import layout as layout_module


def clouds(rng, n=200, dims=12):
    label = np.arange(n) % 4
    return (rng.normal(size=(4, dims))[label] * 3 + rng.normal(size=(n, dims))).astype(np.float32), label


@pytest.mark.parametrize("method", ["opentsne", "sklearn"])
def test_separated_clouds_stay_separable_on_the_map(rng, method):
    matrix, label = clouds(rng)
    placed = lay_out(matrix, method=method, random_state=1)
    assert placed.coordinates.shape == (200, 2)
    assert placed.coordinates.dtype == np.float32
    assert placed.method == method
    knn = KNeighborsClassifier(5).fit(placed.coordinates[:100], label[:100])
    assert knn.score(placed.coordinates[100:], label[100:]) > 0.97
    assert placed.trustworthiness > 0.9


# 1,200 points take the FFT gradients, 120 the tree
@pytest.mark.parametrize("n", [120, 1_200])
def test_same_bytes_at_any_thread_count_and_on_rerun(rng, n, monkeypatch):
    monkeypatch.setattr(tsne, "_EXAGGERATED_STEPS", 60)
    monkeypatch.setattr(tsne, "_STEPS", 60)
    monkeypatch.setattr(tsne, "_THREADS_PAY", 0)
    matrix, _ = clouds(rng, n)
    first = lay_out(matrix, n_jobs=1)
    for n_jobs in (1, 2, 4):
        again = lay_out(matrix, n_jobs=n_jobs)
        assert again.coordinates.tobytes() == first.coordinates.tobytes()
        assert again.neighbor_kept.tobytes() == first.neighbor_kept.tobytes()
        assert again.trustworthiness == first.trustworthiness


def test_neighbors_by_cells_make_as_good_a_map(rng, monkeypatch):
    matrix, _ = clouds(rng, 1_200)
    exact, cells = (lay_out(matrix, neighbors=how, n_jobs=1) for how in ("exact", "cells"))
    assert abs(cells.trustworthiness - exact.trustworthiness) < 0.003
    monkeypatch.setattr(layout_module, "EXACT_UP_TO", 1_000)
    assert np.array_equal(lay_out(matrix).coordinates, cells.coordinates)


def test_neighbors_by_cells_make_the_same_map_at_any_thread_count(rng, monkeypatch):
    monkeypatch.setattr(tsne, "_EXAGGERATED_STEPS", 60)
    monkeypatch.setattr(tsne, "_STEPS", 60)
    monkeypatch.setattr(tsne, "_THREADS_PAY", 0)
    matrix, _ = clouds(rng, 1_200)
    one, two = (lay_out(matrix, neighbors="cells", n_jobs=n) for n in (1, 2))
    assert np.array_equal(one.coordinates, two.coordinates)


def test_another_seed_is_another_map(rng):
    matrix, _ = clouds(rng, 60)
    assert not np.array_equal(lay_out(matrix, random_state=0), lay_out(matrix, random_state=1))


def test_the_input_is_left_alone(rng):
    matrix, _ = clouds(rng, 40)
    matrix.flags.writeable = False
    lay_out(matrix)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 8, 9, 25])
@pytest.mark.parametrize("kind", ["random", "equal", "zero", "two kinds", "no columns", "one column"])
def test_small_and_degenerate_tables_have_a_finite_map(rng, n, kind):
    matrix = {
        "random": rng.normal(size=(n, 5)),
        "equal": np.ones((n, 5)),
        "zero": np.zeros((n, 5)),
        "two kinds": np.eye(5)[np.arange(n) % 2],
        "no columns": np.zeros((n, 0)),
        "one column": rng.normal(size=(n, 1)),
    }[kind]
    placed = lay_out(matrix)
    assert placed.coordinates.shape == (n, 2)
    assert placed.neighbor_kept.shape == (n,)
    assert np.isfinite(placed.coordinates).all()
    assert len(np.unique(placed.coordinates, axis=0)) == n, "no two artists may hide one another"


def test_few_points_are_placed_by_principal_components(rng):
    matrix = rng.normal(size=(6, 4))
    placed = lay_out(matrix, metric="euclidean")
    assert placed.method == "pca"
    assert placed.perplexity is None
    centered = matrix - matrix.mean(axis=0)
    left, strength, _ = np.linalg.svd(centered, full_matrices=False)
    expected = left[:, :2] * strength[:2]
    for axis in range(2):
        assert abs(np.corrcoef(placed.coordinates[:, axis], expected[:, axis])[0, 1]) > 0.999


def test_metrics_differ_as_they_should(rng):
    direction = np.repeat(np.eye(3), 20, axis=0)
    matrix = direction * rng.uniform(0.1, 100, size=(60, 1)) + rng.normal(scale=1e-3, size=(60, 3))
    by_cosine = lay_out(matrix)
    same = KNeighborsClassifier(3).fit(by_cosine.coordinates, np.arange(60) // 20)
    assert same.score(by_cosine.coordinates, np.arange(60) // 20) == 1.0
    assert not np.allclose(by_cosine.coordinates, lay_out(matrix, metric="euclidean").coordinates)


def test_scikit_learn_steps_in_where_opentsne_is_missing(rng, monkeypatch):
    real = layout_module.importlib.util.find_spec
    monkeypatch.setattr(
        layout_module.importlib.util, "find_spec", lambda name: None if name == "openTSNE" else real(name)
    )
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    placed = lay_out(clouds(rng, 60)[0])
    assert placed.method == "sklearn"
    assert placed.trustworthiness > 0.8


def test_without_any_tsne_the_remedy_is_named(rng, monkeypatch):
    monkeypatch.setattr(layout_module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install openTSNE"):
        lay_out(clouds(rng, 60)[0])


def test_progress_counts_up_and_a_true_answer_stops(rng):
    events = []
    matrix = clouds(rng, 60)[0]
    lay_out(matrix, on_progress=lambda event: events.append(event))
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert events[-1].done == events[-1].total == 750
    stopped = []
    placed = lay_out(matrix, on_progress=lambda event: stopped.append(event) or len(stopped) == 2)
    assert len(stopped) == 2
    assert np.isfinite(placed.coordinates).all()


@pytest.mark.parametrize(
    ("matrix", "options", "said"),
    [
        (np.zeros((9, 2)), {"neighbors": "near"}, "neighbors must be one of auto, exact, cells"),
        (np.zeros(3), {}, "two dimensions"),
        ([[1.0], [np.nan]], {}, "row 1 of 2"),
        ([["a"]], {}, "numbers only"),
        ([[1.0], [1.0, 2.0]], {}, "numbers only"),
        (np.eye(3), {"method": "magic"}, "one of opentsne, sklearn, umap, pacmap, pca; got 'magic'"),
        (np.eye(3), {"metric": "city"}, "one of cosine, euclidean"),
        (np.eye(3), {"n_jobs": 0}, "n_jobs must be an int >= 1; got 0"),
        (np.eye(30), {"perplexity": 50}, r"perplexity must be from 1 to \(n - 1\) / 3 = 9.7"),
        (np.eye(30), {"random_state": -1}, "random_state"),
    ],
)
def test_unusable_arguments_are_named(matrix, options, said):
    with pytest.raises(ParameterError, match=said):
        lay_out(matrix, **options)


def test_a_stored_layout_comes_back(rng, tmp_path):
    placed = lay_out(clouds(rng, 30)[0], perplexity=5, random_state=7)
    write_layout(tmp_path / "artists.parquet", placed, [f"a{i}" for i in range(30)])
    again, ids = read_layout(tmp_path / "artists.parquet")
    assert ids == [f"a{i}" for i in range(30)]
    assert again.coordinates.tobytes() == placed.coordinates.tobytes()
    assert again.neighbor_kept.tobytes() == placed.neighbor_kept.tobytes()
    assert (again.method, again.perplexity, again.seed, again.metric) == ("opentsne", 5.0, 7, "cosine")
    assert again.trustworthiness == placed.trustworthiness


def test_a_stored_layout_without_a_measure_comes_back(tmp_path):
    write_layout(tmp_path / "a.parquet", lay_out(np.eye(2)), ["x", "y"])
    assert np.isnan(read_layout(tmp_path / "a.parquet")[0].trustworthiness)


def test_wrong_files_are_refused_by_name(tmp_path):
    with pytest.raises(ParameterError, match="got 1 for 2 points"):
        write_layout(tmp_path / "a.parquet", lay_out(np.eye(2)), ["x"])
    with pytest.raises(SourceError):
        read_layout(tmp_path / "absent.parquet")
    import pyarrow as pa

    from bandscape.core.files import write_table

    write_table(tmp_path / "other.parquet", pa.table({"artist_id": ["a"]}))
    with pytest.raises(SchemaError, match="not a stored layout"):
        read_layout(tmp_path / "other.parquet")


def test_layouts_of_sounds_have_a_column_of_tracks_and_older_ones_are_read(tmp_path):
    made = lay_out(np.eye(2))
    write_layout(tmp_path / "new.parquet", made, ["a.wav", "b.wav"], id_column="track")
    write_layout(tmp_path / "old.parquet", made, ["a.wav", "b.wav"])
    assert pq.read_schema(tmp_path / "new.parquet").names[0] == "track"
    for name in ("new", "old"):
        assert read_layout(tmp_path / f"{name}.parquet")[1] == ["a.wav", "b.wav"]
    with pytest.raises(ParameterError, match="id_column must be one of artist_id, track"):
        write_layout(tmp_path / "x.parquet", made, ["a.wav", "b.wav"], id_column="sound")
