import numpy as np
import pytest

from bandscape.core.errors import SourceError
from bandscape.embeddings import VectorTable, match_vectors, read_word2vec


@pytest.fixture
def table(rng):
    ids = ["sigur-ros", "the fall", "a b", "!!!"]
    return VectorTable(rng.normal(size=(4, 6)), ids, ["Sigur Rós", "The Fall", "A B", "!!!"])


@pytest.mark.parametrize("binary", [False, True])
def test_what_is_exported_is_read_back_by_us_and_by_gensim(table, tmp_path, binary):
    from gensim.models import KeyedVectors

    path = tmp_path / "v"
    (table.export_word2vec_binary if binary else table.export_word2vec)(path)
    keys, matrix = read_word2vec(path)
    peer = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert keys == peer.index_to_key == ["sigur-ros", "the_fall", "a_b", "!!!"]
    np.testing.assert_array_equal(matrix, peer.vectors)
    np.testing.assert_allclose(matrix, table.matrix, atol=1e-7)
    found = match_vectors(keys, matrix, table.artist_ids, table.names)
    assert found.matrix.tobytes() == matrix.tobytes()
    assert (found.n_found, found.unused) == (4, ())


@pytest.mark.parametrize("binary", [False, True])
def test_what_gensim_writes_is_read(table, tmp_path, binary):
    keys = table.names
    from bandscape.embeddings.exports import make_keyed_vectors

    keyed = make_keyed_vectors(list(keys), table.matrix)
    for key in keyed.index_to_key:
        keyed.set_vecattr(key, "count", 1)
    keyed.save_word2vec_format(str(tmp_path / "v"), binary=binary)
    found, matrix = read_word2vec(tmp_path / "v")
    np.testing.assert_allclose(matrix, table.matrix, atol=1e-7)
    assert found == list(keys)


def test_blanks_within_keys_of_binary_files_are_told_from_the_one_behind(rng, tmp_path):
    """Keys whose words fill numbers or parts of them, blanks among the bytes of numbers, and rows of zeros."""
    keys = ["a bcd ef", "a bcde fghi jklm", "sum 41", "the the the", "björk guðmundsdóttir", "1 2", "x"]
    matrix = rng.normal(size=(len(keys), 5)).astype("<f4")
    matrix[1] = 0
    matrix[2, 0] = np.frombuffer(b" \x20 @", "<f4")[0]
    rows = b"".join(key.encode() + b" " + row.tobytes() for key, row in zip(keys, matrix, strict=True))
    (tmp_path / "v").write_bytes(b"%d 5\n" % len(keys) + rows)
    found, read = read_word2vec(tmp_path / "v")
    assert found == keys
    np.testing.assert_array_equal(read, matrix)


def test_a_key_that_comes_twice_is_told_from_one_that_is_nobody():
    found = match_vectors(["low", "Low", "x"], np.eye(3), ["low", "coil"], ["Low", "Coil"])
    assert (found.n_found, found.unused, found.repeated) == (1, ("x",), ("Low",))
    np.testing.assert_array_equal(found.matrix, [[1, 0, 0], [0, 0, 0]])


def test_keys_that_are_nobody_are_told_and_missing_artists_have_no_vector():
    found = match_vectors(
        ["nobody", "THE_FALL", "low"], np.eye(3), ["the-fall", "low", "coil"], ["The Fall", "Low", "Coil"]
    )
    assert found.unused == ("nobody",)
    assert found.n_found == 2
    np.testing.assert_array_equal(found.matrix, [[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    with pytest.raises(SourceError, match="no key"):
        match_vectors(["x"], np.ones((1, 2)), ["a"], ["a"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not word2vec"),
        (b"hello", "not word2vec"),
        (b"3\n", "not word2vec"),
        (b"-1 5\n", "not word2vec"),
        (b"1000000000 60000\na 1", "announced"),
        (b"2 99999999\na 1", "announced"),
        (b"\x80\x04\x95", "pickle"),
        (b"2 2\na 1 2\nb 1 x\n", "line 3"),
        (b"2 2\na 1 2\nb 1\n\n\n\n", "line 3"),
        (b"1 2\na nan 1\n", "finite"),
        (b"2 3\na " + b"\x00" * 12 + b"\nb " + b"\x00" * 5, "cut short|announced"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "v").write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read_word2vec(tmp_path / "v")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read_word2vec(tmp_path / "v")


def test_the_projector_gets_one_line_for_each_artist_whatever_the_names(tmp_path):
    table = VectorTable(
        np.eye(3), ["a", "b", "c"], ["x\ty\nz", "", "\u2028\r<b>"], [["rock", "pop\n"], [], []]
    )
    table.export_projector(tmp_path / "p")
    tensors = (tmp_path / "p" / "tensors.tsv").read_bytes().decode().split("\n")
    metadata = (tmp_path / "p" / "metadata.tsv").read_bytes().decode().split("\n")
    assert [len(line.split("\t")) for line in tensors] == [3, 3, 3, 1]
    assert [len(line.split("\t")) for line in metadata] == [6, 6, 6, 6, 1]
    assert metadata[1].startswith("x y z\ta\trock\trock, pop\t")
    assert metadata[2].startswith("-\tb\t-")
