"""A scikit-learn pipeline from texts to topics. Public name: :class:`TopicPipeline`."""

from typing import Any, Self

from sklearn.pipeline import Pipeline


class TopicPipeline(Pipeline):
    """A scikit-learn ``Pipeline`` from texts to topics in which keywords find their words.

    scikit-learn hands the counts from step to step without the words of their columns. This pipeline tells its last
    step, a ``KeywordLDA``, the words of the step before it when it is fitted; cloned and refitted, as by
    ``GridSearchCV``, it does the same. All else is scikit-learn's.

    Parameters
    ----------
    steps : list of (str, estimator)
        The last is a ``KeywordLDA``, the one before it has ``get_feature_names_out``, as ``CountVectorizer`` has.
    transform_input, memory, verbose
        As of ``sklearn.pipeline.Pipeline``.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from bandscape.topics import KeywordLDA, TopicPipeline
    >>> topics = [{"id": "drone", "keywords": ["hum"]}, {"id": "pop", "keywords": ["hook"]}]
    >>> lda = KeywordLDA(topics=topics, n_sweeps=50, n_samples=10)
    >>> pipeline = TopicPipeline([("counts", CountVectorizer()), ("topics", lda)])
    >>> mixtures = pipeline.fit_transform(["hum fuzz hum", "a hook, a chorus", "fuzz and hum", "chorus, hook, hook"])
    >>> [str(lda.topic_ids_[row.argmax()]) for row in mixtures]
    ['drone', 'pop', 'drone', 'pop']
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit all steps, the last with the words of the one before it.

        Parameters
        ----------
        X : sequence of str
            Whatever the first step takes.
        y : ignored
        **params
            As of ``sklearn.pipeline.Pipeline.fit``.
        """
        return super().fit(X, y, **self._with_words(params))

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit as :meth:`fit` does, and return the mixtures of the same documents."""
        return super().fit_transform(X, y, **self._with_words(params))

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose the form of the mixtures ("pandas": a data frame); the counts between the steps stay sparse."""
        self.steps[-1][1].set_output(transform=transform)
        return self

    def _with_words(self, params: dict[str, Any]) -> dict[str, Any]:
        return {f"{self.steps[-1][0]}__vocabulary": _WordsBeforeLastStep(self), **params}


class _WordsBeforeLastStep:
    """Asks a pipeline for its words when they are needed: by then, and not before, the first steps are fitted."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def get_feature_names_out(self) -> Any:
        return self.pipeline[:-1].get_feature_names_out()
