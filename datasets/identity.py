"""Which names in the reviews are one artist, what the artist is called, and the id.

*One artist* are spellings that differ in case, accents and spacing only (:func:`core.names.identity_key`). A leading
"the" and deleted non-ASCII letters matter when an artist is looked up, not here: "girls" and "the girls" stay two.

*The name shown* is the most frequent spelling; of equals the one with more capitals and accents.

*The id* depends on the name, not on the order of rows: its slug ("sigur-ros"). Where several artists share a slug, the
one whose name is the slug has it and the others get a hash behind it; a name without letters ("!!!") is
"artist-" and a hash.

*Several artists in one cell* ("Fabolous/Jadakiss") are split at ", ", "/" and "|" only if each piece is an artist on
its own elsewhere in the same source, since "Tyler, the Creator" and "s / s / s" are one. Against the table of artists
of the Kaggle data this splits 153 of its 387 joint names rightly, and one that the table keeps whole ("jk flesh /
prurient"). "&" and "and" are never split on a guess.

Lists of several names are taken as they are.

*Various artists* is no artist: the review is kept, without artist.

Public names: :func:`assign_artists`, :class:`Assigned`, :func:`make_artists`,
:func:`artist_ids_of`, :data:`VARIOUS`.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..core.names import identity_key, slug
from .readers.lists import lists_from_pairs, pairs_from_lists
from .schema import ARTISTS_SCHEMA

VARIOUS = frozenset(["various artists", "various artist", "various", "v/a", "v.a."])
WORDS_THAT_JOIN = re.compile(
    r"\s+(?:&|\+|and|feat\.?|ft\.?|featuring|with|vs\.?|x|und|et|y|e)\s+", re.IGNORECASE
)
_JOINTS = re.compile(r"\s*[/|]\s*|,\s+")
_HASH_LENGTH = 8


@dataclass(frozen=True)
class Assigned:
    """Artists of each review, and of each artist the name.

    Parameters
    ----------
    artist_ids : pyarrow.ListArray
        One list per review.
    names : pandas.Series
        Name shown, by artist id.
    n_various : int
        Reviews that name "various artists" and nobody else.
    n_split : int
        Joint names that were split because each piece is an artist elsewhere.
    joint : tuple of str
        Names that were left whole though all their pieces are artists elsewhere ("Can feat. Neu!"), in order.
    """

    artist_ids: pa.ListArray
    names: pd.Series
    n_various: int
    n_split: int
    joint: tuple[str, ...] = ()


def assign_artists(names: pa.ListArray, *, joined: bool) -> Assigned:
    """Give each review the ids of its artists.

    Parameters
    ----------
    names : pyarrow.ListArray of string
        Names per review, as they stood.
    joined : bool
        Whether one name may be several, joined.

    Returns
    -------
    Assigned
    """
    n_split = 0
    if joined:
        names, n_split = _split_joint_names(names)
    rows, spellings = pairs_from_lists(names)
    counts = spellings.value_counts()
    known = pd.DataFrame({"name": counts.field("values").to_pylist(), "n": counts.field("counts").to_numpy()})
    known["key"] = [identity_key(name) or name for name in known["name"]]
    various = known["key"].isin(VARIOUS).to_numpy()
    ids = artist_ids_of(known["key"][~various].unique())
    known["artist_id"] = known["key"].map(ids)
    places = pc.index_in(spellings, value_set=counts.field("values"))
    id_of_spelling = pa.array([ids.get(key) for key in known["key"]], pa.string())
    artist_ids = lists_from_pairs(rows, id_of_spelling.take(places), len(names))
    is_various = various[places.to_numpy(zero_copy_only=False)] if len(places) else np.empty(0, dtype=bool)
    is_empty = pc.equal(pc.list_value_length(artist_ids), 0).to_numpy(zero_copy_only=False)
    n_various = int(is_empty[np.unique(rows[is_various])].sum())
    joint = _joint_names(known["name"].tolist()) if joined else ()
    return Assigned(artist_ids, _shown_names(known[~various]), n_various, n_split, joint)


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


# -- joint names -------------------------------------------------------------------------------------------------


def _split_joint_names(names: pa.ListArray) -> tuple[pa.ListArray, int]:
    """Split names whose pieces are all artists on their own elsewhere; a list of several names is left as it is."""
    rows, items = pairs_from_lists(names)
    encoded = items.dictionary_encode()
    spellings = encoded.dictionary.to_pylist()
    pieces = {name: _JOINTS.split(name) for name in spellings if _JOINTS.search(name)}
    alone = {identity_key(name) for name in spellings if name not in pieces} - {""}
    split = {name: parts for name, parts in pieces.items() if _all_known(parts, alone)}
    if not split:
        return names, 0
    lists = [[name] for name in spellings] + [split.get(name, [name]) for name in spellings]
    is_only = np.bincount(rows, minlength=len(names))[rows] == 1
    chosen = encoded.indices.to_numpy() + len(spellings) * is_only
    places, parts = pairs_from_lists(pa.array(lists, pa.list_(pa.string())).take(pa.array(chosen)))
    return lists_from_pairs(rows[places], parts, len(names)), len(split)


def _joint_names(names: list[str]) -> tuple[str, ...]:
    """Return the names that words join ("&", "feat.") and whose pieces are all artists on their own."""
    pieces = {name: WORDS_THAT_JOIN.split(name) for name in names if WORDS_THAT_JOIN.search(name)}
    alone = {identity_key(name) for name in names if name not in pieces} - {""}
    return tuple(sorted(name for name, parts in pieces.items() if _all_known(parts, alone)))


def _all_known(parts: list[str], alone: set[str]) -> bool:
    keys = {identity_key(part) for part in parts}
    return len(keys) == len(parts) > 1 and keys <= alone


# -- the table of artists ----------------------------------------------------------------------------------------


def make_artists(reviews: pa.Table, names: pd.Series) -> pa.Table:
    """Summarize the reviews of each artist.

    Parameters
    ----------
    reviews : pyarrow.Table
        Canonical reviews.
    names : pandas.Series
        Name shown, by artist id.

    Returns
    -------
    pyarrow.Table
        :data:`ARTISTS_SCHEMA`, most reviewed first, then by id; an artist without reviews is left out.
    """
    rows, ids = pairs_from_lists(reviews["artist_ids"].combine_chunks())
    codes, unique = pd.factorize(ids.to_pandas(), sort=True)
    n_reviews = np.bincount(codes, minlength=len(unique))
    order = np.argsort(-n_reviews, kind="stable")
    codes, unique = np.argsort(order, kind="stable")[codes], np.asarray(unique, dtype=object)[order]
    n_artists = len(unique)
    genres, genre_counts = _most_frequent(reviews["genres"], rows, codes, n_artists)
    authors = _as_single_lists(reviews["author"])
    columns = {
        "artist_id": pa.array(unique, pa.string()),
        "name": pa.array(names.loc[unique].tolist(), pa.string()),
        "genres": genres,
        "genre_counts": genre_counts,
        "n_reviews": pa.array(n_reviews[order].astype(np.int32)),
        "mean_score": _mean_scores(reviews["score"], rows, codes, n_artists),
        "labels": _most_frequent(reviews["labels"], rows, codes, n_artists)[0],
        "years": _ascending(reviews["years"], rows, codes, n_artists),
        "authors": _most_frequent(authors, rows, codes, n_artists)[0],
    }
    return pa.Table.from_arrays([columns[name] for name in ARTISTS_SCHEMA.names], schema=ARTISTS_SCHEMA)


def _as_single_lists(column: pa.ChunkedArray) -> pa.ListArray:
    values = column.combine_chunks()
    places = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
    return lists_from_pairs(places, values.take(pa.array(places)), len(values))


def _artist_items(
    lists: pa.ListArray | pa.ChunkedArray, rows: NDArray[np.int64], codes: NDArray[np.int64]
) -> pd.DataFrame:
    """Return one line per artist, review and list item: the artist's code and the item."""
    lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    places, items = pairs_from_lists(lists.take(pa.array(rows)))
    return pd.DataFrame({"artist": codes[places], "item": items.to_pandas()})


