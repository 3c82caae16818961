"""How far answers can be trusted, and answers of artists with enough reviews."""

import json

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings import VectorTable, group_artists
from bandscape.embeddings.vectors import unit_vectors

N_GENRES, OF_EACH = 10, 40


@pytest.fixture(scope="module")
def table():
    """Ten tight genres of forty artists, and as many artists anywhere, without genre and with one review."""
    rng = np.random.default_rng(3)
    centers = unit_vectors(rng.standard_normal((N_GENRES, 24)))
    tight = np.repeat(centers, OF_EACH, axis=0) + 0.06 * rng.standard_normal((N_GENRES * OF_EACH, 24))
    loose = rng.standard_normal((N_GENRES * OF_EACH, 24))
    n = 2 * N_GENRES * OF_EACH
    return VectorTable(
        matrix=np.concatenate([tight, 4 * loose]).astype(np.float32),
        artist_ids=[f"a{i}" for i in range(n)],
        names=[f"artist {i}" for i in range(n)],
        genres=[[f"g{i // OF_EACH}"] if i < n // 2 else [] for i in range(n)],
        n_reviews=[1 + i % 5 if i < n // 2 else 1 for i in range(n)],
    ).with_terms([group_artists("year", [[1999]] * n)])


def test_neighbors_among_their_likes_are_strong(table):
    verdict = table.most_similar("a0").verdict
    assert (verdict.level, verdict.left, verdict.near_share) == ("strong", 1.0, 1.0)


def test_among_few_artists_the_first_answers_are_near(table):
    few = VectorTable(table.matrix[:20], table.artist_ids[:20], table.names[:20], table.genres[:20])
    assert few.most_similar("a0").verdict.near_share == 1.0


def test_terms_that_nearly_cancel_out_are_weak_and_the_reason_says_so(table):
    found = table.most_similar("a0", "a1")
    assert found.verdict.level == "weak"
    assert found.verdict.left < 0.6
    assert "so like what is added that little is left to go by" in str(found.verdict)
    assert "far from what was added" in str(found.verdict)


def test_a_sum_whose_answers_stay_near_is_not_weak(table):
    assert table.most_similar(["genre:g1", "a45"]).verdict.level == "strong"


def test_answers_near_one_part_of_a_sum_only_are_told(table):
    apart = table.most_similar(["genre:g1", "genre:g6"]).verdict
    assert (apart.level, apart.together) == ("weak", 0.0)
    assert str(apart).startswith("weak (no answer is near most of what was added, each is near a part of it")
    assert table.most_similar(["a40", "a45"]).verdict.together == 1.0
    assert table.most_similar(["a40", "a45", "genre:g6"]).verdict.together > 0.0
    assert table.most_similar(["genre:g1", "genre:g6"], "genre:g2").verdict.together == 1.0


def test_an_answer_that_is_of_both_groups_is_near_both(table):
    genres = [[*own, "both"] if place < 10 else own for place, own in enumerate(table.genres)]
    joined = VectorTable(table.matrix, table.artist_ids, table.names, genres)
    assert joined.most_similar(["genre:g0", "genre:both"]).verdict.together == 1.0


@pytest.fixture(scope="module")
def labeled(table):
    """The same with labels among the first genre: of few, of all, of everybody else; and years."""
    n = len(table)
    labels = [
        ["few"] * (i == 0) + ["third"] * (i < 40 and i % 3 == 0) + ["apart"] * (i >= 360) for i in range(n)
    ]
    years = [[1999] if i < OF_EACH else [2004] for i in range(n)]
    return table.with_terms([group_artists("label", labels), group_artists("year", years)])


def test_a_sum_whose_answers_lack_what_was_added_is_not_strong(labeled):
    third = labeled.most_similar(["a1", "a2", "genre:g0", "label:third"]).verdict
    assert third.level == "fair"
    assert 0 < third.have_added < 0.5
    n = round(third.have_added * 10)
    assert f"only {n} of 10 answers {'have' if n > 1 else 'has'} the label third" in third.reasons
    assert "10 of 10 answers have g0" in third.reasons  # what was met is told as well
    none = labeled.most_similar(["a1", "a2", "a4", "a5", "label:apart"]).verdict
    assert (none.level, none.have_added) == ("weak", 0.0)
    assert none.reasons[0] == "none of 10 answers has the label apart"


def test_no_more_answers_than_there_are_members_need_have_what_was_added(labeled):
    found = labeled.most_similar(["a1", "label:few"])
    assert (found[0].name, found.verdict.have_added, found.verdict.level) == ("artist 0", 1.0, "strong")
    assert "1 of 10 answers has the label few (1 could)" in found.verdict.reasons
    assert labeled.most_similar(["a0", "label:few"]).verdict.have_added == 1.0  # nobody else could
    scarce = labeled.most_similar(["a1", "label:third"], min_reviews=5).verdict
    assert any(one.endswith("the label third (3 could)") for one in scarce.reasons)  # artists 9, 24 and 39


def test_answers_that_keep_what_was_subtracted_are_not_strong(labeled):
    kept = labeled.most_similar(["a1", "a2", "a4", "genre:g0"], ["year:1990s"]).verdict
    assert (kept.level, kept.have_subtracted) == ("weak", 1.0)
    assert kept.reasons[0] == "10 of 10 answers still have the years 1990s"
    some = labeled.most_similar(["a1", "a2", "a4", "genre:g0"], ["label:third"]).verdict
    assert some.have_subtracted < 0.5
    assert not some.reasons[0].endswith("third")


def test_a_lone_group_asks_who_is_near_it_not_who_has_it(labeled):
    assert labeled.most_similar("label:apart").verdict.have_added == 1.0


def test_answers_without_genre_do_not_prove_that_a_genre_is_gone(table):
    loose = [f"a{N_GENRES * OF_EACH + i}" for i in (7, 8)]
    verdict = table.most_similar(loose, "genre:g3").verdict
    assert verdict.level == "weak"
    assert "answers have no genre given: whether they lack what was subtracted is not known" in str(verdict)


def test_answers_of_which_little_is_known_are_not_strong(table):
    verdict = table.most_similar(f"a{N_GENRES * OF_EACH + 7}").verdict
    assert verdict.level != "strong"
    assert "no genre given" in str(verdict)


def test_the_verdict_is_json_and_missing_where_nothing_was_answered(table):
    document = json.loads(json.dumps(table.most_similar("a0", "a50").as_json()))
    assert set(document["verdict"]) == {"level", "reasons", "left", "near_share", "above", "together",
                                        "have_added", "have_subtracted"}  # fmt: skip
    nobody = table.most_similar("a0", min_reviews=99)
    assert (len(nobody), nobody.as_json()["verdict"]) == (0, None)


@pytest.mark.parametrize("minus", [(), "a50"])
def test_artists_with_fewer_reviews_are_left_out_of_answers_and_ranks(table, minus):
    every = table.most_similar("a0", minus, topn=len(table))
    some = table.most_similar("a0", minus, topn=len(table), min_reviews=4)
    assert [one.artist_id for one in some] == [one.artist_id for one in every if one.n_reviews >= 4]
    assert max(one.rank_baseline for one in some) <= len(some)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "3"])
def test_a_wrong_number_of_reviews_is_named(table, wrong):
    with pytest.raises(ParameterError, match="min_reviews must be an int >= 0"):
        table.most_similar("a0", min_reviews=wrong)
