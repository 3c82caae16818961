"""Invented names: artists, people, labels and album titles. None is meant to be that of anybody.

Artist names come in kinds that real tables hold too: with and without "the", accents, other scripts, punctuation
alone, one letter, and pairs that only differ by what forgiving look-ups ignore. Markup, formulas and the like are names
too, unless plain ones are asked for.

Public names: :func:`make_artist_names`, :func:`make_label_names`, :func:`make_person_names`, :data:`TITLE_PARTS`,
:data:`QUIRKY_NAMES`, :data:`PLAIN_FOR_HOSTILE`.
"""

from collections.abc import Callable

import numpy as np

from ...core.names import identity_key
from .words import with_s

# Distinct artists, each with an identity of its own; several meet once punctuation or "the" is dropped.
QUIRKY_NAMES = (
    "The Hollow Lanterns",
    "Hollow Lanterns",
    "¡¡!!",
    "Ólafía Nóttsdóttir",
    "Señor Ñandú",
    "Ночной Трамвай",
    "夜の機械",
    "ليل القمر",
    "+-+",
    "<b>Static</b>",
    "=SUM(Noise)",
    "Q+",
    "The Q",
    "D.R.O.N.E.T.T.E.",
    "v",
    "Mötorsäge & the Żółw Orchestra",
    "1,000 Paper Moths",
    "l'Été; DROP TABLE songs",
)

# What would break a page, a spreadsheet, a query or a sum that did not escape it, and what a plain corpus has instead.
PLAIN_FOR_HOSTILE = {
    "+-+": "Plus Minus Plus",
    "<b>Static</b>": "Bold Static",
    "=SUM(Noise)": "The Sum of Noise",
    "l'Été; DROP TABLE songs": "L'Été des Chansons",
}


def _list(words: str) -> list[str]:
    return words.split()


_ADJECTIVES = _list("""Amber Broken Crystal Crimson Distant Electric Empty
    Fading Feral Frozen Gilded Golden Hollow Idle
    Ivory Lunar Midnight Neon Northern Painted Pale Paper Phantom Plastic Porcelain Quiet Restless Rusted Scarlet
    Secret Silent Silver Sleeping Solar Spectral Static Sunken Tender Tiny Velvet Violet Wandering Weeping Winter""")
_NOUNS = _list("""Anchor Antler Arcade Atlas Balcony Beacon Canyon Carousel Chapel Comet Compass Coyote Daughter Engine
    Envelope Falcon Feather Furnace Garden Ghost Harbor Heron Horse Island Kingdom Ladder Lantern Lighthouse Magnet
    Meridian Mirror Monarch Moth Museum Needle Orchard Palace Parade Pilot Planet Rabbit Satellite Sparrow Staircase
    Swimmer Telegram Temple Sailor Tiger Tower Traveler Vampire Wire""")
_FIRST_NAMES = _list("""Ada Amara Anders Beatriz Bela Callum Chiara Dario Delphine Edda Elio Esme Farid Greta Hana Idris
    Imani Jonas Juno Kaito Kamala Lena Linnea Lucian Maeve Malik Mateo Mirela Nadia Niko Noor Odile Omar Petra Quinn
    Rafael Rosalind Sanna Selim Silas Solveig Tamsin Tariq Ulrike Viola Wren Yara Yusuf Zadie Zora""")
_TITLE_NOUNS = _list("""Afternoons Airports Animals Ashes Bridges Candles Cities Clouds Distances Echoes Fires Flowers
    Gardens Ghosts Highways Hours Islands Keys Letters Lights Machines Maps Mirrors Mountains Nights Oceans Patterns
    Rivers Rooms Seasons Shadows Signals Sleep Songs Stars Stories Streets Summers Thunder Tides Towers Trains Walls
    Waves Weather Windows Wolves Years""")

TITLE_PARTS = {"adjectives": tuple(_ADJECTIVES), "nouns": tuple(_TITLE_NOUNS), "things": tuple(_NOUNS)}


