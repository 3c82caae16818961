"""What can be taken away: files of the workspace as they are, and some that are made when they are asked for.

A key is looked up here and never becomes part of a path.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.workspace import Workspace
from .. import steps

Make = Callable[[Workspace, Path], object]


@dataclass(frozen=True)
class _File:
    """A file of the workspace, or the function that makes it."""

    key: str
    group: str
    says: str
    path: str = ""
    name: str = ""
    needs: str = ""
    make: Make | None = None


class ExportDesk:
    """Lists files, and hands them out.

    Parameters
    ----------
    workspace : Workspace
    map_page : callable
        () to the page of the map.
    """

    def __init__(self, workspace: Workspace, map_page: Callable[[], str]) -> None:
        self.workspace = workspace
        self._map_page = map_page

    def listing(self) -> list[dict[str, Any]]:
        """Return what there is."""
        return [
            {
                "key": one.key,
                "name": one.name or Path(one.path).name,
                "group": one.group,
                "says": one.says,
                "bytes": (self.workspace.root / one.path).stat().st_size if one.path else None,
            }
            for one in self._files()
        ]

    def file(self, key: str, folder: Path) -> Path | None:
        """Return the path of a file, made in a folder where it has to be made; None for an unknown key."""
        chosen = next((one for one in self._files() if one.key == key), None)
        if chosen is None:
            return None
        if chosen.make is None:
            if chosen.path == steps.TOPIC_CONFIG:  # people change it by hand, so no step vouches for it
                return self.workspace.root / chosen.path
            return self.workspace.intact(chosen.path)
        out = folder / chosen.name
        chosen.make(self.workspace, out)
        return out

    def _files(self) -> list[_File]:
        return [one for one in [*self._of_topics(), *self._of_artists(), *_CORPUS] if self._is_there(one)]

    def _is_there(self, one: _File) -> bool:
        if one.path == steps.TOPIC_CONFIG:
            return (self.workspace.root / one.path).exists()
        return self.workspace.has(one.path or one.needs)

    def _of_topics(self) -> list[_File]:
        number = self.workspace.values().get(steps.CURRENT_ROUND)
        if number is None:
            return []
        group, folder = f"Topics, round {number}", steps.round_folder(number)
        needs = f"{folder}/summary.json"
        return [
            _File(
                "topics-txt",
                group,
                "each topic with its hundred words in four columns",
                f"{folder}/topics.txt",
            ),
            _File("topics-table", group, "the same as a table", f"{folder}/topics.parquet"),
            _File(
                "topics-config",
                group,
                "names, keywords, exclusions: what the next fit looks for",
                steps.TOPIC_CONFIG,
            ),
            _File("doc-topics", group, "share of each topic in each review", f"{folder}/doc_topics.parquet"),
            _File("word-topics", group, "which topics each word belongs to", f"{folder}/word_topics.parquet"),
            _File("keywords", group, "what became of each keyword", f"{folder}/keywords.json"),
            _File(
                "topic-map",
                group,
                "the map of topics, one offline page",
                name="topics.html",
                needs=needs,
                make=lambda workspace, out: steps.write_topic_map(workspace, out),
            ),
            _File(
                "topic-years",
                group,
                "topics by year, one offline page",
                name="topics-by-year.html",
                needs=needs,
                make=lambda workspace, out: steps.write_topic_shares(
                    steps.topic_shares_by_group(workspace, "year"), out
                ),
            ),
        ]

    def _of_artists(self) -> list[_File]:
        return [
            _File(
                "map",
                "Artists",
                "the map with the topics of today, one offline page",
                name="map.html",
                needs=steps.CLUSTERS,
                make=lambda _workspace, out: out.write_text(self._map_page(), encoding="utf-8"),
            ),
            _File(
                "vectors-parquet",
                "Artists",
                "artist_id, name, genres, vector",
                name="vectors.parquet",
                needs=steps.VECTORS,
                make=lambda workspace, out: steps.load_vectors(workspace).export_parquet(out),
            ),
            _File(
                "vectors-word2vec",
                "Artists",
                "the vectors for gensim",
                name="vectors.txt",
                needs=steps.VECTORS,
                make=lambda workspace, out: steps.load_vectors(workspace).export_word2vec(out),
            ),
            _File(
                "clusters", "Artists", "clusters on the vectors and on the map, with names", steps.CLUSTERS
            ),
            _File(
                "layout",
                "Artists",
                "where each artist stands on the map",
                steps.LAYOUT,
                name="positions.parquet",
            ),
        ]


_CORPUS = [
    _File("artists", "Corpus", "artists with genres, scores, labels, years", steps.ARTISTS),
    _File("vocabulary", "Corpus", "words with their forms and counts", steps.VOCABULARY),
    _File("rejects", "Corpus", "values that could not be used, with the reason", steps.REJECTS),
]
