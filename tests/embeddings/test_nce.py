import numpy as np
import pytest
from scipy.stats import chisquare

from bandscape.embeddings import ArtistPairs, GroupTokens, NumberTokens, index_contexts
from bandscape.embeddings.losses import nce_loss
from bandscape.embeddings.nce import LAST_LEARNING_RATE, NceSettings, NceTrainer
from bandscape.embeddings.pair_draws import noise_table

CONTEXTS = (
    GroupTokens("genres", weight=2.0),
    NumberTokens("mean_score", weight=1.0, n_buckets=20, window=1),
    ArtistPairs("genres", weight=0.5, window=3),
)


def settings(**changes):
    values = {
        "dim": 8,
        "n_steps": 20,
        "batch_size": 64,
        "block_size": 16,
        "n_negatives": 5,
        "learning_rate": 0.3,
        "l2": 0.1,
        "corrected": True,
        "seed": 11,
    }
    return NceSettings(**{**values, **changes})


@pytest.fixture(scope="module")
def index(small_artists):
    return index_contexts(small_artists, CONTEXTS)


@pytest.mark.parametrize("corrected", [True, False])
def test_updates_equal_the_dense_reference(reference, index, corrected):
    trainer = NceTrainer(index, settings(corrected=corrected))
    start = trainer.arrays()
    trainer.advance(0, 6)
    found = trainer.arrays()
    expected = {name: array.astype(np.float64) for name, array in start.items()}
    for step in range(6):
        rate = 0.3 * max(1 - step / 20, LAST_LEARNING_RATE)
        on_artist, on_output = reference.batch_gradients(
            expected["artist"],
            expected["output"],
            *trainer.batch(step),
            offset=np.log(5) if corrected else 0.0,
            l2=0.1,
            block_size=16,
        )
        for side, updates in (("artist", on_artist), ("output", on_output)):
            expected[side], expected[f"{side}_sum"] = reference.adagrad_rows(
                expected[side], expected[f"{side}_sum"], updates, rate
            )
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=2e-4, atol=2e-5, err_msg=name)
        assert not np.array_equal(found[name], start[name])


def test_reference_gradient_is_the_slope_of_the_loss(reference, index, rng):
    trainer = NceTrainer(index, settings(l2=0.0))
    artist, output, noise = trainer.batch(0)
    rows = {"artist": rng.normal(size=(index.n_artists, 8)), "output": rng.normal(size=(index.n_outputs, 8))}

    def total():
        gathered = (rows["artist"][artist], rows["output"][output], rows["output"][noise])
        return nce_loss(*gathered, offset=np.log(5), block_size=16) * len(artist)

    both = reference.batch_gradients(
        rows["artist"], rows["output"], artist, output, noise, offset=np.log(5), l2=0.0, block_size=16
    )
    for side, updates in zip(rows, both, strict=True):
        slope = np.zeros_like(rows[side])
        for row, gradient in updates:
            slope[row] += gradient
        for row, column in (
            ((artist[0], 0), (artist[5], 3)) if side == "artist" else ((output[0], 1), (noise[1, 2], 7))
        ):
            kept = rows[side][row, column]
            values = []
            for move in (1e-5, -1e-5):
                rows[side][row, column] = kept + move
                values.append(total())
            rows[side][row, column] = kept
            assert (values[0] - values[1]) / 2e-5 == pytest.approx(slope[row, column], abs=1e-5)


def test_drawn_pairs_follow_the_enumerated_distribution(reference, small_artists, index):
    trainer = NceTrainer(index, settings(batch_size=8192, block_size=256))
    expected = reference.pair_distribution(small_artists, CONTEXTS)
    pairs = [np.stack(trainer.batch(step)[:2]) for step in range(40)]
    codes = np.concatenate(pairs, axis=1).T @ [index.n_outputs, 1]
    names, bucket = list(index.token_names) + [str(row) for row in index.output_artist], 0
    for place, name in enumerate(names):
        if ">=" in name:
            names[place], bucket = f"mean_score#{bucket}", bucket + 1
    number = {name: place for place, name in enumerate(names)}
    wanted = {a * index.n_outputs + number[c]: share for (a, c), share in expected.items()}
    drawn, counts = np.unique(codes, return_counts=True)
    assert set(drawn) <= set(wanted)
    observed = dict(zip(drawn, counts, strict=True))
    test = chisquare([observed.get(code, 0) for code in wanted], np.array(list(wanted.values())) * len(codes))
    assert test.pvalue > 1e-3


