"""What the content network is taught: classes, several tags, numbers or vectors, each with gaps that are not filled.

A label that a sound lacks is masked: it neither counts nor is invented. Public names: :class:`Target`,
:func:`make_target`, :func:`kind_of`, :data:`KINDS`.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError

KINDS = ("class", "tags", "number", "vector")
_MOST_CLASSES = 20  # different whole numbers; with more of them a column holds numbers, not names of classes
_BETWEEN_TAGS = re.compile(r"\s*[|;]\s*")

Label = str | float | Sequence[float] | NDArray[Any] | None


@dataclass(frozen=True)
class Target:
    """One thing to be said of a sound.

    Parameters
    ----------
    name : str
    kind : {"class", "tags", "number", "vector"}
    names : tuple of str
        Classes or tags, sorted.
    center, scale : tuple of float, float
        What a number or vector is standardized by.
    """

    name: str
    kind: str
    names: tuple[str, ...] = ()
    center: tuple[float, ...] = ()
    scale: float = 1.0

    @property
    def size(self) -> int:
        """Outputs of its head."""
        return len(self.names) or len(self.center)

    def encode(self, values: Sequence[Label]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what the head should say, shape (n, size), and 1 or 0 for known and unknown, shape (n,).

        A class that was not there when the target was made is unknown.
        """
        wanted, known = np.zeros((len(values), self.size), np.float32), np.zeros(len(values), np.float32)
        place = {name: at for at, name in enumerate(self.names)}
        for row, value in enumerate(values):
            if is_missing(value):
                continue
            if self.names:
                parts = [str(value)] if self.kind == "class" else split_tags(str(value))
                at = [place[part] for part in parts if part in place]
                wanted[row, at] = 1.0
                known[row] = float(bool(at))
            else:
                numbers = np.asarray(value, np.float64).ravel()
                wanted[row] = (numbers - self.center) / self.scale
                known[row] = 1.0
        return wanted, known

    def decode(self, said: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return probabilities, or numbers in their own unit, shape (n, size), of what the head said."""
        if self.kind == "class":
            shifted = np.exp(said - said.max(axis=1, keepdims=True))
            return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)
        if self.kind == "tags":
            return np.asarray(1.0 / (1.0 + np.exp(-said)), np.float32)
        return np.asarray(said * self.scale + np.array(self.center), np.float32)

    def facts(self) -> dict[str, Any]:
        """Return it as JSON-able values; ``Target(**facts)`` is equal to it."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> "Target":
        """Return what :meth:`facts` was made of."""
        names, center = (tuple(facts[key]) for key in ("names", "center"))
        return cls(facts["name"], facts["kind"], names, center, float(facts["scale"]))


def make_target(name: str, values: Sequence[Label], kind: str | None = None) -> Target:
    """Find the classes, or the scale, of a column.

    Parameters
    ----------
    name : str
        Name of the column, for messages.
    values : sequence of str, float, array or None
    kind : {"class", "tags", "number", "vector"}, optional
        Found by :func:`kind_of` without it.

    Raises
    ------
    ParameterError
        If no value is known, all are the same, or a number is none.
    """
    known = [value for value in values if not is_missing(value)]
    if not known:
        raise ParameterError(f"{name}: no sound has a value; give labels, or leave the column out")
    kind = kind or kind_of(known)
    if kind not in KINDS:
        raise ParameterError(f"{name}: the kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if kind in ("class", "tags"):
        return _named(name, [str(value) for value in known], kind)
    rows = _numbers(name, known, kind)
    center, spread = rows.mean(axis=0), float(np.sqrt(rows.var(axis=0).mean()))
    if spread <= 1e-12:
        raise ParameterError(
            f"{name}: all {len(rows):,} sounds have the same value; nothing can be learnt of it"
        )
    return Target(name, kind, center=tuple(center.tolist()), scale=spread)


def _named(name: str, known: list[str], kind: str) -> Target:
    parts = known if kind == "class" else [part for value in known for part in split_tags(value)]
    names = tuple(sorted(set(parts)))
    everywhere = kind == "tags" and all(set(split_tags(value)) == set(names) for value in known)
    if len(names) < 2 or everywhere:
        said = f"{names[0][:60]!r}" if names else "nothing"
        raise ParameterError(f"{name}: at least two different values are needed; all sounds have {said}")
    return Target(name, kind, names)


def _numbers(name: str, known: list[Label], kind: str) -> NDArray[np.float64]:
    try:
        rows = np.array([np.asarray(value, np.float64).ravel() for value in known])
    except ValueError as error:
        form = "numbers of one length" if kind == "vector" else "a number"
        raise ParameterError(f"{name}: every value must be {form} ({error})") from error
    if rows.ndim != 2 or not np.isfinite(rows).all() or (kind == "number" and rows.shape[1] != 1):
        raise ParameterError(
            f"{name}: every value must be finite numbers of one length; got shape {rows.shape}"
        )
    return rows


def kind_of(known: Sequence[Label]) -> str:
    """Say what values are: vectors; numbers, if there are fractions or more than 20 whole ones; tags or classes.

    Parameters
    ----------
    known : sequence
        Without gaps.
    """
    if any(np.ndim(value) for value in known):  # type: ignore[arg-type]
        return "vector"
    texts = [str(value) for value in known]
    if all(_is_number(text) for text in texts):
        numbers = {float(text) for text in texts}
        fractions = any(not number.is_integer() for number in numbers)
        return "number" if fractions or len(numbers) > _MOST_CLASSES else "class"
    return "tags" if any(len(split_tags(text)) > 1 for text in texts) else "class"


def split_tags(value: str) -> list[str]:
    """Return the tags of a cell: what stands between ``|`` or ``;``.

    >>> split_tags("rock | electronic;")
    ['rock', 'electronic']
    """
    return [part for part in _BETWEEN_TAGS.split(value.strip()) if part]


def is_missing(value: Label) -> bool:
    """Return whether there is no label: None, blank, or not a number."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return isinstance(value, float) and np.isnan(value)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False
