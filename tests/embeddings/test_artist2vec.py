import inspect
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ChecksumError, ParameterError, SchemaError, SourceError
from bandscape.embeddings import (
    Artist2Vec,
    ArtistPairs,
    GroupTokens,
    NumberTokens,
    Recipe,
    artist2vec,
    training,
)

QUICK = {"dim": 16, "epochs": 60.0}
ARRAYS = ("artist_weights_", "output_weights_", "output_bias_", "noise_share_", "loss_trace_")


@pytest.fixture(scope="module")
def fitted(small_artists):
    return Artist2Vec(**QUICK).fit(small_artists)


def assert_same_fit(left, right):
    for name in ARRAYS:
        assert getattr(left, name).tobytes() == getattr(right, name).tobytes(), name
    assert left.output_names_ == right.output_names_
    assert left.vectors_.matrix.tobytes() == right.vectors_.matrix.tobytes()
    assert left.vectors_.artist_ids == right.vectors_.artist_ids


# -- what is learnt


def test_two_genres_separate(artists_of):
    artists = artists_of([["rock"]] * 20 + [["jazz"]] * 20)
    matrix = Artist2Vec(dim=8, contexts=[GroupTokens("genres")]).fit(artists).vectors_.matrix
    cosine = matrix @ matrix.T
    within = min(cosine[:20, :20].min(), cosine[20:, 20:].min())
    assert within > cosine[:20, 20:].max() + 0.5


@pytest.mark.parametrize("context", [GroupTokens("labels"), ArtistPairs("labels", near=None)])
def test_hidden_groups_are_recovered_through_noise(artists_of, rng, context):
    """Eight scenes; an artist draws 4 labels, 85 % from its scene's own 6: near artists are of its scene."""
    scene = np.repeat(np.arange(8), 40)
    own = scene[:, None] * 6 + rng.integers(0, 6, (320, 4))
    labels = np.where(rng.random((320, 4)) < 0.85, own, rng.integers(0, 48, (320, 4)))
    artists = artists_of([[]] * 320, labels=[[f"label {label}" for label in row] for row in labels])
    matrix = Artist2Vec(dim=16, contexts=[context]).fit(artists).vectors_.matrix
    cosine = matrix @ matrix.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argsort(-cosine, axis=1)[:, :10]
    assert np.mean(scene[near] == scene[:, None]) > 0.85  # chance .12


def test_near_scores_are_near_in_order(artists_of):
    artists = artists_of([["rock"]] * 200, np.linspace(2, 9, 200))
    contexts = [NumberTokens("mean_score", n_buckets=20, window=4)]
    matrix = Artist2Vec(dim=16, contexts=contexts).fit(artists).vectors_.matrix
    to_first = matrix @ matrix[0]
    assert to_first[1:20].min() > to_first[60:].max()


def test_subtracting_a_genre_leaves_the_other(artists_of):
    genres = [["rock"]] * 30 + [["jazz"]] * 30 + [["rap"]] * 30 + [["rock", "jazz"]] * 30
    vectors = Artist2Vec(dim=16, contexts=[GroupTokens("genres")]).fit(artists_of(genres)).vectors_
    answers = vectors.most_similar(["id100"], ["id0"])
    assert [answer.genres for answer in answers] == [("jazz",)] * 10


def test_loss_falls(fitted):
    untrained = np.log(1 + 8) + 8 * np.log(1 + 1 / 8)  # all dot products 0
    assert fitted.loss_trace_[-1, 1] < fitted.loss_trace_[0, 1] < untrained
    assert fitted.loss_trace_[-1, 1] < 0.93 * untrained
    assert fitted.loss_trace_[-1, 0] == fitted.n_pairs_


def test_artists_without_context_have_the_zero_vector_and_are_no_answer(small_artists, fitted):
    blank = small_artists["genres"].map(len).eq(0) & small_artists["mean_score"].isna()
    blank &= small_artists["years"].map(len).eq(0) & small_artists["labels"].map(
        lambda v: not "".join(v).strip()
    )
    artists = small_artists.copy()
    artists.loc[3, ["mean_score"]] = np.nan
    for column in ("genres", "years", "labels"):
        artists.at[3, column] = []
    vectors = Artist2Vec(**QUICK).fit(artists).vectors_
    np.testing.assert_array_equal(vectors.matrix[3], 0)
    assert "id3" not in [answer.artist_id for answer in vectors.most_similar("id4", topn=100)]
    with pytest.raises(ParameterError, match="'artist 3' has no vector"):
        vectors.most_similar("id3")
    np.testing.assert_array_equal(~fitted.vectors_.known, blank)


# -- reproducibility


def test_same_seed_same_bytes_and_input_unchanged(small_artists, fitted):
    before = small_artists.to_json()
    assert_same_fit(clone(fitted).fit(small_artists), fitted)
    assert small_artists.to_json() == before


