"""What queries about artists compose: vectors with the labels, years and topics that may be terms."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, SchemaError, SourceError, WorkspaceError
from ...core.files import read_json, read_table, sha256_of
from ...core.workspace import StepRecord, Workspace
from .artist_tables import TOPIC_SHARES, ArtistSources, gather_artists
from .artist_topics import mean_topic_shares
from .artists import load_vectors
from .kept_artists import kept_sources
from .maps import topic_label
from .paths import ARTISTS, CURRENT_ROUND, SIDE_FEATURES, VECTORS, round_folder
from .review_keys import keys_of_round
from .round_corpus import fit_of_round, outdated_by, outdated_line, usable_round

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ...embeddings import Explainer, TopicProfiles, VectorTable
    from ...embeddings.imports import MatchedVectors


def load_queries(workspace: Workspace) -> "VectorTable":
    """Return the artist vectors with labels, years and, where a round was fitted, topics as terms.

    Topics of a round of an earlier corpus count as far as its reviews are known again.

    Raises
    ------
    WorkspaceError
        If the vectors have not been learnt.
    """
    from ...embeddings import group_artists

    table = load_vectors(workspace)
    facts = artist_facts(workspace, table)
    groups = [group_artists("label", facts["labels"]), group_artists("year", facts["years"])]
    return table.with_terms(groups, topic_profiles(workspace, table))


def artist_facts(workspace: Workspace, table: "VectorTable") -> "pd.DataFrame":
    """Return the artists table in the order of the vectors."""
    facts = read_table(workspace.verified(ARTISTS)).to_pandas().set_index("artist_id")
    return facts.reindex(list(table.artist_ids)).reset_index()


def topics_file(workspace: Workspace) -> str | None:
    """Return the path of the current round's shares in the reviews of now; None if there is no such round."""
    number = workspace.values().get(CURRENT_ROUND)
    path = f"{round_folder(number)}/doc_topics.parquet" if number else ""
    return path if path and workspace.has(path) else None


def topic_profiles(workspace: Workspace, table: "VectorTable") -> "TopicProfiles | None":
    """Return the mean topic shares of each artist's reviews; None without topics that can be given to them."""
    import numpy as np

    from ...embeddings import TopicProfiles

    number = usable_round(workspace)
    if number is None:
        return None
    folder = round_folder(number)
    keys = None if outdated_by(workspace, number) is None else keys_of_round(workspace, number)
    means, n_texts = mean_topic_shares(workspace, f"{folder}/doc_topics.parquet", keys)
    ids = list(table.artist_ids)
    summary = read_json(workspace.intact(f"{folder}/summary.json"))
    return TopicProfiles(
        names=tuple(means.columns),
        shares=means.reindex(ids).fillna(0.0).to_numpy(np.float64),
        n_texts=n_texts.reindex(ids).fillna(0).to_numpy(np.int64),
        labels=tuple(topic_label(topic) for topic in summary),
    )


def earlier_topics_line(workspace: Workspace) -> str | None:
    """Return what to know of topics as terms, where the current round is of an earlier corpus; else None.

    Raises
    ------
    WorkspaceError
        If its reviews cannot be found among those of now.
    """
    number = workspace.values().get(CURRENT_ROUND)
    if number is None:
        return None
    outdated = outdated_line(workspace, number)
    if outdated is None:
        return None
    found = fit_of_round(workspace, number)
    if not found.is_usable:
        raise WorkspaceError(f"{workspace.root}: no topic can be a term now: {found.reason}; {outdated}")
    return f"{outdated}; until then topics as terms are of what is known: {found.reason}"


def refuse_earlier_topic(workspace: Workspace, name: str) -> None:
    """Say why a name is unknown that is a topic of the current round, where its topics cannot be terms.

    Raises
    ------
    WorkspaceError
        If it is the id of such a topic, or what it is called.
    """
    number = workspace.values().get(CURRENT_ROUND)
    if number is None or outdated_by(workspace, number) is None or usable_round(workspace) is not None:
        return
    summary = read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
    known = {one.casefold() for topic in summary for one in (topic["id"], topic_label(topic))}
    if name.strip().casefold() in known:
        earlier_topics_line(workspace)


def load_explainer(workspace: Workspace) -> "Explainer":
    """Return what takes cosines apart, with the facts, the topics and, where it was joined, the sound.

    Listens and columns of files that the vectors were learnt from count as facts while the files are there.
    """
    from ...embeddings import Explainer

    table = load_queries(workspace)
    facts = artist_facts(workspace, table)
    joined = _joined_tables(workspace)
    more = [name for name in joined.columns if name not in (*facts.columns, TOPIC_SHARES)]
    if more:
        given = joined.set_index("artist_id")[more].reindex(list(table.artist_ids)).reset_index(drop=True)
        facts = facts.join(given)
    return Explainer(table, facts, more=more, side_features=_joined_sound(workspace, facts))


def _joined_tables(workspace: Workspace) -> "pd.DataFrame":
    """Return the artists with the listens and columns they were learnt from; without those where a file is gone."""
    record = workspace.steps().get("artists")
    try:
        sources = ArtistSources() if record is None else kept_sources(workspace, record)
        return gather_artists(workspace, sources)[0]
    except (SourceError, SchemaError, WorkspaceError):
        return gather_artists(workspace, ArtistSources())[0]


def _joined_sound(workspace: Workspace, artists: "pd.DataFrame") -> "dict[str, np.ndarray]":
    """Return the sound of the artists in the order of the vectors, NaN where nothing is known; empty without any."""
    from ...embeddings import read_side_features
    from ...embeddings.side_blocks import align

    if not workspace.has(SIDE_FEATURES):
        return {}
    return {"sound": align(read_side_features(workspace.verified(SIDE_FEATURES)), artists)}


def import_vectors(workspace: Workspace, source: Path) -> tuple[StepRecord, "MatchedVectors"]:
    """Take vectors from a word2vec file in the place of learnt ones; return also which keys were whose."""
    from ...embeddings import VectorTable, match_vectors, read_word2vec

    artists = read_table(workspace.verified(ARTISTS)).to_pandas()
    if not len(artists):
        raise ParameterError(f"{workspace.root}: has no artists that vectors could be given to")
    keys, matrix = read_word2vec(source)
    found = match_vectors(keys, matrix, artists["artist_id"].tolist(), artists["name"].tolist())

    def build(stage: Path) -> None:
        (stage / "artists").mkdir()
        VectorTable.from_artists(artists, found.matrix).save(stage / VECTORS)

    inputs = {ARTISTS: workspace.sha256(ARTISTS), "source": sha256_of(source)}
    record = workspace.run_step("artists", build, parameters={"imported": source.name}, inputs=inputs)
    return record, found


def current_topics(workspace: Workspace) -> dict[str, Any]:
    """Return the number of the current round and its topics with share and words; none where none were fitted."""
    number = usable_round(workspace)
    if number is None:
        return {"round": None, "topics": []}
    summary = read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
    kept = ("id", "share", "words")
    return {"round": number, "topics": [{k: t[k] for k in kept} for t in summary]}


def explanation_facts(workspace: Workspace, a: str, b: str) -> dict[str, Any]:
    """Return why two artists are near, as JSON-able values."""
    return load_explainer(workspace).explain(a, b).as_json()
