"""Topic shares of artists: the means over their reviews, worked out a few topics at a time.

The table of shares has a number for every review and topic; of a large corpus it would fill the memory by itself.
"""

from typing import TYPE_CHECKING

from ...core.files import iterate_table, read_table
from ...core.workspace import Workspace
from .paths import REVIEWS

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from .review_keys import ReviewKeys

_TOPICS = 8  # at a time
_BATCH = 65_536


def mean_topic_shares(
    workspace: Workspace, path: str, keys: "ReviewKeys | None" = None
) -> "tuple[pd.DataFrame, pd.Series]":
    """Return the mean topic shares of each artist's reviews, and of how many reviews.

    Parameters
    ----------
    workspace : Workspace
    path : str
        Workspace path of a round's ``doc_topics.parquet``.
    keys : ReviewKeys, optional
        By which the reviews of an earlier corpus are known again; else their ids are those of the present one.

    Returns
    -------
    means : DataFrame, float32
        One row an artist with a review that has words, by id; one column a topic id.
    n_texts : Series of int
        Reviews behind each row.
    """
    import numpy as np
    import pandas as pd

    shares = workspace.intact(path)
    rows, codes, artist_ids = _pairs(workspace, shares, keys)
    index = pd.Index(artist_ids, name="artist_id", dtype=object)
    topics = [name for name in _columns(shares) if name != "review_id"]
    parts = []
    for at in range(0, len(topics), _TOPICS):
        some = topics[at : at + _TOPICS]
        table = read_table(shares, some)
        values = pd.DataFrame({name: table[name].to_numpy()[rows] for name in some})
        parts.append(values.groupby(codes).mean())
    means = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=range(len(index)))
    n_texts = pd.Series(np.bincount(codes, minlength=len(index)), index)
    return means.set_axis(index, axis=0), n_texts


def _columns(path: "object") -> list[str]:
    import pyarrow.parquet as pq

    return pq.read_schema(path).names


def _pairs(
    workspace: Workspace, shares: "object", keys: "ReviewKeys | None"
) -> "tuple[NDArray[np.int64], NDArray[np.int64], list[str]]":
    """Return (row of the shares, number of the artist) of every review with words, and the artists by number."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if keys is None:
        with_words = read_table(shares, ["review_id"])["review_id"].combine_chunks()  # pyright: ignore[reportArgumentType]
        reviews = iterate_table(workspace.verified(REVIEWS), ["review_id", "artist_ids"], _BATCH)
        batches = ((batch.column("review_id"), batch) for batch in reviews)
    else:
        with_words = pa.array(keys.then, pa.string())
        batches = keys.now(workspace, ("artist_ids",))
    rows: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    artists: list[pa.Array] = []
    for known_by, batch in batches:
        row = pc.index_in(known_by, value_set=with_words, skip_nulls=True)
        lists = batch.column("artist_ids")
        parents = pc.list_parent_indices(lists)
        of_item = row.take(parents).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        rows.append(of_item[of_item >= 0])
        artists.append(pc.list_flatten(lists).filter(pa.array(of_item >= 0)).dictionary_encode())
    flat = (
        pa.chunked_array(artists, pa.dictionary(pa.int32(), pa.string()))
        .unify_dictionaries()
        .combine_chunks()
    )
    names = flat.dictionary.to_pylist() if len(flat) else []
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    used = (
        flat.indices.to_numpy(zero_copy_only=False).astype(np.int64) if len(flat) else np.zeros(0, np.int64)
    )
    codes, present = pd.factorize(rank[used], sort=True)
    return np.concatenate(rows), codes.astype(np.int64), [names[order[one]] for one in present.tolist()]
