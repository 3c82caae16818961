"""The projection that is learnt with the vectors: it places artists, moves nobody, resumes to the byte, is stored."""

import os
import subprocess
import sys

import numpy as np
import pytest

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ParameterError, SchemaError
from bandscape.embeddings import (
    Artist2Vec,
    GroupTokens,
    check_side_features,
    load_projection,
    measure_cold_start,
)
from bandscape.embeddings.context_index import index_contexts
from bandscape.embeddings.joint_training import ARTISTS_PER_STEP, JointTrainer, side_inputs, start_network
from bandscape.embeddings.nce import NceSettings
from bandscape.embeddings.side_blocks import align

CONTEXTS = [GroupTokens("genres")]


@pytest.fixture(scope="module")
def press(artists_of):
    """300 artists in three genres, the last 50 without; three features tell the genre, noisily."""
    rng = np.random.default_rng(0)
    genre = rng.integers(0, 3, 300)
    sound = 3.0 * np.eye(3)[genre] + rng.normal(0, 0.7, (300, 3))
    return artists_of([[f"g{g}"] if row < 250 else [] for row, g in enumerate(genre)]), genre, sound


def table(rows, matrix, **facts):
    import pandas as pd

    frame = pd.DataFrame({"artist_id": [f"id{row}" for row in rows], "vector": list(matrix)})
    return check_side_features(frame, source="sound.parquet", **facts)


def tables(sound):
    """Two tables: the second tells the same, and lacks the last 60 artists."""
    return [table(range(280), sound[:280]), table(range(240), -sound[:240, ::-1])]


def fit(artists, side_features, **how):
    return Artist2Vec(dim=8, contexts=CONTEXTS).fit(artists, side_features=side_features, **how)


@pytest.fixture(scope="module")
def fitted(press):
    return fit(press[0], tables(press[2]))


def near_genre(vectors, model, genre, rows):
    near = np.argsort(-(vectors @ model.vectors_.matrix[:250].T), axis=1)[:, :10]
    return (genre[near] == genre[rows, None]).mean()


def test_artists_without_vector_are_placed_and_the_others_are_those_of_a_training_without_features(
    press, fitted
):
    artists, genre, _ = press
    plain = Artist2Vec(dim=8, contexts=CONTEXTS).fit(artists)
    assert plain.projection_ is None
    assert plain.artist_weights_.tobytes() == fitted.artist_weights_.tobytes()
    assert plain.output_weights_.tobytes() == fitted.output_weights_.tobytes()
    rows = np.arange(250, 280)
    assert near_genre(fitted.vectors_.matrix[rows], fitted, genre, rows) > 0.9
    assert not fitted.vectors_.known[280:].any()
    assert fitted.projection_.n_artists == 250


def test_either_table_alone_places_and_without_any_the_answer_is_the_middle(press, fitted):
    _, genre, sound = press
    rows, nothing = np.arange(250, 280), np.full((30, 3), np.nan)
    for blocks in ([sound[rows], nothing], [nothing, -sound[rows, ::-1]]):
        assert near_genre(fitted.projection_.infer(blocks), fitted, genre, rows) > 0.9
    absent = fitted.projection_.infer([nothing, nothing])
    np.testing.assert_array_equal(absent, np.broadcast_to(absent[0], absent.shape))
    middle = fitted.vectors_.matrix[:250].mean(axis=0)
    assert absent[0] @ middle / np.linalg.norm(middle) > 0.7


def test_slopes_are_those_of_the_loss(press):
    """Moving any weight changes 1 - cos, averaged over artists, as the gradient says."""
    trainer = make_trainer(press)
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(ARTISTS_PER_STEP, 8)).astype(np.float32)
    target = rng.normal(size=(ARTISTS_PER_STEP, 8))
    target = (target / np.linalg.norm(target, axis=1, keepdims=True)).astype(np.float32)
    weights = {name: array.astype(np.float64) for name, array in start_network(8, 8, 11).items()}
    slopes = {name: slope.numpy() for name, slope in trainer._slopes(inputs, target).items()}

    def loss():
        hidden = np.maximum(inputs @ weights["hidden"] + weights["hidden_bias"], 0.0)
        placed = hidden @ weights["out"] + weights["out_bias"]
        return 1.0 - np.mean((placed * target).sum(axis=1) / np.linalg.norm(placed, axis=1))

    for name, place in (("hidden", (2, 5)), ("hidden_bias", (7,)), ("out", (9, 3)), ("out_bias", (1,))):
        kept, values = weights[name][place], []
        for move in (1e-4, -1e-4):
            weights[name][place] = kept + move
            values.append(loss())
        weights[name][place] = kept
        assert (values[0] - values[1]) / 2e-4 == pytest.approx(slopes[name][place], rel=0.02, abs=2e-6), name


def make_trainer(press, n_steps=20):
    artists, _, sound = press
    index = index_contexts(artists, CONTEXTS)
    settings = NceSettings(dim=8, n_steps=n_steps, batch_size=64, block_size=16, n_negatives=5, learning_rate=0.3,
                           l2=0.1, corrected=True, seed=11)  # fmt: skip
    features = tables(sound)
    told = index.has_context()
    sides = side_inputs([align(one, artists) for one in features], features, trained=told, informed=told)
    return JointTrainer(index, settings, sides=sides)


