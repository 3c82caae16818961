"""The examples do what they say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bread():
    return load("bread")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clustering_groups_the_loaves_and_lda_finds_the_ingredients(bread, seed):
    loaves, shares = bread.bake(seed)
    clusters = bread.MixtureOfUnigrams(n_clusters=2).fit(loaves)
    # groups: plain loaves are together, and those with seeds are bread and seeds at once
    plain = int(clusters.labels_[0])
    assert (clusters.labels_[:100] == plain).all()
    assert (clusters.labels_[shares > 0.4] != plain).all()
    assert 0.3 < clusters.cluster_word_[1 - plain, :4].sum() < 0.7
    # topics: one is bread alone, the other seeds, and every loaf has its share
    for options in ({"n_topics": 2}, {"topics": bread.KEYWORDS}):
        lda = bread.find_topics(loaves, **options)
        seeds = bread.seeds_topic(lda)
        assert lda.topic_word_[1 - seeds, 4:].sum() < 0.02
        assert lda.topic_word_[seeds, :4].sum() < 0.2
        assert np.abs(lda.doc_topic_[:, seeds] - shares).mean() < 0.06
    assert seeds == 1  # with keywords a topic keeps its place


def test_bread_prints_groups_topics_and_loaves(bread, capsys):
    bread.main()
    printed = capsys.readouterr().out
    for line in (
        "clustering: groups of loaves",
        "LDA: topics",
        "bread with seeds",
        "mean error of the share of seeds",
    ):
        assert line in printed
    assert all(len(line) <= 110 for line in printed.splitlines())
