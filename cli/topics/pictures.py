"""Pictures of the topics: map, shares, trace."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..borrowed import open_to_answer
from ..console import as_word, print_json, print_table, say, warn
from ..options import AsJson, Seed, Threads, WorkspacePath, n_threads, page_to_write
from .fitting import warn_of_earlier
from .group import app

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...viz import TopicShares

SHARES_OF = ("reviews", "words")
ENOUGH_REVIEWS = 5
"""Groups of fewer say nothing of least or most where there are larger ones: chance makes extremes of them."""
GROUPS = ("year", "genre", "score", "release_year", "label", "author", "best_new_music")


@app.command("map")
def map_(
    workspace: WorkspacePath,
    out: Annotated[
        Path | None,
        page_to_write("The HTML file to write; default: the workspace's maps/topics.html."),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Shown at the top of the page.")] = None,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Write the map of topics: one HTML file that works offline, with a slider of relevance for the words."""
    out = out or workspace / steps.TOPIC_MAP
    with open_to_answer(workspace, out) as opened:
        n_topics = steps.write_topic_map(
            opened, out, title=title, random_state=seed, n_jobs=n_threads(threads)
        )
    say(f"map of {n_topics} topics: {out} ({_size(out)}); open it in a browser, no network needed")


@app.command()
def shares(
    workspace: WorkspacePath,
    by: Annotated[str, typer.Option("--by", help=f"One of {', '.join(GROUPS)}.")] = "year",
    out: Annotated[Path | None, page_to_write("The HTML file to write, if you want the picture.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Topics in the table, those that vary most.")] = 12,
    of: Annotated[
        str,
        typer.Option(
            "--of", help="Shares of the mean review (reviews), or of all words of the group (words)."
        ),
    ] = "reviews",
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Show how the topics are spread over years, genres or scores, with 95 % intervals; the most uneven first."""
    if by not in GROUPS:
        raise ParameterError(f"--by must be one of {', '.join(GROUPS)}; got {by!r}")
    if of not in SHARES_OF:
        raise ParameterError(f"--of must be one of {', '.join(SHARES_OF)}; got {of!r}")
    found = steps.topic_shares_by_group(Workspace(workspace), by, of=of, n_jobs=n_threads(threads))
    if out is not None:
        steps.write_topic_shares(found, out)
    if as_json:
        print_json(_share_rows(found))
        return
    _print_shares(found, top)
    if out is not None:
        say(f"all {len(found.topics)} topics by {by}: {out} ({_size(out)}); open it in a browser")
    else:
        say(
            f"next: bandscape topics shares {as_word(workspace)} --by {by} --out shares.html (all topics, as a picture)"
        )


def _print_shares(shares: "TopicShares", top: int) -> None:
    import numpy as np

    names = shares.payload["firstWords"]
    candidates = _large_groups(shares)
    rows = []
    for row in range(min(top, len(shares.topics))):
        # the surest, not the most extreme: a wide interval makes no record
        least = candidates[int(np.argmin(_or(shares.high, shares.share)[row, candidates]))]
        most = candidates[int(np.argmax(_or(shares.low, shares.share)[row, candidates]))]
        called = ", ".join(names[row][:3]) if shares.payload["numbered"][row] else shares.payload["ids"][row]
        rows.append(
            (called or shares.payload["ids"][row], _percent(shares.overall[row]),
             f"{shares.labels[least]} {_bounds(shares, row, least)}",
             f"{shares.labels[most]} {_bounds(shares, row, most)}")
        )  # fmt: skip
    print_table([("topic", "left"), ("mean", "right"), ("least", "left"), ("most", "left")], rows)
    if len(candidates) < len(shares.groups):
        n_large = f"{len(candidates):,} of {len(shares.groups):,} groups"
        say(f"least and most of the {n_large} that have {ENOUGH_REVIEWS} reviews or more")
    if len(shares.groups) == 1:
        warn(f"there is one group alone, {shares.labels[0]}: nothing to compare; choose another --by")


def _large_groups(shares: "TopicShares") -> "NDArray[np.intp]":
    """Return the groups that can be least or most; all where none is large."""
    import numpy as np

    large = np.flatnonzero(shares.n_documents >= ENOUGH_REVIEWS)
    return large if large.size else np.arange(len(shares.groups))


def _or(bound: "NDArray[np.float64]", share: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the bounds of intervals, the share itself where there is none."""
    import numpy as np

    return np.where(np.isnan(bound), share, bound)


def _bounds(shares: "TopicShares", row: int, group: int) -> str:
    low, high = shares.low[row, group], shares.high[row, group]
    interval = "" if low != low else f" ({100 * low:.1f}–{100 * high:.1f})"
    return f"{_percent(shares.share[row, group])}{interval}"


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _share_rows(shares: "TopicShares") -> list[dict[str, Any]]:
    return [
        {
            "topic": topic,
            "group": group,
            "share": shares.share[row, at],
            "low": shares.low[row, at],
            "high": shares.high[row, at],
            "n_documents": int(shares.n_documents[at]),
        }
        for row, topic in enumerate(shares.topics)
        for at, group in enumerate(shares.groups)
    ]


@app.command()
def differences(
    workspace: WorkspacePath,
    by: Annotated[str, typer.Option("--by", help=f"One of {', '.join(GROUPS)}.")] = "year",
    top: Annotated[int, typer.Option("--top", min=1, help="Topics in the table, the surest.")] = 12,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Test whether topics grow or shrink with years or scores, or differ between genres, labels or authors.

    Many topics are tested at once; p is adjusted for that, so that of the topics below .05 about one in twenty is due
    to chance.
    """
    if by not in GROUPS:
        raise ParameterError(f"--by must be one of {', '.join(GROUPS)}; got {by!r}")
    rows = steps.judge_covariate(Workspace(workspace), by, random_state=seed)
    if as_json:
        print_json(rows)
        return
    shown = [_trend(row) if "slope" in row else _difference(row) for row in rows[:top]]
    columns = _TREND if "slope" in rows[0] else _DIFFERENCE
    print_table([("topic", "left"), *((column, "right") for column in columns)], shown)
    n_sure = sum(row["p_adjusted"] < SURE for row in rows)
    verb = "change with" if "slope" in rows[0] else "differ by"
    say(f"{n_sure} of {len(rows)} topics {verb} {by.replace('_', ' ')} (adjusted p below .05)")
    say(f"next: bandscape topics shares {as_word(workspace)} --by {by}   (where each is large and small)")


SURE = 0.05
_TREND = ("a unit", "95 %", "rank corr.", "adjusted p")
_DIFFERENCE = ("of its variance", "adjusted p")


def _trend(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["topic"], f"{100 * row['slope']:+.2f} points", f"{100 * row['low']:+.2f} to {100 * row['high']:+.2f}",
        f"{row['rank_correlation']:+.2f}", _chance(row["p_adjusted"]),
    )  # fmt: skip


def _difference(row: dict[str, Any]) -> tuple[str, ...]:
    return row["topic"], f"{100 * row['between']:.1f} % between groups", _chance(row["p_adjusted"])


def _chance(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


@app.command()
def trace(
    workspace: WorkspacePath,
    out: Annotated[Path | None, page_to_write("The HTML file to write, if you want the picture.")] = None,
    number: Annotated[
        int | None, typer.Option("--round", min=1, help="Which round; default: the current one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how the sampler ran: log-likelihood, moved tokens, temperature, and whether the chain has settled."""
    opened = Workspace(workspace)
    model = steps.load_topics(opened, number, may_be_earlier=True)
    shown = steps.current_round(opened) if number is None else number
    outdated = warn_of_earlier(opened, shown)
    judged = steps.judge_trace(model)
    notes = (
        list(judged.warnings) if judged else ["too few sweeps at the final temperature to judge the chain by"]
    )
    if out is not None:
        steps.write_trace(opened, model, shown, notes, out)
    columns = {name: values.tolist() for name, values in model.trace_.items()}
    if as_json:
        print_json({"round": shown, "outdated": outdated, "warnings": notes, "trace": columns})
        return
    _print_trace(columns)
    for note in notes:
        warn(note)
    if judged is not None and not notes:
        say(f"settled: R-hat {judged.rhat:.3f}, {judged.ess_bulk:.0f} effective sweeps of {judged.n_draws}")
    if out is not None:
        say(f"traces of round {shown}: {out} ({_size(out)}); open it in a browser")
    else:
        say(f"next: bandscape topics trace {as_word(workspace)} --out trace.html (all sweeps, as a picture)")


def _print_trace(columns: dict[str, list[float]]) -> None:
    """Print a dozen sweeps, evenly spread, with the first and the last."""
    count = len(columns["log_likelihood"])
    rows = sorted({round(at * (count - 1) / 11) for at in range(12)})
    print_table(
        [("sweep", "right"), ("log-likelihood a token", "right"), ("moved", "right"), ("temperature", "right")],
        [
            (f"{columns['sweep'][row]:.0f}", f"{columns['log_likelihood'][row]:.4f}",
             _percent(columns["moved"][row]), f"{columns['temperature'][row]:.3g}")
            for row in rows
        ],
    )  # fmt: skip


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
