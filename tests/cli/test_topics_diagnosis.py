"""Judging a round from the command line: what is said is there, true to the files, and not made twice."""

import json

import numpy as np
import pytest

from bandscape.cli import steps
from bandscape.cli.steps import diagnosis
from bandscape.cli.steps.word_forms import WordForms, usual_forms
from bandscape.core.errors import BandscapeError, ParameterError
from bandscape.core.files import read_table
from bandscape.core.workspace import Workspace
from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import rank_words

from .conftest import bandscape


def test_diagnose_says_how_good_the_topics_are(workspace):
    answer = bandscape("topics", "diagnose", workspace, "--held-out", "0.2", "--json")
    assert answer.code == 0, answer.err
    found = answer.json
    topics = found["topics"]
    assert {"topic", "share", "npmi", "c_v", "u_mass", "exclusivity", "shared_words", "words"} <= set(
        topics[0]
    )
    assert len(topics) == found["n_topics"]
    assert sum(topic["share"] for topic in topics) == pytest.approx(1)
    assert all(-1 <= topic["npmi"] <= 1 for topic in topics)
    held_out = found["held_out"]
    (part,) = held_out["folds"]
    assert part["n_documents"] == round(0.2 * (held_out["n_train"] + part["n_documents"]))
    assert held_out["left_to_right_perplexity"] < held_out["unigram_perplexity"]
    assert found["convergence"]["warnings"]
    shown = bandscape("topics", "diagnose", workspace, "--held-out", "0.2")
    assert "without topics" in shown.out
    assert topics[0]["words"][0] in shown.out
    assert "warning:" in shown.err
    assert max(len(line) for line in shown.out.replace(str(workspace), "WS").splitlines()) <= 100
    assert shown.err.count("sampling topics") == 0  # nothing was fitted again


def test_what_is_held_out_is_not_in_the_fit(workspace, monkeypatch):
    """The reviews of every part are scored by a fit to all others, and no review is in two parts."""
    seen = []
    real = diagnosis._score_part

    def spy(model, train, test, *arguments):
        seen.append((train, test))
        return real(model, train, test, *arguments)

    monkeypatch.setattr(diagnosis, "_score_part", spy)
    with Workspace(workspace).writing() as opened:
        steps.diagnose_round(opened, held_out=0.25, n_folds=3)
        found = steps.read_diagnosis(opened)
    counts = steps.load_prepared(opened).counts
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    for train, test in seen:
        assert train.shape[0] + test.shape[0] == (lengths > 0).sum()
        together = np.asarray(train.sum(axis=0) + test.sum(axis=0)).ravel()
        assert np.array_equal(together, np.asarray(counts.sum(axis=0)).ravel())
    means = [part["left_to_right_perplexity"] for part in found["held_out"]["folds"]]
    assert len(means) == 3
    assert found["held_out"]["left_to_right_perplexity"] == pytest.approx(np.mean(means))


def test_chains_keep_the_round_as_the_first_and_go_on_where_they_stopped(workspace):
    opened = Workspace(workspace)

    def stop_in_the_second(event):
        return event.done >= 30 and any(workspace.glob(".cache/chains/*/*/manifest.json"))

    with opened.writing():
        with pytest.raises(BandscapeError, match="stopped before all chains"):
            steps.fit_round_chains(opened, n_chains=3, on_progress=stop_in_the_second)
        (kept,) = workspace.glob(".cache/chains/*/*/manifest.json")
        n_sweeps, fitted = KeywordLDA.load(kept.parent).n_sweeps, []
        steps.fit_round_chains(opened, n_chains=3, on_progress=lambda event: fitted.append(event.total))
        assert set(fitted) == {n_sweeps}  # of one chain: the other was kept
        found = steps.read_chains(opened)
    assert not any(workspace.glob(".cache/chains/*"))
    model = diagnosis.load_round(opened, found["round"])
    assert [topic["topic"] for topic in found["topics"]] == model.topic_ids_.tolist()
    shares = np.array([topic["share"] for topic in found["topics"]])
    assert shares == pytest.approx(model.topic_share_, abs=0.05)
    answer = bandscape("topics", "chains", workspace, "--chains", "3")
    assert answer.code == 0, answer.err
    assert f"of {found['n_topics']} topics are alike in all 3 chains" in answer.out
    assert "sampling chains" not in answer.err
    assert bandscape("topics", "chains", workspace, "--chains", "3", "--json").json["n_chains"] == 3


