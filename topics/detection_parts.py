"""Detection over many new documents, in parts that an executor's workers look at.

A document's result does not depend on the others, so that the parts put together are the whole. Public function:
:func:`detect_in_parts`.
"""

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from ..core.executors import Executor
from .detection import Detection, detect

_DOCUMENTS = 2_000  # of a part
_OF_TRAINING = ("doc_topic_", "doc_lengths_", "token_topics_")  # as large as the corpus, and no matter here


def detect_in_parts(model: Any, documents: Any, executor: Executor) -> Detection:
    """Find the topics of new documents; see :func:`~bandscape.topics.detection.detect`.

    Parameters
    ----------
    model : KeywordLDA
        Fitted.
    documents
        As for ``detect``.
    executor : Executor

    Returns
    -------
    Detection
    """
    parts = list(_cut(documents))
    if len(parts) <= 1:
        return detect(model, documents)
    light = copy(model)
    for name in _OF_TRAINING:
        if hasattr(light, name):
            delattr(light, name)
    return _join(list(executor.map_ordered(_detect_part, parts, n_jobs=2, shared=(light,))))


def _detect_part(documents: Any, model: Any) -> Detection:
    return detect(model, documents)


def _cut(documents: Any) -> Iterator[Any]:
    if issparse(documents):
        documents = csr_matrix(documents)
    n_documents = documents.shape[0] if hasattr(documents, "shape") else len(documents)
    for start in range(0, n_documents, _DOCUMENTS):
        yield documents[start : start + _DOCUMENTS]


def _join(parts: list[Detection]) -> Detection:
    names = [name for name in Detection.__dataclass_fields__ if name != "topic_ids"]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Detection(topic_ids=parts[0].topic_ids, **joined)