def _most_frequent(
    lists: pa.ListArray | pa.ChunkedArray, rows: NDArray[np.int64], codes: NDArray[np.int64], n_artists: int
) -> tuple[pa.ListArray, pa.ListArray]:
    """Return the items of each artist's reviews, most frequent first, of equals in the alphabet's order; and counts."""
    items = _artist_items(lists, rows, codes)
    counted = items.groupby(["artist", "item"], sort=True).size().rename("n").reset_index()
    counted = counted.sort_values(["artist", "n", "item"], ascending=[True, False, True], kind="stable")
    offsets = _offsets(counted["artist"].to_numpy(), n_artists)
    values = pa.array(counted["item"].tolist(), pa.string())
    counts = pa.array(counted["n"].to_numpy(dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, values), pa.ListArray.from_arrays(offsets, counts)


def _ascending(
    lists: pa.ChunkedArray, rows: NDArray[np.int64], codes: NDArray[np.int64], n_artists: int
) -> pa.ListArray:
    items = _artist_items(lists, rows, codes).drop_duplicates().sort_values(["artist", "item"])
    values = pa.array(items["item"].to_numpy(dtype=np.int32))
    return pa.ListArray.from_arrays(_offsets(items["artist"].to_numpy(), n_artists), values)


def _offsets(artists: NDArray[np.int64], n_artists: int) -> pa.Array:
    offsets = np.zeros(n_artists + 1, dtype=np.int32)
    np.cumsum(np.bincount(artists, minlength=n_artists), out=offsets[1:])
    return pa.array(offsets)


def _mean_scores(
    scores: pa.ChunkedArray, rows: NDArray[np.int64], codes: NDArray[np.int64], n_artists: int
) -> pa.Array:
    values = scores.to_numpy()[rows]
    known = np.isfinite(values)
    sums = np.bincount(codes[known], weights=values[known], minlength=n_artists)
    counts = np.bincount(codes[known], minlength=n_artists)
    return pa.array(np.divide(sums, counts, where=counts > 0, out=np.zeros(n_artists)), mask=counts == 0)
