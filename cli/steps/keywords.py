"""Keywords before a fit and after: looked up in the corpus, and what a round made of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError
from ...core.files import read_json, write_json, write_table
from ...core.workspace import Workspace
from .corpus import load_prepared
from .paths import CURRENT_ROUND, round_folder
from .topic_config import kept_topic_config

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import KeywordLDA

_NAMED = 12  # keywords in a warning
_OUTCOME = ("share", "by", "by_share", "company_share", "company", "doubtful", "released")


def own_topic_config(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the topics.json of a workspace.

    Raises
    ------
    ParameterError
        If there is none.
    """
    config = kept_topic_config(workspace)
    if config is None:
        raise ParameterError(
            f"{workspace.root}: has no topics/topics.json yet; name your own with --config FILE"
        )
    return config


def check_topic_keywords(
    workspace: Workspace, config: Sequence[Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Look the keywords of a configuration up in the corpus; of those the current round had, say what became of them.

    Parameters
    ----------
    workspace : Workspace
        Its text must be prepared.
    config : sequence of mapping, optional
        The workspace's own topics.json when absent.

    Returns
    -------
    list of dict
        As :func:`bandscape.topics.inspect_keywords`; ``outcome`` and its figures besides, null where no round had the
        keyword.

    Raises
    ------
    ParameterError
        If there is no configuration.
    """
    from ...topics import check_topics, inspect_keywords, list_terms

    config = own_topic_config(workspace) if config is None else config
    prepared = load_prepared(workspace)
    topics = check_topics(list(config))
    rows = inspect_keywords(
        topics, prepared.counts, prepared.vocabulary,
        surface_ids=prepared.tokens["surface_ids"].tolist(), normalize=prepared.normalizer(list_terms(topics)),
        too_common=prepared.too_common,
    )  # fmt: skip
    reported = {(row["topic"], row.get("word")): row for row in keyword_report(workspace)}
    for row in rows:
        known = reported.get((row["topic"], row["word"]), {}) if row["word"] else {}
        row["outcome"] = known["status"] if "share" in known else None
        row |= {name: known.get(name) for name in _OUTCOME}
    return rows


def keyword_report(workspace: Workspace) -> list[dict[str, Any]]:
    """Return what the current round made of its keywords; nothing without one."""
    number = workspace.values().get(CURRENT_ROUND)
    path = f"{round_folder(number)}/keywords.json" if number is not None else ""
    if number is None or not (workspace.root / path).exists():
        return []
    return read_json(workspace.intact(path))["keywords"]


def write_keyword_report(
    folder: Path,
    model: "KeywordLDA",
    prepared: "PreparedText",
    surfaces: Mapping[str, str],
    *,
    n_jobs: int = 1,
) -> None:
    """Write what became of each keyword, in the user's spelling, and one warning line for each kind of trouble."""
    from ...topics import report_keywords

    display = dict(zip(prepared.vocabulary["word"], prepared.vocabulary["display"], strict=True))
    report = []
    for row in report_keywords(model, prepared.counts, n_jobs=n_jobs):
        word = row["keyword"]
        row = {**row, "keyword": surfaces.get(word, word), "word": word if word in display else None}
        if "companions" in row:
            row["companions"] = [display[other] for other in row["companions"]]
        report.append(row)
    write_json(folder / "keywords.json", {"keywords": report, "warnings": _warnings(report)})


def write_word_topics(
    folder: Path, model: "KeywordLDA", prepared: "PreparedText", *, n_jobs: int = 1
) -> None:
    """Write which topics each word of the vocabulary belongs to."""
    import pyarrow as pa

    from ...topics import expected_word_topics, word_topics_table

    tokens = expected_word_topics(prepared.counts, model.topic_word_, model.doc_topic_, n_jobs=n_jobs)
    table = word_topics_table(
        prepared.vocabulary["word"].tolist(), model.topic_ids_.tolist(), model.topic_word_, tokens
    )
    write_table(folder / "word_topics.parquet", pa.Table.from_pandas(table, preserve_index=False))


def unheld_topics(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the topics none of whose keywords the corpus has: nothing holds them to their names.

    Parameters
    ----------
    rows : sequence of mapping
        With ``topic`` and ``status``, as `topics check` or a round reports them.
    """
    found: dict[str, bool] = {}
    for row in rows:
        if not row["status"].startswith("excluded"):
            found[row["topic"]] = found.get(row["topic"], False) or row["status"] != "absent"
    return [topic for topic, held in found.items() if not held]


def unheld_line(topic: str) -> str:
    """Return the warning about a topic none of whose keywords the corpus has."""
    return (
        f"topic {topic}: the vocabulary has none of its keywords, so its name says nothing of what it holds; give it "
        "other keywords (`bandscape topics check` looks them up) or another name"
    )


def _warnings(report: Sequence[Mapping[str, Any]]) -> list[str]:
    absent = [f"{row['keyword']} ({row['topic']})" for row in report if row["status"] == "absent"]
    released, doubtful = (
        [f"{row['keyword']} ({row['topic']}; suits {row['company']})" for row in rows]
        for rows in (
            [row for row in report if row.get("released")],
            [row for row in report if row.get("doubtful") and not row.get("released")],
        )
    )
    lines = [unheld_line(topic) for topic in unheld_topics(report)]
    if absent:
        lines.append(
            f"keywords that the vocabulary lacks (`bandscape topics check` says why): {_list_some(absent)}"
        )
    if released:
        lines.append(
            f"keywords that were let go, since they keep other company than their topic: {_list_some(released)}; "
            "pin those you mean, or fit with --keep-keywords"
        )
    if doubtful:
        lines.append(f"keywords that keep other company than their topic: {_list_some(doubtful)}")
    return lines


def _list_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
