import base64
import gzip
import json

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.viz import Layout, artist_map, lay_out
from bandscape.viz.display import display_name, hover_text
from bandscape.viz.examples import example_queries
from bandscape.viz.packing import packed, packed_lists, quantized_plane, quantized_rows
from bandscape.viz.payload import map_payload
from bandscape.viz.query_terms import packed_terms
from bandscape.viz.regions import find_regions, region_labels, short_names


def unpacked(field):
    return np.frombuffer(base64.b64decode(field["base64"]), dtype=field["type"])


def test_every_artist_is_on_the_map_with_its_facts(small_map, corpus):
    artists, matrix = corpus
    payload = small_map.payload
    assert payload["count"] == len(artists) == len(payload["names"])
    assert payload["names"] == artists["name"].tolist()
    assert payload["ids"] == artists["artist_id"].tolist()
    assert unpacked(payload["reviews"]).tolist() == artists["n_reviews"].tolist()
    score = unpacked(payload["score"])
    assert (score == 0).tolist() == artists["mean_score"].isna().tolist()
    known = ~artists["mean_score"].isna()
    np.testing.assert_allclose((score[known] - 1) / 100, artists["mean_score"][known], atol=0.0051)
    assert unpacked(payload["genres"]["lengths"]).tolist() == [len(own) for own in artists["genres"]]
    codes = unpacked(payload["genres"]["codes"])
    assert [payload["genres"]["names"][c] for c in codes] == [g for own in artists["genres"] for g in own]
    assert unpacked(payload["firstYear"]).tolist() == [years[0] for years in artists["years"]]
    assert unpacked(payload["vectors"]).shape == (matrix.size,)
    assert payload["dimensions"] == 16


def test_labels_and_years_reach_the_page_and_of_very_many_artists_the_frequent_labels():
    labels = [["Warp", "4AD"], ["WARP"], [" warp ", ""], []]
    years = [[1994, 2001], [1994], [], [1987]]
    terms = packed_terms(labels, years)
    assert terms["label"]["names"] == ["Warp", "4AD"]
    assert unpacked(terms["label"]["lengths"]).tolist() == [2, 1, 1, 0]
    assert unpacked(terms["label"]["codes"]).tolist() == [0, 1, 0, 0]
    assert terms["year"]["names"] == ["1987", "1994", "2001"]
    assert unpacked(terms["year"]["codes"]).tolist() == [1, 2, 1, 0]
    many = packed_terms([[f"label {min(i, 600 - i)}"] for i in range(600)] * 50, [[]] * 30_000)
    assert len(many["label"]["names"]) == 255
    assert many["label"]["codes"]["type"] == "uint8"
    assert "year" not in many


def test_places_are_exact_to_a_thousandth_of_a_pixel(small_map):
    payload = small_map.payload
    steps = unpacked(payload["plane"]).reshape(-1, 2)
    grid = payload["grid"]
    places = np.array([grid["x"], grid["y"]]) + steps * grid["step"]
    extent = np.ptp(small_map.layout.coordinates, axis=0).max()
    assert np.abs(places - small_map.layout.coordinates).max() <= extent / 65_535


def test_rounded_vectors_answer_like_the_float_ones(rng):
    matrix = rng.normal(size=(2_000, 64)).astype(np.float32)
    rough = quantized_rows(matrix).astype(np.float64)
    recall = []
    for row in range(0, 100):
        exact = np.argsort(-(matrix @ matrix[row]) / np.linalg.norm(matrix, axis=1))[:11]
        close = np.argsort(-(rough @ rough[row]) / np.linalg.norm(rough, axis=1))[:11]
        recall.append(len(set(exact) & set(close)) / 11)
    assert np.mean(recall) > 0.97


