"""Vectors of others, and for others: import, export."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, plural, say
from ..options import (
    WorkspacePath,
)
from .group import app


@app.command("import")
def import_(
    workspace: WorkspacePath,
    source: Annotated[Path, typer.Argument(help="File of vectors in word2vec's format, text or binary.")],
) -> None:
    """Take vectors made elsewhere (gensim: save_word2vec_format) in the place of the learnt ones.

    A key is an artist's id or name. `artists fit` and `run` put learnt vectors back in their place.
    """
    with Workspace(workspace).writing() as opened:
        record, found = steps.import_vectors(opened, source)
    table = steps.load_vectors(opened)
    verb = "unchanged" if record.skipped else "imported"
    known = int(table.known.sum())
    say(f"artists {verb}: {known:,} of {len(table):,} have a vector of length {table.dim}")
    _say_of_keys(found.unused, "no artist's")
    _say_of_keys(found.repeated, "of artists that have a vector already; the first counts")
    say(f"next: bandscape map {as_word(workspace)} --out map.html")


def _say_of_keys(keys: tuple[str, ...], what: str) -> None:
    """Tell of keys whose vectors were not taken."""
    if keys:
        shown = ", ".join(clean(key, 30) for key in keys[:5]) + (", ..." if len(keys) > 5 else "")
        say(f"note: {plural(len(keys), 'key is', 'keys are')} {what}: {shown}")


FORMATS = {".parquet": "parquet", ".txt": "word2vec", ".bin": "word2vec-binary"}


@app.command()
def export(
    workspace: WorkspacePath,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; a folder for the projector.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="parquet, word2vec, word2vec-binary or projector; default: as the file is called "
            "(.parquet, .txt, .bin).",
        ),
    ] = None,
) -> None:
    """Write the vectors: Parquet (artist_id, name, genres, vector), word2vec for gensim, Embedding Projector."""
    table = steps.load_vectors(Workspace(workspace))
    writers: dict[str, Any] = {
        "parquet": table.export_parquet,
        "word2vec": table.export_word2vec,
        "word2vec-binary": table.export_word2vec_binary,
        "projector": table.export_projector,
    }
    wanted = format_ or FORMATS.get(out.suffix)
    if wanted is None:
        raise ParameterError(
            f"--out must end in .parquet, .txt or .bin, or name a --format; got {out.name!r}"
        )
    if wanted not in writers:
        raise ParameterError(f"--format must be one of {', '.join(writers)}; got {wanted!r}")
    if wanted == "projector" and out.exists() and not _is_projector(out):
        raise ParameterError(f"{out}: is no empty folder; the projector's two files need one of their own")
    writers[wanted](out)
    say(f"wrote {len(table.names):,} vectors to {out}")
    if wanted == "projector":
        say("next: load tensors.tsv and metadata.tsv at https://projector.tensorflow.org or in TensorBoard")


def _is_projector(path: Path) -> bool:
    """Tell whether a folder holds nothing but what an earlier export wrote."""
    return path.is_dir() and {child.name for child in path.iterdir()} <= {"tensors.tsv", "metadata.tsv"}
