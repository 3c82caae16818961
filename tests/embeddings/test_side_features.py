"""Side features: what is refused, that they place artists never trained, and that shuffled ones do not."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.core.files import write_table
from bandscape.embeddings import (
    Artist2Vec,
    GroupTokens,
    SideProjection,
    check_side_features,
    cold_start_figures,
    fit_side_projection,
    measure_cold_start,
    read_side_features,
)


@pytest.fixture(scope="module")
def press(artists_of):
    """300 artists in three genres; 50 have no genre; three features tell the genre, noisily."""
    rng = np.random.default_rng(0)
    genre = rng.integers(0, 3, 300)
    genres = [[f"g{g}"] for g in genre]
    for row in range(250, 300):
        genres[row] = []
    sound = 3.0 * np.eye(3)[genre] + rng.normal(0, 0.7, (300, 3))
    return artists_of(genres), genre, sound


@pytest.fixture(scope="module")
def trained(press):
    return Artist2Vec(dim=8, contexts=[GroupTokens("genres")]).fit(press[0]).vectors_


def table(rows, matrix, **facts):
    frame = pd.DataFrame({"artist_id": [f"id{row}" for row in rows], "vector": list(matrix)})
    return check_side_features(frame, source="sound.parquet", **facts)


def test_artists_without_vector_are_placed_near_their_genre(press, trained):
    _, genre, sound = press
    projection, placed = fit_side_projection(trained, [table(range(300), sound)])
    np.testing.assert_array_equal(placed.matrix[:250], trained.matrix[:250])
    assert placed.known.all()
    near = np.argsort(-(placed.matrix[250:] @ trained.matrix[:250].T), axis=1)[:, :10]
    assert (genre[near] == genre[250:, None]).mean() > 0.9
    assert projection.n_artists == 250


def test_cold_start_beats_chance_and_shuffled_features_do_not(press):
    artists, _, sound = press
    model = Artist2Vec(dim=8, contexts=[GroupTokens("genres")])
    found = measure_cold_start(artists, [table(range(300), sound)], model, n_splits=2)
    mean = {name: np.mean([getattr(split, name) for split in found]) for name in
            ("with_features", "shuffled", "without", "chance")}  # fmt: skip
    assert mean["with_features"] > 0.9
    assert abs(mean["shuffled"] - mean["chance"]) < 0.2
    assert abs(mean["without"] - mean["chance"]) < 0.25
    assert found == measure_cold_start(artists, [table(range(300), sound)], model, n_splits=2)


def test_blind_answers_are_every_dealing_of_the_answers(press):
    """Shuffled features are one such dealing, so they differ from blind by luck only."""
    artists, genre, sound = press
    common = artists[artists["genres"].map(lambda genres: genres != ["g2"]) | (artists.index % 5 == 0)]
    kept = common.reset_index(drop=True)  # g2 is rare: chance, blind and the commonest genre differ
    features = [
        check_side_features(
            pd.DataFrame({"artist_id": common["artist_id"], "vector": list(sound[common.index])})
        )
    ]
    found = measure_cold_start(
        kept,
        features,
        lambda frame, _seed: np.eye(3)[genre[frame["artist_id"].str[2:].astype(int)]],
        n_splits=6,
    )
    gaps = [split.shuffled - split.blind for split in found]
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(len(gaps)) + 0.02
    assert np.mean([split.with_features - split.blind for split in found]) > 0.4


def test_cold_start_of_any_vectors_has_intervals_and_levels(press):
    artists, genre, sound = press
    told = {"genres": lambda frame, _seed: np.eye(3)[genre[frame["artist_id"].str[2:].astype(int)]],
            "nothing": lambda frame, seed: np.random.default_rng(seed).normal(size=(len(frame), 3))}  # fmt: skip
    figures = {
        (one.method, one.name): one for one in cold_start_figures(artists, [table(range(300), sound)], told)
    }
    good, bad = figures["genres", "cold_genre_at_10"], figures["nothing", "cold_genre_at_10"]
    assert good.low > 0.9
    assert bad.value == pytest.approx(bad.chance, abs=0.12)
    assert good.chance == bad.chance
    assert good.n == bad.n == 3 * 25
    shuffled = figures["genres", "cold_shuffled_at_10"]
    assert shuffled.low - 0.02 <= shuffled.chance <= shuffled.high + 0.02
    assert {name for method, name in figures if method == "nothing"} == {
        "cold_genre_at_10",
        "cold_in_common_at_10",
        "cold_shuffled_at_10",
    }


def test_missing_table_is_absent_and_no_table_gives_the_absent_vector(press, trained):
    _, genre, sound = press
    tables = [table(range(280), sound[:280]), table(range(240), -sound[:240, ::-1])]
    projection, _ = fit_side_projection(trained, tables)
    nothing = np.full((20, 3), np.nan)
    alone = projection.infer([sound[250:270], nothing])
    near = np.argsort(-(alone @ trained.matrix[:250].T), axis=1)[:, :10]
    assert (genre[near] == genre[250:270, None]).mean() > 0.9
    absent = projection.infer([nothing, nothing])
    np.testing.assert_allclose(absent[0], projection.absent / np.linalg.norm(projection.absent), atol=1e-6)


def test_normalization_is_stored_and_scale_has_no_effect(press, trained, tmp_path):
    _, _, sound = press
    projection, _ = fit_side_projection(trained, [table(range(300), sound)])
    projection.save(tmp_path / "side")
    again = SideProjection.load(tmp_path / "side")
    np.testing.assert_array_equal(again.infer([sound[:5]]), projection.infer([sound[:5]]))
    scaled, _ = fit_side_projection(trained, [table(range(300), 1000 * sound + 5)])
    np.testing.assert_allclose(
        scaled.infer([1000 * sound[250:] + 5]), projection.infer([sound[250:]]), atol=1e-4
    )


def test_names_are_matched_forgivingly_and_new_names_are_placed(press, trained):
    _, _, sound = press
    frame = pd.DataFrame(
        {"name": [f"ARTIST {row}" for row in range(249)] + ["Somebody new"], "vector": list(sound[:250])}
    )
    projection, _ = fit_side_projection(trained, [check_side_features(frame)])
    keys, vectors = projection.place([check_side_features(frame)])
    assert "Somebody new" in keys
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_parquet_keeps_model_and_version(tmp_path):
    columns = pa.table({"name": ["a", "b"], "tempo": [1.0, 2.0], "energy": [3, 4], "note": ["x", "y"]})
    write_table(tmp_path / "f.parquet", columns.replace_schema_metadata({"model": "m", "version": "2"}))
    found = read_side_features(tmp_path / "f.parquet")
    assert (found.model, found.version, found.columns, found.source) == (
        "m",
        "2",
        ("tempo", "energy"),
        "f.parquet",
    )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"who": ["a"], "x": [1.0]}, "one of the columns artist_id, name, artist is needed"),
        ({"name": ["a", "b"]}, "a column vector or numeric columns are needed"),
        ({"name": ["a", None], "x": [1.0, 2.0]}, "row 2 has no name"),
        ({"name": ["a", "a"], "x": [1.0, 2.0]}, "'a' is there twice"),
        ({"name": ["a", "b"], "x": [1.0, np.nan]}, "1 of 2 artists, 'b' first, have numbers that are missing"),
        ({"name": ["a", "b"], "x": [1.0, -1e300]}, r"a number of 'b' is 1e\+300; numbers up to 1e\+30"),
        ({"name": ["a", "b"], "vector": [[1.0, 2.0], [1.0]]}, "must have one length of at least 1; got lengths 1, 2"),
        ({"name": ["a", "b"], "vector": [["x"], ["y"]]}, "must hold lists of numbers"),
        ({"name": [], "x": []}, "holds no rows"),
    ],
)  # fmt: skip
def test_unusable_tables_are_refused(columns, message):
    with pytest.raises(SchemaError, match=message):
        check_side_features(pd.DataFrame(columns))


def test_no_overlap_too_few_and_other_versions_are_refused(press, trained):
    _, _, sound = press
    strangers = check_side_features(pd.DataFrame({"name": ["x"], "v": [1.0]}), source="s.parquet")
    with pytest.raises(SchemaError, match=r"s.parquet: none of its 1 artists is in the artists table"):
        fit_side_projection(trained, [strangers])
    with pytest.raises(SchemaError, match=r"at least 20 artists .* are needed; got 5"):
        fit_side_projection(trained, [table(range(5), sound[:5])])
    projection, _ = fit_side_projection(trained, [table(range(300), sound, version="1")])
    with pytest.raises(SchemaError, match=r"version must be as in .*: 1; got 2"):
        projection.place([table(range(3), sound[:3], version="2")])
    with pytest.raises(SchemaError, match="columns must be as in"):
        projection.place([table(range(3), sound[:3, :2], version="1")])
    with pytest.raises(ParameterError, match="features must be 1 matrices"):
        projection.infer([sound[:, :2]])
