"""What a provider wants echoed back (signatures, encrypted reasoning), kept in a history.

It stands in ``ModelResponse.provider_details``, so it is stored wherever the history is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart

from chimeric import CompletionResponse, ProviderState

__all__ = ["state_of", "stored"]

KEY = "chimeric_state"


def stored(response: CompletionResponse, parts: Sequence[Any]) -> dict[str, Any]:
    """What to keep in ``provider_details`` of the answer that has these parts."""
    last = response.messages[-1] if response.messages else None
    if last is None or last.role != "assistant" or last.state is None:
        return {}
    items = msgspec.to_builtins(last.state.items)
    return {KEY: {"api": last.state.api, "items": items, "of": _mark(parts)}}


def state_of(message: ModelResponse) -> ProviderState | None:
    """The state of an answer; None where its parts were changed since, which it would undo."""
    kept: Any = (message.provider_details or {}).get(KEY)
    if not kept or kept["of"] != _mark(message.parts):
        return None
    return ProviderState(kept["api"], list(kept["items"]))


def _mark(parts: Sequence[Any]) -> str:
    said = [part.content for part in parts if isinstance(part, TextPart)]
    called = [
        [part.tool_call_id, part.tool_name, part.args_as_json_str()]
        for part in parts
        if isinstance(part, ToolCallPart)
    ]
    return hashlib.sha256(msgspec.json.encode([said, called])).hexdigest()[:16]
