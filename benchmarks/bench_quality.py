"""Time to a held-out perplexity: how long until our topics are as good as those of others.

For tomotopy, the target is what it reaches after 200 sweeps with alpha optimized every ten, and the best eta of three
by the tuning part; for MALLET, the same with its own alpha and beta optimized; for gensim and scikit-learn (online
variational Bayes), the best they reach in twenty passes. How many sweeps we need is searched on the tuning part with
other seeds; time and perplexity are then taken once on the test part. One thread, processor time; theirs is the
training alone, ours the whole fit. Compilation, start and memory are measured in fresh processes.

Run ``python -m benchmarks quality``, in slices with ``BANDSCAPE_SLICE_S=200``: a fit is a part. MALLET takes part where
``BANDSCAPE_MALLET`` holds a Java class path with it.
From a clone of it: ``javac -d out -cp lib/hppc-0.7.1.jar:lib/mallet-deps.jar -sourcepath src/main/java FILE`` for its
``ParallelTopicModel.java``; the class path is ``out`` and the two archives. (The annotation ``@Var`` of errorprone,
which says nothing at run time, may need a source of one line.)
``python benchmarks/bench_quality.py --tune-peer`` prints the scores behind ``PEER_ETA``.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bandscape.topics import KeywordLDA
from benchmarks.held_out import (
    MALLET,
    Corpus,
    Fitted,
    fit_mallet,
    fit_tomotopy,
    perplexity,
    read_pitchfork,
    read_reuters,
    timed,
)
from benchmarks.slices import Slices

SEEDS, TUNING_SEEDS = (0, 1, 2), (100, 101)
PEER_SWEEPS, PEER_ETAS = 200, (0.01, 0.03, 0.1)
PEER_ETA = {("Pitchfork", 50): 0.1, ("Pitchfork", 200): 0.03, ("Reuters", 50): 0.03, ("Reuters", 200): 0.03}
SWEEPS = (6, 10, 15, 22, 30, 40, 50, 60, 75, 90, 110, 120, 135, 150, 165, 180, 200, 240)
"""Tried by halving until the tuning part says which are the fewest that reach the target."""
PASSES = 20
"""Of the online learners over the corpus; their perplexity is flat or rising before."""
ONLINE_TOPICS = 50
"""Of the races against the online learners."""


@dataclass(frozen=True)
class Score:
    """What is kept of a fit: its processor seconds, and its perplexities of the two parts it did not see."""

    seconds: float
    tune: float
    test: float


def fit_ours(corpus: Corpus, n_topics: int, n_sweeps: int, seed: int) -> Fitted:
    model = KeywordLDA(
        n_topics=n_topics, doc_topic_prior="auto", topic_word_prior="auto", n_sweeps=n_sweeps,
        n_samples=max(1, n_sweeps // 6), optimize_interval=5, random_state=seed,
    )  # fmt: skip
    seconds = timed(lambda: model.fit(corpus.train))
    return Fitted(model.topic_word_, model.doc_prior_, seconds)


class Race:
    """Races on one corpus with so many topics, each fit a part that is measured once."""

    def __init__(self, slices: Slices, corpus: Corpus, n_topics: int) -> None:
        self.slices, self.corpus, self.n_topics = slices, corpus, n_topics
        self.name = f"{corpus.name}, K={n_topics}"

    def score(self, what: str, fit: Callable[[], Fitted]) -> Score:
        """Fit and score, or return what was measured before."""

        def measure() -> list[float]:
            fitted = fit()
            return [
                fitted.seconds,
                *(perplexity(fitted, part) for part in (self.corpus.tune, self.corpus.test)),
            ]

        found = Score(*self.slices.part(f"{self.name} {what}", measure))
        print(f"{self.name}, {what}: {found}", file=sys.stderr, flush=True)
        return found

    def ours(self, what: str, n_sweeps: int, seed: int) -> Score:
        """Fit ours and score it; ``what`` for, since a time is taken anew for each peer."""
        return self.score(
            f"{what} {n_sweeps} sweeps, {seed}", lambda: fit_ours(self.corpus, self.n_topics, n_sweeps, seed)
        )

    def sweeps_needed(self, target: float, tried: Sequence[int]) -> int:
        """Return the fewest sweeps whose mean perplexity of the tuning part reaches the target, or the most tried."""

        def reaches(n_sweeps: int) -> bool:
            scores = [self.ours("search", n_sweeps, seed).tune for seed in TUNING_SEEDS]
            return statistics.mean(scores) <= target

        return tried[min(bisect_left(tried, True, key=reaches), len(tried) - 1)]

    def against(
        self, peer: str, fit_peer: Callable[[int], Fitted], *, goal: str, tried: Sequence[int]
    ) -> dict:
        """Fit a peer for each seed, find the sweeps we need, and fit ours."""
        theirs = [self.score(f"{peer} {seed}", lambda seed=seed: fit_peer(seed)) for seed in SEEDS]
        n_sweeps = self.sweeps_needed(statistics.mean(score.tune for score in theirs), tried)
        ours = [self.ours(f"beside {peer}", n_sweeps, seed) for seed in SEEDS]
        times = [other.seconds / own.seconds for own, other in zip(ours, theirs, strict=True)]
        return {
            "name": f"{self.name}, time to the {goal} of {peer}",
            "value": statistics.median(score.seconds for score in ours),
            "unit": "s",
            "peer": f"{peer} {statistics.median(score.seconds for score in theirs):.1f} s",
            "ratio": statistics.median(times),
            "note": f"{min(times):.1f} to {max(times):.1f} over {len(SEEDS)} seeds; {n_sweeps} sweeps; test part: ours "
            f"{_listed([score.test for score in ours])}, theirs {_listed([score.test for score in theirs])}",
        }

    def against_sampler(self, peer: str, fit: Callable[[csr_matrix, int, float, int, int], Fitted]) -> dict:
        """Race against one that has an end."""
        counts, eta = self.corpus.train, PEER_ETA[self.corpus.name, self.n_topics]
        return self.against(
            peer,
            lambda seed: fit(counts, self.n_topics, eta, seed + 1, PEER_SWEEPS),
            goal="perplexity",
            tried=[number for number in SWEEPS if number >= 40],
        )

    def against_online(self) -> Iterator[dict]:
        """Race against the online learners to the best they reach."""
        for peer in ("gensim", "scikit-learn"):
            yield self.against(
                peer,
                lambda seed, peer=peer: fit_online(peer, self.corpus, self.n_topics, seed),
                goal="best",
                tried=SWEEPS,
            )


def _listed(scores: list[float]) -> str:
    return f"{statistics.mean(scores):.0f} ({', '.join(f'{score:.0f}' for score in scores)})"


def fit_online(peer: str, corpus: Corpus, n_topics: int, seed: int) -> Fitted:
    """Fit an online learner pass by pass; keep the pass that is best on the tuning part, and the time until then."""
    best, lowest, seconds = None, np.inf, 0.0
    run_pass = (
        _gensim_passes(corpus, n_topics, seed)
        if peer == "gensim"
        else _sklearn_passes(corpus, n_topics, seed)
    )
    for number in range(PASSES):
        seconds += timed(run_pass)
        if number % 2:  # scoring is not timed
            topic_word, alpha = run_pass.estimates()  # type: ignore[attr-defined]
            fit = Fitted(topic_word, alpha, seconds)
            score = perplexity(fit, corpus.tune)
            if score < lowest:
                best, lowest = fit, score
            elif score > 1.002 * lowest:
                break
            print(f"{peer}, pass {number + 1}: {score:.1f}", file=sys.stderr, flush=True)
    assert best is not None
    return best


class _gensim_passes:  # noqa: N801  (reads as a function that keeps its state)
    """One pass of gensim's LdaModel a call, alpha and eta learned."""

    def __init__(self, corpus: Corpus, n_topics: int, seed: int) -> None:
        from gensim.matutils import Sparse2Corpus
        from gensim.models import LdaModel

        self.documents = list(Sparse2Corpus(corpus.train, documents_columns=False))
        names = {at: str(at) for at in range(corpus.train.shape[1])}
        self.model = LdaModel(
            id2word=names, num_topics=n_topics, alpha="auto", eta="auto", random_state=seed, eval_every=None
        )

    def __call__(self) -> None:
        self.model.update(self.documents)

    def estimates(self) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(self.model.get_topics(), float), np.asarray(self.model.alpha, float)


