"""Reviews of an earlier corpus found in the present one: by their ids, by their texts where the ids are row numbers.

An id ``row-17`` stands where a source has none. It names another review as soon as a row is put in or taken out, so a
round of such reviews keeps a hash of each text, by which they are known again wherever they stand.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.files import TableWriter, iterate_table, read_table
from ...core.workspace import Workspace
from .paths import REVIEWS, round_folder
from .records import topic_rounds

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = r"^row-\d+$"
_ROW_NUMBER = re.compile(_WHOLE)
_HASHES = "review_texts.parquet"
_BATCH = 16_384


def text_hash(text: str | None) -> str:
    """Return the sha256 of a text, in hexadecimal; how it is cut into lines and blanks plays no part."""
    return hashlib.sha256(" ".join((text or "").split()).encode("utf-8", "surrogatepass")).hexdigest()


def is_row_number(review_id: str) -> bool:
    """Return whether an id says only where the review stood."""
    return _ROW_NUMBER.match(review_id) is not None


def write_text_hashes(workspace: Workspace, folder: Path) -> None:
    """Write the hash of each text whose review is known by its row number, beside a round; nothing if none is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = iterate_table(workspace.verified(REVIEWS), ["review_id"])
    if not any(pc.any(pc.match_substring_regex(batch["review_id"], _WHOLE)).as_py() for batch in ids):
        return
    schema = pa.schema([("review_id", pa.string()), ("text_sha256", pa.string())])
    with TableWriter(folder / _HASHES, schema) as writer:
        for batch in iterate_table(workspace.verified(REVIEWS), ["review_id", "text"], _BATCH):
            pairs = zip(batch["review_id"].to_pylist(), batch["text"].to_pylist(), strict=True)
            kept = [(one, text_hash(text)) for one, text in pairs if text and is_row_number(one)]
            if kept:
                ids, hashes = zip(*kept, strict=True)
                writer.write(pa.table([pa.array(ids), pa.array(hashes)], schema=schema))


@dataclass(frozen=True)
class ReviewKeys:
    """By what the reviews of a round are known in the present corpus.

    Parameters
    ----------
    then : tuple of str or None
        Of each review with words of the round, in the order of its ``doc_topics.parquet``: its id or the hash of its
        text; None where it has neither.
    """

    then: "tuple[str | None, ...]"

    @property
    def is_complete(self) -> bool:
        """Whether at least half of the reviews can be known again."""
        return 2 * sum(one is not None for one in self.then) >= len(self.then)

    def now(
        self, workspace: Workspace, columns: tuple[str, ...] = ()
    ) -> "Iterator[tuple[pa.Array, pa.RecordBatch]]":
        """Yield the keys of the present reviews batch by batch, with their ids and other columns."""
        import pyarrow as pa

        known = set(self.then)
        wanted = list(dict.fromkeys(["review_id", "text", *columns]))
        for batch in iterate_table(workspace.verified(REVIEWS), wanted, _BATCH):
            pairs = zip(batch["review_id"].to_pylist(), batch["text"].to_pylist(), strict=True)
            yield pa.array([_key_now(one, text, known) for one, text in pairs], pa.string()), batch


def keys_of_round(workspace: Workspace, number: int) -> ReviewKeys:
    """Return by what the reviews of a round are known again."""
    folder = round_folder(number)
    ids = read_table(workspace.intact(f"{folder}/doc_topics.parquet"), ["review_id"])["review_id"].to_pylist()
    hashes: dict[str, str] = {}
    if f"{folder}/{_HASHES}" in topic_rounds(workspace)[number].outputs:  # not in rounds of earlier versions
        table = read_table(workspace.intact(f"{folder}/{_HASHES}"))
        hashes = dict(zip(table["review_id"].to_pylist(), table["text_sha256"].to_pylist(), strict=True))
    return ReviewKeys(tuple(hashes.get(one) if is_row_number(one) else one for one in ids))


def _key_now(review_id: str, text: str | None, known: set[str | None]) -> str | None:
    if review_id in known:
        return review_id
    return text_hash(text) if text else None
