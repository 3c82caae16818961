"""New reviews for the topics of the current round: a round that has learnt from them, beside the corpus."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.checkpoints import fingerprint
from ...core.errors import ParameterError, WorkspaceError
from ...core.files import read_json, read_table, sha256_of, write_json, write_table
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from ..console import as_word
from .corpus import load_prepared
from .drafts import read_draft
from .freezing import load_round
from .paths import COUNTS, REVIEWS, TOKENS, VOCABULARY, round_folder, round_step
from .records import round_config, run_round, topic_rounds
from .review_keys import text_hash
from .round_corpus import refuse_earlier
from .topics import write_round_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from ...datasets import NamedTexts


@dataclass(frozen=True)
class _NewReviews:
    """Texts that neither the corpus nor the round has seen."""

    names: list[str]
    texts: list[str]
    artists: list[tuple[str, ...]]
    hashes: list[str]
    n_known: int  # left out since they were seen
    n_empty: int


def update_topics(
    workspace: Workspace,
    documents: "NamedTexts",
    *,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Let the current round learn from new reviews: a round of the same topics, which becomes the current one.

    Texts that the corpus has, or that the round has learnt from already, are left out. The corpus stays as it is.
    If the round took up these very texts, it is the answer, as when the command was killed when all was done.

    Raises
    ------
    WorkspaceError
        If no topics have been fitted, the corpus was replaced since, or edits wait.
    ParameterError
        If no document is new, or none has a word of the vocabulary.
    """
    draft = read_draft(workspace)
    if not draft.is_empty:
        raise WorkspaceError(
            f"{workspace.root}: edits wait for a refit; run `bandscape topics refit {as_word(workspace.root)}` first, "
            "or `topics undo` to forget them"
        )
    refuse_earlier(workspace, draft.parent)
    model_file = workspace.verified(f"{round_folder(draft.parent)}/model/arrays.safetensors")
    new = _leave_out_known(workspace, documents, draft.parent)
    if not new.texts:
        return _as_it_is(workspace, documents, draft.parent, new)
    counts, n_unknown = _count(workspace, new, n_jobs)
    parameters = {
        **topic_rounds(workspace)[draft.parent].parameters,
        "parent": draft.parent,
        "edits": [],
        "new_reviews": fingerprint("new reviews", *new.names, *new.hashes, counts.data, counts.indices),
    }
    inputs = {path: workspace.sha256(path) for path in (COUNTS, VOCABULARY, TOKENS)}
    inputs |= {"parent": sha256_of(model_file)}

    def build(folder: Path, number: int) -> None:
        _write_update(workspace, folder, number, draft.parent, new, counts, n_unknown, n_jobs, on_progress)

    return run_round(
        workspace, build, parameters=parameters, inputs=inputs, config=round_config(workspace, draft.parent)
    )


def update_facts(workspace: Workspace, number: int) -> dict[str, Any]:
    """Return what an updated round took up, and each topic's share before, after, and in the new reviews."""
    return read_json(workspace.intact(f"{round_folder(number)}/update.json"))


def _leave_out_known(workspace: Workspace, documents: "NamedTexts", number: int) -> _NewReviews:
    known = set(map(text_hash, read_table(workspace.verified(REVIEWS), ["text"])["text"].to_pylist()))
    known |= _taken_up(workspace, number)
    new = _NewReviews([], [], [], [], 0, 0)
    n_known = n_empty = 0
    for name, text, artists in zip(documents.names, documents.texts, documents.artists, strict=True):
        digest = text_hash(text)
        if text is None or not text.strip():
            n_empty += 1
        elif digest in known:
            n_known += 1
        else:
            known.add(digest)
            new.names.append(name)
            new.texts.append(text)
            new.artists.append(artists)
            new.hashes.append(digest)
    return _NewReviews(new.names, new.texts, new.artists, new.hashes, n_known, n_empty)


def _as_it_is(workspace: Workspace, documents: "NamedTexts", number: int, new: _NewReviews) -> StepRecord:
    """Return the record of a round that has taken up all of these documents that the corpus does not have."""
    record = topic_rounds(workspace)[number]
    if not _own_hashes(workspace, number, record) & set(map(text_hash, documents.texts)):
        raise ParameterError(
            f"nothing to take up: of {len(documents):,} documents {new.n_known:,} are in the corpus or were taken up "
            f"before, {new.n_empty:,} are empty; give reviews that are new"
        )
    return replace(record, skipped=True)