class _sklearn_passes:  # noqa: N801
    """One pass of scikit-learn's online variational Bayes a call, with the priors that suit the corpus."""

    def __init__(self, corpus: Corpus, n_topics: int, seed: int) -> None:
        from sklearn.decomposition import LatentDirichletAllocation

        self.counts, self.alpha = corpus.train, np.full(n_topics, 0.1)
        self.model = LatentDirichletAllocation(
            n_topics, doc_topic_prior=0.1, topic_word_prior=PEER_ETA[corpus.name, n_topics], random_state=seed,
            learning_method="online", learning_offset=10.0, batch_size=512, total_samples=corpus.train.shape[0],
        )  # fmt: skip

    def __call__(self) -> None:
        for at in range(0, self.counts.shape[0], 512):
            self.model.partial_fit(self.counts[at : at + 512])

    def estimates(self) -> tuple[np.ndarray, np.ndarray]:
        return self.model.components_ / self.model.components_.sum(axis=1, keepdims=True), self.alpha


CHILD = """
import json, os, sys, time
import numpy as np
from scipy import sparse
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits
who, path, n_topics, n_sweeps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
counts = sparse.load_npz(path)
clock = time.process_time
def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
begin, code = clock(), 0.0
if who == "tomotopy":
    import tomotopy
    imported, before = clock(), held()
    model = tomotopy.LDAModel(k=n_topics, alpha=0.1, eta=0.03)
    for row in range(counts.shape[0]):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        model.add_doc([str(word) for word in np.repeat(counts.indices[part], counts.data[part])])
    model.train(n_sweeps, workers=1)
else:
    from bandscape.topics import KeywordLDA
    imported, before = clock(), held()
    if os.environ.get("LOAD_KERNELS"):  # theirs came with the import
        KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1, sampler="dense").fit(counts[:20])
        code = held() - before
    KeywordLDA(n_topics=n_topics, n_sweeps=n_sweeps, n_samples=2).fit(counts)
# not ru_maxrss: that begins with the peak of the process that started this one
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024 / 1e6
seconds = {"import": imported - begin, "fit": clock() - imported}
print(json.dumps({"peak": peak, "before": before, "code": code, **seconds}))
"""


