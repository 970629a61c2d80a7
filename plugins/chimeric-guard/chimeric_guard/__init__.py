"""Guards: what a model says comes out only when it is approved, and what is said to it is checked.

Pass ``Guard(...)``, ``InputGuard(...)``, ``StopSequences(...)`` or ``ThinkTags(...)`` to a client.
``CHIMERIC_GUARD_WORDS`` (with commas) or ``CHIMERIC_GUARD_WORDS_FILE`` (one a line) forbid words in
all answers of a process, ``CHIMERIC_GUARD_PROMPTS=1`` in prompts, too: they are read when the
process loads its plugins.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chimeric import Context, StreamProcessor, hookimpl

if TYPE_CHECKING:
    from .forbidden import patterns, words
    from .guard import Guard
    from .input_guard import InputGuard
    from .moderation import Moderation
    from .stop_sequences import StopSequences
    from .think_tags import ThinkTags
    from .verdicts import Passage, Refuse, Replace

__all__ = [
    "Guard",
    "InputGuard",
    "Moderation",
    "Passage",
    "Refuse",
    "Replace",
    "StopSequences",
    "ThinkTags",
    "chimeric_stream_processor",
    "patterns",
    "words",
]

WHERE = {
    "Guard": "guard",
    "InputGuard": "input_guard",
    "Moderation": "moderation",
    "Passage": "verdicts",
    "Refuse": "verdicts",
    "Replace": "verdicts",
    "StopSequences": "stop_sequences",
    "ThinkTags": "think_tags",
    "patterns": "forbidden",
    "words": "forbidden",
}

chimeric_api = (2, 2)
chimeric_phase = "guard"


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without guards loads nothing."""
    if name == "chimeric_idle":
        return not _is_asked_for()
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


def _is_asked_for() -> bool:
    names = ("CHIMERIC_GUARD_WORDS", "CHIMERIC_GUARD_WORDS_FILE")
    return any(os.environ.get(name) for name in names)


if _is_asked_for() and os.environ.get("CHIMERIC_GUARD_PROMPTS", "") not in ("", "0"):
    # It costs each call something wherever it is, whatever it does.
    from .environment import chimeric_prepare_request as chimeric_prepare_request


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """What ``CHIMERIC_GUARD_WORDS`` asks for at each chunk, or nothing."""
    if not _is_asked_for():
        return None
    from .environment import guard

    return guard().chimeric_stream_processor(context)
