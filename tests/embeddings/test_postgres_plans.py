"""How a question is answered: by an index, by its lists, or exactly."""

import pytest

from bandscape.embeddings import Filter
from bandscape.embeddings.stores.postgres_plans import EXACTLY, Estimate, choose_way, estimate_of
from bandscape.embeddings.stores.postgres_tables import About

GENRES = {"rock": 400_000, "folk": 100_000}


def about(kind="ivf"):
    return About(1, 64, 1_000_000, 10, kind, "", "", GENRES)


def lists(only, estimate, ef_search=100, k=10):
    way = choose_way(about(), only, estimate, k, ef_search)
    return int(way.settings["ivfflat.probes"]) if way.by_index else None


def test_few_who_pass_are_compared_one_by_one():
    assert lists(Filter(score=(5, 5.1)), Estimate(4000, 4000)) is None
    assert lists(Filter("none such"), Estimate(300, 300)) is None
    assert lists(None, None, k=201) is None
    assert choose_way(about("exact"), None, None, 10, 100) is EXACTLY


def test_those_whom_many_conditions_leave_are_found_by_the_lists_of_their_genre():
    assert lists(Filter("folk", (7, 10), (1990, 1999)), Estimate(5000, 570_000)) is not None


def test_more_conditions_and_a_larger_ef_search_look_at_more_lists_but_never_more_than_there_are():
    alone = lists(Filter("rock"), Estimate(400_000, 400_000))
    third = lists(Filter("rock", (7, 10)), Estimate(120_000, 700_000))
    assert 1 < alone < third < 1600
    assert lists(Filter("rock"), Estimate(400_000, 400_000), ef_search=200) == 2 * alone
    assert lists(Filter("folk"), Estimate(100_000, 100_000), ef_search=1000) == 400


def test_a_graph_is_walked_only_where_it_meets_enough_who_pass():
    ways = [choose_way(about("hnsw"), Filter(score=(0, 9)), Estimate(n, n), 10, 80) for n in (300_000, 3000)]
    assert [way.by_index for way in ways] == [True, False]
    assert ways[0].settings["hnsw.ef_search"] == "80"
    in_genre = choose_way(about("hnsw"), Filter("rock"), Estimate(400_000, 0), 10, 80)
    assert in_genre.settings["hnsw.ef_search"] == "1000"


@pytest.mark.parametrize(("parts", "gathered"), [((), 0), ((30, 500), 530)])
def test_a_plan_says_how_many_pass_and_how_many_are_gathered(parts, gathered):
    scans = [{"Node Type": "Bitmap Index Scan", "Plan Rows": n} for n in parts]
    inner = {"Node Type": "BitmapAnd", "Plan Rows": 0, "Plans": scans}
    plan = {"Node Type": "Bitmap Heap Scan", "Plan Rows": 7, "Plans": [inner]}
    assert estimate_of(plan) == Estimate(7, gathered)