def test_other_seed_other_vectors(small_artists, fitted):
    other = Artist2Vec(**QUICK, random_state=1).fit(small_artists)
    assert not np.array_equal(other.artist_weights_, fitted.artist_weights_)


def test_refit_equals_fresh_fit(small_artists, fitted):
    model = Artist2Vec(**QUICK, contexts=[GroupTokens("genres")]).fit(small_artists.iloc[:30])
    assert_same_fit(model.set_params(contexts=None).fit(small_artists), fitted)


def test_stopped_run_goes_on_bit_for_bit(small_artists, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "STEPS_PER_CALL", 7)
    whole = Artist2Vec(**QUICK).fit(small_artists)
    checkpoint = Checkpoint(tmp_path / "artists.ckpt", every_s=1e9)
    calls = []
    stopped = Artist2Vec(**QUICK).fit(
        small_artists, checkpoint=checkpoint, on_progress=lambda event: calls.append(event) or len(calls) == 3
    )
    assert (stopped.n_steps_, stopped.stopped_) == (21, True)
    assert (calls[-1].stage, calls[-1].unit, calls[-1].done) == ("training artist vectors", "pairs", 21 * 256)
    seen = []
    resumed = Artist2Vec(**QUICK).fit(
        small_artists, checkpoint=checkpoint, on_progress=lambda event: seen.append(event.done)
    )
    assert seen[0] == 28 * 256
    assert_same_fit(resumed, whole)
    assert not resumed.stopped_
    assert not checkpoint.path.exists()


def test_checkpoint_of_another_job_is_ignored(small_artists, fitted, tmp_path):
    checkpoint = Checkpoint(tmp_path / "artists.ckpt", every_s=0.0)
    other = Artist2Vec(**QUICK, random_state=3)
    other.fit(small_artists, checkpoint=checkpoint, on_progress=lambda _: True)
    assert checkpoint.path.exists()
    assert_same_fit(Artist2Vec(**QUICK).fit(small_artists, checkpoint=checkpoint), fitted)


DIGEST = """
import hashlib
import numpy as np
import pandas as pd
from bandscape.embeddings import Artist2Vec
rng = np.random.default_rng(0)
ids = [str(row) for row in range(9000)]
artists = pd.DataFrame({"artist_id": ids, "name": ids, "genres": [[f"g{g}"] for g in rng.integers(0, 9, 9000)],
                        "mean_score": rng.uniform(0, 10, 9000)})
model = Artist2Vec(epochs=20).fit(artists)
assert model.n_pairs_ // model.n_steps_ == 6656  # a batch large enough to be split over threads
digest = hashlib.sha256(model.artist_weights_.tobytes() + model.output_weights_.tobytes()).hexdigest()
"""


