import numpy as np
import pytest

from bandscape.datasets.text.cleaning import clean_text
from bandscape.datasets.text.masking import NameFinder, name_words
from bandscape.datasets.text.settings import TextSettings
from bandscape.datasets.text.stream import _current_table, _tokenize, _units
from bandscape.datasets.text.units import UnitTable


def read_units(*texts: str) -> tuple[UnitTable, np.ndarray, np.ndarray]:
    """Return the table of units, the units of all texts one after the other, and how many each has."""
    table = _current_table(TextSettings())
    return table, *_units(table, [table.token_ids(_tokenize(clean_text(text))) for text in texts])


def masked(text: str, *names: str) -> list[str]:
    """Return the words of ``text`` that are taken for names, in order."""
    table, units, _ = read_units(text)
    return [table.text(int(units[place])) for place in NameFinder(table).positions(units, names)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("The Beatles", ("beatles",)),
        ("the the", ("the",)),
        ("Simon & Garfunkel", ("simon", "garfunkel")),
        ("M.I.A.", ("mia",)),
        ("Guns N' Roses", ("guns", "n", "roses")),
        ("D'Angelo", ("dangelo",)),
        ("Wu-Tang Clan", ("wu", "tang", "clan")),
        ("Sigur Rós", ("sigur", "ros")),
        ("!!!", ()),
        ("", ()),
    ],
)
def test_names_are_split_without_case_accents_and_article(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        # deleted and folded letters, as public tables have them
        ("We hear Björk sing. Björk's voice, Bjork's too.", "bjrk", ["Björk", "Björk's"]),
        ("Then Bjork came, as did Bjork's band.", "bjrk", ["Bjork", "Bjork's"]),
        ("Then Bjork came.", "Björk", ["Bjork"]),
        ("The new Sigur Rós and more Sigur Ros.", "sigur rs", ["Sigur", "Rós"]),
        ("The múm record; Mm.", "mm", ["múm", "Mm"]),
        ("Songs by Beyoncé", "beyonc", ["Beyoncé"]),
        # ordinary words: only where they are used as names
        ("Play it low. But Low play it loud, as Low's fans know.", "low", ["Low", "Low's"]),
        ("All the girls love Girls.", "girls", ["Girls"]),
        ("The band behind The Band is a band.", "the band", ["Band"]),
        ("The Books read books.", "the books", ["Books"]),
        # a sentence beginning is no evidence where the word is also written small
        ("Girls dance. The girls sing.", "girls", []),
        ("Springsteen sings. The crowd hears Springsteen.", "bruce springsteen", ["Springsteen"] * 2),
        # a word of the name inside another name
        ("New Order left New York. So did Order.", "new order", ["New", "Order", "Order"]),
        ("He saw West, not West Coast rap.", "kanye west", ["West"]),
        ("So did the Black Emperor then.", "godspeed you black emperor", ["Black", "Emperor"]),
        ("Critic Jay Pavement saw Pavement's Stephen Malkmus.", "pavement", ["Pavement", "Pavement's"]),
        # whole names
        ("Belle and Sebastian meet", "belle and sebastian", ["Belle", "and", "Sebastian"]),
        ("Wu-Tang Clan forever, Jay-Z never", "wu-tang clan", ["Wu", "Tang", "Clan"]),
        ("No Jay-Z but Jay here", "jay z", ["Jay-Z", "Jay"]),
        ("Loved M.I.A. and MIA here", "m.i.a.", ["M.I.A.", "MIA"]),
        ("The Talking Heads talking heads", "talking heads", ["Talking", "Heads"]),
        # no capitals at all: whole names of several words only
        ("the talking heads play low", "talking heads", ["talking", "heads"]),
        ("we play low", "low", []),
        # nothing to mask
        ("An exclamation!!! Really.", "!!!", []),
        ("", "low", []),
        ("Radiohead sing", "", []),
    ],
)
def test_names_are_found_where_they_are_used_as_names(text: str, name: str, found: list[str]) -> None:
    assert masked(text, name) == found


def test_each_review_is_judged_alone() -> None:
    """The same review has the same masked words whatever stands beside it in the chunk."""
    texts = ("The girls like Girls.", "Girls girls girls", "Girls dance.", "")
    table, units, lengths = read_units(*texts)
    ends = np.cumsum(lengths)
    finder = NameFinder(table)
    together = [
        [
            table.text(int(units[end - n :][place]))
            for place in finder.positions(units[end - n : end], ["girls"])
        ]
        for end, n in zip(ends, lengths, strict=True)
    ]
    assert together == [masked(text, "girls") for text in texts]
    assert together == [["Girls"], [], ["Girls"], []]


def test_several_artists_are_masked() -> None:
    assert masked("Kanye and Jay-Z watch the throne", "jay z", "kanye west") == ["Kanye", "Jay-Z"]
