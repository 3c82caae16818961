"""The content network: what its vectors say of voices and artists it never heard, beside statistics of MFCCs.

Spoken digits: the labels digit and speaker of four speakers are learnt, the two others are unseen; three pairs, a seed
each. Settings were chosen on pairs of the first four names; theo and yweweler were not looked at before. Digits are
read by a linear probe fitted to the vectors of the four learnt speakers (*learnt*); speakers, whose names are new, by
one fitted to four fifths of the unseen clips and asked about the last, in turn (*within*). MFCC statistics (mean,
deviation, extremes, slopes, and log-mel) get the same probes. Simulated artists: a quarter is unseen, their vectors,
genres and all; sound, text or both say their genres, and place them among the vectors of the others.
Run ``python -m benchmarks content``, in slices with ``BANDSCAPE_SLICE_S=200``; ``BANDSCAPE_QUICK=1`` learns for a tenth
of the time, to see that all of it runs.
"""

import os
import tempfile
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.rows import row
from benchmarks.slices import Slices

QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
ITERATIONS = 1200
HELD_OUT = (("george", "jackson"), ("lucas", "nicolas"), ("theo", "yweweler"))
UNTOUCHED = HELD_OUT[-1]
GOALS = {"digit": 0.88, "speaker": 0.95}
N_ARTISTS, N_REVIEWS = 240, 1200


def iterations(share: float = 1.0) -> int:
    return max(2, round(ITERATIONS * share * (0.1 if QUICK else 1.0)))


class Digits:
    """The spoken digits, heard once."""

    def __init__(self, folder: Path) -> None:
        from bandscape.embeddings.audio.content.mel_patches import PatchSettings, hear_sound

        self.paths = sorted((folder / "fsdd").glob("*.wav"))
        heard = [hear_sound(path, PatchSettings(8000, 40)) for path in self.paths]
        self.sounds = [one.levels for one in heard]
        self.statistics = np.stack([one.statistics for one in heard])
        parts = [path.stem.split("_") for path in self.paths]
        self.labels = {"digit": [one[0] for one in parts], "speaker": [one[1] for one in parts]}

    def unseen(self, pair: tuple[str, ...]) -> np.ndarray:
        """Which clips are of the pair."""
        return np.isin(self.labels["speaker"], pair)

    def learn(self, pair: tuple[str, ...], seed: int, share: float = 1.0, **options):
        """Learn the labels of the other speakers."""
        from bandscape.embeddings.audio.content.network import ContentNetwork

        rows = np.flatnonzero(~self.unseen(pair))
        labels = {name: [column[at] for at in rows] for name, column in self.labels.items()}
        kept = options.pop("columns", tuple(labels))
        model = ContentNetwork(
            sample_rate_hz=8000, n_iterations=iterations(share), random_state=seed, **options
        )
        return model.fit([self.sounds[at] for at in rows], {name: labels[name] for name in kept})

    def probes(self, rows: np.ndarray, pair: tuple[str, ...]) -> dict:
        """Ask a linear probe for each label of the pair."""
        from bandscape.embeddings.audio.content.quality import probe_label

        unseen = self.unseen(pair)
        return {name: probe_label(rows, column, unseen) for name, column in self.labels.items()}


def digit_probes(digits: Digits, pair: tuple[str, ...], seed: int) -> dict:
    """Learn from the other speakers and probe the pair."""
    begun = time.process_time()
    model = digits.learn(pair, seed)
    spent = time.process_time() - begun
    ours = digits.probes(model.transform(digits.paths), pair)
    peer = digits.probes(digits.statistics, pair)
    return {
        name: {**asdict(ours[name]), "peer": peer[name].value, "cpu_seconds": spent} for name in digits.labels
    }


def digit_rows(digits: Digits, slices: Slices) -> list[dict]:
    found, rows = {"digit": [], "speaker": []}, []
    for seed, pair in enumerate(HELD_OUT):
        name_of_part = f"digits {' '.join(pair)}"
        probes = slices.part(name_of_part, partial(digit_probes, digits, pair, seed))
        for name in found:
            one = probes[name]
            found[name].append((one["value"], one["peer"]))
            note = (
                f"{one['how']}; {one['low']:.3f}-{one['high']:.3f}; {one['cpu_seconds']:.0f} s of processor"
            )
            note += "; not looked at before" if pair == UNTOUCHED else ""
            said = f"{name} probe, unseen {' and '.join(pair)}"
            rows.append(row(said, one["value"], "share", peer=f"MFCC {one['peer']:.3f}", note=note))
    means = [
        row(f"{name} probe, mean of three pairs", *np.mean(pairs, axis=0)[:1], "share",
            peer=f"MFCC {np.mean(pairs, axis=0)[1]:.3f}", note=f"goal {GOALS[name]}")
        for name, pairs in found.items()
    ]  # fmt: skip
    return [*means, *rows]


