"""The step of a topic round, and the configuration of topics."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, WorkspaceError
from ...core.executors import Executor
from ...core.executors.local import map_threads
from ...core.files import TableWriter, write_json, write_table, write_text
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .corpus import count_texts, count_words, load_prepared
from .freezing import frozen_rows, resolve_frozen
from .paths import COUNTS, CURRENT_ROUND, REVIEWS, TOKENS, VOCABULARY, round_folder, round_step
from .records import run_round, topic_rounds
from .review_keys import write_text_hashes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...datasets import PreparedText
    from ...topics import KeywordLDA, Topic

USUAL_PRIOR = "proportional"  # of even topics: docs/topics.md has the figures
_WRITERS = 2  # files of a round written at a time: each waits for the disk, and holds tables of its own
PRIOR_LEVEL = "auto"  # of alpha and beta, with the classic prior: chosen from the corpus, then fitted to it


def fit_topics(
    workspace: Workspace,
    *,
    config: Sequence[Mapping[str, Any]] | None = None,
    n_topics: int | None = None,
    n_sweeps: int = 200,
    prior: str | None = None,
    random_state: int = 0,
    keep_keywords: bool = False,
    begin: str = "auto",
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> StepRecord:
    """Fit a round of topics on the prepared corpus; the round becomes the current one.

    Raises
    ------
    ParameterError
        If it is said where words begin, with another prior than the classic one.
    WorkspaceError
        If the texts have no words.
    """
    if begin != "auto" and (prior or USUAL_PRIOR) != "classic":
        raise ParameterError(
            f"--begin {begin} needs --prior classic: it says where words begin with that prior; got the "
            f"{prior or USUAL_PRIOR} prior"
        )
    check_words(workspace)
    config, sources = resolve_frozen(workspace, config or ())
    parameters = {
        "topics": config or None,
        "n_topics": None if config else n_topics or default_topic_count(workspace),
        **({} if config or n_topics else {"distinct": True}),
        "n_sweeps": n_sweeps,
        "prior": prior or USUAL_PRIOR,
        "doc_topic_prior": PRIOR_LEVEL,
        "topic_word_prior": PRIOR_LEVEL,
        "seed": random_state,
        **({"released_keywords": []} if keep_keywords else {}),
        **({"begin": begin} if begin != "auto" else {}),
    }
    inputs = {path: workspace.sha256(path) for path in (COUNTS, VOCABULARY, TOKENS)} | sources

    def build(folder: Path, number: int) -> None:
        _write_round(workspace, folder, parameters, n_jobs, number, on_progress, executor)

    return run_round(workspace, build, parameters=parameters, inputs=inputs, config=config)


def check_words(workspace: Workspace) -> None:
    """Raise WorkspaceError, which says why, if the prepared text has no words."""
    if not count_words(workspace):
        raise WorkspaceError(f"{workspace.root}: {_why_no_words(workspace)}, so there are no topics to find")


def _why_no_words(workspace: Workspace) -> str:
    """Say why the vocabulary is empty."""
    n_texts = count_texts(workspace)
    if not n_texts:
        return "no review has a text"
    settings = workspace.steps()["text"].parameters
    remedy = " (--min-reviews 1 takes rarer words)" if settings["min_document_count"] > 1 else ""
    return (
        f"no review has a text with words that occur often enough: of {n_texts:,} with text, a word must be in "
        f"{settings['min_document_count']} at least and in {100 * settings['max_document_share']:.0f} % at most, and "
        f"stop words and numbers do not count{remedy}"
    )


def default_topic_count(workspace: Workspace) -> int:
    """Return how many topics to look for when nobody says: one for ten texts, 20 at most, 50 in a large corpus.

    Where some of them come out alike, :func:`fit_topics` looks for as many as differ.
    """
    n_texts = count_texts(workspace)
    usual = 50 if n_texts >= 3000 else min(20, max(2, n_texts // 10))
    return min(usual, count_words(workspace))


def kept_round(workspace: Workspace, *, random_state: int) -> StepRecord | None:
    """Return the current round if it still holds and has this seed: `run` leaves what the user fitted alone.

    Raises
    ------
    ChecksumError
        If one of its files is damaged: made anew it would be another, without the edits that led to it.
    """
    number = workspace.values().get(CURRENT_ROUND)
    if number is None or not workspace.has(f"{round_folder(number)}/summary.json"):
        return None
    record = topic_rounds(workspace)[number]
    if record.parameters["seed"] != random_state:
        return None
    for path in record.outputs:
        workspace.verified(path)
    return record


def kept_prior(workspace: Workspace) -> str | None:
    """Return the prior of the current round: a workspace's own topics.json is fitted with it again."""
    number = workspace.values().get(CURRENT_ROUND)
    return topic_rounds(workspace)[number].parameters["prior"] if number else None


