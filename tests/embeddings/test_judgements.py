import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import SchemaError, SourceError
from bandscape.embeddings.judgements import judgement_agreement, read_judgements
from bandscape.embeddings.vectors import VectorTable

TABLE = VectorTable(
    matrix=np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [0, 0]], np.float32),
    artist_ids=("a", "b", "c", "d", "zero"),
    names=("A", "B", "C", "D", "Zero"),
)


def answers(*rows):
    return pd.DataFrame(rows, columns=["kind", "artist_1", "artist_2", "artist_3", "answer"])


def test_agreement_is_that_counted_by_hand():
    found = judgement_agreement(
        answers(
            ("odd", "a", "b", "c", "c"),
            ("odd", "c", "d", "b", "c"),
            ("nearer", "a", "c", "b", "b"),
            ("nearer", "c", "d", "a", ""),
            ("nearer", "a", "b", "zero", "b"),
            ("nearer", "a", "b", "gone", "b"),
        ),
        TABLE,
    )
    assert (found["judgements"], found["judgements_skipped"]) == (3, 3)
    assert found["agreement"] == pytest.approx(2 / 3)
    assert (found["agreement_odd"], found["agreement_nearer"]) == (0.5, 1.0)
    assert found["agreement_chance"] == pytest.approx((1 / 3 + 1 / 3 + 1 / 2) / 3)
    # Wilson's interval of 2 in 3, from his formula: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    assert found["agreement_low"] == pytest.approx(0.2077, abs=1e-4)
    assert found["agreement_high"] == pytest.approx(0.9385, abs=1e-4)


def test_nothing_to_compare_has_no_rate():
    found = judgement_agreement(answers(), TABLE)
    assert found["judgements"] == 0
    assert found["agreement"] is None
    assert found["agreement_chance"] is None


def test_a_saved_file_is_read(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(
        "trial,kind,artist_1,artist_2,artist_3,answer\r\n1,odd,'=a,NA,c,'=a\r\n", encoding="utf-8-sig"
    )
    assert read_judgements(path).iloc[0].tolist() == ["1", "odd", "=a", "NA", "c", "=a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind,artist_1\n", "lacks the column artist_2"),
        ("kind,artist_1,artist_2,artist_3,answer\nodd,a,b,c,x\n", "row 2"),
        ("kind,artist_1,artist_2,artist_3,answer\nnearer,a,b,c,a\n", "row 2"),
        ("kind,artist_1,artist_2,artist_3,answer\nwhat,a,b,c,a\n", "kind must be odd or nearer"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path, text, said):
    path = tmp_path / "answers.csv"
    path.write_text(text)
    with pytest.raises(SchemaError, match=said):
        read_judgements(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match="cannot be read as CSV"):
        read_judgements(tmp_path / "none.csv")