def choice_rows(digits: Digits, slices: Slices) -> list[dict]:
    """Compare what is learnt from, and how patches become one, on one pair and a shorter training."""
    pair, rows = HELD_OUT[0], []
    variants = {
        "digit and speaker learnt": {},
        "digit alone": {"columns": ("digit",)},
        "speaker alone": {"columns": ("speaker",)},
        "patches of 0.3 s, averaged": {"patch_frames": 30},
        "patches of 0.3 s, read by a GRU": {"patch_frames": 30, "pooling": "rnn"},
    }

    def probe(options: dict) -> dict[str, float]:
        model = digits.learn(pair, 0, 0.25, **options)
        found = digits.probes(model.transform(digits.paths), pair)
        return {name: one.value for name, one in found.items()}

    for name, options in variants.items():
        found = slices.part(name, partial(probe, options))
        note = f"speaker {found['speaker']:.3f}; a quarter of the batches"
        said = f"{name}: digit probe, unseen {' and '.join(pair)}"
        rows.append(row(said, found["digit"], "share", note=note))
    return rows


def chunk_row(digits: Digits, data_dir: Path) -> dict:
    """Measure how far vectors depend on the size of the pieces a file is read in."""
    model = digits.learn(HELD_OUT[0], 0, 0.02)
    paths = [digits.paths[0], *sorted((data_dir / "librosa_clips").glob("*.ogg"))[:2]]
    whole = model.transform(paths)
    off = [np.abs(model.transform(paths, chunk_frames=size) - whole).max() for size in (997, 8192, 10**7)]
    note = f"of pieces of 997, 8,192 and 10,000,000 samples; size of a number {np.abs(whole).mean():.2f}"
    said = "largest difference of a vector by chunks"
    return row(said, float(np.max(off)), "", peer="goal 1e-5", note=note)


