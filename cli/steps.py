"""The steps from a source to a map, each recorded in the workspace: import, text, topics, artists, layout, clusters.

Each function does its step unless it is done already, and returns its record. Inputs and parameters that change the
outputs are in the record; the number of threads is not, since outputs do not depend on it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError, WorkspaceError
from ..core.files import read_json, read_table, sha256_of, write_json, write_table
from ..core.progress import ProgressCallback
from ..core.workspace import StepRecord, Workspace

if TYPE_CHECKING:
    import pandas as pd

    from ..datasets import PreparedText
    from ..embeddings import VectorTable
    from ..topics import KeywordLDA

REVIEWS = "corpus/reviews.parquet"
ARTISTS = "corpus/artists.parquet"
REJECTS = "corpus/rejects.parquet"
COUNTS = "corpus/counts.npz"
VOCABULARY = "corpus/vocabulary.parquet"
TOKENS = "corpus/tokens.parquet"
VECTORS = "artists/vectors.arrow"
CLUSTERS = "artists/clusters.parquet"
SILHOUETTES = "artists/clusters.json"
LAYOUT = "maps/artists.parquet"
TOPIC_CONFIG = "topics/topics.json"
MAP = "maps/map.html"
CURRENT_ROUND = "topics_round"
# With the classic prior; on held-out reviews it does better than the estimator's customary 0.01.
TOPIC_WORD_PRIOR = 0.05


def writing_existing(root: Path) -> AbstractContextManager[Workspace]:
    """Open a workspace that must exist, for writing."""
    return Workspace(root).writing()


# -- corpus ------------------------------------------------------------------------------------------------------


def import_reviews(
    workspace: Workspace,
    source: Path,
    *,
    source_format: str | None = None,
    columns: str | None = None,
    score_range: tuple[float, float] = (0.0, 10.0),
    artist_separators: Sequence[str] = (),
    replace: bool = False,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Read ``source`` into the canonical tables of the corpus; one of another name is refused without ``replace``."""
    from ..datasets import read_reviews, write_corpus

    if not replace:
        _refuse_other_corpus(workspace, source.resolve().name)
    options: dict[str, Any] = {
        "format": source_format,
        "columns": columns,
        "score_range": list(score_range),
        "artist_separators": list(artist_separators),
    }

    def build(stage: Path) -> None:
        corpus = read_reviews(source, **{**options, "score_range": score_range}, on_progress=on_progress)
        write_corpus(corpus, stage / "corpus")

    return workspace.run_step(
        "import",
        build,
        parameters={"source": source.resolve().name, **options},  # the same file elsewhere is the same source
        inputs={"source": _digest_of_source(source)},
    )


def _refuse_other_corpus(workspace: Workspace, source: str | None) -> None:
    """Refuse to put another corpus over the one that is there: both may be dear.

    Parameters
    ----------
    workspace : Workspace
    source : str or None
        Name of the new source; None when it is simulated.
    """
    record = workspace.steps().get("import")
    held = record.parameters.get("source") if record else source
    if held != source:
        what = f"reviews read from {held}" if held else "a simulated corpus"
        raise WorkspaceError(
            f"{workspace.root}: holds {what}; give another folder with --out, or --replace it"
        )


def _digest_of_source(source: Path) -> str:
    from ..datasets import source_files

    files = source_files(source)
    if source.is_file():
        return sha256_of(source)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(source).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def corpus_notes(workspace: Workspace) -> dict[str, Any]:
    """Return how the source was understood: ``mapping`` of columns and ``notes``."""
    from ..datasets import read_about

    return read_about(workspace.verified(REVIEWS).parent)


