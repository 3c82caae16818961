from hypothesis import given
from hypothesis import strategies as st

from bandscape.cli.exploring.name_search import NameSearch

NAMES = st.lists(st.text("ab c", max_size=8), max_size=30)


def slow(keys, typed, count):
    """The same by looking at every name."""
    keys = [" ".join(key.split()) for key in keys]
    typed = " ".join(typed.split())
    if not typed:
        return []
    begun = [at for at, key in enumerate(keys) if key.startswith(typed)]
    within = [at for at, key in enumerate(keys) if f" {typed}" in key and at not in begun]
    return (begun + within)[:count]


@given(NAMES, st.text("ab c", max_size=4), st.integers(1, 10))
def test_it_finds_what_a_look_at_every_name_finds(keys, typed, count):
    assert NameSearch(keys).find(typed, count) == slow(keys, typed, count)


def test_names_with_line_breaks_stay_one_name():
    assert NameSearch(["a\nb", "b"]).find("b", 5) == [1, 0]
