"""How a source is to be read: what the options of `import` and `run` say, what is recorded, what was said before.

Public names: :class:`ImportOptions`.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_FLAGS = {
    "format": "--format",
    "columns": "--columns",
    "score_range": "--score-range",
    "artist_separators": "--artist-separator",
    "keep_artists": "--keep-artist",
    "date_order": "--date-order",
    "encoding": "--encoding",
    "fill_down": "--fill-down",
}
_USUAL_RANGE = (0.0, 10.0)
# Recorded whether given or not; the options that came later only when given: steps done before them stay valid.
_ALWAYS_RECORDED = {
    "format": None,
    "columns": None,
    "score_range": list(_USUAL_RANGE),
    "artist_separators": [],
}


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What was said of a source, named as :func:`~bandscape.datasets.import_corpus` takes it; None or () if nothing.

    Attributes
    ----------
    format, columns, date_order, encoding : str or None
    score_range : (float, float) or None
    artist_separators, keep_artists, fill_down : tuple of str
    """

    format: str | None = None
    columns: str | None = None
    score_range: tuple[float, float] | None = None
    artist_separators: tuple[str, ...] = ()
    keep_artists: tuple[str, ...] = ()
    date_order: str | None = None
    encoding: str | None = None
    fill_down: tuple[str, ...] = ()

    @classmethod
    def of_record(cls, parameters: Mapping[str, Any]) -> "ImportOptions":
        """Return the options in the parameters of a step that was done; a range of 0 to 10 counts as not said."""
        said = {name: parameters[name] for name in _FLAGS if parameters.get(name)}
        told: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
        }
        if told.get("score_range") == _USUAL_RANGE:
            del told["score_range"]
        return cls(**told)

    def given(self) -> dict[str, Any]:
        """Return the options that were given, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, ())}

    def without(self, others: "ImportOptions") -> "ImportOptions":
        """Return these options but for those that ``others`` give."""
        theirs = others.given()
        return ImportOptions(**{name: value for name, value in self.given().items() if name not in theirs})

    def or_else(self, former: "ImportOptions") -> "ImportOptions":
        """Return these options, and those of ``former`` that these do not give."""
        return ImportOptions(**{**former.given(), **self.given()})

    def recorded(self) -> dict[str, Any]:
        """Return the options as parameters of a step, lists for tuples as JSON gives them back."""
        given = {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.given().items()
        }
        return {**_ALWAYS_RECORDED, **given}

    def as_words(self) -> str:
        """Return the options as one writes them on the command line."""
        return " ".join(
            f"{_FLAGS[name]} {shlex.quote(value)}"
            for name, values in self.given().items()
            for value in _texts(name, values)
        )


def _texts(name: str, values: Any) -> list[str]:
    """Return the texts of an option, one for each time that it is to be written."""
    if name == "score_range":
        low, high = values
        return [f"{low:g},{high:g}"]
    return [values] if isinstance(values, str) else list(values)
