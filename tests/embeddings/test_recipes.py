"""The tutorial's set-up as a preset, plain gradient descent, and pairs of reviews."""

import numpy as np
import pytest
from scipy.stats import chisquare

from bandscape.core.errors import NothingSharedError, ParameterError, SchemaError
from bandscape.embeddings import (
    Artist2Vec,
    ArtistPairs,
    GroupTokens,
    Recipe,
    ReviewPairs,
    index_contexts,
    preset_parameters,
)
from bandscape.embeddings.artist2vec import plan_training
from bandscape.embeddings.nce import NceTrainer, start_arrays
from bandscape.embeddings.pair_draws import log_uniform_share
from bandscape.embeddings.recipes import tutorial_contexts

RANDOM = Recipe(optimizer="sgd", schedule="constant", start="random", noise="log_uniform", n_steps=20)


@pytest.fixture(scope="module")
def reviewed(artists_of):
    """Artists 0 and 1 are rock (3 and 1 reviews), 2 alone is jazz, 3 and 4 have no genre; scores 6.6, 7.4, 8, 7, 2."""
    artists = artists_of([["rock"], ["rock"], ["jazz"], [], [None]], [6.6, 7.4, 8.0, 7.0, 2.0])
    counts = [[3], [1], [2], [], [1]]
    return artists.assign(genre_counts=counts, n_reviews=[3, 1, 2, 1, 1])


def make_trainer(artists, **changes):
    model = Artist2Vec(**{**preset_parameters("tutorial"), "dim": 6, "recipe": RANDOM, **changes})
    index = index_contexts(artists, model.contexts)
    return index, NceTrainer(index, plan_training(model, len(index.entries), 3))


def test_the_preset_is_the_set_up_of_the_tutorial(small_artists):
    values = preset_parameters("tutorial")
    settings = plan_training(Artist2Vec(**values), 10**6, 0)
    assert (settings.dim, settings.batch_size, settings.n_negatives) == (64, 64, 16)
    assert settings.block_size == 64  # the whole batch shares its noise
    assert (settings.n_steps, settings.learning_rate, settings.l2) == (100_000, 1.0, 0.0)
    assert (settings.optimizer, settings.schedule, settings.corrected) == ("sgd", "constant", True)
    start = start_arrays(settings, 2000, 2000)
    assert -1 <= start["artist"].min() < -0.999
    assert 0.999 < start["artist"].max() <= 1
    np.testing.assert_allclose(start["artist"].std(), 1 / np.sqrt(3), rtol=0.01)
    assert 0.24 < np.abs(start["output"]).max() <= 2 / np.sqrt(64)
    np.testing.assert_allclose(start["output"].std(), 0.8796 / np.sqrt(64), rtol=0.01)
    assert not start["bias"].any()
    reviews = small_artists.assign(genre_counts=[[2] * len(genres) for genres in small_artists["genres"]])
    index = index_contexts(reviews, tutorial_contexts())
    assert index.context_share[:3] == pytest.approx(0.8 / 3)  # three genres
    assert index.context_share[3:].sum() == pytest.approx(0.2)


def test_groups_are_equally_likely_then_reviews_and_a_group_of_one_artist_ends(reviewed):
    """jazz has one artist, 8 and 2 one artist as rounded scores; the tutorial drew from such buckets forever."""
    index, trainer = make_trainer(reviewed)
    assert len(index.context_share) == 2  # rock, and scores that round to 7
    np.testing.assert_allclose(index.context_share, [0.8, 0.2])
    np.testing.assert_array_equal(index.has_context(), [True, True, False, True, False])
    assert "None" not in index.token_names
    drawn = [trainer.batch(step)[:2] for step in range(60)]
    artist, output = (np.concatenate(side) for side in zip(*drawn, strict=True))
    partner = index.output_artist[output]
    # rock has reviews 0 0 0 1: of 12 ordered pairs of reviews 6 are (0, 0); the sevens have 0 0 0 1 3, 20 pairs
    shares = {(0, 0): 0.8 * 6 / 12 + 0.2 * 6 / 20, (0, 1): 0.8 * 3 / 12 + 0.2 * 3 / 20, (0, 3): 0.2 * 3 / 20,
              (1, 0): 0.8 * 3 / 12 + 0.2 * 3 / 20, (1, 3): 0.2 / 20, (3, 0): 0.2 * 3 / 20,
              (3, 1): 0.2 / 20}  # fmt: skip
    assert sum(shares.values()) == pytest.approx(1)
    assert set(zip(artist.tolist(), partner.tolist(), strict=True)) == set(shares)
    observed = [np.sum((artist == a) & (partner == b)) for a, b in shares]
    assert chisquare(observed, np.array(list(shares.values())) * len(artist)).pvalue > 1e-3
    np.testing.assert_allclose(
        index.output_share(), [shares[0, 0] + shares[1, 0] + shares[3, 0], shares[0, 1] + shares[3, 1],
                               shares[0, 3] + shares[1, 3]],
    )  # fmt: skip


