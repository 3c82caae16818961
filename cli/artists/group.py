"""The group of the artist commands, and what several of them take."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Artist vectors: neighbors, analogies, clusters.", no_args_is_help=True)
Top = Annotated[int, typer.Option("--top", min=1, help="Number of answers.")]
Method = Annotated[
    str, typer.Option("--method", help="3cosadd (sums), 3cosmul (products) or 3cosavg (one average offset).")
]
MinReviews = Annotated[
    int, typer.Option("--min-reviews", min=0, help="Leave out artists with fewer reviews than this.")
]
Contexts = Annotated[
    str | None,
    typer.Option(
        "--contexts",
        help="What artists are learnt from, with weights: genre=1,score=1,genre-score=.5,year=.3,label=.3,author,"
        "topics,listeners,listened-together, or a column of --columns; or a .json file (docs/artists.md).",
    ),
]
Histories = Annotated[
    Path | None,
    typer.Option(
        "--histories",
        help="Who listened to whom: user_id and artists or tracks (lists), or artist or track (a row each).",
    ),
]
ArtistColumns = Annotated[
    list[Path] | None,
    typer.Option(
        "--columns", help="Further columns of artists (.parquet, .csv, .jsonl), by artist_id or name."
    ),
]
