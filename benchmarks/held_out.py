"""What the benchmarks of topic quality share: real corpora in three parts, one scorer, and the peers.

A corpus is split by documents: eight tenths train, one tenth is looked at while anything is chosen (schedules, numbers
of sweeps, a peer's eta), one tenth is scored once, for the figures reported. Every model gets the same counts and is
scored by the same function from its word distributions and its alpha.
"""

import os
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import tomotopy
from scipy.sparse import csr_matrix

from bandscape.datasets import prepare_text, read_reviews
from bandscape.topics.inference import completion_log_likelihood, infer_mixtures, split_documents

PEER_ALPHA = 0.1
MALLET = "BANDSCAPE_MALLET"
"""Environment variable with a Java class path that holds MALLET and what it needs; without it MALLET is left out."""


@dataclass(frozen=True)
class Corpus:
    """Counts of the three parts of a corpus."""

    name: str
    train: csr_matrix
    tune: csr_matrix
    test: csr_matrix


@dataclass(frozen=True)
class Fitted:
    """A model as the scorer sees it, and the processor seconds it took."""

    topic_word: np.ndarray
    doc_prior: np.ndarray
    seconds: float


def split_corpus(name: str, counts: csr_matrix) -> Corpus:
    counts = counts[np.asarray(counts.sum(axis=1)).ravel() > 0]
    order = np.random.default_rng(0).permutation(counts.shape[0])
    tenth = counts.shape[0] // 10
    return Corpus(name, counts[order[2 * tenth :]], counts[order[tenth : 2 * tenth]], counts[order[:tenth]])


@cache
def read_pitchfork(data_dir: Path) -> Corpus:
    reviews = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").reviews
    reviews = reviews[reviews["text"].notna()]
    return split_corpus("Pitchfork", _prepare(reviews["review_id"].tolist(), reviews["text"].tolist()))


@cache
def read_reuters(data_dir: Path) -> Corpus:
    news = pq.read_table(data_dir / "reuters21578" / "reuters21578.parquet").to_pandas()
    news = news[news["body"].notna()].drop_duplicates("body")
    return split_corpus("Reuters", _prepare([str(number) for number in news["id"]], news["body"].tolist()))


@cache
def read_ap(data_dir: Path) -> Corpus:
    with tarfile.open(data_dir / "ap_lda" / "ap.tgz") as archive:
        stored = archive.extractfile("ap/ap.dat")
        assert stored is not None
        rows = [line.split()[1:] for line in stored.read().decode().splitlines()]
    words, values = np.array([[int(number) for number in pair.split(":")] for row in rows for pair in row]).T
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return split_corpus("AP", csr_matrix((values.astype(np.int32), words, indptr)))


def _prepare(names: list[str], texts: list[str]) -> csr_matrix:
    return prepare_text(names, texts, n_jobs=os.cpu_count() or 1).counts


def perplexity(model: Fitted, documents: csr_matrix) -> float:
    """Return the document-completion perplexity: half of each document shows its mixture, the other half is scored."""
    observed, held_out = split_documents(documents, np.random.default_rng(7))
    mixtures = infer_mixtures(observed, model.topic_word, model.doc_prior, n_jobs=1)
    return float(np.exp(-completion_log_likelihood(held_out, mixtures, model.topic_word)))


def timed(function: Callable[[], object]) -> float:
    """Return the processor seconds of a call, all threads together."""
    before = time.process_time()
    function()
    return time.process_time() - before


def make_tomotopy(counts: csr_matrix, n_topics: int, eta: float, seed: int) -> tomotopy.LDAModel:
    """Return a model with the documents added and alpha optimized every ten sweeps, as its manual does."""
    model = tomotopy.LDAModel(k=n_topics, alpha=PEER_ALPHA, eta=eta, seed=seed)
    model.optim_interval = 10
    for row in range(counts.shape[0]):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        model.add_doc([str(word) for word in np.repeat(counts.indices[part], counts.data[part])])
    return model


def fit_tomotopy(counts: csr_matrix, n_topics: int, eta: float, seed: int, n_sweeps: int) -> Fitted:
    """Fit on one thread; only the training is timed. eta is added to its word counts, which it reports without."""
    model = make_tomotopy(counts, n_topics, eta, seed)
    seconds = timed(lambda: model.train(n_sweeps, workers=1, parallel=tomotopy.ParallelScheme.NONE))
    words = np.zeros((n_topics, counts.shape[1]))
    columns, totals = [int(word) for word in model.used_vocabs], model.get_count_by_topics()
    for topic in range(n_topics):
        row = np.asarray(model.get_topic_word_dist(topic, normalize=False), float)
        words[topic, columns] = row * totals[topic] / max(row.sum(), 1e-300)
    words += eta
    return Fitted(words / words.sum(axis=1, keepdims=True), np.asarray(model.alpha, float), seconds)


def fit_mallet(counts: csr_matrix, n_topics: int, beta: float, seed: int, n_sweeps: int) -> Fitted:
    """Fit MALLET on one thread, alpha and beta optimized every ten sweeps from the 20th."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        head = [*counts.shape, *lengths]
        tokens = np.repeat(counts.indices, counts.data)
        source.write_bytes(np.concatenate([head, tokens]).astype(">i4").tobytes())
        settings = [n_topics, n_topics * PEER_ALPHA, beta, seed, n_sweeps]
        command = [
            "java",
            "-Xmx4g",
            "-cp",
            os.environ[MALLET],
            str(Path(__file__).with_name("MalletFit.java")),
        ]
        subprocess.run(
            [*command, str(source), str(target), *map(str, settings)], check=True, capture_output=True
        )
        found = np.frombuffer(target.read_bytes(), ">f8").astype(float)
    seconds, fitted_beta, alpha = found[0], found[1], found[2 : 2 + n_topics]
    words = found[2 + n_topics :].reshape(n_topics, counts.shape[1]) + fitted_beta
    return Fitted(words / words.sum(axis=1, keepdims=True), alpha, float(seconds))
