"""The page of a finished workspace answers as the command line does."""

import json

from bandscape.cli.main import _run


def answers_of_the_page(browser, page_file, query):
    context = browser.new_context()
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#search", query)
    page.press("#search", "Enter")
    page.wait_for_selector("#answer-rows li")
    names = [line.strip() for line in page.locator("#answer-rows li .row-name").all_inner_texts()]
    context.close()
    return names


def test_the_page_and_the_command_line_give_the_same_answers(browser, tmp_path, capsys):
    root = tmp_path / "ws"
    words = ["demo", "--out", str(root), "--reviews", "200", "--artists", "60", "--seed", "4"]
    assert _run(words, debug=True) == 0
    capsys.readouterr()
    from bandscape.embeddings import VectorTable

    vectors = VectorTable.load(root / "artists" / "vectors.arrow")
    plus, minus = [name for name in vectors.names if name.isascii() and name.replace(" ", "").isalpha()][:2]
    query = ["artists", "analogy", str(root), "--plus", plus, "--minus", minus, "--json"]
    assert _run(query, debug=True) == 0
    said = [row["name"] for row in json.loads(capsys.readouterr().out)["results"]]
    shown = answers_of_the_page(browser, root / "maps" / "map.html", f'"{plus}" - "{minus}"')
    # the page's vectors are rounded to int8, so near ties may change places
    assert len(set(said) & set(shown)) >= 9
    assert shown[0] in said[:3]
