"""One parameter, ``random_state``, turned once into a generator or into an integer key.

Public functions: :func:`as_generator`, :func:`as_seed`.
"""

import numbers

import numpy as np

from .errors import ParameterError

RandomState = None | int | np.random.Generator | np.random.RandomState


def as_generator(random_state: RandomState = None) -> np.random.Generator:
    """Turn ``random_state`` into a numpy Generator.

    Parameters
    ----------
    random_state : None, int >= 0, Generator or RandomState
        A Generator is returned as it is (and goes on from where it stands).

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    ParameterError
        If ``random_state`` is of another type or negative.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**31 - 1, size=4))
    is_int = isinstance(random_state, numbers.Integral) and not isinstance(random_state, bool)
    if random_state is None or (is_int and int(random_state) >= 0):  # pyright: ignore[reportArgumentType]
        return np.random.default_rng(None if random_state is None else int(random_state))  # pyright: ignore
    raise ParameterError(
        f"random_state must be None, an int >= 0, a Generator or a RandomState; got {random_state!r}"
    )


def as_seed(random_state: RandomState = None) -> int:
    """Draw one integer in [0, 2**63) to key counter-based kernels with.

    An int is used unchanged, so that the seed a user typed is the one that is recorded.

    Parameters
    ----------
    random_state : None, int >= 0, Generator or RandomState
        A Generator or RandomState moves on by the draw.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If ``random_state`` is not usable (see :func:`as_generator`).
    """
    generator = as_generator(random_state)
    if isinstance(random_state, numbers.Integral):
        if int(random_state) >= 2**63:
            raise ParameterError(f"random_state must be below 2**63; got {random_state}")
        return int(random_state)
    return int(generator.integers(0, 2**63 - 1))
