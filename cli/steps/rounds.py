"""Rounds that go on from another: refit, history, undo, differences."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ChecksumError, ParameterError, SourceError, WorkspaceError
from ...core.executors import Executor
from ...core.files import read_json, sha256_of
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from .corpus import load_prepared, prepare_corpus_text
from .drafts import drop_draft, go_to_round, read_draft
from .freezing import frozen_rows, load_round, resolve_frozen
from .paths import COUNTS, PAST_ROUNDS, TOKENS, VOCABULARY, round_folder, round_step
from .records import round_config, run_round, topic_rounds
from .round_corpus import alike_topics, corpus_change, outdated_by
from .topics import check_words, current_round, write_round_files
from .word_forms import WordForms

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import KeywordLDA, Topic
    from ...topics.rounds import TopicDiff, TopicEdits


def refit_topics(
    workspace: Workspace,
    *,
    n_sweeps: int,
    random_state: int | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> StepRecord:
    """Fit a round that goes on from the current one, with the edits that wait; it becomes the current one.

    If the corpus was replaced since, its text is prepared where need be, and the topics are brought to it first.

    Raises
    ------
    WorkspaceError
        If no topics have been fitted, or the reviews have no words.
    ParameterError
        If the topics know none of the words.
    """
    draft = read_draft(workspace)
    model_file = workspace.intact(f"{round_folder(draft.parent)}/model/arrays.safetensors")
    if not workspace.has(COUNTS):
        prepare_corpus_text(workspace, n_jobs=n_jobs, on_progress=on_progress, executor=executor)
    check_words(workspace)
    former = topic_rounds(workspace)[draft.parent].parameters
    config, sources = resolve_frozen(workspace, draft.topics)
    parameters = {
        # rounds of earlier versions did not record all of these
        **{name: former.get(name) for name in ("prior", "doc_topic_prior", "topic_word_prior")},
        "topics": config,
        "n_topics": None,
        "n_sweeps": n_sweeps,
        "seed": former["seed"] if random_state is None else random_state,
        "parent": draft.parent,
        "edits": draft.edits.to_json(),
    }
    inputs = {path: workspace.sha256(path) for path in (COUNTS, VOCABULARY, TOKENS)}
    inputs |= {"parent": sha256_of(model_file), **sources}

    def build(folder: Path, number: int) -> None:
        _write_refit(workspace, folder, parameters, draft.edits, n_jobs, number, on_progress, executor)

    return run_round(workspace, build, parameters=parameters, inputs=inputs, config=config)


def _write_refit(
    workspace: Workspace,
    folder: Path,
    parameters: dict[str, Any],
    edits: "TopicEdits",
    n_jobs: int,
    number: int,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> None:
    from ...topics import check_topics, list_terms, map_keywords
    from ...topics.rounds import judge_edits, refit, trace_origins

    prepared = load_prepared(workspace)
    former = load_round(workspace, parameters["parent"])
    is_other = outdated_by(workspace, parameters["parent"]) is not None
    parent = _brought(former, prepared, n_jobs, on_progress) if is_other else former
    checked = check_topics(parameters["topics"])
    find_word = prepared.normalizer(list_terms(checked))
    topics, surfaces = map_keywords(checked, find_word)
    origins = trace_origins(parent.topics_, edits)
    model = refit(
        parent, prepared.counts, edits, topics=topics, normalize=find_word,
        frozen_topic_word=_rows_of_other_rounds(workspace, topics, parameters["parent"], parent, origins),
        n_sweeps=parameters["n_sweeps"], random_state=parameters["seed"], n_jobs=n_jobs, on_progress=on_progress,
        checkpoint=workspace.checkpoint(round_step(number)), executor=executor,
    )  # fmt: skip
    verdicts = judge_edits(parent, model, prepared.counts, edits, normalize=find_word)
    about = {
        "round": number,
        "parent": parameters["parent"],
        "edits": [verdict.to_json() for verdict in verdicts],
        "origins": {topic.id: list(origins.get(topic.id, ())) for topic in topics},
    }
    if is_other:
        change = corpus_change(workspace, parameters["parent"], former, model, prepared)
        about["corpus_change"] = change | {"alike": alike_topics(former, model, origins)}
    write_round_files(workspace, folder, model, prepared, surfaces, n_jobs=n_jobs, about=about)


def _brought(
    former: "KeywordLDA", prepared: "PreparedText", n_jobs: int, on_progress: ProgressCallback | None
) -> "KeywordLDA":
    from ...topics.rounds import bring_to_corpus

    words = prepared.vocabulary["word"].tolist()
    return bring_to_corpus(former, prepared.counts, words, n_jobs=n_jobs, on_progress=on_progress)


def _rows_of_other_rounds(
    workspace: Workspace,
    topics: "Sequence[Topic]",
    parent_number: int,
    parent: "KeywordLDA",
    origins: dict[str, tuple[str, ...]],
) -> Any:
    """Return the words of frozen topics that the parent does not hold already as they are wanted."""
    held = {topic.id: topic.frozen_from for topic in parent.topics_ if topic.frozen}

    def is_held(topic: "Topic") -> bool:
        source = next(iter(origins.get(topic.id, ())), topic.id)
        return topic.frozen_from == parent_number or topic.frozen_from == held.get(source)

    others = [topic for topic in topics if topic.frozen and not is_held(topic)]
    return frozen_rows(workspace, others, parent.vocabulary_.tolist())


def list_rounds(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what is known of each round, every round after the one it was made from.

    Returns
    -------
    list of dict
        ``round``, ``parent`` (None for a fit from scratch), ``depth`` in the tree, ``date``, ``topics``, ``sweeps``,
        ``log_likelihood`` (of a word, None where unknown), ``edits`` (with ``edit``, ``obeyed``, ``reason``),
        ``new_reviews`` (taken up by an update), ``current``, ``damaged`` (nothing else is known of it then).
    """
    current = current_round(workspace)
    rows = {
        number: _describe(workspace, number, record) for number, record in topic_rounds(workspace).items()
    }
    children: dict[int | None, list[int]] = {}
    for number, row in sorted(rows.items()):
        children.setdefault(row["parent"] if row["parent"] in rows else None, []).append(number)
    ordered: list[dict[str, Any]] = []
    waiting = [(number, 0) for number in reversed(children.get(None, []))]
    while waiting:
        number, depth = waiting.pop()
        ordered.append({**rows[number], "depth": depth, "current": number == current})
        # an only child goes on in line; where rounds part, each branch is set in
        inner = depth if len(children.get(number, [])) < 2 else depth + 1
        waiting += [(child, inner) for child in reversed(children.get(number, []))]
    return ordered


