"""The evaluate command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import ParameterError
from ..core.workspace import Workspace
from . import steps
from .console import print_json, print_table, progress_bars, say
from .options import AsJson, Seed, SideFeatureFiles, WorkspacePath

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..embeddings import Figure

NAMES = {
    "genre_at_10": "genre@10 (told)",
    "algebra_strict": "genre algebra, g2 and not g1 (told)",
    "algebra_g1_left": "genre algebra, g1 left over (less is better)",
    "score_rho": "score order within genre, rho (told)",
    "label_at_10": "label@10 (held out)",
    "half_decade_at_10": "half-decade@10 (held out)",
    "author_at_10": "same reviewer@10 (held out)",
    "cold_genre_at_10": "genre@10 of artists never trained",
    "cold_in_common_at_10": "their share of genres in common with the ten",
    "cold_kernel_ridge_at_10": "genre@10 of them by kernel ridge, fitted afterwards",
    "cold_shuffled_at_10": "… with shuffled features",
    "cold_raw_at_10": "… nearest by the features themselves",
    "cold_commonest_at_10": "… always the commonest genre",
    "cold_fixed_at_10": "… always the same ten artists",
    "cold_in_common_fixed_at_10": "share in common, always the same ten artists",
    "seed_overlap_at_10": "neighbors two seeds agree on",
    "recall_at_10": "hidden artists of users, recall@10",
    "map_at_10": "hidden artists of users, mAP@10",
    "auc": "hidden artists of users, AUC",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command()(evaluate)


def evaluate(
    workspace: WorkspacePath,
    rivals: Annotated[
        bool,
        typer.Option(
            "--rivals/--no-rivals",
            help="Also measure simple rivals: one-hot groups, TruncatedSVD and gensim's Word2Vec.",
        ),
    ] = True,
    histories: Annotated[
        Path | None,
        typer.Option(
            "--histories",
            help="Who listened to whom (.parquet, .csv, .tsv, .jsonl): user_id and artists or tracks (lists), or "
            "artist or track (a row each).",
        ),
    ] = None,
    judgements: Annotated[
        Path | None,
        typer.Option(
            "--judgements", help="CSV file of the answers that people gave on the page of `bandscape judge`."
        ),
    ] = None,
    side_features: SideFeatureFiles = None,
    seed: Seed = 0,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what the artist vectors are worth, beside chance and simple rivals.

    Probes hold out what they ask: the vectors are learnt anew without labels, years, reviewers. With side features, a
    tenth of the artists is left out three times and placed by them. Takes as long as a few fits.
    """
    if markdown and as_json:
        raise ParameterError("--markdown and --json exclude one another; choose one")
    opened = Workspace(workspace)
    agreed = steps.agreement_with_people(opened, judgements) if judgements else {}
    with progress_bars(quiet=as_json or markdown) as on_progress:
        figures = steps.evaluate_artists(
            opened,
            rivals=rivals,
            histories=histories,
            side_features=tuple(side_features or ()),
            random_state=seed,
            on_progress=on_progress,
        )
    if as_json:
        print_json(flat(figures) | agreed)
        return
    methods = list(dict.fromkeys(figure.method for figure in figures))
    cell = _interval if markdown else _cell
    rows = [_row(name, figures, methods, cell) for name in dict.fromkeys(figure.name for figure in figures)]
    if agreed:
        rows.append(_agreement_row(agreed, len(methods), exact=markdown))
    heads = ["", "chance", *methods]
    if markdown:
        lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
        say("\n".join("| " + " | ".join(line) + " |" for line in lines))
        return
    print_table([(head, "left" if not head else "right") for head in heads], rows)
    if steps.are_imported(opened):
        say(
            'imported vectors are asked as they are: nothing was held out of them, so that what is "held out" they may '
            "have been told; they are of one seed"
        )
    say("±: half the 95 % interval over artists (users); told: the vectors were learnt from it; chance of the users' "
        "figures: recommending what is popular")  # fmt: skip


def flat(figures: "list[Figure]") -> dict[str, Any]:
    """Return the figures as one flat object: ours by name, rivals' as name_RIVAL."""
    found: dict[str, Any] = {}
    first = figures[0].method if figures else ""
    for figure in figures:
        ending = (
            "" if figure.method == first else "_" + figure.method.lower().replace(" ", "_").replace("-", "_")
        )
        key = figure.name + ending
        found |= {key: figure.value, f"{key}_low": figure.low, f"{key}_high": figure.high}
        if not ending:
            found |= {f"{key}_chance": figure.chance, f"{key}_n": figure.n}
    return found


def _row(
    name: str, figures: "list[Figure]", methods: list[str], cell: "Callable[[Figure], str]"
) -> list[str]:
    by_method = {figure.method: figure for figure in figures if figure.name == name}
    chance = next(iter(by_method.values())).chance
    cells = [cell(by_method[method]) if method in by_method else "–" for method in methods]
    return [NAMES.get(name, name), "–" if chance != chance else f"{chance:.3f}", *cells]


def _cell(figure: "Figure") -> str:
    if figure.value != figure.value:
        return "–"
    return f"{figure.value:.3f} ±{(figure.high - figure.low) / 2:.3f}".replace("±0", "±")


def _interval(figure: "Figure") -> str:
    return (
        "–" if figure.value != figure.value else f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
    )


def _agreement_row(agreed: dict[str, Any], n_methods: int, *, exact: bool) -> list[str]:
    """Return the row of what people said; it is about the vectors of the workspace, so the rivals have none."""
    label = f"agrees with people ({agreed['judgements']:,} answers)"
    rest = ["–"] * (n_methods - 1)
    if not agreed["judgements"]:
        return [label, "–", "–", *rest]
    low, high = agreed["agreement_low"], agreed["agreement_high"]
    spread = f"[{low:.3f}, {high:.3f}]" if exact else f"±{(high - low) / 2:.3f}".replace("±0", "±")
    return [label, f"{agreed['agreement_chance']:.3f}", f"{agreed['agreement']:.3f} {spread}", *rest]
