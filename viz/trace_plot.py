"""How chains ran: log-likelihood, moved tokens, temperature over the sweeps.

Public names: :func:`trace_plot`, :class:`TracePlot`.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError
from .display import display_name
from .packing import packed
from .pages import OfflinePage
from .palette import PALETTES

if TYPE_CHECKING:
    import plotly.graph_objects as go

# What is drawn, in this order, where a trace has it: title, explanation, kind of number.
QUANTITIES: dict[str, tuple[str, str, str]] = {
    "log_likelihood": (
        "log-likelihood a token",
        "mean log-probability of a token given all others; higher is better",
        "number",
    ),
    "moved": ("moved tokens", "share of the tokens that changed their topic in the sweep", "share"),
    "temperature": ("temperature", "weight of the priors while annealing", "number"),
    "doc_prior": ("sum of alpha", "fitted strength of the documents' prior", "number"),
    "word_prior": ("mean beta", "fitted strength of the words' prior", "number"),
}
_MOST_CHAINS = 10
_MOST_POINTS = 4_000


@dataclass(frozen=True, eq=False)
class TracePlot(OfflinePage):
    """Traces of chains, ready to be written or shown.

    Parameters
    ----------
    sweeps : list of ndarray
        The sweeps of each chain.
    series : dict of str to list of ndarray
        The values of each chain, by quantity.
    payload : dict
        All that the page is given.
    """

    kind = "trace"
    caption = "traces of the chains"
    height_px = 680

    sweeps: list[NDArray[np.float64]]
    series: dict[str, list[NDArray[np.float64]]]
    payload: dict[str, Any]

    @cached_property
    def figure(self) -> "go.Figure":
        """The traces as a plain Plotly figure."""
        return _figure(self)


def trace_plot(
    traces: Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]],
    *,
    names: Sequence[str] | None = None,
    n_samples: int | None = None,
    notes: Sequence[str] = (),
    title: str | None = None,
    subtitle: str | None = None,
) -> TracePlot:
    """Make the picture of one or several chains.

    Parameters
    ----------
    traces : mapping of str to array of shape (n_sweeps,), or a sequence of such
        As ``KeywordLDA.trace_``: "log_likelihood" and, as far as there are, "sweep", "moved", "temperature",
        "doc_prior", "word_prior". Chains may differ in length.
    names : sequence of str or None
        Names of the chains.
    n_samples : int or None
        The last so many sweeps are averaged; they are shaded.
    notes : sequence of str
        Said below the title, such as warnings of :func:`bandscape.topics.diagnostics.diagnose_traces`.
    title, subtitle : str or None

    Returns
    -------
    TracePlot

    Raises
    ------
    ParameterError
        If there is no chain, more than ten, or a trace without sweeps or with columns of different length.
    """
    chains = [traces] if isinstance(traces, Mapping) else list(traces)
    if not 1 <= len(chains) <= _MOST_CHAINS:
        raise ParameterError(f"traces must be 1 to {_MOST_CHAINS} chains; got {len(chains)}")
    columns = [_check_trace(chain) for chain in chains]
    said = [f"chain {number}" for number in range(1, len(chains) + 1)] if names is None else list(names)
    if len(said) != len(chains):
        raise ParameterError(f"names must hold one name per chain, {len(chains)} of them; got {len(said)}")
    sweeps = [chain["sweep"] for chain in columns]
    series = {
        key: [chain.get(key, np.full(len(chain["sweep"]), np.nan)) for chain in columns]
        for key in QUANTITIES
        if any(_says_something(chain, key) for chain in columns)
    }
    longest = max(len(one) for one in sweeps)
    payload = {
        "version": 1,
        "title": display_name(title or "Traces", 120),
        "subtitle": display_name(subtitle or _counted(len(chains), longest), 160),
        "notes": [display_name(note, 400) for note in notes],
        "names": [display_name(name, 40) for name in said],
        "samples": n_samples or 0,
        "sweeps": [packed(_thinned(one), "float32") for one in sweeps],
        "every": _stride(longest),
        "charts": [
            {
                "key": key,
                "title": QUANTITIES[key][0],
                "says": QUANTITIES[key][1],
                "kind": QUANTITIES[key][2],
                "values": [packed(_thinned(one), "float32") for one in values],
            }
            for key, values in series.items()
        ],
        "palettes": PALETTES,
    }
    return TracePlot(sweeps, series, payload)


def _check_trace(trace: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    if "log_likelihood" not in trace:
        raise ParameterError(f"a trace needs log_likelihood; got {', '.join(map(str, trace)) or 'nothing'}")
    columns = {str(key): np.asarray(values, np.float64).ravel() for key, values in trace.items()}
    n_sweeps = len(columns["log_likelihood"])
    if not n_sweeps or any(len(values) != n_sweeps for values in columns.values()):
        raise ParameterError("a trace needs one value per sweep in every column, and at least one sweep")
    return {"sweep": np.arange(1.0, n_sweeps + 1), **columns}


def _says_something(chain: Mapping[str, NDArray[np.float64]], key: str) -> bool:
    """Tell whether a column is worth a chart: fitted priors and temperatures that never change are not."""
    if key not in chain or not np.isfinite(chain[key]).any():
        return False
    return (
        key == "log_likelihood" or len(chain[key]) == 1 or bool(np.nanmin(chain[key]) < np.nanmax(chain[key]))
    )


def _stride(n_points: int) -> int:
    return max(1, -(-n_points // _MOST_POINTS))


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return every n-th value, always with the last one, so that at most some thousands are drawn."""
    stride = _stride(len(values))
    return values[(len(values) - 1) % stride :: stride]


def _counted(n_chains: int, n_sweeps: int) -> str:
    chains = "one chain" if n_chains == 1 else f"{n_chains} chains"
    return f"{chains} of {n_sweeps:,} sweep{'' if n_sweeps == 1 else 's'}"


def _figure(plot: TracePlot) -> "go.Figure":
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    keys = list(plot.series)
    titles = [QUANTITIES[key][0] for key in keys]
    figure = make_subplots(len(keys), 1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.08)
    colors = PALETTES["light"]["categories"]
    for row, key in enumerate(keys, start=1):
        for chain, values in enumerate(plot.series[key]):
            name = html.escape(plot.payload["names"][chain], quote=False)
            line = {"color": colors[chain % len(colors)], "width": 1.5}
            trace = go.Scatter(
                x=plot.sweeps[chain], y=values, mode="lines", name=name, line=line, showlegend=row == 1
            )
            figure.add_trace(trace, row=row, col=1)
    paper = PALETTES["light"]["paper"]
    figure.update_layout(
        template="plotly_white", height=200 * len(keys) + 60, paper_bgcolor=paper, plot_bgcolor=paper,
        margin={"l": 64, "r": 16, "t": 32, "b": 40},
    )  # fmt: skip
    figure.update_xaxes(title_text="sweep", row=len(keys), col=1)
    return figure