def _surname(rng: np.random.Generator) -> str:
    starts = _list(
        "Bar Bel Cal Dor Fen Gar Hal Is Kor Lan Mar Nor Os Pel Quil Ras Sor Tal Ul Ver Wil Yor Zan"
    )
    middles = _list("a e i o u an en in or ar el al")
    ends = _list("beck da der dorf ga han k la lin man mont n nova ra ric ski ster ström ta ton vey x")
    return _pick(starts, rng) + (_pick(middles, rng) if rng.random() < 0.8 else "") + _pick(ends, rng)


def _coined(rng: np.random.Generator) -> str:
    consonants = _list("b br c ch d dr f g gl h k l m n p r s sh t v z")
    ends = _list("a ax e en ia is o on or um us")
    middle = "".join(
        _pick(consonants, rng) + _pick(_list("a e i o u ae"), rng) for _ in range(rng.integers(1, 3))
    )
    return (middle + _pick(consonants, rng) + _pick(ends, rng)).capitalize()


def _pick(items: list[str], rng: np.random.Generator) -> str:
    return items[int(rng.integers(len(items)))]


def _artist_name(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.22:
        return f"{_pick(_ADJECTIVES, rng)} {_pick(_NOUNS, rng)}"
    if kind < 0.38:
        return f"The {_pick(_ADJECTIVES, rng)} {with_s(_pick(_NOUNS, rng))}"
    if kind < 0.48:
        return f"{_pick(_NOUNS, rng)} {_pick(_NOUNS, rng)}"
    if kind < 0.72:
        return f"{_pick(_FIRST_NAMES, rng)} {_surname(rng)}"
    if kind < 0.90:
        return _coined(rng)
    if kind < 0.96:
        return f"{_pick(_NOUNS, rng)} of {_coined(rng)}"
    return f"{_coined(rng)} & the {with_s(_pick(_NOUNS, rng))}"


def make_artist_names(n: int, rng: np.random.Generator, *, hostile: bool = True) -> list[str]:
    """Invent ``n`` artist names, no two of which :func:`~bandscape.core.names.identity_key` takes for one.

    From 60 artists on, the :data:`QUIRKY_NAMES` are among them.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    hostile : bool
        Whether the hostile ones among them may be; else :data:`PLAIN_FOR_HOSTILE` stand in their places, and all other
        names are the same.

    Returns
    -------
    list of str, length n
    """
    quirky = QUIRKY_NAMES if n >= 60 else ()
    names = _distinct(
        n - len(quirky),
        _artist_name,
        rng,
        taken={identity_key(name) for name in (*quirky, *PLAIN_FOR_HOSTILE.values())},
    )
    for name in quirky:
        names.insert(int(rng.integers(len(names) + 1)), name)
    return names if hostile else [PLAIN_FOR_HOSTILE.get(name, name) for name in names]


def make_person_names(n: int, rng: np.random.Generator) -> list[str]:
    """Invent ``n`` distinct names of people."""
    return _distinct(n, lambda rng: f"{_pick(_FIRST_NAMES, rng)} {_surname(rng)}", rng, taken=set())


def make_label_names(n: int, rng: np.random.Generator) -> list[str]:
    """Invent ``n`` distinct names of record labels."""

    def label(rng: np.random.Generator) -> str:
        stem = _coined(rng) if rng.random() < 0.5 else f"{_pick(_ADJECTIVES, rng)} {_pick(_NOUNS, rng)}"
        return stem + _pick(["", " Records", " Recordings", " Tapes", " Music", " Sound", " Discos"], rng)

    return _distinct(n, label, rng, taken=set())


def _distinct(
    n: int, make: Callable[[np.random.Generator], str], rng: np.random.Generator, taken: set[str]
) -> list[str]:
    names: list[str] = []
    misses = 0
    while len(names) < n:
        name = (
            make(rng) if misses < 50 else f"{make(rng)} {_surname(rng)}"
        )  # short forms are used up: lengthen
        key = identity_key(name)
        if key in taken:
            misses += 1
            continue
        misses = 0 if misses < 50 else misses
        taken.add(key)
        names.append(name)
    return names
