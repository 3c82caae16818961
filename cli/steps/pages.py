"""The one rule for commands that write a page: it replaces nothing but pages of this program."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ENDINGS = (".html", ".htm")  # by others a browser shows the source
_OF_A_PAGE = b'id="bandscape-data"'  # in every page of this program


def check_own_page(out: Path) -> None:
    """Raise ParameterError unless ``out`` is named as a page and new, empty, or a page that this program wrote."""
    if out.is_dir():
        raise ParameterError(f"--out must be a file such as page.html; {out} is a folder")
    if out.suffix.lower() not in _ENDINGS:
        raise ParameterError(f"--out must end in .html; got {out.name!r}")
    if not out.exists():
        return
    if not out.is_file() or (out.stat().st_size and _OF_A_PAGE not in out.read_bytes()):
        raise ParameterError(
            f"--out must be a new file or a page that bandscape wrote; {out} is neither: give another name"
        )


def write_page(picture: "Any | go.Figure", out: Path) -> Path:
    """Write a picture as one offline page, in a folder that is made where it is missing."""
    from ...viz import write_html

    check_own_page(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    return write_html(picture, out)
