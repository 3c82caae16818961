"""Training figures for TensorBoard, written beside the progress bar."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.progress import Progress, ProgressCallback


@contextmanager
def logging_to(
    folder: Path | None, on_progress: ProgressCallback | None
) -> Iterator[ProgressCallback | None]:
    """Yield a listener that also writes every figure as a TensorBoard scalar; without a folder, the one given.

    Parameters
    ----------
    folder : Path or None
        For the event file; TensorFlow's writer collects and writes in a thread of its own.
    on_progress : callable or None
    """
    if folder is None:
        yield on_progress
        return
    from ...embeddings.devices import load_tensorflow

    tf = load_tensorflow()
    # tf.summary.scalar would need TensorBoard itself to be installed here
    kind = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = tf.compat.v1.SummaryMetadata(plugin_data=kind)
    writer = tf.summary.create_file_writer(str(folder))

    def listen(event: Progress) -> bool:
        with writer.as_default():
            for name, value in event.values.items():
                tf.summary.write(
                    name, tf.constant(value, tf.float32), step=int(event.done), metadata=metadata
                )
        return bool(on_progress(event)) if on_progress is not None else False

    try:
        yield listen
    finally:
        writer.close()
