"""The case study's own news, and a corpus large enough for the block sampler."""

import re
import tarfile
import zipfile

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from bandscape.topics import KeywordLDA, top_words


@pytest.fixture(scope="module")
def news(data_dir):
    """The author's 1,000 news as (counts, vocabulary)."""
    path = data_dir / "akuz_news_1k.zip"
    if not path.exists():
        pytest.skip(f"{path.name} is not in the data folder")
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt")]
    vectorizer = CountVectorizer(stop_words="english", min_df=3, token_pattern=r"[a-z]{3,}")
    return vectorizer.fit_transform(texts), vectorizer.get_feature_names_out().tolist()


@pytest.fixture(scope="module")
def associated_press(data_dir):
    """Blei's AP corpus as (counts, vocabulary)."""
    path = data_dir / "ap_lda" / "ap.tgz"
    if not path.exists():
        pytest.skip(f"{path.name} is not in the data folder")
    with tarfile.open(path) as archive:
        rows, words = (archive.extractfile(f"ap/{name}").read().decode() for name in ("ap.dat", "vocab.txt"))
    vocabulary = words.split()
    counts = np.zeros((len(rows.splitlines()), len(vocabulary)), np.int32)
    for doc, row in enumerate(rows.splitlines()):
        for word, count in re.findall(r"(\d+):(\d+)", row):
            counts[doc, int(word)] = int(count)
    return csr_matrix(counts), vocabulary


CASE_STUDY = [
    {"id": "noise", "proportion": 0.5},
    {
        "id": "protests",
        "proportion": 0.025,
        "priorityWords": ["government", "protest", "police", "clashes", "anti", "street"],
    },
    {"id": "film", "proportion": 0.025, "priorityWords": ["movie", "film", "star", "red", "carpet"]},
    {
        "id": "music",
        "proportion": 0.025,
        "priorityWords": ["music", "album", "star", "stage", "concert", "singer"],
    },
    {
        "id": "sports",
        "proportion": 0.025,
        "priorityWords": ["play", "club", "star", "striker", "football", "premier", "final"],
    },
    {"id": "other", "proportion": 0.025, "count": 16},
]


def best(model, topic, n_words=25):
    return {str(model.vocabulary_[word]) for word in top_words(model.topic_word_[topic], n_words)}


def test_unlisted_words_join_the_named_topics_of_the_case_study(news):
    counts, vocabulary = news
    model = KeywordLDA(topics=CASE_STUDY, prior="proportional").fit(counts, vocabulary=vocabulary)
    assert 0.15 < model.topic_share_[0] < 0.45
    assert len(best(model, 1) & {"protesters", "ukraine", "kiev", "opposition", "ukrainian", "killed"}) >= 3
    assert len(best(model, 2) & {"movies", "sundance", "oscar", "hollywood", "festival", "actor"}) >= 1
    assert len(best(model, 4) & {"united", "manchester", "sunderland", "cup", "league", "chelsea"}) >= 3
    # "star" is a keyword of three topics
    assert (model.topic_word_[2:5, vocabulary.index("star")] > 1e-3).all()


def test_seeded_topics_of_a_larger_corpus_stay_at_their_index(associated_press):
    counts, vocabulary = associated_press
    topics = [
        {"id": "court", "keywords": ["court", "judge", "trial"]},
        {"id": "market", "keywords": ["stock", "dollar", "index"]},
        {"id": "other", "count": 18},
    ]
    options = {"topics": topics, "n_sweeps": 200, "n_samples": 15}
    model = KeywordLDA(**options).fit(counts[200:], vocabulary=vocabulary)
    assert (
        len(
            best(model, 0)
            & {"attorney", "case", "jury", "prison", "convicted", "charges", "attorneys", "appeals"}
        )
        >= 4
    )
    assert (
        len(best(model, 1) & {"average", "composite", "shares", "volume", "exchange", "stocks", "dow"}) >= 4
    )
    alone = KeywordLDA(n_topics=1, n_sweeps=2, n_samples=1).fit(counts[200:])
    assert model.perplexity(counts[:200]) < 0.7 * alone.perplexity(counts[:200])


def test_threads_do_not_change_a_larger_fit(associated_press):
    counts, _ = associated_press
    models = [
        KeywordLDA(n_topics=50, n_sweeps=4, n_samples=2, n_jobs=n_jobs).fit(counts) for n_jobs in (1, 2, 4)
    ]
    assert len({model.topic_word_.tobytes() for model in models}) == 1
    assert len({model.doc_topic_.tobytes() for model in models}) == 1
