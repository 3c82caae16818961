"""The hot loop of the block sampler: one exact draw per token over all topics, 16 topics at a time.

A *block* is a group of documents whose dense counts fit the cache; its tokens stand sorted by word. The weight of
topic ``k`` for a token of word ``w`` in document ``d`` is ``(n_dk + alpha_dk) * phi_wk`` with ``phi`` fixed during a
sweep and the token's own count taken out of both factors. All topic axes are padded to a multiple of ``LANES``.

The draw is written as LLVM vectors of 16 floats. LLVM lowers them to whatever the processor has (one AVX-512
register, two of AVX, four of SSE or NEON), and as every operation is a plain IEEE one in a fixed order the result
has the same bits on all of them, and in :func:`draw_topic_plain`, its readable twin, which also serves under
``NUMBA_DISABLE_JIT=1``. The intrinsic and the kernels that inline it share this file because numba's disk cache
looks at the file of the kernel only.

Public functions: :func:`sample_block`, :func:`draw_topic`, :func:`draw_topic_plain`, :func:`block_key`,
:func:`next_state`.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .compiling import JIT_DISABLED, compiled, inlined

# ruff: noqa: ARG001  (the arguments of an intrinsic are read by numba from its signature)

LANES = 16
"""Topics handled by one vector operation."""
FIRST_OF_WORD = 0x8000
"""Bit of a token's slot that says: this token starts the next word of the block."""
SLOT_MASK = 0x7FFF
"""Bits of a token's slot that hold its document's number within the block."""
_FLAG_BIT, _SLOT_BITS = np.uint64(15), np.uint64(SLOT_MASK)

_F32, _I16, _I32, _I64 = ir.FloatType(), ir.IntType(16), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS = ir.VectorType(_F32, LANES), ir.VectorType(_I32, LANES)
_FEW_VECTORS = 4  # up to 64 topics, the loops over them are written out
_UNDEFINED_FLOATS = ir.Constant(_FLOATS, ir.Undefined)
_UNDEFINED_INTS = ir.Constant(_INTS, ir.Undefined)
_ZEROS = ir.Constant(_FLOATS, [0.0] * LANES)
_LANE_NUMBERS = ir.Constant(_INTS, list(range(LANES)))

# 2**-24 as float32: the draw uses 24 random bits, so that u < 1 holds exactly.
_UNIT = np.float32(2.0**-24)
_ONE = np.float32(1.0)
# Keeps the own weight positive where rounding would make it zero, so that a draw is always possible.
_LEAST_WEIGHT = np.float32(1e-30)


def _i64(value: int) -> ir.Constant:
    return ir.Constant(_I64, value)


def splat(builder: Any, value: Any, undefined: ir.Constant) -> Any:
    """Repeat a scalar over all lanes."""
    first = builder.insert_element(undefined, value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_INTS, [0] * LANES))


def _vector_pointer(builder: Any, pointer: Any, offset: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [offset]), _FLOATS.as_pointer())


def _each(builder: Any, number: Any) -> Any:
    """Yield the numbers below ``number``: once, within a loop, or, if it is an int, every one as a constant."""
    if isinstance(number, int):
        yield from map(_i64, range(number))
        return
    with cgutils.for_range(builder, number, intp=_I64) as loop:
        yield loop.index


def _sum_lanes(
    builder: Any, counts: Any, phi: Any, sums: Any, n_vectors: Any, own: Any, own_weight: Any
) -> Any:
    """Add up the weights lane by lane, keeping the running sums in ``sums``; return the last of them."""
    total = cgutils.alloca_once_value(builder, _ZEROS)
    own_lanes = splat(builder, builder.trunc(own, _I32), _UNDEFINED_INTS)
    own_weights = splat(builder, own_weight, _UNDEFINED_FLOATS)
    for vector in _each(builder, n_vectors):
        offset = builder.mul(vector, _i64(LANES))
        count = builder.load(_vector_pointer(builder, counts, offset), align=4)
        weight = builder.fmul(count, builder.load(_vector_pointer(builder, phi, offset), align=4))
        topics = builder.add(_LANE_NUMBERS, splat(builder, builder.trunc(offset, _I32), _UNDEFINED_INTS))
        weight = builder.select(builder.icmp_signed("==", topics, own_lanes), own_weights, weight)
        running = builder.fadd(builder.load(total), weight)
        builder.store(running, total)
        builder.store(running, _vector_pointer(builder, sums, offset), align=4)
    return builder.load(total)


