"""Writing a picture as one offline HTML file. Public functions: :func:`write_html`, :func:`figure_page`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..core.errors import ParameterError
from ..core.replacement import replace_file
from .pages import make_page

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Picture(Protocol):
    """A picture that knows its own page."""

    def page(self) -> str:
        """Return the whole HTML file."""
        ...


def write_html(figure: "Picture | go.Figure", path: str | Path) -> Path:
    """Write a picture as one file that works offline, from a disk, for years.

    Parameters
    ----------
    figure : ArtistMap or another picture with a method ``page``, or plotly Figure
    path : str or Path
        Written beside and renamed: an interrupted write leaves the old file.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ParameterError
        If ``figure`` is something else.
    """
    if hasattr(figure, "page"):
        page = figure.page()  # pyright: ignore[reportAttributeAccessIssue]
    elif hasattr(figure, "to_plotly_json"):
        page = figure_page(figure)  # pyright: ignore[reportArgumentType]
    else:
        raise ParameterError(
            f"figure must be a picture of bandscape.viz or a plotly Figure; got {type(figure).__name__}"
        )
    with replace_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")
    return Path(path)


def figure_page(figure: "go.Figure") -> str:
    """Return a page with nothing but one Plotly figure."""
    title = str(figure.layout.title.text or "figure")  # pyright: ignore[reportAttributeAccessIssue]
    return make_page("figure", title, json.loads(figure.to_json() or "{}"))
