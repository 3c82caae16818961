"""Which names in the reviews are one artist, what the artist is called, and the id.

*One artist* are spellings that differ in case, accents and spacing only (:func:`core.names.identity_key`). A leading
"the" and deleted non-ASCII letters matter when an artist is looked up, not here: "girls" and "the girls" stay two.

*The name shown* is the most frequent spelling; of equals the one with more capitals and accents.

*The id* depends on the name, not on the order of rows: its slug ("sigur-ros"). Where several artists share a slug, the
one whose name is the slug has it and the others get a hash behind it; a name without letters ("!!!") is
"artist-" and a hash.

*Several artists in one cell* ("Fabolous/Jadakiss") are found by :mod:`joint_names`. Against the table of artists of the
Kaggle data its evidence splits 155 of the 387 joint names rightly, and one that the table keeps whole ("jk flesh /
prurient"). "&" and "and" are never split on a guess.

Lists of several names are taken as they are, but for separators that the user names.

*Various artists*, in several languages (:data:`VARIOUS`), is no artist: the review is kept, without artist.
"Diverse", "Divers" and "Varios" are names in a source with "Various Artists", and where few reviews have them.

*Unknown artists* (:data:`UNKNOWN`, such as "Unbekannter Interpret") are none either, unless the user names them;
"Unknown" alone only where some reviews have it.

Public names: :func:`assign_artists`, :class:`Assigned`, :func:`artist_ids_of`, :data:`VARIOUS`, :data:`UNKNOWN`.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..core.names import identity_key, slug
from .joint_names import Cuts, JointNames, find_cuts, find_joint_names
from .readers.lists import count_items, lists_from_pairs, pairs_from_lists, renamed_items
from .readers.raw import Park

_VARIOUS = (
    "various artists", "various artist", "various", "various performers", "v/a", "v.a.", "v.a", "v. a.", "va", "vv.aa.",
    "aa.vv.", "aa. vv.", "diverse", "diverse interpreten", "diverse Künstler", "verschiedene Interpreten",
    "verschiedene Künstler", "divers", "artistes divers", "divers artistes", "artistes variés", "multi-interprètes",
    "varios", "varios artistas", "artistas varios", "varios intérpretes", "artisti vari", "vari artisti", "autori vari",
    "vários artistas", "vários intérpretes", "diverse artiesten", "diverse artister", "blandade artister",
    "różni wykonawcy", "různí interpreti", "разные исполнители", "разные артисты",
)  # fmt: skip
VARIOUS = frozenset(map(identity_key, _VARIOUS))
_VARIOUS_OF_A_KIND = re.compile(r"various artists?\s*[/|:([–—-].*")  # "Various Artists / Soundtrack"
UNKNOWN = frozenset(map(identity_key, (
    "unknown", "[unknown]", "unknown artist", "unknown artists", "unbekannt", "unbekannter künstler",
    "unbekannter interpret", "unbekannter artist", "artiste inconnu", "artista desconocido",
    "artista sconosciuto", "artista desconhecido", "onbekende artiest", "不明なアーティスト",
)))  # fmt: skip
_ENGLISH_VARIOUS = frozenset(["various artists", "various artist", "various"])
_ALSO_NAMES = frozenset(["diverse", "divers", "varios"])  # Diverse is a rapper, too
_ALSO_UNKNOWN_NAMES = frozenset(["unknown", "unbekannt"])
_HASH_LENGTH = 8
_FEWEST_VARIOUS = 3  # reviews of "Diverse" or "Unknown"; fewer are a rapper's


@dataclass(frozen=True)
class Assigned:
    """Artists of each review, and of each artist the name.

    Parameters
    ----------
    artist_ids : pyarrow.ChunkedArray of lists of string
        One list per review.
    names : pandas.Series
        Name shown, by artist id.
    n_various : int
        Reviews that name "various artists" and nobody else.
    n_unknown : int
        Reviews that name only "unknown" ones.
    unknown : str or None
        The name of these that comes most.
    cuts : Cuts
        Names that were split, and names that might have been.
    joint : JointNames
        Names that were left whole though all their pieces are artists elsewhere.
    """

    artist_ids: pa.ChunkedArray
    names: pd.Series
    n_various: int
    n_unknown: int
    unknown: str | None
    cuts: Cuts
    joint: JointNames

    @property
    def n_split(self) -> int:
        """Joint names that were split because each piece is an artist elsewhere."""
        return len(self.cuts.on_evidence)


def assign_artists(
    names: pa.ChunkedArray,
    *,
    joined: bool,
    park: Park,
    separators: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> Assigned:
    """Give each review the ids of its artists.

    Parameters
    ----------
    names : pyarrow.ChunkedArray of lists of string
        Names per review, as they stood.
    joined : bool
        Whether one name may be several, joined.
    park : callable
        As :attr:`RawTable.park`.
    separators, whole : sequence of str
        As for :func:`find_cuts`.

    Returns
    -------
    Assigned
    """
    counts = count_items(names.chunks)
    cuts = find_cuts(counts, separators=separators, whole=whole) if joined else Cuts()
    if cuts.parts:
        names = park(_split(piece, cuts) for piece in names.chunks)
        counts = count_items(names.chunks)
    known = pd.DataFrame({"name": list(counts), "n": list(counts.values())}).astype({"name": object})
    known["key"] = [identity_key(name) or name for name in counts]
    by_key = known.groupby("key")["n"].sum()
    rare = {key for key in _ALSO_UNKNOWN_NAMES if by_key.get(key, 0) < _FEWEST_VARIOUS}
    unknown = known["key"].isin(UNKNOWN - rare - {identity_key(name) for name in whole})
    various = known["key"].isin(_various_in(by_key))
    nobody = (various | unknown).to_numpy()
    ids = artist_ids_of(known["key"][~nobody].unique())
    known["artist_id"] = known["key"].map(ids)
    id_of_name = {name: ids.get(key) for name, key in zip(counts, known["key"], strict=True)}
    artist_ids = park(renamed_items(piece, id_of_name) for piece in names.chunks)
    n_nobody = sum(map(_n_emptied, names.chunks, artist_ids.chunks))
    n_unknown, called = _unknown(names, known[unknown])
    joint = find_joint_names(counts, [*whole, *cuts.whole_by_parts]) if joined else JointNames()
    return Assigned(
        artist_ids, _shown_names(known[~nobody]), n_nobody - n_unknown, n_unknown, called, cuts, joint
    )


def _unknown(names: pa.ChunkedArray, unknown: pd.DataFrame) -> tuple[int, str | None]:
    """Return how many lists have but unknown artists, and what these are called most."""
    if unknown.empty:
        return 0, None
    dropped = dict.fromkeys(unknown["name"])
    n_lists = sum(_n_emptied(piece, renamed_items(piece, dropped)) for piece in names.chunks)
    return n_lists, str(unknown.sort_values(["n", "name"], ascending=[False, True])["name"].iloc[0])


def _various_in(counts: pd.Series) -> frozenset[str]:
    """Return the keys that mean various artists in a source, of which the reviews of each key are given."""
    is_english = not _ENGLISH_VARIOUS.isdisjoint(counts.index)
    names = {key for key in _ALSO_NAMES if is_english or counts.get(key, 0) < _FEWEST_VARIOUS}
    of_a_kind = {key for key in counts.index if _VARIOUS_OF_A_KIND.fullmatch(str(key))}
    return (VARIOUS - names) | of_a_kind


def _n_emptied(names: pa.ListArray, artist_ids: pa.ListArray) -> int:
    """Count the lists that had names and have no artist: all of them are "various artists"."""
    had, has = (pc.greater(pc.list_value_length(lists), 0) for lists in (names, artist_ids))
    return pc.sum(pc.and_not(had, has)).as_py() or 0


def _shown_names(known: pd.DataFrame) -> pd.Series:
    richness = [sum(char.isupper() or char > "\x7f" for char in name) for name in known["name"]]
    ordered = known.assign(richness=richness).sort_values(
        ["n", "richness", "name"], ascending=[False, False, True]
    )
    return ordered.drop_duplicates("artist_id").set_index("artist_id")["name"]


def artist_ids_of(keys: Iterable[str]) -> dict[str, str]:
    """Give each identity key an id that is unique and independent of the order of keys.

    Parameters
    ----------
    keys : iterable of str, unique

    Returns
    -------
    dict of str to str
    """
    slugs = pd.Series({key: slug(key) for key in sorted(keys)}, dtype=object)
    shared = set(slugs[slugs.duplicated(keep=False)])
    ids = {key: _id(key, name, shared) for key, name in slugs.items()}
    taken = pd.Series(ids, dtype=object)
    for key in taken[taken.duplicated(keep=False)].index:  # a slug that looks like another's slug with hash
        ids[key] = f"artist-{_digest(key, 32)}"
    return ids


def _id(key: str, name: str, shared: set[str]) -> str:
    if not name:
        return f"artist-{_digest(key, _HASH_LENGTH)}"
    is_own = key.replace(" ", "-") == name
    return name if is_own or name not in shared else f"{name}-{_digest(key, _HASH_LENGTH)}"


def _digest(key: str, length: int) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _split(names: pa.ListArray, cuts: Cuts) -> pa.ListArray:
    """Split joint names; those of a list of several only at the user's separators."""
    rows, items = pairs_from_lists(names)
    encoded = items.dictionary_encode()
    spellings = encoded.dictionary.to_pylist()
    lists = [found.get(name, [name]) for found in (cuts.asked, cuts.parts) for name in spellings]
    is_only = np.bincount(rows, minlength=len(names))[rows] == 1
    chosen = encoded.indices.to_numpy() + len(spellings) * is_only
    places, parts = pairs_from_lists(pa.array(lists, pa.list_(pa.string())).take(pa.array(chosen)))
    return lists_from_pairs(rows[places], parts, len(names))
