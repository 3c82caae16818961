"""What people bring on their first day: headers in their language, short years, rows pasted twice, folders."""

import shlex
import zipfile

import pandas as pd
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.datasets.cells import article_first, split_years
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.columns.mapping import columns_example, map_columns, parse_columns


def mapping_of(header):
    names = header.split(";")
    return {field: names[place] for field, place in map_columns(names, {}, "x").items()}


def csv(tmp_path, text, **options):
    path = tmp_path / "reviews.csv"
    path.write_text(text, encoding="utf-8")
    return read_reviews(path, **options)


# -- headers -----------------------------------------------------------------------------------------------------


def test_words_around_a_usual_name_are_left_aside():
    assert mapping_of("ID;post_author;post_date;post_title;post_content;post_status;post_name;post_tags") == {
        "review_id": "ID", "title": "post_title", "text": "post_content", "genres": "post_tags",
        "author": "post_author", "pub_date": "post_date", "status": "post_status",
    }  # fmt: skip
    assert mapping_of("bandName;albumTitle;fanReview;itemUrl;genre_list;My Album Rating (1-5)") == {
        "artist": "bandName", "title": "albumTitle", "text": "fanReview", "genres": "genre_list",
        "score": "My Album Rating (1-5)", "url": "itemUrl",
    }  # fmt: skip


def test_genres_stand_apart_at_the_commas_of_east_asia(tmp_path):
    corpus = csv(
        tmp_path, "アーティスト,ジャンル\nゆらゆら帝国,サイケ、ロック\n幾何学模様,サイケ；フォーク\n"
    )
    assert [list(genres) for genres in corpus.reviews["genres"]] == [
        ["サイケ", "ロック"],
        ["サイケ", "フォーク"],
    ]


def test_a_usual_name_beside_another_word_is_something_else():
    names = "artist;artist_url;label_country;genre_id;first_name;post_id;additional_artists;sales_score;review_count"
    assert mapping_of(names) == {"artist": "artist"}
    assert mapping_of("post_title;title;review_html;text;album_id") == {"title": "title", "text": "text"}


def test_brackets_in_a_header_are_left_aside():
    assert mapping_of("Artist (band);Text;Rating (out of 100);Score note") == {
        "artist": "Artist (band)", "text": "Text", "score": "Rating (out of 100)"
    }  # fmt: skip
    assert mapping_of("[Artist];Score [0-10]") == {"artist": "[Artist]", "score": "Score [0-10]"}
    assert mapping_of("Artist;Rating (readers);Rating")["score"] == "Rating"
    assert map_columns(["Who", "Rating (x)"], parse_columns("artist=who,score=rating"), "x")["score"] == 1


@pytest.mark.parametrize(
    "header",
    [
        "Künstler;Albumtitel;Kritik;Wertung;Stil;Jahr;Plattenfirma;Autor;Datum",
        "Interpret;Titel;Rezension;Note;Genre;Erscheinungsjahr;Label;Rezensent;Datum",
        "Artiste;Titre;Critique;Note;Genre;Année;Maison de disques;Auteur;Date",
        "Artista;Álbum;Reseña;Puntuación;Género;Año;Sello;Autor;Fecha",
        "artista;titolo;recensione;voto;genere;anno;etichetta;autore;data",
        "Bandname;Albumname;Text der Kritik;Note;Stil;Erscheinungsdatum;Plattenfirma;Redakteur;Veröffentlicht am",
        "Nom de l'artiste;Titre de l'album;Texte de la critique;Note de la critique;Genre musical;Date de sortie;"
        "Maison de disques;Rédacteur;Publié le",
        "Nombre del artista;Título del disco;Texto de la reseña;Puntuación de la crítica;Géneros;Fecha de lanzamiento;"
        "Sello discográfico;Crítico;Fecha de la reseña",
        "アーティスト名;アルバム名;レビュー;評価;ジャンル;発売年;レーベル;評者;公開日",
        "Artist(s);Album Title;Review Text;Critic's Score;Genre(s);Release Date;Label(s);Reviewed By;Date Published",
        "Band Name;Record Title;My Review;Rating /10;Primary Genre;Date of release;Label name;Critic name;Posted on",
    ],
)
def test_usual_names_of_other_languages_are_known(header):
    fields = ["artist", "title", "text", "score", "genres", "years", "labels", "author", "pub_date"]
    assert mapping_of(header) == dict(
        zip(sorted(fields, key=_order), _sorted_names(header, fields), strict=True)
    )