def in_fresh_process(
    who: str, path: Path, n_topics: int, n_sweeps: int, **environment: str
) -> dict[str, float]:
    result = subprocess.run(
        [sys.executable, "-c", CHILD, who, str(path), str(n_topics), str(n_sweeps)], check=True, text=True,
        capture_output=True, env={**os.environ, **environment}, cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    return json.loads(result.stdout.splitlines()[-1])


def measure_memory(corpus: Corpus) -> list[dict]:
    """Compare peaks of fresh processes that hold the same counts: the corpus, and the corpus eight times over."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.npz"
        for times in (1, 8):
            sparse.save_npz(path, sparse.vstack([corpus.train] * times).tocsr())
            for n_topics in (50, 200):
                ours, theirs = (
                    in_fresh_process(who, path, n_topics, 4, LOAD_KERNELS="1") for who in ("ours", "tomotopy")
                )
                own, peer = (one["peak"] - one["before"] for one in (ours, theirs))
                rows.append(
                    {
                        "name": f"{corpus.name} x {times}, K={n_topics}, memory of the fit",
                        "value": own,
                        "unit": "MB",
                        "peer": f"tomotopy {peer:.0f} MB",
                        "ratio": peer / own,
                        "note": f"peak above what the process held before (libraries and counts: ours "
                        f"{ours['before']:.0f}, theirs {theirs['before']:.0f} MB); {ours['code']:.0f} MB of it are "
                        f"our kernels and LLVM, loaded by a process' first fit; without, {own - ours['code']:.0f} MB "
                        f"and a ratio of {peer / (own - ours['code']):.2f}",
                    }
                )
    return rows


def measure_start() -> list[dict]:
    """Time the first small fit of a process, kernels compiled or read from numba's cache, in processor seconds."""
    small = sparse.csr_matrix(np.random.default_rng(0).poisson(0.5, (1500, 60)).astype(np.int32))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.npz"
        sparse.save_npz(path, small)
        cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        cold, *warm = (in_fresh_process("ours", path, 20, 4, **cache) for _ in range(4))
    found = {
        "first fit, kernels compiled": (cold["fit"], "once on a machine"),
        "first fit, kernels from the cache": (min(start["fit"] for start in warm), "best of 3"),
        "import": (min(start["import"] for start in warm), "best of 3"),
    }
    return [
        {"name": name, "value": value, "unit": "s", "note": note} for name, (value, note) in found.items()
    ]


@threadpool_limits.wrap(limits=1)  # else the peers' processor time counts threads of BLAS that wait
def run(data_dir: Path) -> list[dict]:
    corpora = [read_reuters(data_dir), read_pitchfork(data_dir)]
    fit_ours(corpora[0], 8, 4, 0)  # compile
    slices = Slices(
        "quality", sources=("topics/*.py", "benchmarks/held_out.py"), about=bool(os.environ.get(MALLET))
    )
    races = [Race(slices, corpus, n_topics) for corpus in corpora for n_topics in (50, 200)]
    rows = [race.against_sampler("MALLET", fit_mallet) for race in races if os.environ.get(MALLET)]
    rows += [row for race in races if race.n_topics == ONLINE_TOPICS for row in race.against_online()]
    rows = [race.against_sampler("tomotopy", fit_tomotopy) for race in races] + rows
    starts, memory = (
        slices.part("start", measure_start),
        slices.part("memory", lambda: measure_memory(corpora[1])),
    )
    return [*starts, *memory, *rows]


def tune_peer(data_dir: Path) -> None:
    """Print tomotopy's perplexity of the tuning part for each eta."""
    for corpus in (read_reuters(data_dir), read_pitchfork(data_dir)):
        for n_topics in (50, 200):
            for eta in PEER_ETAS:
                fit = fit_tomotopy(corpus.train, n_topics, eta, 11, PEER_SWEEPS)
                print(
                    f"{corpus.name}, K={n_topics}, eta={eta}: {perplexity(fit, corpus.tune):.1f}", flush=True
                )


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    data_dir = Path(os.environ.get("BANDSCAPE_DATA", default))
    if "--tune-peer" in sys.argv:
        tune_peer(data_dir)
        return
    begin = time.perf_counter()
    for row in run(data_dir):
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        print(f"{row['name']}: {row['value']:.2f} {row['unit']}; {row.get('peer', '')} {ratio} {row['note']}")
    print(f"in {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
