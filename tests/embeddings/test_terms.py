import itertools

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import ParameterError, SchemaError, UnknownNameError
from bandscape.embeddings import TopicProfiles, VectorTable, group_artists

NAMES = ["Rock", "Coil", "Low", "Blur", "1999", "Slowdive"]
GENRES = [["jazz"], ["rock", "jazz"], ["rock"], ["rock"], ["jazz"], ["Rock"]]
LABELS = [["Warp"], ["warp "], [], ["4AD"], [], None]
YEARS = [[1991], [1999, 2003], [1999], [2005], [], [1994]]
SHARES = np.array([[0.1, 0.9], [0.8, 0.2], [0.0, 1.0], [0.0, 0.0], [0.5, 0.5], [0.9, 0.1]])


HOSTILE = ["x" * 10**6, "genre:" + "x" * 10**6, "<script>" * 99, "\x00\x1b[31m", "’; drop table", "🎸"]


@pytest.fixture
def table(rng):
    artists = pd.DataFrame({"artist_id": list("abcdef"), "name": NAMES, "genres": GENRES})
    vectors = VectorTable.from_artists(artists, rng.normal(size=(6, 5)))
    groups = [group_artists("label", LABELS), group_artists("year", YEARS)]
    topics = TopicProfiles(["shoegaze", "other_1"], SHARES, [3, 1, 2, 0, 1, 1], ["shoegaze", "piano · hush"])
    return vectors.with_terms(groups, topics)


@pytest.mark.parametrize(
    ("text", "kind", "rows"),
    [
        ("rock", "genre", [1, 2, 3, 5]),
        ("artist:rock", "artist", [0]),
        ("genre:rock", "genre", [1, 2, 3, 5]),
        ("Genre: ROCK ", "genre", [1, 2, 3, 5]),
        ('genre:"rock"', "genre", [1, 2, 3, 5]),
        ("jazz", "genre", [0, 1, 4]),
        ("warp", "label", [0, 1]),
        ("label:4ad", "label", [3]),
        ("year:1999", "year", [1, 2]),
        ("1999", "artist", [4]),
        ("1990s", "year", [0, 1, 2, 5]),
        ("year:1994-1999", "year", [1, 2, 5]),
        ("artist:a", "artist", [0]),
        ("topic:shoegaze", "topic", [0, 1, 2, 4, 5]),
        ("piano · hush", "topic", [0, 1, 2, 4, 5]),
        ("slow dive", "artist", [5]),
    ],
)
def test_a_term_means_what_its_kind_or_the_order_of_kinds_says(table, text, kind, rows):
    meaning = table.meaning(text)
    assert (meaning.kind, meaning.rows.tolist()) == (kind, rows)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("90s", "1990s"),
        ("'90s", "1990s"),
        ("Nineties", "1990s"),
        ("year:00s", "2000s"),
        ("folk", "folk/country"),
        ("genre:Country", "folk/country"),
        ("4AD Records", "4AD"),
        ("label:warp recs.", "Warp"),
        ("topic:2", "topic_2"),
    ],
)
def test_loose_names_of_groups_mean_what_they_usually_mean(rng, text, name):
    artists = pd.DataFrame({"artist_id": list("abc"), "name": list("xyz"), "genres": [["folk/country"]] * 3})
    groups = [group_artists("label", ["Warp", "4AD", "K Records"]), group_artists("year", [1991, 1999, 2003])]
    topics = TopicProfiles(["topic_1", "topic_2"], np.full((3, 2), 0.5), [1, 1, 1])
    vectors = VectorTable.from_artists(artists, rng.normal(size=(3, 4))).with_terms(groups, topics)
    assert vectors.meaning(text).name == name
    assert len(vectors.meaning(text).rows)


@pytest.mark.parametrize("text", ["electro", "genre:pop", "label:records", "year:20s", "topic:9"])
def test_loose_names_of_several_groups_or_of_none_are_unknown(rng, text):
    genres = [["electro/dance"], ["electro, pop"], ["pop/r&b"]]
    artists = pd.DataFrame({"artist_id": list("abc"), "name": list("xyz"), "genres": genres})
    groups = [group_artists("label", ["Warp", "4AD", "K Records"]), group_artists("year", [1991, 1999, 2003])]
    topics = TopicProfiles(["topic_1"], np.ones((3, 1)), [1, 1, 1])
    vectors = VectorTable.from_artists(artists, rng.normal(size=(3, 4))).with_terms(groups, topics)
    with pytest.raises(UnknownNameError):
        vectors.meaning(text)


def test_how_many_answers_have_what_a_term_names_is_counted(table):
    found = table.most_similar(["rock", "Low"], ["year:1999", "topic:shoegaze"], topn=3)
    terms = {term["text"]: term["n_answers"] for term in found.as_json()["query"]["terms"]}
    ids = {answer.artist_id for answer in found}
    assert terms == {"rock": len(ids & set("bcdf")), "Low": None, "year:1999": len(ids & set("bc")),
                     "topic:shoegaze": None}  # fmt: skip


def test_a_kind_that_there_is_not_is_answered_with_the_kinds(table):
    with pytest.raises(
        UnknownNameError, match="a term can begin with artist:, genre:, topic:, label:, year:"
    ):
        table.meaning("author:mark")


