"""Looking keywords up before anything is fitted: what is absent, what means several things, what goes with them.

Public names: :func:`inspect_keywords`, :func:`suggest_companions`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_matrix, csr_matrix

from .cooccurrence import DocumentCoOccurrence
from .forms import unlike_forms
from .keywords import Topic
from .spelling import nearest_spellings
from .unstem import count_surfaces

TOO_COMMON = 0.4  # share of the documents above which a word hardly tells them apart
TOO_RARE = 10  # documents below which a word is too little to pull others
_MOST_KEYWORDS = 30  # of a topic, whose company is asked for
_MOST_ABSENT = 500  # keywords for which like spellings are looked for


@dataclass(frozen=True)
class _Corpus:
    """What the checks ask of the corpus."""

    counts: csr_matrix
    words: dict[str, int]
    surfaces: list[list[str]]
    surface_counts: list[NDArray[np.int64]]
    documents: NDArray[np.int64]
    n_documents: int


def inspect_keywords(
    topics: Sequence[Topic],
    counts: csr_matrix,
    vocabulary: Any,
    *,
    surface_ids: Sequence[ArrayLike] | None = None,
    normalize: Callable[[str], str | None] | None = None,
    too_common: Iterable[str] = (),
    n_suggestions: int = 5,
) -> list[dict[str, Any]]:
    """Look up every keyword in the corpus, as the user wrote it.

    Parameters
    ----------
    topics : sequence of Topic
    counts : csr_matrix of shape (n_docs, n_words)
    vocabulary : DataFrame, n_words rows
        ``word``, ``surfaces`` and ``surface_counts``, as text preparation returns it.
    surface_ids : sequence of int arrays, one per document, optional
        Surface forms in text order, numbered through ``vocabulary.surfaces``. Without them, forms of a word that
        keep different company go unnoticed.
    normalize : callable, optional
        From a term to a word of the vocabulary, or None.
    too_common : iterable of str
        Words that the vocabulary lacks because nearly every document has them.
    n_suggestions : int
        Words suggested per keyword at most.

    Returns
    -------
    list of dict
        ``topic``, ``keyword``, ``word`` (of the vocabulary, or None), ``count``, ``documents``, ``status``, ``why``
        (list of str) and ``suggestions`` (list of str). ``status`` is

        - "present";
        - "ambiguous": it seeds several topics, its forms keep different company ("organ", "organic"), another
          keyword of the topic is the same word, or it is in more than 40 % or fewer than 10 of the documents;
        - "absent": not in the vocabulary; the suggestions, for the first 500 of these, are phrases that it is part of
          and words spelled alike;
        - "excluded", or "excluded, absent".

        Suggestions for a word of the corpus are those it occurs with most.
    """
    words = {str(word): at for at, word in enumerate(vocabulary["word"].tolist())}
    presence = csc_matrix(counts)
    corpus = _Corpus(
        counts, words, [list(row) for row in vocabulary["surfaces"]],
        [np.asarray(row, np.int64) for row in vocabulary["surface_counts"]],
        np.diff(presence.indptr).astype(np.int64), int((np.diff(counts.indptr) > 0).sum()),
    )  # fmt: skip
    found = _Finder(words, normalize, frozenset(too_common), _phrases(corpus))
    rows = [row for topic in topics for row in _rows_of(topic, corpus, found)]
    _note_shared(rows)
    _note_forms(rows, corpus, surface_ids)
    _suggest(rows, topics, corpus, found, n_suggestions)
    return rows


def suggest_companions(
    topic: Topic, counts: csr_matrix, words: Sequence[str], *, n_words: int = 10
) -> list[tuple[str, float]]:
    """Return words to add to the keywords of a topic: those that occur with them most, in the whole corpus.

    Parameters
    ----------
    topic : Topic
        Keywords and excluded words as words of the vocabulary.
    counts : csr_matrix of shape (n_docs, n_words)
    words : sequence of str, length n_words
    n_words : int

    Returns
    -------
    list of (str, float)
        Word and mean association with the keywords (:class:`~bandscape.topics.DocumentCoOccurrence`), best first.
    """
    index = {str(word): at for at, word in enumerate(words)}
    keywords = [index[word] for word, _ in topic.keywords if word in index]
    excluded = [index[word] for word in topic.excluded if word in index]
    pairs = DocumentCoOccurrence(counts).companions(
        sorted(keywords)[:_MOST_KEYWORDS], n_words=n_words, exclude=[*keywords, *excluded]
    )
    return [(str(words[word]), score) for word, score in pairs]


class _Finder:
    """Finds what a user's term is in the vocabulary, each term once."""

    def __init__(
        self,
        words: dict[str, int],
        normalize: Callable[[str], str | None] | None,
        too_common: frozenset[str],
        phrases: dict[str, list[str]],
    ) -> None:
        self._words, self._normalize, self._too_common = words, normalize, too_common
        self._phrases = phrases
        self._known: dict[str, str | None] = {}

    def word(self, term: str) -> str | None:
        if term not in self._known:
            found = self._normalize(term) if self._normalize else None
            self._known[term] = found or (term if term in self._words else None)
        return self._known[term]

    def why_absent(self, term: str) -> str:
        if {term.lower(), term.lower().rstrip("s")} & self._too_common:
            return "in nearly every document, so left out of the vocabulary"
        parts = [part for part in term.replace("_", " ").split() if self.word(part)]
        if len(term.split()) > 1 and parts:
            return f"no phrase of the vocabulary, which has only {' and '.join(map(repr, parts))}"
        if within := self.phrases(term):
            return f"only within {' and '.join(map(repr, within[:2]))}: name that"
        return "not in the vocabulary: in too few documents, or in none"

    def phrases(self, term: str) -> list[str]:
        """Return the phrases of the vocabulary that a word stands in, most frequent first."""
        return self._phrases.get(term.casefold(), [])