def prefix_sum(builder: Any, vector: Any) -> Any:
    """Return the inclusive prefix sum over the lanes in log2(16) steps (Hillis and Steele)."""
    for shift in (1, 2, 4, 8):
        lanes = [lane - shift if lane >= shift else LANES + lane for lane in range(LANES)]
        vector = builder.fadd(vector, builder.shuffle_vector(vector, _ZEROS, ir.Constant(_INTS, lanes)))
    return vector


def pick_lane(builder: Any, prefix: Any, target: Any) -> Any:
    """Return the first lane whose prefix sum exceeds ``target``."""
    below = builder.fcmp_ordered("<=", prefix, splat(builder, target, _UNDEFINED_FLOATS))
    lane = builder.zext(builder.ctpop(builder.bitcast(below, _I16)), _I64)
    return builder.and_(lane, _i64(LANES - 1))


def pick_in_lane(builder: Any, sums: Any, n_vectors: Any, lane: Any, target: Any) -> Any:
    """Return the first topic of ``lane`` whose running sum exceeds ``target``, without a branch."""
    topic = cgutils.alloca_once_value(builder, lane)
    n_compared = n_vectors - 1 if isinstance(n_vectors, int) else builder.sub(n_vectors, _i64(1))
    for vector in _each(builder, n_compared):
        offset = builder.add(builder.mul(vector, _i64(LANES)), lane)
        passed = builder.fcmp_ordered("<=", builder.load(builder.gep(sums, [offset])), target)
        step = builder.mul(builder.zext(passed, _I64), _i64(LANES))
        builder.store(builder.add(builder.load(topic), step), topic)
    return builder.load(topic)


def _draw_among(
    builder: Any,
    n_vectors: Any,
    counts: Any,
    phi: Any,
    sums: Any,
    spare: Any,
    own: Any,
    own_weight: Any,
    uniform: Any,
) -> Any:
    """Return a topic drawn among ``n_vectors * LANES``: a number of the program, or an int known beforehand."""
    lane_sums = _sum_lanes(builder, counts, phi, sums, n_vectors, own, own_weight)
    prefix = prefix_sum(builder, lane_sums)
    total = builder.extract_element(prefix, ir.Constant(_I32, LANES - 1))
    target = builder.fmul(uniform, total)
    lane = pick_lane(builder, prefix, target)
    builder.store(builder.fsub(prefix, lane_sums), _vector_pointer(builder, spare, _i64(0)), align=4)
    builder.store(total, builder.gep(spare, [_i64(LANES)]))
    target = builder.fsub(target, builder.load(builder.gep(spare, [lane])))
    return pick_in_lane(builder, sums, n_vectors, lane, target)


@intrinsic
def _draw_topic_simd(
    typing_context,
    counts,
    counts_at,
    phi,
    phi_at,
    n_vectors,
    own,
    own_weight,
    uniform,
    scratch,
):  # type: ignore[no-untyped-def]  # called by numba with its types; the values come to `generate`
    signature = types.int64(
        counts, types.int64, phi, types.int64, types.int64, types.int64, types.float32, types.float32, scratch
    )

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counts, counts_at, phi, phi_at, n_vectors, own, own_weight, uniform, scratch = arguments
        counts = builder.gep(
            context.make_array(signature.args[0])(context, builder, counts).data, [counts_at]
        )
        phi = builder.gep(context.make_array(signature.args[2])(context, builder, phi).data, [phi_at])
        sums = context.make_array(signature.args[8])(context, builder, scratch).data
        spare = builder.gep(sums, [builder.mul(n_vectors, _i64(LANES))])

        topic = cgutils.alloca_once(builder, _I64)
        many, done = builder.append_basic_block("many"), builder.append_basic_block("done")
        cases = builder.switch(n_vectors, many)
        blocks = {number: builder.append_basic_block("few") for number in range(1, _FEW_VECTORS + 1)}
        for number, block in [*blocks.items(), (n_vectors, many)]:
            if block is not many:
                cases.add_case(_i64(number), block)
            builder.position_at_end(block)
            drawn = _draw_among(builder, number, counts, phi, sums, spare, own, own_weight, uniform)
            builder.store(drawn, topic)
            builder.branch(done)
        builder.position_at_end(done)
        return builder.load(topic)

    return signature, generate


