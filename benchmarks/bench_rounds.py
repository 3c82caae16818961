"""Control: of 100 scripted edits, how many are obeyed, at what cost to held-out likelihood, and how fast.

The Pitchfork reviews are split into nine tenths to fit and one tenth to score (document completion, one fixed split of
the tokens). From a model of 50 topics, 20 rounds are refitted one from the other; each round gets five edits, one of
each kind, chosen by rule and seed from the round's own topics, never by hand:

- pin: a word on ranks 21 to 200 of a random topic that the topic does not own yet (it has less than half of it);
- exclude: one of the 20 first words of a random topic;
- move: one of the 20 first words of a random topic, to the topic that has most of the word apart from that one;
- split: one of the ten largest topics, in two;
- merge: the two topics that are most alike (cosine).

A topic has at most one edit a round, and none while it holds less than a fifth of an average topic's tokens: such a
one has no words of its own to edit. What obeying means is in ``bandscape.topics.rounds.obeyed``: it is judged by the
tokens, not by the prior. A control chain of as many refits without edits tells what the edits cost from what more
sampling gains. "Still obeyed" judges every pin, exclusion and move again at the end of all rounds, where later edits
may have split, merged or moved its topic. The time of the command is that of a whole process on the whole corpus,
from the start of Python to the written round, five edits and 30 sweeps.

Run ``python -m benchmarks rounds``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bandscape.datasets import PreparedText
from bandscape.topics import KeywordLDA
from bandscape.topics.rounds import Exclude, Move, Pin, TopicEdits, judge_edits, refit

N_ROUNDS, SEED, N_TOPICS, N_JOBS = 20, 7, 50, 2
LEAST_SHARE = 0.2  # of an average topic's
N_COMMANDS = 3
BANDSCAPE = (sys.executable, "-m", "bandscape")


def prepare_workspace(data_dir: Path, folder: Path) -> None:
    """Import the reviews and prepare their texts, by the command line."""
    source = data_dir / "pitchfork" / "pitchfork.sqlite.xz"
    for words in (["import", source, "--out", folder], ["topics", "fit", folder, "--topics", N_TOPICS]):
        subprocess.run([*BANDSCAPE, *map(str, words)], check=True, capture_output=True)


def split_reviews(folder: Path) -> tuple[csr_matrix, csr_matrix, list[str]]:
    """Return the counts to fit, those to score, and the words."""
    prepared = PreparedText.read(folder / "corpus")
    counts = prepared.counts[np.diff(prepared.counts.indptr) > 0]
    order = np.random.default_rng(0).permutation(counts.shape[0])
    n_test = counts.shape[0] // 10
    train, test = counts[np.sort(order[n_test:])], counts[np.sort(order[:n_test])]
    return train, test, prepared.vocabulary["word"].tolist()


class Script:
    """Chooses edits by rule."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def edits(self, model: KeywordLDA) -> TopicEdits:
        """Return five edits of different topics."""
        ids, words = model.topic_ids_.tolist(), model.vocabulary_.tolist()
        joint = model.topic_share_[:, None] * model.topic_word_
        owned = joint / joint.sum(axis=0)  # p(topic | word)
        ranked = np.argsort(-model.topic_word_, axis=1, kind="stable")
        alive = np.flatnonzero(model.topic_share_ >= LEAST_SHARE / len(ids))
        free = self.rng.permutation(alive).tolist()

        first, second = (int(alive[at]) for at in self.most_alike(model.topic_word_[alive]))
        by_size = [int(at) for at in np.argsort(-model.topic_share_) if at not in (first, second)]
        large = by_size[int(self.rng.integers(10))]
        free = [at for at in free if at not in (first, second, large)]

        pinned = free.pop()
        candidates = [word for word in ranked[pinned, 20:200] if owned[pinned, word] < 0.5]
        pin = candidates[int(self.rng.integers(len(candidates)))]
        source = free.pop()
        moved = ranked[source, int(self.rng.integers(20))]
        target = next(int(at) for at in np.argsort(-owned[:, moved]) if at in free)
        free.remove(target)
        banned = free.pop()
        excluded = ranked[banned, int(self.rng.integers(20))]
        return (
            TopicEdits()
            .pin(ids[pinned], words[pin])
            .exclude(ids[banned], words[excluded])
            .move(words[moved], ids[source], ids[target])
            .merge(ids[first], ids[second])
            .split(ids[large], 2)
        )

    @staticmethod
    def most_alike(topic_word: np.ndarray) -> tuple[int, int]:
        """Return the two rows with the largest cosine."""
        rows = topic_word / np.linalg.norm(topic_word, axis=1, keepdims=True)
        cosines = np.triu(rows @ rows.T, 1)
        first, second = np.unravel_index(int(cosines.argmax()), cosines.shape)
        return int(first), int(second)


def run_rounds(start: KeywordLDA, train: csr_matrix, test: csr_matrix) -> dict:
    """Refit round after round, with edits and without; return verdicts and held-out scores (nats a word)."""
    script, edited, control = Script(SEED), start, start
    result: dict = {
        "verdicts": [],
        "scores": [start.score(test)],
        "control": [start.score(test)],
        "seconds": [],
    }
    lasting: list[tuple[KeywordLDA, TopicEdits]] = []
    later: list[TopicEdits] = []
    for number in range(N_ROUNDS):
        edits = script.edits(edited)
        began = time.process_time()
        refitted = refit(edited, train, edits, n_jobs=N_JOBS)
        result["seconds"].append(time.process_time() - began)
        verdicts = judge_edits(edited, refitted, train, edits)
        result["verdicts"] += [(number, verdict) for verdict in verdicts]
        lasting.append((edited, edits))
        later.append(edits)
        edited = refitted
        control = refit(control, train, n_jobs=N_JOBS)
        result["scores"].append(edited.score(test))
        result["control"].append(control.score(test))
        for verdict in verdicts:
            if not verdict.obeyed:
                print(f"not obeyed in round {number + 1}: {verdict.edit} ({verdict.reason})", file=sys.stderr)
    result["still"] = judge_at_the_end(lasting, edited, train)
    return result


