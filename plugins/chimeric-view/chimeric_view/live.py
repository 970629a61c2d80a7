"""A call that is made now, and recorded for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from chimeric_record import Record, load

from chimeric import Chimeric, ChimericError

__all__ = ["record"]


def record(
    directory: Path, model: str, prompt: str, params: dict[str, Any]
) -> tuple[list[Path], ChimericError | None]:
    """Stream an answer and record it: the files in the order of sending, and what it failed with.

    Ctrl-C ends the call; what had come until then is in the files.
    """
    failed = None
    with Chimeric(plugins=[Record(directory, "record")]) as client:
        try:
            with client.generate(model, prompt, True, **params) as stream:
                for _ in stream:
                    pass
        except ChimericError as error:
            failed = error
        except KeyboardInterrupt:
            pass
    return sorted(directory.glob("*.json"), key=_date), failed


def _date(path: Path) -> float:
    try:
        asked = load(path).asked
    except msgspec.DecodeError:
        return 0.0
    return asked.date if asked is not None else 0.0
