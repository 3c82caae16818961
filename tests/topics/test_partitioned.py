"""Chains whose tokens lie with a crew: the bytes of the chain that runs here, whatever is lost on the way."""

import hashlib

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import WorkerLostError
from bandscape.core.executors import LocalExecutor
from bandscape.topics import KeywordLDA, annealing, deltas, partitioned
from bandscape.topics.blocks import lay_blocks
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.partitions import Changes, Partition, add_to, deal_share
from bandscape.topics.priors import make_classic_priors
from bandscape.topics.rounds import TopicEdits, refit

WORDS = [f"w{at}" for at in range(40)]
TOPICS = [
    {"id": "a", "keywords": ["w1", "w2"], "excluded": ["w12"]},
    {"id": "b", "frozen": True},
    {"id": "c", "count": 7},
]
OPTIONS = {
    "topics": TOPICS,
    "frozen_topic_word": {"b": np.arange(40.0) / 780},
    "sampler": "dense",
    "n_sweeps": 24,
    "n_samples": 6,
    "optimize_interval": 3,
    "random_state": 4,
}
CHOICES = [
    {},
    {"prior": "proportional"},
    {"prior": "proportional", "optimized_priors": "both"},
    {"annealing": annealing.SmoothAnnealing(is_growing=False)},
    {"n_samples": 1},
]


@pytest.fixture(autouse=True)
def small_corpora_grow(monkeypatch):
    monkeypatch.setattr(annealing, "_LEAST_TOKENS", 0)


class LosingExecutor(LocalExecutor):
    """Loses a member at chosen calls, with all that it holds; the others have done their work by then."""

    def __init__(self, n_partitions, losses=(), most=10_000):
        super().__init__(n_partitions)
        self.losses, self.most, self.n_calls, self.n_lost, self.n_closed = set(losses), most, 0, 0, 0

    def crew(self, build, part, size):
        self.made = _LosingCrew(self, build, part, size)
        return self.made


class _LosingCrew:
    def __init__(self, executor, build, part, size):
        self.executor, self.build, self.part, self.size = executor, build, part, size
        self.members = [build(*part(at)) for at in range(size)]

    def ask(self, method, *shared):
        return self.ask_each(method, [shared] * self.size)

    def ask_each(self, method, arguments):
        executor = self.executor
        at, executor.n_calls = executor.n_calls, executor.n_calls + 1
        lost = at % self.size if at in executor.losses and executor.n_lost < executor.most else None
        answers = []
        for number, given in enumerate(arguments):
            if number == lost:
                self.members[number] = None
            else:
                answers.append(getattr(self.members[number], method)(*given))
        if lost is not None:
            executor.n_lost += 1
            raise WorkerLostError("one of the workers ended")
        return answers

    def replace_lost(self):
        lost = [at for at, member in enumerate(self.members) if member is None]
        for at in lost:
            self.members[at] = self.build(*self.part(at))
        return len(lost)

    def close(self):
        self.executor.n_closed += 1


def digest(model, folder):
    model.save(folder)
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def fit(counts, executor=None, **options):
    return KeywordLDA(**OPTIONS | options).fit(counts, vocabulary=WORDS, executor=executor)


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_any_number_of_partitions_saves_the_same_bytes(tmp_path, random_counts, options):
    expected = digest(fit(random_counts, **options), tmp_path / "here")
    for n_partitions in (1, 2, 3, 40):
        executor = LosingExecutor(n_partitions)
        found = digest(fit(random_counts, executor, **options), tmp_path / str(n_partitions))
        assert found == expected, n_partitions
        assert executor.n_calls > 2 * OPTIONS["n_sweeps"] / 2
        assert executor.n_closed == 1


def test_another_seed_saves_other_bytes(tmp_path, random_counts):
    first = digest(fit(random_counts, LocalExecutor(2)), tmp_path / "1")
    assert digest(fit(random_counts, LocalExecutor(2), random_state=5), tmp_path / "2") != first


def test_a_member_lost_at_any_call_changes_no_byte(tmp_path, random_counts):
    executor = LosingExecutor(3)
    expected = digest(fit(random_counts, executor), tmp_path / "whole")
    assert expected == digest(fit(random_counts), tmp_path / "here")
    for call in range(executor.n_calls):
        losing = LosingExecutor(3, [call])
        assert digest(fit(random_counts, losing), tmp_path / str(call)) == expected, call
        assert losing.n_lost == 1


def test_twenty_losses_in_one_run_change_no_byte(tmp_path, random_counts):
    expected = digest(fit(random_counts, n_sweeps=300), tmp_path / "here")
    losing = LosingExecutor(2, range(3, 2000, 19), most=20)
    assert digest(fit(random_counts, losing, n_sweeps=300), tmp_path / "losing") == expected
    assert losing.n_lost == 20


def test_losses_without_end_are_given_up(random_counts):
    with pytest.raises(WorkerLostError, match=r"5 times in a row.*--executor local"):
        fit(random_counts, LosingExecutor(2, range(10, 10_000)))


def test_work_is_drawn_again_from_the_last_snapshot_only(monkeypatch, random_counts):
    monkeypatch.setattr(partitioned, "SNAPSHOT_STEPS", 4)
    whole, losing = LosingExecutor(2), LosingExecutor(2, [60])
    for executor in (whole, losing):
        fit(random_counts, executor, n_sweeps=60, optimize_interval=0)
    assert (
        1 < losing.n_calls - whole.n_calls <= 1 + 1 + 4 + 1
    )  # asked again, told where to be, drawn again, fetched