def test_same_bytes_with_one_thread_and_with_all():
    here: dict = {}
    exec(DIGEST, here)
    done = subprocess.run(
        [sys.executable, "-c", DIGEST + "print(digest)"],
        env={**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here["digest"]


# -- grammar of estimators


def test_constructor_only_assigns():
    parameters = inspect.signature(Artist2Vec.__init__).parameters
    values = {name: object() for name in parameters if name != "self"}
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in values)
    model = Artist2Vec(**values)
    assert vars(model) == values
    assert model.get_params(deep=False) == values


def test_clone_and_set_params_carry_every_parameter():
    model = Artist2Vec(dim=3, contexts=(GroupTokens("labels"),), loss="negative_sampling", random_state=7)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(l2=0.5).l2 == 0.5


def test_every_parameter_reaches_the_training(small_artists, monkeypatch):
    seen = []

    def spy(trainer, index, on_progress, checkpoint, more):
        seen.append((trainer.settings, len(index.context_share)))
        return 0, []

    monkeypatch.setattr(artist2vec, "train", spy)
    places = {"auto": "/CPU:0", "cpu": "/device:CPU:0"}  # two names of the same
    monkeypatch.setattr(artist2vec, "find_device", places.__getitem__)
    base = {**QUICK, "batch_size": 64, "epochs": 600.0}
    Artist2Vec(**base).fit(small_artists)
    changes = {
        "dim": 17,
        "contexts": [GroupTokens("genres")],
        "loss": "negative_sampling",
        "n_negatives": 3,
        "batch_size": 32,
        "epochs": 601.0,
        "learning_rate": 0.1,
        "l2": 0.0,
        "patience": 3,
        "recipe": Recipe(n_steps=77),
        "device": "cpu",
        "random_state": 5,
    }
    assert changes.keys() == Artist2Vec().get_params().keys()
    for name, value in changes.items():
        Artist2Vec(**{**base, name: value}).fit(small_artists)
        assert seen[-1] != seen[0], name


def test_defaults_use_the_columns_that_are_there(small_artists):
    fit = Artist2Vec(**QUICK).fit(small_artists[["artist_id", "name", "genres"]])
    assert all(name.startswith("genres=") for name in fit.output_names_)
    assert fit.vectors_.most_similar("artist 1")[0].mean_score is None


# -- storage


def test_model_round_trip(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = Artist2Vec.load(tmp_path / "model")
    assert_same_fit(loaded, fitted)
    assert loaded.get_params() == fitted.get_params()
    assert (loaded.n_steps_, loaded.n_pairs_, loaded.stopped_, loaded.seed_) == (
        fitted.n_steps_,
        fitted.n_pairs_,
        False,
        0,
    )
    assert loaded.vectors_.genres == fitted.vectors_.genres


def test_contexts_and_generators_survive_storage(small_artists, tmp_path):
    contexts = [
        GroupTokens("genres", weight=2.0),
        NumberTokens("years", window=1),
        ArtistPairs("genres", near=None),
    ]
    model = Artist2Vec(**QUICK, contexts=contexts, random_state=np.random.default_rng(3)).fit(small_artists)
    model.save(tmp_path / "model")
    loaded = Artist2Vec.load(tmp_path / "model")
    assert loaded.contexts == contexts
    assert_same_fit(loaded.fit(small_artists), model)


def test_damaged_or_missing_model_is_refused(fitted, tmp_path):
    with pytest.raises(SourceError, match="no artist2vec is saved"):
        Artist2Vec.load(tmp_path / "nothing")
    fitted.save(tmp_path / "model")
    path = tmp_path / "model" / "arrays.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ChecksumError, match=r"arrays.safetensors"):
        Artist2Vec.load(tmp_path / "model")


def test_model_whose_vectors_do_not_match_its_artists_is_refused(small_artists, fitted, tmp_path):
    model = Artist2Vec(**QUICK).fit(small_artists)
    model.artist_weights_ = model.artist_weights_[:-1]
    model.save(tmp_path / "model")
    with pytest.raises(ChecksumError, match="its vectors do not match its artists table"):
        Artist2Vec.load(tmp_path / "model")


def test_unfitted_model_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        Artist2Vec().save(tmp_path / "model")


# -- errors


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("dim", 0, "dim must be an int >= 1; got 0"),
        ("dim", 2.5, "dim must be an int"),
        ("dim", True, "dim must be an int"),
        ("n_negatives", -1, "n_negatives must be an int >= 1"),
        ("batch_size", "many", "batch_size must be an int >= 1; got 'many'"),
        ("epochs", 0, "epochs must be a number > 0; got 0"),
        ("learning_rate", float("nan"), "learning_rate must be a number > 0; got nan"),
        ("l2", -0.1, "l2 must be a number >= 0"),
        ("loss", "hinge", "loss must be one of nce, negative_sampling, softmax; got 'hinge'"),
        ("patience", -1, "patience must be an int >= 0; got -1"),
        ("random_state", -1, "random_state"),
        ("contexts", [], "contexts must name at least one"),
    ],
)
def test_unusable_parameters_are_named(small_artists, name, value, message):
    with pytest.raises(ParameterError, match=message):
        Artist2Vec(**{name: value}).fit(small_artists)


def test_tables_too_small_or_too_plain_are_refused(artists_of):
    with pytest.raises(ParameterError, match="at least two are needed; got 0"):
        Artist2Vec().fit(artists_of([]))
    with pytest.raises(ParameterError, match="at least two are needed; got 1"):
        Artist2Vec().fit(artists_of([["rock"]], [7.0]))
    with pytest.raises(
        ParameterError, match="no two artists share anything in the columns genres, mean_score"
    ):
        Artist2Vec().fit(artists_of([["rock"], ["jazz"], []]))
    with pytest.raises(ParameterError, match="must be a DataFrame; got list"):
        Artist2Vec().fit([["rock"]])
    with pytest.raises(SchemaError, match="column name is missing"):
        Artist2Vec().fit(artists_of([["rock"]] * 2).drop(columns="name"))
    artists = artists_of([["rock"]] * 3).assign(artist_id=["a", "b", "a"])
    with pytest.raises(SchemaError, match="'a' occurs twice"):
        Artist2Vec().fit(artists)


def test_two_artists_are_enough(artists_of):
    vectors = Artist2Vec().fit(artists_of([["rock"], ["rock"]], [7.0, 7.0])).vectors_
    assert np.isfinite(vectors.matrix).all()
    assert [answer.artist_id for answer in vectors.most_similar("id0")] == ["id1"]


def test_scores_alone_are_enough(artists_of):
    vectors = Artist2Vec(dim=8).fit(artists_of([[]] * 12, range(12))).vectors_
    assert vectors.known.all()


def test_one_artist_in_a_hundred_genres_is_fine(artists_of):
    genres = [[f"g{i}" for i in range(100)]] + [[f"g{i}"] for i in range(100)]
    assert Artist2Vec(dim=8, epochs=5).fit(artists_of(genres)).vectors_.known.all()