def test_many_groups_are_drawn_like_few(artists_of):
    """More groups than are compared one by one: each is drawn equally often."""
    artists = artists_of([[f"g{row // 2}"] for row in range(100)])
    index, trainer = make_trainer(artists, contexts=[ReviewPairs("genres", counts=None)])
    drawn = np.concatenate([trainer.batch(step)[0] for step in range(100)])
    counts = np.bincount(drawn // 2, minlength=50)
    assert len(index.context_share) == 50
    assert chisquare(counts).pvalue > 1e-3


def test_updates_are_plain_descent_on_the_mean_loss_biases_included(reference, small_artists):
    """The gradient by pairs, with the bias as one more coordinate whose partner is always 1."""
    artists = small_artists.assign(genre_counts=[[1] * len(genres) for genres in small_artists["genres"]])
    index, trainer = make_trainer(artists)
    trainer.advance(0, 3)
    before = {name: array.astype(np.float64) for name, array in trainer.arrays().items()}
    assert before["bias"].any()
    artist, output, noise = trainer.batch(3)
    shift = before["bias"] - np.log(16 * trainer.noise_share)[:, None]
    on_artist, on_output = reference.batch_gradients(
        np.hstack([before["artist"], np.ones((index.n_artists, 1))]), np.hstack([before["output"], shift]),
        artist, output, noise, offset=0.0, l2=0.0, block_size=64,
    )  # fmt: skip
    expected = {name: before[name].copy() for name in ("artist", "output", "bias")}
    for row, gradient in on_artist:
        expected["artist"][row] -= gradient[:-1] / 64
    for row, gradient in on_output:
        expected["output"][row] -= gradient[:-1] / 64
        expected["bias"][row] -= gradient[-1] / 64
    loss = trainer.loss()
    trainer.advance(3, 1)
    for name, array in expected.items():
        np.testing.assert_allclose(trainer.arrays()[name], array, rtol=1e-4, atol=1e-5, err_msg=name)
    artist, output, noise = trainer.batch(20)
    positive = (before["artist"][artist] * before["output"][output]).sum(axis=1) + shift[output, 0]
    negative = before["artist"][artist] @ before["output"][noise[0]].T + shift[noise[0], 0]
    by_hand = (np.logaddexp(0, -positive).sum() + np.logaddexp(0, negative).sum()) / len(artist)
    assert loss == pytest.approx(by_hand, rel=1e-4)


def test_noise_is_log_uniform(small_artists):
    share = log_uniform_share(9)
    assert share.sum() == pytest.approx(1)
    np.testing.assert_allclose(share, np.log((np.arange(9) + 2) / (np.arange(9) + 1)) / np.log(10))
    _, trainer = make_trainer(small_artists, contexts=[ReviewPairs("genres", counts=None)])
    drawn = np.concatenate([trainer.batch(step)[2].ravel() for step in range(300)])
    wanted = log_uniform_share(len(trainer.noise_share))
    np.testing.assert_allclose(trainer.noise_share, wanted, rtol=2e-3)
    assert (
        chisquare(np.bincount(drawn, minlength=len(wanted)), trainer.noise_share * len(drawn)).pvalue > 1e-3
    )


def test_the_tutorial_tells_genres_apart_and_is_stored(artists_of, tmp_path):
    genres = [["rock"]] * 20 + [["jazz"]] * 20
    artists = artists_of(genres, np.tile([6.0, 7.0], 20)).assign(genre_counts=[[1]] * 40, n_reviews=1)
    recipe = Recipe(optimizer="sgd", schedule="constant", start="random", noise="log_uniform", n_steps=3000)
    model = Artist2Vec(**{**preset_parameters("tutorial"), "dim": 8, "recipe": recipe}).fit(artists)
    assert model.n_steps_ == 3000
    matrix = model.vectors_.matrix
    cosine = matrix @ matrix.T
    assert cosine[:20, :20].mean() > cosine[:20, 20:].mean() + 0.3
    assert np.ptp(model.output_bias_) > 0
    model.save(tmp_path / "model")
    loaded = Artist2Vec.load(tmp_path / "model")
    assert (loaded.recipe, loaded.contexts) == (recipe, list(tutorial_contexts()))
    np.testing.assert_array_equal(loaded.output_bias_, model.output_bias_)


def test_descent_is_an_option_of_the_usual_training(artists_of):
    artists = artists_of([["rock"]] * 20 + [["jazz"]] * 20, np.tile([6.0, 7.0], 20))
    model = Artist2Vec(dim=8, learning_rate=2.0, recipe=Recipe(optimizer="sgd")).fit(artists)
    cosine = model.vectors_.matrix @ model.vectors_.matrix.T
    assert cosine[:20, :20].mean() > cosine[:20, 20:].mean() + 0.3
    np.testing.assert_allclose(model.output_bias_, np.log(model.noise_share_), rtol=1e-6)


def test_a_training_that_diverges_is_one_clear_line(artists_of):
    artists = artists_of([["rock"]] * 20 + [["jazz"]] * 20, np.tile([6.0, 7.0], 20))
    with pytest.raises(
        ParameterError, match="diverged within 64 steps; learning_rate must be lower than 20000"
    ):
        Artist2Vec(dim=8, learning_rate=20_000.0, recipe=Recipe(optimizer="sgd")).fit(artists)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"recipe": {"optimizer": "sgd"}}, "recipe must be a Recipe or None; got dict"),
        ({"recipe": Recipe(optimizer="adam")}, "recipe.optimizer must be one of adagrad, sgd; got 'adam'"),
        ({"recipe": Recipe(schedule="")}, "recipe.schedule must be one of linear, constant"),
        ({"recipe": Recipe(start="zero")}, "recipe.start must be one of base_rates, random"),
        ({"recipe": Recipe(noise="x")}, "recipe.noise must be one of unigram, log_uniform"),
        ({"recipe": Recipe(n_steps=0)}, "recipe.n_steps must be an int >= 1 or None; got 0"),
        ({"recipe": Recipe(optimizer="sgd"), "loss": "softmax"}, "loss softmax is trained by Adagrad"),
    ],
)
def test_unusable_recipes_are_named(small_artists, parameters, message):
    with pytest.raises(ParameterError, match=message):
        Artist2Vec(**parameters).fit(small_artists)


