"""Counts that cannot be used are refused before compiled code sees them."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix, csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, detect
from bandscape.topics.checking import check_counts

COUNTS = np.array([[1, 2, 0], [0, 3, 1], [2, 0, 2], [0, 0, 0]])


def broken(part, at, value):
    """Return a sparse matrix one number of whose structure is wrong."""
    matrix = csr_matrix(COUNTS)
    array = getattr(matrix, part).copy()
    array[at] = value
    setattr(matrix, part, array)
    return matrix


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (COUNTS + 0.5, "whole numbers >= 0; got 1.5 in row 0, column 0"),
        (csr_matrix(COUNTS * 0.5), "whole numbers >= 0; got 0.5 in row 0"),
        (COUNTS - 1, "got -1 in row 0, column 2"),
        (np.where(COUNTS == 3, np.nan, COUNTS), "without NaN or infinity; got nan in row 1, column 1"),
        (np.where(COUNTS == 3, np.inf, COUNTS), "got inf in row 1, column 1"),
        (np.full((2, 3), 2**31), "at most 2\\*\\*31 - 1"),
        (np.where(COUNTS == 3, 1e300, COUNTS), "at most 2\\*\\*31 - 1; got 1e\\+300 in row 1, column 1"),
        (np.full((2, 3), 2**63, np.uint64), "at most 2\\*\\*31 - 1; got 9223372036854775808 in row 0"),
        ([[1, 0, 0]], "at most as many as the tokens .* got 2 topics for 1 token"),
        (broken("indices", 0, 99), "must be a sound sparse matrix; this one of shape \\(4, 3\\)"),
        (broken("indices", 0, -1), "must be a sound sparse matrix"),
        (broken("indptr", 2, 99), "must be a sound sparse matrix"),
        (np.zeros((3, 3), int), "hold no tokens"),
        (np.zeros((0, 3), int), "cannot be used"),
        (COUNTS[0], "got 1D array instead; Reshape your data"),
        ([["a", "b"]], "cannot be used"),
        (COUNTS + 1j, "cannot be used"),
    ],
)
def test_counts_that_cannot_be_used_are_named(counts, says):
    with pytest.raises(ParameterError, match=says):
        KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(counts)


@pytest.mark.parametrize("kind", [np.float16, np.uint64, bool])
def test_any_type_of_whole_numbers_is_taken(kind):
    expected = (COUNTS > 0) if kind is bool else COUNTS
    assert np.array_equal(check_counts(COUNTS.astype(kind)).toarray(), expected)


def test_repeated_entries_are_added_up():
    counts = coo_matrix(([1, 2, 4], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert check_counts(counts).toarray().tolist() == [[0, 3], [4, 0]]


def test_detection_refuses_words_outside_the_model():
    model = KeywordLDA(n_topics=2, n_sweeps=4, n_samples=1).fit(COUNTS)
    for documents in ([[7]], [[-2]], [["a"]], "abc", [[1.0]], broken("indices", 0, 99)):
        with pytest.raises(ParameterError, match=r"documents|counts"):
            detect(model, documents)
    assert detect(model, [[0, -1, -1]]).n_unknown.tolist() == [2]
