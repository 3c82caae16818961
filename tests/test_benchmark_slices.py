"""Benchmarks in slices: parts are measured once, and a model learnt in pieces is that learnt in one go."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def slices(monkeypatch, tmp_path):
    """Return a maker of slices of so many seconds, which share what they keep."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("BANDSCAPE_CACHE", str(tmp_path))
    module = pytest.importorskip("benchmarks.slices", reason="benchmarks are not in the package")

    def make(seconds):
        if seconds is None:
            monkeypatch.delenv(module.VARIABLE, raising=False)
        else:
            monkeypatch.setenv(module.VARIABLE, str(seconds))
        return module.Slices("separation")

    make.over = module.SliceOver
    yield make
    sys.modules.pop("benchmarks.slices", None)


def test_a_part_is_measured_once_and_none_is_begun_when_the_time_is_used_up(slices):
    calls = []

    def measure():
        calls.append(1)
        return [{"value": 0.1 + 0.2, "name": "a"}]

    whole = slices(1000).part("one, two", measure)
    assert slices(1000).part("one, two", measure) == whole
    assert slices(0).part("one, two", measure) == whole
    assert len(calls) == 1
    with pytest.raises(slices.over, match=r"0 parts are measured and kept in .*; next: three"):
        slices(-1).part("three", measure)
    assert slices(None).part("one, two", measure) == whole  # without slices nothing is taken
    assert len(calls) == 2


def test_a_model_learnt_in_slices_is_that_learnt_in_one_go(slices):
    from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
    from tests.embeddings.audio.separable import TINY, make_pool

    pool, options = make_pool(), {**TINY, "n_iterations": 6}
    seen = []

    def learn(seconds):
        sliced = slices(seconds)
        if seconds == 0:  # stopped at the third batch it sees
            sliced.is_over = lambda: len(seen) >= 3

        def fit(*, checkpoint, on_progress):
            def tell(event):
                seen.append(event.done)
                return on_progress(event) if on_progress else False

            return DeepClustering(**options).fit(pool, checkpoint=checkpoint, on_progress=tell)

        return sliced.learnt("tiny", DeepClustering(**options), fit)

    with pytest.raises(slices.over, match="tiny is half learnt"):
        learn(0)
    model = learn(1000)
    assert seen == [1, 2, 3, 4, 5, 6]
    whole = DeepClustering(**options).fit(pool)
    for one, other in zip(model.weights(), whole.weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    again = learn(1000)  # loaded
    assert seen == [1, 2, 3, 4, 5, 6]
    assert again.cpu_seconds_ == model.cpu_seconds_ > 0