def test_packing_clips_and_keeps_zero_rows():
    assert unpacked(packed(np.array([-5, 3, 70_000]), "uint16")).tolist() == [0, 3, 65_535]
    lists = packed_lists([[0], list(range(300)), []], 300)
    assert unpacked(lists["lengths"]).tolist() == [1, 255, 0]
    assert unpacked(lists["codes"]).tolist() == [0, *range(255)]
    assert not quantized_rows(np.zeros((2, 3))).any()
    assert quantized_plane(np.zeros((0, 2), np.float32))[0].shape == (0, 2)
    assert quantized_plane(np.ones((3, 2), np.float32))[0].tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>x</b>", "<b>x</b>"),
        ("", "(no name)"),
        ("\u200b\u202e", "(no name)"),
        (None, "(no name)"),
        (float("nan"), "(no name)"),
        ("a\tb\nc\x00d", "a b c d"),
        ("pay\u202egnp", "paygnp"),
        ("bjo\u0308rk", "björk"),
        ("\ud800x", "?x"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("e" + "\u0301" * 9, "é\u0301\u0301\u0301"),
    ],
)
def test_names_are_tamed_and_not_changed_otherwise(name, shown):
    assert display_name(name) == shown


def test_a_million_letters_are_cut():
    assert len(display_name("x" * 10**6)) == 80
    assert display_name("x" * 10**6).endswith("…")


def test_hover_text_is_escaped():
    assert hover_text("<b>&x", "", "2") == "&lt;b&gt;&amp;x<br>2"


def test_the_notebook_figure_shows_all_points_with_escaped_names(hostile_map):
    figure = hostile_map.figure
    assert sum(len(trace.x) for trace in figure.data) == 60
    assert figure.layout.spikedistance == 0
    assert {trace.type for trace in figure.data} == {"scattergl"}
    texts = [text for trace in figure.data for text in trace.text]
    assert not any("<script" in text or "<img" in text or "<b>" in text for text in texts)
    assert any("&lt;script&gt;" in text for text in texts)
    assert not any("<" in trace.name for trace in figure.data)
    assert "<script" not in figure.layout.title.text
    assert max(len(text) for text in texts) < 400
    sizes = np.concatenate([trace.marker.size for trace in figure.data])
    assert sizes.min() >= 3
    assert sizes.max() <= 9
    json.dumps(figure.to_plotly_json()["layout"])


def test_vectors_carry_their_own_order(corpus):
    artists, matrix = corpus

    class Vectors:
        artist_ids = artists["artist_id"].tolist()[::-1][:50]

    Vectors.matrix = matrix[::-1][:50]
    payload = artist_map(artists, lay_out(Vectors.matrix), Vectors).payload
    assert payload["names"] == artists["name"].tolist()[::-1][:50]
    assert np.array_equal(
        unpacked(payload["vectors"]).reshape(50, 16), quantized_rows(Vectors.matrix, "int16")
    )


def test_clusters_topics_and_links_reach_the_page(corpus):
    artists, matrix = corpus
    n = len(artists)
    clusters = pd.DataFrame(
        {
            "artist_id": artists["artist_id"][::-1],
            "cluster": (np.arange(n) % 3)[::-1],
            "cluster_name": [None] * n,
        }
    )
    clusters["cluster_name"] = clusters["cluster"].map({0: "zero", 1: "one", 2: "two"})
    shares = pd.DataFrame({"drums": [0.9, 0.2], "noise": [0.1, 0.8]}, index=["id0001", "id0000"])
    links = {"id0000": "https://example.org/0", "id0001": "javascript:alert(1)"}
    payload = artist_map(
        artists,
        lay_out(matrix),
        matrix,
        clusters=clusters,
        topic_shares=shares,
        links=links,
        data_id="a1b2c3",
    ).payload
    assert payload["groups"]["cluster"]["names"] == ["zero", "one", "two"]
    assert unpacked(payload["groups"]["cluster"]["codes"]).tolist() == [i % 3 + 1 for i in range(n)]
    assert unpacked(payload["groups"]["topic"]["codes"])[:3].tolist() == [2, 1, 0]
    rest = gzip.decompress(base64.b64decode(payload["links"]["gzip"])).decode().split("\n")
    assert payload["links"]["start"] == "https://example.org/0"
    assert rest[:3] == ["=", "", ""], "an address that is a script is none"
    topics = payload["topics"]
    kept = topics["kept"]
    assert topics["names"] == ["drums", "noise"]
    assert unpacked(topics["codes"])[: 2 * kept].tolist() == [2, 1, 1, 2]
    np.testing.assert_allclose(
        unpacked(topics["shares"])[: 2 * kept] / topics["steps"], [0.8, 0.2, 0.9, 0.1], atol=1e-6
    )
    assert not unpacked(topics["codes"])[2 * kept :].any()
    assert payload["dataId"] == "a1b2c3"
    assert payload["groups"]["region"]["names"], "without layout clusters the map divides itself"


