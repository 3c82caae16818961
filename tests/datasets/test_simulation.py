"""A simulated corpus is what its documentation says: every equation is checked on what was written."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem import PorterStemmer, SnowballStemmer
from scipy import stats
from stop_words import get_stop_words

from bandscape.core.errors import FormatVersionError, ParameterError, SourceError
from bandscape.core.files import read_json, read_table
from bandscape.core.names import identity_key, lookup_keys
from bandscape.core.progress import Progress
from bandscape.core.sealed_json import write_sealed_json
from bandscape.datasets import TextSettings, normalize_terms, prepare_text, schema
from bandscape.datasets.simulation import text as simulate_text
from bandscape.datasets.simulation.model import GENRE_SHARES, genre_cosines, make_plan
from bandscape.datasets.simulation.names import (
    PLAIN_FOR_HOSTILE,
    QUIRKY_NAMES,
    make_artist_names,
    make_label_names,
)
from bandscape.datasets.simulation.reviews import BLOCK
from bandscape.datasets.simulation.settings import permute
from bandscape.datasets.simulation.simulate import SimulatedCorpus, SimulationSettings, load_truth, simulate
from bandscape.datasets.simulation.words import (
    CONNECTORS,
    GENRES,
    KINDS,
    SHARED_WORDS,
    TOPICS,
    Word,
    make_words,
    parse_words,
)

N_REVIEWS, N_ARTISTS = 9000, 700


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> SimulatedCorpus:
    return simulate(tmp_path_factory.mktemp("simulated"), n_reviews=N_REVIEWS, n_artists=N_ARTISTS)


@pytest.fixture(scope="module")
def reviews(corpus: SimulatedCorpus) -> pd.DataFrame:
    return schema.as_frame(read_table(corpus.reviews_path))


@pytest.fixture(scope="module")
def truths(corpus: SimulatedCorpus) -> pd.DataFrame:
    return corpus.truth.table("reviews").to_pandas()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> SimulatedCorpus:
    """Without names in the text and without missing values, so that every word is accounted for."""
    settings = SimulationSettings(own_mention_rate=0.0, peer_mention_rate=0.0, missing=0.0)
    return simulate(tmp_path_factory.mktemp("plain"), n_reviews=6000, n_artists=300, settings=settings)


def digests(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# -- words and names -----------------------------------------------------------------------------------------------


def all_words() -> list[Word]:
    lists = [parse_words(spec.words) for spec in TOPICS] + [parse_words(SHARED_WORDS)]
    coined = make_words(400, "n", np.random.default_rng(0), {word.name for words in lists for word in words})
    return list(dict.fromkeys(word for words in [*lists, coined] for word in words))


@pytest.mark.parametrize(
    "stem", [PorterStemmer().stem, SnowballStemmer("english").stem], ids=["porter", "snowball"]
)
def test_forms_of_a_word_share_a_stem_that_no_other_word_has(stem) -> None:
    words_of: dict[str, set[str]] = {}
    for word in all_words():
        stems = {" ".join(stem(part) for part in form.lower().split()) for form in word.forms}
        assert len(stems) == 1, word
        words_of.setdefault(stems.pop(), set()).add(word.name)
    assert [names for names in words_of.values() if len(names) > 1] == []


def test_a_word_inflects_alike_wherever_it_is_listed() -> None:
    words = all_words()
    assert len(words) == len({word.name for word in words})


def test_words_with_meaning_are_no_stop_words_and_the_small_words_are() -> None:
    stop_words = set(get_stop_words("en"))
    parts = {part for word in all_words() for form in word.forms for part in form.split()}
    assert parts & stop_words == set()
    small = " ".join(cell.replace("|", " ") for row in CONNECTORS.values() for cell in row.values())
    assert set(small.lower().split()) - stop_words == set()


def test_every_pair_of_kinds_has_eight_connectors() -> None:
    for row in CONNECTORS.values():
        assert tuple(row) == KINDS
        assert {len(cell.split("|")) for cell in row.values()} == {8}


def test_artist_names_are_distinct_and_some_are_hard(rng: np.random.Generator) -> None:
    names = make_artist_names(5000, rng)
    assert len({identity_key(name) for name in names}) == 5000
    assert set(QUIRKY_NAMES) < set(names)
    assert set(lookup_keys("The Hollow Lanterns")) & set(lookup_keys("Hollow Lanterns"))
    assert any(not name.isascii() for name in names)
    assert len(set(make_label_names(3000, rng))) == 3000
    assert not [
        name for name in names if re.search(r"(?<!s)ss+s\b|[^aeiou]ys\b", name)
    ]  # "Compasss", "Balconys"


def test_a_plain_corpus_differs_in_nothing_but_the_hostile_names() -> None:
    usual, plain = (make_artist_names(300, np.random.default_rng(4), hostile=one) for one in (True, False))
    changed = {one: other for one, other in zip(usual, plain, strict=True) if one != other}
    assert changed == dict(PLAIN_FOR_HOSTILE)
    assert len({identity_key(name) for name in plain}) == 300
    assert not [name for name in plain if re.search(r"[<>=;]|^[+-]", name)]


# -- building blocks -----------------------------------------------------------------------------------------------


@given(n=st.integers(1, 3000), seed=st.integers(0, 2**63 - 1))
def test_the_order_of_reviews_is_a_permutation(n: int, seed: int) -> None:
    assert np.array_equal(np.sort(permute(np.arange(n), n, seed)), np.arange(n))


def test_the_order_of_reviews_looks_random() -> None:
    order = permute(np.arange(20_000), 20_000, 1)
    assert abs(stats.spearmanr(np.arange(20_000), order).statistic) < 0.03
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 0.03
    assert (order != permute(np.arange(20_000), 20_000, 2)).mean() > 0.99


def test_alias_tables_hold_the_exact_probabilities() -> None:
    plan = make_plan(SimulationSettings(n_topics=3))
    tables = simulate_text.make_text_tables(plan)
    for topic in range(3):
        at = slice(tables.alias_start[topic], tables.alias_start[topic] + tables.alias_size[topic])
        probability = np.zeros(len(plan.topics.surfaces))
        np.add.at(probability, tables.alias_keep[at], tables.alias_limit[at] / tables.alias_size[topic])
        np.add.at(
            probability, tables.alias_other[at], (1 - tables.alias_limit[at]) / tables.alias_size[topic]
        )
        np.testing.assert_allclose(probability, plan.topics.topic_surface[topic], atol=1e-12)


def test_genre_centers_have_the_stated_angles() -> None:
    centers = make_plan(SimulationSettings()).genre_centers
    np.testing.assert_allclose(centers @ centers.T, genre_cosines(), atol=1e-12)


# -- files ---------------------------------------------------------------------------------------------------------


def test_tables_are_canonical(corpus: SimulatedCorpus) -> None:
    for check, path in (
        (schema.check_reviews, corpus.reviews_path),
        (schema.check_artists, corpus.artists_path),
        (schema.check_rejects, corpus.rejects_path),
    ):
        table = read_table(path)
        assert check(table).equals(table)
    assert read_table(corpus.reviews_path).num_rows == corpus.n_reviews == N_REVIEWS
    assert read_table(corpus.artists_path).num_rows == corpus.n_artists == N_ARTISTS
    assert read_table(corpus.rejects_path).num_rows == 0
    assert corpus.complete


def test_the_same_seed_gives_the_same_bytes(corpus: SimulatedCorpus, tmp_path: Path) -> None:
    simulate(tmp_path / "again", n_reviews=N_REVIEWS, n_artists=N_ARTISTS, random_state=0)
    assert digests(tmp_path / "again") == digests(corpus.directory)


def test_processes_do_not_change_the_bytes(corpus: SimulatedCorpus, tmp_path: Path) -> None:
    assert N_REVIEWS > 2 * BLOCK  # several blocks, or this test says nothing
    simulate(tmp_path / "two", n_reviews=N_REVIEWS, n_artists=N_ARTISTS, n_jobs=2)
    assert digests(tmp_path / "two") == digests(corpus.directory)


def test_another_seed_gives_another_corpus(corpus: SimulatedCorpus, tmp_path: Path) -> None:
    other = simulate(tmp_path, n_reviews=N_REVIEWS, n_artists=N_ARTISTS, random_state=1)
    ours, theirs = digests(corpus.directory), digests(other.directory)
    same = {name for name in ours if ours[name] == theirs[name]}
    assert same == {"corpus/rejects.parquet"}


def test_blocks_differ(reviews: pd.DataFrame) -> None:
    assert reviews["text"].dropna().is_unique


# -- the table of artists ------------------------------------------------------------------------------------------


def test_artists_sum_up_their_reviews(corpus: SimulatedCorpus, reviews: pd.DataFrame) -> None:
    artists = schema.as_frame(read_table(corpus.artists_path)).set_index("artist_id")
    credits = reviews.explode("artist_ids").rename(columns={"artist_ids": "artist_id"})
    grouped = credits.groupby("artist_id")
    assert artists["n_reviews"].to_dict() == grouped.size().to_dict()
    pd.testing.assert_series_equal(
        artists["mean_score"], grouped["score"].mean().reindex(artists.index), check_names=False
    )
    for artist_id in artists.index[:150]:
        ours, rows = artists.loc[artist_id], grouped.get_group(artist_id)
        for column in ("genres", "labels"):
            counts = Counter(value for values in rows[column] for value in values)
            assert sorted(ours[column]) == sorted(counts)
            frequencies = [counts[value] for value in ours[column]]
            assert frequencies == sorted(frequencies, reverse=True)
            if column == "genres":
                assert list(ours["genre_counts"]) == frequencies
        assert list(ours["years"]) == sorted({year for years in rows["years"] for year in years})
        assert sorted(ours["authors"]) == sorted(rows["author"].dropna().unique())


def test_every_artist_has_a_review_and_popularity_is_uneven(corpus: SimulatedCorpus) -> None:
    counts = read_table(corpus.artists_path, ["n_reviews"]).column(0).to_numpy()
    assert counts.min() >= 1
    assert counts.max() > 5 * np.median(counts)


# -- recovery: artists, genres, scores -----------------------------------------------------------------------------


def test_scores_are_the_sum_of_their_parts(reviews: pd.DataFrame, truths: pd.DataFrame) -> None:
    parts = truths.filter(like="score_").sum(axis=1)
    known = reviews["score"].notna()
    expected = np.round(np.clip(7.0 + parts, 0, 10), 1)
    assert np.abs(reviews["score"] - expected)[known].max() < 0.11  # parts are stored in single precision


def test_mean_scores_recover_quality(corpus: SimulatedCorpus) -> None:
    truth = corpus.truth
    artists = schema.as_frame(read_table(corpus.artists_path))
    mixture = np.stack(truth.artists["genre_mixture"].to_list())
    expected = np.clip(7.0 + truth.artists["quality"] + mixture @ truth.genre_effect, 0, 10)
    often = artists["n_reviews"] >= 20
    assert often.sum() > 100
    assert np.corrcoef(artists["mean_score"][often], expected[often])[0, 1] > 0.95
    error = (artists["mean_score"] - expected)[often] * np.sqrt(artists["n_reviews"][often])
    assert (
        0.6 < error.std() < 0.95
    )  # noise .7 and authors .25, shared between few: sqrt(.49 + .06) and a little


def test_authors_judge_as_their_effects_say(
    corpus: SimulatedCorpus, reviews: pd.DataFrame, truths: pd.DataFrame
) -> None:
    effect = corpus.truth.table("authors").to_pandas().set_index("author")["effect"]
    rest = reviews["score"] - 7.0 - truths["score_artist"] - truths["score_genre"]
    judged = rest.groupby(reviews["author"]).agg(["mean", "size"]).query("size >= 30")
    assert len(judged) > 50
    assert np.corrcoef(judged["mean"], effect[judged.index])[0, 1] > 0.9


def test_genres_are_those_of_the_artist(
    corpus: SimulatedCorpus, reviews: pd.DataFrame, truths: pd.DataFrame
) -> None:
    missing = reviews["genres"].str.len() == 0
    assert 0.08 < missing.mean() < 0.12
    tagged = reviews[~missing]
    assert (tagged["genres"].str[0] == truths["genre"][~missing]).all()
    assert 0.1 < (tagged["genres"].str.len() == 2).mean() < 0.3
    counts = corpus.truth.artists["genre"].value_counts().reindex(GENRES)
    assert stats.chisquare(counts, GENRE_SHARES * N_ARTISTS).pvalue > 1e-3


def test_labels_tell_the_genre(corpus: SimulatedCorpus) -> None:
    artists = corpus.truth.artists.merge(read_table(corpus.artists_path).to_pandas(), on="artist_id")
    label = artists["labels"].str[0].rename("label")
    both = pd.crosstab(label, artists["genre"])
    right = both.max(axis=1).sum() / both.to_numpy().sum()
    shuffled = pd.crosstab(label, artists["genre"].sample(frac=1, random_state=0).to_numpy())
    assert right > 0.8
    assert right > shuffled.max(axis=1).sum() / shuffled.to_numpy().sum() + 0.2


def test_similarity_is_the_cosine_of_positions(corpus: SimulatedCorpus) -> None:
    truth = corpus.truth
    unit = truth.positions / np.linalg.norm(truth.positions, axis=1, keepdims=True)
    cosine = unit @ unit.T - 2 * np.eye(N_ARTISTS)
    ids = truth.artists["artist_id"].to_numpy()
    for row in (0, 17, N_ARTISTS - 1):
        order = np.argsort(-cosine[row], kind="stable")[:10]
        assert list(truth.artists["neighbors"][row]) == list(ids[order])
        assert truth.similarity(ids[row], ids[order[0]]) == pytest.approx(truth.artists["cosines"][row][0])


def test_alike_artists_share_genres(corpus: SimulatedCorpus) -> None:
    artists = corpus.truth.artists
    genre = artists.set_index("artist_id")["genre"]
    same = [np.mean(genre[list(row.neighbors)] == row.genre) for row in artists.itertuples()]
    assert 0.7 < np.mean(same) < 0.99  # genres are clouds that touch, not labels
    assert np.mean(same) > genre.value_counts(normalize=True).pow(2).sum() + 0.4


# -- recovery: texts -----------------------------------------------------------------------------------------------


def count_words(corpus: SimulatedCorpus) -> np.ndarray:
    """Count the words of every text by reading it, shape (n_reviews, n_words)."""
    word_of: dict[tuple[str, ...], int] = {}
    for index, forms in enumerate(corpus.truth.vocabulary["surfaces"]):
        word_of |= {tuple(form.lower().split()): index for form in forms}
    longest = max(map(len, word_of))
    counts = np.zeros((corpus.n_reviews, len(corpus.truth.words)), dtype=np.int32)
    for doc, text in enumerate(read_table(corpus.reviews_path, ["text"]).column(0).to_pylist()):
        tokens = re.findall(r"[^\W\d_]+", text.lower())
        at = 0
        while at < len(tokens):
            for length in range(longest, 0, -1):
                word = word_of.get(tuple(tokens[at : at + length]))
                if word is not None:
                    counts[doc, word] += 1
                    break
            at += length if word is not None else 1
    return counts


@pytest.fixture(scope="module")
def counts(plain: SimulatedCorpus) -> np.ndarray:
    return count_words(plain)


def chi_square_per_degree(observed: np.ndarray, expected: np.ndarray) -> float:
    kept = expected > 5
    return float(((observed[kept] - expected[kept]) ** 2 / expected[kept]).sum() / kept.sum())


def test_every_word_is_accounted_for(plain: SimulatedCorpus, counts: np.ndarray) -> None:
    n_words = plain.truth.table("reviews", ["n_words"]).column(0).to_numpy()
    assert (counts.sum(axis=1) == n_words).mean() > 0.9  # two words side by side may look like a phrase
    assert abs(counts.sum() - n_words.sum()) < 2e-3 * n_words.sum()
    assert np.mean(n_words) == pytest.approx(120, rel=0.02)


def test_word_frequencies_are_those_of_the_truth(plain: SimulatedCorpus, counts: np.ndarray) -> None:
    truth = plain.truth
    n_words = truth.table("reviews", ["n_words"]).column(0).to_numpy()
    weight = n_words @ truth.topic_shares().astype(np.float64)
    assert 0.8 < chi_square_per_degree(counts.sum(axis=0), weight @ truth.topic_word) < 1.25
    swapped = np.roll(truth.topic_word, 1, axis=0)
    assert chi_square_per_degree(counts.sum(axis=0), weight @ swapped) > 20


def test_topics_are_recovered_from_texts_and_shares(plain: SimulatedCorpus, counts: np.ndarray) -> None:
    """Least squares of word counts on the true topic amounts returns the topics."""
    truth = plain.truth
    amounts = counts.sum(axis=1, keepdims=True) * truth.topic_shares().astype(np.float64)
    found = np.linalg.lstsq(amounts, counts.astype(np.float64), rcond=None)[0]
    likeness = np.corrcoef(np.vstack([found, truth.topic_word]))[: len(found), len(found) :]
    assert likeness.argmax(axis=1).tolist() == list(range(len(found)))
    assert np.diag(likeness).min() > 0.97


def test_word_frequencies_fall_as_zipf_says(plain: SimulatedCorpus, counts: np.ndarray) -> None:
    frequency = counts.sum(axis=0).astype(np.float64)
    rare = frequency[-SimulationSettings().n_rare_words :][:300]  # in the order of their ranks
    slope = np.polyfit(np.log(np.arange(1, 301) + 2), np.log(rare), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.08)
    ranks = np.arange(5, 600)
    slope = np.polyfit(np.log(ranks), np.log(np.sort(frequency)[::-1][ranks]), 1)[0]
    assert -1.2 < slope < -0.5
    assert frequency.max() / np.median(frequency) > 100


def test_the_usual_form_of_a_word_depends_on_the_topic(plain: SimulatedCorpus) -> None:
    usual = plain.truth.table("topic_words").to_pandas()
    several = usual.groupby("word")["display"].nunique()
    assert (several > 1).sum() > 30
    shares = plain.truth.topic_shares()
    texts = read_table(plain.reviews_path, ["text"]).column(0).to_pandas()
    right = total = 0
    for topic, topic_id in enumerate(plain.truth.topic_ids):
        mostly = texts[shares[:, topic] > 0.6].str.lower().str.cat(sep=" ")
        for row in usual[usual["topic"] == topic_id].head(15).itertuples():
            forms = plain.truth.vocabulary["surfaces"][plain.truth.words.index(row.word)]
            found = {form: len(re.findall(rf"\b{form}\b", mostly)) for form in forms}
            if sum(found.values()) > 60 and len(forms) > 1:
                total += 1
                right += max(found, key=found.get) == row.display
    assert total > 80
    assert right / total > 0.8


def test_topics_follow_genres_and_scores(
    corpus: SimulatedCorpus, reviews: pd.DataFrame, truths: pd.DataFrame
) -> None:
    truth, shares = corpus.truth, corpus.truth.topic_shares()
    for topic, described in enumerate(truth.config["topics"]):
        by_genre = pd.Series(shares[:, topic]).groupby(truths["genre"]).mean()
        if described["genre"]:
            assert by_genre.idxmax() == described["genre"]
            assert by_genre.max() > 2 * by_genre.drop(described["genre"]).max()
    score, known = reviews["score"], reviews["score"].notna()
    place = truth.topic_ids.index
    assert stats.spearmanr(shares[known, place("praise")], score[known]).statistic > 0.3
    assert stats.spearmanr(shares[known, place("letdown")], score[known]).statistic < -0.3
    assert abs(stats.spearmanr(shares[known, place("studio")], score[known]).statistic) < 0.15


def test_texts_name_the_artist_and_artists_like_it(corpus: SimulatedCorpus, reviews: pd.DataFrame) -> None:
    artists = corpus.truth.artists
    plainly = artists[
        artists["name"].str.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+")
    ]  # found by searching, without doubt
    name_of = dict(zip(plainly["artist_id"], plainly["name"], strict=True))
    texts = reviews["text"].fillna("")
    own = [
        text.count(name_of[ids[0]])
        for text, ids in zip(texts, reviews["artist_ids"], strict=True)
        if ids[0] in name_of
    ]
    assert np.mean(own) == pytest.approx(0.015 * 120 * 0.97, rel=0.1)
    genre = artists.set_index("name")["genre"]
    pattern = re.compile("|".join(map(re.escape, sorted(plainly["name"], key=len, reverse=True))))
    peers = [
        (genre[name], row.genres[0])
        for row in reviews.head(3000).itertuples()
        if isinstance(row.text, str) and len(row.genres)
        for name in pattern.findall(row.text)
        if name not in artists["name"][artists["artist_id"].isin(row.artist_ids)].to_numpy()
    ]
    assert len(peers) > 300
    assert np.mean([one == other for one, other in peers]) > 0.85


def test_texts_read_like_text(reviews: pd.DataFrame) -> None:
    quirky = "|".join(map(re.escape, QUIRKY_NAMES))
    for text in reviews["text"].dropna().head(500):
        assert text[-1] == "."
        assert text == text.strip()
        assert not re.search(r"  | [,.]|\n\n\n|\n ", re.sub(quirky, "X", text))
    lengths = [len(s.split()) for text in reviews["text"].dropna().head(500) for s in text.split(". ")]
    assert 8 < np.mean(lengths) < 30


def test_missing_values_come_at_the_stated_rates(reviews: pd.DataFrame, plain: SimulatedCorpus) -> None:
    assert 0.02 < reviews["text"].isna().mean() < 0.04
    assert 0 < reviews["score"].isna().mean() < 0.01
    assert 0 < reviews["author"].isna().mean() < 0.01
    whole = schema.as_frame(read_table(plain.reviews_path))
    assert not whole.isna().to_numpy().any()
    assert (whole["genres"].str.len() > 0).all()


def test_dates_and_years_are_plausible(reviews: pd.DataFrame) -> None:
    assert reviews["pub_date"].between("1999-01-05", "2017-01-08").all()
    newest = reviews["years"][reviews["years"].str.len() > 0].map(max)
    lag = reviews["pub_date"].dt.year.reindex(newest.index) - newest
    assert set(lag) == {0, 1}


# -- the truth on disk ---------------------------------------------------------------------------------------------


def test_topics_come_as_a_configuration_with_seeds(corpus: SimulatedCorpus) -> None:
    topics = read_json(corpus.topics_path)
    assert [topic["id"] for topic in topics] == list(corpus.truth.topic_ids)
    assert sum(topic["proportion"] for topic in topics) == pytest.approx(1.0, abs=1e-4)
    seeds = [keyword for topic in topics for keyword in topic["keywords"]]
    assert len(seeds) == len(set(seeds)) == 24 * 6
    assert "reverb" in topics[corpus.truth.topic_ids.index("shoegaze")]["keywords"]


def test_topic_words_sum_to_one(corpus: SimulatedCorpus) -> None:
    truth = corpus.truth
    np.testing.assert_allclose(truth.topic_word.sum(axis=1), 1.0)
    assert truth.topic_word.shape == (24, len(truth.words))
    np.testing.assert_allclose(truth.topic_shares().sum(axis=1), 1.0, atol=1e-5)


def test_truth_that_is_absent_or_newer_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"config\.json: no such file"):
        load_truth(tmp_path)
    corpus = simulate(tmp_path, n_reviews=5, n_artists=2)
    write_sealed_json(tmp_path / "truth" / "config.json", corpus.truth.config | {"format": 99})
    with pytest.raises(FormatVersionError, match="truth format 99, this version reads up to 1"):
        load_truth(tmp_path)


# -- corners -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_reviews", "n_artists", "n_topics"), [(1, 1, 2), (3, 2, 2), (50, 1, 24), (60, 60, 9), (200, 70, 60)]
)
def test_small_and_odd_sizes_work(tmp_path: Path, n_reviews: int, n_artists: int, n_topics: int) -> None:
    corpus = simulate(tmp_path, n_reviews=n_reviews, n_artists=n_artists, n_topics=n_topics)
    assert schema.check_reviews(read_table(corpus.reviews_path)).num_rows == n_reviews
    assert schema.check_artists(read_table(corpus.artists_path)).num_rows == n_artists
    assert len(corpus.truth.topic_ids) == len(set(corpus.truth.topic_ids)) == n_topics
    assert len(corpus.truth.artists) == n_artists


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_reviews": 0}, "n_reviews must be an int >= 1; got 0"),
        ({"n_reviews": 2.5}, "n_reviews must be an int >= 1; got 2.5"),
        ({"n_reviews": 3, "n_artists": 4}, "n_artists must be <= n_reviews.*got 4 > 3"),
        ({"n_topics": 1}, "n_topics must be an int >= 2; got 1"),
        ({"n_topics": 501}, "n_topics must be <= 500; got 501"),
        ({"n_jobs": 0}, "n_jobs must be an int >= 1; got 0"),
        ({"random_state": -1}, "random_state must be"),
        ({"settings": SimulationSettings(rare_share=1.0)}, r"rare_share must be within \[0, 1\); got 1.0"),
        (
            {"settings": SimulationSettings(shared_share=0.7, rare_share=0.5)},
            "rare_share and shared_share must sum to less than 1; got 1.2",
        ),
        (
            {"settings": SimulationSettings(own_mention_rate=0.6, peer_mention_rate=0.6)},
            "own_mention_rate and peer",
        ),
        (
            {"settings": SimulationSettings(quality_sd=float("nan"))},
            "quality_sd must be within 0 to 10; got nan",
        ),
        ({"settings": SimulationSettings(concentration=0.0)}, "concentration must be within"),
    ],
)
def test_numbers_out_of_range_are_refused_before_anything_is_written(
    tmp_path: Path, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        simulate(tmp_path / "out", **wrong)  # pyright: ignore[reportArgumentType]
    assert not (tmp_path / "out").exists()


def test_stopping_leaves_a_smaller_whole_corpus(tmp_path: Path) -> None:
    events: list[Progress] = []

    def stop_at_once(progress: Progress) -> bool:
        events.append(progress)
        return True

    corpus = simulate(tmp_path, n_reviews=40_000, n_artists=5000, on_progress=stop_at_once)
    assert not corpus.complete
    assert len(events) == 1
    assert corpus.n_reviews == events[0].done == 4 * BLOCK
    assert events[0].total == 40_000
    reviews = schema.check_reviews(read_table(corpus.reviews_path))
    artists = schema.check_artists(read_table(corpus.artists_path))
    assert reviews.num_rows == corpus.n_reviews
    named = {artist for ids in reviews["artist_ids"].to_pylist() for artist in ids}
    assert named == set(artists["artist_id"].to_pylist())
    assert corpus.truth.config["complete"] is False
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "truth"}


def test_a_failure_leaves_the_earlier_corpus_as_it_was(tmp_path: Path) -> None:
    simulate(tmp_path, n_reviews=20, n_artists=5)
    before = digests(tmp_path)

    def fail(progress: Progress) -> bool:
        raise RuntimeError("the listener broke")

    with pytest.raises(RuntimeError, match="the listener broke"):
        simulate(tmp_path, n_reviews=30, n_artists=5, random_state=3, on_progress=fail)
    assert digests(tmp_path) == before


def test_row_groups_bound_what_a_reader_must_hold(tmp_path: Path) -> None:
    corpus = simulate(tmp_path, n_reviews=5 * BLOCK, n_artists=50)
    with pa.parquet.ParquetFile(corpus.reviews_path) as table:  # pyright: ignore[reportAttributeAccessIssue]
        sizes = [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
    assert sizes == [4 * BLOCK, BLOCK]


def test_seed_keywords_survive_text_preparation(tmp_path: Path) -> None:
    corpus = simulate(tmp_path, n_reviews=1500, n_artists=150)
    reviews = read_table(corpus.reviews_path, ["review_id", "text"]).to_pydict()
    prepared = prepare_text(reviews["review_id"], reviews["text"])
    keywords = [word for topic in read_json(corpus.topics_path) for word in topic["keywords"]]
    found = normalize_terms(keywords, TextSettings(), prepared.vocabulary)
    assert [keyword for keyword in keywords if found[keyword] not in set(prepared.vocabulary["word"])] == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_reviews(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from bandscape.datasets.simulation.simulate import simulate;"
        "simulate(sys.argv[1], n_reviews=int(sys.argv[2]), n_artists=1000);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak_mb(n_reviews: int) -> float:
        command = [sys.executable, "-c", script, str(tmp_path / str(n_reviews)), str(n_reviews)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024

    assert peak_mb(240_000) - peak_mb(40_000) < 100  # texts alone are 160 MB more
