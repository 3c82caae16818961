"""Posts saved as web pages."""

import zipfile

import pytest

from bandscape.datasets import source_files
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.texts.web_pages import read_web_page

POST = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title} | My Zine</title>
<style>p {{color: red}}</style><script>var a = "<p>no</p>";</script></head>
<body><header><h2>My Zine</h2></header><nav><a href="/">Home</a></nav>
<article class="h-entry"><h1 class="p-name">{title}</h1><p>A <b>slow</b>
record &amp; a long one<br>with a break.</p><ul><li>One<li>Two</ul><p>Last <img src="x.jpg" alt="cover">words.
<footer>By <a class="p-author h-card">Ida Noor</a>, <time datetime="2011-03-04T10:00:00Z">March</time></footer>
</article>
<aside>Read also</aside><footer>Imprint</footer></body></html>"""


def test_a_page_is_its_title_text_day_and_author():
    page = read_web_page(POST.format(title="Low &ndash; Ones"), "posts/1.html")
    assert page == {
        "title": "Low – Ones",
        "text": "A slow record & a long one\nwith a break.\n\nOne\nTwo\n\nLast words.",
        "date": "2011-03-04T10:00:00Z",
        "author": "Ida Noor",
    }


def test_a_page_without_article_has_its_body_and_its_title():
    page = read_web_page(
        "<title>Ones</title><body><div>First.<p>Second.</div><script>x</script>", "draft_1.html"
    )
    assert page == {
        "title": "Ones",
        "text": "First.\n\nSecond.",
        "date": None,
        "author": None,
        "draft": "true",
    }


def test_damaged_and_empty_pages_are_read_as_far_as_they_go():
    assert read_web_page("")["text"] is None
    assert read_web_page("<body><p>One</b></div><p>Two &bogus;")["text"] == "One\n\nTwo &bogus;"
    assert read_web_page("<article>a</article><article>b</article>")["text"] == "a\n\nb"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "piece",
    ["<b>x", "<b>x</i>", "<div>", "<a ", "<a b='", "<!--", "<![CDATA[", "<!", "<?", "<![a]>", "<![if !x]>",
     "<!DOCTYPE a [",
     "<script", "</", "&#", "<a/ ", "<p class=author>x", "<title>"],
)  # fmt: skip
def test_a_page_of_thousands_of_open_tags_ends_soon_and_keeps_its_text(piece):
    page = read_web_page(
        f"<body><h1>Low</h1><p>Slow.</p>{piece * 50_000}"
    )  # where each looks at all others: minutes
    assert page["title"].startswith("Low")
    assert page["text"].startswith("Slow.")


def test_a_folder_and_a_zip_of_pages_are_read(tmp_path):
    folder = tmp_path / "posts"
    (folder / "2011").mkdir(parents=True)
    titles = ["Low – Ones", "Low – Hey What", "Can – Tago", "Can – Soon"]
    for n, title in enumerate(titles):
        (folder / "2011" / f"{n}.html").write_text(POST.format(title=title), encoding="utf-8")
    (folder / "index.html").write_text("<p>Home</p>")
    with zipfile.ZipFile(tmp_path / "posts.zip", "w") as archive:
        for path in folder.rglob("*.html"):
            archive.write(path, path.relative_to(folder).as_posix())
    for source in (folder, tmp_path / "posts.zip"):
        corpus = read_reviews(source, columns="artist=title,title=title")
        assert [ids[0] for ids in corpus.reviews["artist_ids"]] == ["low", "low", "can", "can"]
        assert corpus.reviews["title"].tolist() == ["Ones", "Hey What", "Tago", "Soon"]
        assert corpus.reviews["author"].tolist() == ["Ida Noor"] * 4
        assert not corpus.reviews["genres"].map(len).any()
        assert any("'index.html'" in note for note in corpus.notes)
    assert len(source_files(folder)) == 4


def test_pages_beside_texts_are_left_aside_and_told(tmp_path):
    (tmp_path / "a.txt").write_text("Title\nWords.")
    for n in range(2):
        (tmp_path / f"{n}.html").write_text(POST.format(title="x"))
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["title"].tolist() == ["Title"]
    assert any("2 files left aside" in note for note in corpus.notes)