def current_round(workspace: Workspace) -> int:
    """Return the number of the current round.

    Raises
    ------
    WorkspaceError
        If no topics have been fitted.
    """
    number = workspace.values().get(CURRENT_ROUND)
    if number is None:
        raise WorkspaceError(
            f"{workspace.root}: has no topics yet; run `bandscape topics fit {as_word(workspace.root)}`"
        )
    return number


def _write_round(
    workspace: Workspace,
    folder: Path,
    parameters: dict[str, Any],
    n_jobs: int,
    number: int,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> None:
    from ...topics import check_topics, list_terms, map_keywords

    prepared = load_prepared(workspace)
    topics, surfaces = None, {}
    if parameters["topics"]:
        checked = check_topics(parameters["topics"])
        topics, surfaces = map_keywords(checked, prepared.normalizer(list_terms(checked)))
    fit_model = partial(
        _fit, workspace, prepared, parameters, topics, number=number, n_jobs=n_jobs, on_progress=on_progress,
        executor=executor,
    )  # fmt: skip
    model = fit_model(parameters["n_topics"] or len(topics or ()))
    while parameters.get("distinct") and (n_distinct := _n_distinct(model)) < len(model.topic_ids_):
        model = fit_model(n_distinct)
    write_round_files(
        workspace, folder, model, prepared, surfaces, n_jobs=n_jobs, about={"round": number, "parent": None}
    )


def _fit(
    workspace: Workspace,
    prepared: "PreparedText",
    parameters: dict[str, Any],
    topics: "Sequence[Topic] | None",
    n_topics: int,
    *,
    number: int,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> "KeywordLDA":
    from ...topics import KeywordLDA

    words = prepared.vocabulary["word"].tolist()
    model = KeywordLDA(
        n_topics=n_topics,
        topics=topics,
        frozen_topic_word=frozen_rows(workspace, topics or (), words),
        prior=parameters["prior"],
        doc_topic_prior=parameters["doc_topic_prior"],
        topic_word_prior=parameters["topic_word_prior"],
        released_keywords=parameters.get("released_keywords", "auto"),
        begin=parameters.get("begin", "auto"),
        n_sweeps=parameters["n_sweeps"],
        n_samples=max(1, min(50, parameters["n_sweeps"] // 4)),
        n_jobs=n_jobs,
        random_state=parameters["seed"],
    )
    return model.fit(
        prepared.counts, vocabulary=words, on_progress=on_progress,
        checkpoint=workspace.checkpoint(round_step(number)), executor=executor,
    )  # fmt: skip


def _n_distinct(model: "KeywordLDA") -> int:
    from ...topics.diagnostics import count_distinct_topics

    return max(2, count_distinct_topics(model.topic_word_, model.topic_share_))


def has_topics(workspace: Workspace) -> bool:
    """Return whether there is a current round, of the texts that the workspace holds now."""
    number = workspace.values().get(CURRENT_ROUND)
    return number is not None and workspace.has(f"{round_folder(number)}/summary.json")


def write_round_files(
    workspace: Workspace,
    folder: Path,
    model: "KeywordLDA",
    prepared: "PreparedText",
    surfaces: Mapping[str, str],
    *,
    n_jobs: int,
    about: Mapping[str, Any],
) -> None:
    """Write the model of a round, its reports and tables, and what ``topics history`` says about it."""
    from .keywords import write_keyword_report, write_word_topics

    folder.mkdir(parents=True)
    writers = (
        partial(_write_reports, folder, model, prepared, n_jobs),
        partial(write_word_topics, folder, model, prepared, n_jobs=n_jobs),
        partial(write_keyword_report, folder, model, prepared, surfaces, n_jobs=n_jobs),
        partial(model.save, folder / "model"),
        partial(_write_doc_topics, folder, model, prepared),
        partial(write_text_hashes, workspace, folder),
    )
    map_threads(lambda write: write(), writers, n_jobs=min(n_jobs, _WRITERS))
    facts = {
        "topics": len(model.topic_ids_),
        "sweeps": model.n_sweeps_,
        "log_likelihood": float(model.trace_["log_likelihood"][-model.n_samples :].mean()),
    }
    facts |= {"reviews_sha256": workspace.sha256(REVIEWS)}
    write_json(folder / "round.json", {**facts, **about})


def shown_words(model: "KeywordLDA", prepared: "PreparedText", *, n_jobs: int = 1) -> "NDArray[np.object_]":
    """Return each word as it is mostly written within each topic, shape (n_topics, n_words)."""
    from ...topics import choose_surfaces, display_words, expected_surface_counts

    surfaces = [surface for row in prepared.vocabulary["surfaces"] for surface in row]
    word_of = [word for word, row in enumerate(prepared.vocabulary["surfaces"]) for _ in row]
    expected = expected_surface_counts(
        prepared.surface_counts(), word_of, model.topic_word_, model.doc_topic_, n_jobs=n_jobs
    )
    chosen = choose_surfaces(expected, word_of, len(prepared.vocabulary))
    return display_words(surfaces, chosen, prepared.vocabulary["word"].tolist())


def _write_reports(folder: Path, model: "KeywordLDA", prepared: "PreparedText", n_jobs: int) -> None:
    """Write the topics as the author's report, as JSON and as a table, in each word's usual form."""
    import pyarrow as pa

    from ...topics import format_report, list_topics, topics_table

    shown = shown_words(model, prepared, n_jobs=n_jobs)
    topics = list_topics(model.topic_ids_.tolist(), model.topic_share_, model.topic_word_, shown)
    for topic, words in zip(topics, _telling_words(model, shown), strict=True):
        topic["telling"] = words
    write_text(folder / "topics.txt", format_report(topics))
    write_json(folder / "summary.json", topics)
    write_table(folder / "topics.parquet", pa.Table.from_pandas(topics_table(topics), preserve_index=False))


def _telling_words(model: "KeywordLDA", shown: "NDArray[np.object_]") -> list[list[str]]:
    """Return a few words to call each topic by; of noise, which is told by nothing, the most probable ones."""
    from ...topics import background_topics
    from ...topics.diagnostics import telling_word_ids, top_word_ids

    ids = telling_word_ids(model.topic_word_, model.word_counts_)
    noise = list(background_topics(model.topics_))
    ids[noise] = top_word_ids(model.topic_word_[noise], ids.shape[1])
    return [row[chosen].tolist() for row, chosen in zip(shown, ids, strict=True)]


def _write_doc_topics(folder: Path, model: "KeywordLDA", prepared: "PreparedText") -> None:
    """Write p(topic | review) of the reviews that have words, some thousand at a time."""
    import numpy as np
    import pyarrow as pa

    topics = model.topic_ids_.tolist()
    schema = pa.schema([("review_id", pa.string()), *((topic, pa.float32()) for topic in topics)])
    has_words = np.diff(prepared.counts.indptr) > 0
    first = 0
    with TableWriter(folder / "doc_topics.parquet", schema) as writer:
        for ids in prepared.review_ids():
            kept = np.flatnonzero(has_words[first : first + len(ids)])
            shares = model.doc_topic_[first + kept]
            columns = [pa.array([ids[at] for at in kept.tolist()], pa.string())]
            columns += [pa.array(np.ascontiguousarray(share)) for share in shares.T]
            if len(kept):
                writer.write(pa.table(columns, schema=schema))
            first += len(ids)
