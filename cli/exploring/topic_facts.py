"""What the wall of topics shows: words by relevance, shares by year, what became of keywords, edits that wait."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.checkpoints import fingerprint
from ...core.errors import BandscapeError
from ...core.files import read_json, read_table
from ...core.workspace import Workspace
from .. import steps
from ..steps.maps import topic_label
from ..steps.records import round_config
from .keeping import Kept

if TYPE_CHECKING:
    from ...topics import KeywordLDA
    from ...topics.rounds import Edit

_WORDS = 12
_LEAST_REVIEWS = 5  # of a year, for its share to be drawn
_WISHES = {"Pin": "pin", "Exclude": "exclude", "Allow": "allow"}


class TopicFacts:
    """Knows the current round of a workspace, and what is to be done to it.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._rounds = Kept(4)

    def overview(self) -> dict[str, Any]:
        """Return what the wall shows."""
        number = self.workspace.values().get(steps.CURRENT_ROUND)
        if number is None:
            none = {"edits": [], "by_hand": False, "n_topics": 0, "names": {}, "version": ""}
            return {"round": None, "version": "none", "topics": [], "years": None, "draft": none}
        record = steps.topic_rounds(self.workspace)[number]
        facts = self._rounds.get((number, record.finished), lambda: self._describe(number))
        draft = self.draft(number, [topic["id"] for topic in facts["topics"]])
        return {**facts, "draft": draft, "version": f"{number}.{draft['version'][:12]}"}

    def draft(self, number: int, ids: list[str]) -> dict[str, Any]:
        """Return the edits that wait, by the topics of the round that they are about."""
        draft = steps.read_draft(self.workspace)
        names = heirs(self.workspace, draft, ids)
        sources = {name: topic for topic, found in names.items() for name in found}
        return {
            "edits": [{"text": str(edit), "parts": _parts(edit, sources)} for edit in draft.edits],
            "by_hand": draft.is_by_hand,
            "n_topics": len(draft.topics),
            "names": names,
            "version": fingerprint([number, draft.topics, draft.edits.to_json()]),
        }

    def _describe(self, number: int) -> dict[str, Any]:
        from ...topics import background_topics

        model = steps.load_topics(self.workspace, number)
        summary = read_json(self.workspace.verified(f"{steps.round_folder(number)}/summary.json"))
        config = {topic["id"]: topic for topic in round_config(self.workspace, number)}
        words, (years, first_last) = self._words(model, summary), self._by_year(number)
        background = {model.topic_ids_[topic] for topic in background_topics(model.topics_)}
        report = self._keywords(number)
        topics = []
        for at, topic in enumerate(summary):
            name = topic["id"]
            asked: Mapping[str, Any] = config.get(name, {})
            topics.append(
                {
                    "id": name,
                    "called": topic_label(topic),
                    "share": topic["share"],
                    "words": words[at],
                    "years": years.get(name, []),
                    "keywords": report.get(name, []),
                    "frozen": bool(asked.get("frozen")),
                    "noise": name in background,
                    "excluded": list(asked.get("excluded") or ()),
                }
            )
        return {"round": number, "topics": topics, "years": first_last}

    def _words(self, model: "KeywordLDA", summary: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Return the most relevant of each topic's most probable words, as they are written there."""
        import numpy as np

        from ...topics.diagnostics import relevance
        from ...topics.report import top_words

        counts = read_table(self.workspace.verified(steps.VOCABULARY), ["count"])["count"].to_numpy()
        scores = relevance(model.topic_word_, counts)
        found = []
        for at, topic in enumerate(summary):
            columns = top_words(model.topic_word_[at], len(topic["words"]))
            best = np.argsort(-scores[at, columns], kind="stable")[:_WORDS]
            ranked = scores[at, columns[best]]
            span = (float(ranked[0] - ranked[-1]) or 1.0) if len(ranked) else 1.0
            found.append(
                [
                    {"word": topic["words"][place]["word"], "size": float(score - ranked[-1]) / span}
                    for place, score in zip(best.tolist(), ranked.tolist(), strict=True)
                ]
            )
        return found

    def _by_year(self, number: int) -> tuple[dict[str, list[float | None]], list[int] | None]:
        """Return the mean share of each topic in the reviews of each year; None where there are few."""
        import numpy as np

        shares = read_table(self.workspace.verified(f"{steps.round_folder(number)}/doc_topics.parquet"))
        reviews = read_table(self.workspace.verified(steps.REVIEWS), ["review_id", "pub_date"]).to_pylist()
        year_of = {row["review_id"]: row["pub_date"].year for row in reviews if row["pub_date"] is not None}
        years = np.array([year_of.get(review, 0) for review in shares["review_id"].to_pylist()])
        enough = sorted(
            year for year, count in Counter(years[years > 0].tolist()).items() if count >= _LEAST_REVIEWS
        )
        if len(enough) < 2:
            return {}, None
        span = range(enough[0], enough[-1] + 1)
        groups = [years == year if year in set(enough) else None for year in span]
        found = {}
        for name in shares.column_names[1:]:
            column = shares[name].to_numpy()
            found[name] = [None if group is None else float(column[group].mean()) for group in groups]
        return found, [span[0], span[-1]]

    def _keywords(self, number: int) -> dict[str, list[dict[str, str]]]:
        """Return what the round made of its keywords, by topic."""
        path = f"{steps.round_folder(number)}/keywords.json"
        if not self.workspace.has(path):
            return {}
        found: dict[str, list[dict[str, str]]] = {}
        forms = read_table(self.workspace.verified(steps.VOCABULARY), ["word", "display"]).to_pylist()
        display = {row["word"]: row["display"] for row in forms}
        for row in read_json(self.workspace.verified(path))["keywords"]:
            if not row["status"].startswith("excluded"):
                word = row["keyword"] if row["keyword"] != row.get("word") else display[row["keyword"]]
                one = {"word": word, "status": row["status"], "says": _became(row)}
                found.setdefault(row["topic"], []).append(one)
        return found


def heirs(workspace: Workspace, draft: "steps.Draft", ids: list[str]) -> dict[str, list[str]]:
    """Return what each topic of the round is going to be called: several names where it is split."""
    from ...topics import check_topics
    from ...topics.rounds import trace_origins

    names: dict[str, list[str]] = {name: [] for name in ids}
    try:
        origins = trace_origins(check_topics(round_config(workspace, draft.parent)), draft.edits)
    except BandscapeError:  # topics.json was changed by hand meanwhile
        origins = {name: (name,) for name in ids}
    for name, sources in origins.items():
        for source in sources:
            names.setdefault(source, []).append(name)
    return names


def _parts(edit: "Edit", sources: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what an edit asks of words: ``kind`` (pin, exclude or allow), ``topics`` of the round, ``words``."""
    from ...topics.rounds import Move

    if isinstance(edit, Move):
        asked = [("exclude", edit.topic, (edit.word,)), ("pin", edit.to, (edit.word,))]
    elif type(edit).__name__ in _WISHES:
        asked = [(_WISHES[type(edit).__name__], edit.topic, edit.words)]  # pyright: ignore[reportAttributeAccessIssue]
    else:
        return [
            {"kind": "topic", "topics": [sources.get(name, name) for name in named_topics(edit)], "words": []}
        ]
    return [
        {"kind": kind, "topics": [sources.get(topic, topic)], "words": list(words)}
        for kind, topic, words in asked
    ]


def named_topics(edit: "Edit") -> list[str]:
    """Return the topics that an edit names."""
    many = getattr(edit, "topics", None)
    return list(many) if many else [edit.topic]  # pyright: ignore[reportAttributeAccessIssue]


def _became(row: Mapping[str, Any]) -> str:
    """Return what became of a keyword, in words."""
    if row["status"] == "absent":
        return "not in the vocabulary"
    said = f"{row['status']}: {100 * row['share']:.0f} % of its uses are this topic's"
    if row["status"] == "stolen" and row.get("by"):
        said += f"; {row['by']} has {100 * row['by_share']:.0f} %"
    if row.get("released"):
        said += f"; it was released, since its company suits {row['company']} better"
    elif row.get("doubtful"):
        said += f"; its company suits {row['company']} better"
    return said