def _phrases(corpus: _Corpus) -> dict[str, list[str]]:
    """Return the phrases as written most often, by each of their words, most frequent first."""
    ranked = sorted(
        (-int(counts.sum()), surfaces[0])
        for surfaces, counts in zip(corpus.surfaces, corpus.surface_counts, strict=True)
        if surfaces and " " in surfaces[0]
    )
    found: dict[str, list[str]] = {}
    for _, phrase in ranked:
        for part in set(phrase.casefold().split()):
            found.setdefault(part, []).append(phrase)
    return found


def _rows_of(topic: Topic, corpus: _Corpus, found: _Finder) -> list[dict[str, Any]]:
    rows = []
    terms = [(word, False) for word, _ in topic.keywords] + [(word, True) for word in topic.excluded]
    for term, excluded in terms:
        word = found.word(term)
        at = corpus.words[word] if word is not None else -1
        count = int(corpus.surface_counts[at].sum()) if word is not None else 0
        status = "absent" if word is None else "present"
        row = {
            "topic": topic.id,
            "keyword": term,
            "word": word,
            "count": count,
            "documents": int(corpus.documents[at]) if word is not None else 0,
            "status": ("excluded" if word else "excluded, absent") if excluded else status,
            "why": [found.why_absent(term)] if word is None else [],
            "suggestions": [],
        }
        if status == "present" and not excluded:
            row["why"] = _frequency_notes(row["documents"], corpus.n_documents)
        rows.append(row)
    return rows


def _frequency_notes(documents: int, n_documents: int) -> list[str]:
    if documents > TOO_COMMON * n_documents:
        return [f"in {100 * documents / n_documents:.0f} % of the documents, too many to tell them apart"]
    if documents < TOO_RARE:
        return [f"in {documents} documents only, too few to draw other words"]
    return []


def _note_shared(rows: list[dict[str, Any]]) -> None:
    """Note keywords that name several topics, or are one word."""
    named: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["word"] is not None and not row["status"].startswith("excluded"):
            named.setdefault(row["word"], []).append(row)
    for same in named.values():
        for row in same:
            others = list(dict.fromkeys(one["topic"] for one in same if one["topic"] != row["topic"]))
            twins = [one["keyword"] for one in same if one["topic"] == row["topic"] and one is not row]
            if others:
                more = f" and {len(others) - 3} more" if len(others) > 3 else ""
                row["why"].append(f"also a keyword of {', '.join(others[:3])}{more}")
            if twins:
                row["why"].append(f"the same word as {', '.join(map(repr, twins[:3]))}")


def _note_forms(rows: list[dict[str, Any]], corpus: _Corpus, surface_ids: Sequence[ArrayLike] | None) -> None:
    """Note keywords whose stem joins forms that keep different company; then set the status."""
    asked = sorted({corpus.words[row["word"]] for row in rows if row["status"] == "present"})
    unlike: dict[int, list[str]] = {}
    if surface_ids is not None and asked:
        n_surfaces = sum(map(len, corpus.surfaces))
        unlike = unlike_forms(
            asked, corpus.counts, count_surfaces(surface_ids, n_surfaces), corpus.surface_counts,
            corpus.surfaces,
        )  # fmt: skip
    for row in rows:
        if row["status"] != "present":
            continue
        column = corpus.words[row["word"]]
        forms = unlike.get(column, [])
        if row["keyword"].lower() in forms:  # what it is unlike is the most frequent form
            forms = [corpus.surfaces[column][0]]
        if forms:
            row["why"].append(f"also stands for {' and '.join(forms)}, in other company")
        if row["why"]:
            row["status"] = "ambiguous"


def _suggest(
    rows: list[dict[str, Any]], topics: Sequence[Topic], corpus: _Corpus, found: _Finder, n_suggestions: int
) -> None:
    """Fill in the suggestions: companions for words of the corpus; for others their phrases and like spellings."""
    absent = [row for row in rows if row["status"] == "absent"][:_MOST_ABSENT]
    forms = [form for row in corpus.surfaces for form in row[:3]]
    spellings = nearest_spellings([row["keyword"] for row in absent], forms, n_words=n_suggestions)
    for row, near in zip(absent, spellings, strict=True):
        within = found.phrases(row["keyword"])
        row["suggestions"] = [*within, *(word for word in near if word not in within)][:n_suggestions]
    together = DocumentCoOccurrence(corpus.counts)
    companions: dict[int, list[tuple[int, float]]] = {}
    for topic in topics:
        own = [row for row in rows if row["topic"] == topic.id and row["word"] is not None]
        named = [corpus.words[row["word"]] for row in own]
        chosen = [row for row in own if row["status"] in ("present", "ambiguous")]
        chosen.sort(key=lambda row: -row["count"])
        for row in chosen[:_MOST_KEYWORDS]:
            word = corpus.words[row["word"]]
            if word not in companions:
                companions[word] = together.companions([word], n_words=n_suggestions + 20)
            kept = [other for other, _ in companions[word] if other not in named][:n_suggestions]
            row["suggestions"] = [corpus.surfaces[other][0] for other in kept]
