"""What artists are learnt from: the artists table, with listeners, columns from a file and topic shares joined."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, SchemaError, SourceError, WorkspaceError, first_line
from ...core.files import read_json, read_table, sha256_of
from ...core.workspace import Workspace
from ..console import as_word, plural
from .artist_topics import mean_topic_shares
from .paths import (
    ARTISTS,
    CURRENT_ROUND,
    JOINED_SOUND_NAME,
    REVIEWS,
    SHORT_NAMES,
    SIDE_FEATURES,
    TOPIC_SHARES_NAME,
    round_folder,
)
from .track_artists import joined_track_artists, tracks_behind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from ...embeddings import SideFeatures

TOPIC_SHARES = "topic_shares"
OWN = (
    "artist_id",
    "name",
    "artist",
    "genres",
    "genre_counts",
    "n_reviews",
    "mean_score",
    "labels",
    "years",
    "authors",
)


@dataclass(frozen=True)
class ArtistSources:
    """What to learn from besides the artists table.

    Parameters
    ----------
    contexts : str, list of dict or None
        ``name=weight,...``, a JSON file of records, or such records; None for the default ones.
    histories, columns : Path or None
        Tables of listens, and of further columns keyed by artist.
    side_features : tuple of str
        Parquet files, ``topics``, or ``audio`` for what `audio join` made.
    projection : {"joint", "ridge"}
        How artists are placed by them: as learnt with the vectors, or as fitted to these afterwards.
    """

    contexts: str | list[dict[str, Any]] | None = None
    histories: Path | None = None
    columns: Path | None = None
    side_features: tuple[str, ...] = field(default=())
    projection: str = "joint"

    def parameters(self) -> dict[str, Any]:
        """Return what changes the vectors, for the step's record; files by their content."""
        values: dict[str, Any] = {"contexts": self.contexts}
        if isinstance(self.contexts, str) and self.contexts.endswith(".json"):
            values["contexts"] = read_json(self.contexts)
        for name in ("histories", "columns"):
            path = getattr(self, name)
            values[name] = None if path is None else _content(path)
        values["side_features"] = [
            name if name in SHORT_NAMES else _content(Path(name)) for name in self.side_features
        ]
        values["projection"] = self.projection if self.side_features else None
        return {name: value for name, value in values.items() if value}

    def wants_topics(self) -> bool:
        """Return whether topic shares are needed."""
        contexts = json.dumps(self.parameters().get("contexts", ""))
        return (
            TOPIC_SHARES_NAME in self.side_features
            or TOPIC_SHARES_NAME in contexts
            or TOPIC_SHARES in contexts
        )

    def files(self, workspace: Workspace) -> dict[str, Any]:
        """Return where the tables lie, by parameter: relative to the workspace if they lie in it."""
        named: dict[str, Any] = {
            name: _place(getattr(self, name), workspace)
            for name in ("histories", "columns")
            if getattr(self, name) is not None
        }
        if self.side_features:
            named["side_features"] = [
                name if name in SHORT_NAMES else _place(Path(name), workspace) for name in self.side_features
            ]
        return named

    def inputs(self, workspace: Workspace) -> list[str]:
        """Return the files of the workspace that the vectors come from.

        Raises
        ------
        WorkspaceError
            If topics or sound are wanted and there are none.
        """
        topics = [topic_shares_path(workspace), REVIEWS] if self.wants_topics() else []
        return [
            ARTISTS,
            *topics,
            *([joined_sound_path(workspace)] if JOINED_SOUND_NAME in self.side_features else []),
            *(
                []
                if self.histories is None
                else tracks_behind(workspace, read_any_table(self.histories).columns)
            ),
        ]


def _place(path: Path, workspace: Workspace) -> str:
    full, root = path.resolve(), workspace.root.resolve()
    return str(full.relative_to(root) if full.is_relative_to(root) else full)


def joined_sound_path(workspace: Workspace) -> str:
    """Return the workspace path of the artists' sound.

    Raises
    ------
    WorkspaceError
        If there is none, or it was joined to an earlier table of artists.
    """
    if not workspace.has(SIDE_FEATURES):
        raise WorkspaceError(
            f"{workspace.root}: has no sound of its artists; run `bandscape audio join {as_word(workspace.root)}` first"
        )
    return SIDE_FEATURES


def _content(path: Path) -> str:
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    return sha256_of(path)


def topic_shares_path(workspace: Workspace) -> str:
    """Return the workspace path of the current round's shares of topics in reviews.

    Raises
    ------
    WorkspaceError
        If there is none.
    """
    number = workspace.values().get(CURRENT_ROUND)
    path = f"{round_folder(number)}/doc_topics.parquet" if number is not None else ""
    if not path or not workspace.has(path):
        raise WorkspaceError(
            f"{workspace.root}: has no topics; run `bandscape topics fit {as_word(workspace.root)}` first"
        )
    return path


def topic_shares_of_artists(workspace: Workspace) -> "pd.DataFrame":
    """Return the mean shares of the topics in each artist's reviews: one row an artist, one column a topic id."""
    means, _ = mean_topic_shares(workspace, topic_shares_path(workspace))
    return means


