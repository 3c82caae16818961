"""The process in which a refit runs: ``python -m bandscape.cli.exploring.refit_worker WORKSPACE``.

It loads what a refit needs, waits for one line of JSON on stdin (``round``, ``sweeps``, ``threads``), refits, says on
stdout how it stands, a line of JSON each time, and ends. When stdin closes before the line it ends at once. It may be
killed at any time: nothing half done is ever taken for done.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from ...core.errors import BandscapeError
from ...core.progress import Progress
from ...core.workspace import Workspace
from .. import steps
from .topic_desk import refuse_stale

_EVERY_S = 0.1


def main(root: Path) -> None:
    """Wait for the order, do it, end."""
    _load()
    _say(ready=True)
    line = sys.stdin.readline()
    if not line:
        return
    order = json.loads(line)
    try:
        _refit(Workspace(root), order)
    except BandscapeError as error:
        _say(error=str(error))
    except MemoryError:
        _say(error="out of memory; refit with fewer topics")
    except Exception as error:  # nobody sees this process's stderr
        where = "`bandscape --debug topics refit` shows its place"
        _say(error=f"{type(error).__name__}: {error} (this is a bug; {where})")


def _load() -> None:
    """Import what a refit needs, so that it begins at once."""
    from ... import datasets, topics
    from ...topics import keyword_report, lda, rounds  # noqa: F401

    topics.KeywordLDA  # noqa: B018 - rooms load their parts on first use
    datasets.PreparedText  # noqa: B018


def _refit(workspace: Workspace, order: dict[str, Any]) -> None:
    last = 0.0

    def tell(event: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_S or event.done in (0, event.total):
            last = now
            _say(stage=event.stage, done=event.done, total=event.total, values=dict(event.values))

    with workspace.writing() as opened:
        _say(stage="reading the texts and the round", done=0, total=None, values={})
        refuse_stale(opened, order["round"])
        record = steps.refit_topics(
            opened, n_sweeps=order["sweeps"], n_jobs=order["threads"], on_progress=tell
        )
        number = steps.current_round(opened)
        facts = steps.round_facts(opened, number)
    obeyed = [edit["obeyed"] for edit in facts["edits"]]
    _say(
        finished=number,
        parent=facts["parent"],
        topics=facts["topics"],
        seconds=record.seconds,
        unchanged=record.skipped,
        likelihood=facts["log_likelihood"],
        obeyed=sum(obeyed),
        edits=len(obeyed),
    )


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
