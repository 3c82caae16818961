"""Folders and archives of Markdown with front matter, and folders that hold no texts."""

import zipfile

import pytest

from bandscape.core.errors import SourceError
from bandscape.datasets import import_corpus, load_corpus, source_files
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.markdown import read_markdown

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
        "text": "A loud and slow record, very dry snake_case_word 2 * 3 * 4.\n\nquoted\none\ncover\n\nLast.",
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


def test_a_readme_beside_texts_or_tables_is_no_review(folder):
    (folder / "x.txt").write_text("Title\nText\n")
    assert read_reviews(folder).reviews["text"].tolist() == ["Text"]
    (folder / "x.txt").rename(folder / "x.csv.gz")
    with pytest.raises(
        SourceError, match=r"no \.txt files in this folder, .* it holds 'x\.csv\.gz': give one of them"
    ):
        read_reviews(folder)