def test_background_topics_are_no_subject_matter(corpus):
    artists, matrix = (part[:4] for part in corpus)
    shares = pd.DataFrame(
        {"noise": [0.7, 0.5, 0.9], "drums": [0.1, 0.3, 0.0], "strings": [0.2, 0.2, 0.1]},
        index=["id0000", "id0001", "id0002"],
    )
    given = shares.copy()
    payload = artist_map(artists, matrix[:, :2], topic_shares=shares, background_topics=["noise"]).payload
    topics = payload["topics"]
    assert topics["names"] == payload["groups"]["topic"]["names"] == ["drums", "strings"]
    assert unpacked(payload["groups"]["topic"]["codes"]).tolist() == [2, 1, 2, 0]
    np.testing.assert_allclose(unpacked(topics["background"]) / topics["steps"], [0.7, 0.5, 0.9, 0])
    own = unpacked(topics["shares"]).reshape(4, -1) / topics["steps"]
    np.testing.assert_allclose(own[:3], [[0.2, 0.1], [0.3, 0.2], [0.1, 0.0]], err_msg="shares of all words")
    pd.testing.assert_frame_equal(shares, given)


def test_a_background_topic_that_is_no_column_is_refused(corpus):
    artists, matrix = (part[:2] for part in corpus)
    shares = pd.DataFrame({"drums": [1.0, 1.0]}, index=["id0000", "id0001"])
    with pytest.raises(SchemaError, match="background must name columns of topic_shares; 'noise' is none"):
        artist_map(artists, matrix[:, :2], topic_shares=shares, background_topics=["noise"])
    only = artist_map(artists, matrix[:, :2], topic_shares=shares, background_topics=["drums"]).payload
    assert "topic" not in only["groups"], "nothing but noise is no coloring"


def test_the_same_map_has_the_same_mark(corpus):
    artists, matrix = corpus
    placed = lay_out(matrix)
    assert artist_map(artists, placed, matrix).payload == artist_map(artists, placed, matrix).payload
    other = artist_map(artists.assign(mean_score=5.0), placed, matrix).payload
    assert other["dataId"] != artist_map(artists, placed, matrix).payload["dataId"]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny_tables_have_a_map(corpus, n):
    artists, matrix = corpus
    payload = artist_map(artists[:n], lay_out(matrix[:n]), matrix[:n]).payload
    assert payload["count"] == n


