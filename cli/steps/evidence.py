"""The reviews that speak for a topic, each word with its topics."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import UnknownNameError
from ...core.files import read_json, read_sparse, read_table
from ...core.workspace import Workspace
from .maps import is_numbered, telling_words, topic_labels
from .marking import MarkedText, cut_pieces, word_shares
from .pages import write_page
from .paths import ARTISTS, COUNTS, REVIEWS, VOCABULARY
from .topic_pictures import load_topics
from .topics import current_round, round_folder

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from ...topics import KeywordLDA

_PASSAGE_WORDS = 45  # content words of the passage that a terminal shows
_NAMED_SHARES = 6


@dataclass(frozen=True)
class Evidence:
    """Reviews that speak for one topic.

    Parameters
    ----------
    topic : int
    topic_ids : tuple of str
    share : float
        Of the topic in the corpus.
    topic_words : tuple of tuple of str
        Leading words of each topic.
    background : tuple of int
        Topics that say nothing.
    texts : tuple of MarkedText
        Most words of the topic first.
    review_ids : tuple of str
    n_words : tuple of float
        Expected words of the topic in each review.
    """

    topic: int
    topic_ids: tuple[str, ...]
    share: float
    topic_words: tuple[tuple[str, ...], ...]
    background: tuple[int, ...]
    texts: tuple[MarkedText, ...]
    review_ids: tuple[str, ...]
    n_words: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class EvidenceTables:
    """What the reviews of any topic are chosen from and marked with; read once where many topics are looked at.

    Parameters
    ----------
    model : KeywordLDA
    lengths : ndarray of shape (n_reviews,)
    reviews : pyarrow.Table
        With their texts.
    artist_names : dict of str to str
    text : tuple
        Vocabulary, settings and words left out, as ``read_vocabulary`` gives them.
    """

    model: "KeywordLDA"
    lengths: "NDArray[np.int64]"
    reviews: "pa.Table"
    artist_names: dict[str, str]
    text: tuple[Any, Any, Any]


def read_evidence_tables(workspace: Workspace) -> EvidenceTables:
    """Return what evidence is made of, for the current round."""
    from ...datasets import read_vocabulary

    columns = ["review_id", "title", "artist_ids", "score", "pub_date", "text"]
    artists = read_table(workspace.verified(ARTISTS), ["artist_id", "name"])
    return EvidenceTables(
        load_topics(workspace),
        np.asarray(read_sparse(workspace.verified(COUNTS)).sum(axis=1)).ravel(),
        read_table(workspace.verified(REVIEWS), columns),
        dict(zip(artists["artist_id"].to_pylist(), artists["name"].to_pylist(), strict=True)),
        read_vocabulary(workspace.verified(VOCABULARY)),
    )


def gather_evidence(
    workspace: Workspace,
    name: str,
    *,
    n_docs: int = 5,
    whole: bool = False,
    tables: EvidenceTables | None = None,
) -> Evidence:
    """Choose the reviews with most words of a topic and mark their words.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Id of the topic.
    n_docs : int
    whole : bool
        Whether the whole text is given, or the passage that speaks most.
    tables : EvidenceTables, optional
        Read before; they must be of the current round.
    """
    from ...topics import background_topics, choose_evidence

    tables = tables or read_evidence_tables(workspace)
    model, lengths = tables.model, tables.lengths
    topic = find_topic(workspace, model, name)
    docs = choose_evidence(model.doc_topic_, lengths, topic, n_docs=n_docs)
    reviews = tables.reviews.take(docs)
    texts = _mark(tables, topic, docs, reviews.to_pylist(), whole=whole)
    said = model.doc_topic_[docs, topic] * lengths[docs]
    return Evidence(
        topic, tuple(model.topic_ids_.tolist()), float(model.topic_share_[topic]), leading_words(workspace),
        background_topics(model.topics_), texts, tuple(reviews["review_id"].to_pylist()), tuple(said.tolist()),
    )  # fmt: skip


def leading_words(workspace: Workspace, n_words: int = 3) -> tuple[tuple[str, ...], ...]:
    """Return the words to call each topic of the current round by, as they are usually written."""
    summary = read_json(workspace.verified(f"{round_folder(current_round(workspace))}/summary.json"))
    return tuple(tuple(telling_words(topic)[:n_words]) for topic in summary)


def find_topic(workspace: Workspace, model: "KeywordLDA", name: str) -> int:
    """Return the number of the topic of the current round with this id or name on the map; case does not matter.

    Raises
    ------
    UnknownNameError
        If there is none; the message names those spelled alike.
    """
    from ...topics import nearest_spellings

    ids = [str(one) for one in model.topic_ids_]
    labels = [label.casefold() for label in topic_labels(workspace)]
    for wanted, known in (
        (name, ids),
        (name.casefold(), [one.casefold() for one in ids]),
        (name.casefold(), labels),
    ):
        if wanted in known:
            return known.index(wanted)
    near = nearest_spellings([name], ids)[0]
    hint = f"did you mean {', '.join(near)}?" if near else "see `bandscape topics show`"
    raise UnknownNameError(f"no topic is called {name!r}; {hint}", name=name, candidates=near)


def _mark(
    tables: EvidenceTables, topic: int, docs: Any, reviews: list[dict[str, Any]], *, whole: bool
) -> tuple[MarkedText, ...]:
    from ...datasets import locate_words
    from ...topics import densest_passage, token_topics

    model, names = tables.model, tables.artist_names
    vocabulary, settings, too_common = tables.text
    artists_of = [[names[one] for one in review["artist_ids"] or () if one in names] for review in reviews]
    located = locate_words(
        [review["text"] for review in reviews],
        vocabulary,
        settings,
        artist_names=artists_of,
        too_common=too_common,
    )
    marked = []
    for doc, review, own, words in zip(docs.tolist(), reviews, artists_of, located, strict=True):
        mixture = model.doc_topic_[doc]
        weights = token_topics(words.word_ids, model.topic_word_, mixture)
        passage = None if whole else densest_passage(weights[:, topic], _PASSAGE_WORDS)
        best = np.argsort(-mixture, kind="stable")[:_NAMED_SHARES].tolist()
        marked.append(
            MarkedText(
                ": ".join(filter(None, [", ".join(own), review["title"] or review["review_id"]])),
                _facts(review, words.word_ids, mixture, topic),
                cut_pieces(review["text"] or "", words, word_shares(weights), passage=passage),
                tuple((one, float(mixture[one])) for one in best),
            )
        )
    return tuple(marked)


def _facts(review: dict[str, Any], word_ids: Any, mixture: Any, topic: int) -> str:
    """Return a line of facts: year, score, how much of the topic."""
    n_known = int((word_ids >= 0).sum())
    share = float(mixture[topic])
    facts = [
        str(review["pub_date"].year) if review["pub_date"] is not None else "",
        f"score {review['score']:.1f}" if review["score"] is not None else "",
        f"{100 * share:.0f} % of {n_known:,} words",
    ]
    return " · ".join(filter(None, facts))


def topic_name(topic_id: str, words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return how to call a topic, and what else to say of it: words call one that is but numbered."""
    if is_numbered(topic_id) and words:
        return ", ".join(words), (topic_id,)
    return topic_id, tuple(words)


def write_evidence(evidence: Evidence, path: Path) -> Path:
    """Write the reviews as one offline page."""
    from ...viz import EvidenceDocument, evidence_page

    named = [
        topic_name(one, words) for one, words in zip(evidence.topic_ids, evidence.topic_words, strict=True)
    ]
    name, called = evidence.topic_ids[evidence.topic], named[evidence.topic][0]
    count = "one review" if len(evidence.texts) == 1 else f"{len(evidence.texts)} reviews"
    page = evidence_page(
        [EvidenceDocument(text.title, text.subtitle, text.pieces, text.shares) for text in evidence.texts],
        [one for one, _ in named],
        asked=evidence.topic,
        background=evidence.background,
        words=[more for _, more in named],
        title=f"Evidence for {name}" if called == name else f"Evidence for {name}: {called}",
        subtitle=f"the {count} with most words of a topic that has {100 * evidence.share:.1f} % of all words",
    )
    return write_page(page, path)
