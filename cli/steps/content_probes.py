"""What vectors of sounds are worth: probes and retrieval of every label, beside MFCC statistics of the same sounds."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .content_labels import Column, ContentOptions, LabelledSounds
from .spectral import known

if TYPE_CHECKING:
    import numpy as np

    from ...embeddings.audio.content.network import ContentNetwork


def content_quality(
    data: LabelledSounds,
    targets: Mapping[str, Column],
    model: "ContentNetwork",
    vectors: "np.ndarray",
    unseen: "np.ndarray",
    options: ContentOptions,
) -> list[dict[str, Any]]:
    """Return a row for each label: probe and retrieval of the vectors, and of the same sounds' MFCC statistics."""
    import numpy as np

    from ...embeddings.audio.content.quality import probe_label, retrieve_label

    statistics = np.stack([sound.statistics for sound in data.sounds])
    group = options.held_out[0] if options.held_out else options.disjoint
    features = {"content": vectors, "mfcc": statistics}
    centered = {"content": _centered(vectors), "mfcc": _standardized(statistics, ~unseen)}
    found = []
    for target in model.targets_:
        if target.kind == "vector":
            continue
        column = targets[target.name]
        row: dict[str, Any] = {"label": target.name, "kind": target.kind}
        groups = data.columns[group] if group is not None and group != target.name else None
        for name, rows in features.items():
            probe = probe_label(rows, column, unseen, kind=target.kind)
            row[name] = {"probe": _score_facts(probe)}
            if target.kind != "number":
                scores = retrieve_label(centered[name], column, unseen, kind=target.kind, groups=groups)
                row[name] |= {key: _score_facts(score) for key, score in scores.items()}
        found.append(row)
    return found


def _score_facts(score: Any) -> dict[str, Any]:
    facts = {key: known(value) if isinstance(value, float) else value for key, value in asdict(score).items()}
    return {key: value for key, value in facts.items() if value != ""}


def _centered(vectors: "np.ndarray") -> "np.ndarray":
    """Take vectors less the mean of all, as the store of ``audio similar`` does: what is measured is what answers."""
    return vectors - vectors.mean(axis=0)


def _standardized(rows: "np.ndarray", learnt: "np.ndarray") -> "np.ndarray":
    """Standardize statistics by the sounds learnt from: they have no scale in common, and one would rule the cosine."""
    spread = rows[learnt].std(axis=0)
    return (rows - rows[learnt].mean(axis=0)) / (spread + 1e-6 * max(float(spread.max()), 1e-12))
