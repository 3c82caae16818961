"""Topic shares of artists, a few topics and reviews at a time, are the means over their reviews."""

import pandas as pd

from bandscape.cli.steps import artist_topics, current_round, maps, round_folder
from bandscape.cli.steps.maps import _latest_reviews
from bandscape.core import Workspace, read_table


def test_means_are_those_of_a_plain_join(demo_workspace, monkeypatch):
    monkeypatch.setattr(artist_topics, "_TOPICS", 3)
    monkeypatch.setattr(artist_topics, "_BATCH", 50)
    workspace = Workspace(demo_workspace)
    path = f"{round_folder(current_round(workspace))}/doc_topics.parquet"
    means, n_texts = artist_topics.mean_topic_shares(workspace, path)
    shares = read_table(demo_workspace / path).to_pandas().set_index("review_id")
    reviews = read_table(demo_workspace / "corpus/reviews.parquet", ["review_id", "artist_ids"]).to_pandas()
    pairs = reviews.explode("artist_ids").dropna()
    pairs = pairs[pairs["review_id"].isin(shares.index)]
    groups = shares.loc[pairs["review_id"]].groupby(pairs["artist_ids"].to_numpy())
    assert means.index.tolist() == groups.mean().index.tolist()
    assert means.columns.tolist() == shares.columns.tolist()
    assert (means.to_numpy() == groups.mean().to_numpy()).all()
    assert n_texts.tolist() == groups.size().tolist()


def test_the_latest_review_is_the_last_by_date(demo_workspace, monkeypatch):
    monkeypatch.setattr(maps, "leads_somewhere", bool)  # simulated addresses lead nowhere
    reviews = read_table(demo_workspace / "corpus/reviews.parquet").to_pandas()
    rows = reviews.dropna(subset=["url"]).explode("artist_ids").dropna(subset=["artist_ids"])
    rows["day"] = pd.to_datetime(rows["pub_date"]).fillna(pd.Timestamp.min)
    latest = rows.sort_values("day", kind="stable").groupby("artist_ids").tail(1)
    assert _latest_reviews(Workspace(demo_workspace)) == dict(
        zip(latest["artist_ids"], latest["url"], strict=True)
    )
