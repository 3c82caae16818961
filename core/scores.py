"""How a mean of scores is given: to thousandths, as sums of floats leave digits that mean nothing.

Public: `rounded_mean`.
"""

import math

DECIMALS = 3


def rounded_mean(mean_score: float | None) -> float | None:
    """Round a mean of scores to thousandths; None where there is none.

    Parameters
    ----------
    mean_score : float or None
        NaN counts as None.

    Returns
    -------
    float or None

    Examples
    --------
    >>> rounded_mean(7.300000000000001), rounded_mean(float("nan"))
    (7.3, None)
    """
    return None if mean_score is None or math.isnan(mean_score) else round(float(mean_score), DECIMALS)
