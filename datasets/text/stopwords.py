"""Stop words: the shipped list of the language, without the content words it also holds, and connector words.

Public names: :func:`stop_words`, :data:`CONNECTORS`.
"""

from .settings import TextSettings


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Words that may stand inside a phrase ("drum and bass", "wall of sound"), as gensim's ENGLISH_CONNECTOR_WORDS.
CONNECTORS: dict[str, tuple[str, ...]] = {
    "english": _words("a an the at by for from in of on to with without and or"),
    "german": _words("der die das dem den des und von vom mit zu zum im in für ohne"),
    "french": _words("le la les du des de et à au aux en dans sans pour"),
    "spanish": _words("el la los las de del y en con sin para a"),
    "italian": _words("il lo la gli le di del della dei delle e in con senza per a"),
    "portuguese": _words("o a os as de do da dos das e em no na com sem para"),
    "dutch": _words("de het een van en in met zonder voor op"),
}

# The English list of the package mixes function words with the vocabulary of old web pages. These name what a text
# is about (or begin a name: "new york", "low end"), and stay.
_ENGLISH_CONTENT_WORDS = _words(
    """
    act acts area areas bill black caption cd computer cry dj effect face faces fire free front general goods group
    groups hell high home information interest interests invention keys line low man mc member members men microsoft
    mill million billion mine net netscape new novel number numbers old open order orders page pages part parts
    problem problems research ring room rooms second seconds shell show shows side sides sorry state states system
    test text thick thin tip today tv uk value vice web welcome wells wonder words world young younger youngest zero
    """
)

# Contractions and fillers of spoken English that the package lacks.
_ENGLISH_SPOKEN = _words(
    """
    ain't y'all ya'll 'em em gonna gotta wanna coulda shoulda woulda kinda sorta lotta 'cause cuz 'til 'bout that'd
    how're who're what're why're it'd he'd she'd who'd there'd let's here's might've n't
    """
)


# Hyphenated function words that the French list lacks, without what is elided before them.
_FRENCH_HYPHENATED = _words(
    """
    est-ce est-à-dire peut-être celui-ci celui-là celle-ci celle-là ceux-ci ceux-là celles-ci là-bas là-dessus
    a-t-il a-t-elle a-t-on y-a-t-il est-il est-elle sont-ils dit-il dit-elle lui-même elle-même eux-mêmes
    """
)


def stop_words(settings: TextSettings) -> frozenset[str]:
    """Return the words to leave out, lower-cased, with straight apostrophes.

    Parameters
    ----------
    settings : TextSettings

    Returns
    -------
    frozenset of str
    """
    words: set[str] = set()
    if settings.remove_stop_words:
        from stop_words import get_stop_words

        words.update(word.lower().replace("’", "'") for word in get_stop_words(settings.language))
        if settings.language == "english":
            words = words.difference(_ENGLISH_CONTENT_WORDS).union(_ENGLISH_SPOKEN)
        if settings.language == "french":
            words.update(_FRENCH_HYPHENATED)
    words.update(word.lower() for word in settings.extra_stop_words)
    return frozenset(words.difference(word.lower() for word in settings.kept_words))


def connectors(settings: TextSettings) -> tuple[str, ...]:
    """Return the words that may stand inside a phrase; empty for languages without such a list."""
    return CONNECTORS.get(settings.language, ())
