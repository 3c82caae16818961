"""Training on two processes: the bytes of one, also when a process is killed."""

import os
import signal

import numpy as np
import pandas as pd
import pytest

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ParameterError
from bandscape.core.executors import LocalExecutor
from bandscape.embeddings import Artist2Vec, Recipe, check_side_features
from bandscape.embeddings.nce import NceSettings
from bandscape.embeddings.nce_replicas import count_replicas

OPTIONS = {"dim": 16, "epochs": 12.0, "batch_size": 768, "random_state": 5}  # three blocks: unequal shares


@pytest.fixture(scope="module")
def artists():
    rng = np.random.default_rng(1)
    n = 1500
    return pd.DataFrame(
        {
            "artist_id": [f"a{at}" for at in range(n)],
            "name": [f"Artist {at}" for at in range(n)],
            "genres": [[f"genre {at % 7}", f"style {rng.integers(9)}"] for at in range(n)],
            "mean_score": rng.random(n) * 10,
            "years": [[1990 + int(rng.integers(30))] for _ in range(n)],
            "labels": [[f"label {rng.integers(200)}"] for _ in range(n)],
            "authors": [[f"author {rng.integers(20)}"] for _ in range(n)],
        }
    )


@pytest.fixture(scope="module")
def here(artists):
    """Give what one process learns; do not change it."""
    return Artist2Vec(**OPTIONS).fit(artists)


def bytes_of(model):
    return [
        getattr(model, name).tobytes()
        for name in ("artist_weights_", "output_weights_", "output_bias_", "loss_trace_")
    ]


class KillingExecutor:
    """A cluster one of whose workers can be killed."""

    name, threads = "ray", 1

    def __init__(self, cluster):
        self.cluster, self.n_partitions, self.n_crews = cluster, cluster.n_partitions, 0

    def crew(self, build, part, size):
        self.n_crews += 1
        assert size == 2
        self.made = self.cluster.crew(build, part, size)
        return self.made


@pytest.mark.slow
def test_two_processes_learn_the_vectors_of_one_and_a_killed_one_costs_no_byte(cluster, artists, here):
    killing = KillingExecutor(cluster)
    n_calls = len(here.loss_trace_)
    assert n_calls >= 3

    def kill_once(event):
        if killing.n_crews == 1 and len(killed) == 0:
            killed.append(event.done)
            os.kill(killing.made.process_ids()[1], signal.SIGKILL)

    killed = []
    there = Artist2Vec(**OPTIONS).fit(artists, executor=killing, on_progress=kill_once)
    assert (len(killed), killing.n_crews) == (1, 2)
    assert bytes_of(there) == bytes_of(here)


@pytest.mark.slow
def test_a_checkpoint_of_two_processes_serves_one(cluster, artists, here, tmp_path):
    checkpoint = Checkpoint(tmp_path / "artists.safetensors", every_s=0)
    Artist2Vec(**OPTIONS).fit(artists, executor=cluster, checkpoint=checkpoint, on_progress=lambda _: True)
    assert checkpoint.path.exists()
    resumed = Artist2Vec(**OPTIONS).fit(artists, checkpoint=checkpoint)
    assert bytes_of(resumed) == bytes_of(here)


@pytest.mark.slow
def test_a_projection_of_side_features_is_learnt_beside_them_with_the_bytes_of_one(
    cluster, artists, tmp_path
):
    rng = np.random.default_rng(2)
    heard = {"artist_id": artists["artist_id"][:900], "vector": list(rng.normal(size=(900, 6)))}
    features = [check_side_features(pd.DataFrame(heard), source="sound.parquet")]
    here = Artist2Vec(**OPTIONS).fit(artists, side_features=features)
    there = Artist2Vec(**OPTIONS).fit(
        artists,
        side_features=features,
        executor=cluster,
        checkpoint=Checkpoint(tmp_path / "artists.safetensors", every_s=0),
        on_progress=lambda event: event.done > event.total / 3,
    )
    assert there.projection_.hidden.tobytes() != here.projection_.hidden.tobytes()  # stopped on the way
    there = Artist2Vec(**OPTIONS).fit(
        artists,
        side_features=features,
        checkpoint=Checkpoint(tmp_path / "artists.safetensors", every_s=0),
    )
    assert bytes_of(there) == bytes_of(here)
    for name in ("hidden", "hidden_bias", "out", "out_bias"):
        assert getattr(there.projection_, name).tobytes() == getattr(here.projection_, name).tobytes(), name


@pytest.mark.slow
def test_trained_biases_are_shared_too(cluster, artists):
    options = OPTIONS | {"recipe": Recipe(start="random")}
    here = Artist2Vec(**options).fit(artists)
    assert bytes_of(Artist2Vec(**options).fit(artists, executor=cluster)) == bytes_of(here)


def test_the_softmax_over_all_outputs_is_for_one_process(artists):
    with pytest.raises(ParameterError, match="loss softmax is trained by one process"):
        Artist2Vec(**OPTIONS | {"loss": "softmax"}).fit(artists, executor=LocalExecutor(2))


def test_a_batch_is_shared_by_one_process_a_block_at_most():
    settings = NceSettings(8, 10, 768, 256, 4, 0.1, 0.1, corrected=True, seed=0)
    assert [count_replicas(settings, n) for n in (0, 1, 2, 3, 9)] == [1, 1, 2, 3, 3]


def test_no_executor_or_one_worker_trains_here(artists):
    class Unused(LocalExecutor):
        def crew(self, *_):
            raise AssertionError("nobody is asked")

    few = artists.iloc[:200]
    options = OPTIONS | {"epochs": 1.0}
    assert bytes_of(Artist2Vec(**options).fit(few, executor=Unused(1))) == bytes_of(
        Artist2Vec(**options).fit(few, executor=Unused(0))
    )