@pytest.mark.parametrize("at", [2, 9, 20])
@pytest.mark.parametrize("first", ["here", "partitions"])
def test_a_checkpoint_of_one_executor_serves_the_other(tmp_path, random_counts, first, at):
    expected = digest(fit(random_counts), tmp_path / "whole")
    executors = [None, LocalExecutor(3)]
    if first == "partitions":
        executors.reverse()
    checkpoint, done = Checkpoint(tmp_path / "chain.safetensors", every_s=0), []
    model = KeywordLDA(**OPTIONS)
    model.fit(random_counts, vocabulary=WORDS, checkpoint=checkpoint, executor=executors[0],
              on_progress=lambda event: event.done == at)  # fmt: skip
    model.fit(random_counts, vocabulary=WORDS, checkpoint=checkpoint, executor=executors[1],
              on_progress=lambda event: done.append(event.done))  # fmt: skip
    assert done[0] == at + 1
    assert digest(model, tmp_path / "resumed") == expected


@pytest.mark.parametrize("at", [1, 10, 22])
def test_a_stopped_chain_has_the_estimates_of_the_one_stopped_here(tmp_path, random_counts, at):
    models = [
        KeywordLDA(**OPTIONS).fit(
            random_counts, vocabulary=WORDS, executor=executor, on_progress=lambda event: event.done == at
        )
        for executor in (None, LocalExecutor(3))
    ]
    here, there = (digest(model, tmp_path / str(number)) for number, model in enumerate(models))
    assert here == there


def test_taking_up_documents_and_refitting_go_the_same_way(tmp_path, random_counts):
    digests = []
    for number, executor in enumerate((None, LocalExecutor(3))):
        model = fit(random_counts[:400], executor)
        model.partial_fit(random_counts[400:], executor=executor)
        again = refit(fit(random_counts, executor), random_counts, TopicEdits().exclude("a", "w3"),
                      n_sweeps=8, executor=executor)  # fmt: skip
        digests.append((digest(model, tmp_path / f"{number}"), digest(again, tmp_path / f"{number} again")))
    assert digests[0] == digests[1]


@pytest.mark.parametrize("sampler", ["exact", "sparse"])
def test_other_samplers_draw_here(tmp_path, random_counts, sampler):
    executor = LosingExecutor(3)
    here = digest(fit(random_counts, sampler=sampler), tmp_path / "here")
    assert digest(fit(random_counts, executor, sampler=sampler), tmp_path / "there") == here
    assert executor.n_calls == 0


def test_shares_hold_every_block_once(random_counts, rng):
    blocks = lay_blocks(random_counts, 75, rng)
    lengths = np.asarray(random_counts.sum(axis=1)).ravel()
    shares = [deal_share(blocks, lengths, at, 3) for at in range(3)]
    assert sorted(np.concatenate([share.numbers for share in shares])) == list(range(blocks.n_blocks))
    for share in shares:
        for local, number in enumerate(share.numbers):
            tokens = blocks.tokens(number)
            np.testing.assert_array_equal(
                share.blocks.slots[share.blocks.tokens(local)], blocks.slots[tokens]
            )
            docs = blocks.order[blocks.places(number)]
            np.testing.assert_array_equal(share.lengths[share.blocks.places(local)], lengths[docs])


@pytest.mark.parametrize("part", [0.0, 0.02, 1.0])
def test_listed_changes_are_the_difference_of_the_counts(rng, part):
    before = rng.integers(0, 50, (40, 9)).astype(np.int32)
    after = np.where(rng.random(before.shape) < part, rng.integers(0, 50, before.shape), before).astype(
        np.int32
    )
    n_changed = np.zeros(40, np.int64)
    for words in ((0, 11), (11, 40)):
        deltas.count_changes(*words, before, after, n_changed)
    starts = np.concatenate([[0], np.cumsum(n_changed)])
    topics, values = np.empty(starts[-1], np.uint16), np.empty(starts[-1], np.int32)
    for words in ((0, 11), (11, 40)):
        deltas.list_changes(*words, before, after, starts, topics, values)
    assert (values != 0).all()
    assert len(values) == np.count_nonzero(after != before)

    def each(function, items):
        return [function(item) for item in items]

    counts = before.copy()
    add_to(counts, Changes(starts, topics, values), each, [(0, 20), (20, 40)])
    np.testing.assert_array_equal(counts, after)


@pytest.mark.parametrize("share", [0.02, 0.9])
def test_changes_travel_in_the_shorter_form(random_counts, share):
    lengths = np.asarray(random_counts.sum(axis=1)).ravel()
    blocks = lay_blocks(random_counts, 75, np.random.default_rng(0))
    priors = make_classic_priors(make_free_topics(30), {}, np.asarray(random_counts.sum(axis=0)).ravel())
    partition = Partition(deal_share(blocks, lengths, 0, 1), priors, 3, 1, {})
    before = np.zeros((40, 30), np.int32)
    after = (np.random.default_rng(0).random((40, 30)) < share).astype(np.int32)
    changes = partition._list_changes(before, after)
    assert changes.values.ndim == (1 if share < 0.5 else 2)
    add_to(before, changes, partition.sampler.each, [(0, 40)])
    np.testing.assert_array_equal(before, after)


def test_an_empty_partition_is_never_made(tmp_path):
    counts = csr_matrix(np.ones((3, 40), np.int32))
    executor = LosingExecutor(5)
    options = {"topics": None, "frozen_topic_word": None, "n_topics": 2}
    here = digest(fit(counts, **options), tmp_path / "here")
    assert digest(fit(counts, executor, **options), tmp_path / "there") == here
    assert executor.made.size == 1
