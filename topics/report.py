"""Topics for reading: the four-column text of the case study, a table, and JSON-able lists.

Public functions: :func:`top_words`, :func:`list_topics`, :func:`topics_table`, :func:`word_topics_table`,
:func:`format_report`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import ParameterError

WIDTH = 67
_N_COLUMNS = 4
_WORD_WIDTH = 10


def top_words(row: NDArray[np.floating], n_words: int) -> NDArray[np.int64]:
    """Return the numbers of the most probable words, best first; of equals the lower number first.

    Words of probability zero are left out.

    Parameters
    ----------
    row : ndarray of shape (n_vocabulary,), float
        Probabilities of one topic's words.
    n_words : int
        Words returned at most.

    Returns
    -------
    ndarray of int64, length <= n_words
    """
    order = np.argsort(-row, kind="stable")[:n_words]
    return order[row[order] > 0]


def list_topics(
    topic_ids: Sequence[str],
    topic_share: NDArray[np.floating],
    topic_word: NDArray[np.floating],
    words: Any,
    *,
    n_words: int = 100,
) -> list[dict[str, Any]]:
    """Return the topics as JSON-able values.

    Parameters
    ----------
    topic_ids : sequence of str, length n_topics
    topic_share : ndarray of shape (n_topics,)
    topic_word : ndarray of shape (n_topics, n_words)
    words : sequence of str of length n_words, or array of shape (n_topics, n_words)
        The vocabulary, or what to show for each word in each topic (:func:`~bandscape.topics.display_words`).
    n_words : int
        Words listed per topic.

    Returns
    -------
    list of dict
        ``{"id", "share", "words": [{"word", "p"}]}`` in the order of the configuration.

    Raises
    ------
    ParameterError
        If the shapes do not agree or ``n_words`` is below 1.
    """
    if n_words < 1:
        raise ParameterError(f"n_words must be an int >= 1; got {n_words!r}")
    texts = np.asarray(words, object)
    if texts.ndim == 1:
        texts = np.broadcast_to(texts, (len(topic_ids), len(texts)))
    if not texts.shape == topic_word.shape == (len(topic_share), texts.shape[1]) or len(topic_ids) != len(
        texts
    ):
        raise ParameterError(
            f"words must be ({len(topic_ids)}, {topic_word.shape[1]}) like topic_word; got {texts.shape}, "
            f"{topic_word.shape} and {len(topic_share)} shares"
        )
    return [
        {
            "id": str(topic),
            "share": float(topic_share[at]),
            "words": [
                {"word": str(texts[at, word]), "p": float(topic_word[at, word])}
                for word in top_words(topic_word[at], n_words)
            ],
        }
        for at, topic in enumerate(topic_ids)
    ]


def topics_table(topics: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the list of :func:`list_topics` as a table.

    Parameters
    ----------
    topics : sequence of dict

    Returns
    -------
    pandas.DataFrame
        One row per topic and word: ``topic`` (str), ``share`` (of the corpus), ``rank`` (from 1), ``word``, ``p``.
    """
    rows = [
        (topic["id"], topic["share"], rank, entry["word"], entry["p"])
        for topic in topics
        for rank, entry in enumerate(topic["words"], start=1)
    ]
    table = pd.DataFrame(rows, columns=["topic", "share", "rank", "word", "p"])
    return table.astype({"topic": "str", "share": float, "rank": "int32", "word": "str", "p": float})


def word_topics_table(
    vocabulary: Sequence[str],
    topic_ids: Sequence[str],
    topic_word: NDArray[np.floating],
    tokens: NDArray[np.floating],
    *,
    least_tokens: float = 0.5,
) -> pd.DataFrame:
    """Return which topics each word belongs to, as a table.

    Parameters
    ----------
    vocabulary : sequence of str, length n_words
    topic_ids : sequence of str, length n_topics
    topic_word : ndarray of shape (n_topics, n_words)
        p(word | topic).
    tokens : ndarray of shape (n_words, n_topics)
        Expected tokens of each word in each topic (:func:`~bandscape.topics.expected_word_topics`).
    least_tokens : float, > 0
        Pairs with fewer are left out.

    Returns
    -------
    pandas.DataFrame
        One row per word and topic: ``word``, ``topic``, ``tokens``, ``share`` (of the word: p(topic | word)), ``p``
        (p(word | topic)). In the order of the vocabulary, the topic with most tokens first.
    """
    words, topics = np.nonzero(tokens >= least_tokens)
    held = tokens[words, topics]
    order = np.lexsort((topics, -held, words))
    words, topics, held = words[order], topics[order], held[order]
    return pd.DataFrame(
        {
            "word": pd.Categorical.from_codes(words, [str(word) for word in vocabulary]),
            "topic": pd.Categorical.from_codes(topics, [str(name) for name in topic_ids]),
            "tokens": held.astype(np.float32),
            "share": (held / np.maximum(tokens.sum(axis=1), 1e-30)[words]).astype(np.float32),
            "p": topic_word[topics, words].astype(np.float32),
        }
    )


def format_report(topics: Sequence[dict[str, Any]]) -> str:
    """Lay the list of :func:`list_topics` out as in the case study.

    Parameters
    ----------
    topics : sequence of dict

    Returns
    -------
    str
        A heading per topic, then its words in four columns, best first from left to right, 67 characters wide:
        probability, and the word lower-cased and cut to 10 characters.
    """
    title = f"TOTAL TOPICS COUNT: {len(topics)}"
    parts = [f"{'*' * WIDTH}\n{title:^{WIDTH}}".rstrip() + f"\n{'*' * WIDTH}\n\n\n"]
    for number, topic in enumerate(topics, start=1):
        rule = "-" * WIDTH
        header = f"#: {number:04d}  P: {_format_probability(topic['share'])}  {_one_line(topic['id'])}"
        cells = [f"{_format_probability(entry['p'])} {_cell(entry['word'])}" for entry in topic["words"]]
        lines = [" ".join(cells[at : at + _N_COLUMNS]) for at in range(0, len(cells), _N_COLUMNS)]
        parts.append("\n".join([rule, header, rule, "", *lines, "", "", "", ""]))
    return "".join(parts)


def _format_probability(value: float) -> str:
    """Return five characters: ``.0374``, and ``1.000`` for one."""
    text = f"{value:.4f}"
    return text[1:] if text.startswith("0") else f"{value:.3f}"


def _cell(word: str) -> str:
    return _one_line(word).lower()[:_WORD_WIDTH].ljust(_WORD_WIDTH)


def _one_line(text: str) -> str:
    """Replace control characters (line breaks, terminal escapes) by spaces: names and words may be hostile."""
    return "".join(character if character.isprintable() else " " for character in text)
