"""The steps that judge a round of topics: its diagnosis, and further chains of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.checkpoints import Checkpoint, fingerprint
from ...core.errors import ParameterError, WorkspaceError
from ...core.files import read_json, read_table, write_json, write_table
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .keywords import load_prepared
from .paths import COUNTS, TOKENS, VOCABULARY
from .round_corpus import refuse_earlier
from .topics import current_round, round_folder
from .word_forms import WordForms

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from ...datasets import PreparedText
    from ...topics import KeywordLDA
    from ...topics.diagnostics import Convergence

FRESH_SWEEPS = 200
"""Of a fit from scratch where the round itself was warm and short."""
MAX_HELD_OUT = 1000
"""Documents scored left to right in one part; the others held out with them are left out of the fit only."""


def diagnosis_folder(number: int) -> str:
    """Return the workspace folder of a round's diagnosis."""
    return f"topics/diagnosis/{number:04d}"


def chains_folder(number: int) -> str:
    """Return the workspace folder of a round's chains."""
    return f"topics/chains/{number:04d}"


def load_round(workspace: Workspace, number: int) -> "KeywordLDA":
    """Return the model of a round."""
    from ...topics import KeywordLDA

    return KeywordLDA.load(workspace.verified(f"{round_folder(number)}/model/manifest.json").parent)