def gather_artists(workspace: Workspace, sources: ArtistSources) -> tuple["pd.DataFrame", list[str]]:
    """Return the artists table with everything joined, and what users should know of the joins."""
    from ...embeddings import join_listeners

    artists, notes = read_table(workspace.verified(ARTISTS)).to_pandas(), []
    if sources.histories is not None:
        table = read_any_table(sources.histories)
        artists, n_unknown = join_listeners(
            artists, table, source=sources.histories.name, tracks=joined_track_artists(workspace)
        )
        if n_unknown:
            listens = plural(n_unknown, "listen is", "listens are")
            notes.append(f"{sources.histories.name}: {listens} of artists the table does not have")
    if sources.columns is not None:
        artists = _with_columns(artists, sources.columns)
    if sources.wants_topics():
        means = topic_shares_of_artists(workspace)
        shares = dict(zip(means.index, means.to_dict("records"), strict=True))
        artists = artists.assign(
            **{TOPIC_SHARES: [shares.get(artist_id) for artist_id in artists["artist_id"]]}
        )
    return artists, notes


def read_any_table(path: Path) -> "pd.DataFrame":
    """Read Parquet, JSON Lines, TSV or CSV by the name's ending.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    import pandas as pd

    if path.suffix == ".parquet":
        return read_table(path).to_pandas()
    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    try:
        if path.suffix in {".jsonl", ".ndjson"}:
            return pd.read_json(path, lines=True)
        tabs = path.suffix in {".tsv", ".tab"}
        return pd.read_csv(path, sep="\t" if tabs else ",", keep_default_na=False, na_values=[""])
    except (ValueError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not readable as a table ({first_line(error)})") from error


def _with_columns(artists: "pd.DataFrame", path: Path) -> "pd.DataFrame":
    from ...embeddings.artist_keys import key_column, match_artists

    table = read_any_table(path)
    rows = match_artists(table[key_column(list(table.columns), path.name)].tolist(), artists)
    new = [name for name in table.columns if name not in artists.columns and name != "artist"]
    if not new:
        raise SchemaError(
            f"{path.name}: has no column that the artists table lacks; got {', '.join(table.columns)}"
        )
    table = table.assign(_row=rows)[rows >= 0].drop_duplicates("_row").set_index("_row")
    if table.empty:
        raise SchemaError(f"{path.name}: none of its {len(rows):,} artists is in the artists table")
    return artists.join(table[new])


def check_used(sources: ArtistSources, contexts: Any, artists: "pd.DataFrame") -> None:
    """Raise where a table was named that nothing is learnt from, or a context is without its table.

    Raises
    ------
    ParameterError
        It names the option.
    """
    from ...embeddings.histories import LISTENERS

    used = {context.column for context in contexts or ()}
    if LISTENERS in used and LISTENERS not in artists.columns:
        raise ParameterError("--contexts: listeners and listened-together need --histories FILE")
    if sources.histories is not None and LISTENERS not in used:
        raise ParameterError(
            "--histories: nothing is learnt from it unless --contexts names listeners or listened-together, "
            "such as genre=2,score=1,listened-together=1"
        )
    if sources.columns is not None:
        new = [
            name
            for name in read_any_table(sources.columns).columns
            if name in artists.columns and name not in OWN
        ]
        if not used & set(new):
            raise ParameterError(
                f"--columns: nothing is learnt from {sources.columns.name} unless --contexts names one of its columns: "
                f"{', '.join(new)}"
            )


def choose_contexts(contexts: str | list[dict[str, Any]] | None, artists: "pd.DataFrame") -> Any:
    """Return the contexts a user named: a line, records or a JSON file of them; None for the default ones."""
    from ...embeddings import contexts_from_records, parse_contexts

    if contexts is None:
        return None
    if isinstance(contexts, list):
        return contexts_from_records(contexts)
    if contexts.endswith(".json"):
        try:
            return contexts_from_records(read_json(contexts))
        except ParameterError as error:
            raise ParameterError(f"{contexts}: {error}") from error
    return parse_contexts(contexts, artists)


def gather_side_features(workspace: Workspace, names: tuple[str, ...]) -> list["SideFeatures"]:
    """Return the tables of side features that were named; ``topics`` and ``audio`` are the workspace's own."""
    from ...embeddings import check_side_features, read_side_features

    tables = []
    for name in names:
        if name == TOPIC_SHARES_NAME:
            means = topic_shares_of_artists(workspace).reset_index()
            tables.append(check_side_features(means, source=TOPIC_SHARES_NAME, model="topics"))
        elif name == JOINED_SOUND_NAME:
            tables.append(read_side_features(workspace.verified(joined_sound_path(workspace))))
        else:
            tables.append(read_side_features(name))
    return tables


def notes_on_features(features: "Sequence[SideFeatures]", blocks: "Sequence[np.ndarray]") -> list[str]:
    """Say which side features tell no artist from another, one line a table."""
    import numpy as np

    from ...embeddings.side_blocks import constant_features

    notes = []
    for table, block in zip(features, blocks, strict=True):
        same = np.array(table.columns)[constant_features(block)]
        if len(same) == len(table.columns):
            notes.append(f"{table.source}: all artists have the same numbers; none can be placed by them")
        elif len(same):
            named = ", ".join(same[:3]) + (", ..." if len(same) > 3 else "")
            notes.append(
                f"{table.source}: {len(same):,} of {len(table.columns):,} features the same for all artists, which "
                f"tells nothing: {named}"
            )
    return notes
