"""Artist vectors from metadata: `Artist2Vec`, an estimator in the manner of scikit-learn.

Rows follow the artists table throughout. Training lives in `nce`, what is trained on in `contexts`, what
can be asked of the result in `vectors`.

Public: `Artist2Vec`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import numbers
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..core.artifacts import Artifact, load_artifact, save_artifact
from ..core.checkpoints import Checkpoint
from ..core.errors import ChecksumError, ParameterError, SchemaError
from ..core.executors import Executor
from ..core.progress import ProgressCallback
from ..core.randomness import RandomState, as_seed
from .context_index import ContextIndex, index_contexts
from .context_options import contexts_as_records, contexts_from_records
from .contexts import Context, default_contexts
from .devices import CPU, DEVICES, find_device
from .joint_projection import ARRAYS as PROJECTION_ARRAYS
from .joint_projection import JointProjection
from .nce import NceSettings, NceTrainer, Trainer
from .quality import genre_matrix
from .recipes import Recipe, check_recipe, recipe_from_record
from .side_blocks import align
from .side_features import SideFeatures
from .side_placing import fill_in
from .training import train
from .vectors import VectorTable

if TYPE_CHECKING:
    from .joint_training import SideInputs

ARTIFACT_KIND = "artist2vec"
_OF_PROJECTION = "projection."  # begins the names of its arrays in a stored model
LOSSES = ("nce", "negative_sampling", "softmax")
MOST_SOFTMAX_OUTPUTS = 4096  # a step costs batch_size * outputs * dim
PAIRS_PER_BLOCK = 256
FEWEST_STEPS = 256  # or tiny tables would end before they have learnt anything


class Artist2Vec(BaseEstimator):
    """Learn a vector for each artist from the groups it belongs to: skip-gram with NCE.

    Parameters
    ----------
    dim : int, >= 1
        Length of the vectors.
    contexts : sequence of Context or None
        What an artist is paired with; None means `default_contexts`, less those whose columns the table
        lacks.
    loss : {"nce", "negative_sampling", "softmax"}
        ``"nce"`` corrects by log(k q), so that dot products learn log p(output | artist) / q(output);
        ``"negative_sampling"`` leaves log k out (word2vec); ``"softmax"`` normalizes over all outputs, of which
        there may be at most 4,096 (tokens of genres and scores, not artists), and draws no noise.
    n_negatives : int, >= 1
        Noise outputs against each pair; the pairs of a block of 256 share them.
    batch_size : int, >= 1
        Pairs a step at most; small tables take smaller batches (a quarter of the memberships, not below 256).
    epochs : float, > 0
        Pairs drawn, counted in memberships: every (artist, group) is drawn this often on average. Tiny tables
        take at least 256 steps.
    learning_rate : float, > 0
        First step size of row-wise Adagrad; falls linearly.
    l2 : float, >= 0
        Pull toward zero, per drawn pair. It is what bounds the vectors, gives the weights of the contexts
        their meaning and makes subtraction clean.
    patience : int, >= 0
        Ends the training after this many graph calls in a row (of 64 steps) without a lower loss on pairs held out: of
        a fiftieth of the memberships of each context, which are never trained on. 0 trains on all, to the end. The
        vectors are those of the last step.
    recipe : Recipe or None
        Optimizer, schedule, start, noise and number of steps where they are not the usual ones; see
        `preset_parameters` for the tutorial's.
    device : {"auto", "cpu", "gpu"}
        Where it is trained; ``"auto"`` is a GPU if TensorFlow sees one. Bytes repeat on the processor only.
    random_state : None, int, Generator or RandomState
        Same int, same bytes.

    Attributes
    ----------
    vectors_ : VectorTable
        One vector an artist. An artist without any context has the zero vector, which is never an answer.
    artist_weights_ : ndarray of shape (n_artists, dim), float32
        The vectors as trained, not normalized.
    output_weights_ : ndarray of shape (n_outputs, dim), float32
        Vectors of the outputs; ``artist_weights_ @ output_weights_.T + output_bias_`` estimates
        log p(output | artist) when ``loss="nce"`` and ``l2=0``.
    output_bias_ : ndarray of shape (n_outputs,), float32
        Log of ``noise_share_``, unless the recipe trains it.
    output_names_ : list of str
        ``"genres=rock"``, ``"mean_score>=7.2"``, ... or ``"artist=ID"``.
    noise_share_ : ndarray of shape (n_outputs,), float64
        The noise distribution q.
    loss_trace_ : ndarray of shape (n_reports, 2), float64
        Pairs seen and loss on a fixed batch, drawn from the memberships that are trained on or, with ``patience``,
        from those held out.
    n_steps_, n_pairs_ : int
        Steps and pairs trained, fewer than planned if the progress callback or ``patience`` ended the training.
    stopped_ : bool
        Whether one of them did.
    seed_ : int
        What everything random was derived from.
    projection_ : JointProjection or None
        Places artists by their side features, if it was fitted with any.

    Notes
    -----
    A step takes O(batch_size * dim) time whatever the number of artists; memory is O((n_artists + n_outputs)
    * dim + memberships). Everything random in a step is a function of (seed, step), and the compiled
    updates add up in a fixed order on a processor, so a rerun or a resumed run gives the same bytes on the same
    machine; on a GPU the order is free, and the vectors differ in their last places.

    References
    ----------
    .. [1] Mikolov et al. (2013), Distributed representations of words and phrases.
    .. [2] Mnih, Kavukcuoglu (2013), Learning word embeddings efficiently with noise-contrastive estimation.
    """

    def __init__(
        self,
        *,
        dim: int = 64,
        contexts: Sequence[Context] | None = None,
        loss: str = "nce",
        n_negatives: int = 8,
        batch_size: int = 8192,
        epochs: float = 120.0,
        learning_rate: float = 0.2,
        l2: float = 0.2,
        patience: int = 0,
        recipe: Recipe | None = None,
        device: str = "auto",
        random_state: RandomState = 0,
    ) -> None:
        self.dim = dim
        self.contexts = contexts
        self.loss = loss
        self.n_negatives = n_negatives
        self.batch_size = batch_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.l2 = l2
        self.patience = patience
        self.recipe = recipe
        self.device = device
        self.random_state = random_state

    def fit(
        self,
        artists: pd.DataFrame,
        y: None = None,  # noqa: ARG002 - the grammar of scikit-learn
        *,
        on_progress: ProgressCallback | None = None,
        checkpoint: Checkpoint | None = None,
        executor: Executor | None = None,
        side_features: Sequence[SideFeatures] = (),
    ) -> Artist2Vec:
        """Learn the vectors.

        Parameters
        ----------
        artists : DataFrame
            One artist a row: artist_id (unique), name, and the columns the contexts name (by default genres,
            mean_score, years, labels, authors).
        y : None
            Ignored.
        on_progress : callable, optional
            Called after each graph call; a true answer ends the training, and the vectors so far are kept.
        checkpoint : Checkpoint, optional
            Where to go on from and to save to; deleted after the last step.
        executor : Executor, optional
            Whose workers share every batch, such as :class:`bandscape.core.executors.RayExecutor`; this process when
            absent. The same bytes, and a checkpoint of one serves the other.
        side_features : sequence of SideFeatures, optional
            Features by which artists can be placed that are not in training: a projection of them is learnt in the same
            steps (`joint_training`). It does not move the vectors of trained artists.

        Returns
        -------
        Artist2Vec
            Itself.

        Raises
        ------
        ParameterError
            If a parameter is out of range, or no two artists of the table have anything in common (no
            artists, one artist, no genres or scores at all), or the learning rate is so high that the training
            diverges.
        SchemaError
            If a needed column is missing, or an artist_id occurs twice; or a table of side features fits no artist, or
            fewer than 20 artists have any.
        """
        check_parameters(self)
        check_artists(artists)
        index = index_contexts(artists, self._used_contexts(artists))
        if self.loss == "softmax" and index.n_outputs > MOST_SOFTMAX_OUTPUTS:
            raise ParameterError(
                f"loss softmax is for at most {MOST_SOFTMAX_OUTPUTS:,} outputs; these contexts have "
                f"{index.n_outputs:,}; use loss nce, or contexts without artist pairs and labels"
            )
        seed = as_seed(self.random_state)
        used, held = _split(index, seed) if self.patience else (index, None)
        settings = plan_training(self, len(used.entries), seed)
        settings = dataclasses.replace(settings, device=self._device(settings, executor))
        blocks = [align(table, artists) for table in side_features]
        sides = _sides(artists, index, blocks, side_features) if blocks else None
        trainer = _make_trainer(used, settings, executor, held, sides)
        with contextlib.closing(trainer):
            more = () if sides is None else (sides.inputs, sides.taught)
            self._keep_run(*train(trainer, used, on_progress, checkpoint, more), trainer.settings)
        arrays = trainer.arrays()
        self.seed_ = seed
        self.artist_weights_ = np.where(index.has_context()[:, None], arrays["artist"], np.float32(0))
        self.output_weights_ = arrays["output"]
        self.output_bias_ = trainer.output_bias()
        self.noise_share_ = trainer.noise_share
        ids = artists["artist_id"].to_numpy()[index.output_artist]
        self.output_names_ = [*index.token_names, *(f"artist={artist_id}" for artist_id in ids)]
        self.vectors_ = VectorTable.from_artists(artists, self.artist_weights_)
        self.projection_ = None if sides is None else sides.projection(arrays)
        if self.projection_ is not None:
            self.vectors_ = fill_in(self.vectors_, self.projection_, blocks)
        return self

    def save(self, directory: str | Path) -> None:
        """Write the model as a folder of JSON, safetensors and Parquet."""
        check_is_fitted(self, "vectors_")
        params = {name: getattr(self, name) for name in self.get_params(deep=False)}
        params["contexts"] = None if self.contexts is None else contexts_as_records(self.contexts)
        params["recipe"] = None if self.recipe is None else dataclasses.asdict(self.recipe)
        if not isinstance(self.random_state, (numbers.Integral, type(None))):
            params["random_state"] = self.seed_
        fitted = {name: getattr(self, name) for name in ("seed_", "n_steps_", "n_pairs_", "stopped_")}
        arrays = {
            name: getattr(self, name)
            for name in ("artist_weights_", "output_weights_", "output_bias_", "noise_share_", "loss_trace_")
        }
        tables = {"artists": self.vectors_.to_arrow(), "outputs": pa.table({"name": self.output_names_})}
        config: dict[str, Any] = {"params": params, "fitted": fitted}
        if self.projection_ is not None:
            config["projection"], weights = self.projection_.as_record()
            arrays |= {_OF_PROJECTION + name: array for name, array in weights.items()}
        save_artifact(
            directory,
            ARTIFACT_KIND,
            config=config,
            arrays=arrays,
            tables=tables,
        )

    @classmethod
    def load(cls, directory: str | Path) -> Artist2Vec:
        """Read a model written by `save`.

        Raises
        ------
        SourceError, ChecksumError, FormatVersionError, ParameterError
            As `bandscape.core.artifacts.load_artifact`.
        """
        artifact = load_artifact(directory, ARTIFACT_KIND)
        try:
            params = dict(artifact.config["params"])
            if params["contexts"] is not None:
                params["contexts"] = list(contexts_from_records(params["contexts"]))
            params["recipe"] = recipe_from_record(params.get("recipe"))
            model = cls(**params)
            own = {
                name: array for name, array in artifact.arrays.items() if not name.startswith(_OF_PROJECTION)
            }
            for name, value in {**artifact.config["fitted"], **own}.items():
                setattr(model, name, value)
            model.projection_ = _stored_projection(artifact)
            model.output_names_ = artifact.tables["outputs"]["name"].to_pylist()
            model.vectors_ = VectorTable.from_arrow(artifact.tables["artists"])
        except (KeyError, TypeError) as error:
            raise ChecksumError(
                f"{directory}: not a usable {ARTIFACT_KIND} ({error}); fit it again"
            ) from error
        shape = (len(model.vectors_), model.vectors_.dim)
        if model.artist_weights_.shape != shape or len(model.output_weights_) != len(model.output_names_):
            raise ChecksumError(
                f"{directory}: its vectors do not match its artists table (weights {model.artist_weights_.shape}, "
                f"artists {shape}); fit it again"
            )
        return model

    def _used_contexts(self, artists: pd.DataFrame) -> Sequence[Context]:
        if self.contexts is not None:
            return self.contexts
        names = set(artists.columns)
        return [c for c in default_contexts() if {c.column, getattr(c, "near", None)} - {None} <= names]

    def _device(self, settings: NceSettings, executor: Executor | None) -> str:
        """Return where to train; several processes share a batch to the same bytes on processors only."""
        from .nce_replicas import count_replicas

        if executor is None or count_replicas(settings, executor.n_partitions) == 1:
            return find_device(self.device)
        if self.device == "gpu":
            raise ParameterError("device gpu is for one process; take device cpu, or the executor local")
        return CPU

    def _keep_run(self, steps: int, trace: list[tuple[float, float]], settings: NceSettings) -> None:
        self.n_steps_ = steps
        self.n_pairs_ = steps * settings.batch_size
        self.stopped_ = steps < settings.n_steps
        self.loss_trace_ = np.array(trace, dtype=np.float64).reshape(-1, 2)


def _sides(
    artists: pd.DataFrame, index: ContextIndex, blocks: list[np.ndarray], features: Sequence[SideFeatures]
) -> SideInputs:
    """Return what a projection is learnt from."""
    from .joint_training import side_inputs

    informed = (
        genre_matrix(list(artists["genres"]))[0].any(axis=1) if "genres" in artists else index.has_context()
    )
    return side_inputs(blocks, features, trained=index.has_context(), informed=np.asarray(informed))


def _stored_projection(artifact: Artifact) -> JointProjection | None:
    """Return the projection that was stored with a model, if there is one."""
    if "projection" not in artifact.config:
        return None
    arrays = {name: artifact.arrays[_OF_PROJECTION + name] for name in PROJECTION_ARRAYS}
    return JointProjection.from_record(artifact.config["projection"], arrays)


def _split(index: ContextIndex, seed: int) -> tuple[ContextIndex, ContextIndex]:
    """Return the memberships to train on and those to score on; the same ones where none can be spared."""
    from .held_pairs import hold_out

    return hold_out(index, seed) or (index, index)


def _make_trainer(
    index: ContextIndex,
    settings: NceSettings,
    executor: Executor | None,
    held: ContextIndex | None,
    sides: SideInputs | None,
) -> Trainer:
    """Return what trains here, with or without a projection, or on the workers of an executor."""
    from .joint_training import JointTrainer
    from .nce_replicas import ReplicatedTrainer, count_replicas

    if executor is None or count_replicas(settings, executor.n_partitions) == 1:
        return (
            NceTrainer(index, settings, held)
            if sides is None
            else JointTrainer(index, settings, held, sides=sides)
        )
    return ReplicatedTrainer(index, settings, executor, held, sides)


def plan_training(model: Artist2Vec, n_entries: int, seed: int) -> NceSettings:
    """Fit batch size and number of steps to the size of the table."""
    batch_size = min(model.batch_size, max(PAIRS_PER_BLOCK, n_entries // 4))
    block_size = min(batch_size, PAIRS_PER_BLOCK)
    batch_size -= batch_size % block_size
    recipe = model.recipe or Recipe()
    return NceSettings(
        dim=int(model.dim),
        n_steps=int(recipe.n_steps or max(FEWEST_STEPS, math.ceil(model.epochs * n_entries / batch_size))),
        batch_size=int(batch_size),
        block_size=int(block_size),
        n_negatives=int(model.n_negatives),
        learning_rate=float(model.learning_rate),
        l2=float(model.l2),
        corrected=model.loss == "nce",
        seed=seed,
        full_softmax=model.loss == "softmax",
        patience=int(model.patience),
        optimizer=recipe.optimizer,
        schedule=recipe.schedule,
        start=recipe.start,
        noise=recipe.noise,
    )


def check_parameters(model: Artist2Vec) -> None:
    """Raise ParameterError, naming the parameter, if one is out of range."""
    if model.loss not in LOSSES:
        raise ParameterError(f"loss must be one of {', '.join(LOSSES)}; got {model.loss!r}")
    check_recipe(model.recipe, model.loss)
    if model.device not in DEVICES:
        raise ParameterError(f"device must be one of {', '.join(DEVICES)}; got {model.device!r}")
    for name in ("dim", "n_negatives", "batch_size"):
        value = getattr(model, name)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
            raise ParameterError(f"{name} must be an int >= 1; got {value!r}")
    if (
        isinstance(model.patience, bool)
        or not isinstance(model.patience, numbers.Integral)
        or model.patience < 0
    ):
        raise ParameterError(f"patience must be an int >= 0; got {model.patience!r}")
    for name, inclusive in (("epochs", False), ("learning_rate", False), ("l2", True)):
        value = getattr(model, name)
        number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
        if not (math.isfinite(number) and (number > 0 or (inclusive and number == 0))):
            raise ParameterError(f"{name} must be a number {'>=' if inclusive else '>'} 0; got {value!r}")


def check_artists(artists: pd.DataFrame) -> None:
    """Raise ParameterError or SchemaError if this is no artists table."""
    if not isinstance(artists, pd.DataFrame):
        raise ParameterError(f"artists must be a DataFrame; got {type(artists).__name__}")
    for column in ("artist_id", "name"):
        if column not in artists.columns:
            raise SchemaError(f"artists: column {column} is missing")
    repeated = artists["artist_id"][artists["artist_id"].duplicated()]
    if len(repeated):
        raise SchemaError(f"artists: artist_id must be unique; {str(repeated.iloc[0])[:80]!r} occurs twice")
    if len(artists) < 2:
        raise ParameterError(
            f"artists: vectors compare artists, so at least two are needed; got {len(artists)}"
        )
