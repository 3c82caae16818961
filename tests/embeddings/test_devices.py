"""Where it is trained. A second processor as TensorFlow counts them stands for a GPU: none is needed here."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings import Artist2Vec
from bandscape.embeddings.devices import CPU, GPU, find_device

SCRIPT = """
import numpy as np, pandas as pd
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from bandscape.embeddings import Artist2Vec, artist2vec, joint_training, nce
from bandscape.embeddings.side_features import check_side_features
places = []
moved = nce.NceTrainer.advance
def noted(self, *steps):
    moved(self, *steps)
    places.append({variable.device[-5:] for variable in self._variables.values()})
nce.NceTrainer.advance = noted
rng = np.random.default_rng(0)
table = pd.DataFrame({
    "artist_id": [f"a{row}" for row in range(60)], "name": [f"n{row}" for row in range(60)],
    "genres": [[f"g{row % 3}"] for row in range(60)],
})
side = check_side_features(table[["artist_id"]].assign(tempo=rng.normal(size=60)), source="s")
found = []
for device in ("/CPU:0", "/CPU:1"):
    artist2vec.find_device = lambda wanted: device
    model = Artist2Vec(dim=8, epochs=1, random_state=3).fit(table, side_features=[side])
    assert places and set.union(*places) == {device[1:]}, places
    places.clear()
    found.append(model.vectors_.matrix)
assert np.array_equal(*found)
print("trained there")
"""


LOADED_BEFORE = """
import warnings
import tensorflow
from bandscape.core import BandscapeWarning
from bandscape.embeddings.devices import load_tensorflow
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    load_tensorflow(), load_tensorflow()
print([str(one.message) for one in found if one.category is BandscapeWarning])
"""


@pytest.mark.parametrize("onednn", ["1", "0"])
def test_a_tensorflow_that_the_caller_loaded_with_onednn_is_told_once(onednn):
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn}
    done = subprocess.run(
        [sys.executable, "-c", LOADED_BEFORE], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.stdout.count("set TF_ENABLE_ONEDNN_OPTS=0 before") == int(onednn), done.stderr[-2000:]
    assert done.stdout.strip() == "[]" or onednn == "1"


def test_all_is_trained_on_the_device_that_was_found():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "trained there", done.stderr[-2000:]


class TensorFlowWith:
    """As much of TensorFlow as is asked for its devices."""

    def __init__(self, *gpus: str) -> None:
        self.gpus, self.config = list(gpus), self

    def list_logical_devices(self, kind: str) -> list[str]:
        return self.gpus if kind == "GPU" else ["cpu"]


@pytest.mark.parametrize(
    ("wanted", "gpus", "device"), [("auto", 1, GPU), ("auto", 0, CPU), ("gpu", 2, GPU), ("cpu", 1, CPU)]
)
def test_a_gpu_is_taken_where_there_is_one_unless_the_processor_is_asked_for(
    monkeypatch, wanted, gpus, device
):
    monkeypatch.setattr(
        "bandscape.embeddings.devices.load_tensorflow", lambda: TensorFlowWith(*["gpu"] * gpus)
    )
    assert find_device(wanted) == device


def test_a_gpu_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("bandscape.embeddings.devices.load_tensorflow", lambda: TensorFlowWith())
    with pytest.raises(ParameterError, match="device gpu: TensorFlow sees no GPU here; use cpu or auto"):
        find_device("gpu")


def test_a_device_that_is_none_is_told():
    table = pd.DataFrame({"artist_id": ["a", "b"], "name": ["a", "b"], "genres": [["x"], ["x"]]})
    with pytest.raises(ParameterError, match="device must be one of auto, cpu, gpu; got 'tpu'"):
        Artist2Vec(device="tpu").fit(table)


def test_the_device_is_stored_with_the_model(tmp_path):
    table = pd.DataFrame({"artist_id": ["a", "b"], "name": ["a", "b"], "genres": [["x"], ["x"]]})
    Artist2Vec(device="cpu", dim=2, epochs=1).fit(table).save(tmp_path / "model")
    assert Artist2Vec.load(tmp_path / "model").device == "cpu"