def round_facts(workspace: Workspace, number: int) -> dict[str, Any]:
    """Return what a round says about itself; little for one made before there was a history."""
    path = f"{round_folder(number)}/round.json"
    if path not in topic_rounds(workspace)[number].outputs:
        return {"round": number, "parent": None, "edits": [], "log_likelihood": None}
    return {"edits": [], **read_json(workspace.intact(path))}


def _describe(workspace: Workspace, number: int, record: StepRecord) -> dict[str, Any]:
    try:  # the list is what leads to the other rounds, so one that is damaged stands in it
        facts = round_facts(workspace, number)
        n_topics, damaged = facts.get("topics") or len(round_config(workspace, number)), False
    except ChecksumError:
        facts = {"parent": None, "log_likelihood": None, "edits": []}
        n_topics, damaged = None, True
    return {
        "round": number,
        "damaged": damaged,
        "parent": facts["parent"],
        "date": record.finished,
        "topics": n_topics,
        "sweeps": facts.get("sweeps") or record.parameters["n_sweeps"],
        "log_likelihood": facts["log_likelihood"],
        "edits": facts["edits"],
        "new_reviews": facts.get("new_reviews", 0),
    }


def undo_round(workspace: Workspace) -> tuple[int, int]:
    """Forget the edits that wait; without any, go back to the round that was current before.

    Returns
    -------
    number : int
        The current round now.
    n_dropped : int
        Edits that were forgotten; changes of topics.json by hand count as one.

    Raises
    ------
    WorkspaceError
        If there is nothing to undo.
    """
    try:
        draft = read_draft(workspace)
    except (ParameterError, SourceError):  # a topics.json that cannot be used
        drop_draft(workspace)
        return current_round(workspace), 1
    if not draft.is_empty:
        drop_draft(workspace)
        return draft.parent, len(draft.edits) + draft.is_by_hand
    known = topic_rounds(workspace)
    past = [number for number in workspace.values().get(PAST_ROUNDS, []) if number in known]
    if not past:
        raise WorkspaceError(f"{workspace.root}: nothing to undo; round {draft.parent} is the first")
    go_to_round(workspace, past[-1], past[:-1])
    return past[-1], 0