def test_only_id_and_name_are_needed():
    artists = pd.DataFrame({"artist_id": ["a", "b"], "name": ["A", "B"]})
    payload = artist_map(artists, np.zeros((2, 2))).payload
    assert payload["vectors"] is None
    assert payload["examples"] == []
    assert payload["layout"]["method"] == "given"


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"artists": pd.DataFrame({"name": ["x"]})}, SchemaError, "lacks the column artist_id"),
        ({"artists": {"name": []}}, SchemaError, "must be a pandas DataFrame; got dict"),
        (
            {"artists": pd.DataFrame({"artist_id": ["a", "a"], "name": ["x", "y"]})},
            SchemaError,
            "'a' is repeated",
        ),
        ({"layout": np.zeros((3, 2))}, ParameterError, "3 places for 240 artists"),
        ({"layout": np.zeros((240, 3))}, ParameterError, r"shape \(n, 2\)"),
        ({"layout": np.full((240, 2), np.nan)}, ParameterError, "layout must be finite"),
        ({"vectors": np.zeros((3, 4))}, ParameterError, "3 rows for 240 artists"),
        ({"vectors": np.full((240, 4), np.inf)}, ParameterError, "finite matrix"),
        ({"clusters": pd.DataFrame({"cluster": [1]})}, SchemaError, "clusters lacks the column artist_id"),
    ],
)
def test_what_does_not_fit_is_named(corpus, change, error, said):
    artists, matrix = corpus
    arguments = {"artists": artists, "layout": np.zeros((240, 2)), "vectors": matrix, **change}
    with pytest.raises(error, match=said):
        artist_map(**arguments)


def test_vectors_of_unknown_artists_are_named(corpus):
    artists, matrix = corpus

    class Vectors:
        artist_ids = ("nobody",)

    Vectors.matrix = matrix[:1]
    with pytest.raises(SchemaError, match="'nobody'"):
        artist_map(artists, np.zeros((1, 2)), Vectors)


def test_regions_are_named_by_genres_and_told_apart(rng):
    centers = np.array([[0, 0], [50, 0], [0, 50], [50, 50]])
    label = np.arange(400) % 4
    places = (centers[label] + rng.normal(size=(400, 2))).astype(np.float32)
    genres = [[("rock", "rock", "jazz", "")[g]] if g < 3 else [] for g in label]
    region, names = find_regions(places, genres, [f"band {i}" for i in range(400)], np.arange(400))
    region4 = [set(region[label == g]) for g in range(4)]
    assert all(len(one) <= 2 for one in region4)
    assert len(set(names)) == len(names)
    assert any(name.startswith("rock, near band") for name in names) or names.count("rock") == 1
    assert "no genre given" in names
    for spot in region_labels(places, region, names, genres):
        assert np.linalg.norm(centers - [spot.x, spot.y], axis=1).min() < 3, "a name stands where dots are"


def test_a_topic_that_tells_clusters_apart_does_not_say_where_their_name_stands():
    places = np.array([[0, 0]] * 5 + [[9, 9]] * 4 + [[0, 9]] * 3, float)
    genres = [["rock"]] * 5 + [["jazz"]] * 4 + [["rock"]] * 3
    region = np.array([0] * 9 + [1] * 3)
    spots = region_labels(places, region, ["rock – jazz · horns", "rock – banjo"], genres)
    assert [(spot.x, spot.y) for spot in spots] == [(0, 0), (0, 9)]


def test_examples_only_name_what_exists():
    names = ["radiohead", "autechre", "miles", "coil"]
    genres = [["rock"], ["electronic"], ["jazz"], ["rock"]]
    found = example_queries(names, genres, np.array([9, 8, 7, 1]))
    assert found[0] == "radiohead - rock + electronic"
    assert not any("elder ones" in one for one in found)
    assert example_queries([], [], np.array([])) == []
    assert example_queries(["a"], [["rock"]], np.array([1])) == []


