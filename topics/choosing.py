"""Which sampler draws a chain, and whether its results fit into memory.

The dense sampler's time per token grows with the number of topics, the sparse one's with the topics a document holds.
The choice rests on these numbers, not on a clock: a probe by time would choose now this, now that sampler near the
crossover, and with it other random numbers, so that a seed would no longer say what comes out. Public names:
:data:`SAMPLERS`, :func:`choose_sampler`, :func:`make_sampler`, :func:`check_fit_memory`,
:func:`check_mixture_memory`, :func:`expected_topics_per_document`.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from ..core.errors import BandscapeWarning
from ..core.executors import Executor
from ..core.large_arrays import is_mapped
from ..core.memory import check_memory
from . import sampler
from .blocks import padded, shape_of
from .priors import TopicPriors
from .sampler import BlockSampler
from .simd import LANES
from .sparse import SparseSampler

SAMPLERS = ("auto", "exact", "dense", "sparse")
MUCH_BYTES = 4 << 30
"""Of a model's own arrays, to be told before the fit begins."""

# Nanoseconds a token, fitted to 35 pairs of timings: Pitchfork reviews (255 tokens), Reuters (56) and snippets of 10
# tokens, with 50 to 500 topics and alpha from 1/K to 50/K, one core of an EPYC of 2023 with AVX-512. Only their
# proportions matter. On narrower vectors both samplers slow down, the dense one more.
_DENSE = {"token": 30.0, "vector": 2.5, "vector of a document": 42.0}
_SPARSE = {"token": 45.0, "vector": 10.0, "draw from the prior": 32.0, "document": 280.0}


def choose_sampler(wanted: str, lengths: NDArray[np.int64], priors: TopicPriors) -> str:
    """Return "exact", "dense" or "sparse".

    Parameters
    ----------
    wanted : {"auto", "exact", "dense", "sparse"}
        Anything but "auto" is the answer. "auto" is "exact" for a corpus of up to 20,000 tokens, else the quicker of
        the two others, by work counted from ``lengths`` and ``priors``: the same on every machine.
    lengths : ndarray of shape (n_docs,), int64
        Tokens of each document.
    priors : TopicPriors
        At the temperature of most sweeps.
    """
    if wanted != "auto":
        return wanted
    n_tokens = int(lengths.sum())
    if n_tokens <= sampler.EXACT_TOKENS:
        return "exact"
    mean_length = n_tokens / max(int((lengths > 0).sum()), 1)
    length = float(lengths @ lengths) / n_tokens  # of the document a token is in
    strength = float(priors.doc_prior.sum()) * (length if priors.by_length else 1.0)
    n_vectors = padded(priors.n_topics) / LANES
    n_listed = expected_topics_per_document(length, priors)
    dense = _DENSE["token"] + n_vectors * (_DENSE["vector"] + _DENSE["vector of a document"] / mean_length)
    sparse = (
        _SPARSE["token"]
        + _SPARSE["vector"] * n_listed / LANES
        + _SPARSE["draw from the prior"] * strength / (strength + length)
        + _SPARSE["document"] / mean_length
    )
    return "sparse" if sparse < dense else "dense"


def expected_topics_per_document(length: float, priors: TopicPriors) -> float:
    """Return how many topics a document drawn from the prior has, of a length in tokens.

    A topic is absent with the chance of a Dirichlet-multinomial, which on real corpora was within a fifth of what the
    chain shows for alpha >= 50/K.
    """
    alpha = priors.doc_prior * (length if priors.by_length else 1.0)
    rest = alpha.sum() - alpha
    if len(alpha) == 1:
        return 1.0
    log_absent = gammaln(rest + length) - gammaln(rest) + gammaln(alpha.sum()) - gammaln(alpha.sum() + length)
    return float((1 - np.exp(np.minimum(log_absent, 0))).sum())


def make_sampler(
    kind: str, counts: csr_matrix, priors: TopicPriors, *, executor: Executor | None = None, **options: Any
) -> BlockSampler:
    """Return the sampler that :func:`choose_sampler` named; ``options`` are those of ``BlockSampler``.

    Parameters
    ----------
    kind : {"exact", "dense", "sparse"}
    counts, priors, **options
        As for :class:`~bandscape.topics.sampler.BlockSampler`.
    executor : Executor, optional
        Has its crew draw the tokens, to the same bytes. The exact sampler's chain is one after another and small.
    """
    if kind == "dense" and executor is not None and executor.n_partitions:
        from .partitioned import PartitionedSampler

        return PartitionedSampler(counts, priors, executor=executor, **options)
    if kind == "sparse":
        return SparseSampler(counts, priors, is_exact=False, **options)
    return BlockSampler(counts, priors, is_exact=kind == "exact", **options)


def check_fit_memory(kind: str, counts: csr_matrix, n_topics: int, folder: Path | None = None) -> None:
    """Refuse a fit whose arrays will not fit into memory, before any of them is made; warn where it takes much.

    ``folder`` is where mixtures of many documents may lie in a file.

    Raises
    ------
    ParameterError
    """
    n_docs, n_words = shape_of(counts)
    n_tokens = int(counts.data.sum(dtype=np.int64))
    mixtures = n_topics * n_docs * 4
    results = n_topics * n_words * (4 if kind == "sparse" else 12)
    results += 0 if is_mapped(mixtures, folder) else mixtures
    working = n_tokens * 10 if kind == "sparse" else padded(n_topics) * n_words * 4
    needed = results + working + n_tokens * 14
    what = f"{n_topics} topics of {n_words} words in {n_docs} documents"
    remedy = "ask for fewer topics, leave out rare words, or fit a sample of the documents and transform the others"
    remedy += " in parts" if kind == "sparse" else ' in parts; sampler="sparse" needs less'
    check_memory(needed, what, remedy)
    if results >= MUCH_BYTES:
        warnings.warn(
            f"{what} take {needed / 2**30:.1f} GiB of memory at least; where that is too much, {remedy}",
            BandscapeWarning,
            stacklevel=3,
        )


def check_mixture_memory(n_docs: int, n_words: int, n_topics: int) -> None:
    """Refuse to estimate more mixtures at a time than fit into memory.

    Raises
    ------
    ParameterError
    """
    check_memory(
        4 * n_topics * (n_docs + n_words), f"mixtures of {n_topics} topics for {n_docs} documents",
        "transform the documents in parts",
    )  # fmt: skip
