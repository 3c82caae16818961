import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon, pdist, squareform

from bandscape.viz.discs import spread_discs
from bandscape.viz.divergence import embed_divergence, jensen_shannon
from bandscape.viz.topic_layout import lay_out_topics


def test_divergence_is_that_of_scipy(rng):
    rows = np.vstack([rng.dirichlet(np.full(300, 0.1), 6), np.eye(300)[:2]])
    expected = [[jensenshannon(p, q) ** 2 for q in rows] for p in rows]
    np.testing.assert_allclose(jensen_shannon(rows), expected, atol=1e-5)


def test_divergence_ends_at_equal_and_at_disjoint_rows():
    found = jensen_shannon(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert found[0, 1] == pytest.approx(0.0, abs=1e-6)
    assert found[0, 2] == pytest.approx(np.log(2))
    assert (np.diag(found) == 0).all()


def test_threads_do_not_change_the_divergence(rng):
    rows = rng.dirichlet(np.full(500, 0.1), 40)
    np.testing.assert_array_equal(jensen_shannon(rows), jensen_shannon(rows, n_jobs=2))


def test_in_the_embedding_squared_distances_are_the_divergences(rng):
    divergence = jensen_shannon(rng.dirichlet(np.full(200, 0.2), 15))
    points = embed_divergence(divergence)
    np.testing.assert_allclose(squareform(pdist(points)) ** 2, divergence, atol=1e-5)
    variances = points.var(axis=0)
    assert (np.diff(variances) <= 1e-12).all(), "principal coordinates, largest first"


def overlaps(centers, radii):
    apart = squareform(pdist(centers)) - radii[:, None] - radii[None, :]
    return apart[~np.eye(len(radii), dtype=bool)]


@settings(max_examples=25)
@given(n=st.integers(2, 60), seed=st.integers(0, 1000), noise=st.floats(0, 0.8), equal=st.booleans())
def test_no_disc_covers_another_and_areas_say_shares(n, seed, noise, equal):
    rng = np.random.default_rng(seed)
    places = np.zeros((n, 2)) if equal else rng.normal(size=(n, 2))
    shares = rng.dirichlet(np.ones(n)) * (1 - noise) + 0.01 / n
    shares[0] += noise
    centers, radii = spread_discs(places, shares)
    assert overlaps(centers, radii).min() > -1e-9
    large = radii > 2 * radii.min()
    np.testing.assert_allclose(
        radii[large] ** 2 / radii.max() ** 2, shares[large] / shares[radii.argmax()], rtol=1e-6
    )
    edge = np.abs(centers) + radii[:, None]
    assert edge.max() == pytest.approx(1.0)


def test_a_thousand_discs_are_set_apart(rng):
    centers, radii = spread_discs(rng.normal(size=(1000, 2)), rng.dirichlet(np.ones(1000)))
    assert overlaps(centers, radii).min() > -1e-9


@pytest.mark.parametrize("n_topics", [1, 2, 3, 7, 12, 40])
def test_any_number_of_topics_can_be_laid_out(n_topics, samples):
    given = samples.make_topics(max(n_topics, 2))
    layout = lay_out_topics(given["topic_word"][:n_topics], given["topic_share"][:n_topics])
    assert layout.centers.shape == (n_topics, 2)
    assert np.isfinite(layout.centers).all()
    assert layout.nearest().shape == (n_topics, min(5, n_topics - 1))


def test_the_same_seed_gives_the_same_places_at_any_number_of_threads(samples):
    given = samples.make_topics(30)
    one = lay_out_topics(given["topic_word"], given["topic_share"], random_state=3)
    two = lay_out_topics(given["topic_word"], given["topic_share"], random_state=3, n_jobs=2)
    np.testing.assert_array_equal(one.centers, two.centers)
    np.testing.assert_array_equal(one.radii, two.radii)


def test_like_topics_lie_together(rng):
    """Five families of six topics: on the map the nearest other topic is one of the family."""
    centers = rng.dirichlet(np.full(400, 0.1), 5)
    family = np.arange(30) % 5
    topics = 0.7 * centers[family] + 0.3 * rng.dirichlet(np.full(400, 0.1), 30)
    layout = lay_out_topics(topics, np.full(30, 1 / 30))
    apart = squareform(pdist(layout.centers)) + np.diag(np.full(30, np.inf))
    assert (family[apart.argmin(axis=1)] == family).mean() > 0.95
    assert (family[layout.nearest()] == family[:, None]).all()
    assert layout.trustworthiness > 0.95
