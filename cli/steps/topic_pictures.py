"""The pages about topics."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...core.files import read_json, read_table
from ...core.workspace import Workspace
from .covariates import group_reviews
from .maps import map_title, telling_words, topic_label
from .pages import write_page
from .paths import COUNTS, TOKENS, VOCABULARY
from .round_corpus import refuse_earlier
from .topics import current_round, round_folder, shown_words, topic_rounds

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import KeywordLDA
    from ...topics.diagnostics import Convergence
    from ...viz import TopicShares

_TOLD = 4  # words that tell which topic a number is
_RELEVANCE = 0.6  # the slider's usual place


def load_topics(
    workspace: Workspace, number: int | None = None, *, may_be_earlier: bool = False
) -> "KeywordLDA":
    """Return the model of a round, by default the current one.

    Parameters
    ----------
    workspace : Workspace
    number : int, optional
    may_be_earlier : bool
        Whether it may be of an earlier corpus, as for what the model alone can tell.

    Raises
    ------
    ParameterError
        If there is no such round.
    WorkspaceError
        If it is of an earlier corpus and may not be.
    """
    from ...topics import KeywordLDA

    if number is not None and number not in topic_rounds(workspace):
        have = ", ".join(map(str, topic_rounds(workspace))) or "none"
        raise ParameterError(f"{workspace.root} has no round {number}; it has {have}")
    number = current_round(workspace) if number is None else number
    if not may_be_earlier:
        refuse_earlier(workspace, number)
    folder = round_folder(number)
    workspace.intact(f"{folder}/summary.json")
    return KeywordLDA.load(workspace.root / folder / "model")


def write_topic_map(
    workspace: Workspace, out: Path, *, title: str | None = None, random_state: int = 0, n_jobs: int = 1
) -> int:
    """Write the map of the current round's topics; return how many there are."""
    import numpy as np

    from ...viz import topic_map

    model = load_topics(workspace)
    prepared = _prepared_text(workspace)
    picture = topic_map(
        model.topic_word_,
        model.topic_share_,
        shown_words(model, prepared, n_jobs=n_jobs),
        topic_ids=model.topic_ids_.tolist(),
        word_counts=np.asarray(prepared.counts.sum(axis=0)).ravel(),
        keywords=keyword_columns(model),
        title=title or f"{map_title(workspace)}: topics",
        data_id=f"round {current_round(workspace)} · data {workspace.sha256(COUNTS)[:7]}",
        random_state=random_state,
        n_jobs=n_jobs,
    )
    write_page(picture, out)
    return len(model.topic_ids_)


def keyword_columns(model: "KeywordLDA") -> dict[str, list[int]]:
    """Return the columns of each topic's keywords; those that the vocabulary lacks are left out."""
    column = {word: at for at, word in enumerate(model.vocabulary_.tolist())}
    return {
        topic.id: [column[word] for word, _ in topic.keywords if word in column] for topic in model.topics_
    }


def topic_shares_by_group(
    workspace: Workspace, by: str, *, of: str = "reviews", n_jobs: int = 1
) -> "TopicShares":
    """Return how the current round's topics are spread over years, genres, scores or other groups of reviews.

    Parameters
    ----------
    workspace : Workspace
    by : str
    of : {"reviews", "words"}
        Whether a share is that of the mean review or of all words of the group.
    n_jobs : int
    """
    from ...topics.diagnostics import topic_shares_by
    from ...viz import topic_shares

    model = load_topics(workspace)
    grouped = group_reviews(workspace, by)
    frame = topic_shares_by(
        grouped.mixtures, grouped.groups, weights=None if of == "reviews" else grouped.lengths
    )
    summary = read_json(workspace.verified(f"{round_folder(current_round(workspace))}/summary.json"))
    if all("telling" in topic for topic in summary):
        words = {topic["id"]: telling_words(topic) for topic in summary}
    else:  # a round of an earlier version
        words = most_relevant_words(model, _prepared_text(workspace), n_jobs=n_jobs)
    title = f"{map_title(workspace)}: topics by {grouped.said}"
    return topic_shares(
        frame, by=by, words=words, title=title if of == "reviews" else f"{title}, of all words"
    )


def most_relevant_words(
    model: "KeywordLDA", prepared: "PreparedText", *, n_words: int = 8, n_jobs: int = 1
) -> dict[str, list[str]]:
    """Return each topic's most relevant words as they are written there.

    They tell topics better apart than the most probable ones.
    """
    import numpy as np

    from ...topics.diagnostics import relevance

    counts = np.asarray(prepared.counts.sum(axis=0)).ravel()
    shown = shown_words(model, prepared, n_jobs=n_jobs)
    scores = relevance(model.topic_word_, counts, weight=_RELEVANCE)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n_words]
    ids = model.topic_ids_.tolist()
    return {topic: shown[at, order[at]].tolist() for at, topic in enumerate(ids)}


def write_topic_shares(shares: "TopicShares", out: Path) -> None:
    """Write the page of topic shares."""
    write_page(shares, out)


def judge_trace(model: "KeywordLDA") -> "Convergence | None":
    """Return what the log-likelihoods of a fit say about it; None when it is too short to tell."""
    from ...topics.diagnostics import diagnose_traces

    try:
        return diagnose_traces([model.trace_])
    except ParameterError:
        return None


def write_trace(workspace: Workspace, model: "KeywordLDA", number: int, notes: list[str], out: Path) -> None:
    """Write the traces of a round's fit."""
    from ...viz import trace_plot

    picture = trace_plot(
        model.trace_,
        n_samples=min(model.n_samples, model.n_sweeps_),
        notes=notes,
        title=f"{map_title(workspace)}: traces of round {number}",
    )
    write_page(picture, out)


def write_topic_diff(
    workspace: Workspace, rows: list[dict[str, Any]], earlier: int, later: int, out: Path
) -> None:
    """Write the page of what changed between two rounds; ``rows`` are those that `topics diff --json` prints."""
    from ...viz import topic_diff

    table = workspace.verified(f"{round_folder(later)}/doc_topics.parquet")
    n_documents = read_table(table, ["review_id"]).num_rows
    words = _words_of_numbered(workspace, earlier) | _words_of_numbered(workspace, later)
    picture = topic_diff(
        [{**row, "words": words.get(row["topic"])} for row in rows],
        before=f"round {earlier}",
        after=f"round {later}",
        n_documents=n_documents,
        title=f"{map_title(workspace)}: round {earlier} → round {later}",
    )
    write_page(picture, out)


def _words_of_numbered(workspace: Workspace, number: int) -> dict[str, list[str]]:
    """Return some words of each topic of a round that is but numbered; a name that somebody gave says enough."""
    summary = read_json(workspace.verified(f"{round_folder(number)}/summary.json"))
    return {
        topic["id"]: telling_words(topic)[:_TOLD] for topic in summary if topic_label(topic) != topic["id"]
    }


def _prepared_text(workspace: Workspace) -> "PreparedText":
    from ...datasets import PreparedText

    for path in (COUNTS, VOCABULARY, TOKENS):
        workspace.verified(path)
    return PreparedText.read(workspace.root / "corpus")
