"""The same topics, bit for bit, compiled, on other instruction sets, and as plain Python."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import KeywordLDA
from bandscape.topics.keywords import check_topics
from bandscape.topics.priors import make_classic_priors
from bandscape.topics.sampler import BlockSampler
from bandscape.topics.sparse import SparseSampler
from bandscape.topics.starting import complete_start, topics_by_row
from bandscape.topics.token_kernels import MISSING

HERE = Path(__file__).resolve().parent
TOPICS = [
    {"id": "a", "keywords": ["w1"], "excluded": ["w2"]},
    {"id": "b", "frozen": True},
    {"id": "c", "count": 17},
]


def digest_of_chain():
    """Run a small chain with every kind of topic in every sampler; return the sha256 of its states."""
    counts = csr_matrix(np.random.default_rng(5).poisson(0.4, (70, 12)).astype(np.int32))
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    topics = check_topics(TOPICS)
    priors = make_classic_priors(topics, {f"w{at}": at for at in range(12)}, word_counts)
    digest = hashlib.sha256()
    for kind, is_exact in ((BlockSampler, False), (BlockSampler, True), (SparseSampler, False)):
        sampler = kind(
            counts, priors, seed=11, frozen={1: np.arange(12.0) / 66}, docs_per_block=30, is_exact=is_exact
        )
        sampler.start(3.0)
        for sweep in range(1, 4):
            sampler.sweep(sweep, 2.0)
        digest.update(sampler.topics.tobytes())
        start = topics_by_row(counts, sampler.blocks, sampler.topics)
        start[::2] = MISSING
        digest.update(complete_start(counts, start, priors, {1: np.arange(12.0) / 66}, seed=4).tobytes())
    return digest.hexdigest()


def run_python(code, **environment):
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.strip()


DIGEST_SCRIPT = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("chain", {str(Path(__file__).resolve())!r})
chain = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chain)
print(chain.digest_of_chain())
"""


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"NUMBA_DISABLE_JIT": "1"}, id="plain-python"),
        pytest.param({"NUMBA_CPU_NAME": "generic"}, id="oldest-instruction-set"),
        pytest.param(
            {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "+avx2,+fma"},
            id="eight-lanes",
            marks=pytest.mark.skipif(
                not Path("/proc/cpuinfo").exists() or "avx2" not in Path("/proc/cpuinfo").read_text(),
                reason="this processor has no AVX2",
            ),
        ),
    ],
)
def test_same_topics_whatever_runs_the_kernels(environment):
    assert run_python(DIGEST_SCRIPT, **environment) == digest_of_chain()


def test_kernel_tests_pass_without_compilation():
    files = [
        str(HERE / name)
        for name in ("test_simd.py", "test_kernels.py", "test_sparse_kernels.py", "test_sparse_folding.py")
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-x", *files]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parents[1],
        timeout=300,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def test_importing_the_room_compiles_nothing():
    code = (
        "import bandscape.topics.simd as simd; assert not simd.sample_block.signatures; "
        "assert not simd.draw_topic.signatures; print('quiet')"
    )
    assert run_python(code) == "quiet"


def test_estimator_runs_as_plain_python():
    code = (
        "import numpy as np; from bandscape.topics import KeywordLDA; "
        "m = KeywordLDA(n_topics=2, n_sweeps=4, n_samples=2).fit(np.ones((4, 3), int)); "
        "print(m.topic_word_.tobytes().hex())"
    )
    model = KeywordLDA(n_topics=2, n_sweeps=4, n_samples=2).fit(np.ones((4, 3), int))
    assert run_python(code, NUMBA_DISABLE_JIT="1") == model.topic_word_.tobytes().hex()
