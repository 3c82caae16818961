"""The examples do what they say."""

import importlib.util
import os
import re
import subprocess
import sys
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


@pytest.fixture(scope="module")
def case_study(data_dir):
    example = load("case_study")
    for file, _ in example.CORPORA.values():
        if not (data_dir / file).exists():
            pytest.skip(f"{file} is not in the data folder")
    example.DATA = data_dir
    return example


@pytest.mark.slow
def test_case_study_goes_its_four_rounds_on_the_authors_own_news(case_study, capsys):
    models = case_study.main()
    printed = capsys.readouterr().out
    assert list(models) == [1, 2, 3, 4]
    assert [len(model.topic_ids_) for model in models.values()] == [21, 21, 21, 23]
    for model in models.values():
        assert 0.15 < model.topic_share_[0] < 0.45  # noise
    last = models[4]
    shares = dict(zip(last.topic_ids_, last.topic_share_, strict=True))
    for name, original in case_study.ORIGINAL_SHARES.items():
        assert original / 4 < shares[name] < 2 * original
    protests = last.topic_ids_.tolist().index("protests")
    best = {last.vocabulary_[at] for at in case_study.top_words(last.topic_word_[protests], 30)}
    assert len(best & {"ukrain", "kiev", "opposit", "attack", "emerg", "kill"}) >= 2  # none is a keyword
    for line in (
        "== round 4: 23 topics, 7 of them named",
        "== against the case study",
        "== detection in 100 news",
    ):
        assert line in printed
    assert "keywords: government " in printed  # as people write it, not its stem
    # "star" is a keyword of three topics, which divide it
    divided = next(line for line in printed.splitlines() if line.startswith("  star "))
    assert {"film", "music", "sports"} <= set(divided.split())


@pytest.mark.slow
def test_case_study_finds_its_topics_in_other_news(case_study, capsys):
    last = case_study.main("bbc")[4]
    assert "original" not in capsys.readouterr().out
    joined = {
        "film": {"actor", "director", "oscar", "award"},
        "music": {"song", "band", "chart", "artist"},
        "sports": {"england", "player", "match", "win"},
        "us_gov": {"labour", "elect", "blair", "tori"},
    }
    for name, words in joined.items():  # none of them a keyword
        topic = last.topic_ids_.tolist().index(name)
        best = {last.vocabulary_[at] for at in case_study.top_words(last.topic_word_[topic], 25)}
        assert len(best & words) >= 3, (name, best)


def test_case_study_without_news_says_where_they_would_be(tmp_path):
    command = [sys.executable, EXAMPLES / "case_study.py"]
    environment = {**os.environ, "BANDSCAPE_DATA": str(tmp_path)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert run.returncode == 0
    assert run.stdout.startswith(f"no news in {tmp_path}: set BANDSCAPE_DATA")
    run = subprocess.run(
        [*command, "missing.csv"], capture_output=True, text=True, env=environment, timeout=120
    )
    assert run.returncode == 1
    assert run.stderr.startswith("error: missing.csv")
    assert "Traceback" not in run.stderr


def run_example(name, *words):
    """Run an example as a reader would."""
    command = [sys.executable, EXAMPLES / f"{name}.py", *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_separation_tries_three_kinds_of_mixtures_and_writes_them(tmp_path, data_dir):
    if not (data_dir / "fsdd").is_dir():
        pytest.skip("the sounds are not in the data folder")
    # two batches teach nothing; the figures are in the benchmark
    printed = run_example("separation", 2, tmp_path / "separated")
    rows = [line for line in printed.splitlines() if "%" in line]
    assert [row.split("  ")[0] for row in rows] == ["two instruments", "two speakers", "drums and a voice"]
    assert all(float(re.findall(r"(\S+) dB", row)[1]) > 5 for row in rows)  # of masks that know the sources
    names = {path.name for path in (tmp_path / "separated").iterdir()}
    assert {"two_speakers.wav", "two_speakers_1.wav", "two_speakers_2.wav"} <= names
    assert len(names) == 9


@pytest.mark.slow
def test_a_simulated_press_becomes_topics_neighbors_and_a_map():
    printed = run_example("simulated_press")
    assert "shoegaze: " in printed
    words = printed.partition("shoegaze: ")[2].splitlines()[0].split(", ")
    assert len({"shoegaze", "reverb", "haze"} & set(words)) == 3
    assert len(printed.partition("near ")[2].splitlines()[0].partition(": ")[2].split(", ")) >= 5
    assert float(printed.rpartition("trustworthiness ")[2]) > 0.7
