"""R-hat and effective sample size against ArviZ's values and slow formulas; burn-in; warnings that are true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import (
    choose_burn_in,
    diagnose_traces,
    ess_bulk,
    ess_tail,
    rank_rhat,
    split_rhat,
)


def autoregressive(seed, n_chains, n_draws, memory, shift=0.0, scale=1.0):
    noise = np.random.default_rng(seed).normal(size=(n_chains, n_draws))
    chains = noise.copy()
    for draw in range(1, n_draws):
        chains[:, draw] = memory * chains[:, draw - 1] + noise[:, draw]
    chains[0] += shift
    chains[-1] *= scale
    return chains


# arviz 0.23.4: rhat(method="split"), rhat(method="rank"), ess(method="bulk"), ess(method="tail") of the same chains
ARVIZ = {
    "white": ((0, 4, 100, 0.0), (0.995052041, 1.00169257, 419.150099, 415.537521)),
    "sticky": ((1, 4, 250, 0.9), (1.08967296, 1.09312992, 36.576544, 106.955575)),
    "antithetic": ((2, 2, 101, -0.6), (0.990916719, 0.99972644, 460.205999, 185.562467)),
    "shifted": ((3, 3, 80, 0.3, 2), (1.35570144, 1.33124242, 8.19686471, 140.138144)),
    "wide": ((4, 4, 120, 0.2, 0, 5), (1.02696982, 1.24848697, 175.12037, 38.1495385)),
}


@pytest.mark.parametrize("name", ARVIZ)
def test_values_are_those_of_arviz(name):
    arguments, expected = ARVIZ[name]
    chains = autoregressive(*arguments)
    found = (split_rhat(chains), rank_rhat(chains), ess_bulk(chains), ess_tail(chains))
    assert found == pytest.approx(expected, rel=1e-8)


def test_one_chain_has_the_effective_size_of_arviz():
    chain = autoregressive(5, 1, 151, 0.5)
    assert (ess_bulk(chain), ess_tail(chain)) == pytest.approx((21.7492751, 102.982181), rel=1e-8)


@pytest.mark.parametrize("n_chains", [1, 3])
def test_split_r_hat_is_the_published_formula(n_chains):
    chains = autoregressive(7, n_chains, 20, 0.4)
    halves = np.concatenate([chains[:, :10], chains[:, 10:]])
    within = np.mean([half.var(ddof=1) for half in halves])
    between = 10 / (2 * n_chains - 1) * sum((half.mean() - halves.mean()) ** 2 for half in halves)
    assert split_rhat(chains) == pytest.approx(np.sqrt((9 / 10 * within + between / 10) / within))


def test_the_effective_size_of_an_autoregression_is_what_theory_says():
    chains = autoregressive(0, 4, 20_000, 0.8)
    assert ess_bulk(chains) / chains.size == pytest.approx((1 - 0.8) / (1 + 0.8), rel=0.1)
    antithetic = autoregressive(0, 4, 20_000, -0.5)
    assert ess_bulk(antithetic) / antithetic.size == pytest.approx((1 + 0.5) / (1 - 0.5), rel=0.1)


def test_r_hat_sees_drift_disagreement_and_a_chain_of_other_spread():
    flat = autoregressive(1, 4, 200, 0.0)
    assert rank_rhat(flat) < 1.02
    assert rank_rhat(flat + np.linspace(0, 3, 200)) > 1.1
    assert rank_rhat(flat + np.array([[3], [0], [0], [0]])) > 1.1
    wide = flat * np.array([[6], [1], [1], [1]])
    assert split_rhat(wide) < 1.02
    assert rank_rhat(wide) > 1.1


@given(st.integers(0, 10**6), st.floats(-50, 50), st.floats(0.01, 100))
@settings(max_examples=25)
def test_location_and_scale_of_the_draws_do_not_matter(seed, shift, scale):
    chains = autoregressive(seed, 2, 40, 0.5)
    moved = shift + scale * chains
    assert split_rhat(moved) == pytest.approx(split_rhat(chains))
    assert rank_rhat(np.exp(chains / 5)) == pytest.approx(rank_rhat(chains), rel=0.2)
    assert ess_bulk(np.exp(chains / 5)) == pytest.approx(ess_bulk(chains))


def test_draws_that_never_move_and_draws_that_are_no_numbers():
    assert (split_rhat(np.ones((2, 10))), rank_rhat(np.ones((2, 10)))) == (1, 1)
    assert ess_bulk(np.ones((2, 10))) == ess_tail(np.ones((2, 10))) == 20
    assert split_rhat([[0.0] * 10, [1.0] * 10]) == np.inf
    broken = [[0.0, 1, 2, np.nan, 4, 5]]
    assert all(np.isnan(measure(broken)) for measure in (split_rhat, rank_rhat, ess_bulk, ess_tail))
    with pytest.raises(ParameterError, match="at least 4 draws"):
        split_rhat([1.0, 2.0, 3.0])


def test_burn_in_is_where_the_climb_ends(rng):
    climb = np.concatenate([-np.exp(-np.arange(60) / 12), np.zeros(240)]) + rng.normal(0, 0.01, 300)
    assert 30 <= choose_burn_in(climb) <= 90
    assert choose_burn_in(rng.normal(size=300)) <= 50
    assert choose_burn_in(np.arange(300.0)) is None
    assert choose_burn_in(np.arange(7.0)) is None
    alarms = [choose_burn_in(autoregressive(seed, 1, 80, 0.5)[0]) is None for seed in range(200)]
    assert np.mean(alarms) < 0.05


def trace(log_likelihood, n_annealed=10):
    temperature = np.concatenate([np.linspace(5, 2, n_annealed), np.ones(len(log_likelihood))])
    return {
        "temperature": temperature,
        "log_likelihood": np.concatenate([np.full(n_annealed, -99.0), log_likelihood]),
    }


def test_settled_chains_get_no_warning_and_annealed_sweeps_do_not_count():
    chains = autoregressive(3, 4, 300, 0.2) / 100 - 8
    found = diagnose_traces([trace(chain) for chain in chains])
    assert found.warnings == ()
    assert found.has_converged
    assert (found.n_chains, found.n_draws) == (4, 300)
    assert found.mean == pytest.approx(-8, abs=0.01)
    assert abs(found.climb) < 0.01


def test_each_failure_has_its_warning_and_no_other(rng):
    climbing = np.linspace(-8.2, -8.1, 100) + rng.normal(0, 1e-4, 100)
    found = diagnose_traces([trace(climbing)])
    assert found.burn_in is None
    assert found.climb == pytest.approx(0.1, rel=0.05)
    assert len(found.warnings) == 1
    assert "not level after 100 sweeps" in found.warnings[0]
    assert f"{1 - np.exp(-found.climb):.1%} of perplexity" in found.warnings[0]
    apart = autoregressive(0, 2, 400, 0.0) / 1000 + np.array([[-8.0], [-8.1]])
    (line,) = diagnose_traces([trace(chain) for chain in apart]).warnings
    assert "chains differ" in line
    steps = np.repeat([-8.0, -7.99], 100) + rng.normal(0, 0.002, 200)
    assert diagnose_traces([trace(steps)]).burn_in == 100
    (line,) = diagnose_traces([trace(autoregressive(1, 1, 60, 0.0)[0])]).warnings
    assert "effective sweeps, fewer than 100" in line


def test_traces_that_cannot_be_judged_are_refused():
    with pytest.raises(ParameterError, match="at least one chain"):
        diagnose_traces([])
    with pytest.raises(ParameterError, match="at least 4 sweeps at its final temperature; got 3"):
        diagnose_traces([trace(np.zeros(3))])


def test_a_model_that_has_settled_is_told_from_one_that_has_not():
    rng = np.random.default_rng(1)
    topics, mixtures = rng.dirichlet(np.ones(12), 3), rng.dirichlet(np.full(3, 0.5), 80)
    counts = np.array([rng.multinomial(30, mixture @ topics) for mixture in mixtures])

    def chains_of(n_sweeps):
        model = KeywordLDA(
            n_topics=3,
            doc_topic_prior=0.5,
            topic_word_prior=1.0,
            annealing=None,
            optimize_interval=0,
            n_sweeps=n_sweeps,
            n_samples=5,
        )
        return [model.set_params(random_state=seed).fit(counts).trace_ for seed in range(4)]

    assert diagnose_traces(chains_of(12)).rhat > 1.5
    settled = diagnose_traces(chains_of(1000))
    assert settled.rhat < 1.01
    assert settled.warnings == ()