def _taken_up(workspace: Workspace, number: int | None) -> set[str]:
    """Return the hashes of the texts that a round has learnt from beside the corpus."""
    found: set[str] = set()
    rounds = topic_rounds(workspace)
    while number is not None and (own := _own_hashes(workspace, number, rounds[number])):
        found |= own
        number = rounds[number].parameters["parent"]
    return found


def _own_hashes(workspace: Workspace, number: int, record: StepRecord) -> set[str]:
    """Return the hashes of the texts that a round itself took up; none unless it is an updated one."""
    if "new_reviews" not in record.parameters:
        return set()
    table = read_table(workspace.intact(f"{round_folder(number)}/new_reviews.parquet"), ["text_sha256"])
    return set(table["text_sha256"].to_pylist())


def _count(workspace: Workspace, new: _NewReviews, n_jobs: int) -> tuple["csr_matrix", "NDArray[np.int64]"]:
    """Return the counts of the corpus' words in each text, and how many words of each it does not have."""
    import numpy as np
    from scipy.sparse import csr_matrix

    from ...datasets import number_words, read_vocabulary

    vocabulary, settings, too_common = read_vocabulary(workspace.verified(VOCABULARY))
    numbered = number_words(
        new.texts, vocabulary, settings, artist_names=new.artists, too_common=too_common, n_jobs=n_jobs
    )
    known = [words[words >= 0] for words in numbered]
    lengths = np.array([len(words) for words in known], np.int64)
    if not lengths.sum():
        raise ParameterError(
            f"none of {len(known):,} new documents has a word that the reviews of {workspace.root} have: another "
            "language or column?"
        )
    columns = np.concatenate(known)
    rows = np.repeat(np.arange(len(known)), lengths)
    shape = (len(known), len(vocabulary))
    counts = csr_matrix((np.ones(len(columns), np.int32), (rows, columns)), shape=shape)
    return counts, np.array([len(words) for words in numbered], np.int64) - lengths


def _write_update(
    workspace: Workspace,
    folder: Path,
    number: int,
    parent: int,
    new: _NewReviews,
    counts: "csr_matrix",
    n_unknown: "NDArray[np.int64]",
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> None:
    import numpy as np

    from ...topics import map_keywords, take_up

    prepared = load_prepared(workspace)
    former = load_round(workspace, parent)
    model, doc_topic = take_up(
        former, counts, n_jobs=n_jobs, on_progress=on_progress,
        checkpoint=workspace.checkpoint(round_step(number)),
    )  # fmt: skip
    _, surfaces = map_keywords(model.topics_, prepared.normalizer())
    ids = model.topic_ids_.tolist()
    facts = {
        "round": number, "parent": parent, "reviews": len(new.names), "words": int(counts.sum()),
        "unknown_words": int(n_unknown.sum()), "known_reviews": new.n_known, "empty_reviews": new.n_empty,
    }  # fmt: skip
    about = {"round": number, "parent": parent, "edits": [], "origins": {topic: [topic] for topic in ids}}
    # the likelihood of this chain is that of the new reviews: not to be compared with other rounds
    about |= {"new_reviews": len(new.names), "log_likelihood": None}
    write_round_files(workspace, folder, model, prepared, surfaces, n_jobs=n_jobs, about=about)
    lengths = np.asarray(counts.sum(axis=1), np.int64).ravel()
    new_share = lengths @ doc_topic / lengths.sum()
    topics = [
        {"id": topic, "share_before": before, "share": after, "share_of_new": of_new}
        for topic, before, after, of_new in zip(
            ids, former.topic_share_.tolist(), model.topic_share_.tolist(), new_share.tolist(), strict=True
        )
    ]
    write_json(folder / "update.json", {**facts, "topics": topics})
    _write_new_reviews(folder, new, lengths, n_unknown, doc_topic, ids)


def _write_new_reviews(
    folder: Path, new: _NewReviews, n_words: Any, n_unknown: Any, doc_topic: Any, ids: list[str]
) -> None:
    import pyarrow as pa

    names = pa.array(new.names, pa.string())
    columns = {"review_id": names, "text_sha256": new.hashes, "n_words": n_words, "n_unknown": n_unknown}
    write_table(folder / "new_reviews.parquet", pa.table(columns))
    shares = {topic: pa.array(doc_topic[:, at]) for at, topic in enumerate(ids)}
    write_table(folder / "new_doc_topics.parquet", pa.table({"review_id": names, **shares}))