def diagnose_round(
    workspace: Workspace,
    *,
    held_out: float = 0.1,
    n_folds: int = 1,
    random_state: int = 0,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Judge the current round: convergence, coherence, distinctness, and held-out documents of a fresh fit.

    Parameters
    ----------
    workspace : Workspace
        Open for writing.
    held_out : float in [0, 0.5]
        Share of the documents that a fit of its own does not see and that are then scored; 0 leaves this out.
    n_folds : int, >= 1
        Disjoint parts held out in turn, each with a fit of its own.
    random_state : int
        Of the choice of documents and of the scores; the fits have the round's seed.
    n_jobs : int
    on_progress : callable, optional
    """
    if not 0 <= held_out <= 0.5:
        raise ParameterError(f"the share held out must be in 0 .. 0.5; got {held_out}")
    if n_folds < 1 or n_folds * held_out > 1 + 1e-9:
        raise ParameterError(f"{n_folds} folds of {held_out:g} of the documents are more than there are")
    number = current_round(workspace)
    step = f"diagnosis/{number:04d}"
    checkpoint = workspace.checkpoint(step)

    def build(stage: Path) -> None:
        prepared, model = load_prepared(workspace), load_round(workspace, number)
        table, summary = _judge(model, prepared, WordForms(workspace, number, model))
        summary |= {"round": number, "convergence": _convergence(model)}
        summary["held_out"] = (
            _hold_out(
                model, prepared.counts, held_out, n_folds, random_state, n_jobs, on_progress, checkpoint
            )
            if held_out
            else None
        )
        folder = stage / diagnosis_folder(number)
        folder.mkdir(parents=True)
        write_table(folder / "topics.parquet", table)
        write_json(folder / "summary.json", _plain(summary))

    parameters = {"held_out": held_out, "folds": n_folds, "seed": random_state}
    return workspace.run_step(step, build, parameters=parameters, inputs=_inputs(workspace, number))


def read_diagnosis(workspace: Workspace) -> dict[str, Any]:
    """Return the diagnosis of the current round: its summary, with the table of topics as ``topics``."""
    return _read(workspace, diagnosis_folder(current_round(workspace)), "diagnose")


def fit_round_chains(
    workspace: Workspace,
    *,
    n_chains: int = 4,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Fit the current round again with other seeds, begun at random, and compare it with these chains.

    Chains that are done, and how far the others are, is kept until all are, so that an interrupted command goes on.
    """
    number = current_round(workspace)
    inputs, parameters = _inputs(workspace, number), {"chains": n_chains, "begin": "random"}

    def build(stage: Path) -> None:
        import shutil

        from ...topics.diagnostics import DISPERSED, compare_chains

        first = load_round(workspace, number)
        kept = workspace.cache("chains") / fingerprint(inputs, DISPERSED)
        seeds = [(first.seed_ + chain) % 2**63 for chain in range(1, n_chains)]
        checkpoints = {seed: workspace.checkpoint(f"chains/{number:04d}/{seed}") for seed in seeds}
        counts = load_prepared(workspace).counts
        models = [first, *_more_chains(first, counts, checkpoints, kept, n_jobs, on_progress)]
        forms = WordForms(workspace, number, first)
        _write_chains(stage / chains_folder(number), number, compare_chains(models), forms)
        shutil.rmtree(kept, ignore_errors=True)

    return workspace.run_step(f"chains/{number:04d}", build, parameters=parameters, inputs=inputs)


def read_chains(workspace: Workspace) -> dict[str, Any]:
    """Return the comparison of the current round's chains: summary, ``topics`` and ``words``."""
    folder = chains_folder(current_round(workspace))
    found = _read(workspace, folder, "chains")
    words = read_table(workspace.verified(f"{folder}/words.parquet")).to_pylist()
    return {**found, "words": words}


def rank_round_words(workspace: Workspace, number: int, order: str, n_words: int) -> list[dict[str, Any]]:
    """Return the topics of a round as in its summary, the words in another order and in their usual form."""
    import numpy as np

    from ...topics.diagnostics import rank_words, top_word_ids

    model = load_round(workspace, number)
    forms = WordForms(workspace, number, model)
    counts = read_table(workspace.verified(VOCABULARY), ["count"])["count"]
    scores = rank_words(model.topic_word_, order, word_counts=np.asarray(counts))
    return [
        {
            "id": str(topic),
            "share": float(model.topic_share_[at]),
            "words": [
                {
                    "word": forms.of(str(topic), str(model.vocabulary_[word])),
                    "p": float(model.topic_word_[at, word]),
                    "score": float(scores[at, word]),
                }
                for word in top_word_ids(scores[at : at + 1], n_words)[0]
            ],
        }
        for at, topic in enumerate(model.topic_ids_)
    ]


def _inputs(workspace: Workspace, number: int) -> dict[str, str]:
    refuse_earlier(workspace, number)
    paths = (COUNTS, VOCABULARY, TOKENS, f"{round_folder(number)}/model/manifest.json")
    return {path: workspace.sha256(path) for path in paths}


def _read(workspace: Workspace, folder: str, command: str) -> dict[str, Any]:
    if not workspace.has(f"{folder}/summary.json"):
        raise WorkspaceError(
            f"{workspace.root}: the current topics have none of this; run "
            f"`bandscape topics {command} {as_word(workspace.root)}`"
        )
    summary = read_json(workspace.verified(f"{folder}/summary.json"))
    return {**summary, "topics": read_table(workspace.verified(f"{folder}/topics.parquet")).to_pylist()}


def _judge(model: "KeywordLDA", prepared: "PreparedText", forms: WordForms) -> tuple[Any, dict[str, Any]]:
    """Return the table of topics and the figures of the model as a whole."""
    import pyarrow as pa

    from ...topics.diagnostics import judge_topics, top_word_ids, topic_diversity

    table = judge_topics(model, prepared.counts, prepared.tokens["word_ids"].tolist())
    best = model.vocabulary_[top_word_ids(model.topic_word_, 10)]
    table["words"] = [
        [forms.of(topic, word) for word in row] for topic, row in zip(table["topic"], best, strict=True)
    ]
    means = {f"mean_{name}": table[name].mean() for name in ("npmi", "u_mass", "c_v", "exclusivity")}
    return (
        pa.Table.from_pandas(table, preserve_index=False),
        {"n_topics": len(table), "diversity": topic_diversity(model.topic_word_), **means},
    )


def _convergence(model: "KeywordLDA") -> dict[str, Any]:
    from ...topics.diagnostics import diagnose_traces

    try:
        return _convergence_facts(diagnose_traces([model.trace_]))
    except ParameterError as error:
        return {"converged": False, "warnings": [str(error)]}


def _convergence_facts(found: "Convergence") -> dict[str, Any]:
    from dataclasses import asdict

    return {"converged": found.has_converged, **asdict(found)}


def _hold_out(
    model: "KeywordLDA",
    counts: "csr_matrix",
    share: float,
    n_folds: int,
    seed: int,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    checkpoint: Checkpoint,
) -> dict[str, Any]:
    """Fit the round's settings without some documents and score these, part by part."""
    import numpy as np

    with_words = np.flatnonzero(np.asarray(counts.sum(axis=1)).ravel() > 0)
    shuffled = np.random.default_rng(seed).permutation(with_words)
    size = max(round(share * len(shuffled)), 1)
    if n_folds * size >= len(shuffled):
        size = len(shuffled) // n_folds
    if not 1 <= size < len(shuffled):
        raise WorkspaceError(f"too few reviews with words, {len(shuffled)}, to hold any of them out")
    parts = []
    for fold in range(n_folds):
        test = shuffled[fold * size : (fold + 1) * size]
        train = np.setdiff1d(with_words, test)
        parts.append(
            _score_part(
                model, counts[train], counts[test[:MAX_HELD_OUT]], seed, n_jobs, on_progress, checkpoint
            )
        )
    names = [name for name in parts[0] if name.endswith("perplexity")]
    means = {name: float(np.mean([part[name] for part in parts])) for name in names}
    return {"share": share, "n_train": len(with_words) - size, "folds": parts, **means}


def _score_part(
    model: "KeywordLDA",
    train: "csr_matrix",
    test: "csr_matrix",
    seed: int,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    checkpoint: Checkpoint,
) -> dict[str, Any]:
    from dataclasses import asdict

    from ...core.errors import BandscapeError
    from ...topics.diagnostics import score_held_out

    fitted: Any = _unfitted(model).set_params(n_jobs=n_jobs)
    fitted.fit(train, vocabulary=model.vocabulary_, on_progress=on_progress, checkpoint=checkpoint)
    if fitted.n_sweeps_ < fitted.n_sweeps:
        raise BandscapeError("stopped before the fit without the held-out reviews was done")
    found = score_held_out(fitted, test, random_state=seed, n_jobs=n_jobs, on_progress=on_progress)
    return {
        **asdict(found),
        "completion_perplexity": found.completion_perplexity,
        "left_to_right_perplexity": found.left_to_right_perplexity,
        "unigram_perplexity": _unigram_perplexity(train, test),
    }


def _unfitted(model: "KeywordLDA") -> Any:
    """Return a copy to be fitted from scratch; a round that went on from another one had few sweeps of its own."""
    from sklearn.base import clone

    copy: Any = clone(model)
    temperatures = model.trace_["temperature"]
    if (temperatures == temperatures[0]).all():
        copy.set_params(n_sweeps=FRESH_SWEEPS, n_samples=FRESH_SWEEPS // 4)
    return copy


def _unigram_perplexity(train: "csr_matrix", test: "csr_matrix") -> float:
    """Return the perplexity of a model without topics: the words' frequencies, half a count added to each."""
    import numpy as np

    frequencies = np.asarray(train.sum(axis=0), float).ravel() + 0.5
    logs = np.log(frequencies / frequencies.sum())
    occurrences = np.asarray(test.sum(axis=0), float).ravel()
    return float(np.exp(-(occurrences @ logs) / occurrences.sum()))


def _more_chains(
    first: "KeywordLDA",
    counts: "csr_matrix",
    checkpoints: Mapping[int, Checkpoint],
    kept: Path,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> list["KeywordLDA"]:
    """Return a chain for each seed that ``checkpoints`` has; those kept from an interrupted run are read."""
    from ...topics import KeywordLDA
    from ...topics.diagnostics import DISPERSED, fit_seeds

    folders = {seed: kept / str(seed) for seed in checkpoints}
    missing = [seed for seed in checkpoints if not (folders[seed] / "manifest.json").exists()]
    for at in range(0, len(missing), n_jobs):
        some = missing[at : at + n_jobs]
        models = fit_seeds(
            _unfitted(first),
            counts,
            some,
            begins=[DISPERSED] * len(some),
            vocabulary=first.vocabulary_,
            n_jobs=n_jobs,
            on_progress=on_progress,
            checkpoints=checkpoints,
        )
        for seed, model in zip(some, models, strict=True):
            model.save(folders[seed])
    return [KeywordLDA.load(folder) for folder in folders.values()]


def _write_chains(folder: Path, number: int, chains: Any, forms: WordForms) -> None:
    import pyarrow as pa

    folder.mkdir(parents=True)
    topics, words = chains.topics_table(), chains.words_table()
    words["word"] = [forms.of(topic, word) for topic, word in zip(words["topic"], words["word"], strict=True)]
    stable = topics["is_stable"]
    summary = {
        "round": number,
        "n_chains": chains.n_chains,
        "n_topics": len(topics),
        "n_stable": int(stable.sum()),
        "stable_share": float(topics["share"][stable].sum()),
        "mean_stability": float(topics["stability"].mean()),
        "convergence": None if chains.convergence is None else _convergence_facts(chains.convergence),
    }
    write_json(folder / "summary.json", _plain(summary))
    for name, table in (("topics", topics), ("words", words)):
        write_table(folder / f"{name}.parquet", pa.Table.from_pandas(table, preserve_index=False))


def _plain(value: Any) -> Any:
    """Return a JSON-able copy: numbers of numpy as Python's, what is not finite as None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    is_broken = isinstance(value, float) and (value != value or value in (float("inf"), float("-inf")))
    return None if is_broken else value