def _order(field):
    return ["artist", "title", "text", "genres", "score", "labels", "years", "author", "pub_date"].index(
        field
    )


def _sorted_names(header, fields):
    named = dict(zip(fields, header.split(";"), strict=True))
    return [named[field] for field in sorted(fields, key=_order)]


@pytest.mark.parametrize(
    ("header", "score"),
    [
        ("Artist;User Score;Critic Score", "Critic Score"),
        ("Artist;User Score", "User Score"),
        ("Bandname;Userwertung;Note", "Note"),
        ("Bandname;Userwertung", "Userwertung"),
        ("アーティスト;ユーザー評価;点数", "点数"),
    ],
)
def test_the_score_of_the_critic_comes_before_that_of_readers(header, score):
    assert mapping_of(header)["score"] == score
    names = header.split(";")
    assert map_columns(names, {"score": names[1]}, "x")["score"] == 1


def test_a_note_in_an_english_header_is_no_score():
    assert mapping_of("Artist;Note;Data;Text") == {"artist": "Artist", "text": "Text"}


def test_a_german_table_is_read_without_options(tmp_path):
    text = "Künstler;Albumtitel;Kritik;Wertung;Stil;Jahr\nCan;Ege Bamyası;gut, sehr gut;8,5;Rock;'72\n"
    corpus = csv(tmp_path, text)
    assert corpus.artists["name"].tolist() == ["Can"]
    assert corpus.reviews["score"].tolist() == [8.5]
    assert list(corpus.reviews["years"][0]) == [1972]


def test_an_unknown_header_is_named_with_its_own_columns(tmp_path):
    text = "Esittäjä;Arvostelu;Sivu\nCan;oikein hyvä levy;a\nLow;hyvä levy tämäkin;b\n"
    message = (
        r"no column of the header is known \('Esittäjä', 'Arvostelu', 'Sivu'\); say which is which, "
        r"e\.g\. --columns 'artist=Esittäjä,text=Arvostelu'"
    )
    with pytest.raises(SchemaError, match=message):
        csv(tmp_path, text)
    corpus = csv(tmp_path, text, columns="artist=Esittäjä,text=Arvostelu")
    assert corpus.artists["name"].tolist() == ["Can", "Low"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Low,12\nCan,13\n", "title=0"),
        ("Low,,x\nCan,,y\n", "title=0"),
        ("Low,Low\nCan,Can\n", "artist=0,title=1"),
        ("Low," + "a word " * 24 + "\nCan,b\n", "title=0,text=1"),
    ],
)
def test_positions_are_offered_where_row_1_plainly_is_data(tmp_path, text, columns):
    with pytest.raises(SchemaError, match=rf"row 1 is not a header .*--columns '{columns}'"):
        csv(tmp_path, text)


def test_a_header_without_artist_title_and_text_names_the_columns_left():
    with pytest.raises(SchemaError, match=r"say which, e\.g\. --columns 'artist=Esittäjä,text=Arvostelu'"):
        read_reviews(pd.DataFrame({"Esittäjä": ["x"], "Score": [1], "Arvostelu": ["y"]}))


def test_an_example_of_columns_is_one_that_can_be_typed():
    assert columns_example(["Who", "it's", "2010", "What"]) == "'artist=Who,text=What'"
    assert columns_example(["Only"]) == "'text=Only'"
    for names in (["a,b", "x=y"], ['say "when", now', "a=b, c"], ["it's, then", "x"], ['"', "="]):
        (typed,) = shlex.split(columns_example(names))
        assert parse_columns(typed) == {"artist": names[0], "text": names[1]}


