"""Topics of texts outside the corpus, with the topics of the current round."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.executors import Executor
from ...core.files import write_table
from ...core.progress import ProgressCallback, report
from ...core.workspace import Workspace
from .marking import MarkedText, cut_pieces, detected_shares
from .paths import VOCABULARY
from .topic_pictures import load_topics

if TYPE_CHECKING:
    from ...datasets import LocatedWords, NamedTexts
    from ...topics import Detection

_AT_ONCE = 2000  # documents between two signs of progress


def detect_topics(
    workspace: Workspace,
    documents: "NamedTexts",
    *,
    locate: bool = False,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> tuple["Detection", list["LocatedWords"]]:
    """Find the topics of documents; with ``locate`` also where each word stands in its text.

    A round of an earlier corpus goes by its own words, told apart as the reviews were prepared last.

    Returns
    -------
    detection : Detection
    words : list of LocatedWords
        One per document, or none at all without ``locate``.
    """
    from ...datasets import locate_words, number_words, read_vocabulary
    from ...topics import detect

    model = load_topics(workspace, may_be_earlier=True)
    _, settings, too_common = read_vocabulary(workspace.intact(VOCABULARY))
    vocabulary = model.vocabulary_.tolist()
    options: dict[str, Any] = {"too_common": too_common}
    located: list[LocatedWords] = []
    numbered: list[Any] = []
    at_once = _AT_ONCE * max(4 * executor.n_partitions if executor else 0, 1)
    for start in range(0, len(documents), at_once):
        part = slice(start, start + at_once)
        texts, names = documents.texts[part], documents.artists[part]
        if locate:
            located += locate_words(texts, vocabulary, settings, artist_names=names, **options)
        else:
            numbered += number_words(
                texts, vocabulary, settings, artist_names=names, n_jobs=n_jobs, executor=executor, **options
            )
        report(on_progress, "reading texts", min(part.stop, len(documents)), len(documents), "texts")
    words = [document.word_ids for document in located] if locate else numbered
    return detect(model, words, n_jobs=n_jobs, executor=executor), located


def listed_words(
    detection: "Detection", located: Sequence["LocatedWords"], texts: Sequence[str | None], doc: int
) -> list[dict[str, Any]]:
    """Return the words of one document as JSON-able values; an unknown word has no topic."""
    part = detection.words_of(doc)
    text, words = texts[doc] or "", located[doc]
    return [
        {
            "word": text[start:end],
            "topic": detection.topic_ids[topic] if topic >= 0 else None,
            "p": p,
            "unexplained": unexplained,
        }
        for start, end, topic, p, unexplained in zip(
            words.starts.tolist(), words.ends.tolist(), detection.word_topic[part].tolist(),
            detection.word_p[part].tolist(), detection.word_unexplained[part].tolist(), strict=True,
        )
    ]  # fmt: skip


def mark_detected(
    detection: "Detection", words: "LocatedWords", text: str, doc: int, *, title: str
) -> MarkedText:
    """Return one document with its words marked."""
    number_of = {topic: number for number, topic in enumerate(detection.topic_ids)}
    facts = (
        f"{int(detection.n_words[doc]):,} words · {100 * float(detection.unexplained[doc]):.0f} % unexplained"
    )
    shares = tuple((number_of[topic], p) for topic, p in detection.topics_of(doc, top=6))
    return MarkedText(title, facts, cut_pieces(text, words, detected_shares(detection, doc)), shares)


def write_detection(path: Path, detection: "Detection", names: Sequence[str]) -> None:
    """Write the topics of documents as Parquet, a row per document and topic."""
    import pyarrow as pa

    write_table(path, pa.Table.from_pandas(detection.to_frame(names), preserve_index=False))
