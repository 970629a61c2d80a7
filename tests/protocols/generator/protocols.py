"""The protocols: who writes their streams, and who is asked for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from . import anthropic, chat, cohere, converse, gemini, ollama, responses
from .draw import Draw
from .stream import Stream

__all__ = ["PROTOCOLS", "WRITERS", "Served"]


class Served(msgspec.Struct, frozen=True):
    """The provider that speaks a protocol, and how it is asked."""

    provider: str
    api: str | None = None
    content_type: str = "text/event-stream"
    custom_tools: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """What ``generate`` is given besides."""
        return {} if self.api is None else {"api": self.api}


PROTOCOLS: dict[str, Served] = {
    "chat": Served("compatible"),
    "responses": Served("openai", api="responses", custom_tools=True),
    "anthropic": Served("anthropic"),
    "gemini": Served("google"),
    "converse": Served("bedrock", content_type="application/vnd.amazon.eventstream"),
    "cohere": Served("cohere"),
    "ollama": Served("ollama", content_type="application/x-ndjson"),
}
WRITERS: dict[str, Callable[[Draw], Stream]] = {
    "chat": chat.stream,
    "responses": responses.stream,
    "anthropic": anthropic.stream,
    "gemini": gemini.stream,
    "converse": converse.stream,
    "cohere": cohere.stream,
    "ollama": ollama.stream,
}