def use_round(workspace: Workspace, number: int) -> None:
    """Make a round the current one.

    Raises
    ------
    ParameterError
        If there is no such round.
    """
    current = current_round(workspace)
    check_round(workspace, number)
    if number != current:
        go_to_round(workspace, number, [*workspace.values().get(PAST_ROUNDS, []), current])


def check_round(workspace: Workspace, number: int) -> int:
    """Return a number of a round, or raise ParameterError."""
    known = sorted(topic_rounds(workspace))
    if number not in known:
        raise ParameterError(
            f"there is no round {number}; there is {', '.join(map(str, known)) or 'none yet'}"
        )
    return number


def diff_topics(workspace: Workspace, first: int, second: int, *, n_words: int = 20) -> list[dict[str, Any]]:
    """Compare two rounds topic by topic, words as people write them.

    Returns
    -------
    list of dict
        As ``TopicDiff.to_json``, with ``obeyed`` (None without edits of the topic on the way from the first round to
        the second, else whether all were obeyed) and ``edits``.
    """
    from ...topics.rounds import diff_rounds

    before, after = (load_round(workspace, check_round(workspace, number)) for number in (first, second))
    origins, edits = _trace(workspace, first, second)
    if origins is None:
        origins = _turned_around(_trace(workspace, second, first)[0], after)
    forms = (WordForms(workspace, first, before), WordForms(workspace, second, after))
    rows = []
    for diff in diff_rounds(before, after, origins=origins, n_words=n_words):
        named = _as_written(diff, forms)
        own = [edit for edit in edits if diff.topic in edit["topics"]]
        obeyed = all(edit["obeyed"] for edit in own) if own else None
        rows.append({**named.to_json(), "obeyed": obeyed, "edits": own})
    return rows


def _as_written(diff: "TopicDiff", forms: tuple[WordForms, WordForms]) -> "TopicDiff":
    """Return a difference with its words as the reports of the two rounds write them."""
    before, after = forms
    source = next(iter(diff.was), diff.topic)
    written = {word: after.of(diff.topic, word) for word in diff.gained}
    written |= {word: before.of(source, word) for word in diff.lost}
    gained, lost, clear = (
        tuple(written[word] for word in side) for side in (diff.gained, diff.lost, diff.clear)
    )
    return replace(diff, gained=gained, lost=lost, clear=clear)


def _trace(
    workspace: Workspace, first: int, second: int
) -> tuple[dict[str, tuple[str, ...]] | None, list[dict[str, Any]]]:
    """Return what the topics of ``second`` were in ``first`` and the edits in between; None if it does not descend."""
    origins: dict[str, tuple[str, ...]] | None = None
    edits: list[dict[str, Any]] = []
    number: int | None = second
    while number != first:
        facts = round_facts(workspace, number) if number is not None else {}
        if facts.get("parent") is None:
            return None, []
        step = {topic: tuple(made_of) for topic, made_of in facts["origins"].items()}
        # an edit of this round is about topics whose heirs in the second round are those made of them
        heirs = origins if origins is not None else {topic: (topic,) for topic in step}
        for edit in facts["edits"]:
            about = [topic for topic, made_of in heirs.items() if set(made_of) & set(edit["topics"])]
            edits.insert(0, {**edit, "topics": about, "round": number})
        origins = {
            topic: tuple(dict.fromkeys(name for middle in made_of for name in step.get(middle, ())))
            for topic, made_of in heirs.items()
        }
        number = facts["parent"]
    return origins, edits


def _turned_around(
    origins: dict[str, tuple[str, ...]] | None, after: "KeywordLDA"
) -> dict[str, tuple[str, ...]] | None:
    """Return what each topic of an earlier round became, as if it had been made of that."""
    if origins is None:
        return None
    ids = after.topic_ids_.tolist()
    return {topic: tuple(heir for heir, made_of in origins.items() if topic in made_of) for topic in ids}
