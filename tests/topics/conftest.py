"""Fixtures of the topic tests: the dense reference and small corpora."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.sparse import csr_matrix

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def load_reference(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REFERENCE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dense_lda() -> ModuleType:
    return load_reference("dense_lda")


@pytest.fixture(scope="session")
def reference_mixture() -> ModuleType:
    return load_reference("mixture_of_unigrams")


@pytest.fixture
def random_counts(rng: np.random.Generator) -> csr_matrix:
    """600 documents over 40 words, some empty."""
    counts = rng.poisson(0.5, (600, 40))
    counts[[0, 17, 599]] = 0
    return csr_matrix(counts.astype(np.int32))


@pytest.fixture
def block_counts(rng: np.random.Generator) -> csr_matrix:
    """200 documents of 40 tokens; topic k alone uses words 5 k to 5 k + 4, and each document has two topics."""
    counts = np.zeros((200, 20), np.int32)
    for doc in range(200):
        for topic in rng.choice(4, 2, replace=False):
            counts[doc, 5 * topic : 5 * topic + 5] += rng.multinomial(20, np.full(5, 0.2))
    return csr_matrix(counts)
