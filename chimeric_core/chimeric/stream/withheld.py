"""What is told of an answer whose text a processor withholds: what was released, and no more."""

from __future__ import annotations

import warnings
from typing import Any

from chimeric.errors import ChimericError, PluginWarning, ProtocolError, ProviderError

from .answer import Turn

__all__ = ["conceal", "released", "tell_of_reasoning"]

IDENTITY = {"provider", "model", "id", "request_id", "usage"}
"""What metadata tell besides what was answered."""


def released(metadata: dict[str, Any], turn: Turn) -> dict[str, Any]:
    """Metadata without what the provider told of a turn, but for who it is and what it took."""
    hidden = turn.metadata().keys() - IDENTITY
    return {name: value for name, value in metadata.items() if name not in hidden}


def conceal(error: ChimericError) -> None:
    """Take what was received, and perhaps never released, out of an error."""
    if isinstance(error, ProtocolError):
        error.raw = b""
    elif isinstance(error, ProviderError):
        error.body = None


def tell_of_reasoning(plugin: str) -> None:
    """Say that the next turn does without the reasoning of this one."""
    text = (
        f"middleware {plugin!r} withholds text: reasoning and opaque state of the answer are not "
        "kept in the conversation, and the model does not get them back"
    )
    warnings.warn(PluginWarning(text), stacklevel=2)
