"""JSON that people wrote or cut off: the place and the remedy, which mends it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.core.errors import SourceError
from bandscape.core.files import read_json
from bandscape.core.files.json_faults import explain_fault

FAULTS = {
    '[{"id": "a", "keywords": ["x", "y"}]': "line 1, column 35, behind .*: ] is missing before }",
    '[{"id": "a"},\n {"id": "b",}\n]': "line 2, column 13, behind .*: a comma stands before }; take it out",
    '[{"id": "a"},\n]': "line 2, column 1: a comma stands before ]; take it out",
    "[{'id': 'a'}]": "line 1, column 3, .*straight double quotes",
    "[{“id”: 1}]": "straight double quotes .*, not “",
    '// mine\n[{"id": "a"}]': "line 1, column 1: JSON has no comments",
    '[{"id": "a"}\n {"id": "b"}]': "line 2, column 2: a comma is missing before {",
    '[{"id": "a"}], {"id": "b"}': "has ended, but , follows",
    '[{"id": "a"}]\x00': r"has ended, but '\\x00' follows",
    '[{"id": "a\nb"}]': "ends within quotes",
    '[{"id": "a", "count": 2.}]': "a comma is missing before .",
    " \n": "the file is empty",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_told_with_its_place_and_remedy(tmp_path, text):
    path = tmp_path / "topics.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        SourceError, match=f"topics.json: not valid JSON; .*{FAULTS[text].replace('[', '.')}"
    ) as error:
        read_json(path)
    assert "\n" not in str(error.value)


def test_a_comma_too_many_is_told_alike_by_any_python():
    text = '[{"id": "a"},\n]'
    newer = json.JSONDecodeError("Illegal trailing comma before end of array", text, 12)
    older = json.JSONDecodeError("Expecting value", text, 14)
    assert explain_fault(text, newer) == explain_fault(text, older)
    assert "a comma stands before ]; take it out" in explain_fault(text, newer)


TOPICS = st.lists(
    st.fixed_dictionaries({"id": st.text(max_size=4), "keywords": st.lists(st.text(max_size=3), max_size=2)}),
    min_size=1,
)


@given(TOPICS, st.data())
def test_a_cut_file_that_is_ended_as_told_is_json_where_no_value_was_cut(topics, data):
    whole = json.dumps(topics)
    text = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(text)
    told = explain_fault(text, error.value)
    assert told.startswith("line 1, column ")
    end = told.partition("or end it with ")[2]
    if end and text.rstrip()[-1] in '"]}' and not text.rstrip().endswith(('"id"', '"keywords"')):
        assert end.strip('"') in ("]", "}]", "]}]")
