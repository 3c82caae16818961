"""`topics update`: new reviews are taken up by a new round; the corpus stays as it is."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from bandscape.topics import KeywordLDA

from .conftest import bandscape


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """Hold a workspace with a round, and a table of other reviews of the same kind; do not write to them."""
    folder = tmp_path_factory.mktemp("update")
    root = folder / "ws"
    assert bandscape("simulate", "--out", root, "--reviews", 400, "--artists", 60, "--seed", 3).code == 0
    reviews = pq.read_table(root / "corpus/reviews.parquet")
    with_text = reviews.filter([bool(text) for text in reviews["text"].to_pylist()])
    pq.write_table(with_text.slice(with_text.num_rows - 100), folder / "new.parquet")
    pq.write_table(with_text.slice(0, 270), folder / "old.parquet")
    shutil.rmtree(root)
    for words in (
        ["import", folder / "old.parquet", "--out", root],
        ["topics", "fit", root, "--topics", 6, "--sweeps", 60],
    ):
        answer = bandscape(*words)
        assert answer.code == 0, answer.err
    return folder


@pytest.fixture
def folder(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "here")


def test_new_reviews_make_a_round_and_leave_the_corpus_alone(folder, run):
    root = folder / "ws"
    corpus = {path.name: path.read_bytes() for path in (root / "corpus").iterdir()}
    before = KeywordLDA.load(root / "topics/rounds/0001/model")
    facts = run("topics", "update", root, folder / "new.parquet", "--json").json
    assert (facts["round"], facts["parent"], facts["reviews"], facts["known_reviews"]) == (2, 1, 100, 0)
    assert {path.name: path.read_bytes() for path in (root / "corpus").iterdir()} == corpus
    after = KeywordLDA.load(root / "topics/rounds/0002/model")
    assert after.topic_ids_.tolist() == before.topic_ids_.tolist()
    assert after.word_counts_.sum() == before.word_counts_.sum() + facts["words"]
    np.testing.assert_array_equal(after.doc_topic_, before.doc_topic_)
    cosines = (before.topic_word_ * after.topic_word_).sum(axis=1)
    cosines /= np.linalg.norm(before.topic_word_, axis=1) * np.linalg.norm(after.topic_word_, axis=1)
    assert 0.95 < cosines.min() < 1
    table = pq.read_table(root / "topics/rounds/0002/new_doc_topics.parquet")
    shares = np.array([table[topic].to_numpy() for topic in after.topic_ids_])
    assert table["review_id"].to_pylist() == pq.read_table(folder / "new.parquet")["review_id"].to_pylist()
    np.testing.assert_allclose(shares.sum(axis=0), 1, rtol=1e-4)
    np.testing.assert_allclose(sum(row["share_of_new"] for row in facts["topics"]), 1, rtol=1e-4)
    assert "took up 100 new reviews" in run("topics", "history", root).out
    assert len(run("topics", "diff", root, "--json").json) == 6
    for words in (
        ["show"],
        ["check"],
        ["suggest"],
        ["reviews", "topic_1"],
        ["detect", folder / "new.parquet"],
    ):
        run("topics", words[0], root, *words[1:])


def test_reviews_are_taken_up_once_and_only_those_that_are_new(folder, run):
    root = folder / "ws"
    run("topics", "update", root, folder / "new.parquet")
    again = run("topics", "update", root, folder / "new.parquet")
    assert "topics round 2 unchanged" in again.out
    assert "100 new reviews taken up" in again.out
    answer = run("topics", "update", root, folder / "old.parquet", code=2)
    assert "of 270 documents 270 are in the corpus" in answer.error
    assert sorted(path.name for path in (root / "topics/rounds").iterdir()) == ["0001", "0002"]
    # after undo the same file is the same round again
    run("topics", "undo", root)
    assert "round 2 unchanged" in run("topics", "update", root, folder / "new.parquet").out
    refitted = run("topics", "refit", root, "--sweeps", 5)
    assert "the 100 that round 2 took up are not in it" in refitted.err
    facts = run("topics", "update", root, folder / "new.parquet", "--json").json
    assert (facts["round"], facts["reviews"]) == (4, 100)  # a refit goes by the corpus alone


def test_a_second_file_adds_to_the_first(folder, run, tmp_path):
    root = folder / "ws"
    table = pq.read_table(folder / "new.parquet")
    (tmp_path / "texts").mkdir()
    for row in table.slice(0, 40).to_pylist():
        (tmp_path / "texts" / f"{row['review_id']}.txt").write_text(row["text"])
    first = run("topics", "update", root, tmp_path / "texts", "--json").json
    second = run("topics", "update", root, folder / "new.parquet", "--json", "--threads", 2).json
    assert first["reviews"] + second["reviews"] == 100
    assert second["known_reviews"] == first["reviews"]
    model = KeywordLDA.load(root / "topics/rounds/0003/model")
    before = KeywordLDA.load(root / "topics/rounds/0001/model")
    assert model.word_counts_.sum() == before.word_counts_.sum() + first["words"] + second["words"]


def test_what_cannot_be_taken_up_is_one_line_and_no_round(folder, run, tmp_path):
    root = folder / "ws"
    (tmp_path / "other.txt").write_text("wszystko gra zupełnie inaczej")
    assert (
        "none of 1 new documents has a word"
        in run("topics", "update", root, tmp_path / "other.txt", code=2).error
    )
    (tmp_path / "empty.txt").write_text(" ")
    assert run("topics", "update", root, tmp_path / "empty.txt", code=2).error
    run("topics", "edit", root, "--rename", "topic_1=drone")
    answer = run("topics", "update", root, folder / "new.parquet", code=1)
    assert "edits wait for a refit" in answer.error
    assert [path.name for path in (root / "topics/rounds").iterdir()] == ["0001"]