def test_unusable_counts_and_presets_are_named(reviewed, artists_of):
    with pytest.raises(ParameterError, match="preset must be one of tutorial; got 'best'"):
        preset_parameters("best")
    with pytest.raises(SchemaError, match="column genre_counts is missing; ReviewPairs needs it"):
        index_contexts(artists_of([["rock"]] * 2), [ReviewPairs("genres")])
    for counts in ([[], [1], [1], [], [1]], [[-1], [1], [1], [], [1]], [["x"], [1], [1], [], [1]]):
        with pytest.raises(SchemaError, match="column genre_counts must hold"):
            index_contexts(reviewed.assign(genre_counts=counts), [ReviewPairs("genres")])
    with pytest.raises(NothingSharedError, match="no two artists share anything"):
        index_contexts(artists_of([["rock"], ["jazz"]]), [ReviewPairs("genres", counts=None)])


# -- thin places, asserted in the pairs that are drawn


def test_an_artist_of_a_hundred_reviews_is_drawn_a_hundred_times_as_often(artists_of):
    reviews = [100] + [1] * 20
    artists = artists_of([["rock"]] * 21).assign(genre_counts=[[n] for n in reviews], n_reviews=reviews)
    context = ReviewPairs("genres")
    index, trainer = make_trainer(artists, contexts=[context])
    drawn = np.concatenate([trainer.batch(step)[0] for step in range(100)])
    counts = np.bincount(drawn, minlength=21)
    assert chisquare(counts, np.array(reviews) / 120 * len(drawn)).pvalue > 1e-3
    assert index.output_share()[0] == pytest.approx(100 / 120)
    # without review weights nobody is drawn more often, however many reviews there are
    _, trainer = make_trainer(artists, contexts=[ArtistPairs("genres", near=None)])
    pairs = np.concatenate([np.stack(trainer.batch(step)[:2]) for step in range(100)], axis=1)
    assert chisquare(np.bincount(pairs[0], minlength=21)).pvalue > 1e-3
    assert not np.any(pairs[0] == pairs[1])


def test_artists_without_a_genre_and_genres_of_one_are_never_drawn_by_genre(artists_of):
    artists = artists_of(
        [["rock"], ["rock"], ["polka"], [], ["rock", "polka"], ["zydeco"]], [5, 6, 7, 8, 9, 5]
    )
    contexts = [GroupTokens("genres"), ArtistPairs("genres", near=None)]
    index, trainer = make_trainer(artists, contexts=contexts)
    names = [*index.token_names, *(f"id{row}" for row in index.output_artist)]
    pairs = {
        (int(artist), names[output])
        for step in range(60)
        for artist, output in zip(*trainer.batch(step)[:2], strict=True)
    }
    together = {(0, 1), (0, 4), (1, 4), (2, 4)}
    expected = {(a, f"id{b}") for a, b in together} | {(b, f"id{a}") for a, b in together}
    expected |= {(row, "genres=rock") for row in (0, 1, 4)} | {(row, "genres=polka") for row in (2, 4)}
    assert pairs == expected
    vectors = Artist2Vec(dim=4, contexts=contexts).fit(artists).vectors_
    np.testing.assert_array_equal(vectors.known, [True, True, True, False, True, False])


@pytest.mark.parametrize("loss", ["nce", "negative_sampling", "softmax"])
def test_a_vocabulary_of_one_is_learnt_without_harm(artists_of, loss):
    """One token: every pair and every noise output is it, so there is nothing to tell apart."""
    model = Artist2Vec(dim=4, contexts=[GroupTokens("genres")], loss=loss).fit(artists_of([["rock"]] * 5))
    assert model.output_names_ == ["genres=rock"]
    np.testing.assert_allclose(model.noise_share_, [1.0])
    assert np.isfinite(model.artist_weights_).all()
    assert len(model.vectors_.most_similar("id0")) == 4
