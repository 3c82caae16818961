"""Folders and archives of Markdown with front matter, and folders that hold no texts."""

import gzip
import zipfile

import pytest

from bandscape.core.errors import SourceError
from bandscape.datasets import import_corpus, load_corpus, source_files
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers import read_source
from bandscape.datasets.readers.texts.markdown import read_markdown

FIRST = """---
title: "Hey: What"
artist: Low
rating: 4/5   # of five
date: 2021-09-10
label: 'Sub Pop''s'
tags: [slow, "noise, loud"]
draft:
---

# Hey: What

A **loud** and *slow* [record](https://example.org/x), __very__ `dry` snake_case_word 2 * 3 * 4.

> quoted
- one
![cover](a.jpg)
***
Last.
"""
SECOND = "---\r\nalbum: Ege Bamyasi\r\nartist:\r\n  - Can\r\n  - Neu!\r\ntags:\r\n- kraut\r\n---\r\nGood.\r\n"
THIRD = "# A heading\n\nNo front matter --- at all.\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "posts"
    path.mkdir()
    for name, content in (("a.md", FIRST), ("b.markdown", SECOND), ("c.md", THIRD)):
        (path / name).write_bytes(content.encode())
    return path


def test_marks_go_and_words_stay():
    record = read_markdown(FIRST)
    assert record == {
        "title": "Hey: What", "artist": "Low", "rating": "4/5", "date": "2021-09-10", "label": "Sub Pop's",
        "tags": ["slow", "noise, loud"], "draft": None,
        "text": "A loud and slow record, very dry snake_case_word 2 * 3 * 4.\n\nquoted\none\n\n\nLast.",
    }  # fmt: skip


def test_front_matter_is_columns_in_a_folder_and_in_an_archive(folder, tmp_path):
    packed = tmp_path / "posts.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
        archive.writestr("cover.jpg", b"\xff\xd8\xff")
    corpora = [read_reviews(folder), read_reviews(packed)]
    import_corpus(folder, tmp_path / "corpus")
    corpora.append(load_corpus(tmp_path / "corpus"))
    for corpus in corpora:
        reviews = corpus.reviews.set_index("review_id")
        assert reviews.index.tolist() == ["a", "b", "c"]
        assert reviews["text"].tolist()[1:] == ["Good.", "No front matter --- at all."]
        assert [list(ids) for ids in reviews["artist_ids"]] == [["low"], ["can", "neu"], []]
        assert [list(genres) for genres in reviews["genres"]] == [["slow", "noise, loud"], ["kraut"], []]
        assert reviews["score"].tolist()[0] == 8.0
        assert list(reviews["labels"].iloc[0]) == ["Sub Pop's"]
        assert reviews["pub_date"].iloc[0].isoformat().startswith("2021-09-10")
    assert [path.name for path in source_files(folder)] == ["a.md", "b.markdown", "c.md"]
    corpus = read_reviews(folder, columns="title=title,author=label,artist=filename")
    assert corpus.reviews["title"].dropna().tolist() == ["Hey: What", "A heading"]
    assert sorted(corpus.artists["name"]) == ["a", "b", "c"]


def test_front_matter_of_toml_is_columns_and_a_fault_in_it_is_told(folder):
    toml = """+++
title = "Hey: What"
artists = ["Low", "Can"]
date = 2021-09-10T08:00:00Z
rating = 8.5
draft = false
when = 1999-01-02
[params]
label = "Sub Pop"
title = "not the file's own"
+++
# Heading

Good.
"""
    assert read_markdown(toml.replace("\n", "\r\n")) == {
        "title": "Hey: What", "artists": ["Low", "Can"], "date": "2021-09-10T08:00:00+00:00", "rating": "8.5",
        "draft": "false", "when": "1999-01-02", "label": "Sub Pop", "text": "Heading\n\nGood.",
    }  # fmt: skip
    (folder / "a.md").write_text(toml)
    (folder / "c.md").write_text("+++\ntitle = unquoted\n+++\nText")
    corpus = read_reviews(folder)
    assert corpus.reviews["score"].tolist()[0] == 8.5
    assert corpus.reviews["pub_date"].iloc[0].isoformat().startswith("2021-09-10")
    assert corpus.reviews["text"].tolist()[1:] == ["Good.", "Text"]
    assert corpus.rejects[["row", "value"]].to_numpy().tolist() == [[3, "c.md"]]
    assert (
        corpus.rejects["reason"]
        .iloc[0]
        .startswith("front matter is no TOML, not read: Invalid value (at line 1")
    )


