"""The hot loop of the sparse sampler: one exact draw per token over the topics its document holds.

The weight of topic ``k`` for a token of word ``w`` in document ``d``, ``(n_dk + alpha_dk) * phi_wk`` with ``phi`` fixed
during a sweep, is a sum of two parts. The first, ``n_dk * phi_wk``, is zero but for the topics of the document: they
stand in a short list, and ``phi`` of the present word in one dense *row*. The second, ``alpha_dk * phi_wk``, is the
document's factor times what is known of the word before the sweep begins. It is cut once more: ``phi_wk`` is the
*smoothing* of topic ``k``, the same for every word, but for the word's *entries*, the topics it occurs in, is a
keyword of or is excluded from. Entries and smoothing have cumulative sums, searched when the second part is drawn.
So a token costs time in the topics of its document, not in all topics, and nothing is approximated.

The token's own count is taken out of both factors: exactly in the first part; in the second by refusing a proposal of
its present topic as often as the weight has shrunk. A smoothing topic the word is excluded from is refused likewise.

Topic lists are padded to a multiple of ``LANES`` with the topic ``n_topics``, whose row value is zero. As in
:mod:`.simd`, all floating-point operations are plain IEEE ones in a fixed order, and ``*_plain`` are readable twins.
Public functions: :func:`rebuild_entries`, :func:`list_documents`, :func:`sample_block_sparsely`,
:func:`draw_listed`, :func:`find_topic`.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .compiling import JIT_DISABLED, compiled, inlined
from .simd import LANES, SLOT_MASK, next_state, pick_in_lane, pick_lane, prefix_sum, splat

# ruff: noqa: ARG001  (the arguments of an intrinsic are read by numba from its signature)

_F32, _I16, _I32, _I64 = ir.FloatType(), ir.IntType(16), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS, _SHORTS = (ir.VectorType(kind, LANES) for kind in (_F32, _I32, _I16))
_ZEROS = ir.Constant(_FLOATS, [0.0] * LANES)

_UNIT = np.float32(2.0**-24)
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_LEAST_WEIGHT = np.float32(1e-30)
_N_TRIES = 32  # refusals before the second part is scanned topic by topic
_RUNNING = 2 * LANES
"""Where the running sums start in the scratch array, after the lanes' prefix sums without and with themselves."""


def _i64(value: int) -> ir.Constant:
    return ir.Constant(_I64, value)


def _load(builder: Any, pointer: Any, offset: Any, kind: Any, align: int) -> Any:
    return builder.load(builder.bitcast(builder.gep(pointer, [offset]), kind.as_pointer()), align=align)


def _store(builder: Any, vector: Any, pointer: Any, offset: Any) -> None:
    builder.store(vector, builder.bitcast(builder.gep(pointer, [offset]), _FLOATS.as_pointer()), align=4)


def _gather(builder: Any, row: Any, topics: Any) -> Any:
    """Load ``row[topics]`` one lane after the other: as quick as the gather instruction where there is one."""
    vector = ir.Constant(_FLOATS, ir.Undefined)
    for lane in range(LANES):
        at = ir.Constant(_I32, lane)
        place = builder.zext(builder.extract_element(topics, at), _I64)
        vector = builder.insert_element(vector, builder.load(builder.gep(row, [place])), at)
    return vector


def _first_equal(builder: Any, topics: Any, wanted: Any, offset: Any, otherwise: Any) -> tuple[Any, Any]:
    """Return which lanes of ``topics`` equal ``wanted``, and the place of the first such lane or ``otherwise``."""
    equal = builder.icmp_unsigned("==", topics, wanted)
    mask = builder.bitcast(equal, _I16)
    lane = builder.zext(builder.cttz(mask, ir.Constant(ir.IntType(1), 0)), _I64)
    is_here = builder.icmp_unsigned("!=", mask, ir.Constant(_I16, 0))
    return equal, builder.select(is_here, builder.add(offset, lane), otherwise)