class Press:
    """Simulated artists with sound and reviews, a quarter of them unseen."""

    def __init__(self, root: Path, seed: int) -> None:
        import subprocess
        import sys

        from bandscape.cli.steps import workspace_labels
        from bandscape.core.files import read_table
        from bandscape.embeddings import Artist2Vec
        from bandscape.embeddings.audio.content.mel_patches import PatchSettings, hear_sound

        words = [
            "simulate",
            "--audio",
            "--reviews",
            N_REVIEWS,
            "--artists",
            N_ARTISTS,
            "--seed",
            seed,
            "--out",
            root,
        ]
        subprocess.run([sys.executable, "-m", "bandscape", *map(str, words)], check=True, capture_output=True)
        self.paths = sorted((root / "audio").rglob("*.flac"))
        tracks = [path.relative_to(root / "audio").as_posix() for path in self.paths]
        table = workspace_labels(root, root / "audio").columns
        self.columns = {name: [column.get(track) for track in tracks] for name, column in table.items()}
        heard = [hear_sound(path, PatchSettings()) for path in self.paths]
        self.sounds = [one.levels for one in heard]
        self.statistics = np.stack([one.statistics for one in heard])
        self.artists = read_table(root / "corpus" / "artists.parquet").to_pandas()
        rng = np.random.default_rng(seed)
        cold = rng.permutation(len(self.artists))[: len(self.artists) // 4]
        self.is_cold = np.isin(np.arange(len(self.artists)), cold)
        warm = self.artists[~self.is_cold].reset_index(drop=True)
        self.vectors = np.zeros((len(self.artists), 32), np.float32)
        self.vectors[~self.is_cold] = Artist2Vec(dim=32, random_state=seed).fit(warm).vectors_.matrix
        place = {artist: at for at, artist in enumerate(self.artists["artist_id"])}
        self.artist = np.array([place.get(one, -1) for one in self.columns["artist"]])
        self.unseen = self.is_cold[self.artist]
        self.columns["factors"] = [self.vectors[at] if not self.is_cold[at] else None for at in self.artist]

    def learn(
        self, seed: int, *, columns: tuple[str, ...], text: bool = False, inputs: tuple[str, ...] = (),
        share: float = 0.3,
    ):  # fmt: skip
        """Learn labels of the sounds of warm artists."""
        from bandscape.embeddings.audio.content.network import ContentNetwork

        rows = np.flatnonzero(~self.unseen)
        pick = {name: [self.columns[name][at] for at in rows] for name in (*columns, *inputs, "text")}
        model = ContentNetwork(
            n_channels=64, n_hidden=128, dim=64, n_iterations=iterations(share), random_state=seed
        )
        return model.fit(
            [self.sounds[at] for at in rows], {name: pick[name] for name in columns},
            texts=pick["text"] if text else None, inputs={name: pick[name] for name in inputs} or None,
        )  # fmt: skip

    def right(self, said: np.ndarray, names: tuple[str, ...]) -> float:
        """Share of unseen sounds whose likeliest genre is one of theirs."""
        asked, genres = np.flatnonzero(self.unseen), self.columns["genre"]
        pairs = [(at, one) for at, one in zip(asked, said, strict=True) if genres[at]]
        hits = [names[one.argmax()] in str(genres[at]).split("|") for at, one in pairs]
        return float(np.mean(hits))

    def of_artists(self, rows: np.ndarray) -> np.ndarray:
        """Average over the sounds of each artist."""
        return np.stack([rows[self.artist == at].mean(axis=0) for at in range(len(self.artists))])

    def genre_at_10(self, places: np.ndarray) -> np.ndarray:
        """Share of the ten nearest warm artists with a genre of each cold one."""
        from bandscape.embeddings.quality import genre_matrix

        genres, _ = genre_matrix(list(self.artists["genres"]))
        warm, cold = np.flatnonzero(~self.is_cold), np.flatnonzero(self.is_cold)
        units = places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
        near = warm[np.argsort(-(units @ self.vectors[warm].T), axis=1)[:, :10]]
        asked = genres[cold].any(axis=1)
        return np.array(
            [(genres[near[at]] & genres[one]).any(axis=1).mean() for at, one in enumerate(cold) if asked[at]]
        )


def project(press: Press, features: np.ndarray) -> np.ndarray:
    """Place cold artists by a projection of side features fitted to the warm ones, as ``artists place`` does."""
    from bandscape.embeddings.side_features import SideFeatures
    from bandscape.embeddings.side_projection import fit_blocks

    table = SideFeatures(
        "sound", tuple(press.artists["artist_id"]), features, tuple(map(str, range(features.shape[1])))
    )
    informed = np.array([len(genres) > 0 for genres in press.artists["genres"]])
    fitted = fit_blocks(press.vectors, [features], [table], informed=informed, random_state=0)
    return fitted.infer([features[press.is_cold]])


def press_rows(press: Press, seed: int) -> dict[str, float]:
    from bandscape.embeddings.audio import whiten

    cold = [path for path, unseen in zip(press.paths, press.unseen, strict=True) if unseen]
    texts = [text for text, unseen in zip(press.columns["text"], press.unseen, strict=True) if unseen]
    found: dict[str, float] = {}
    both = press.learn(seed, columns=("genre", "score"), text=True)
    alone = press.learn(seed, columns=("genre", "score"))
    names = both.targets_[0].names
    found["sound and text"] = press.right(both.predict(cold, texts=texts)["genre"], names)
    found["sound and text learnt, text absent"] = press.right(both.predict(cold)["genre"], names)
    found["sound alone"] = press.right(alone.predict(cold)["genre"], names)
    given = press.learn(seed, columns=("genre", "score"), inputs=("year",))
    years = [year for year, unseen in zip(press.columns["year"], press.unseen, strict=True) if unseen]
    found["sound, with its year"] = press.right(given.predict(cold, inputs={"year": years})["genre"], names)
    factors = press.learn(seed, columns=("genre", "score", "factors"))
    vectors = press.of_artists(factors.transform(press.paths))
    said = press.of_artists(factors.predict(press.paths)["factors"])[press.is_cold]
    found["cold: vectors said by the network"] = float(press.genre_at_10(said).mean())
    found["cold: content vectors as side features"] = float(
        press.genre_at_10(project(press, whiten(vectors, n_dims=32))).mean()
    )
    statistics = press.of_artists(press.statistics)
    joined = whiten(np.hstack([vectors, statistics]), n_dims=32)
    found["cold: content vectors beside statistics, as audio join sets them"] = float(
        press.genre_at_10(project(press, joined)).mean()
    )
    found["cold: MFCC statistics as side features"] = float(
        press.genre_at_10(project(press, whiten(statistics, n_dims=32))).mean()
    )
    rng = np.random.default_rng(seed)
    random = rng.normal(size=(int(press.is_cold.sum()), press.vectors.shape[1]))
    found["cold: placed at random"] = float(press.genre_at_10(random).mean())
    return found


def press_figures(seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return press_rows(Press(Path(folder) / "ws", seed), seed)


def simulated_rows(slices: Slices) -> list[dict]:
    seeds = (0,) if QUICK else (0, 1, 2)
    found = [slices.part(f"press {seed}", partial(press_figures, seed)) for seed in seeds]
    rows = []
    for name in found[0]:
        values = [one[name] for one in found]
        unit = "genre@10" if name.startswith("cold") else "right"
        shown = f"unseen artists, {len(values)} seeds: " + ", ".join(f"{value:.3f}" for value in values)
        rows.append(
            row(name if unit == "genre@10" else f"genre by {name}", float(np.mean(values)), unit, note=shown)
        )
    return rows


def run(data_dir: Path) -> list[dict]:
    digits = Digits(data_dir)
    slices = Slices("content", quick=QUICK)
    return [
        *digit_rows(digits, slices), *choice_rows(digits, slices),
        slices.part("chunks", partial(chunk_row, digits, data_dir)), *simulated_rows(slices),
    ]  # fmt: skip


if __name__ == "__main__":
    from benchmarks.__main__ import data_dir

    for one in run(data_dir()):
        print(
            f"{one['name']:60} {one['value']:8.4f} {one['unit']:9} {one['peer']:14} {one['note']}", flush=True
        )
