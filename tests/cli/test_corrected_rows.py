"""Reviews without ids are known again by their texts when a corrected table takes the place of theirs."""

import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bandscape.cli import steps
from bandscape.cli.steps.artist_topics import mean_topic_shares
from bandscape.cli.steps.maps import _topic_shares_of_artists
from bandscape.cli.steps.review_keys import keys_of_round
from bandscape.core import Workspace

from .conftest import bandscape

HASHES = "topics/rounds/0001/review_texts.parquet"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Reviews as a table of artist, title and text."""
    root = tmp_path_factory.mktemp("simulated") / "ws"
    assert bandscape("simulate", "--out", root, "--reviews", 200, "--artists", 40, "--seed", 3).code == 0
    reviews = pd.read_parquet(root / "corpus/reviews.parquet", columns=["artist_ids", "title", "text"])
    reviews["artist"] = reviews.pop("artist_ids").str[0].str.replace("-", " ")
    return reviews[reviews["text"].notna()].reset_index(drop=True)


@pytest.fixture(scope="module")
def corrected_once(table, tmp_path_factory):
    """Topics of the table, which has no ids; then ten reviews are taken out, one is corrected and one put in first."""
    folder = tmp_path_factory.mktemp("corrected")
    ws = folder / "ws"
    table.to_csv(folder / "reviews.csv", index=False)
    for command in (
        ["import", folder / "reviews.csv", "--out", ws],
        ["topics", "fit", ws, "--topics", 4, "--sweeps", 20],
    ):
        answer = bandscape(*command)
        assert answer.code == 0, answer.err
    assert pq.read_table(ws / "corpus/reviews.parquet")["review_id"][0].as_py().startswith("row-")
    corrected = pd.concat([table[10:11], table[10:]], ignore_index=True)
    corrected.loc[0, ["title", "text"]] = "Another", table.loc[11, "text"] + " and some more words"
    corrected.loc[5, "text"] += " a sentence that was added later"
    corrected.loc[7, "text"] = corrected.loc[7, "text"].replace(" ", "\n", 3)
    corrected.to_csv(folder / "corrected.csv", index=False)
    assert bandscape("import", folder / "corrected.csv", "--out", ws, "--replace").code == 0
    return ws


@pytest.fixture
def root(corrected_once, tmp_path):
    """Give a copy to write to, with the corrected table beside it."""
    shutil.copy(corrected_once.with_name("corrected.csv"), tmp_path)
    return shutil.copytree(corrected_once, tmp_path / "ws")


def test_a_refit_says_which_reviews_are_the_same_gone_and_new(root, run):
    assert "(183 the same, 11 gone, 2 new)" in run("topics", "refit", root, "--sweeps", 5).out


def test_maps_have_the_topics_of_each_review_that_is_still_there(root, table):
    opened = Workspace(root)
    fit = steps.fit_of_round(opened, 1)
    assert (fit.is_usable, fit.reason) == (True, "183 of its 194 reviews are among those of now")
    shares, *_ = _topic_shares_of_artists(opened)
    then = pq.read_table(root / "topics/rounds/0001/doc_topics.parquet").to_pandas()
    position = then.pop("review_id").str.removeprefix("row-").astype(int)
    assert position.is_monotonic_increasing
    assert len(then) == len(table)
    kept = table.assign(at=np.arange(len(table)))[10:]
    kept = kept[kept["at"] != 14]  # the corrected one is another
    expected = then.iloc[kept["at"]].groupby(kept["artist"].str.replace(" ", "-").to_numpy()).mean()
    assert shares is not None
    assert shares.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(shares, expected, rtol=1e-5)


def test_by_row_numbers_the_reviews_would_be_others(root):
    opened = Workspace(root)
    path = "topics/rounds/0001/doc_topics.parquet"
    right, _ = mean_topic_shares(opened, path, keys_of_round(opened, 1))
    wrong, _ = mean_topic_shares(opened, path)
    assert not np.allclose(right, wrong.reindex(right.index).fillna(0), atol=0.05)


def test_a_table_that_has_ids_now_is_matched_by_its_texts(root, tmp_path, run):
    corrected = pd.read_csv(tmp_path / "corrected.csv")
    corrected.insert(0, "review_id", [f"r{at}" for at in range(len(corrected))])
    corrected.to_csv(tmp_path / "named.csv", index=False)
    run("import", tmp_path / "named.csv", "--out", root, "--replace")
    assert "(183 the same, 11 gone, 2 new)" in run("topics", "refit", root, "--sweeps", 5).out
    assert not (root / HASHES.replace("0001", "0002")).exists()


def test_repeated_texts_count_one_by_one(root, table, tmp_path, run):
    doubled = pd.concat([table[:3], table], ignore_index=True)
    doubled.loc[:2, "title"] = ["x", "y", "z"]
    doubled.to_csv(tmp_path / "doubled.csv", index=False)
    run("import", tmp_path / "doubled.csv", "--out", root, "--replace")
    assert "(194 the same, 0 gone, 3 new)" in run("topics", "refit", root, "--sweeps", 5).out


def test_what_the_model_alone_tells_is_told_of_an_earlier_round_and_json_says_of_which(
    root, table, tmp_path, run
):
    text = tmp_path / "new.txt"
    text.write_text(pd.read_csv(tmp_path / "corrected.csv")["text"][0])
    table.to_csv(tmp_path / "reviews.csv", index=False)
    run("import", tmp_path / "reviews.csv", "--out", root, "--replace")
    before = run("topics", "detect", root, text, "--json")
    run("import", tmp_path / "corrected.csv", "--out", root, "--replace")
    after = run("topics", "detect", root, text, "--json")
    assert after.out == before.out
    assert "round 1 is of an earlier corpus" in after.err
    assert "earlier corpus" not in before.err
    for command in ("show", "trace"):
        assert "round 1 is of an earlier corpus" in run("topics", command, root, "--json").json["outdated"]
    out = tmp_path / "vis.json"
    assert "round 1 is of an earlier corpus" in run("topics", "export", root, "--out", out).err
    for words in (["suggest"], ["shares"], ["diagnose"], ["update", text]):
        refused = bandscape("topics", words[0], root, *words[1:])
        assert refused.code == 1
        assert "round 1 is of an earlier corpus: bandscape topics refit" in refused.error
    run("topics", "refit", root, "--sweeps", 5)
    assert run("topics", "show", root, "--json").json["outdated"] is None
    run("topics", "use", root, 1)  # of the reviews before, while the words are prepared from those of now
    assert run("topics", "detect", root, text, "--json").out == before.out


def test_queries_know_the_topics_of_the_reviews_that_are_still_there(root, table, tmp_path, run):
    rated = pd.read_csv(tmp_path / "corrected.csv").assign(genre="Rock", score=7.5)
    rated.to_csv(tmp_path / "rated.csv", index=False)
    run("import", tmp_path / "rated.csv", "--out", root, "--replace")
    run("artists", "fit", root, "--epochs", 1)
    topic = pq.read_table(root / "topics/rounds/0001/doc_topics.parquet").column_names[1]
    asked = run("artists", "similar", root, f"topic:{topic}", "--top", 3)
    assert "round 1 is of an earlier corpus" in asked.err
    assert "183 of its 194 reviews are among those of now" in asked.err
    assert "read as the topic" in asked.out
    bare = run("artists", "similar", root, topic, "--json")  # without saying that it is a topic
    assert "183 of its 194 reviews are among those of now" in bare.err
    assert bare.json["outdated"] in bare.err
    assert steps.current_topics(Workspace(root))["round"] == 1
    assert run("artists", "clusters", root, "--k", 3).code == 0
    kept = Workspace(root).steps()["clusters"]
    assert kept.parameters["topics_of_round"] == 1
    assert steps.cluster_artists(Workspace(root)).skipped
    rated.assign(text=rated["text"] + " anew").to_csv(tmp_path / "anew.csv", index=False)
    run("import", tmp_path / "anew.csv", "--out", root, "--replace")
    run("artists", "fit", root, "--epochs", 1)
    refused = bandscape("artists", "similar", root, f"topic:{topic}")
    assert refused.code != 0
    assert "no topic can be a term now: 0 of its 194 reviews are among those of now" in refused.err
    assert "bandscape topics refit" in refused.err
    bare = bandscape("artists", "similar", root, topic)
    assert "no topic can be a term now: 0 of its 194 reviews are among those of now" in bare.err
    assert "unknown name" in bandscape("artists", "similar", root, "nobody knows this").err
