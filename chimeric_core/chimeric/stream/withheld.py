"""What is told of an answer whose text a processor withholds: what was released, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from chimeric.errors import ChimericError, ProtocolError, ProviderError, warn_of_plugin
from chimeric.values.chunks import More

from .turn import Turn

if TYPE_CHECKING:
    from .answer import Answer

__all__ = ["bare", "conceal", "released", "tell_of_reasoning"]

IDENTITY = {"provider", "model", "id", "request_id", "usage"}
"""What metadata tell besides what was answered."""


def released(metadata: dict[str, Any], turn: Turn) -> dict[str, Any]:
    """Metadata without what the provider told of a turn, but for who it is and what it took."""
    hidden = turn.metadata().keys() - IDENTITY
    return {name: value for name, value in metadata.items() if name not in hidden}


def bare(more: More, turn: Turn | None) -> More:
    """What a chunk has besides its text, without the provider's own words for it."""
    metadata = more.metadata
    if metadata and turn is not None:
        metadata = released(metadata, turn)
    return More(
        metadata,
        tuple(replace(tool, native=None) for tool in more.server_tools),
        tuple(replace(citation, native=None) for citation in more.citations),
        more.files,
        more.logprobs,
    )


def conceal(error: ChimericError) -> None:
    """Take what was received, and perhaps never released, out of an error."""
    if isinstance(error, ProtocolError):
        error.raw = b""
    elif isinstance(error, ProviderError):
        error.body = None


def tell_of_reasoning(answer: Answer, turn: Turn, plugin: str) -> None:
    """Say once that the next turn does without the reasoning of this one."""
    if answer._echo_told or not (answer.turn_reasoning() or turn.state):
        return
    answer._echo_told = True
    warn_of_plugin(
        f"middleware {plugin!r} withholds text: reasoning and opaque state of the answer are not "
        "kept in the conversation, and the model does not get them back"
    )
