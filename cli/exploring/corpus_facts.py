"""What was read: figures, spreads, rejects, steps."""

import re
from collections import Counter
from typing import Any

from ...core.errors import WorkspaceError
from ...core.files import read_table
from ...core.workspace import Workspace
from .. import steps
from ..corpus import reject_rows
from ..info import workspace_figures
from .keeping import Kept

_MOST_GENRES, _MOST_REASONS = 12, 30


class CorpusDesk:
    """Answers questions about the corpus of a workspace.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._overview, self._rejects = Kept(), Kept()

    def overview(self) -> dict[str, Any]:
        """Return what the page of the corpus shows."""
        done = self.workspace.steps()
        if "import" not in done:
            raise WorkspaceError(
                f"{self.workspace.root}: holds no reviews yet; run `bandscape import SOURCE --out` with it"
            )
        facts = self._overview.get((done["import"].finished, "text" in done), self._make)
        return {
            **facts,
            "steps": [
                {"name": one.name, "finished": one.finished, "seconds": one.seconds} for one in done.values()
            ],
        }

    def rejects(self, column: str | None, reason: str | None, first: int, count: int) -> dict[str, Any]:
        """Return some of the values that could not be used."""
        rows = [
            row
            for row in self._rows()
            if (column is None or row["column"] == column)
            and (reason is None or _kind(row["reason"]) == reason)
        ]
        return {"total": len(rows), "rows": rows[first : first + count]}

    def _rows(self) -> list[dict[str, Any]]:
        return self._rejects.get(
            self.workspace.steps()["import"].finished, lambda: reject_rows(self.workspace)
        )

    def _make(self) -> dict[str, Any]:
        about = steps.corpus_notes(self.workspace)
        columns = ["score", "pub_date", "genres", "artist_ids"]
        reviews = read_table(self.workspace.verified(steps.REVIEWS), columns)
        figures = workspace_figures(self.workspace)
        names = {
            "reviews": "reviews",
            "texts": "with text",
            "artists": "artists",
            "tokens": "words in texts",
            "vocabulary": "different words",
            "rejects": "rejects",
        }
        uncounted = () if figures["tokens"] or not figures["texts"] else ("tokens", "vocabulary")
        genres = Counter(genre for row in reviews["genres"].to_pylist() for genre in row or ())
        reasons = Counter((row["column"], _kind(row["reason"])) for row in self._rows())
        return {
            "figures": {said: figures[name] for name, said in names.items() if name not in uncounted},
            "source": self.workspace.steps()["import"].parameters.get("source") or "a simulated music press",
            "mapping": about["mapping"],
            "notes": about["notes"],
            "histograms": [_scores(reviews), _years(reviews), _reviews_of_artists(reviews)],
            "genres": [{"label": label, "count": count} for label, count in genres.most_common(_MOST_GENRES)],
            "reasons": [
                {"column": column, "reason": reason, "count": count}
                for (column, reason), count in reasons.most_common(_MOST_REASONS)
            ],
        }


def _scores(reviews: Any) -> dict[str, Any]:
    scores = [score for score in reviews["score"].to_pylist() if score is not None and score == score]
    bins = Counter(min(int(2 * score), 19) for score in scores)
    bars = [
        {
            "label": f"{at / 2:.1f} to {(at + 1) / 2:.1f}",
            "count": bins[at],
            "edge": f"{at // 2}" if at in (0, 10) else "10" if at == 19 else "",
        }
        for at in range(20)
    ]
    mean = f"mean {sum(scores) / len(scores):.2f}, " if scores else ""
    return {"title": "Scores", "bars": bars, "note": mean + _without(len(reviews) - len(scores), "a score")}


def _kind(reason: str) -> str:
    """Return a reason without its numbers: one row repeats row 12, another row 90, for the same reason."""
    return re.sub(r"\d+(?:[.,]\d+)*", "…", reason)


def _without(count: int, what: str) -> str:
    return (
        f"{count:,} review{'' if count == 1 else 's'} without {what}" if count else f"every review has {what}"
    )


def _years(reviews: Any) -> dict[str, Any]:
    years = Counter(date.year for date in reviews["pub_date"].to_pylist() if date is not None)
    span = range(min(years), max(years) + 1) if years else range(0)
    bars = [
        {"label": str(year), "count": years[year], "edge": str(year) if year in (span[0], span[-1]) else ""}
        for year in span
    ]
    return {
        "title": "Years of publication",
        "bars": bars,
        "note": _without(len(reviews) - sum(years.values()), "a date"),
    }


def _reviews_of_artists(reviews: Any) -> dict[str, Any]:
    """Count artists by their number of reviews, in doubling classes."""
    counts = Counter(artist for row in reviews["artist_ids"].to_pylist() for artist in row or ())
    classes = Counter(count.bit_length() - 1 for count in counts.values())
    last = max(classes, default=0)
    labels = ["1" if at == 0 else f"{2**at} to {2 ** (at + 1) - 1}" for at in range(last + 1)]
    bars = [
        {"label": f"{label} reviews", "count": classes[at], "edge": label.partition(" ")[0]}
        for at, label in enumerate(labels)
    ]
    return {
        "title": "Reviews an artist has",
        "bars": bars,
        "note": "artists; each class is twice as wide as the one before",
    }