def test_a_name_with_commas_and_equals_signs_stands_in_quotation_marks(tmp_path):
    text = '"1=bad,5=good",Who,"a=b, c"\n4,Low,one\n5,Can,two\n'
    corpus = csv(tmp_path, text, columns='score="1=bad,5=good",artist=Who,text="a=b, c"')
    assert corpus.reviews["score"].tolist() == [4, 5]
    assert corpus.reviews["text"].tolist() == ["one", "two"]
    assert parse_columns('artist="2010",score=2010') == {"artist": "2010", "score": 2010}


# -- years -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "years"),
    [
        ("'99", ["1999"]), ("’05", ["2005"]), ("05", ["2005"]), ("99", ["1999"]), ("29", ["2029"]), ("30", ["1930"]),
        ("1999/2000", ["1999", "2000"]), ("1999 (reissue 2011)", ["1999", "2011"]), ("'99/'00", ["1999", "2000"]),
        ("1999 (reissue '11)", ["1999", "2011"]), ("99.0", ["1999"]), ("2009-02", ["2009"]),
        ("98/99", ["98/99"]), ("the '90s", ["the '90s"]), ("5", ["5"]), ("199", ["199"]), ("soon", ["soon"]),
    ],
)  # fmt: skip
def test_plain_years_are_read_and_the_rest_is_left(cell, years):
    assert split_years(cell) == years


def test_short_years_are_years_and_the_rest_are_rejects():
    corpus = read_reviews(pd.DataFrame({"artist": list("abc"), "year": ["'99", "98/99", "05"]}))
    assert [list(years) for years in corpus.reviews["years"]] == [[1999], [], [2005]]
    assert corpus.rejects["value"].tolist() == ["98/99"]


# -- artists and repeats -----------------------------------------------------------------------------------------


def test_an_article_behind_the_comma_comes_first():
    assert article_first("Cure, The") == "The Cure"
    assert article_first("Ärzte, Die") == "Die Ärzte"
    assert article_first("Fugees, the") == "the Fugees"
    for name in ["Tyler, the Creator", "Cure,The", "Weezer, LA", ", The", "Earth, Wind, The", "The"]:
        assert article_first(name) == name


def test_the_cure_is_one_artist_however_it_is_filed():
    corpus = read_reviews(
        pd.DataFrame({"artist": ["Cure, The", "The Cure", "The", "Cure", "Tyler, the Creator"]})
    )
    assert [list(ids) for ids in corpus.reviews["artist_ids"]][:2] == [["the-cure"], ["the-cure"]]
    assert "1 artist name such as 'Cure, The' read as 'The Cure'" in corpus.notes
    assert "Tyler, the Creator" in set(corpus.artists["name"])


ROWS = pd.DataFrame(
    {
        "artist": ["Cure, The", "Low", "The Cure", "Low", "Low", "Can", "Can"],
        "title": ["Faith", "Hey", "Faith", "Hey", "Hey", "Tago", "Tago"],
        "text": ["words", "same", "words", "same", "else", None, None],
        "score": [None, 8, 7, 8, 8, 9, 9],
    }
)


def test_of_rows_with_one_artist_title_and_text_the_fullest_stays():
    corpus = read_reviews(ROWS)
    assert corpus.reviews["review_id"].tolist() == ["row-2", "row-3", "row-5", "row-6", "row-7"]
    assert corpus.rejects[["row", "reason"]].values.tolist() == [
        [1, "same artist, title and text as row 3, which is kept; left out"],
        [4, "same artist, title and text as row 2, which is kept; left out"],
    ]
    note = "2 rows repeat artist, title and text of another (row 1 that of row 3); left out"
    assert note in corpus.notes


def test_a_repeat_with_another_mark_is_told_with_its_mark():
    corpus = read_reviews(ROWS.assign(score=[6, 8, 7, 8, 8, 9, 9]))
    assert corpus.rejects["reason"].tolist() == [
        "same artist, title and text as row 1, which is kept; left out; its mark was 7 of 10",
        "same artist, title and text as row 2, which is kept; left out",
    ]
    assert any(note.endswith("left out, 1 of them with another mark") for note in corpus.notes)


