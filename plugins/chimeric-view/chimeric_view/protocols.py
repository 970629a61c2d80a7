"""Which provider's plugin reads an answer, and as which of its protocols."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from chimeric_record import Exchange

__all__ = ["Protocol", "options_of", "protocol_of", "streams"]


class Protocol(NamedTuple):
    """A protocol as its URLs tell it.

    Attributes:
        ending: how the path of its requests ends.
        provider: whose plugin reads it, where the recording names none.
        api: the word that providers with several protocols have for it, or "".
        stream: whether it is that of streams alone; None where the request's body says so.
    """

    ending: str
    provider: str
    api: str = ""
    stream: bool | None = None


PROTOCOLS = (
    Protocol("/chat/completions", "compatible", "chat_completions"),
    Protocol("/responses", "openai", "responses"),
    Protocol("/interactions", "google", "interactions"),
    Protocol("/messages", "anthropic", "messages"),
    Protocol(":streamGenerateContent", "google", "", True),
    Protocol(":generateContent", "google", "", False),
    Protocol(":streamRawPredict", "vertex", "", True),
    Protocol(":rawPredict", "vertex", "", False),
    Protocol("/converse-stream", "bedrock", "converse", True),
    Protocol("/converse", "bedrock", "converse", False),
    Protocol("/invoke-with-response-stream", "bedrock", "invoke", True),
    Protocol("/invoke", "bedrock", "invoke", False),
    Protocol("/api/chat", "ollama"),
    Protocol("/v2/chat", "cohere"),
)


def protocol_of(exchange: Exchange) -> Protocol | None:
    """The protocol of an exchange; None for one whose path tells nothing."""
    path = urlsplit(exchange.request.url).path.replace("%3A", ":")
    return next((known for known in PROTOCOLS if path.endswith(known.ending)), None)


def options_of(protocol: Protocol | None, known: tuple[str, ...]) -> dict[str, Any]:
    """The provider's options that make it speak that protocol; ``known`` are those it has."""
    return {"api": protocol.api} if protocol and protocol.api and "api" in known else {}


def streams(exchange: Exchange, protocol: Protocol | None) -> bool:
    """Whether the request asked for a stream."""
    if protocol is not None and protocol.stream is not None:
        return protocol.stream
    body: Any = exchange.request.body
    if isinstance(body, dict) and (asked := cast("dict[str, Any]", body).get("stream")) is not None:
        return bool(asked)
    if exchange.asked is not None:
        return exchange.asked.stream
    return "event-stream" in exchange.headers.get("content-type", "")
