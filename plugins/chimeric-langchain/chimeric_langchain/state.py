"""What a provider wants echoed back (signatures, encrypted reasoning), kept in a message.

It stands in ``AIMessage.additional_kwargs``, so it is stored wherever the history is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from langchain_core.messages import AIMessage

from chimeric import CompletionResponse, ProviderState

__all__ = ["state_of", "stored"]

KEY = "chimeric_state"


def stored(response: CompletionResponse) -> dict[str, Any]:
    """What to keep in ``additional_kwargs`` of an answer."""
    last = response.messages[-1] if response.messages else None
    if last is None or last.role != "assistant" or last.state is None:
        return {}
    calls = [(call.id, call.name, _parsed(call.arguments)) for call in response.tool_calls]
    items = msgspec.to_builtins(last.state.items)
    return {KEY: {"api": last.state.api, "items": items, "of": _mark(response.text, calls)}}


def state_of(message: AIMessage) -> ProviderState | None:
    """The state of an answer; None where the message was changed since, which it would undo."""
    kept: Mapping[str, Any] | None = message.additional_kwargs.get(KEY)
    calls = [(call["id"], call["name"], call["args"]) for call in message.tool_calls]
    if not kept or kept["of"] != _mark(str(message.text), calls):
        return None
    return ProviderState(kept["api"], list(kept["items"]))


def _parsed(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        return arguments


def _mark(text: str, calls: Iterable[tuple[Any, Any, Any]]) -> str:
    said = msgspec.json.encode([text, *calls], order="sorted")
    return hashlib.sha256(said).hexdigest()[:16]