def test_repeats_may_differ_in_case_and_in_blanks_around_the_text():
    table = pd.DataFrame({
        "artist": ["Low", "LOW", "low ", "Low"], "title": ["Hey", "hey", "HEY", "Hey"],
        "text": ["words", "words ", "\nwords", "Words"],
    })  # fmt: skip
    corpus = read_reviews(table)
    assert corpus.reviews["text"].tolist() == ["words", "Words"]
    assert corpus.rejects["row"].tolist() == [2, 3]


def test_many_rows_of_another_width_are_told(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("artist,text,score\n" + "Low,words,8\n" * 9 + "Can,more, and more,9\n")
    corpus = read_reviews(path, columns="score=2")
    assert any(
        note.startswith("1 of 10 rows are left out, the first row 11: they have not 3")
        for note in corpus.notes
    )


def test_rows_of_empty_cells_are_counted(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("artist,text,score\nLow,words,8\n,,\n\nCan,more words,9\n,,\n")
    corpus = read_reviews(path)
    assert len(corpus.reviews) == 2
    assert "2 rows, the first row 3, have only empty cells; left out" in corpus.notes


def test_names_that_words_join_are_told_and_split_when_asked():
    names = ["Can", "Neu!", "Low", "Can & Neu!", "Can feat. Low", "Low & Can", "Iron & Wine"]
    corpus = read_reviews(pd.DataFrame({"artist": names}))
    assert len(corpus.artists) == len(names)
    (note,) = (note for note in corpus.notes if note.startswith("3 artist names such as 'Can & Neu!'"))
    assert '--artist-separator " & " --artist-separator " feat. "' in note
    assert note.endswith("that also cuts 'Iron & Wine'")
    split = read_reviews(pd.DataFrame({"artist": names}), artist_separators=[" & ", " feat. "])
    assert set(split.artists["name"]) == {"Can", "Neu!", "Low", "Iron", "Wine"}


def test_html_in_names_is_read_as_text_and_noted():
    names = [
        "Sigur R&oacute;s",
        "<b>Sigur Rós</b> ",
        "Simon &amp; Garfunkel; Low",
        "<script>x</script>",
        "<i></i>",
    ]
    corpus = read_reviews(pd.DataFrame({"artist": names, "genre": ["Pop/R&amp;B"] * len(names)}))
    assert set(corpus.artists["name"]) == {
        "Sigur Rós",
        "Simon & Garfunkel",
        "Low",
        "<script>x</script>",
        "<i></i>",
    }
    assert {genre for genres in corpus.artists["genres"] for genre in genres} == {"Pop/R&B"}
    assert "HTML in column artist is read as text: 3 values such as 'Sigur R&oacute;s'" in corpus.notes
    assert corpus.rejects.empty
    lists = read_reviews(pd.DataFrame({"artist": [["Sigur R&oacute;s", "Low"], ["Low"]]}))
    assert set(lists.artists["name"]) == {"Sigur Rós", "Low"}


def test_entities_are_read_in_every_column_though_escaped_twice_and_between_figures():
    row = {
        "artist": "Sigur R&amp;oacute;s", "album": "R&amp;amp;B", "score": "8&nbsp;/&nbsp;10",
        "date": "12&nbsp;May 2021", "url": "https://a.example/?a=1&amp;b=2", "text": "x &lt;b&gt;",
    }  # fmt: skip
    corpus = read_reviews(pd.DataFrame([row]))
    review = corpus.reviews.iloc[0]
    assert corpus.artists["name"].tolist() == ["Sigur Rós"]
    assert (review["title"], review["score"], str(review["pub_date"])[:10]) == ("R&B", 8.0, "2021-05-12")
    assert review["url"] == "https://a.example/?a=1&b=2"
    assert review["text"] == "x &lt;b&gt;"  # topics read it; here it stays as it came


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_line_in_which_excel_names_the_separator_is_no_row(tmp_path, separator):
    path = tmp_path / "reviews.csv"
    rows = [["Artist", "Score", "Text"], ["Low", "7", "a | b"], ["", "", ""], ["Can", "8", '"open']]
    lines = [f"sep={separator}", *(separator.join(row) for row in rows)]
    path.write_bytes("\ufeff".encode() + "\r\n".join(lines).replace("a | b", '"a | b"').encode() + b"\r\n")
    corpus = read_reviews(path)
    assert corpus.reviews["review_id"].tolist() == ["row-3"]
    assert corpus.reviews["text"].tolist() == ["a | b"]
    assert corpus.rejects["row"].tolist() == [5]
    assert "row 4 has only empty cells; left out" in corpus.notes


def test_rows_with_an_id_are_kept_and_told_and_texts_without_a_name_are_never_compared():
    with_ids = read_reviews(ROWS.assign(id=[f"r{row}" for row in range(len(ROWS))]))
    assert len(with_ids.reviews) == len(ROWS)
    (note,) = (note for note in with_ids.notes if "under an id of" in note)
    assert note.startswith("2 rows repeat artist, title and text of another")
    assert "(row 3 that of row 1)" in note
    unread = read_reviews(ROWS.assign(id="same"), columns="review_id=-")
    assert len(unread.reviews) == len(read_reviews(ROWS).reviews)
    assert len(read_reviews(ROWS[["text"]].dropna()).reviews) == 5


# -- folders -----------------------------------------------------------------------------------------------------

FILES = {
    "Low/Low - Hey What.txt": "Noise\nwords",
    "Can/Tago Mago.txt": "Drums\nmore words",
    "Stray - One - Two.txt": "Line\nother words",
}


@pytest.fixture(params=["folder", "zip"])
def texts(tmp_path, request):
    if request.param == "zip":
        path = tmp_path / "texts.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in FILES.items():
                archive.writestr(name, content)
        return path
    for name, content in FILES.items():
        (tmp_path / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / name).write_text(content)
    return tmp_path / "texts"


def test_the_artist_may_be_the_folder_of_the_file(texts):
    corpus = read_reviews(texts, columns="artist=folder")
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["can"], ["low"], []]
    assert corpus.reviews["title"].tolist() == ["Drums", "Noise", "Line"]
    assert sum(corpus.reviews["genres"].str.len()) == 0
    assert corpus.mapping["artist"] == "folder"


def test_the_artist_and_the_title_may_be_in_the_file_name(texts):
    corpus = read_reviews(texts, columns={"artist": "File Name", "title": "filename"})
    assert sorted(corpus.artists["name"]) == ["Low", "Stray", "Tago Mago"]
    assert corpus.reviews["title"].tolist() == ["Tago Mago", "Hey What", "One - Two"]
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["Can"], ["Low"], []]


