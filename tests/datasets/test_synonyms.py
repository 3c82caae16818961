"""A folder whose files call a thing by several names is read file by file."""

import pytest

from bandscape.datasets.corpus import read_reviews

BANDS = ["Low", "Can", "Mogwai"]


@pytest.fixture
def blog(tmp_path):
    """Twelve files each with artist, album, score; with title and a rating to 5; and of bare text."""
    for n in range(12):
        band, text = BANDS[n % 3], f"A patient record, number {n}."
        files = {
            f"new/{n:02}.md": f"---\nartist: {band}\nalbum: New {n}\nscore: {n / 2 + 4}\ngenres: [folk]\n---\n{text}\n",
            f"old/{n:02}.md": (
                f"---\ntitle: {band} – Old {n}\nrating: {n % 6}\ncategories: [reviews]\ntags: [t{n % 3}]\n---\n{text}\n"
            ),
            f"txt/{n:02}.txt": f"{band}: First {n}\n\n{text}\n",
        }
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_each_file_gives_its_own_name_for_a_column(blog):
    corpus = read_reviews(blog)
    titles = [f"{kind} {n}" for kind in ("New", "Old", "First") for n in range(12)]
    assert corpus.reviews["title"].tolist() == titles
    assert sorted(corpus.artists["name"]) == sorted(BANDS)
    assert [list(ids) for ids in corpus.reviews["artist_ids"][12:15]] == [["low"], ["can"], ["mogwai"]]
    assert "title is read from 'album' and, in 24 files without it, from 'title'" in corpus.notes
    assert any(
        note.startswith("24 titles of texts without artist, such as 'Low – Old 0'") for note in corpus.notes
    )
    assert [list(genres) for genres in corpus.reviews["genres"][11:14]] == [["folk"], ["t0"], ["t1"]]


def test_marks_of_another_scale_are_told_not_mixed(blog):
    corpus = read_reviews(blog)
    assert corpus.reviews["score"].notna().sum() == 12
    (note,) = (note for note in corpus.notes if "another scale" in note)
    assert note.startswith("'rating', the score of 12 files without 'score', seems to be on another scale")
    assert note.endswith("--columns score=rating to read only these")
    chosen = read_reviews(blog, columns="score=rating", score_range=(0, 5))
    assert chosen.reviews["score"].notna().sum() == 12
    for path in blog.glob("old/*.md"):
        path.write_text(path.read_text().replace("rating: ", "rating: 7."))
    assert read_reviews(blog).reviews["score"].notna().sum() == 24


def test_what_the_user_chose_has_no_other_name(blog):
    corpus = read_reviews(blog, columns="title=album,artist=artist")
    assert corpus.reviews["title"].notna().sum() == 12
    assert (corpus.reviews["artist_ids"].str.len() == 0).sum() == 24
