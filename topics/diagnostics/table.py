"""One table that judges every topic of a model. Public function: :func:`judge_topics`."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from .coherence import MEASURES, topic_coherence
from .words import shared_words, top_word_ids, topic_exclusivity

_TOPICS_AT_ONCE = 64  # keeps the working space small beside the mixtures


def judge_topics(model: Any, counts: csr_matrix, texts: Any = None, *, n_words: int = 10) -> pd.DataFrame:
    """Judge each topic by its most probable words and its documents.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    counts : csr_matrix of shape (n_docs, n_words)
        Reference documents: those of the fit, or better ones from elsewhere.
    texts : sequence of int arrays, optional
        The same documents as word ids in text order; without them there is no "c_v".
    n_words : int
        Words a topic that are looked at.

    Returns
    -------
    DataFrame
        One row per topic: ``topic``, ``share`` (of tokens), ``npmi``, ``u_mass``, ``c_v`` (see
        :func:`~bandscape.topics.diagnostics.topic_coherence`), ``exclusivity``, ``shared_words`` (share of the words
        that another topic lists too) and ``effective_documents`` (over how many documents it is spread; see Notes).

    Notes
    -----
    ``effective_documents`` is exp of the entropy of the topic's tokens over the training documents: near 1 for a topic
    that is a single document, near their number for one that is everywhere alike.
    """
    top = top_word_ids(model.topic_word_, n_words)
    columns: dict[str, Any] = {"topic": model.topic_ids_, "share": model.topic_share_}
    for measure in MEASURES:
        reference = texts if measure == "c_v" else counts
        columns[measure] = np.nan if reference is None else topic_coherence(top, reference, measure)
    columns["exclusivity"] = topic_exclusivity(model.topic_word_, n_words)
    columns["shared_words"] = shared_words(model.topic_word_, n_words)
    columns["effective_documents"] = _effective_documents(model.doc_topic_, counts)
    return pd.DataFrame(columns).astype({"topic": "str"})


def _effective_documents(doc_topic: Any, counts: csr_matrix) -> Any:
    """Return exp(entropy) of each topic's tokens over the documents; NaN when these are not the model's."""
    lengths = np.asarray(counts.sum(axis=1), float).ravel()
    if len(lengths) != len(doc_topic):
        return np.nan
    result = np.empty(doc_topic.shape[1])
    for first in range(0, len(result), _TOPICS_AT_ONCE):
        topics = slice(first, first + _TOPICS_AT_ONCE)
        tokens = doc_topic[:, topics] * lengths[:, None]
        shares = tokens / np.maximum(tokens.sum(axis=0), 1e-300)
        result[topics] = np.exp(-(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=0))
    return result
