"""The steps of the corpus: import or simulate reviews, prepare their text."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import WorkspaceError
from ...core.executors import Executor
from ...core.files import count_nulls, read_table, sha256_of
from ...core.progress import ProgressCallback
from ...core.workspace import StepRecord, Workspace
from .import_options import ImportOptions
from .paths import ARTISTS, COUNTS, REVIEWS, TEXT_LANGUAGE, TEXT_MIN_REVIEWS, TOKENS, VOCABULARY

if TYPE_CHECKING:
    from ...datasets import StoredText


def import_reviews(
    workspace: Workspace,
    source: Path,
    options: ImportOptions | None = None,
    *,
    replace: bool = False,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Read ``source`` into the canonical tables of the corpus; other content is refused without ``replace``."""
    from ...datasets import import_corpus

    options = options or ImportOptions()
    digest = _digest_of_source(source)
    held = _held_source(workspace, digest)
    if held is None and not replace:
        _refuse_other_corpus(workspace, source.resolve().name)
    return workspace.run_step(
        "import",
        lambda stage: import_corpus(source, stage / "corpus", **options.given(), on_progress=on_progress),
        parameters={"source": held or source.resolve().name, **options.recorded()},
        inputs={"source": digest},
    )


def former_import_options(workspace: Workspace, source: Path) -> ImportOptions:
    """Return the options that this content was read with before; none if the workspace holds other reviews."""
    if _held_source(workspace, _digest_of_source(source)) is None:
        return ImportOptions()
    return ImportOptions.of_record(workspace.steps()["import"].parameters)


def _held_source(workspace: Workspace, digest: str) -> str | None:
    """Return the name under which this content was read, if it is what the workspace holds."""
    record = workspace.steps().get("import")
    return record.parameters.get("source") if record and record.inputs.get("source") == digest else None


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
    if record and (held or source):
        what = f"reviews read from {held}" if held else "a simulated corpus"
        what += ", which had other content then" if held == source else ""
        raise WorkspaceError(
            f"{workspace.root}: holds {what}; give another folder with --out, or --replace it"
        )


def _digest_of_source(source: Path) -> str:
    from ...datasets import source_files

    files = source_files(source)
    if source.is_file():
        return sha256_of(source)
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(source).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def corpus_notes(workspace: Workspace) -> dict[str, Any]:
    """Return how the source was understood: ``mapping`` of columns and ``notes``."""
    from ...datasets import read_about

    return read_about(workspace.verified(REVIEWS).parent)


def simulate_corpus(
    workspace: Workspace,
    *,
    n_reviews: int,
    n_artists: int,
    random_state: int,
    audio: bool,
    hostile_names: bool = True,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Make a corpus from the generative model, with the truth beside it; it counts as the import."""
    from ...datasets import SimulationSettings, simulate

    _refuse_other_corpus(workspace, None)
    parameters = {
        "simulate": True,
        "reviews": n_reviews,
        "artists": n_artists,
        "seed": random_state,
        "audio": audio,
    } | ({} if hostile_names else {"hostile_names": False})

    def build(stage: Path) -> None:
        made = simulate(
            stage,
            n_reviews=n_reviews,
            n_artists=n_artists,
            random_state=random_state,
            audio=audio,
            settings=SimulationSettings(hostile_names=hostile_names),
            on_progress=on_progress,
        )
        if not made.complete:
            raise WorkspaceError(
                f"{workspace.root}: the simulation was stopped before its end; nothing was kept"
            )

    return workspace.run_step("import", build, parameters=parameters)


def prepare_corpus_text(
    workspace: Workspace,
    *,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> StepRecord:
    """Turn the review texts, in the language noted, into counts, vocabulary and tokens."""
    from dataclasses import asdict, replace

    from ...datasets import TextSettings

    settings = TextSettings.for_language(workspace.values().get(TEXT_LANGUAGE, "english"))
    least = workspace.values().get(TEXT_MIN_REVIEWS)
    if least is not None:
        settings = replace(settings, min_document_count=least)
    return workspace.run_step(
        "text",
        lambda stage: _write_prepared(workspace, stage, settings, n_jobs, on_progress, executor),
        parameters={**asdict(settings)},
        inputs=[REVIEWS, ARTISTS],
    )


def check_language(name: str | None) -> str | None:
    """Return a language by its English name, None as it is.

    Raises
    ------
    ParameterError
        If text preparation does not know it; the message lists those it does.
    """
    from ...datasets import TextSettings

    return None if name is None else TextSettings.for_language(name).language


def keep_language(workspace: Workspace, name: str | None) -> None:
    """Note the language of the reviews, checked before; with None the one noted stays."""
    if name is not None:
        workspace.note({TEXT_LANGUAGE: name})


def keep_min_reviews(workspace: Workspace, least: int | None) -> None:
    """Note how many reviews a word must be in to count; with None what is noted stays."""
    if least is not None:
        workspace.note({TEXT_MIN_REVIEWS: least})


def _write_prepared(
    workspace: Workspace,
    stage: Path,
    settings: Any,
    n_jobs: int,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> None:
    from ...datasets import prepare_stored_text, text_key

    key = text_key(workspace.sha256(REVIEWS), workspace.sha256(ARTISTS), settings)
    prepare_stored_text(
        workspace.verified(REVIEWS).parent,
        stage / "corpus",
        settings=settings,
        n_jobs=n_jobs,
        kept=workspace.cache("text") / f"{key}.parts",
        on_progress=on_progress,
        executor=executor,
    )


def load_prepared(workspace: Workspace) -> "StoredText":
    """Return the prepared text of the corpus, verified."""
    from ...datasets import StoredText

    for path in (COUNTS, VOCABULARY, TOKENS):
        workspace.verified(path)
    return StoredText(workspace.root / "corpus")


def count_texts(workspace: Workspace) -> int:
    """Return how many reviews have a text."""
    n_reviews, n_missing = count_nulls(workspace.verified(REVIEWS), "text")
    return n_reviews - n_missing


def has_texts(workspace: Workspace) -> bool:
    """Return whether any review has a text."""
    return count_texts(workspace) > 0


def count_words(workspace: Workspace) -> int:
    """Return the number of words in the vocabulary of the prepared text."""
    return read_table(workspace.verified(VOCABULARY), ["word"]).num_rows


def count_artists(workspace: Workspace) -> int:
    """Return the number of artists."""
    return read_table(workspace.verified(ARTISTS), ["artist_id"]).num_rows


def best_known_artist(workspace: Workspace) -> str:
    """Return the name of the artist with most reviews."""
    artists = read_table(workspace.verified(ARTISTS), ["name", "n_reviews"]).to_pylist()
    return max(artists, key=lambda artist: artist["n_reviews"])["name"]
