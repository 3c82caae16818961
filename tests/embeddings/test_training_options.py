"""The full softmax, the early end, and a training that is killed and goes on."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.embeddings import Artist2Vec, GroupTokens, NumberTokens, artist2vec, index_contexts, training
from bandscape.embeddings.held_pairs import hold_out
from bandscape.embeddings.losses import softmax_loss
from bandscape.embeddings.nce import NceSettings, NceTrainer

TOKENS = (GroupTokens("genres", weight=2.0), NumberTokens("mean_score", window=1))
SETTINGS = NceSettings(
    dim=8, n_steps=20, batch_size=64, block_size=16, n_negatives=5, learning_rate=0.3, l2=0.1, corrected=False,
    seed=11, full_softmax=True,
)  # fmt: skip


def test_softmax_gradient_is_the_derivative_of_its_loss(small_artists):
    """One step moves every row against the numerical gradient of the loss written down in numpy."""
    trainer = NceTrainer(index_contexts(small_artists, TOKENS), SETTINGS)
    trainer.advance(0, 5)
    before = {name: array.astype(np.float64) for name, array in trainer.arrays().items()}
    artist, output, _ = trainer.batch(5)
    log_q = np.log(trainer.noise_share)

    def loss(artists, outputs):
        data = len(artist) * softmax_loss(artists[artist], outputs, log_q, output)
        return data + 0.05 * ((artists[artist] ** 2).sum() + (outputs[output] ** 2).sum())

    gradient = np.zeros_like(before["output"])
    for place in np.ndindex(gradient.shape):
        step = np.zeros_like(gradient)
        step[place] = 1e-4
        gradient[place] = (loss(before["artist"], before["output"] + step)
                           - loss(before["artist"], before["output"] - step)) / 2e-4  # fmt: skip
    total = before["output_sum"] + (gradient**2).mean(axis=1)
    expected = before["output"] - 0.3 * (1 - 5 / 20) * gradient / np.sqrt(total)[:, None]
    trainer.advance(5, 1)
    np.testing.assert_allclose(trainer.arrays()["output"], expected, rtol=1e-3, atol=1e-4)


def test_softmax_learns_the_conditional_shares(artists_of):
    artists = artists_of([["rock"]] * 30 + [["jazz"]] * 30 + [["rock", "jazz"]] * 30)
    model = Artist2Vec(dim=8, contexts=TOKENS[:1], loss="softmax", l2=0.0).fit(artists)
    logit = model.artist_weights_ @ model.output_weights_.T + np.log(model.noise_share_)
    share = np.exp(logit) / np.exp(logit).sum(axis=1, keepdims=True)
    rock = share[:, model.output_names_.index("genres=rock")]
    np.testing.assert_allclose(rock, np.repeat([1.0, 0.0, 0.5], 30), atol=0.1)


def test_softmax_refuses_many_outputs(small_artists, monkeypatch):
    monkeypatch.setattr(artist2vec, "MOST_SOFTMAX_OUTPUTS", 10)
    with pytest.raises(ParameterError, match="loss softmax is for at most 10 outputs; these contexts have"):
        Artist2Vec(dim=4, loss="softmax").fit(small_artists)


def test_patience_ends_a_training_that_no_longer_gains_on_pairs_it_never_saw(small_artists, monkeypatch):
    monkeypatch.setattr(training, "STEPS_PER_CALL", 8)
    early = Artist2Vec(dim=8, epochs=400.0, patience=4).fit(small_artists)
    again = Artist2Vec(dim=8, epochs=400.0, patience=4).fit(small_artists)
    assert early.stopped_
    assert not Artist2Vec(dim=8, epochs=20.0).fit(small_artists).stopped_
    losses = early.loss_trace_[:, 1]
    assert losses[-4:].min() >= losses[:-4].min()
    assert early.artist_weights_.tobytes() == again.artist_weights_.tobytes()


def test_held_pairs_are_never_trained_on_and_leave_every_artist_one(small_artists):
    index = index_contexts(small_artists, TOKENS)
    kept, held = hold_out(index, seed=3, share=0.2)
    rows = {tuple(row) for row in index.entries.tolist()}
    assert {tuple(row) for row in kept.entries.tolist()} | {
        tuple(row) for row in held.entries.tolist()
    } == rows
    assert len(kept.entries) + len(held.entries) == len(index.entries)
    np.testing.assert_array_equal(kept.has_context(), index.has_context())
    trainer = NceTrainer(kept, SETTINGS, held)
    scored = {artist for step in range(3) for artist in trainer.batch(step, held=True)[0].tolist()}
    assert scored <= set(held.entries[:, 0].tolist())
    where = {(row[0], row[1]) for row in held.entries.tolist()}
    drawn = [trainer.batch(step) for step in range(20)]
    genres = index.context_first[1]
    tokens = {
        (artist, output)
        for one in drawn
        for artist, output in zip(one[0].tolist(), one[1].tolist(), strict=True)
    }
    lost = {(row[0], row[1]) for row in index.entries[:genres].tolist()} & where
    assert lost
    assert not tokens & lost


def test_nothing_is_held_out_where_artists_have_one_membership(artists_of):
    index = index_contexts(artists_of([["rock"], ["rock"], ["jazz"], ["jazz"]]), TOKENS[:1])
    assert hold_out(index, seed=0) is None
    model = Artist2Vec(dim=4, contexts=TOKENS[:1], patience=1).fit(artists_of([["rock"], ["rock"]]))
    assert len(model.vectors_) == 2


JOB = """
import os, signal, sys, numpy as np, pandas as pd
from bandscape.core.checkpoints import Checkpoint
from bandscape.embeddings import Artist2Vec
rng = np.random.default_rng(0)
ids = [str(row) for row in range(400)]
artists = pd.DataFrame({"artist_id": ids, "name": ids, "genres": [[f"g{g}"] for g in rng.integers(0, 9, 400)],
                        "mean_score": rng.uniform(0, 10, 400)})
checkpoint = Checkpoint(sys.argv[1], every_s=0.0) if len(sys.argv) > 1 else None
seen = []
def on_progress(event):
    seen.append(event.done)
    if "die" in sys.argv and checkpoint.path.exists():
        os.kill(os.getpid(), signal.SIGKILL)
model = Artist2Vec(dim=16, epochs=1000.0).fit(artists, checkpoint=checkpoint, on_progress=on_progress)
"""


def test_killed_training_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    path = tmp_path / "artists.safetensors"
    killed = subprocess.run([sys.executable, "-c", JOB, str(path), "die"])
    assert killed.returncode == -signal.SIGKILL
    whole, resumed = {}, {}
    monkeypatch.setattr(sys, "argv", ["job"])
    exec(JOB, whole)
    monkeypatch.setattr(sys, "argv", ["job", str(path)])
    exec(JOB, resumed)
    assert len(resumed["seen"]) < len(whole["seen"])
    for name in ("artist_weights_", "output_weights_", "loss_trace_"):
        assert getattr(resumed["model"], name).tobytes() == getattr(whole["model"], name).tobytes(), name