def packed(folder):
    """Return the folder, and an archive of what lies in it."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            archive.write(file, file.relative_to(folder))
    return [folder, path]


def test_markdown_and_texts_are_both_read_but_no_readme_or_robots(folder):
    for name, content in (
        ("a.txt", "Title\nText\n"),
        ("robots.txt", "no"),
        ("README.md", "# About"),
        ("c.jpg", ""),
    ):
        (folder / name).write_text(content)
    for source in packed(folder):
        raw = read_source(source)
        corpus = read_reviews(source)
        assert corpus.reviews["review_id"].tolist() == ["a.md", "a.txt", "b", "c"]
        assert corpus.reviews["text"].tolist()[1:3] == ["Text", "Good."]
        assert "3 files left aside, not read: 'README.md', 'robots.txt', 'c.jpg'" in raw.notes
    assert [path.name for path in source_files(folder)] == ["a.md", "a.txt", "b.markdown", "c.md"]


def test_a_table_beside_texts_is_refused_until_one_is_chosen(folder):
    with gzip.open(folder / "x.csv.gz", "wt") as file:
        file.write("artist;title\nLow;Hey What\n")
    table, archive_table = f"give {folder / 'x.csv.gz'}", "say --format csv"
    for source, remedy in zip(packed(folder), (table, archive_table), strict=True):
        with pytest.raises(
            SourceError, match=r"a table \('x.csv.gz'\) and 3 texts \('a.md', .*; for the table"
        ) as caught:
            read_reviews(source)
        assert str(caught.value).endswith(f"{remedy}, for the texts say --format texts")
        assert len(read_reviews(source, format="texts").reviews) == 3
        for format in ("csv", "semicolon"):
            assert read_reviews(source, format=format).reviews["title"].tolist() == ["Hey What"]


def test_the_only_table_beside_a_readme_is_read_and_of_several_none(folder):
    for file in folder.iterdir():
        file.unlink()
    (folder / "LICENSE.txt").write_text("Mine")
    (folder / "2019.csv").write_text("artist,title\nLow,Hey What\n")
    for source in packed(folder):
        raw = read_source(source)
        assert (raw.format, len(raw.rows)) == ("csv", 1)
        assert raw.notes == ["one file left aside, not read: 'LICENSE.txt'"]
    assert source_files(folder) == [folder / "2019.csv"]
    (folder / "2020.csv").write_text("artist,title\nCan,Tago Mago\n")
    for source in packed(folder):
        if source != folder:
            with pytest.raises(SourceError, match=r"holds 2 .*'2019.csv', '2020.csv'"):
                read_reviews(source)
    (folder / "2020.csv").write_text("artist,album\nCan,Tago Mago\n")
    with pytest.raises(
        SourceError, match=r"holds 2 .*'2019.csv', '2020.csv'.*title is 'title' in 2019.csv and 'album'"
    ):
        read_reviews(folder)


def test_a_bundle_is_called_by_its_folder_which_is_no_genre(folder):
    for name in ("a.md", "b.markdown", "c.md"):
        (folder / "rock" / name[0]).mkdir(parents=True)
        (folder / name).rename(folder / "rock" / name[0] / f"index{name[1:]}")
    (folder / "dub").mkdir()
    (folder / "dub" / "index.md").write_text("Good.")
    (folder / "rock" / "_index.md").write_text("All of rock")
    for source in packed(folder):
        raw = read_source(source, columns="genres=folder")
        assert raw.columns["review_id"].to_pylist() == ["dub", "rock/a", "rock/b", "rock/c"]
        assert raw.columns["genres"].to_pylist() == [None, "rock", "rock", "rock"]
        assert "one file left aside, not read: 'rock/_index.md'" in raw.notes


def test_keys_below_a_key_without_value_are_read_and_the_title_stays(tmp_path):
    for number, artist in enumerate(["Mira Voss", "Teo Lund"]):
        (tmp_path / f"{number}.md").write_text(
            f"---\nlayout: post\ntitle: 'Low Tide'\nalbum:\n  year: 1999\n  artist: {artist}\n  title: Not This\n"
            "draft: true\n---\n![cover](a.jpg)\nGood{{< video a >}} words[^1].\n\n[^1]: A note."
        )
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["title"].tolist() == ["Low Tide"] * 2
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["mira-voss"], ["teo-lund"]]
    assert [list(years) for years in corpus.reviews["years"]] == [[1999], [1999]]
    assert corpus.reviews["text"].tolist() == ["Good words.\n\nA note."] * 2
    assert "drafts (draft: true), read as the others are: 2" in corpus.notes
    assert not any("artist=layout" in note for note in corpus.notes)


def test_files_of_other_years_may_call_the_same_otherwise(tmp_path):
    (tmp_path / "a.md").write_text("---\nalbum: Hey\ntitle: A review\nband: Low\nscore: 8\n---\nwords")
    (tmp_path / "b.md").write_text("---\ntitle: Neu\nartist: Can\nrating: 6\n---\nmore")
    (tmp_path / "c.txt").write_text("First line\nand the rest")
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["title"].tolist() == ["Hey", "Neu", "First line"]
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low"], ["can"], []]
    assert corpus.reviews["score"].fillna(-1).tolist() == [8, 6, -1]
    whole = read_reviews(tmp_path, columns="title=album")
    assert whole.reviews["title"].dropna().tolist() == ["Hey"]


def test_links_of_a_wiki_are_what_they_show():
    front = "---\nartist: \"[[artists/Cocteau Twins]]\"\nlabels:\n- '[[4AD]]'\nalbum: [[Treasure|The Treasure]]\n---\n"
    text = f"{front}See [[Hex|this]].\n![[a.png]]"
    assert read_markdown(text) == {
        "artist": "Cocteau Twins", "labels": ["4AD"], "album": "The Treasure", "text": "See this."
    }  # fmt: skip


def test_a_template_that_nobody_filled_in_says_nothing():
    assert read_markdown("---\nartist:\ntitle: {{title}}\ndate: <% tp.date.now() %>\n---\n") == {
        "artist": None, "title": None, "date": None, "text": None
    }  # fmt: skip


def test_a_title_that_the_file_lacks_is_its_name(tmp_path):
    folder = tmp_path / "vault"
    folder.mkdir()
    for name, artist in (
        ("Secret Name", "Low"),
        ("Can - Soon", "Can"),
        ("Can - Later", "Neu!"),
        ("a-slug", "Low"),
    ):
        (folder / f"{name}.md").write_text(f"---\nartist: {artist}\n---\nSome words of {name}.\n")
    corpus = read_reviews(folder)
    titles = dict(zip(corpus.reviews["review_id"], corpus.reviews["title"], strict=True))
    assert {id: title for id, title in titles.items() if isinstance(title, str)} == {
        "Secret Name": "Secret Name", "Can - Soon": "Soon"
    }  # fmt: skip
    assert any("2 titles are those of the files, such as 'Soon'" in note for note in corpus.notes)
    assert read_reviews(folder, columns="title=-").reviews["title"].isna().all()


def test_blocks_of_indented_lines_are_values():
    front = '---\nlabel: >-\n  Bell & "Son"\n  Ltd\nblurb: |\n  one\n\n  two\nscore: 3\nempty: >\n---\nText'
    assert read_markdown(front) == {
        "label": 'Bell & "Son" Ltd', "blurb": "one\n\ntwo", "score": "3", "empty": None, "text": "Text",
    }  # fmt: skip


def test_days_in_front_of_names_are_dates_where_the_posts_tell_none(tmp_path):
    days = ["2011-03-04", "2014-10-21", "2020-02-12"]
    for n, day in enumerate(days):
        own = "date: 2021-01-01\n" if n == 2 else ""
        (tmp_path / f"{day}-post-{n}.md").write_text(f"---\nartist: Low\n{own}---\nPost {n}.")
    corpus = read_reviews(tmp_path)
    assert [f"{day:%Y-%m-%d}" for day in corpus.reviews["pub_date"]] == [*days[:2], "2021-01-01"]
    assert any("--columns pub_date=-" in note for note in corpus.notes)
    assert read_reviews(tmp_path, columns="pub_date=-").reviews["pub_date"].isna().all()


def test_marks_of_tags_are_no_part_of_a_genre(tmp_path):
    (tmp_path / "a.md").write_text('---\nartist: Low\ngenre:\n  - "#slow"\n  - "#1 hits"\n---\nText.')
    assert list(read_reviews(tmp_path).reviews["genres"][0]) == ["slow", "#1 hits"]
