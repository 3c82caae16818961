"""One line of the table that a benchmark prints and writes to ``RESULTS.md``.

Public names: :func:`row`.
"""

from typing import Any


def row(
    name: str, value: float, unit: str, peer: str = "", ratio: Any = None, note: str = ""
) -> dict[str, Any]:
    """Return one line of the table.

    Parameters
    ----------
    name : str
        What was measured, and of what.
    value : float
    unit : str
    peer : str, optional
        Who else was measured, and its value in the same unit.
    ratio : float, optional
        Ours to that of the peer.
    note : str, optional
        How it was measured, where the name does not say it.
    """
    return {"name": name, "value": float(value), "unit": unit, "peer": peer, "ratio": ratio, "note": note}