def test_tables_are_dropped_one_by_one_and_their_flags_are_set(press):
    trainer = make_trainer(press)
    inputs = np.hstack([np.ones((4, 6)), np.zeros((4, 2))]).astype(np.float32)
    inputs[3, 3:6], inputs[3, 7] = 0.0, 1.0  # lacks the second table
    high, low = 2**32 - 1, 0
    bits = np.array([[high, low, high, high], [high, high, low, high]], np.uint32)
    expected = inputs.copy()
    expected[1, :3], expected[1, 6] = 0.0, 1.0
    expected[2, 3:6], expected[2, 7] = 0.0, 1.0
    np.testing.assert_array_equal(trainer._drop_tables(inputs, bits).numpy(), expected)


def test_steps_do_not_depend_on_how_they_are_grouped(press):
    whole, pieces = make_trainer(press), make_trainer(press)
    whole.advance(0, 20)
    for first, n in ((0, 1), (1, 12), (13, 7)):
        pieces.advance(first, n)
    found = pieces.arrays()
    assert {"hidden", "hidden_mean", "out_bias_square", "artist_sum"} <= set(found)
    for name, array in whole.arrays().items():
        assert array.tobytes() == found[name].tobytes(), name


def test_a_stopped_training_goes_on_to_the_same_bytes_and_only_with_the_same_features(
    press, fitted, tmp_path
):
    artists, _, sound = press
    kept = Checkpoint(tmp_path / "c", every_s=0)
    fit(artists, tables(sound), checkpoint=kept, on_progress=lambda event: event.done > event.total / 3)
    assert kept.load() is not None
    other = fit(
        artists, [], checkpoint=Checkpoint(tmp_path / "c", every_s=1e9), on_progress=lambda _event: True
    )
    assert other.projection_ is None  # that of another job is ignored
    fit(artists, tables(sound), checkpoint=kept, on_progress=lambda event: event.done > event.total / 3)
    again = fit(artists, tables(sound), checkpoint=kept)
    for name in ("hidden", "hidden_bias", "out", "out_bias"):
        assert getattr(again.projection_, name).tobytes() == getattr(fitted.projection_, name).tobytes(), name


def test_it_is_stored_with_the_model_and_alone(press, fitted, tmp_path):
    _, _, sound = press
    wanted = fitted.projection_.infer([sound[:5], -sound[:5, ::-1]])
    fitted.save(tmp_path / "model")
    model = Artist2Vec.load(tmp_path / "model")
    fitted.projection_.save(tmp_path / "side")
    for projection in (model.projection_, load_projection(tmp_path / "side")):
        np.testing.assert_array_equal(projection.infer([sound[:5], -sound[:5, ::-1]]), wanted)
    np.testing.assert_array_equal(model.vectors_.matrix, fitted.vectors_.matrix)
    with pytest.raises(SchemaError, match="version must be as in"):
        model.projection_.place([table(range(3), sound[:3], version="2"), table(range(3), sound[:3])])


def test_cold_start_sets_it_beside_ridge_on_the_same_vectors(press):
    artists, _, sound = press
    model, features = Artist2Vec(dim=8, contexts=CONTEXTS), [table(range(300), sound)]
    joint, ridge = (
        measure_cold_start(artists, features, model, projection=way, n_splits=1)[0]
        for way in ("joint", "ridge")
    )
    assert joint.with_features > 0.9
    assert (joint.kernel_ridge, joint.warm, joint.raw) == (ridge.kernel_ridge, ridge.warm, ridge.raw)
    assert ridge.kernel_ridge == ridge.with_features
    with pytest.raises(ParameterError, match="projection must be one of joint, ridge; got 'mean'"):
        measure_cold_start(artists, features, model, projection="mean")


def test_too_few_and_strangers_are_refused_before_the_training(press):
    artists, _, sound = press
    with pytest.raises(SchemaError, match="at least 20 artists"):
        fit(artists, [table(range(5), sound[:5])])
    with pytest.raises(SchemaError, match="none of its 1 artists"):
        fit(artists, [table([999], sound[:1])])


@pytest.mark.slow
def test_same_bytes_with_one_thread_and_with_four(tmp_path):
    code = (
        "import numpy as np, pandas as pd, sys, hashlib; from bandscape.embeddings import *\n"
        "rng = np.random.default_rng(0); n = 2000; g = rng.integers(0, 5, n); ids = [f'a{i}' for i in range(n)]\n"
        "frame = pd.DataFrame({'artist_id': ids, 'name': ids, 'genres': [[str(x)] for x in g]})\n"
        "side = pd.DataFrame({'artist_id': ids, 'vector': list(np.eye(5)[g] + rng.normal(size=(n, 5)))})\n"
        "model = Artist2Vec(contexts=[GroupTokens('genres')], epochs=20.0)\n"
        "model.fit(frame, side_features=[check_side_features(side)])\n"
        "print(hashlib.sha256(model.projection_.hidden.tobytes() + model.projection_.out.tobytes()).hexdigest())\n"
    )
    found = []
    for threads in ("1", "4"):
        environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads}
        run = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        found.append(run.stdout.strip())
    assert found[0] == found[1]
