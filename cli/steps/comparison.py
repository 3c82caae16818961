"""LDA against document clustering on a workspace's reviews, judged by what the corpus knows of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, WorkspaceError
from ...core.files import read_table
from ...core.progress import ProgressCallback
from ...core.workspace import Workspace
from .paths import COUNTS, REVIEWS, TOKENS, VOCABULARY

if TYPE_CHECKING:
    import pandas as pd

MOST_LABELS = 50
"""More kinds than this are seldom classes to be found again, and take hours to compare: they have to be asked for."""


def compare_with_labels(
    workspace: Workspace,
    by: str,
    *,
    config: Sequence[Mapping[str, Any]] | None = None,
    n_kinds: int | None = None,
    n_groups: int | None = None,
    n_seeds: int = 3,
    n_sweeps: int = 200,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> tuple["pd.DataFrame", list[str]]:
    """Run every way to group the reviews with several seeds; return the runs and the labels they are judged by.

    Only reviews with exactly one label count; with ``n_kinds``, one of those that most reviews have.
    """
    from ...datasets import PreparedText
    from ...topics import check_topics, compare_clusterings, map_keywords

    for path in (COUNTS, VOCABULARY, TOKENS):
        workspace.verified(path)
    prepared = PreparedText.read(workspace.root / "corpus")
    labels = _single_labels(workspace, by, prepared.tokens["review_id"].tolist())
    kinds = _most_frequent(labels, by, n_kinds)
    labels = [label if label in kinds else None for label in labels]
    if len(kinds) < 2:
        raise WorkspaceError(
            f"{workspace.root}: its reviews have {'only one' if kinds else 'no'} {by}, and groups are judged by two or "
            "more; choose other --labels"
        )
    topics = map_keywords(check_topics(config), prepared.normalizer())[0] if config else None
    runs = compare_clusterings(
        prepared.counts, labels, n_groups=n_groups, topics=topics, vocabulary=prepared.vocabulary,
        seeds=range(n_seeds), n_sweeps=n_sweeps, n_jobs=n_jobs, on_progress=on_progress,
    )  # fmt: skip
    return runs, sorted(kinds)


def _most_frequent(labels: Sequence[str | None], by: str, n_kinds: int | None) -> set[str]:
    """Return the kinds to judge by: so many, those that most reviews have; all without a number."""
    kinds = Counter(label for label in labels if label is not None)
    ordered = sorted(kinds, key=lambda kind: (-kinds[kind], kind))
    if n_kinds is None and len(kinds) > MOST_LABELS:
        n_reviews = sum(kinds[kind] for kind in ordered[:MOST_LABELS])
        raise ParameterError(
            f"--labels {by}: the reviews have {len(kinds):,} kinds of it, and more than {MOST_LABELS} take long to "
            f"compare; --kinds {MOST_LABELS} takes those that most reviews have ({n_reviews:,} of {kinds.total():,})"
        )
    return set(ordered[:n_kinds])


def _single_labels(workspace: Workspace, by: str, review_ids: list[str]) -> list[str | None]:
    """Return the label of each review in the order of the counts; None where it has none, or several."""
    from ...topics.diagnostics import group_documents

    reviews = read_table(workspace.verified(REVIEWS)).to_pandas().set_index("review_id").loc[review_ids]
    groups = [group if isinstance(group, list) else [group] for group in group_documents(reviews, by)]
    return [str(group[0]) if len(group) == 1 and group[0] is not None else None for group in groups]
