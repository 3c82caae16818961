"""Questions about artists, answered from vectors held in memory for as long as the workspace has these."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import ParameterError
from ...core.names import identity_key
from ...core.workspace import Workspace
from .. import steps
from ..answers import MOST_TERMS, split_sum
from ..steps.queries import load_explainer, topics_file
from .keeping import Kept
from .name_search import NameSearch

if TYPE_CHECKING:
    from ...embeddings import Explainer, VectorTable

METHODS = ("3cosadd", "3cosmul", "3cosavg")


class ArtistDesk:
    """Answers questions about the artists of a workspace.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._tables, self._explainers, self._names, self._answers = Kept(), Kept(), Kept(), Kept(64)
        self._examples = Kept()

    def ask(self, question: str, top: int, method: str, min_reviews: int = 0) -> dict[str, Any]:
        """Answer a name or a sum of names with artists of so many reviews or more."""
        plus, minus = split_sum(question)
        if not plus:
            raise ParameterError('a question needs something to add, such as "coil - elder ones"')
        if len(plus) + len(minus) > MOST_TERMS:
            raise ParameterError(f"a question has at most {MOST_TERMS} terms; got {len(plus) + len(minus)}")
        key = self._version()
        table = self.table()
        return self._answers.get(
            (key, tuple(plus), tuple(minus), top, method, min_reviews),
            lambda: table.most_similar(
                plus, minus, topn=top, method=method, min_reviews=min_reviews
            ).as_json(),
        )

    def explain(self, first: str, second: str) -> dict[str, Any]:
        """Say why two artists are near."""
        return self.explainer().explain(first, second).as_json()

    def explainer(self) -> "Explainer":
        """Return what takes cosines apart."""
        return self._explainers.get(self._version(), lambda: load_explainer(self.workspace))

    def suggest(self, text: str, count: int) -> list[dict[str, Any]]:
        """Return artists, genres and topics whose names begin with a text, or have a word that does."""
        typed = identity_key(text) or text.strip().casefold()
        if not typed:
            return []
        search, entries = self._names.get(self._version(), self._index)
        return [entries(place) for place in search.find(typed, count)]

    def examples(self) -> list[str]:
        """Return three questions: the artist whom most have reviewed, and two sums that the map offers, too."""
        return self._examples.get(self._version(), self._make_examples)

    def _make_examples(self) -> list[str]:
        from ...viz.examples import example_queries

        table = self.table()
        known = [row for row in range(len(table)) if table.known[row] and table.genres[row]]
        if not known:
            return []
        names = [table.names[row] for row in known]
        reviews = np.asarray(table.n_reviews)[known]
        sums = example_queries(names, [table.genres[row] for row in known], reviews, 2)
        return [names[int(np.argmax(reviews))], *sums]

    def table(self) -> "VectorTable":
        """Return the vectors with all that may be a term."""
        return self._tables.get(self._version(), self._load)

    def _load(self) -> "VectorTable":
        table = steps.load_queries(self.workspace)
        for artist_id in table.artist_ids[:1]:
            table.meaning(artist_id)  # the first look-up builds the index of names
        return table

    def _version(self) -> tuple[Any, ...]:
        """Return what tells these vectors, and these topics, from later ones."""
        record = self.workspace.steps().get("artists")
        number = self.workspace.values().get(steps.CURRENT_ROUND)
        return (record and record.finished, number, topics_file(self.workspace))

    def _index(self) -> "tuple[NameSearch, Callable[[int], dict[str, Any]]]":
        """Return what finds names, and what tells of each place in it: genres, topics, then artists by reviews."""
        table = self.table()
        genres = sorted({genre for row in table.genres for genre in row})
        topics = table.topics.names if table.topics is not None else ()
        terms = [(kind, name) for kind, names in (("genre", genres), ("topic", topics)) for name in names]
        rows = np.argsort(-np.asarray(table.n_reviews, np.int64), kind="stable").tolist()
        names = [*(name for _, name in terms), *(table.names[row] for row in rows)]

        def entry(place: int) -> dict[str, Any]:
            if place < len(terms):
                kind, name = terms[place]
                return {"kind": kind, "label": name, "text": f"{kind}:{name}", "detail": kind}
            row = int(rows[place - len(terms)])
            name = table.names[row]
            count = int(table.n_reviews[row])
            reviews = f"{count:,} review{'' if count == 1 else 's'}"
            detail = ", ".join([*table.genres[row][:2], reviews])
            return {"kind": "artist", "label": name, "text": name, "detail": detail}

        return NameSearch([identity_key(name) or name.casefold() for name in names]), entry
