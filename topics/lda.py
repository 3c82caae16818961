"""Latent Dirichlet allocation steered by keywords: the estimator.

A row is a document, a column a word; entries are whole numbers. Public name: :class:`KeywordLDA`.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..core.checkpoints import Checkpoint, fingerprint
from ..core.errors import ParameterError
from ..core.executors import Executor
from ..core.progress import ProgressCallback
from ..core.randomness import RandomState, as_generator, as_seed
from . import checking
from .annealing import Annealing
from .beginning import begin_chain
from .blocks import check_n_jobs, document_lengths, shape_of, word_totals
from .choosing import check_fit_memory, check_mixture_memory, choose_sampler, make_sampler
from .estimates import estimate_doc_topic, estimate_topic_word
from .inference import completion_log_likelihood, infer_mixtures, split_documents
from .interop import ExportMixin
from .keywords import Topic, check_keywords, check_topics, make_free_topics
from .notebook import ShowsTopics
from .planning import chain_key, plan_beginning, plan_optimization, plan_priors, plan_sweeps
from .priors import TopicPriors, check_every_word_has_a_topic, with_added_counts
from .releasing import check_released, find_contradicted, without_released
from .starting import check_start, complete_start, topics_by_block, topics_by_row
from .storage import load_model, save_model
from .training import Chain, run_chain
from .updating import PartialFitMixin


class KeywordLDA(PartialFitMixin, ShowsTopics, ExportMixin, TransformerMixin, BaseEstimator):
    """Find topics in word counts, named and steered by keywords.

    Every token's topic is drawn exactly from its conditional distribution, with the word probabilities fixed during a
    sweep; after annealing the counts of several sweeps are averaged. The same seed gives the same bytes at any
    number of threads.

    Parameters
    ----------
    n_topics : int
        Number of topics when ``topics`` is None; ignored otherwise. At most the number of words, and 65,534.
    topics : sequence of Topic or dict, optional
        The topics wanted, see :func:`~bandscape.topics.check_topics`; their number is the number of topics.
    prior : {"classic", "proportional"}
        "classic": constant alpha and beta with a boost per keyword. "proportional": both priors are a share of the
        data's own mass, divided by the topics' proportions; ``doc_topic_prior``, ``topic_word_prior`` and
        ``keyword_strength`` play no part then.
    doc_topic_prior : "auto", or float or array of shape (n_topics,), > 0
        alpha; a single number is the mean, spread by the topics' proportions. The sampler rounds it to a multiple of
        about 2**-24 of the document's length.
    topic_word_prior : "auto", or float or array of shape (n_topics,), > 0
        beta. "auto" chooses either from the corpus, see :func:`~bandscape.topics.priors.usual_priors`.
    keyword_strength : float, >= 0
        Pseudo-count of a keyword of weight 1, relative to its occurrences in the corpus.
    released_keywords : "auto" or sequence of (str, str)
        Keywords (topic, word) to go without. "auto": with the classic prior those that a short pilot chain finds in
        the company of other topics, see :mod:`bandscape.topics.releasing`, with the proportional one none. Keywords
        of a weight above 1, such as pinned ones, and those of frozen topics are kept in any case. () keeps all.
    begin : {"auto", "random", "keywords", "anchors", "both"}
        Where the chain of the classic prior begins. "keywords": each keyword's tokens in their topic, the others drawn
        around them. "anchors": each topic without keywords at words that go together, far from the others', see
        :mod:`bandscape.topics.anchoring`; those with keywords are drawn. "both": the two together. "random": all tokens
        are drawn. "auto": both where only some topics have keywords; at the keywords where all have and some were
        released; else all drawn, as where ``annealing`` is given.
    frozen_topic_word : mapping of str to array of shape (n_words,), optional
        For each topic with ``frozen: true``, the word distribution it keeps.
    added_counts : mapping of str to array of shape (n_words,), optional
        For a topic's id, pseudo-counts of its words beside the prior's. :func:`~bandscape.topics.rounds.refit` gives
        them to topics just merged.
    optimize_interval : int, >= 0
        At the final temperature, ``optimized_priors`` are fitted to the present topics every so many sweeps; 0 keeps
        the priors given.
    optimized_priors : {"auto", "both", "doc_topic", "topic_word"}
        "doc_topic": alpha, a value for every topic. "topic_word": one factor of every beta; the pseudo-counts of
        keywords and frozen topics stay. "auto" is both for the classic prior and neither for the proportional one,
        whose proportions are the user's.
    annealing : "auto", None, StepAnnealing or SmoothAnnealing
        "auto" is a ``SmoothAnnealing()`` of beta for the classic prior (from a fifth of its heat, and with all
        documents from the first, where the chain begins at keywords) and a ``StepAnnealing()`` of everything for the
        proportional one. None keeps the final temperature throughout.
    n_sweeps : int
        Sweeps in all.
    n_samples : int
        The last so many sweeps are averaged.
    sampler : {"auto", "exact", "dense", "sparse"}
        How tokens are drawn. "exact": all counts live, for small corpora. "dense": word probabilities fixed during a
        sweep, time in the number of topics. "sparse": the same distribution with other random numbers, time in the
        topics of a document, for many topics. "auto" is "exact" up to 20,000 tokens and else what counts as quicker
        for these documents and priors, on any machine.
    n_jobs : int or None
        Threads; -1 for all processors. The result does not depend on it.
    random_state : int, Generator, RandomState or None

    Attributes
    ----------
    topic_word_ : ndarray of shape (n_topics, n_words), float64
        p(word | topic), the prior included; rows sum to 1. float32 from the sparse sampler.
    components_ : ndarray
        The same array, under scikit-learn's name.
    doc_topic_ : ndarray of shape (n_docs, n_topics), float32
        p(topic | document) of the training documents, averaged while sampling; rows sum to 1.
    topic_share_ : ndarray of shape (n_topics,), float64
        Share of the corpus' tokens; sums to 1.
    token_topics_ : ndarray of shape (n_tokens,), uint8 or uint16
        Topic of each token after the last sweep, in the order of the count matrix: document by document, column by
        column, and ascending among the tokens of one entry.
    trace_ : dict of str to ndarray of shape (n_sweeps_,)
        ``sweep``, ``temperature``, ``log_likelihood`` (mean log-probability of a token given all others) and
        ``moved`` (share of the drawn tokens that changed topic), ``part`` (of the documents drawn), ``doc_prior`` and
        ``word_prior`` (sum of alpha and mean of beta, as the sweep used them).
    doc_prior_, word_prior_ : ndarray of shape (n_topics,), float64
        alpha and beta of the estimates, as optimized. ``doc_prior_by_length_`` says whether alpha is per token.
    topics_ : tuple of Topic
        The configuration with ``count`` expanded.
    topic_ids_ : ndarray of shape (n_topics,), str
    vocabulary_ : ndarray of shape (n_words,), str
    word_counts_, doc_lengths_ : ndarray of int64
        Tokens of each word, shape (n_words,), and of each training document, shape (n_docs,).
    keyword_report_ : list of dict
        ``topic``, ``keyword``, ``count``, ``status`` of every keyword; one absent from the corpus is no error.
    released_keywords_ : list of (str, str)
        Topic and word of each keyword that was given but has no prior.
    n_sweeps_ : int
        Sweeps done: fewer than ``n_sweeps`` when stopped.
    sampler_ : {"exact", "dense", "sparse"}
        The sampler that was used.
    seed_ : int
        The integer all randomness derives from.

    Notes
    -----
    A sweep takes O(tokens * topics / 16), or O(tokens * topics of a document / 16) with the sparse sampler. Memory: 14
    bytes a token, 16 * words * topics, 4 * documents * topics; with the sparse sampler 24 bytes a token, 4 * words *
    topics, 4 * documents * topics. With a checkpoint, 4 * documents * topics of half a gigabyte and more lie in a
    file beside it. A fit that would not fit into memory is refused at once.

    References
    ----------
    Blei, Ng and Jordan (2003), Latent Dirichlet allocation, JMLR 3. Griffiths and Steyvers (2004), PNAS 101.

    Examples
    --------
    >>> import numpy as np
    >>> from bandscape.topics import KeywordLDA
    >>> counts = np.kron(np.eye(2, dtype=int), np.full((20, 3), 4))
    >>> model = KeywordLDA(topics=[{"id": "drone", "keywords": ["hum"]}, {"id": "pop"}], n_sweeps=50, n_samples=10)
    >>> model = model.fit(counts, vocabulary=["hum", "reverb", "fuzz", "hook", "chorus", "dance"])
    >>> model.topic_word_[0].round(1)
    array([0.4, 0.3, 0.3, 0. , 0. , 0. ])
    """

    def __init__(
        self,
        *,
        n_topics: int = 50,
        topics: Sequence[Topic | Mapping[str, Any]] | None = None,
        prior: str = "classic",
        doc_topic_prior: str | float | ArrayLike = 0.1,
        topic_word_prior: str | float | ArrayLike = 0.01,
        keyword_strength: float = 0.1,
        released_keywords: str | Sequence[tuple[str, str]] = "auto",
        begin: str = "auto",
        frozen_topic_word: Mapping[str, ArrayLike] | None = None,
        added_counts: Mapping[str, ArrayLike] | None = None,
        optimize_interval: int = 10,
        optimized_priors: str = "auto",
        annealing: str | Annealing | None = "auto",
        n_sweeps: int = 200,
        n_samples: int = 50,
        sampler: str = "auto",
        n_jobs: int | None = 1,
        random_state: RandomState = 0,
    ) -> None:
        self.n_topics = n_topics
        self.topics = topics
        self.prior = prior
        self.doc_topic_prior = doc_topic_prior
        self.topic_word_prior = topic_word_prior
        self.keyword_strength = keyword_strength
        self.released_keywords = released_keywords
        self.begin = begin
        self.frozen_topic_word = frozen_topic_word
        self.added_counts = added_counts
        self.optimize_interval = optimize_interval
        self.optimized_priors = optimized_priors
        self.annealing = annealing
        self.n_sweeps = n_sweeps
        self.n_samples = n_samples
        self.sampler = sampler
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        counts: Any,
        y: Any = None,  # noqa: ARG002
        *,
        vocabulary: Any = None,
        start: ArrayLike | None = None,
        on_progress: ProgressCallback | None = None,
        checkpoint: Checkpoint | str | Path | None = None,
        executor: Executor | None = None,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        counts : csr_matrix or array of shape (n_docs, n_words)
            Whole numbers >= 0. A document may be empty.
        y : ignored
        vocabulary : sequence of str, table with a column ``word``, fitted CountVectorizer, mapping, optional
            Words of the columns; needed for keywords to be found. A mapping goes from word to column or, like gensim's
            ``Dictionary``, from column to word.
        start : array of shape (n_tokens,), int, optional
            Topics to start from, such as ``token_topics_`` of an earlier model of the same counts; -1 where one is to
            be drawn. Then nothing is annealed: all sweeps have the final temperature.
        on_progress : callable, optional
            Called after each sweep; a true answer stops the fit, which then keeps the estimates it has.
        checkpoint : Checkpoint or path, optional
            Where the chain is saved now and then. A later fit of the same counts with the same parameters goes on
            from there, to the same bytes; the file is removed when the fit is complete.
        executor : Executor, optional
            Whose workers draw the tokens, such as :class:`bandscape.core.executors.RayExecutor`; threads of this
            process when absent. The result does not depend on it, and a checkpoint of one serves another.

        Returns
        -------
        self

        Raises
        ------
        ParameterError
            If the counts or a parameter cannot be used.
        """
        matrix = self._check_counts(counts, reset=True)
        _, n_words = shape_of(matrix)
        words = checking.check_vocabulary(vocabulary, n_words, getattr(self, "feature_names_in_", None))
        topics = self._check_topics()
        checking.check_settings(self, topics, n_words)
        if vocabulary is None and not hasattr(self, "feature_names_in_"):
            checking.warn_of_keywords_without_words(topics)
        n_jobs, seed = check_n_jobs(self.n_jobs), as_seed(self.random_state)
        frozen = checking.check_frozen(self.frozen_topic_word, topics, n_words)
        word_counts = word_totals(matrix)
        if word_counts.sum() == 0:
            raise ParameterError("counts hold no tokens: a topic model needs documents with words in them")
        checking.check_enough_tokens(int(word_counts.sum()), len(topics) - len(frozen))
        released = check_released(self.released_keywords, topics)
        if released is None and start is None and self.prior == "classic":
            released = find_contradicted(self, matrix, topics, words.tolist(), seed=seed)
        steering = without_released(topics, released or ())
        added = checking.check_added(self.added_counts, topics, n_words)
        priors = with_added_counts(plan_priors(self, steering, words, word_counts), added)
        check_every_word_has_a_topic(priors, word_counts, frozen, words)

        n_tokens, is_warm = int(word_counts.sum()), start is not None
        heat = 1.0
        if not is_warm and self.prior == "classic":
            start, heat = begin_chain(
                matrix, steering, words.tolist(), plan_beginning(self), seed=seed, has_released=bool(released)
            )
        is_begun = start is not None and not is_warm
        temperatures, parts = plan_sweeps(
            self, priors, n_tokens, is_warm=is_warm, is_begun=is_begun, heat=heat
        )
        kind = choose_sampler(self.sampler, document_lengths(matrix), priors.at(float(temperatures[-1])))
        kept = _as_checkpoint(checkpoint)
        check_fit_memory(kind, matrix, len(topics), None if kept is None else kept.path.parent)
        optimization = plan_optimization(self)
        schedule = [temperatures, parts]
        key = chain_key(matrix, priors, frozen, schedule, optimization, seed, self.n_samples, kind)
        first, chain_seed = None, seed
        if start is not None:
            first = check_start(start, n_tokens, len(topics))
            key = fingerprint(key, first)
            chain_seed = int(key[:15], 16)  # not again the random numbers of the chain that is gone on with
        sampler = make_sampler(
            kind, matrix, priors, executor=executor, seed=chain_seed, n_jobs=n_jobs, frozen=frozen
        )
        if first is not None:
            warm = priors.at(float(temperatures[0]))
            first = complete_start(matrix, first, warm, frozen, seed=chain_seed, n_jobs=n_jobs)
            first = topics_by_block(matrix, sampler.blocks, first)
        with closing(sampler):
            chain = run_chain(
                sampler,
                temperatures,
                self.n_samples,
                key,
                parts=parts,
                optimization=optimization,
                start=first,
                on_progress=on_progress,
                checkpoint=kept,
            )

        self.topics_, self.vocabulary_, self.seed_, self.sampler_ = topics, words, seed, kind
        self.topic_ids_ = np.array([topic.id for topic in topics], object)
        self.word_counts_, self.doc_lengths_ = word_counts, sampler.lengths
        self.released_keywords_ = released or []
        self.keyword_report_ = check_keywords(topics, words.tolist(), word_counts.tolist())
        self.token_topics_ = topics_by_row(matrix, sampler.blocks, sampler.topics)
        self.token_topics_ = self.token_topics_.astype(np.min_scalar_type(len(topics) - 1))
        final_priors, lengths = sampler.priors.at(chain.temperature), sampler.lengths
        del sampler  # its word probabilities and tokens make room for the estimates
        self._keep_estimates(chain, final_priors, lengths, frozen)
        return self

    def transform(self, counts: Any) -> NDArray[np.float32]:
        """Estimate the topic mixtures of documents, the word distributions held fixed.

        Deterministic; a document's result does not depend on the others. Columns of words unknown to the model do
        not exist: build the counts with the model's vocabulary.

        Parameters
        ----------
        counts : csr_matrix or array of shape (n_docs, n_words)

        Returns
        -------
        ndarray of shape (n_docs, n_topics), float32
            Rows sum to 1. An empty document has the prior's mixture.

        Raises
        ------
        ParameterError
            If the counts cannot be used.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self)
        return self._infer(self._check_counts(counts, reset=False))

    def score(self, counts: Any, y: Any = None) -> float:  # noqa: ARG002
        """Return the mean log-probability of held-out tokens (document completion); larger is better.

        See :meth:`perplexity`, of which this is minus the logarithm.
        """
        check_is_fitted(self)
        matrix = self._check_counts(counts, reset=False)
        observed, held_out = split_documents(matrix, as_generator(0))
        return completion_log_likelihood(held_out, self._infer(observed), self.topic_word_)

    def perplexity(self, counts: Any) -> float:
        """Return the document-completion perplexity of documents that were not used to fit.

        Half of each document's tokens (every second one of a random order with a fixed seed) shows the mixture, by
        :meth:`transform`; the other half is scored by it: exp(-mean log p(word | mixture)). Smaller is better. A
        document of one token says nothing; without any longer document the result is NaN.

        Parameters
        ----------
        counts : csr_matrix or array of shape (n_docs, n_words)

        References
        ----------
        Wallach et al. (2009), Evaluation methods for topic models, ICML, section 5.
        """
        return float(np.exp(-self.score(counts)))

    def save(self, directory: str | Path) -> None:
        """Write the fitted model as an artifact folder (JSON, safetensors, Parquet; no pickle)."""
        check_is_fitted(self)
        save_model(self, directory)

    @classmethod
    def load(cls, directory: str | Path) -> Self:
        """Read a model written by :meth:`save`.

        Raises
        ------
        SourceError, ChecksumError, FormatVersionError
            If there is none, or it is damaged or of a newer format.
        """
        return load_model(cls, directory)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _check_counts(self, counts: Any, *, reset: bool) -> csr_matrix:
        """Check shape and names as scikit-learn does, and the entries as counts."""
        try:
            checked = validate_data(self, counts, accept_sparse="csr", ensure_all_finite=False, reset=reset)
        except ValueError as error:
            raise ParameterError(f"counts cannot be used: {checking.in_one_line(error)}") from error
        return checking.check_counts(checked)

    def _check_topics(self) -> tuple[Topic, ...]:
        if self.topics is not None:
            return check_topics(self.topics)
        n_topics = checking.check_int(self.n_topics, "n_topics", low=1)
        if n_topics > checking.MAX_TOPICS:
            raise ParameterError(f"n_topics must be at most {checking.MAX_TOPICS}; got {n_topics}")
        return make_free_topics(n_topics)

    def _keep_estimates(
        self,
        chain: Chain,
        priors: TopicPriors,
        lengths: NDArray[np.int64],
        frozen: Mapping[int, NDArray[np.float64]],
    ) -> None:
        """Turn the summed counts into probabilities, priors included."""
        sums = chain.sums
        counts = sums.word_topic.sum(axis=0, dtype=np.int64)
        self.topic_share_ = counts / counts.sum()
        dtype = np.float32 if self.sampler_ == "sparse" else np.float64
        self.topic_word_ = self.components_ = estimate_topic_word(sums, priors, frozen, dtype)
        self.doc_topic_ = estimate_doc_topic(sums, priors, lengths)
        self.trace_ = chain.trace_arrays()
        self.n_sweeps_ = len(chain.trace)
        self.doc_prior_, self.doc_prior_by_length_ = priors.doc_prior, priors.by_length
        self.word_prior_ = priors.word_prior

    def _infer(self, matrix: csr_matrix) -> NDArray[np.float32]:
        check_mixture_memory(*shape_of(matrix), len(self.topic_ids_))
        return infer_mixtures(
            matrix, self.topic_word_, self.doc_prior_, by_length=self.doc_prior_by_length_,
            start=self.topic_share_, n_jobs=check_n_jobs(self.n_jobs),
        )  # fmt: skip


def _as_checkpoint(checkpoint: Checkpoint | str | Path | None) -> Checkpoint | None:
    return Checkpoint(checkpoint) if isinstance(checkpoint, (str, Path)) else checkpoint