def test_other_readings_are_told_in_a_form_that_reads_so(table):
    meaning = table.meaning("rock")
    assert meaning.also == ("artist:rock",)
    assert table.meaning(meaning.also[0]).kind == "artist"
    assert table.most_similar("rock", topn=1).as_json()["query"]["terms"][0]["also"] == ["artist:rock"]


@pytest.mark.parametrize(
    "text", ["label:warpp", "genre:rokc", "topic:shoegaz", "year:1850", "wrap", "artist:genre:rock"]
)
def test_unknown_terms_list_candidates_or_say_there_are_none(table, text):
    with pytest.raises(UnknownNameError, match=r"did you mean|no similar name"):
        table.most_similar(text)


@pytest.mark.parametrize("text", ["", "   ", "genre:", "genre:  "])
def test_blank_terms_are_refused(table, text):
    with pytest.raises(ParameterError, match="must be a name"):
        table.most_similar(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_long_and_hostile_terms_end_in_one_short_line(table, text):
    with pytest.raises(UnknownNameError) as caught:
        table.most_similar(text)
    assert len(str(caught.value)) < 400


def test_a_group_is_the_mean_of_its_artists(table):
    center = table.matrix[[0, 1]].mean(axis=0)
    expected = table.most_similar(center, topn=6)
    found = table.most_similar("label:warp", topn=6)
    assert [a.artist_id for a in found] == [a.artist_id for a in expected]
    np.testing.assert_allclose([a.cosine for a in found], [a.cosine for a in expected], atol=1e-6)


def test_a_topic_alone_ranks_by_share_among_artists_with_texts(table):
    found = table.most_similar("topic:shoegaze")
    shares = table.topics.smoothed[:, 0]
    assert [a.artist_id for a in found] == ["f", "b", "e", "a", "c"]  # d has no text
    np.testing.assert_allclose(
        [a.cosine**2 for a in found], sorted(shares[table.topics.known])[::-1], rtol=1e-5
    )


def test_topics_and_vectors_mix_as_one_cosine(table):
    found = table.most_similar(["Blur", "topic:shoegaze"], "Low", topn=6)
    joint = np.hstack([table.matrix, table.topics.directions]) / np.sqrt(2)
    query = np.concatenate([table.matrix[3] - table.matrix[2], [1.0, 0.0]])
    cosine = joint @ query / np.linalg.norm(query)
    np.testing.assert_allclose([a.cosine for a in found], np.sort(cosine[[0, 1, 4, 5]])[::-1], atol=1e-6)
    assert {a.artist_id for a in found} == {"a", "b", "e", "f"}


def test_many_texts_outweigh_one(rng):
    topics = TopicProfiles(["a", "b"], np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]), [1, 20, 50])
    assert topics.smoothed[1, 0] > topics.smoothed[0, 0] > topics.smoothed[2, 0]
    np.testing.assert_allclose(topics.smoothed.sum(axis=1), 1)


def test_averaged_offset_equals_a_sum_for_one_pair_and_the_mean_for_several(table):
    one = table.most_similar(["Blur", "Coil"], "Low", method="3cosavg")
    added = table.most_similar(["Blur", "Coil"], "Low")
    assert [a.cosine for a in one] == pytest.approx([a.cosine for a in added])
    m = table.matrix.astype(float)
    query = m[3] + (m[1] + m[5]) / 2 - (m[2] + m[0]) / 2
    found = table.most_similar(["Blur", "Coil", "Slowdive"], ["Low", "artist:rock"], method="3cosavg")
    assert found[0].cosine == pytest.approx(m[4] @ query / np.linalg.norm(query), abs=1e-6)


def test_gap_is_the_lead_over_the_next(table):
    found = table.most_similar("Blur", topn=3)
    everything = table.most_similar("Blur", topn=99)
    lead = [a.score - b.score for a, b in itertools.pairwise(everything)]
    assert [a.gap for a in found] == pytest.approx(lead[:3])
    assert everything[-1].gap is None


def test_terms_that_cancel_are_refused_in_every_space(table):
    for term in ("Blur", "genre:rock", "topic:shoegaze", "year:1999"):
        for method in ("3cosadd", "3cosmul", "3cosavg"):
            with pytest.raises(ParameterError, match="cancels out"):
                table.most_similar(term, term, method=method)


def test_topics_have_no_place_among_the_vectors(table):
    with pytest.raises(ParameterError, match="is a topic"):
        table.vector("topic:shoegaze")


def test_unusable_topics_and_groups_are_refused(table):
    with pytest.raises(SchemaError, match="artists x topics"):
        TopicProfiles(["a"], np.ones((2, 2)), [1, 1])
    with pytest.raises(SchemaError, match="none below 0"):
        TopicProfiles(["a"], -np.ones((2, 1)), [1, 1])
    with pytest.raises(SchemaError, match="must be of 6 artists"):
        table.with_terms([group_artists("label", [["x"]])])
    with pytest.raises(SchemaError, match="topics must be of 6 artists"):
        table.with_terms((), TopicProfiles(["a"], np.ones((1, 1)), [1]))
