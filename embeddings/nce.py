"""Skip-gram with noise-contrastive estimation, drawn, computed and applied inside one TensorFlow graph.

For an artist ``a`` and an output ``c`` (a token or another artist) the model is

    log p(c | a) = artist[a] . output[c] + bias[c],     bias[c] = log q(c), started there and kept there,

with ``q`` the noise distribution. A drawn pair is told from ``k`` noise outputs by the logit
``log p(c | a) - log(k q(c))`` [1]_, which with that bias is ``artist[a] . output[c] - log k``: the vectors
have only the departure from the base rates left to learn, which is why the bias starts where it does [2]_.

Conventions: a *step* is one batch. Everything random in step ``s`` is a function of (seed, s) alone, so a
stopped run goes on bit for bit. All pairs of a *block* share their noise outputs. Rows are updated by
row-wise Adagrad [3]_ (or plain descent) on the rows drawn only: the cost of a step does not depend on the
number of artists. With the start ``"random"`` the biases are trained, from zero, and the logit of a pair is
``artist[a] . output[c] + bias[c] - log(k q(c))``.
Everything is compiled by XLA, whose scatter on CPU adds in the order of the batch: same seed, same bytes. On a GPU the
order is anybody's, and figures differ in their last places.

Public: `NceSettings`, `NceTrainer`, `Trainer`.

References
----------
.. [1] Gutmann, Hyvarinen (2010), Noise-contrastive estimation, equations 3-5; Mnih, Teh (2012), equation 8.
.. [2] Levy, Goldberg (2014), Neural word embedding as implicit matrix factorization, section 3.
.. [3] Duchi, Hazan, Singer (2011), Adaptive subgradient methods; one accumulator a row as in
       Gupta et al. (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .context_index import ContextIndex
from .devices import CPU, load_tensorflow
from .losses import nce_loss, softmax_loss
from .pair_draws import PairTables, log_uniform_share, noise_table

START_ACCUMULATOR = 0.01
LAST_LEARNING_RATE = 0.02  # share of the first, reached linearly


@dataclass(frozen=True)
class NceSettings:
    """How to train; every field changes the result.

    Parameters
    ----------
    dim : int
        Length of the vectors.
    n_steps : int
        Batches in all; the learning rate falls linearly over them.
    batch_size, block_size : int
        Pairs a batch, and pairs that share noise; the block divides the batch.
    n_negatives : int
        Noise outputs a block (the ``k`` of NCE).
    learning_rate : float
        First step size of row-wise Adagrad.
    l2 : float
        Pull of the two rows of every drawn pair toward zero.
    corrected : bool
        Subtract log k (NCE); False leaves it out (negative sampling).
    seed : int
        In [0, 2**63).
    full_softmax : bool
        Normalize over all outputs instead of telling pairs from noise.
    patience : int
        Graph calls in a row that may fail to lower the loss on the fixed batch; 0 for any number.
    optimizer, schedule, start, noise : str
        As in `Recipe`.
    device : str
        TensorFlow's name of what it is trained on.
    """

    dim: int
    n_steps: int
    batch_size: int
    block_size: int
    n_negatives: int
    learning_rate: float
    l2: float
    corrected: bool
    seed: int
    full_softmax: bool = False
    patience: int = 0
    optimizer: str = "adagrad"
    schedule: str = "linear"
    start: str = "base_rates"
    noise: str = "unigram"
    device: str = CPU

    @property
    def trains_bias(self) -> bool:
        """Whether the output biases are trained."""
        return self.start == "random"

    @property
    def n_blocks(self) -> int:
        """Blocks in a batch."""
        return self.batch_size // self.block_size

    @property
    def offset(self) -> float:
        """What is taken off every dot product: bias[c] - log(k q(c)) = -log k."""
        return float(np.log(self.n_negatives)) if self.corrected else 0.0


class Trainer(Protocol):
    """What runs the steps of a training."""

    settings: NceSettings
    noise_share: np.ndarray

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train steps ``first_step`` to ``first_step + n_steps - 1``."""
        ...

    def loss(self) -> float:
        """Compute the loss on a batch that is the same all through the run and never trained on."""
        ...

    def output_bias(self) -> np.ndarray:
        """Copy out the biases of the outputs."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Copy out the trainable arrays, by name."""
        ...

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `arrays` gave."""
        ...

    def close(self) -> None:
        """Let go of what other processes hold."""
        ...


class NceTrainer:
    """Hold the trainable arrays and the compiled training function of one run.

    Parameters
    ----------
    index : ContextIndex
        What to draw from.
    settings : NceSettings
        How to train.
    held : ContextIndex, optional
        What the loss is measured on, of the same outputs; without it, what is trained on.
    """

    def __init__(self, index: ContextIndex, settings: NceSettings, held: ContextIndex | None = None) -> None:
        self._tf = tf = load_tensorflow()
        self.settings = settings
        if settings.noise == "log_uniform":
            table, self.noise_share = noise_table(log_uniform_share(index.n_outputs), power=1.0)
        else:
            table, self.noise_share = noise_table(index.output_share())
        self._log_q = np.log(self.noise_share).astype(np.float32)
        with tf.device(settings.device):
            self._tables = PairTables.from_index(tf, index, table)
            self._held = self._tables if held is None else PairTables.from_index(tf, held, table)
            start = start_arrays(settings, index.n_artists, index.n_outputs)
            self._variables = {name: tf.Variable(array) for name, array in start.items()}
            self._advance = tf.function(self._run_steps, jit_compile=True, autograph=False)
            self._draw = tf.function(self._draw_batch, jit_compile=True, autograph=False)
            self._draw_held = tf.function(
                lambda step: self._draw_batch(step, self._held), jit_compile=True, autograph=False
            )

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train steps ``first_step`` to ``first_step + n_steps - 1`` in one graph call."""
        tf = self._tf
        with tf.device(self.settings.device):
            done = self._advance(tf.constant(first_step, tf.int64), tf.constant(n_steps, tf.int64))
            done.numpy()  # wait

    def batch(self, step: int, *, held: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw what step ``step`` draws: artists (batch,), outputs (batch,), noise (n_blocks, k); int32.

        ``held``: of the memberships that the loss is measured on.
        """
        draw = self._draw_held if held else self._draw
        with self._tf.device(self.settings.device):
            artist, output, noise = draw(self._tf.constant(step, self._tf.int64))
        return artist.numpy(), output.numpy(), noise.numpy()

    def loss(self) -> float:
        """Compute the loss on a batch that is the same all through the run: of held memberships, if there are any."""
        with np.errstate(all="ignore"):  # it is not finite where the training diverged
            return self._loss()

    def _loss(self) -> float:
        artist, output, noise = self.batch(self.settings.n_steps, held=self._held is not self._tables)
        if self.settings.full_softmax:
            arrays = self.arrays()
            return softmax_loss(arrays["artist"][artist], arrays["output"], self._log_q, output)
        with self._tf.device(self.settings.device):
            rows = [self._tf.gather(self._variables["artist"], artist).numpy()]
            rows += [self._tf.gather(self._variables["output"], places).numpy() for places in (output, noise)]
        if not self.settings.trains_bias:
            return nce_loss(*rows, offset=self.settings.offset, block_size=self.settings.block_size)
        # a last column of ones on one side and of shifts on the other adds the shifts to the dot products
        shift = self._variables["bias"].numpy()[:, 0] - self._log_kq()
        sides = [np.ones(len(artist), np.float32), shift[output], shift[noise]]
        rows = [np.concatenate([row, side[..., None]], -1) for row, side in zip(rows, sides, strict=True)]
        return nce_loss(*rows, offset=0.0, block_size=self.settings.block_size)

    def output_bias(self) -> np.ndarray:
        """Copy out the biases of the outputs: log q where they are not trained."""
        return self._variables["bias"].numpy()[:, 0] if self.settings.trains_bias else self._log_q.copy()

    def arrays(self) -> dict[str, np.ndarray]:
        """Copy out the trainable arrays, by name."""
        return {name: variable.numpy() for name, variable in self._variables.items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `arrays` gave."""
        for name, variable in self._variables.items():
            variable.assign(arrays[name])

    def close(self) -> None:
        """Do nothing: all is here."""

    def _run_steps(self, first_step: Any, n_steps: Any) -> Any:
        tf = self._tf

        def one_step(step: Any) -> tuple[Any]:
            self._update(step, *self._draw_batch(step))
            self._after_update(step)
            return (step + 1,)

        return tf.while_loop(lambda step: step < first_step + n_steps, one_step, [first_step])[0]

    def _draw_batch(self, step: Any, tables: PairTables | None = None) -> tuple[Any, Any, Any]:
        """Artists, partners and shared noise outputs of one step."""
        return (tables or self._tables).draw(self._tf, self.settings, step)

    def _update(self, step: Any, artist: Any, output: Any, noise: Any) -> None:
        """Apply the gradient of the NCE loss of one batch to the rows it touches."""
        if self.settings.full_softmax:
            h = self._tf.gather(self._variables["artist"], artist)  # (batch, dim)
            self._update_softmax(artist, output, h, self._rate(step))
        else:
            self._apply(step, artist, output, noise, *self._gradients(artist, output, noise))

    def _after_update(self, step: Any) -> None:
        """Do nothing more; what is learnt beside the vectors is moved here."""

    def _gradients(self, artist: Any, output: Any, noise: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Gradients of the rows of artists, outputs and noise outputs, and of the biases of the latter two.

        The arrays are those of whole blocks; what a block gives does not depend on the others.
        """
        tf, settings = self._tf, self.settings
        h = tf.gather(self._variables["artist"], artist)  # (batch, dim)
        w = tf.gather(self._variables["output"], output)  # (batch, dim)
        v = tf.gather(self._variables["output"], noise)  # (blocks, k, dim)
        blocks = tf.reshape(h, [noise.shape[0], settings.block_size, settings.dim])
        of_output, of_noise = self._offsets(output, noise)
        d_positive = tf.sigmoid(row_sums(tf, h * w, settings.dim) - of_output) - 1.0
        d_negative = tf.sigmoid(tf.matmul(blocks, v, transpose_b=True) - of_noise)
        d_h = d_positive * w + tf.reshape(tf.matmul(d_negative, v), tf.shape(h)) + settings.l2 * h
        d_w = d_positive * h + settings.l2 * w
        d_v = tf.reshape(tf.matmul(d_negative, blocks, transpose_a=True), [-1, settings.dim])
        return d_h, d_w, d_v, d_positive, tf.reshape(tf.reduce_sum(d_negative, axis=1), [-1, 1])

    def _apply(
        self,
        step: Any,
        artist: Any,
        output: Any,
        noise: Any,
        d_h: Any,
        d_w: Any,
        d_v: Any,
        d_positive: Any,
        d_negative: Any,
    ) -> None:
        """Move the rows of a batch against their gradients."""
        tf, rate = self._tf, self._rate(step)
        self._descend("artist", artist, d_h, rate)
        both = tf.concat([output, tf.reshape(noise, [-1])], axis=0)
        self._descend("output", both, tf.concat([d_w, d_v], axis=0), rate)
        if self.settings.trains_bias:
            self._descend("bias", both, tf.concat([d_positive, d_negative], axis=0), rate)

    def _rate(self, step: Any) -> Any:
        """Learning rate of a step."""
        tf, settings = self._tf, self.settings
        if settings.schedule == "constant":
            return tf.constant(settings.learning_rate, tf.float32)
        remaining = 1.0 - tf.cast(step, tf.float32) / settings.n_steps
        return settings.learning_rate * tf.maximum(remaining, LAST_LEARNING_RATE)

    def _log_kq(self) -> np.ndarray:
        """What the correction takes off each logit where biases are trained: log(k q), float32."""
        correction = self._log_q + np.float32(np.log(self.settings.n_negatives))
        return correction if self.settings.corrected else np.zeros_like(self._log_q)

    def _offsets(self, output: Any, noise: Any) -> tuple[Any, Any]:
        """What is taken off the dot products of pairs (batch, 1) and of noise (blocks, 1, k)."""
        tf, settings = self._tf, self.settings
        if not settings.trains_bias:
            return settings.offset, settings.offset
        offset = tf.constant(self._log_kq())[:, None] - self._variables["bias"]
        return tf.gather(offset, output), tf.transpose(tf.gather(offset, noise), [0, 2, 1])

    def _update_softmax(self, artist: Any, output: Any, h: Any, rate: Any) -> None:
        """Apply the gradient of the cross entropy over all outputs: each output's row moves once a batch."""
        tf, settings = self._tf, self.settings
        table, total = self._variables["output"], self._variables["output_sum"]
        n_outputs = table.shape[0]
        drawn = tf.one_hot(output, n_outputs, dtype=tf.float32)
        d_logits = tf.nn.softmax(tf.matmul(h, table, transpose_b=True) + tf.constant(self._log_q)) - drawn
        d_h = tf.matmul(d_logits, table) + settings.l2 * h
        times = tf.reduce_sum(drawn, axis=0)[:, None]
        d_table = tf.matmul(d_logits, h, transpose_a=True) + settings.l2 * times * table
        total.assign_add(tf.reduce_mean(d_table * d_table, axis=1))
        table.assign_sub(rate * tf.math.rsqrt(total)[:, None] * d_table)
        self._descend("artist", artist, d_h, rate)

    def _descend(self, side: str, rows: Any, gradient: Any, rate: Any) -> None:
        """Row-wise Adagrad: each row's squared gradients add up in one number; or plain descent on the mean."""
        tf, ops = self._tf, self._tf.raw_ops
        table = self._variables[side]
        if self.settings.optimizer == "sgd":
            move = rate / self.settings.batch_size * gradient
            ops.ResourceScatterSub(resource=table.handle, indices=rows, updates=move)
            return
        total, width = (
            self._variables[side + "_sum"],
            table.shape[1],
        )  # a gradient of several processes has none
        mean = row_sums(tf, gradient * gradient, width)[:, 0] / width
        ops.ResourceScatterAdd(resource=total.handle, indices=rows, updates=mean)
        scale = rate * tf.math.rsqrt(tf.gather(total, rows))
        ops.ResourceScatterSub(resource=table.handle, indices=rows, updates=scale[:, None] * gradient)


def row_sums(tf: Any, array: Any, n_columns: int) -> Any:
    """Add up each row of (rows, n_columns), float32, to (rows, 1).

    As a product with ones: XLA fuses what makes the array into it, and vectorizes it; a `reduce_sum` it does not, and a
    step took a seventh more processor time.
    """
    return tf.matmul(array, tf.ones([n_columns, 1], array.dtype))


def start_arrays(settings: NceSettings, n_artists: int, n_outputs: int) -> dict[str, np.ndarray]:
    """Make the trainable arrays as they are before the first step, by name, and their accumulators."""
    rng = np.random.default_rng(settings.seed)
    if settings.trains_bias:
        from scipy.stats import truncnorm

        deviation = 1 / np.sqrt(settings.dim)
        arrays = {
            "artist": rng.uniform(-1, 1, (n_artists, settings.dim)),
            "output": truncnorm.rvs(-2, 2, scale=deviation, size=(n_outputs, settings.dim), random_state=rng),
            "bias": np.zeros((n_outputs, 1)),
        }
    else:
        reach = 0.5 / np.sqrt(settings.dim)
        arrays = {
            "artist": rng.uniform(-reach, reach, (n_artists, settings.dim)),
            "output": np.zeros((n_outputs, settings.dim)),
        }
    sums = {f"{name}_sum": np.full(len(array), START_ACCUMULATOR) for name, array in arrays.items()}
    return {name: np.asarray(array, np.float32) for name, array in {**arrays, **sums}.items()}
