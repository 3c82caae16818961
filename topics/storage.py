"""A fitted model as a folder of open formats: ``config.json``, ``arrays.safetensors``, ``vocabulary.parquet``.

Public functions: :func:`save_model`, :func:`load_model`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from ..core.artifacts import load_artifact, save_artifact
from .annealing import SmoothAnnealing, StepAnnealing
from .keywords import check_topics

KIND = "keyword-lda"
_ARRAYS = (
    "topic_word_",
    "doc_topic_",
    "topic_share_",
    "doc_prior_",
    "word_prior_",
    "word_counts_",
    "doc_lengths_",
    "token_topics_",
)
# models of earlier versions lack them
_LATER_ARRAYS = {"word_prior_", "word_counts_", "doc_lengths_", "token_topics_"}
_ANNEALINGS = {"StepAnnealing": StepAnnealing, "SmoothAnnealing": SmoothAnnealing}
_Model = TypeVar("_Model")


def save_model(model: Any, directory: str | Path) -> None:
    """Write a fitted ``KeywordLDA``.

    A ``random_state`` that is a generator is stored as the integer drawn from it.
    """
    parameters = model.get_params(deep=False)
    del parameters["n_jobs"]  # of the machine, not of the model: the same bytes at any number of threads
    frozen = dict(parameters.pop("frozen_topic_word") or {})
    added = dict(parameters.pop("added_counts") or {})
    parameters["random_state"] = model.seed_ if parameters["random_state"] is not None else None
    parameters["topics"] = None if model.topics is None else [topic.to_dict() for topic in model.topics_]
    config = {
        "parameters": {name: _to_json(value) for name, value in parameters.items()},
        "topics": [topic.to_dict() for topic in model.topics_],
        "frozen": list(frozen),
        "added": list(added),
        "keyword_report": model.keyword_report_,
        "released_keywords": [list(pair) for pair in model.released_keywords_],
        "seed": model.seed_,
        "sampler": model.sampler_,
        "doc_prior_by_length": model.doc_prior_by_length_,
    }
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    arrays |= {f"trace_{name}": column for name, column in model.trace_.items()}
    arrays |= {f"frozen_{at}": np.asarray(row, float) for at, row in enumerate(frozen.values())}
    arrays |= {f"added_{at}": np.asarray(row, float) for at, row in enumerate(added.values())}
    columns = {"word": model.vocabulary_}
    if hasattr(model, "feature_names_in_"):
        columns["feature_name"] = model.feature_names_in_
    words = pa.table({name: pa.array(column.tolist(), pa.string()) for name, column in columns.items()})
    save_artifact(directory, KIND, config=config, arrays=arrays, tables={"vocabulary": words})


def load_model(cls: Callable[..., _Model], directory: str | Path) -> _Model:
    """Read a model written by :func:`save_model`."""
    artifact = load_artifact(directory, KIND)
    config, arrays = artifact.config, artifact.arrays
    frozen = {topic: arrays[f"frozen_{at}"] for at, topic in enumerate(config["frozen"])}
    added = {topic: arrays[f"added_{at}"] for at, topic in enumerate(config.get("added", []))}
    parameters = {name: _from_json(value) for name, value in config["parameters"].items()}
    model: Any = cls(**parameters, frozen_topic_word=frozen or None, added_counts=added or None)
    for name in [name for name in _ARRAYS if name in arrays or name not in _LATER_ARRAYS]:
        setattr(model, name, arrays[name])
    model.components_ = model.topic_word_
    model.trace_ = {
        name.removeprefix("trace_"): column for name, column in arrays.items() if name.startswith("trace_")
    }
    model.n_sweeps_ = len(model.trace_["sweep"])
    model.topics_ = check_topics(config["topics"])
    model.topic_ids_ = np.array([topic.id for topic in model.topics_], object)
    words = artifact.tables["vocabulary"]
    model.vocabulary_ = np.array(words.column("word").to_pylist(), object)
    model.keyword_report_, model.seed_ = config["keyword_report"], config["seed"]
    model.released_keywords_ = [(topic, word) for topic, word in config.get("released_keywords", [])]
    model.sampler_ = config.get("sampler", "dense")  # models of earlier versions do not say
    model.doc_prior_by_length_ = config["doc_prior_by_length"]
    model.n_features_in_ = len(model.vocabulary_)
    if "feature_name" in words.column_names:
        model.feature_names_in_ = np.array(words.column("feature_name").to_pylist(), object)
    return model


def _to_json(value: Any) -> Any:
    if isinstance(value, (StepAnnealing, SmoothAnnealing)):
        return {"annealing": type(value).__name__, **asdict(value)}
    if isinstance(value, np.ndarray) or (
        isinstance(value, (tuple, list)) and value and np.isscalar(value[0])
    ):
        return {"array": np.asarray(value).tolist()}
    return value.item() if isinstance(value, np.generic) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, Mapping) and "array" in value:
        return np.array(value["array"])
    if isinstance(value, Mapping) and "annealing" in value:
        fields = {name: field for name, field in value.items() if name != "annealing"}
        return _ANNEALINGS[value["annealing"]](**fields)
    return value
