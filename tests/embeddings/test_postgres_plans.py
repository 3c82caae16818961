"""How a question is answered: by an index, by its lists, or exactly."""

from bandscape.embeddings import Filter
from bandscape.embeddings.stores.postgres_filters import EVERY_INDEX, conditions, each_alone
from bandscape.embeddings.stores.postgres_plans import EXACTLY, Estimate, choose_way, estimate_of, exact_way
from bandscape.embeddings.stores.postgres_tables import About

GENRES = {"rock": 400_000, "folk": 100_000}


def about(kind="ivf"):
    return About(1, 64, 1_000_000, 10, kind, "", "", GENRES)


def lists(only, estimate, ef_search=100, k=10):
    way = choose_way(about(), only, estimate, k, ef_search)
    return int(way.settings["ivfflat.probes"]) if way.by_index else None


def test_few_who_pass_are_compared_one_by_one():
    assert lists(Filter(score=(5, 5.1)), Estimate(4000, {"score": 4000})) is None
    assert lists(Filter("none such"), Estimate(300, {"genre": 300})) is None
    assert lists(None, None, k=201) is None
    assert choose_way(about("exact"), None, None, 10, 100) is EXACTLY


def test_those_whom_many_conditions_leave_are_found_by_the_lists_of_their_genre():
    alone = {"genre": 100_000, "score": 700_000, "years": 450_000}
    assert lists(Filter("folk", (3, 10), (1990, 2009)), Estimate(30_000, alone)) is not None


def test_a_narrow_condition_is_followed_without_the_index_of_a_wide_one():
    only = Filter(None, (4.5, 4.6), (1970, 1997))
    narrow = Estimate(4500, {"score": 10_000, "years": 450_000})
    assert exact_way(about(), only, narrow).columns == ("score",)
    assert choose_way(about(), only, narrow, 10, 100).columns == ("score",)
    years = Estimate(2000, {"score": 400_000, "years": 5000})
    assert exact_way(about(), only, years).columns == ("years",)
    both = Estimate(1000, {"score": 40_000, "years": 25_000})
    assert exact_way(about(), only, both).columns == ("score", "years")
    assert exact_way(about(), None, None) is EXACTLY


def test_the_scores_of_a_large_genre_have_an_index_of_their_own():
    only, alone = Filter("rock", (3, 4), (1980, 1989)), {"genre": 400_000, "score": 100_000, "years": 170_000}
    assert exact_way(about(), only, Estimate(6800, alone)).columns == ("score", "years")
    assert exact_way(about(), only, Estimate(16_000, {**alone, "years": 400_000})).columns == ("score",)
    small = Filter("polka", (3, 4), (1980, 1989))
    assert exact_way(about(), small, Estimate(2, {**alone, "genre": 20})).columns == ("genre",)


def test_years_are_named_one_by_one_until_there_are_many():
    one, several = (conditions(Filter(years=(1990, last)), indexes=EVERY_INDEX) for last in (1990, 1992))
    assert one[0].count("@> ARRAY[%s::int4]") == 1
    assert one[1] == [1990]
    assert several[0].count(" OR ") == 2
    assert several[1] == [1990, 1991, 1992]
    for last in (1989, 2200):  # nobody, and so many that one condition is planned sooner
        where, values = conditions(Filter(years=(1990, last)), indexes=EVERY_INDEX)
        assert "&&" in where
        assert values == [list(range(1990, last + 1))]


def test_more_conditions_and_a_larger_ef_search_look_at_more_lists_but_never_more_than_there_are():
    alone = lists(Filter("rock"), Estimate(400_000, {"genre": 400_000}))
    third = lists(Filter("rock", (7, 10)), Estimate(120_000, {"genre": 400_000, "score": 300_000}))
    assert 1 < alone < third < 1600
    assert lists(Filter("rock"), Estimate(400_000, {"genre": 400_000}), ef_search=200) == 2 * alone
    assert lists(Filter("folk"), Estimate(100_000, {"genre": 100_000}), ef_search=1000) == 400


def test_a_graph_is_walked_only_where_it_meets_enough_who_pass():
    ways = [
        choose_way(about("hnsw"), Filter(score=(0, 9)), Estimate(n, {"score": n}), 10, 80)
        for n in (300_000, 3000)
    ]
    assert [way.by_index for way in ways] == [True, False]
    assert ways[0].settings["hnsw.ef_search"] == "80"
    in_genre = choose_way(about("hnsw"), Filter("rock"), Estimate(400_000, {"genre": 400_000}), 10, 80)
    assert in_genre.settings["hnsw.ef_search"] == "1000"


def test_a_plan_says_how_many_pass_the_filter_and_each_of_its_conditions():
    only = Filter("rock", years=(1990, 1999))
    assert each_alone(only) == {"genre": Filter("rock"), "years": Filter(years=(1990, 1999))}
    limits = [{"Plan Rows": 1, "Plans": [{"Plan Rows": n}]} for n in (7, 30, 500)]
    plan = {"Node Type": "Result", "Plan Rows": 1, "Plans": limits}
    assert estimate_of(plan, tuple(each_alone(only))) == Estimate(7, {"genre": 30, "years": 500})