def judge_at_the_end(
    lasting: list[tuple[KeywordLDA, TopicEdits]], last: KeywordLDA, train: csr_matrix
) -> list[bool]:
    """Judge the edits of words against the last round."""
    still = []
    for number, (before, edits) in enumerate(lasting):
        later = [edit for _, others in lasting[number + 1 :] for edit in others]
        verdicts = judge_edits(before, last, train, [*edits, *later])[: len(edits)]
        still += [verdict.obeyed for verdict in verdicts if isinstance(verdict.edit, Pin | Exclude | Move)]
    return still


def time_command(folder: Path) -> list[tuple[float, float, float]]:
    """Time `topics refit` as a user runs it: (wall, processor, sampling share) of whole processes."""
    import resource

    model = KeywordLDA.load(folder / "topics" / "rounds" / "0001" / "model")
    vocabulary = PreparedText.read(
        folder / "corpus"
    ).vocabulary  # edits are typed as the reviews are: no stems
    model.vocabulary_ = vocabulary["display"].to_numpy(object)
    options = [f"--{edit}" for edit in str(Script(SEED).edits(model)).split("; ")]
    times = []
    for _ in range(N_COMMANDS):
        copy = Path(tempfile.mkdtemp()) / "ws"
        shutil.copytree(folder, copy)
        words = [part for option in options for part in option.split(" ", 1)]
        subprocess.run([*BANDSCAPE, "topics", "edit", str(copy), *words], check=True, capture_output=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        refitting = [*BANDSCAPE, "topics", "refit", str(copy), "--threads", str(N_JOBS)]
        subprocess.run(refitting, check=True, capture_output=True)
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append((wall, used))
        shutil.rmtree(copy.parent)
    return times


def rows_of(prior: str, result: dict) -> list[dict]:
    """Lay the results of a prior out."""
    verdicts = [verdict for _, verdict in result["verdicts"]]
    by_kind = Counter(type(verdict.edit).__name__.lower() for verdict in verdicts)
    obeyed = Counter(type(verdict.edit).__name__.lower() for verdict in verdicts if verdict.obeyed)
    scores, control = np.array(result["scores"]), np.array(result["control"])
    steps = np.exp(-np.diff(scores)) - 1  # relative change of the perplexity, round by round
    name = f"Pitchfork, K={N_TOPICS}, {prior} prior"
    return [
        {
            "name": f"{name}: edits obeyed",
            "value": sum(verdict.obeyed for verdict in verdicts),
            "unit": f"of {len(verdicts)}",
            "note": ", ".join(f"{kind} {obeyed[kind]}/{n}" for kind, n in sorted(by_kind.items())),
        },
        {
            "name": f"{name}: pins, exclusions and moves still obeyed {N_ROUNDS} rounds later",
            "value": sum(result["still"]),
            "unit": f"of {len(result['still'])}",
        },
        {
            "name": f"{name}: held-out log-likelihood a word after all edits",
            "value": float(100 * (scores[-1] / scores[0] - 1)),
            "unit": "% worse",
            "peer": f"the same refits without edits: {100 * (control[-1] / control[0] - 1):+.2f} %",
            "note": f"{scores[0]:.4f} to {scores[-1]:.4f}; without edits {control[-1]:.4f}",
        },
        {
            "name": f"{name}: held-out perplexity after all edits",
            "value": float(100 * (math.exp(scores[0] - scores[-1]) - 1)),
            "unit": "% worse",
            "peer": f"the same refits without edits: {100 * (math.exp(control[0] - control[-1]) - 1):+.2f} %",
            "note": f"{math.exp(-scores[0]):.0f} to {math.exp(-scores[-1]):.0f}; "
            f"worst single round {100 * steps.max():+.2f} %, median {100 * statistics.median(steps):+.2f} %",
        },
        {
            "name": f"{name}: refit of five edits",
            "value": statistics.median(result["seconds"]),
            "unit": "s processor",
            "note": f"{N_JOBS} threads; {min(result['seconds']):.1f} to {max(result['seconds']):.1f}",
        },
    ]  # fmt: skip


def run(data_dir: Path) -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ws"
        prepare_workspace(data_dir, workspace)
        train, test, words = split_reviews(workspace)
        for prior in ("classic", "proportional"):
            start = KeywordLDA(
                n_topics=N_TOPICS, prior=prior, doc_topic_prior="auto", topic_word_prior="auto", n_jobs=N_JOBS
            )
            start.fit(train, vocabulary=words)
            rows += rows_of(prior, run_rounds(start, train, test))
        times = time_command(workspace)
    wall, used = min(time[0] for time in times), min(time[1] for time in times)
    rows.append(
        {
            "name": "bandscape topics refit, all reviews, five edits: the whole command",
            "value": wall,
            "unit": "s wall",
            "note": f"{used:.1f} s processor on {N_JOBS} threads; best of {N_COMMANDS}",
        }
    )
    return rows


def main() -> None:
    """Print the figures."""
    from benchmarks.__main__ import data_dir

    for row in run(data_dir()):
        print(
            f"{row['name']:<70} {row['value']:9.2f} {row['unit']:<12} {row.get('peer', ''):<48} {row.get('note', '')}"
        )


if __name__ == "__main__":
    main()