def _array(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Return the pointer to an array's data."""
    return context.make_array(kind)(context, builder, value).data


@intrinsic
def _weigh_list_simd(typing_context, topics, counts, at, n_vectors, row, own, own_phi, scratch):  # type: ignore
    signature = types.int64(
        topics, counts, types.int64, types.int64, row, types.int64, types.float32, scratch
    )

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        topics, counts, at, n_vectors, row, own, own_phi, scratch = arguments
        kinds = signature.args
        topics = builder.gep(_array(context, builder, kinds[0], topics), [at])
        counts = builder.gep(_array(context, builder, kinds[1], counts), [at])
        row = _array(context, builder, kinds[4], row)
        scratch = _array(context, builder, kinds[7], scratch)
        own_lanes = splat(builder, builder.trunc(own, _I32), ir.Constant(_INTS, ir.Undefined))
        own_phis = splat(builder, own_phi, ir.Constant(_FLOATS, ir.Undefined))
        ones = ir.Constant(_FLOATS, [1.0] * LANES)
        total = cgutils.alloca_once_value(builder, _ZEROS)
        own_at = cgutils.alloca_once_value(builder, _i64(-1))
        with cgutils.for_range(builder, n_vectors, intp=_I64) as loop:
            offset = builder.mul(loop.index, _i64(LANES))
            listed = builder.zext(_load(builder, topics, offset, _SHORTS, 2), _INTS)
            count = _load(builder, counts, offset, _FLOATS, 4)
            weight = builder.fmul(count, _gather(builder, row, listed))
            equal, place = _first_equal(builder, listed, own_lanes, offset, builder.load(own_at))
            builder.store(place, own_at)
            own_weight = builder.fmul(builder.fsub(count, ones), own_phis)
            running = builder.fadd(builder.load(total), builder.select(equal, own_weight, weight))
            builder.store(running, total)
            _store(builder, running, scratch, builder.add(offset, _i64(_RUNNING)))
        lanes = builder.load(total)
        prefix = prefix_sum(builder, lanes)
        _store(builder, builder.fsub(prefix, lanes), scratch, _i64(0))
        _store(builder, prefix, scratch, _i64(LANES))
        return builder.load(own_at)

    return signature, generate


def weigh_list_plain(
    topics: Any, counts: Any, at: Any, n_vectors: Any, row: Any, own: Any, own_phi: Any, scratch: Any
) -> Any:
    """Do what :func:`weigh_list` does, bit for bit, one lane at a time."""
    lanes, own_at = np.zeros(LANES, np.float32), -1
    for place in range(n_vectors * LANES):
        topic, count, lane = np.int64(topics[at + place]), counts[at + place], place % LANES
        if topic == own:
            own_at = place
        lanes[lane] += (count - _ONE) * own_phi if topic == own else count * row[topic]
        scratch[_RUNNING + place] = lanes[lane]
    prefix = lanes.copy()
    for shift in (1, 2, 4, 8):
        for lane in range(LANES - 1, shift - 1, -1):
            prefix[lane] = prefix[lane] + prefix[lane - shift]
    scratch[:LANES] = prefix - lanes
    scratch[LANES:_RUNNING] = prefix
    return own_at


@intrinsic
def _pick_listed_simd(typing_context, scratch, n_vectors, target):  # type: ignore
    signature = types.int64(scratch, types.int64, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scratch, n_vectors, target = arguments
        scratch = _array(context, builder, signature.args[0], scratch)
        lane = pick_lane(builder, _load(builder, scratch, _i64(LANES), _FLOATS, 4), target)
        target = builder.fsub(target, builder.load(builder.gep(scratch, [lane])))
        return pick_in_lane(builder, builder.gep(scratch, [_i64(_RUNNING)]), n_vectors, lane, target)

    return signature, generate


def pick_listed_plain(scratch: Any, n_vectors: Any, target: Any) -> Any:
    """Do what :func:`pick_listed` does, bit for bit."""
    lane = 0
    for other in range(LANES):
        lane += 1 if scratch[LANES + other] <= target else 0
    lane &= LANES - 1
    target = target - scratch[lane]
    place = lane
    for vector in range(n_vectors - 1):
        place += LANES if scratch[_RUNNING + vector * LANES + lane] <= target else 0
    return place


@intrinsic
def _find_topic_simd(typing_context, topics, at, n_vectors, topic):  # type: ignore
    signature = types.int64(topics, types.int64, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        topics, at, n_vectors, topic = arguments
        topics = builder.gep(_array(context, builder, signature.args[0], topics), [at])
        wanted = splat(builder, builder.trunc(topic, _I16), ir.Constant(_SHORTS, ir.Undefined))
        found = cgutils.alloca_once_value(builder, _i64(-1))
        with cgutils.for_range(builder, n_vectors, intp=_I64) as loop:
            offset = builder.mul(loop.index, _i64(LANES))
            listed = _load(builder, topics, offset, _SHORTS, 2)
            _, place = _first_equal(builder, listed, wanted, offset, builder.load(found))
            builder.store(place, found)
        return builder.load(found)

    return signature, generate


def find_topic_plain(topics: Any, at: Any, n_vectors: Any, topic: Any) -> Any:
    """Do what :func:`find_topic` does."""
    for place in range(n_vectors * LANES):
        if topics[at + place] == topic:
            return place
    return -1


_weigh: Any = weigh_list_plain if JIT_DISABLED else _weigh_list_simd
_pick: Any = pick_listed_plain if JIT_DISABLED else _pick_listed_simd
_find: Any = find_topic_plain if JIT_DISABLED else _find_topic_simd


@inlined
def weigh_list(topics, counts, at, n_vectors, row, own, own_phi, scratch):  # type: ignore
    """Add up ``counts * row`` over a document's list of topics.

    Parameters
    ----------
    topics : ndarray, uint16
    counts : ndarray, float32
        Lists of all documents; this one starts at ``at`` and has ``16 * n_vectors`` places.
    at, n_vectors : int
    row : ndarray of shape (n_topics + 1,), float32
        Word probabilities; zero at ``n_topics``, the topic of free places.
    own : int
        Topic of which one token is taken out, its ``own_phi`` standing for its row value; or -1.
    own_phi : float32
    scratch : ndarray of shape (>= 16 * (n_vectors + 2),), float32
        Overwritten for :func:`pick_listed`; ``scratch[31]`` is the sum.

    Returns
    -------
    int
        Place of ``own`` in the list, or -1.
    """
    return _weigh(topics, counts, at, n_vectors, row, own, own_phi, scratch)


@inlined
def pick_listed(scratch, n_vectors, target):  # type: ignore
    """Return the place in the list where the running sum passes ``target``, as :func:`weigh_list` left it.

    Rounding may, very rarely, yield a place of weight zero: the caller looks.
    """
    return _pick(scratch, n_vectors, target)


@inlined
def find_topic(topics, at, n_vectors, topic):  # type: ignore
    """Return the place of ``topic`` in the list that starts at ``at``, or -1."""
    return _find(topics, at, n_vectors, topic)


@compiled
def pick_listed_slowly(topics, counts, at, n_places, row, own, own_phi, uniform):  # type: ignore
    """Pick from a list like :func:`pick_listed` by one plain scan that returns a place of positive weight, or -1."""
    total = _ZERO
    for place in range(n_places):
        topic = np.int64(topics[at + place])
        total += (counts[at + place] - _ONE) * own_phi if topic == own else counts[at + place] * row[topic]
    target, chosen = uniform * total, -1
    for place in range(n_places):
        topic = np.int64(topics[at + place])
        weight = (counts[at + place] - _ONE) * own_phi if topic == own else counts[at + place] * row[topic]
        if weight > 0:
            chosen = place
            if target < weight:
                break
            target -= weight
    return chosen


@inlined
def _first_above(sums, first, last, target):  # type: ignore
    """Return the first place in ``first:last`` with a value of the rising ``sums`` above ``target``, or the last."""
    last -= 1
    while first < last:
        middle = (first + last) >> 1
        if sums[middle] > target:
            last = middle
        else:
            first = middle + 1
    return first


@compiled
def _scan_prior(doc_prior, row, own, own_phi, uniform):  # type: ignore
    """Draw from ``doc_prior * row`` topic by topic: what is left when all proposals were refused."""
    total, chosen = 0.0, own
    for topic in range(len(doc_prior)):
        total += np.float64(doc_prior[topic]) * np.float64(own_phi if topic == own else row[topic])
    target = uniform * total
    for topic in range(len(doc_prior)):
        phi = own_phi if topic == own else row[topic]
        if phi > 0:
            chosen = topic
            target -= np.float64(doc_prior[topic]) * np.float64(phi)
            if target < 0:
                break
    return chosen


@inlined
def draw_from_prior(
    entry_topics, entry_mass, first, last, doc_prior, smoothing, smoothing_mass, row, own, own_phi, key
):  # type: ignore
    """Draw a topic with probability proportional to ``doc_prior * row``.

    Parameters
    ----------
    entry_topics, entry_mass : ndarray, uint16 and float32
        The word's entries are ``first:last``; the mass is cumulative within the word.
    first, last : int
    doc_prior, smoothing, smoothing_mass : ndarray of shape (n_topics,), float32
        alpha, the probability of a word without entry, and the cumulative sum of their products.
    row : ndarray of shape (n_topics + 1,), float32
    own : int
        Topic whose value is ``own_phi``, not above its row value; or -1.
    own_phi : float32
    key : uint64
        Random state.

    Returns
    -------
    topic : int
    key : uint64
        The random state to go on with.
    """
    of_entries = entry_mass[last - 1] if last > first else _ZERO
    of_smoothing = smoothing_mass[len(smoothing_mass) - 1]
    for _ in range(_N_TRIES):
        key = next_state(key)
        target = np.float32(key >> np.uint64(40)) * _UNIT * (of_entries + of_smoothing)
        if target < of_entries:
            topic = np.int64(entry_topics[_first_above(entry_mass, first, last, target)])
        else:
            topic = _first_above(smoothing_mass, 0, len(smoothing_mass), target - of_entries)
        # both together propose max(row, smoothing); the entry or the own token may want less
        phi, limit = row[topic], max(row[topic], smoothing[topic])
        if topic == own:
            phi = own_phi
        if phi == limit:
            return topic, key
        key = next_state(key)
        if np.float32(key >> np.uint64(40)) * _UNIT * limit < phi:
            return topic, key
    key = next_state(key)
    return _scan_prior(doc_prior, row, own, own_phi, np.float64(key >> np.uint64(11)) * 2.0**-53), key


@compiled
def rebuild_entries(
    first,
    last,
    block_starts,
    word_starts,
    n_blocks,
    topics,
    word_prior,
    listed_at,
    listed_topics,
    listed_priors,
    frozen_topics,
    frozen_words,
    inverse_totals,
    doc_prior,
    smoothing,
    entry_at,
    entry_starts,
    entry_stops,
    entry_topics,
    entry_phi,
    entry_mass,
    word_mass,
):  # type: ignore
    """Recompute the entries of words ``first:last`` from the topics of the tokens.

    Parameters
    ----------
    first, last, block_starts, word_starts, n_blocks, topics, listed_at, listed_topics, listed_priors, frozen_topics,
    frozen_words
        As for :func:`~bandscape.topics.kernels.rebuild_words`.
    word_prior, inverse_totals, doc_prior, smoothing : ndarray of shape (n_topics,), float32
        beta, 1 / (N_k + B_k), alpha, and beta / (N_k + B_k), zero for a frozen topic.
    entry_at : int
        Where the entries of word ``first`` go; the others follow without a gap.
    entry_starts, entry_stops : ndarray of shape (n_words,), int64
        Overwritten: the entries of each word.
    entry_topics, entry_phi, entry_mass : ndarray, uint16, float32, float32
        Overwritten: topic, word probability, and the cumulative sum within the word of alpha times what the
        probability exceeds the smoothing by.
    word_mass : ndarray of shape (n_words,), float32
        Overwritten: the sum of alpha times the word's probability over all topics.
    """
    n_topics = len(doc_prior)
    counts, places = np.zeros(n_topics, np.int32), np.full(n_topics, -1, np.int64)
    for word in range(first, last):
        stop = entry_at
        for block in range(n_blocks):
            start = block_starts[block]
            for token in range(start + word_starts[block, word], start + word_starts[block, word + 1]):
                topic = topics[token]
                if counts[topic] == 0:
                    entry_topics[stop], places[topic] = topic, stop
                    stop += 1
                counts[topic] += 1
        for entry in range(entry_at, stop):
            topic = entry_topics[entry]
            entry_phi[entry] = (np.float32(counts[topic]) + word_prior[topic]) * inverse_totals[topic]
        for at in range(listed_at[word], listed_at[word + 1]):
            topic = listed_topics[at]
            if places[topic] < 0:
                entry_topics[stop], places[topic] = topic, stop
                stop += 1
            entry_phi[places[topic]] = (np.float32(counts[topic]) + listed_priors[at]) * inverse_totals[topic]
        for at in range(len(frozen_topics)):
            topic = frozen_topics[at]
            if places[topic] < 0 and frozen_words[at, word] > 0:
                entry_topics[stop], places[topic] = topic, stop
                stop += 1
            if places[topic] >= 0:
                entry_phi[places[topic]] = frozen_words[at, word]
        mass, lost = 0.0, 0.0
        for entry in range(entry_at, stop):
            topic = entry_topics[entry]
            surplus = np.float64(entry_phi[entry]) - np.float64(smoothing[topic])
            mass += np.float64(doc_prior[topic]) * max(surplus, 0.0)
            lost += np.float64(doc_prior[topic]) * max(-surplus, 0.0)
            entry_mass[entry] = mass
            counts[topic], places[topic] = 0, -1
        word_mass[word] = mass - lost
        entry_starts[word], entry_stops[word] = entry_at, stop
        entry_at = stop
    of_smoothing = 0.0
    for topic in range(n_topics):
        of_smoothing += np.float64(doc_prior[topic]) * np.float64(smoothing[topic])
    for word in range(first, last):
        word_mass[word] += of_smoothing


@compiled
def list_documents(
    topics,
    slots,
    first_pass,
    n_topics,
    token_starts,
    list_starts,
    list_topics,
    list_counts,
    list_sizes,
    by_doc,
):  # type: ignore
    """List the topics of each document of a block, in the order of their first tokens.

    Parameters
    ----------
    topics, slots : ndarray of shape (n_tokens,), uint16
    first_pass : bool
        True when no token has a topic yet: all lists are then empty.
    n_topics : int
    token_starts, list_starts : ndarray of shape (n_docs + 1,), int64
        First token of each document were they sorted by document, and first place of its list.
    list_topics, list_counts : ndarray, uint16 and float32
        Overwritten.
    list_sizes : ndarray of shape (n_docs,), int64
        Overwritten.
    by_doc : ndarray of shape (>= n_tokens,), uint16
        Working space.
    """
    n_docs = len(list_starts) - 1
    list_topics[: list_starts[n_docs]] = n_topics
    list_counts[: list_starts[n_docs]] = 0
    list_sizes[:n_docs] = 0
    if first_pass:
        return
    cursor = token_starts[:-1].copy()
    for token in range(len(topics)):
        doc = slots[token] & SLOT_MASK
        by_doc[cursor[doc]] = topics[token]
        cursor[doc] += 1
    places = np.full(n_topics, -1, np.int64)
    for doc in range(n_docs):
        start = list_starts[doc]
        stop = start
        for token in range(token_starts[doc], token_starts[doc + 1]):
            topic = by_doc[token]
            if places[topic] < 0:
                list_topics[stop], places[topic] = topic, stop
                stop += 1
            list_counts[places[topic]] += _ONE
        for place in range(start, stop):
            places[list_topics[place]] = -1
        list_sizes[doc] = stop - start


@inlined
def _remove_one(list_topics, list_counts, at, size, place, n_topics):  # type: ignore
    """Take one token out of a list, closing the gap its topic may leave; return the new size."""
    list_counts[at + place] -= _ONE
    if list_counts[at + place] > 0:
        return size
    last = at + size - 1
    list_topics[at + place], list_counts[at + place] = list_topics[last], list_counts[last]
    list_topics[last], list_counts[last] = n_topics, _ZERO
    return size - 1


@compiled
def sample_block_sparsely(
    topics,
    slots,
    words,
    first_pass,
    entry_starts,
    entry_stops,
    entry_topics,
    entry_phi,
    entry_mass,
    word_mass,
    smoothing,
    smoothing_mass,
    own_ratio,
    own_share,
    doc_prior,
    doc_scale,
    list_starts,
    list_topics,
    list_counts,
    list_sizes,
    key,
    row,
    scratch,
):  # type: ignore
    """Draw a new topic for every token of a block, in order.

    Parameters
    ----------
    topics, slots, words, first_pass, own_ratio, own_share, doc_scale, key
        As for :func:`~bandscape.topics.simd.sample_block`; here the topic axis is not padded.
    entry_starts, entry_stops, entry_topics, entry_phi, entry_mass, word_mass
        As left by :func:`rebuild_entries`.
    smoothing, smoothing_mass, doc_prior : ndarray of shape (n_topics,), float32
        Word probability without an entry, its cumulative sum weighted by alpha, and alpha.
    list_starts, list_topics, list_counts, list_sizes
        As left by :func:`list_documents`; overwritten.
    row : ndarray of shape (n_topics + 1,), float32
        Working space.
    scratch : ndarray of shape (>= longest list + 32,), float32
        Working space.

    Returns
    -------
    log_likelihood : float
    n_moved : int
        As :func:`~bandscape.topics.simd.sample_block` returns them.

    Notes
    -----
    Time O(n_tokens * topics per document / 16 + entries of the block's words).

    References
    ----------
    Yao, Mimno and McCallum (2009), Efficient methods for topic model inference on streaming document collections,
    KDD: the cut of the weight into parts. Here the parts of a word are fixed during a sweep.
    """
    n_topics = len(doc_prior)
    row[:n_topics] = smoothing
    row[n_topics] = 0
    run, first, last = np.int64(-1), np.int64(0), np.int64(0)
    n_moved, log_likelihood, product = 0, 0.0, 1.0
    own, own_phi, of_word = np.int64(-1), _ZERO, _ZERO
    for token in range(len(topics)):
        slot = np.int64(slots[token])
        if slot > SLOT_MASK:
            run += 1
            for entry in range(first, last):
                row[entry_topics[entry]] = smoothing[entry_topics[entry]]
            first, last = entry_starts[words[run]], entry_stops[words[run]]
            for entry in range(first, last):
                row[entry_topics[entry]] = entry_phi[entry]
            of_word = word_mass[words[run]]
        doc = slot & SLOT_MASK
        at, size = list_starts[doc], list_sizes[doc]
        n_vectors = (size + LANES - 1) // LANES
        of_prior = of_word
        if not first_pass:
            own = np.int64(topics[token])
            own_phi = max(row[own] * own_ratio[own] - own_share[own], _ZERO)
            of_prior = max(of_word - doc_prior[own] * (row[own] - own_phi), _ZERO)
        own_at = weigh_list(list_topics, list_counts, at, n_vectors, row, own, own_phi, scratch)
        of_list = scratch[2 * LANES - 1]
        total = of_list + doc_scale[doc] * of_prior
        key = next_state(key)
        uniform = np.float32(key >> np.uint64(40)) * _UNIT
        place = np.int64(-1)
        if uniform * total < of_list:
            place = pick_listed(scratch, n_vectors, uniform * total)
            topic = np.int64(list_topics[at + place])
            if not (row[topic] > 0 and list_counts[at + place] > (_ONE if topic == own else _ZERO)):
                place = pick_listed_slowly(list_topics, list_counts, at, size, row, own, own_phi, uniform)
                topic = np.int64(list_topics[at + place]) if place >= 0 else own
        else:
            topic, key = draw_from_prior(
                entry_topics,
                entry_mass,
                first,
                last,
                doc_prior,
                smoothing,
                smoothing_mass,
                row,
                own,
                own_phi,
                key,
            )
        product *= np.float64(max(total, _LEAST_WEIGHT))
        if not 1e-200 < product < 1e200:  # one logarithm for dozens of tokens
            log_likelihood += np.log(product)
            product = 1.0
        if topic != own:
            n_moved += 1
            if not first_pass:
                size = _remove_one(list_topics, list_counts, at, size, own_at, n_topics)
                if place == size:
                    place = own_at  # the last topic has moved into the gap
            if place < 0:
                place = find_topic(list_topics, at, n_vectors, topic)
            if place < 0:
                place, size = size, size + 1
                list_topics[at + place] = topic
            list_counts[at + place] += _ONE
            list_sizes[doc] = size
            topics[token] = topic
    return log_likelihood + np.log(product), n_moved