def draw_topic_plain(
    counts: Any,
    counts_at: Any,
    phi: Any,
    phi_at: Any,
    n_vectors: Any,
    own: Any,
    own_weight: Any,
    uniform: Any,
    scratch: Any,
) -> Any:
    """Do what :func:`draw_topic` does, bit for bit, one lane at a time."""
    prefix = np.zeros(LANES, np.float32)
    for vector in range(n_vectors):
        for lane in range(LANES):
            topic = vector * LANES + lane
            weight = own_weight if topic == own else counts[counts_at + topic] * phi[phi_at + topic]
            prefix[lane] = prefix[lane] + weight
            scratch[topic] = prefix[lane]
    for shift in (1, 2, 4, 8):
        for lane in range(LANES - 1, shift - 1, -1):
            prefix[lane] = prefix[lane] + prefix[lane - shift]
    target = uniform * prefix[LANES - 1]
    lane = 0
    for other in range(LANES):
        lane += 1 if prefix[other] <= target else 0
    lane &= LANES - 1
    scratch[(n_vectors + 1) * LANES] = prefix[LANES - 1]
    target = target - (prefix[lane] - scratch[(n_vectors - 1) * LANES + lane])
    topic = lane
    for vector in range(n_vectors - 1):
        topic += LANES if scratch[vector * LANES + lane] <= target else 0
    return topic


@inlined
def draw_topic(counts, counts_at, phi, phi_at, n_vectors, own, own_weight, uniform, scratch):  # type: ignore
    """Draw a topic with probability proportional to ``counts * phi``.

    Parameters
    ----------
    counts, phi : ndarray, float32, 1-D
        Rows ``counts[counts_at:]`` and ``phi[phi_at:]`` of ``16 * n_vectors`` values >= 0.
    counts_at, phi_at, n_vectors : int
    own : int
        Topic whose weight is replaced by ``own_weight`` (the token's present one), or -1.
    own_weight : float32
    uniform : float32
        In [0, 1).
    scratch : ndarray of shape (16 * (n_vectors + 2),), float32
        Overwritten; ``scratch[16 * (n_vectors + 1)]`` is left holding the total weight.

    Returns
    -------
    int
        Topic in [0, 16 * n_vectors). Rounding may, very rarely, yield one of weight zero: the caller looks.

    Notes
    -----
    Time O(topics / 16). Lanes are summed first, a lane is chosen by prefix sum and population count, then a topic
    within the lane by comparing its stored running sums.
    """
    return _draw(counts, counts_at, phi, phi_at, n_vectors, own, own_weight, uniform, scratch)


_draw: Any = draw_topic_plain if JIT_DISABLED else _draw_topic_simd


@compiled
def draw_topic_slowly(counts, counts_at, phi, phi_at, n_topics, own, own_weight, uniform):  # type: ignore
    """Draw like :func:`draw_topic` by one plain scan that can only return a topic of positive weight."""
    total = np.float32(0.0)
    for topic in range(n_topics):
        total += own_weight if topic == own else counts[counts_at + topic] * phi[phi_at + topic]
    target = uniform * total
    chosen = own
    for topic in range(n_topics):
        weight = own_weight if topic == own else counts[counts_at + topic] * phi[phi_at + topic]
        if weight > 0:
            chosen = topic
            if target < weight:
                break
            target -= weight
    return chosen


@compiled
def mix(value):  # type: ignore
    """Scramble 64 bits (the finalizer of splitmix64: Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def block_key(seed, sweep, block):  # type: ignore
    """Return the state of the random stream of one block in one sweep; never zero.

    Parameters
    ----------
    seed, sweep, block : uint64
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    key = mix(seed + golden)
    key = mix(key ^ (sweep + np.uint64(1)) * golden)
    return mix(key ^ (block + np.uint64(1)) * golden) | np.uint64(1)


