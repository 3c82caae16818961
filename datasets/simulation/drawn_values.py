"""What simulated sound sources have in common: random values within ranges, and what may be asked for."""

from collections.abc import Collection, Mapping

import numpy as np

from ...core.errors import ParameterError


def draw_values(
    ranges: Mapping[str, tuple[float, float]], logarithmic: Collection[str], rng: np.random.Generator
) -> dict[str, float]:
    """Draw a value within each range, even in its logarithm for the names in ``logarithmic``."""
    values = {}
    for name, (low, high) in ranges.items():
        place = float(rng.uniform())
        values[name] = low * (high / low) ** place if name in logarithmic else low + (high - low) * place
    return values


def check_request(count: int, duration_s: float, sample_rate_hz: int, *, shortest_s: float) -> None:
    """Refuse numbers of sources, seconds and rates that cannot be.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """
    if count < 1 or not shortest_s <= duration_s <= 3600 or not 4000 <= sample_rate_hz <= 192_000:
        raise ParameterError(
            f"count must be >= 1, duration_s within {shortest_s:g} to 3600, sample_rate_hz within 4000 to 192000; got"
            f" {count!r}, {duration_s!r}, {sample_rate_hz!r}"
        )
