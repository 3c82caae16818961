"""The mixtures of the current round beside the groups of its reviews, and tests of what they have to do with them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, WorkspaceError
from ...core.files import read_sparse, read_table
from ...core.workspace import Workspace
from .paths import COUNTS, REVIEWS, round_folder
from .round_corpus import refuse_earlier
from .topics import current_round

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

NUMBERS = ("year", "release_year", "score")
"""Groupings that are numbers: topics grow or shrink with them."""


@dataclass(frozen=True)
class GroupedReviews:
    """The reviews of the corpus, with their mixtures and groups.

    Parameters
    ----------
    mixtures : DataFrame of shape (n_reviews, n_topics)
    groups : list of length n_reviews
        A label, a list of labels, or None.
    reviews : DataFrame
        Their rows of the reviews table.
    lengths : ndarray of shape (n_reviews,)
        Words.
    said : str
        What they are grouped by, in words.
    """

    mixtures: "pd.DataFrame"
    groups: list[Any]
    reviews: "pd.DataFrame"
    lengths: "NDArray[np.int64]"
    said: str


def group_reviews(workspace: Workspace, by: str) -> GroupedReviews:
    """Return the current round's mixtures beside the reviews' groups.

    Raises
    ------
    WorkspaceError
        If no review has such a group.
    """
    import numpy as np

    from ...topics.diagnostics import GROUPINGS, group_documents

    number = current_round(workspace)
    refuse_earlier(workspace, number)
    table = f"{round_folder(number)}/doc_topics.parquet"
    mixtures = read_table(workspace.verified(table)).to_pandas().set_index("review_id")
    every = read_table(workspace.verified(REVIEWS)).to_pandas().set_index("review_id", drop=False)
    reviews = every.loc[mixtures.index]
    groups = group_documents(reviews, by)
    said = "year of publication" if by == "year" else by.replace("_", " ")
    if not _tell_apart(groups):
        others = [other for other in GROUPINGS if _tell_apart(group_documents(reviews, other))]
        remedy = f"; these have --by {', '.join(others)}" if others else ", nor anything else to group it by"
        raise WorkspaceError(f"{workspace.root}: no review with a text has a {said}{remedy}")
    lengths = np.asarray(read_sparse(workspace.verified(COUNTS)).sum(axis=1, dtype=np.int64)).ravel()
    return GroupedReviews(mixtures, groups, reviews, lengths[every.index.get_indexer(mixtures.index)], said)


def _tell_apart(groups: list[Any]) -> bool:
    """Whether any review has a group; a score of 0 and a flag that is not set are groups, too."""
    return any(group is not None and group != [] for group in groups)


def judge_covariate(workspace: Workspace, by: str, *, random_state: int = 0) -> list[dict[str, Any]]:
    """Test for each topic of the current round whether its share has to do with the reviews' groups.

    Parameters
    ----------
    workspace : Workspace
    by : str
        Of :data:`~bandscape.topics.diagnostics.GROUPINGS`.
    random_state : int
        Of the permutations.

    Returns
    -------
    list of dict, the surest first
        For years and scores the columns of :func:`~bandscape.topics.diagnostics.topic_trends`, for other groups those
        of :func:`~bandscape.topics.diagnostics.topic_differences`; and ``by``.

    Raises
    ------
    WorkspaceError
        If there is nothing to compare.
    """
    from ...topics.diagnostics import topic_differences, topic_trends

    grouped = group_reviews(workspace, by)
    try:
        if by in NUMBERS:
            frame = topic_trends(grouped.mixtures, _numbers(grouped, by))
        else:
            frame = topic_differences(grouped.mixtures, grouped.groups, random_state=random_state)
    except ParameterError as error:
        raise WorkspaceError(f"{workspace.root}: {error}; choose another --by") from error
    strength = "rank_correlation" if by in NUMBERS else "between"
    frame = frame.sort_values(["p_adjusted", strength], key=lambda column: _rank(column, strength))
    return [{"by": by, **row} for row in frame.to_dict("records")]


def _rank(column: Any, strength: str) -> Any:
    return -column.abs() if column.name == strength else column


def _numbers(grouped: GroupedReviews, by: str) -> "NDArray[np.float64]":
    """Return a number a review, NaN where there is none: the score itself, not its bucket; of years the first."""
    import numpy as np

    if by == "score":
        return grouped.reviews["score"].to_numpy(float, na_value=np.nan)
    firsts = [min(group, default=None) if isinstance(group, list) else group for group in grouped.groups]
    return np.array([np.nan if first is None else first for first in firsts], float)
