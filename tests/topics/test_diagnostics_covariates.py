"""Shares by group: references computed by hand, coverage on simulated truth, permutation and trend tests."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bandscape.core.errors import ParameterError
from bandscape.topics.diagnostics import (
    GROUPINGS,
    group_documents,
    topic_differences,
    topic_shares_by,
    topic_trends,
)


def test_the_share_is_the_mean_of_a_group_and_with_weights_the_share_of_its_tokens():
    mixtures = [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    plain = topic_shares_by(mixtures, ["a", "a", "b"]).set_index(["topic", "group"])
    assert plain.loc[("0", "a"), "share"] == pytest.approx(0.7)
    assert plain.loc[("0", "a"), "n_documents"] == 2
    weighted = topic_shares_by(mixtures, ["a", "a", "b"], [30, 10, 5]).set_index(["topic", "group"])
    assert weighted.loc[("0", "a"), "share"] == pytest.approx((30 * 0.9 + 10 * 0.5) / 40)


def test_a_group_of_one_document_has_no_interval_and_a_document_of_no_weight_does_not_count():
    table = topic_shares_by([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]], ["a", "b", "b"], [1, 1, 0])
    assert table["low"].isna().all()
    assert table["high"].isna().all()
    assert table["n_documents"].tolist() == [1, 1, 1, 1]


def test_a_document_counts_in_each_of_its_groups_once_and_nowhere_without_one():
    groups = [["rock", "jazz", "rock"], "rock", None, float("nan"), []]
    table = topic_shares_by(np.eye(5), groups).set_index(["topic", "group"])
    assert table.loc[("0", "rock"), "n_documents"] == 2
    assert table.loc[("0", "jazz"), "n_documents"] == 1
    assert table.loc[("0", "rock"), "share"] == pytest.approx(0.5)
    assert table.loc[("2", "rock"), "share"] == 0


def test_groups_ascend_or_keep_the_order_of_a_categorical_and_the_columns_name_the_topics():
    mixtures = pd.DataFrame(np.full((4, 2), 0.5), columns=["noise", "hum"])
    years = topic_shares_by(mixtures, [2010, 1999, 2010, 1999])
    assert years["group"].tolist() == [1999, 2010, 1999, 2010]
    assert years["topic"].tolist() == ["noise", "noise", "hum", "hum"]
    ordered = pd.Categorical(["low", "high", "low", "high"], ["low", "middle", "high"])
    assert topic_shares_by(mixtures, ordered)["group"].tolist() == ["low", "high"] * 2


@pytest.mark.parametrize(("n_docs", "is_weighted"), [(10, False), (40, True), (40, False)])
def test_intervals_cover_the_truth_about_as_often_as_they_say(rng, n_docs, is_weighted):
    truth = np.array([0.05, 0.15, 0.8])
    covered = np.zeros(3)
    for _ in range(400):
        mixtures = rng.dirichlet(4 * truth, n_docs)
        weights = rng.integers(50, 500, n_docs) if is_weighted else None
        table = topic_shares_by(mixtures, ["all"] * n_docs, weights)
        covered += (table["low"] <= truth) & (truth <= table["high"])
    # ten documents of a rare topic may happen to hold none of it: .86; 3 sigma of 400 trials are .03
    assert (covered / 400 > (0.83 if n_docs == 10 else 0.91)).all()
    assert (covered / 400 < 0.99).all()


@given(st.integers(0, 10**6), st.floats(0.5, 0.99))
@settings(max_examples=30)
def test_shares_of_a_group_sum_to_one_and_lie_within_their_intervals(seed, confidence):
    rng = np.random.default_rng(seed)
    mixtures = rng.dirichlet(np.full(4, 0.2), 30)
    groups = [list(rng.choice(3, rng.integers(0, 3), replace=False)) for _ in range(29)] + [[0]]
    table = topic_shares_by(mixtures, groups, rng.integers(1, 9, 30), confidence=confidence)
    assert np.allclose(table.groupby("group")["share"].sum(), 1)
    known = table.dropna()
    assert ((known["low"] <= known["share"]) & (known["share"] <= known["high"])).all()
    assert ((known["low"] >= 0) & (known["high"] <= 1)).all()


def test_differences_are_found_where_they_are_and_agree_with_the_analysis_of_variance(rng):
    groups = np.repeat(["a", "b", "c"], 40)
    mixtures = rng.dirichlet([1.0, 1, 1, 1], 120)
    mixtures[:40, 0] += 1
    mixtures /= mixtures.sum(axis=1, keepdims=True)
    table = topic_differences(mixtures, groups, n_permutations=999)
    assert table["p"][0] == pytest.approx(1 / 1000)
    for topic in range(4):
        parts = [mixtures[groups == name, topic] for name in "abc"]
        expected = stats.f_oneway(*parts).pvalue
        assert table["p"][topic] == pytest.approx(expected, abs=0.05)
        total = ((mixtures[:, topic] - mixtures[:, topic].mean()) ** 2).sum()
        within = sum(((part - part.mean()) ** 2).sum() for part in parts)
        assert table["between"][topic] == pytest.approx(1 - within / total)


def test_without_a_difference_p_is_uniform_also_when_groups_overlap(rng):
    p = []
    for seed in range(60):
        groups = [list(rng.choice(4, rng.integers(1, 3), replace=False)) for _ in range(50)]
        table = topic_differences(rng.dirichlet(np.ones(3), 50), groups, n_permutations=99, random_state=seed)
        p.append(table["p"][0])
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_adjusted_p_follows_benjamini_and_hochberg():
    from bandscape.topics.diagnostics.covariates import adjust

    assert adjust(np.array([0.01, 0.04, 0.03, 0.5])) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


def test_a_trend_is_found_with_its_slope_and_agrees_with_scipy(rng):
    years = rng.integers(2000, 2018, 300).astype(float)
    share = 0.2 + 0.01 * (years - 2009) + rng.normal(0, 0.02, 300)
    mixtures = np.column_stack([share, 0.5 + rng.normal(0, 0.02, 300)])
    mixtures = np.column_stack([mixtures, 1 - mixtures.sum(axis=1)])
    values = years.copy()
    values[:5] = np.nan
    table = topic_trends(mixtures, values)
    plain = stats.linregress(years[5:], mixtures[5:, 0])
    assert table["slope"][0] == pytest.approx(plain.slope)
    assert table["high"][0] - table["low"][0] == pytest.approx(
        2 * stats.t.ppf(0.975, 293) * plain.stderr, rel=0.15
    )
    assert table["low"][0] < 0.01 < table["high"][0]
    assert table["p_adjusted"][0] < 1e-10
    assert table["p"][1] > 0.01
    assert table["rank_correlation"][0] == pytest.approx(
        stats.spearmanr(years[5:], mixtures[5:, 0]).statistic
    )


def test_the_trend_interval_is_that_of_hc3_computed_the_long_way(rng):
    numbers = rng.normal(size=25)
    mixtures = np.column_stack([0.3 + 0.05 * rng.normal(size=25) * numbers])
    table = topic_trends(mixtures, numbers)
    design = np.column_stack([np.ones(25), numbers])
    bread = np.linalg.inv(design.T @ design)
    residual = mixtures[:, 0] - design @ bread @ design.T @ mixtures[:, 0]
    leverage = np.diag(design @ bread @ design.T)
    middle = design.T @ np.diag((residual / (1 - leverage)) ** 2) @ design
    error = np.sqrt((bread @ middle @ bread)[1, 1])
    assert table["high"][0] - table["slope"][0] == pytest.approx(stats.t.ppf(0.975, 23) * error)


def reviews() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "genres": [["rock"], ["rock", "jazz"], []],
            "labels": [np.array(["sub pop"]), [], None],
            "years": [[1999], [1999, 2004], []],
            "pub_date": pd.to_datetime(["2001-02-03", None, "2010-01-01"]),
            "score": [9.9, 10.0, None],
            "best_new_music": pd.array([True, False, None], dtype="boolean"),
            "author": ["a", None, "b"],
        }
    )


def test_reviews_are_grouped_by_each_thing_they_say():
    table = reviews()
    assert group_documents(table, "genre") == [["rock"], ["rock", "jazz"], []]
    assert group_documents(table, "label") == [["sub pop"], [], None]
    assert group_documents(table, "release_year") == [[1999], [1999, 2004], []]
    assert group_documents(table, "year") == [2001, None, 2010]
    assert group_documents(table, "score") == [9.0, 9.0, None]
    assert group_documents(table, "score", score_width=2.5) == [7.5, 7.5, None]
    assert group_documents(table, "best_new_music") == [True, False, None]
    assert group_documents(table, "author") == ["a", None, "b"]
    for by in GROUPINGS:
        assert len(topic_shares_by(np.full((3, 2), 0.5), group_documents(table, by))) >= 2


def test_bucket_edges_are_not_lost_to_rounding():
    table = pd.DataFrame({"score": [0.0, 0.3, 0.6, 0.7, 5.7, 10.0]})
    assert group_documents(table, "score", score_width=0.1) == [0.0, 0.3, 0.6, 0.7, 5.7, 9.9]


def test_bad_input_is_named():
    mixtures = np.full((3, 2), 0.5)
    with pytest.raises(ParameterError, match="one entry per document, 3; got 2"):
        topic_shares_by(mixtures, ["a", "b"])
    with pytest.raises(ParameterError, match="no document has a group"):
        topic_shares_by(mixtures, [None, None, []])
    with pytest.raises(ParameterError, match="finite numbers >= 0"):
        topic_shares_by([[0.5, np.nan]], ["a"])
    with pytest.raises(ParameterError, match="must name 2 topics; got 1"):
        topic_shares_by(mixtures, list("aab"), topic_ids=["x"])
    with pytest.raises(ParameterError, match="weights must be 3 finite"):
        topic_shares_by(mixtures, list("aab"), [1, -1, 2])
    with pytest.raises(ParameterError, match="confidence must be"):
        topic_shares_by(mixtures, list("aab"), confidence=95)
    with pytest.raises(ParameterError, match="needs two groups"):
        topic_differences(mixtures, list("aaa"))
    with pytest.raises(ParameterError, match="n_permutations must be"):
        topic_differences(mixtures, list("aab"), n_permutations=0)
    with pytest.raises(ParameterError, match="values must have one entry"):
        topic_trends(mixtures, [1, 2])
    with pytest.raises(ParameterError, match="at least three documents"):
        topic_trends(mixtures, [1, 1, 1])
    with pytest.raises(ParameterError, match="by must be one of genre"):
        group_documents(reviews(), "mood")
    with pytest.raises(ParameterError, match="no column 'genres'"):
        group_documents(pd.DataFrame({"score": [1.0]}), "genre")
    with pytest.raises(ParameterError, match="score_width must be"):
        group_documents(reviews(), "score", score_width=0)
