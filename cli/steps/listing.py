"""Which reviews and which artists a topic is about, and who is in the corpus, as tables.

Reviews stand in the order of `topics evidence`: by the expected words of the topic, its share times the length.
Artists stand by the share of the topic in all their reviews, drawn toward the topic's share in the corpus by as much as
one review of median length weighs: by words the most reviewed artists would win everywhere, by plain share those with
a single short review.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.files import read_sparse, read_table
from ...core.names import identity_key, lookup_keys
from ...core.scores import rounded_mean
from ...core.workspace import Workspace
from .evidence import find_topic
from .paths import ARTISTS, COUNTS, REVIEWS
from .topic_pictures import load_topics
from .topics import current_round

if TYPE_CHECKING:
    from ...topics import KeywordLDA


def list_artists(
    workspace: Workspace, text: str = "", *, genre: str | None = None, top: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the artists of the corpus whose names contain a text: those called so first, then the most reviewed.

    Parameters
    ----------
    workspace : Workspace
    text : str
        Part of a name; case, accents and spacing do not matter, and a name that a query would find counts, too.
    genre : str, optional
        Only artists who have it.
    top : int
        So many at most.

    Returns
    -------
    artists : list of dict
        ``artist_id``, ``name``, ``genres``, ``mean_score``, ``n_reviews``, ``years``.
    n_found : int
        How many there are in all.

    Raises
    ------
    ParameterError
        If nobody has the genre; those that resemble it are listed.
    """
    columns = ["artist_id", "name", "genres", "mean_score", "n_reviews", "years"]
    part, keys = identity_key(text), set(lookup_keys(text))
    rows = read_table(workspace.verified(ARTISTS), columns).to_pylist()
    wanted = None if genre is None else identity_key(_genre_meant(genre, rows))
    found = []
    for row in rows:
        genres = _genres(row)
        is_named = part in identity_key(row["name"]) or not keys.isdisjoint(lookup_keys(row["name"]))
        if is_named and (wanted is None or wanted in map(identity_key, genres)):
            years, mean = sorted(row["years"] or ()), rounded_mean(row["mean_score"])
            found.append({**row, "genres": genres, "mean_score": mean, "years": years})
    found.sort(
        key=lambda row: (identity_key(row["name"]) != part, -row["n_reviews"], row["name"], row["artist_id"])
    )
    return found[:top], len(found)


def _genre_meant(genre: str, rows: list[dict[str, Any]]) -> str:
    from ...embeddings.stores.offered import genre_meant

    return genre_meant(genre, Counter(one for row in rows for one in _genres(row)))


def _genres(row: dict[str, Any]) -> list[str]:
    return [one["genre"] if isinstance(one, dict) else one for one in row["genres"] or ()]


def list_topic_reviews(workspace: Workspace, name: str, *, top: int) -> dict[str, Any]:
    """Return the reviews with most words of a topic of the current round.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Id of the topic.
    top : int
        So many reviews at most.

    Returns
    -------
    dict
        ``round``, ``topic``, ``share`` (of all words) and ``reviews``: dicts with ``rank``, ``review_id``, ``title``,
        ``artists``, ``genres``, ``score``, ``date``, ``share`` (of the review's words), ``words`` (expected number).
    """
    from ...topics import choose_evidence

    model, topic, lengths = _load(workspace, name)
    docs = choose_evidence(model.doc_topic_, lengths, topic, n_docs=top)
    columns = ["review_id", "title", "artist_ids", "genres", "score", "pub_date"]
    reviews = read_table(workspace.verified(REVIEWS), columns).take(docs).to_pylist()
    names = _artists(workspace)
    rows = [
        {
            "rank": rank,
            "review_id": review["review_id"],
            "title": review["title"],
            "artists": [names[one]["name"] for one in review["artist_ids"] or () if one in names],
            "genres": review["genres"] or [],
            "score": review["score"],
            "date": review["pub_date"].isoformat() if review["pub_date"] is not None else None,
            "share": float(model.doc_topic_[doc, topic]),
            "words": float(model.doc_topic_[doc, topic]) * int(lengths[doc]),
        }
        for rank, (doc, review) in enumerate(zip(docs.tolist(), reviews, strict=True), start=1)
    ]
    return {**_about(workspace, model, topic), "reviews": rows}


def list_topic_artists(workspace: Workspace, name: str, *, top: int) -> dict[str, Any]:
    """Return the artists whose reviews have the largest share of a topic of the current round.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Id of the topic.
    top : int
        So many artists at most.

    Returns
    -------
    dict
        ``round``, ``topic``, ``share`` (of all words) and ``artists``: dicts with ``rank``, ``artist_id``, ``name``,
        ``genres``, ``mean_score``, ``n_reviews`` (that have words), ``share`` (of the words of these reviews) and
        ``words`` (expected number).
    """
    model, topic, lengths = _load(workspace, name)
    artist_ids = read_table(workspace.verified(REVIEWS), ["artist_ids"])["artist_ids"].to_pylist()
    said = model.doc_topic_[:, topic].astype(np.float64) * lengths
    totals: dict[str, list[float]] = {}
    for doc in np.flatnonzero(lengths).tolist():
        for artist in dict.fromkeys(artist_ids[doc] or ()):
            sums = totals.setdefault(artist, [0, 0.0, 0.0])
            sums[0] += 1
            sums[1] += float(said[doc])
            sums[2] += float(lengths[doc])
    known = _artists(workspace)
    overall = float(model.topic_share_[topic])
    review = float(np.median(lengths[lengths > 0])) if lengths.any() else 0.0
    scores = {
        artist: (words + overall * review) / (length + review)
        for artist, (_, words, length) in totals.items()
        if artist in known and words > 0
    }
    order = sorted(scores, key=lambda artist: (-scores[artist], artist))[:top]
    rows = [
        {
            "rank": rank,
            "artist_id": artist,
            "name": known[artist]["name"],
            "genres": [
                genre["genre"] if isinstance(genre, dict) else genre for genre in known[artist]["genres"]
            ],
            "mean_score": rounded_mean(known[artist]["mean_score"]),
            "n_reviews": int(totals[artist][0]),
            "share": totals[artist][1] / totals[artist][2],
            "words": totals[artist][1],
        }
        for rank, artist in enumerate(order, start=1)
    ]
    return {**_about(workspace, model, topic), "artists": rows}


def _load(workspace: Workspace, name: str) -> "tuple[KeywordLDA, int, NDArray[np.int64]]":
    model = load_topics(workspace)
    lengths = np.asarray(read_sparse(workspace.verified(COUNTS)).sum(axis=1, dtype=np.int64)).ravel()
    return model, find_topic(workspace, model, name), lengths


def _about(workspace: Workspace, model: "KeywordLDA", topic: int) -> dict[str, Any]:
    return {
        "round": current_round(workspace),
        "topic": str(model.topic_ids_[topic]),
        "share": float(model.topic_share_[topic]),
    }


def _artists(workspace: Workspace) -> dict[str, dict[str, Any]]:
    table = read_table(workspace.verified(ARTISTS), ["artist_id", "name", "genres", "mean_score"])
    return {row["artist_id"]: row for row in table.to_pylist()}