def test_noise_follows_its_table(index):
    trainer = NceTrainer(index, settings(batch_size=8192, block_size=16, n_negatives=8))
    drawn = np.concatenate([trainer.batch(step)[2].ravel() for step in range(40)])
    counts = np.bincount(drawn, minlength=index.n_outputs)
    assert chisquare(counts, trainer.noise_share * len(drawn)).pvalue > 1e-3


def test_noise_table_gives_powers_of_shares_and_forgets_nobody():
    share = np.array([0.9, 0.0999999, 1e-7])
    table, q = noise_table(share, power=0.5)
    np.testing.assert_allclose(q, np.bincount(table) / len(table))
    np.testing.assert_allclose(q[:2] / q[:2].sum(), np.sqrt(share[:2]) / np.sqrt(share[:2]).sum(), rtol=1e-3)
    assert q[2] > 0


@pytest.mark.parametrize(("corrected", "shift"), [(True, 0.0), (False, np.log(4))])
def test_logits_learn_log_probabilities_and_need_the_correction(artists_of, reference, corrected, shift):
    """On the support h.w + log q is log p(c | a) with the log(k q) correction, and log k less without."""
    genres = [["x"], ["x", "y"], ["y", "z"], ["x", "y", "z"]] * 8
    artists = artists_of(genres)
    contexts = [GroupTokens("genres")]
    index = index_contexts(artists, contexts)
    trainer = NceTrainer(
        index,
        settings(n_negatives=4, l2=0.0, corrected=corrected, n_steps=3000, batch_size=512, block_size=32),
    )
    trainer.advance(0, 3000)
    arrays = trainer.arrays()
    logit = arrays["artist"] @ arrays["output"].T + np.log(trainer.noise_share)
    joint = np.zeros_like(logit)
    for (artist, name), share in reference.pair_distribution(artists, contexts).items():
        joint[artist, index.token_names.index(name)] = share
    conditional = joint / joint.sum(axis=1, keepdims=True)
    possible = conditional > 0
    np.testing.assert_allclose(logit[possible] + shift, np.log(conditional[possible]), atol=0.15)
    assert logit[~possible].max() + shift < -4
    if corrected:
        np.testing.assert_allclose(np.exp(logit).sum(axis=1), 1.0, atol=0.1)


def test_steps_do_not_depend_on_how_they_are_grouped(index):
    whole, pieces = NceTrainer(index, settings()), NceTrainer(index, settings())
    whole.advance(0, 20)
    for first, n in ((0, 1), (1, 7), (8, 12)):
        pieces.advance(first, n)
    for name, array in whole.arrays().items():
        assert array.tobytes() == pieces.arrays()[name].tobytes(), name


def test_seed_and_step_change_the_draw_and_nothing_else_does(index):
    trainer = NceTrainer(index, settings())
    first, again = trainer.batch(3), trainer.batch(3)
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    for other in (trainer.batch(4), NceTrainer(index, settings(seed=12)).batch(3)):
        assert not np.array_equal(first[0], other[0])
        assert not np.array_equal(first[2], other[2])


def test_rows_not_drawn_stay_as_they_are(index):
    trainer = NceTrainer(index, settings(batch_size=8, block_size=8))
    before = trainer.arrays()
    artist, output, noise = trainer.batch(0)
    trainer.advance(0, 1)
    after = trainer.arrays()
    untouched = np.setdiff1d(np.arange(index.n_artists), artist)
    np.testing.assert_array_equal(before["artist"][untouched], after["artist"][untouched])
    untouched = np.setdiff1d(np.arange(index.n_outputs), np.concatenate([output, noise.ravel()]))
    np.testing.assert_array_equal(before["output"][untouched], after["output"][untouched])


def test_one_context_only_needs_no_choice(small_artists):
    index = index_contexts(small_artists, CONTEXTS[:1])
    artist, output, _ = NceTrainer(index, settings()).batch(0)
    members = {(a, c) for a, c in index.entries[:, :2]}
    assert {(a, c) for a, c in zip(artist, output, strict=True)} <= members
