"""Make a Pitchfork-style corpus whose truth is known: topics, genres, scores, likeness, and sound.

Write ``N`` reviews, ``A`` artists, ``K`` topics, genres ``g`` with shares ``pi_g``, all drawn from one seed.

*Artists*

1. Genre centers ``mu_g``: unit vectors in 12 dimensions with fixed cosines (``simulate_model.GENRE_COSINES``).
2. Artist ``a``: genre ``g ~ pi``; with probability 0.3 a second one near it with share 0.2 to 0.45: mixture ``m_a``.
   Position ``x_a = sum_g m_ag mu_g + N(0, 0.2^2 I)``. The *true similarity* of two artists is
   ``cos(x_a, x_b)``. Every artist has one review; the others are shared out in proportion to a log-normal
   popularity, and stand in random order. Labels have a home genre, and artists choose labels of their genres.

*Reviews*

3. Score = ``7 + quality_a + sum_g m_ag e_g + f_author + N(0, 0.7^2)``, cut to 0 to 10 and rounded to tenths;
   authors have a favorite genre, six times as likely as another.
4. A topic belongs to a genre or to none. Base measure
   ``b_rk = 0.65 m_ag softmax_k(12 x_a . v_k) + 0.3 / (number of general topics) + 0.05 / K``,
   the first term for topics of genre ``g``, the second for general ones, with a random direction ``v_k`` per
   topic, at right angles to the genre's center.
5. Topic shares ``theta_r ~ Dirichlet(6 b_rk exp(slope_k (score - 7)))``; the slope is not 0 for praise and letdown.
6. Topic ``k`` over words: ``phi_k = 0.75 Zipf(own words) + 0.22 Zipf(shared words) * gamma noise
   + 0.03 Zipf(rare words)`` with Zipf-Mandelbrot weights ``1 / (rank + 2)``.
7. Surface forms of a word ("shimmer", "shimmers", "shimmering") have Dirichlet(4, 2, 2) shares in each topic: the
   usual form differs from topic to topic, and is mostly that of dictionaries.
8. A text has a log-normal number of places. Each is the reviewed artist's name (0.015), an artist like it (0.006),
   or a word by latent Dirichlet allocation: ``z ~ theta_r``, ``w ~ phi_z``, form by 7. Stop words are put between by
   the kinds of the neighboring words; sentences, paragraphs and commas come at random, independent of topic.
9. Some values are missing, at rates like those of the real data.

*Listening histories*

10. A user's taste is a place near an artist ``a ~ sqrt(reviews)``: ``t_u = x_a + N(0, 0.1^2 I)``. It listened to
    ``5 + Poisson(20)`` artists, each with weight ``sqrt(reviews_b) exp(8 cos(t_u, x_b))``, none twice.

The names, words and texts are invented. Text is drawn in blocks of 4,096 reviews, each from its own random stream,
so results do not depend on the number of processes, and memory does not grow with the number of reviews beyond the
tallies of artists (their labels, years and authors).

Files written::

    corpus/reviews.parquet artists.parquet rejects.parquet     canonical tables
    corpus/histories.parquet  user_id, artists (list of artist_id)
    truth/config.json         settings, counts, topics with keywords and shares
    truth/topics.json         the same topics as a configuration for the topic model
    truth/model.safetensors   topic_word (n_topics, n_words), genre_centers, genre_effect, topic_direction
    truth/vocabulary.parquet  word, surfaces
    truth/topic_words.parquet topic, word, probability, display (likeliest form), most likely first
    truth/artists.parquet     artist_id, name, genre, second_genre, genre_mixture, position, quality, neighbors, cosines
    truth/authors.parquet     author, effect
    truth/users.parquet       user_id, taste (a place among the positions of the artists)
    truth/reviews.parquet     review_id, genre, topic_shares, n_words, parts of the score
    truth/audio.parquet       path, artist_id, timbre parameters        (with audio)
    audio/ARTIST_ID/N.flac                                              (with audio)

Public names: :func:`simulate`, :class:`SimulatedCorpus`, :func:`load_truth`, :class:`Truth`,
:class:`SimulationSettings`, :class:`AudioSettings`.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from ...core.errors import ParameterError
from ...core.executors.local import map_ordered
from ...core.files import TableWriter, write_table
from ...core.progress import ProgressCallback, report
from ...core.randomness import RandomState, as_seed
from ...core.replacement import replace_directory
from ..schema import REJECTS_SCHEMA, REVIEWS_SCHEMA
from .audio import AudioSettings, simulate_audio
from .histories import make_histories
from .model import make_plan
from .reviews import BLOCK, Block, simulate_block, truth_schema
from .settings import SimulationSettings
from .tally import ArtistTally
from .truth import Counted, Truth, load_truth, write_truth

__all__ = ["AudioSettings", "SimulatedCorpus", "SimulationSettings", "Truth", "load_truth", "simulate"]

_BLOCKS_PER_GROUP = 4  # row groups of 16,384 reviews


@dataclass(frozen=True)
class SimulatedCorpus:
    """Where a simulated corpus lies.

    Parameters
    ----------
    directory : Path
    n_reviews, n_artists : int
        Written; fewer than asked for when the listener stopped the work.
    complete : bool
        Whether all that was asked for was written.
    """

    directory: Path
    n_reviews: int
    n_artists: int
    complete: bool = True

    @property
    def reviews_path(self) -> Path:
        """The table of reviews."""
        return self.directory / "corpus" / "reviews.parquet"

    @property
    def artists_path(self) -> Path:
        """The table of artists."""
        return self.directory / "corpus" / "artists.parquet"

    @property
    def histories_path(self) -> Path:
        """The table of listening histories."""
        return self.directory / "corpus" / "histories.parquet"

    @property
    def rejects_path(self) -> Path:
        """The table of rejects, which is empty."""
        return self.directory / "corpus" / "rejects.parquet"

    @property
    def topics_path(self) -> Path:
        """The true topics with seed keywords, as a topic configuration."""
        return self.directory / "truth" / "topics.json"

    @property
    def truth(self) -> Truth:
        """What is true of the corpus."""
        return load_truth(self.directory)


def simulate(
    directory: str | Path,
    *,
    n_reviews: int = 2000,
    n_artists: int = 400,
    n_topics: int = 24,
    random_state: RandomState = 0,
    audio: bool | AudioSettings = False,
    settings: SimulationSettings | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> SimulatedCorpus:
    """Write a corpus drawn from the generative model of this module, and the truth beside it.

    Parameters
    ----------
    directory : path
        ``corpus/``, ``truth/`` and ``audio/`` in it are replaced.
    n_reviews, n_artists : int
        Every artist has at least one review.
    n_topics : int, 2 to 500
        The first 24 have readable words, the others coined ones.
    random_state : int, Generator, RandomState or None
        The same int gives the same bytes, for any ``n_jobs``.
    audio : bool or AudioSettings
        Whether, and how, to synthesize clips for every artist.
    settings : SimulationSettings, optional
        The other numbers of the model; the counts and the seed in it are overridden.
    n_jobs : int, >= 1
        Processes.
    on_progress : callable, optional
        Receives :class:`~bandscape.core.progress.Progress`; a true answer ends the work early, with a smaller but
        valid corpus.

    Returns
    -------
    SimulatedCorpus

    Raises
    ------
    ParameterError
        If a number is out of range, or ``directory/audio`` holds somebody's own sounds.

    Notes
    -----
    Time is linear in the number of words. Memory is constant in the number of reviews, but for the distinct pairs
    of artist with label, year and author (16 bytes each).
    """
    settings = replace(
        settings or SimulationSettings(),
        n_reviews=n_reviews,
        n_artists=n_artists,
        n_topics=n_topics,
        seed=as_seed(random_state),
    )
    settings.check()
    clips = _audio_settings(audio)
    if n_jobs < 1:
        raise ParameterError(f"n_jobs must be an int >= 1; got {n_jobs!r}")
    directory = Path(directory)
    if clips:
        _check_no_foreign_clips(directory)
    directory.mkdir(parents=True, exist_ok=True)
    return _write_all(directory, settings, clips, n_jobs, on_progress)


def _write_all(
    directory: Path,
    settings: SimulationSettings,
    clips: AudioSettings | None,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> SimulatedCorpus:
    """Write corpus, truth and clips, each beside what was there before, and put them in its place."""
    with ExitStack() as stack:
        truth = stack.enter_context(replace_directory(directory / "truth"))
        corpus = stack.enter_context(replace_directory(directory / "corpus"))
        tally, topic_words = _write_reviews(corpus, truth, settings, n_jobs, on_progress)
        artists = tally.table()
        write_table(corpus / "artists.parquet", artists)
        write_table(corpus / "rejects.parquet", REJECTS_SCHEMA.empty_table())
        complete = topic_words.n_reviews == settings.n_reviews
        if not clips:
            _remove_earlier_clips(directory)
        elif complete:
            table = simulate_audio(
                directory, make_plan(settings), clips, n_jobs=n_jobs, on_progress=on_progress
            )
            write_table(truth / "audio.parquet", table)
            complete = table.num_rows == settings.n_artists * clips.clips_per_artist
        histories, users = make_histories(make_plan(settings))
        write_table(corpus / "histories.parquet", histories)
        write_table(truth / "users.parquet", users)
        write_truth(truth, make_plan(settings), topic_words, complete)
    return SimulatedCorpus(directory, topic_words.n_reviews, artists.num_rows, complete)


def _audio_settings(audio: bool | AudioSettings) -> AudioSettings | None:
    clips = AudioSettings() if audio is True else audio or None
    if clips is not None:
        clips.check()
    return clips


def _check_no_foreign_clips(directory: Path) -> None:
    """Raise if the folder of clips holds sounds that a simulation did not make."""
    audio = directory / "audio"
    if audio.exists() and not (directory / "truth" / "audio.parquet").exists():
        raise ParameterError(f"{audio} was not made by simulate and would be lost; choose another directory")


def _remove_earlier_clips(directory: Path) -> None:
    """Remove the clips of an earlier simulation, and only those: they are not of the artists to come."""
    if (directory / "truth" / "audio.parquet").exists():
        shutil.rmtree(directory / "audio", ignore_errors=True)


def _write_reviews(
    corpus: Path,
    truth: Path,
    settings: SimulationSettings,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> tuple[ArtistTally, Counted]:
    """Stream reviews and their truth to Parquet."""
    plan = make_plan(settings)
    tally = ArtistTally(plan)
    counted = Counted(0, 0, np.zeros(settings.n_topics))
    n_blocks = -(-settings.n_reviews // BLOCK)
    blocks = map_ordered(partial(simulate_block, settings), range(n_blocks), n_jobs=n_jobs)
    with (
        TableWriter(corpus / "reviews.parquet", REVIEWS_SCHEMA) as reviews,
        TableWriter(truth / "reviews.parquet", truth_schema(settings.n_topics)) as truths,
    ):
        for group in _groups(blocks):
            for block in group:
                tally.add(block)
                counted.add(block)
            reviews.write(pa.Table.from_batches([block.reviews for block in group]).combine_chunks())
            truths.write(pa.Table.from_batches([block.truth for block in group]).combine_chunks())
            if report(on_progress, "simulating reviews", counted.n_reviews, settings.n_reviews, "reviews"):
                break
    return tally, counted


def _groups(blocks: Iterator[Block]) -> Iterator[list[Block]]:
    while group := list(islice(blocks, _BLOCKS_PER_GROUP)):
        yield group