@pytest.mark.parametrize("columns", ["artist=Band", "artist=0", "text=filename"])
def test_texts_have_no_other_columns(texts, columns):
    with pytest.raises(ParameterError, match=r"choose folder or filename .* --columns artist=folder"):
        read_reviews(texts, columns=columns)


def test_questions_of_a_form_can_be_named_as_they_are_and_its_timestamps_are_no_text(tmp_path):
    thought = "Tell us what you thought, in your own words:"
    rows = [["Timestamp", "Who is it?", "From 1 to 5?", thought]]
    rows += [[f"2023/01/1{n} 8:00:22 PM GMT+1", f"Band {n}", str(n), "words of mine " * 9] for n in range(5)]
    path = tmp_path / "form.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows))
    with pytest.raises(SchemaError, match=f"--columns 'artist=Who is it\\?,text={thought}'"):
        read_reviews(path)
    for asked in (f"artist=Who is it?,text={thought}", "text=Tell us what you thought…,artist=Who is it?"):
        assert read_reviews(path, columns=asked).reviews["text"].str.startswith("words of").all()


def test_a_question_for_the_genre_is_offered_before_names_that_come_again(tmp_path):
    header = "Timestamp,Which artist are you reviewing?,What genre would you say it is?,Your review,Your name"
    rows = [
        f"2020-01-0{n + 1},Artist {'abcd'[n]}x,{genre},Some words of {n}.,{'Ida' if n % 2 else 'Per'}"
        for n, genre in enumerate(["slow", "rock; folk", "kraut", "jazz"])
    ]
    note = next(
        note for note in csv(tmp_path, "\n".join([header, *rows])).notes if "columns not used" in note
    )
    assert "--columns 'artist=Which artist are you reviewing?,genres=What genre would you say it is?'" in note