def many_artists(n):
    rng = np.random.default_rng(0)
    artists = pd.DataFrame(
        {
            "artist_id": [f"artist-{i:06d}" for i in range(n)],
            "name": [f"some band name {i:06d}" for i in range(n)],
            "genres": [["rock", "electronic"]] * n,
            "mean_score": rng.uniform(0, 10, n),
            "n_reviews": rng.integers(1, 30, n),
            "years": rng.integers(1990, 2017, (n, 2)).tolist(),
            "labels": [
                [f"label number {one % 8000}" for one in own] for own in rng.zipf(1.3, (n, 2)).tolist()
            ],
        }
    )
    shares = pd.DataFrame(
        rng.dirichlet(np.ones(5), n), index=artists["artist_id"], columns=[f"topic {k}" for k in range(5)]
    )
    places = rng.normal(size=(n, 2)).astype(np.float32)
    layout = Layout(places, "pca", None, 0, "cosine", 0.9, np.ones(n, np.float32))
    regions = pd.DataFrame({"artist_id": artists["artist_id"], "layout_cluster": np.arange(n) % 20})
    return {
        "artists": artists,
        "layout": layout,
        "vectors": rng.normal(size=(n, 64)).astype(np.float32),
        "clusters": regions,
        "topic_shares": shares,
        "links": {one: f"https://example.org/albums/{one}/" for one in artists["artist_id"]},
    }


@pytest.mark.parametrize(("n", "most_mb"), [(10_000, 6.5), (110_000, 19.0)])
def test_the_file_stays_in_its_budget(n, most_mb):
    """With 64 dimensions, topics and addresses; of more than 100,000 artists only so many are dots."""
    made = artist_map(**many_artists(n))
    assert made.payload["count"] == min(n, 100_000)
    assert made.payload["total"] == n
    assert len(made.page().encode()) <= most_mb * 1e6


def test_of_more_artists_the_most_reviewed_are_dots_and_all_are_in_the_field(corpus):
    artists, matrix = corpus
    layout = lay_out(matrix, method="pca")
    shares = pd.DataFrame({"a": artists["mean_score"].fillna(1.0), "b": 5.0}).set_index(artists["artist_id"])
    every = artist_map(artists, layout, matrix, topic_shares=shares)
    made = artist_map(artists, layout, matrix, topic_shares=shares, most=50)
    payload = made.payload
    assert (payload["count"], payload["total"]) == (50, len(artists))
    assert payload["subtitle"] == "240 artists"
    dots = [artists["name"].tolist().index(name) for name in payload["names"]]
    assert dots == sorted(dots), "in the order of the table"
    reviews = artists["n_reviews"].to_numpy()
    assert reviews[dots].min() >= np.sort(reviews)[-50]
    assert unpacked(payload["reviews"]).tolist() == reviews[dots].tolist()
    vectors = unpacked(payload["vectors"]).reshape(50, -1)
    assert (vectors == quantized_rows(matrix, "int16")[dots]).all()
    regions = unpacked(every.payload["groups"]["region"]["codes"])
    assert unpacked(payload["groups"]["region"]["codes"]).tolist() == regions[dots].tolist()
    topics = unpacked(every.payload["topics"]["codes"]).reshape(len(artists), -1)
    assert unpacked(payload["topics"]["codes"]).reshape(50, -1).tolist() == topics[dots].tolist()
    assert payload["field"]["columns"] > 0
    assert every.payload["field"] is None
    assert len(made.table) == len(made.layout) == 50
    assert artist_map(artists, layout, matrix, topic_shares=shares, most=50).page() == made.page()


@pytest.mark.parametrize("most", [0, -3, 2.5, True])
def test_a_wrong_number_of_dots_is_refused(corpus, most):
    artists, matrix = corpus
    with pytest.raises(ParameterError, match="most must be an int >= 1"):
        artist_map(artists, lay_out(matrix, method="pca"), matrix, most=most)


def test_map_payload_is_documented_json(small_map):
    text = json.dumps(small_map.payload, allow_nan=False)
    assert json.loads(text)["version"] == 1
    assert map_payload.__doc__


def test_groups_told_apart_by_several_artists_are_called_by_the_first():
    long = "godspeed you! black emperor and friends"
    assert short_names(["rock", "jazz (a | b | c)", f"rap ({long})"]) == [
        "rock",
        "jazz (a)",
        "rap (godspeed you! black emp…)",
    ]
    assert short_names(["jazz (a | b)", "jazz (a | c)"]) == ["jazz (a | b)", "jazz (a | c)"]
