"""What an answer holds besides its text, told whole."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_chat_completions import compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import Delta, HTTPResponse, Request


def whole(message: dict[str, Any], /, **top: Any) -> list[Delta]:
    """What an answer tells that was not streamed."""
    state = ChatState(compatible.DIALECT, Request(model="m", messages=(), **top.pop("asked", {})))
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **top}
    delta = state.parse_response(
        HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    )
    return delta if isinstance(delta, list) else [delta]


def files(deltas: list[Delta]) -> list[Any]:
    return [file for delta in deltas for file in delta.files]


TOKEN = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}
ODD: tuple[Any, ...] = (None, 7, "x", {}, [], [None, 7, "x", [], {}], {"type": 7}, [{"type": []}])