@compiled
def next_state(state):  # type: ignore
    """Advance a xorshift64 stream (Marsaglia 2003)."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@compiled
def fill_document_counts(topics, slots, first_pass, doc_prior, doc_scale, doc_step, counts):  # type: ignore
    """Set ``counts[doc, topic]`` to the prior plus the tokens assigned so far.

    The prior is rounded to a multiple of ``doc_step[doc]``, at least one: then every value met during the sweep is
    exact in float32, and counting a token in and out again leaves no trace.
    """
    for doc in range(len(doc_scale)):
        for topic in range(len(doc_prior)):
            steps = np.rint(doc_scale[doc] * doc_prior[topic] / doc_step[doc])
            counts[doc, topic] = max(steps, _ONE) * doc_step[doc]
    if not first_pass:
        for token in range(len(topics)):
            counts[slots[token] & SLOT_MASK, topics[token]] += _ONE


@compiled
def sample_block(
    topics,
    slots,
    words,
    first_pass,
    phi,
    own_ratio,
    own_share,
    n_topics,
    doc_prior,
    doc_scale,
    doc_step,
    key,
    counts,
    scratch,
):  # type: ignore
    """Draw a new topic for every token of a block, in order.

    Parameters
    ----------
    topics : ndarray of shape (n_tokens,), uint16
        Topic of each token; overwritten. Not read on the first pass.
    slots : ndarray of shape (n_tokens,), uint16
        Document of each token within the block, with ``FIRST_OF_WORD`` set where the next word starts.
    words : ndarray of shape (n_words_present,), int32
        Words of the block in the order of their tokens.
    first_pass : bool
        True when no token has a topic yet: tokens then join one by one.
    phi : ndarray of shape (n_words, n_padded), float32
        Word probabilities, fixed during the sweep; zero in the padding and for excluded words.
    own_ratio, own_share : ndarray of shape (n_padded,), float32
        ``phi * own_ratio - own_share`` is ``phi`` without one token: (N_k + B_k) / (N_k + B_k - 1) and
        1 / (N_k + B_k - 1); 1 and 0 for a frozen topic.
    n_topics : int
    doc_prior : ndarray of shape (n_padded,), float32
        Prior of a document of scale 1 (alpha), zero in the padding.
    doc_scale, doc_step : ndarray of shape (n_docs,), float32
        Factor of the prior and its grid (see :func:`fill_document_counts`).
    key : uint64
        Random state, see :func:`block_key`.
    counts : ndarray of shape (>= n_docs, n_padded), float32
        Working space.
    scratch : ndarray of shape (n_padded + 32,), float32
        Working space.

    Returns
    -------
    log_likelihood : float
        Sum over tokens of the logarithm of the total weight; subtract ``log(n_d + sum(alpha_d))`` terms to get the
        tokens' predictive log-probability.
    n_moved : int
        Tokens that changed topic.

    Notes
    -----
    Time O(n_tokens * n_topics / 16).

    References
    ----------
    Griffiths and Steyvers (2004), Finding scientific topics, PNAS 101, equation 5: the conditional drawn from, with
    the counts of ``phi`` taken at the start of the sweep as in Newman et al. (2009), Distributed algorithms for topic
    models, JMLR 10.
    """
    fill_document_counts(topics, slots, first_pass, doc_prior, doc_scale, doc_step, counts)
    width = phi.shape[1]
    n_vectors = width // LANES
    flat_counts, flat_phi = counts.reshape(-1), phi.reshape(-1)
    total_at = (n_vectors + 1) * LANES
    run, n_moved, log_likelihood, product = np.int64(-1), 0, 0.0, 1.0
    own, own_weight = np.int64(-1), np.float32(0.0)
    # places are unsigned: numba would look whether a signed one counts from the end
    wide, own_at = np.uint64(width), np.uint64(0)
    for token in range(len(topics)):
        slot = np.uint64(slots[token])
        run += np.int64(slot >> _FLAG_BIT)
        counts_at, phi_at = (slot & _SLOT_BITS) * wide, np.uint64(words[np.uint64(run)]) * wide
        if not first_pass:
            own_at = np.uint64(topics[token])
            own = np.int64(own_at)
            own_phi = flat_phi[phi_at + own_at] * own_ratio[own_at] - own_share[own_at]
            own_weight = max((flat_counts[counts_at + own_at] - _ONE) * own_phi, _LEAST_WEIGHT)
        key = next_state(key)
        uniform = np.float32(key >> np.uint64(40)) * _UNIT
        topic = np.uint64(draw_topic(
            flat_counts, np.int64(counts_at), flat_phi, np.int64(phi_at), n_vectors, own, own_weight, uniform, scratch
        ))  # fmt: skip
        if not flat_phi[phi_at + topic] > 0:  # a rounding accident at the border of two lanes
            topic = np.uint64(draw_topic_slowly(
                flat_counts, np.int64(counts_at), flat_phi, np.int64(phi_at), n_topics, own, own_weight, uniform
            ))  # fmt: skip
        product *= np.float64(scratch[total_at])
        if not 1e-200 < product < 1e200:  # one logarithm for dozens of tokens
            log_likelihood += np.log(product)
            product = 1.0
        if not first_pass:
            flat_counts[counts_at + own_at] -= _ONE
        flat_counts[counts_at + topic] += _ONE
        topics[token] = topic
        n_moved += own != np.int64(topic)
    return log_likelihood + np.log(product), n_moved
