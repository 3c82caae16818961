"""The map of more artists than a page holds: what comes with the page, and what is sent when the page asks."""

import base64
import json

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import ParameterError
from bandscape.viz import ServedMap, artist_map, lay_out
from bandscape.viz.served_map import MOST_AT_ONCE


def unpacked(field):
    return np.frombuffer(base64.b64decode(field["base64"]), dtype=field["type"])


@pytest.fixture(scope="module")
def whole(corpus):
    artists, matrix = corpus
    shares = pd.DataFrame({"a": 1.0, "b": np.arange(len(artists)) % 7}, index=artists["artist_id"])
    sounds = {"id0005": b"mp3"}
    layout = lay_out(matrix, method="pca")
    return artist_map(artists, layout, matrix, topic_shares=shares, sounds=sounds, title="Whole")


@pytest.fixture(scope="module")
def served(whole):
    return ServedMap(whole, first=40, version="v1")


def data_of(page):
    return json.loads(page.partition('id="bandscape-data">')[2].partition("</script>")[0])


def test_the_page_begins_with_the_most_reviewed_and_knows_how_many_there_are(served, corpus):
    artists, _ = corpus
    data = data_of(served.page())
    assert (data["count"], data["total"]) == (40, 240)
    assert (data["served"]["version"], data["served"]["first"]) == ("v1", 40)
    assert unpacked(data["ranks"]).tolist() == list(range(40))
    by_reviews = artists.sort_values("n_reviews", ascending=False, kind="stable")
    assert data["names"] == by_reviews["name"].tolist()[:40]
    assert unpacked(data["reviews"]).tolist() == by_reviews["n_reviews"].tolist()[:40]
    assert data["vectors"] is None, "the server calculates"
    assert data["field"]["columns"] > 0
    firsts = [own[0] if own else "" for own in artists["genres"]]
    assert (
        dict(zip(["", *data["genres"]["names"]], data["genres"]["totals"], strict=True))
        == pd.Series(firsts).value_counts().to_dict()
    )
    assert sum(data["groups"]["region"]["totals"]) == 240


def test_only_the_page_with_a_server_may_connect_and_only_to_it(served, whole):
    assert "connect-src &#x27;self&#x27;" in served.page() or "connect-src 'self'" in served.page()
    assert "connect-src" not in whole.page()
    assert "fetch(" not in whole.page().partition('id="plotly-source"')[0]


def test_every_artist_of_a_view_is_sent_with_all_its_facts(served, whole, corpus):
    artists, _ = corpus
    places = whole.layout.coordinates.astype(np.float64)
    left, low = np.quantile(places, 0.2, axis=0)
    right, high = np.quantile(places, 0.8, axis=0)
    answer = served.view(left, right, low, high)
    inside = ((places >= [left, low]) & (places <= [right, high])).all(axis=1)
    assert abs(answer["inside"] - inside.sum()) <= 2, "up to a rounding at the border"
    rows = answer["rows"]
    ranks = unpacked(rows["ranks"])
    assert answer["complete"]
    assert (ranks >= 40).all()
    assert (np.diff(ranks) > 0).all()
    known = artists.set_index("name")
    starts = np.cumsum([0, *unpacked(rows["genres"]["lengths"])])
    names = data_of(served.page())["genres"]["names"]
    codes = unpacked(rows["genres"]["codes"])
    for at, name in enumerate(rows["names"]):
        one = known.loc[name]
        assert unpacked(rows["reviews"])[at] == one["n_reviews"]
        assert unpacked(rows["firstYear"])[at] == one["years"][0]
        assert [names[code] for code in codes[starts[at] : starts[at + 1]]] == one["genres"]
        assert rows["ids"][at] == one["artist_id"]


def test_the_most_reviewed_of_a_full_view_come_first(whole):
    copies = -(-(MOST_AT_ONCE + 500) // len(whole.table))
    n = copies * len(whole.table)
    artists = pd.DataFrame(
        {"artist_id": [str(i) for i in range(n)], "name": [f"n{i}" for i in range(n)], "n_reviews": range(n)}
    )
    served = ServedMap(artist_map(artists, np.random.default_rng(0).normal(size=(n, 2))), first=10)
    answer = served.view(-99, 99, -99, 99)
    assert (answer["inside"], answer["complete"]) == (n, False)
    assert unpacked(answer["rows"]["ranks"]).tolist() == list(range(10, 10 + MOST_AT_ONCE))
    assert answer["rows"]["names"][0] == f"n{n - 11}"


def test_rows_are_those_asked_for_in_that_order(served, whole):
    ranks = [7, 200, 3]
    rows = served.rows(ranks)
    own = [whole.table.artist_ids.index(served.artist_ids[rank]) for rank in ranks]
    assert rows["names"] == [whole.table.names[row] for row in own]
    topics = unpacked(whole.payload["topics"]["codes"]).reshape(240, -1)[own]
    assert unpacked(rows["topics"]["codes"]).reshape(3, -1).tolist() == topics.tolist()
    np.testing.assert_allclose(served.places(ranks), whole.layout.coordinates[own], atol=1e-2)
    assert [served.rank_of(one) for one in ("id0005", "nobody")] == [served.artist_ids.index("id0005"), None]
    assert served.rows([served.rank_of("id0005")])["sounds"] == {"0": base64.b64encode(b"mp3").decode()}
    assert served.rows([])["count"] == 0


def spread_of(values, whole):
    """Count values over the range of the whole, the plain way."""
    return [int((values == value).sum()) for value in range(whole["low"], whole["high"] + 1)]


def test_scores_and_years_are_counted_over_all_artists_of_a_part_not_over_dots(served, whole, corpus):
    artists, _ = corpus
    tenths = np.floor(artists["mean_score"].round(2) * 10 + 0.5)
    first = artists["years"].str[0]
    told = data_of(served.page())["served"]["spreads"]
    assert (told["score"]["low"], told["score"]["high"]) == (
        tenths.min(),
        np.ceil(artists["mean_score"].max() * 10),
    )
    assert (told["year"]["low"], told["year"]["high"]) == (1990, 1995 + 24)
    assert sum(told["score"]["counts"]) == artists["mean_score"].notna().sum()
    assert told["year"]["counts"] == spread_of(first, told["year"])
    places = whole.layout.coordinates.astype(np.float64)
    left, low = np.quantile(places, 0.2, axis=0) + 1e-3
    right, high = np.quantile(places, 0.8, axis=0) + 1e-3
    inside = ((places >= [left, low]) & (places <= [right, high])).all(axis=1)
    found = served.spread(left, right, low, high)
    assert found["inside"] == inside.sum() > 40
    assert found["year"] == spread_of(first[inside], told["year"])
    np.testing.assert_allclose(found["score"], spread_of(tenths[inside], told["score"]), atol=1)
    assert sum(found["score"]) == artists["mean_score"][inside].notna().sum()


def test_artists_without_scores_and_years_are_counted_nowhere():
    artists = pd.DataFrame({"artist_id": ["a", "b"], "name": ["a", "b"], "n_reviews": [2, 1]})
    served = ServedMap(artist_map(artists, np.eye(2)), first=1)
    assert data_of(served.page())["served"]["spreads"]["year"] == {"low": 0, "high": 0, "counts": [0]}
    assert served.spread(-9, 9, -9, 9) == {"inside": 2, "score": [0], "year": [0]}


@pytest.mark.parametrize("question", ["view", "spread"])
def test_a_view_without_finite_borders_is_refused(served, question):
    with pytest.raises(ParameterError, match="four finite borders"):
        getattr(served, question)(0, float("nan"), 0, 1)
