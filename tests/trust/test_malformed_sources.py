"""Every reader and 160 malformed sources each: read with rejects, or one line of ours, soon and within bounds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .malformed import N_CASES, READERS, cases, try_case

ROOT = Path(__file__).resolve().parents[2]
MOST_S, MOST_MB = 10, 500
SOME = ("csv", "json lines", "zip of texts", "sqlite", "topics", "track labels")


@pytest.fixture(scope="module")
def server():
    """Give a process that has imported every reader; cases are read in processes forked from it."""
    words = [sys.executable, "-m", "tests.trust.malformed"]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server
        server.stdin.close()


def read_cases(server, reader, scratch, every):
    server.stdin.write(f"{reader}\t{scratch}\t{every}\n")
    server.stdin.flush()
    assert server.stdout.readline() == "0\n", "the interpreter ended"
    return json.loads((scratch / "results.json").read_text())


def check(results):
    for one in results:
        assert one["outcome"] in ("read", "refused"), one
        assert one["seconds"] < MOST_S, one
        assert one["megabytes"] < MOST_MB, one


@pytest.mark.parametrize("reader", READERS)
def test_the_cases_are_many_different_and_the_same_every_time(reader):
    made = cases(reader)
    assert len(made) >= N_CASES >= 150
    assert len({name for name, _, _ in made}) == len(made)
    if reader in ("csv", "wav"):
        assert cases(reader) == made


@pytest.mark.parametrize("reader", READERS)
def test_the_valid_source_that_is_spoiled_can_be_read(reader, tmp_path):
    file, make, read = READERS[reader]
    (tmp_path / file).write_bytes(make())
    assert try_case(read, tmp_path / file)["outcome"] == "read"


@pytest.mark.sample
@pytest.mark.parametrize("reader", SOME)
def test_some_malformed_sources_end_well(server, reader, tmp_path):
    check(read_cases(server, reader, tmp_path, 8))


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_all_malformed_sources_end_well(server, reader, tmp_path):
    results = read_cases(server, reader, tmp_path, 1)
    assert len(results) >= 150
    check(results)


FUZZED = ("csv", "json lines", "topics", "word2vec", "track labels", "judgements")
PIECES = st.sampled_from(
    [b",", b'"', b"\n", b"\r\n", b"\t", b"artist", b"score", b"review", b"path", b"\0", b"\xff", b"\xef\xbb\xbf",
     b"{", b"}", b"[", b"]", b":", b"null", b"1e999", b"-", b'"id"', b'"artist"', b'"proportion"', b"\\u0000",
     b"\x1a", b"\xe2\x80\xa8", b"5 4\n", b"odd", "é".encode(), b"'", b"|", b";"]
)  # fmt: skip


@pytest.mark.parametrize("reader", FUZZED)
@settings(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(pieces=st.lists(st.one_of(PIECES, st.binary(max_size=8), st.text(max_size=6).map(
    lambda text: text.encode("utf-8", "surrogatepass"))), max_size=60))  # fmt: skip
def test_fuzzed_sources_end_well(reader, pieces, tmp_path_factory):
    file, _, read = READERS[reader]
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / file
    path.write_bytes(b"".join(pieces))
    result = try_case(read, path)
    assert result["outcome"] in ("read", "refused"), result
    path.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("reader", "data"),
    [  # each crashed a reader once
        ("topics", b'{"artist":' * 5000 + b"1" + b"}" * 5000),
        ("track labels", b"path,artist\na.wav,\"" + b"y" * 200_000 + b"\""),
        ("track labels", b",".join(b"c%d" % at for at in range(20_000)) + b"\n1"),
    ],
)  # fmt: skip
def test_what_crashed_a_reader_is_refused_in_one_line(reader, data, tmp_path):
    file, _, read = READERS[reader]
    (tmp_path / file).write_bytes(data)
    assert try_case(read, tmp_path / file)["outcome"] == "refused"
