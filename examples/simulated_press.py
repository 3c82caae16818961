"""From a simulated music press to keyword topics, artist vectors and a map, and how much of the truth was found."""

import tempfile
from pathlib import Path

import numpy as np

import bandscape

with tempfile.TemporaryDirectory() as folder:
    made = bandscape.datasets.simulate(folder, n_reviews=600, n_artists=120, random_state=1)
    corpus = bandscape.datasets.load_corpus(folder)
    print(corpus)

    reviews = corpus.reviews
    text = bandscape.datasets.prepare_text(reviews["review_id"].tolist(), reviews["text"].tolist())
    wanted = [
        {"id": "shoegaze", "proportion": 0.1, "keywords": ["shoegaze", "reverb", "haze"]},
        {"id": "other", "count": 15, "proportion": 0.06},
    ]
    topics, _ = bandscape.topics.map_keywords(bandscape.topics.check_topics(wanted), text.normalizer())
    lda = bandscape.topics.KeywordLDA(
        topics=topics, prior="proportional", n_sweeps=120, n_samples=20, random_state=0
    )
    lda.fit(text.counts, vocabulary=text.vocabulary)
    best = np.argsort(-lda.topic_word_[0])[:8]
    print("shoegaze:", ", ".join(text.vocabulary["display"].iloc[best]))

    vectors = bandscape.embeddings.Artist2Vec(dim=32, random_state=0).fit(corpus.artists).vectors_
    best_known = corpus.artists.sort_values("n_reviews")["name"].iloc[-1]
    print(
        f"near {best_known}:",
        ", ".join(answer.name for answer in vectors.most_similar(positive=[best_known], topn=5)),
    )

    layout = bandscape.viz.lay_out(vectors.matrix, random_state=0)
    figure = bandscape.viz.artist_map(corpus.artists, layout, vectors, title="A simulated press")
    page = bandscape.viz.write_html(figure, Path(folder) / "map.html")
    print(f"map: {page.stat().st_size / 1e6:.1f} MB, trustworthiness {layout.trustworthiness:.3f}")
