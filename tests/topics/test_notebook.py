"""How a model shows itself in a notebook."""

import re

import numpy as np
import pytest
import sklearn

from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import fit_chains
from bandscape.topics.rounds import TopicDiff, TopicEdits, diff_rounds, judge_edits, refit
from bandscape.topics.rounds.diff import TopicDiffs

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "a\x1b[31m\nb",
    "x" * 10**5,
]


@pytest.fixture(scope="module")
def model():
    counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    topics = [{"id": "<b>drone</b>", "keywords": [HOSTILE[0]]}, {"id": "pop"}]
    return KeywordLDA(topics=topics, n_sweeps=20, n_samples=5).fit(
        counts, vocabulary=[*HOSTILE, "hook", "dance"]
    )


def shown(model):
    return model._repr_mimebundle_()["text/html"]


def test_a_fitted_model_shows_its_topics_below_the_estimator(model):
    page = shown(model)
    assert "KeywordLDA" in page
    assert page.count("<tr><td") == 2
    assert page.count(">share</th>") == 1
    shares = [float(text) for text in re.findall(r">([\d.]+) %<", page)]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    assert model._repr_html_().count("<tr><td") == 2


def test_words_and_ids_are_escaped_keywords_bold(model):
    table = shown(model)[shown(model).rindex("<table style=") :]
    assert set(re.findall(r"<(\w+)", table)) <= {"table", "thead", "tbody", "tr", "th", "td", "b"}
    assert "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>" in table
    assert "&lt;b&gt;drone&lt;/b&gt;" in table
    assert "\x1b" not in table
    assert "x" * 41 not in table


def test_a_model_before_fit_shows_the_estimator_alone():
    page = shown(KeywordLDA())
    assert "KeywordLDA" in page
    assert ">share</th>" not in page
    assert ">share</th>" not in KeywordLDA()._repr_html_()


def test_many_topics_are_cut_to_the_largest(rng):
    counts = rng.poisson(0.5, size=(40, 60))
    model = KeywordLDA(n_topics=30, n_sweeps=3, n_samples=1).fit(counts)
    assert "and 10 smaller topics" in shown(model)
    rows = re.findall(r">([\d.]+) %<", shown(model))
    assert len(rows) == 20
    assert [float(row) for row in rows] == sorted(map(float, rows), reverse=True)


def test_scikit_learns_own_setting_is_kept(model):
    with sklearn.config_context(display="text"):
        assert "text/html" not in model._repr_mimebundle_()
        assert not hasattr(model, "_repr_html_")


@pytest.fixture(scope="module")
def round_two(model):
    """Edits of the model, and the round they made."""
    counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    edits = (
        TopicEdits().rename("pop", HOSTILE[0]).exclude("<b>drone</b>", "hook").pin(HOSTILE[0], "never seen")
    )
    return counts, edits, refit(model, counts, edits, n_sweeps=4)


def tags(page):
    return set(re.findall(r"<(\w+)", page))


def test_differences_show_themselves_as_a_table(model, round_two):
    diffs = diff_rounds(model, round_two[2], origins={"<b>drone</b>": ["<b>drone</b>"], HOSTILE[0]: ["pop"]})
    page = diffs._repr_html_()
    assert page.count("<tr><td") == 2
    assert "documents moved" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (was pop)" in page
    assert tags(page) <= {"table", "thead", "tbody", "tr", "th", "td", "b"}


def test_differences_that_are_largest_come_first_and_few():
    same = [
        TopicDiff(f"t{at}", (f"t{at}",), False, 0.03, 0.02, at / 40, ("hum", "fuzz"), (), None, ("fuzz",))
        for at in range(30)
    ]
    new = TopicDiff("new one", (), False, 0.0, 0.5, 0.0, (), (), None)
    gone = TopicDiff("old one", ("old one",), True, 0.5, 0.0, 0.0, (), ("hum",), None)
    page = TopicDiffs([*same[::-1], new, gone])._repr_html_()
    assert page.count("<tr><td") == 20
    assert "and 12 topics that changed less" in page
    assert "new one (new)" in page
    assert "old one (gone)" in page
    assert "hum, <b>fuzz</b>" in page
    assert "3.0 % → 2.0 %" in page
    assert "documents moved" not in page
    assert page.index("t1<") < page.index("t2<")
    assert TopicDiffs()._repr_html_().count("<tr>") == 1


def test_verdicts_and_edits_show_themselves(model, round_two):
    counts, edits, after = round_two
    verdicts = judge_edits(model, after, counts, edits)
    page = verdicts._repr_html_()
    assert page.count("<tr><td") == 3
    assert f"{sum(verdict.obeyed for verdict in verdicts)} of 3 edits obeyed" in page
    assert "exclude &lt;b&gt;drone&lt;/b&gt;=hook" in page
    assert tags(page) <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "b"}
    listed = edits._repr_html_()
    assert listed.count("<li>") == 3
    assert tags(listed) == {"ol", "li"}
    assert "no edits" in TopicEdits()._repr_html_()


@pytest.mark.parametrize("n_chains", [2, 3])
def test_chains_show_their_topics_escaped(model, n_chains):
    counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    estimator = KeywordLDA(topics=[{"id": "<b>drone</b>"}, {"id": "pop"}], n_sweeps=20, n_samples=5)
    chains = fit_chains(estimator, counts, vocabulary=model.vocabulary_, n_chains=n_chains)
    table = chains._repr_html_()
    assert set(re.findall(r"<(\w+)", table)) <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert table.count("<tr><td") == 2
    assert "&lt;b&gt;drone&lt;/b&gt;" in table
    assert f"{n_chains} chains" in table
    assert "nan" not in table
