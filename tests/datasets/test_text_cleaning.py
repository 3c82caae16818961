import pytest

from bandscape.datasets.text.cleaning import clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a&amp;b &lt;b&gt;bold&lt;/b&gt;", "a&b bold"),
        ("one<br>two</p><p>three", "one\n\ntwo\n\n\n\nthree"),
        ("re<b>mix</b>", "remix"),
        ("a < b and c > d", "a < b and c > d"),
        ("x<script>var noise = 1;</script>y", "x \n\ny"),
        ("see https://example.com/a?b=1 or www.example.com now", "see   or   now"),
        ("mail me@example.com now", "mail   now"),
        ("new\u00a0york", "new york"),
        ("shoe\u00adgaze zero\u200bwidth \ufeffmark", "shoegaze zerowidth mark"),
        ("the band\u2019s \u201cbest\u201d \u2018one\u2019", "the band's \"best\" 'one'"),
        ("before\u2014after\u2013again", "before -- after -- again"),
        ("post\u2010punk post\u2011rock", "post-punk post-rock"),
        ("naivet\x8e and band\x92s", "naiveté and band's"),
        ("Bjo\u0308rk", "Björk"),
        ("rock 'n' roll, rock'n'roll, Guns N' Roses", "rock and roll, rock and roll, Guns and Roses"),
        ("drum-n-bass drum'n'bass", "drum-and-bass drum and bass"),
        ("don't waltz in", "don't waltz in"),
        ("AG said, didn #39;t it; quot;yes quot; it did", 'AG said, didn\'t it;"yes" it did'),
        ("soul [#script:http://a.b/c]|||||| more", "soul   more"),
        ("snake_case _emphasis_", "snake case  emphasis "),
        ("", ""),
    ],
)
def test_markup_and_typography_become_plain_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    ["<script", "<", "<a", "&", "&#1", "a", "@", "a@a", " 'n", "[#x:", "\u00ad", "http://", " #12", "\n"],
)
def test_hostile_repetition_is_no_trap(piece: str) -> None:
    """A step that is quadratic in the text would take hours here."""
    assert isinstance(clean_text(piece * (2_000_000 // len(piece)) + "@ ; [# <"), str)


def test_bytes_that_were_printed_instead_of_decoded_are_quotes_again():
    assert clean_text("\\x93Para Eva\\x94 abandons") == '"Para Eva" abandons'