def test_words_are_shown_in_other_orders(demo_workspace):
    opened = Workspace(demo_workspace)
    number = steps.current_round(opened)
    model = diagnosis.load_round(opened, number)
    vocabulary = read_table(opened.verified(steps.VOCABULARY), ["word", "display", "count"]).to_pandas()
    forms = WordForms(opened, number, model)
    for order in ("relevance", "frex"):
        answer = bandscape("topics", "show", demo_workspace, "--order", order, "--top", "5", "--json").json
        assert answer["order"] == order
        scores = rank_words(model.topic_word_, order, word_counts=vocabulary["count"].to_numpy())
        for at, topic in enumerate(answer["topics"]):
            best = np.argsort(-scores[at], kind="stable")[:5]
            words = [forms.of(topic["id"], word) for word in vocabulary["word"].to_numpy()[best]]
            assert [entry["word"] for entry in topic["words"]] == words
    usual = bandscape("topics", "show", demo_workspace, "--top", "5", "--json").json
    assert usual["order"] == "probability"
    words = [[entry["word"] for entry in topic["words"]] for topic in usual["topics"]]
    assert words != [[entry["word"] for entry in topic["words"]] for topic in answer["topics"]]


def test_every_command_writes_a_word_as_the_report_of_the_round_does(workspace):
    """In the form most frequent within the topic, never as a stem."""
    opened = Workspace(workspace)
    with opened.writing():
        steps.diagnose_round(opened, held_out=0)
        steps.fit_round_chains(opened, n_chains=2)
    usual = bandscape("topics", "show", workspace, "--top", "100", "--json").json["topics"]
    reported = {topic["id"]: [entry["word"] for entry in topic["words"]] for topic in usual}
    for topic in steps.read_diagnosis(opened)["topics"]:
        assert topic["words"] == reported[topic["topic"]][:10]
    number, usually = steps.current_round(opened), usual_forms(opened)
    forms = WordForms(opened, number, diagnosis.load_round(opened, number))
    for row in steps.read_chains(opened)["words"]:
        assert row["word"] in {*usually.values(), *reported[row["topic"]]}, row
    assert any(forms.of(topic, word) != usually[word] for topic in reported for word in usually)
    assert forms.of("no such topic", "no such word") == "no such word"


def test_what_cannot_be_is_said(workspace):
    assert (
        "must be one of probability, relevance, frex"
        in bandscape("topics", "show", workspace, "--order", "lift").error
    )
    opened = Workspace(workspace)
    with pytest.raises(BandscapeError, match="topics diagnose"):
        steps.read_diagnosis(opened)
    with pytest.raises(BandscapeError, match="topics chains"):
        steps.read_chains(opened)
    with opened.writing():
        with pytest.raises(ParameterError, match=r"4 folds of 0\.5"):
            steps.diagnose_round(opened, held_out=0.5, n_folds=4)
        with pytest.raises(ParameterError, match="must be in 0"):
            steps.diagnose_round(opened, held_out=0.7)


def test_a_changed_round_makes_an_earlier_diagnosis_void(workspace):
    opened = Workspace(workspace)
    with opened.writing():
        steps.diagnose_round(opened, held_out=0)
    assert json.dumps(steps.read_diagnosis(opened))
    assert bandscape("topics", "fit", workspace, "--topics", "3", "--sweeps", "5").code == 0
    with pytest.raises(BandscapeError, match="topics diagnose"):
        steps.read_diagnosis(Workspace(workspace))
