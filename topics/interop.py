"""A fitted topic model for other tools: gensim, pyLDAvis, data frames.

Public name: :class:`ExportMixin`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..core.errors import ParameterError
from .report import list_topics, topics_table

if TYPE_CHECKING:
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel

# Both gensim and pyLDAvis take logarithms; an excluded word, which has neither tokens nor probability, gets these.
_LEAST_PSEUDO_COUNT = 1e-9
_LEAST_PROBABILITY = 1e-12


class ExportMixin:
    """What a fitted model can be turned into; for ``KeywordLDA``."""

    if TYPE_CHECKING:
        topic_word_: NDArray[np.float64]
        doc_topic_: NDArray[np.float32]
        topic_share_: NDArray[np.float64]
        topic_ids_: NDArray[np.object_]
        vocabulary_: NDArray[np.object_]
        word_counts_: NDArray[np.int64]
        doc_lengths_: NDArray[np.int64]
        doc_prior_: NDArray[np.float64]
        doc_prior_by_length_: bool
        seed_: int

    def to_gensim(self) -> "tuple[LdaModel, Dictionary]":
        """Return a gensim model with the same topics, and its dictionary.

        gensim's variational inference then works with our word distributions and document prior (the proportional
        prior's is that of a document of mean length). Its mixtures are near ours, not equal: it finds the mean of
        an approximate posterior where :meth:`~KeywordLDA.transform` finds the mode.

        Returns
        -------
        model : gensim.models.LdaModel
            ``get_topics()`` is ``topic_word_``, but for excluded words, which have about 1e-12 in place of 0. In the
            state stand the topics' tokens as pseudo-counts and the number of our documents, so that ``update`` adds
            new documents to these, each with the weight that one of ours has.
        dictionary : gensim.corpora.Dictionary
            Of the vocabulary in the same order, with the words' counts; without document frequencies, which are not
            part of a topic model.

        Examples
        --------
        >>> from bandscape.topics import KeywordLDA
        >>> model = KeywordLDA(n_topics=2, n_sweeps=20, n_samples=5).fit([[9, 0], [0, 9]], vocabulary=["hum", "hook"])
        >>> lda, dictionary = model.to_gensim()
        >>> mixture = dict(lda[dictionary.doc2bow(["hum", "hum", "hum"])])
        >>> round(float(max(mixture.values())), 1)
        1.0
        """
        self._check_counts_are_known()
        from gensim.models import LdaModel

        dictionary = _make_dictionary(self.vocabulary_, self.word_counts_, len(self.doc_lengths_))
        tokens = np.maximum(self.topic_share_ * self.word_counts_.sum(), 1.0)
        pseudo_counts = np.maximum(self.topic_word_ * tokens[:, None], _LEAST_PSEUDO_COUNT)
        least = float(pseudo_counts.min())
        options: dict[str, Any] = {"alpha": self._typical_doc_prior(), "eta": least, "dtype": np.float64}
        # gensim scales n new documents up to all N + n and gives them the weight (offset + N / n) ** -decay against
        # what was there: with these, each document weighs the same
        options |= {"decay": 1.0, "offset": 2.0}
        model: Any = LdaModel(
            num_topics=len(self.topic_ids_),
            id2word=dictionary,
            minimum_probability=0.0,
            random_state=self.seed_ % 2**32,
            **options,
        )
        model.state.sstats[...] = pseudo_counts - least
        model.state.numdocs = model.num_updates = len(self.doc_lengths_)
        # What inference multiplies by: the estimate itself, where gensim would put exp(E[log phi]).
        model.expElogbeta = np.ascontiguousarray(self.topic_word_, dtype=np.float64)
        return model, dictionary

    def to_pyldavis(self) -> dict[str, Any]:
        """Return the arguments of ``pyLDAvis.prepare``, for ``pyLDAvis.prepare(**model.to_pyldavis())``.

        Words that occur nowhere and documents without words are left out: pyLDAvis divides by their counts. An
        excluded word has the probability 1e-12 in place of 0.

        Returns
        -------
        dict
            ``topic_term_dists`` (n_topics, n_kept_words) and ``doc_topic_dists`` (n_kept_docs, n_topics), float64,
            rows sum to 1; ``doc_lengths`` and ``term_frequency``, int64; ``vocab``, list of str; ``sort_topics``
            False, so that topics keep our order.

        Raises
        ------
        ParameterError
            If a (frozen) topic has only words that do not occur.
        """
        self._check_counts_are_known()
        words, docs = np.flatnonzero(self.word_counts_), np.flatnonzero(self.doc_lengths_)
        homeless = self.topic_ids_[self.topic_word_[:, words].sum(axis=1) == 0]
        if homeless.size:
            raise ParameterError(
                f"topic {homeless[0]!r} has no word that occurs in the corpus: pyLDAvis cannot show it"
            )
        return {
            "topic_term_dists": _normalized_rows(np.maximum(self.topic_word_[:, words], _LEAST_PROBABILITY)),
            "doc_topic_dists": _normalized_rows(self.doc_topic_[docs]),
            "doc_lengths": self.doc_lengths_[docs],
            "vocab": self.vocabulary_[words].tolist(),
            "term_frequency": self.word_counts_[words],
            "sort_topics": False,
        }

    def topic_words_frame(self, n_words: int = 20) -> pd.DataFrame:
        """Return the topics' most probable words as a table.

        Parameters
        ----------
        n_words : int, >= 1
            Rows per topic at most; words of probability zero are left out.

        Returns
        -------
        pandas.DataFrame
            ``topic`` (its id), ``share`` (of the corpus), ``rank`` (from 1), ``word``, ``p`` (of it in the topic).
        """
        check_is_fitted(self)
        topics = list_topics(
            self.topic_ids_.tolist(), self.topic_share_, self.topic_word_, self.vocabulary_, n_words=n_words
        )
        return topics_table(topics)

    def doc_topics_frame(self, index: Sequence[Any] | None = None) -> pd.DataFrame:
        """Return the training documents' mixtures as a table.

        Parameters
        ----------
        index : sequence of length n_docs, optional
            Names of the documents, such as ids of reviews.

        Returns
        -------
        pandas.DataFrame of shape (n_docs, n_topics), float32
            A column per topic, named by its id; rows sum to 1.

        Raises
        ------
        ParameterError
            If ``index`` has another length.
        """
        check_is_fitted(self)
        if index is not None and len(index) != len(self.doc_topic_):
            raise ParameterError(
                f"index must name every document: {len(self.doc_topic_)} of them; got {len(index)}"
            )
        return pd.DataFrame(self.doc_topic_, index=index, columns=self.topic_ids_.tolist())  # pyright: ignore

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the topics' ids: the names of the columns that ``transform`` makes.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of shape (n_topics,), str
        """
        check_is_fitted(self)
        return self.topic_ids_.copy()

    def _check_counts_are_known(self) -> None:
        check_is_fitted(self)
        if not hasattr(self, "word_counts_"):
            raise ParameterError(
                "this model was saved by an earlier version, without the words' counts; fit it again"
            )

    def _typical_doc_prior(self) -> NDArray[np.float64]:
        """Return alpha as one vector for all documents."""
        if not self.doc_prior_by_length_:
            return self.doc_prior_.astype(np.float64)
        return self.doc_prior_ * max(float(self.doc_lengths_.mean()), 1.0)


def _make_dictionary(words: NDArray[np.object_], counts: NDArray[np.int64], n_docs: int) -> "Dictionary":
    """Return gensim's dictionary of these words, numbered in their order."""
    from gensim.corpora import Dictionary

    dictionary = Dictionary()
    dictionary.token2id = {word: column for column, word in enumerate(words.tolist())}
    dictionary.id2token = dict(enumerate(words.tolist()))
    dictionary.cfs = dict(enumerate(counts.tolist()))
    dictionary.num_docs, dictionary.num_pos = n_docs, int(counts.sum())
    return dictionary


def _normalized_rows(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the rows as float64 that sum to 1."""
    exact = np.asarray(rows, np.float64)
    return exact / exact.sum(axis=1, keepdims=True)
