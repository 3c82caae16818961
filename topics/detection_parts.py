"""New documents in parts that an executor's workers look at.

A document's result does not depend on the others, so that the parts put together are the whole. Public function:
:func:`look_in_parts`.
"""

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from scipy.sparse import csr_matrix, issparse

from ..core.executors import Executor

_DOCUMENTS = 2_000  # of a part
_OF_TRAINING = ("doc_topic_", "doc_lengths_", "token_topics_")  # as large as the corpus, and no matter here


def look_in_parts(
    look: Callable[[Any, Any], Any], model: Any, documents: Any, executor: Executor
) -> list[Any]:
    """Return what ``look(documents, model)`` finds in each part, in order.

    Parameters
    ----------
    look : callable
        A function of a module, so that workers can import it.
    model : KeywordLDA
        Fitted; workers get it without what belongs to the documents it was fitted to.
    documents
        As for :func:`~bandscape.topics.detection.detect`.
    executor : Executor

    Returns
    -------
    list
    """
    parts = list(_cut(documents))
    if len(parts) <= 1:
        return [look(documents, model)]
    light = copy(model)
    for name in _OF_TRAINING:
        if hasattr(light, name):
            delattr(light, name)
    return list(executor.map_ordered(look, parts, n_jobs=2, shared=(light,)))


def _cut(documents: Any) -> Iterator[Any]:
    if issparse(documents):
        documents = csr_matrix(documents)
    n_documents = documents.shape[0] if hasattr(documents, "shape") else len(documents)
    for start in range(0, n_documents, _DOCUMENTS):
        yield documents[start : start + _DOCUMENTS]
