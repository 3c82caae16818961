"""How vectors are trained where it is not as `Artist2Vec` does by itself: optimizer, start, noise, schedule, steps.

The preset ``tutorial`` repeats the notebook this project grew from, for comparison [1]_: artists by review, pairs from
a mixture of genres and rounded scores, NCE as TensorFlow's ``nce_loss`` has it by default, plain gradient descent. Two
of its defects are mended: reviews without a genre are not a genre, and a group with a single artist is left out (it was
drawn from forever). Noise is drawn with replacement, from shares that fall with the row in the artists table.

Public: `Recipe`, `preset_parameters`, `tutorial_contexts`, `PRESETS`.

References
----------
.. [1] P. Ferris, machinelearning, word2vec/Pitchfork.ipynb.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import ParameterError
from .contexts import Context, ReviewPairs

OPTIMIZERS = ("adagrad", "sgd")
SCHEDULES = ("linear", "constant")
STARTS = ("base_rates", "random")
NOISES = ("unigram", "log_uniform")
PRESETS = ("tutorial",)
TUTORIAL_BIAS = 8  # of ten draws go to genres, the others to scores


@dataclass(frozen=True)
class Recipe:
    """Choices of the training that are seldom changed; the defaults are those of `Artist2Vec`.

    Parameters
    ----------
    optimizer : {"adagrad", "sgd"}
        Row-wise Adagrad on summed gradients, or plain gradient descent on the mean loss of the batch, whose learning
        rate must be higher the larger the batch is.
    schedule : {"linear", "constant"}
        Whether the learning rate falls over the training.
    start : {"base_rates", "random"}
        ``"base_rates"``: output vectors zero and output biases kept at log q. ``"random"``: artists uniform in (-1, 1),
        outputs from a normal of deviation 1 / sqrt(dim) cut at two deviations, biases zero and trained.
    noise : {"unigram", "log_uniform"}
        Noise outputs by the power 3/4 of their frequency, or by 1 / rank of their number, as if sorted by frequency.
    n_steps : int, >= 1, or None
        Steps in all, in the place of ``epochs``.
    """

    optimizer: str = "adagrad"
    schedule: str = "linear"
    start: str = "base_rates"
    noise: str = "unigram"
    n_steps: int | None = None


def tutorial_contexts() -> tuple[Context, ...]:
    """Give the mixture of the tutorial: eight draws of ten from a genre, two from a rounded mean score.

    Returns
    -------
    tuple of Context
    """
    return (
        ReviewPairs("genres", weight=float(TUTORIAL_BIAS), counts="genre_counts"),
        ReviewPairs("mean_score", weight=10.0 - TUTORIAL_BIAS, counts="n_reviews"),
    )


def preset_parameters(name: str) -> dict[str, Any]:
    """Give the parameters of `Artist2Vec` of a preset: ``Artist2Vec(**preset_parameters("tutorial"))``.

    Parameters
    ----------
    name : {"tutorial"}

    Returns
    -------
    dict

    Raises
    ------
    ParameterError
        If there is no such preset.
    """
    if name not in PRESETS:
        raise ParameterError(f"preset must be one of {', '.join(PRESETS)}; got {name!r}")
    recipe = Recipe(
        optimizer="sgd", schedule="constant", start="random", noise="log_uniform", n_steps=100_000
    )
    return {
        "dim": 64, "contexts": tutorial_contexts(), "loss": "nce", "n_negatives": 16, "batch_size": 64,
        "learning_rate": 1.0, "l2": 0.0, "recipe": recipe,
    }  # fmt: skip


def recipe_from_record(record: Mapping[str, Any] | None) -> Recipe | None:
    """Make a recipe from a mapping of its fields, as a stored model has it; None stays None."""
    return None if record is None else Recipe(**record)


def check_recipe(recipe: Recipe | None, loss: str) -> Recipe:
    """Return a usable recipe, the default one for None.

    Raises
    ------
    ParameterError
        If a field is none of its choices, or the start does not go with the loss.
    """
    if recipe is None:
        return Recipe()
    if not isinstance(recipe, Recipe):
        raise ParameterError(f"recipe must be a Recipe or None; got {type(recipe).__name__}")
    choices = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "start": STARTS, "noise": NOISES}
    for name, known in choices.items():
        if getattr(recipe, name) not in known:
            raise ParameterError(
                f"recipe.{name} must be one of {', '.join(known)}; got {getattr(recipe, name)!r}"
            )
    steps = recipe.n_steps
    if steps is not None and (
        isinstance(steps, bool) or not isinstance(steps, numbers.Integral) or steps < 1
    ):
        raise ParameterError(f"recipe.n_steps must be an int >= 1 or None; got {steps!r}")
    if loss == "softmax" and dataclasses.replace(recipe, schedule="linear", n_steps=None) != Recipe():
        raise ParameterError(
            "loss softmax is trained by Adagrad from the base rates without noise; "
            "use loss nce with another optimizer, start or noise"
        )
    return recipe