def simulate_corpus(
    workspace: Workspace,
    *,
    n_reviews: int,
    n_artists: int,
    random_state: int,
    audio: bool,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Make a corpus from the generative model, with the truth beside it; it counts as the import."""
    from ..datasets import simulate

    _refuse_other_corpus(workspace, None)
    parameters = {
        "simulate": True,
        "reviews": n_reviews,
        "artists": n_artists,
        "seed": random_state,
        "audio": audio,
    }

    def build(stage: Path) -> None:
        made = simulate(
            stage,
            n_reviews=n_reviews,
            n_artists=n_artists,
            random_state=random_state,
            audio=audio,
            on_progress=on_progress,
        )
        if not made.complete:
            raise WorkspaceError(
                f"{workspace.root}: the simulation was stopped before its end; nothing was kept"
            )

    return workspace.run_step("import", build, parameters=parameters)


def prepare_corpus_text(
    workspace: Workspace, *, n_jobs: int = 1, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Turn the review texts into counts, vocabulary and tokens."""
    from dataclasses import asdict

    from ..datasets import TextSettings

    settings = TextSettings()
    return workspace.run_step(
        "text",
        lambda stage: _write_prepared(workspace, stage, settings, n_jobs, on_progress),
        parameters={**asdict(settings)},
        inputs=[REVIEWS, ARTISTS],
    )


def _write_prepared(
    workspace: Workspace, stage: Path, settings: Any, n_jobs: int, on_progress: ProgressCallback | None
) -> None:
    from ..datasets import prepare_text

    reviews = read_table(workspace.verified(REVIEWS), ["review_id", "artist_ids", "text"]).to_pandas()
    artists = read_table(workspace.verified(ARTISTS), ["artist_id", "name"])
    names = dict(zip(artists["artist_id"].to_pylist(), artists["name"].to_pylist(), strict=True))
    prepared = prepare_text(
        reviews["review_id"].tolist(),
        reviews["text"].tolist(),
        artist_names=[[names[i] for i in ids if i in names] for ids in reviews["artist_ids"]],
        settings=settings,
        n_jobs=n_jobs,
        cache_dir=workspace.cache("text"),
        on_progress=on_progress,
    )
    (stage / "corpus").mkdir(exist_ok=True)
    prepared.write(stage / "corpus")


def has_texts(workspace: Workspace) -> bool:
    """Return whether any review has a text."""
    texts = read_table(workspace.verified(REVIEWS), ["text"])["text"]
    return texts.null_count < len(texts)


# -- topics ------------------------------------------------------------------------------------------------------


def fit_topics(
    workspace: Workspace,
    *,
    config: Sequence[Mapping[str, Any]] | None = None,
    n_topics: int | None = None,
    n_sweeps: int = 200,
    prior: str | None = None,
    random_state: int = 0,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Fit a round of topics on the prepared corpus; the round becomes the current one."""
    if not count_words(workspace):
        raise WorkspaceError(
            f"{workspace.root}: no review has a text with words that occur often enough, so there are no topics to find"
        )
    parameters = {
        "topics": list(config) if config else None,
        "n_topics": None if config else n_topics or default_topic_count(workspace),
        "n_sweeps": n_sweeps,
        "prior": prior or ("proportional" if config else "classic"),
        "topic_word_prior": TOPIC_WORD_PRIOR,
        "seed": random_state,
    }
    inputs = {path: workspace.sha256(path) for path in (COUNTS, VOCABULARY, TOKENS)}
    rounds = topic_rounds(workspace)
    for number, record in rounds.items():
        done = workspace.up_to_date(record.name, parameters=parameters, inputs=inputs)
        if done is not None:
            workspace.note({CURRENT_ROUND: number})
            return done
    number = max(rounds, default=0) + 1
    name = round_step(number)
    record = workspace.run_step(
        name,
        lambda stage: _write_round(
            workspace, stage / round_folder(number), parameters, n_jobs, name, on_progress
        ),
        parameters=parameters,
        inputs=inputs,
        values={CURRENT_ROUND: number},
    )
    if config:
        keep_topic_config(workspace, config)
    return record


def count_artists(workspace: Workspace) -> int:
    """Return the number of artists."""
    return read_table(workspace.verified(ARTISTS), ["artist_id"]).num_rows


def count_words(workspace: Workspace) -> int:
    """Return the number of words in the vocabulary of the prepared text."""
    return read_table(workspace.verified(VOCABULARY), ["word"]).num_rows


def default_topic_count(workspace: Workspace) -> int:
    """Return how many topics to look for when nobody says: 20 for a small corpus, 50 for a large one."""
    texts = read_table(workspace.verified(REVIEWS), ["text"])["text"]
    n_texts = len(texts) - texts.null_count
    return min(20 if n_texts < 3000 else 50, count_words(workspace))


def round_step(number: int) -> str:
    """Return the step name of a round."""
    return f"topics/{number:04d}"


def round_folder(number: int) -> str:
    """Return the workspace folder of a round."""
    return f"topics/rounds/{number:04d}"


def kept_round(workspace: Workspace, *, random_state: int) -> StepRecord | None:
    """Return the current round if it still holds and has this seed: `run` leaves what the user fitted alone."""
    number = workspace.values().get(CURRENT_ROUND)
    if number is None or not workspace.has(f"{round_folder(number)}/summary.json"):
        return None
    record = topic_rounds(workspace)[number]
    return record if record.parameters["seed"] == random_state else None


def topic_rounds(workspace: Workspace) -> dict[int, StepRecord]:
    """Return the records of all rounds by number."""
    return {
        int(name.removeprefix("topics/")): record
        for name, record in workspace.steps().items()
        if name.startswith("topics/")
    }


def current_round(workspace: Workspace) -> int:
    """Return the number of the current round.

    Raises
    ------
    WorkspaceError
        If no topics have been fitted.
    """
    number = workspace.values().get(CURRENT_ROUND)
    if number is None:
        raise WorkspaceError(
            f"{workspace.root}: has no topics yet; run `bandscape topics fit {workspace.root}`"
        )
    return number


def read_topic_config(path: Path) -> list[dict[str, Any]]:
    """Return the topics to look for, checked.

    Raises
    ------
    ParameterError, SourceError
        If the file cannot be read or used; ``review_id`` is refused as an id, since tables have a column of that name.
    """
    from ..topics import read_topics

    topics = [topic.to_dict() for topic in read_topics(path)]
    if any(topic["id"] == "review_id" for topic in topics):
        raise ParameterError(f"{path}: no topic may have the id 'review_id'; give it another name")
    return topics


def kept_topic_config(workspace: Workspace) -> list[dict[str, Any]] | None:
    """Return the topics of the workspace's own topics/topics.json, if there is one."""
    path = workspace.root / TOPIC_CONFIG
    return read_topic_config(path) if path.exists() else None


def keep_topic_config(workspace: Workspace, config: Sequence[Mapping[str, Any]]) -> None:
    """Put the topics looked for where the next fit, and the user, finds them."""
    (workspace.root / "topics").mkdir(exist_ok=True)
    write_json(workspace.root / TOPIC_CONFIG, list(config))


def _write_round(
    workspace: Workspace,
    folder: Path,
    parameters: dict[str, Any],
    n_jobs: int,
    step: str,
    on_progress: ProgressCallback | None,
) -> None:
    from ..datasets import PreparedText
    from ..topics import KeywordLDA, check_topics, map_keywords

    for path in (COUNTS, VOCABULARY, TOKENS):
        workspace.verified(path)
    prepared = PreparedText.read(workspace.root / "corpus")
    topics, surfaces = None, {}
    if parameters["topics"]:
        topics, surfaces = map_keywords(check_topics(parameters["topics"]), prepared.normalizer())
    model = KeywordLDA(
        n_topics=parameters["n_topics"] or len(topics or ()),
        topics=topics,
        prior=parameters["prior"],
        topic_word_prior=parameters["topic_word_prior"],
        n_sweeps=parameters["n_sweeps"],
        n_samples=max(1, min(50, parameters["n_sweeps"] // 4)),
        n_jobs=n_jobs,
        random_state=parameters["seed"],
    )
    words = prepared.vocabulary["word"].tolist()
    model.fit(
        prepared.counts, vocabulary=words, on_progress=on_progress, checkpoint=workspace.checkpoint(step)
    )
    folder.mkdir(parents=True)
    model.save(folder / "model")
    _write_reports(folder, model, prepared, n_jobs)
    _write_keywords(folder, model, surfaces)
    _write_doc_topics(folder, model, prepared)


def _write_reports(folder: Path, model: "KeywordLDA", prepared: "PreparedText", n_jobs: int) -> None:
    """Write the topics as the author's report, as JSON and as a table, in each word's usual form."""
    import pyarrow as pa

    from ..topics import (
        choose_surfaces,
        count_surfaces,
        display_words,
        expected_surface_counts,
        format_report,
        list_topics,
        topics_table,
    )

    surfaces = [surface for row in prepared.vocabulary["surfaces"] for surface in row]
    word_of = [word for word, row in enumerate(prepared.vocabulary["surfaces"]) for _ in row]
    counts = count_surfaces(prepared.tokens["surface_ids"].tolist(), len(surfaces))
    expected = expected_surface_counts(counts, word_of, model.topic_word_, model.doc_topic_, n_jobs=n_jobs)
    chosen = choose_surfaces(expected, word_of, len(prepared.vocabulary))
    shown = display_words(surfaces, chosen, prepared.vocabulary["word"].tolist())
    topics = list_topics(model.topic_ids_.tolist(), model.topic_share_, model.topic_word_, shown)
    (folder / "topics.txt").write_text(format_report(topics), encoding="utf-8")
    write_json(folder / "summary.json", topics)
    write_table(folder / "topics.parquet", pa.Table.from_pandas(topics_table(topics), preserve_index=False))


def _write_keywords(folder: Path, model: "KeywordLDA", surfaces: Mapping[str, str]) -> None:
    """Write what became of each keyword, in the user's spelling, and one warning line for those absent."""
    report = [
        {**row, "keyword": surfaces.get(row["keyword"], row["keyword"])} for row in model.keyword_report_
    ]
    absent = [f"{row['keyword']} ({row['topic']})" for row in report if row["status"] == "absent"]
    warnings = [f"keywords that no review uses: {', '.join(absent)}"] if absent else []
    write_json(folder / "keywords.json", {"keywords": report, "warnings": warnings})


def _write_doc_topics(folder: Path, model: "KeywordLDA", prepared: "PreparedText") -> None:
    """Write p(topic | review) of the reviews that have words."""
    import numpy as np
    import pyarrow as pa

    kept = np.flatnonzero(np.diff(prepared.counts.indptr))
    columns: dict[str, Any] = {
        "review_id": pa.array(prepared.tokens["review_id"].to_numpy()[kept].tolist(), pa.string())
    }
    for at, topic in enumerate(model.topic_ids_.tolist()):
        columns[topic] = pa.array(model.doc_topic_[kept, at])
    write_table(folder / "doc_topics.parquet", pa.table(columns))


# -- artists -----------------------------------------------------------------------------------------------------


def fit_artists(
    workspace: Workspace, *, dim: int = 64, random_state: int = 0, on_progress: ProgressCallback | None = None
) -> StepRecord:
    """Learn a vector for each artist."""

    def build(stage: Path) -> None:
        from ..embeddings import Artist2Vec

        artists = read_table(workspace.verified(ARTISTS)).to_pandas()
        model = Artist2Vec(dim=dim, random_state=random_state)
        model.fit(artists, on_progress=on_progress, checkpoint=workspace.checkpoint("artists"))
        (stage / "artists").mkdir()
        model.save(stage / "artists" / "model")
        model.vectors_.save(stage / VECTORS)

    return workspace.run_step(
        "artists", build, parameters={"dim": dim, "seed": random_state}, inputs=[ARTISTS]
    )


def load_vectors(workspace: Workspace) -> "VectorTable":
    """Return the artist vectors.

    Raises
    ------
    WorkspaceError
        If they have not been learnt.
    """
    from ..embeddings import VectorTable

    if not workspace.has(VECTORS):
        raise WorkspaceError(
            f"{workspace.root}: has no artist vectors; run `bandscape artists fit {workspace.root}`"
        )
    return VectorTable.load(workspace.verified(VECTORS))


def lay_out_artists(
    workspace: Workspace,
    *,
    random_state: int | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Place the artists on a plane; without a seed, as they were placed before."""
    table = load_vectors(workspace)
    seed = _kept(workspace, "layout", "seed", 0) if random_state is None else random_state

    def build(stage: Path) -> None:
        from ..viz import lay_out, write_layout

        layout = lay_out(table.matrix, random_state=seed, n_jobs=n_jobs, on_progress=on_progress)
        (stage / "maps").mkdir()
        write_layout(stage / LAYOUT, layout, table.artist_ids)

    return workspace.run_step("layout", build, parameters={"seed": seed}, inputs=[VECTORS])


def _kept(workspace: Workspace, step: str, parameter: str, default: Any) -> Any:
    """Return a parameter of a step as it was used last."""
    record = workspace.steps().get(step)
    return record.parameters[parameter] if record else default


def cluster_artists(
    workspace: Workspace, *, n_clusters: int | None = None, random_state: int | None = None
) -> StepRecord:
    """Cluster the artists by vector and by place on the map; what is not given stays as it was."""
    k = _kept(workspace, "clusters", "k", None) if n_clusters is None else n_clusters
    seed = _kept(workspace, "clusters", "seed", 0) if random_state is None else random_state

    def build(stage: Path) -> None:
        import math

        import pyarrow as pa

        from ..embeddings import cluster_artists as cluster
        from ..viz import read_layout

        layout, _ = read_layout(workspace.verified(LAYOUT))
        found = cluster(load_vectors(workspace), layout.coordinates, n_clusters=k, random_state=seed)
        silhouettes = {"vectors": found.silhouette, "layout": found.layout_silhouette}
        (stage / "artists").mkdir()
        write_table(stage / CLUSTERS, pa.Table.from_pandas(found.table, preserve_index=False))
        write_json(
            stage / SILHOUETTES, {name: None if math.isnan(v) else v for name, v in silhouettes.items()}
        )

    return workspace.run_step("clusters", build, parameters={"k": k, "seed": seed}, inputs=[VECTORS, LAYOUT])


def cluster_facts(workspace: Workspace) -> dict[str, Any]:
    """Return names, sizes and best-known members of the clusters, on the vectors and on the layout."""
    table = read_table(workspace.verified(CLUSTERS)).to_pandas()
    artists = read_table(
        workspace.verified(ARTISTS), ["artist_id", "name", "genres", "n_reviews"]
    ).to_pandas()
    artists["genre"] = [genres[0] if len(genres) else "" for genres in artists["genres"]]
    table = table.merge(artists, on="artist_id", how="left").sort_values(
        "n_reviews", ascending=False, kind="stable"
    )
    silhouettes: dict[str, float | None] = read_json(workspace.verified(SILHOUETTES))
    facts = {}
    for kind, column in (("vectors", "cluster"), ("layout", "layout_cluster")):
        groups = [
            {"cluster": int(number), "name": rows[f"{column}_name"].iloc[0], "size": len(rows),
             "artists": _typical(rows)}
            for number, rows in table.groupby(column)
        ]  # fmt: skip
        facts[kind] = {"silhouette": silhouettes[kind], "clusters": groups}
    return facts


def _typical(rows: "pd.DataFrame") -> list[str]:
    """Return the most reviewed artists of a cluster that have its most frequent genre."""
    return rows.loc[rows["genre"] == rows["genre"].mode().iloc[0], "name"].head(4).tolist()


# -- map ---------------------------------------------------------------------------------------------------------


def write_map(workspace: Workspace, out: Path, *, title: str | None = None) -> None:
    """Write the map page from vectors, layout, clusters and, where there are any, topics."""
    from ..viz import artist_map, read_layout, write_html

    layout, _ = read_layout(workspace.verified(LAYOUT))
    artists = read_table(workspace.verified(ARTISTS)).to_pandas()
    figure = artist_map(
        artists,
        layout,
        load_vectors(workspace),
        clusters=read_table(workspace.verified(CLUSTERS)).to_pandas(),
        topic_shares=_topic_shares_of_artists(workspace),
        title=title or map_title(workspace),
        subtitle=f"{len(artists):,} artists, {read_table(workspace.verified(REVIEWS), ['title']).num_rows:,} reviews",
        basis="mostly artists with like genres, scores, labels and years",
        data_id=workspace.sha256(ARTISTS)[:7],
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_html(figure, out)


def map_title(workspace: Workspace) -> str:
    """Return a title for the map: what the corpus was read from."""
    parameters = workspace.steps()["import"].parameters
    if "source" not in parameters:
        return "A simulated music press"
    return Path(parameters["source"]).name.split(".")[0].replace("_", " ") or "Map of artists"


def _topic_shares_of_artists(workspace: Workspace) -> "pd.DataFrame | None":
    """Return the mean topic shares of each artist's reviews, named by the topics' first words; None without topics."""
    number = workspace.values().get(CURRENT_ROUND)
    if number is None or not workspace.has(f"{round_folder(number)}/summary.json"):
        return None
    folder = round_folder(number)
    shares = read_table(workspace.verified(f"{folder}/doc_topics.parquet")).to_pandas().set_index("review_id")
    reviews = read_table(workspace.verified(REVIEWS), ["review_id", "artist_ids"]).to_pandas()
    pairs = reviews.explode("artist_ids").dropna()
    pairs = pairs[pairs["review_id"].isin(shares.index)]
    if pairs.empty:
        return None
    summary = read_json(workspace.verified(f"{folder}/summary.json"))
    shares.columns = [topic_label(topic) for topic in summary]
    by_artist = shares.loc[pairs["review_id"]].groupby(pairs["artist_ids"].to_numpy()).mean()
    by_artist.index.name = "artist_id"
    return by_artist


def topic_label(topic: Mapping[str, Any]) -> str:
    """Return how to call a topic: its own name, or its first words when the name only numbers it."""
    stem, _, number = topic["id"].rpartition("_")
    if stem in {"topic", "other"} and number.isdigit():
        return " · ".join(entry["word"] for entry in topic["words"][:3])
    return topic["id"]


def best_known_artist(workspace: Workspace) -> str:
    """Return the name of the artist with most reviews."""
    artists = read_table(workspace.verified(ARTISTS), ["name", "n_reviews"]).to_pylist()
    return max(artists, key=lambda artist: artist["n_reviews"])["name"]
