"""Events of Anthropic's stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimeric import Delta

Stream = Callable[..., list[Delta]]


def start(id_: str | None = "msg_1", **usage: Any) -> dict[str, Any]:
    counts = {"input_tokens": 12, "output_tokens": 1, **usage}
    return {"type": "message_start", "message": {"id": id_, "model": "claude", "usage": counts}}


def block(index: int | None, **value: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": value}


def delta(index: int | None, kind: str, **value: Any) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": f"{kind}_delta", **value},
    }


def stop(index: int | None) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def finish(reason: str | None, **more: Any) -> dict[str, Any]:
    usage = more.pop("usage", {"output_tokens": 6})
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}, "usage": usage}


END = {"type": "message_stop"}


def text_of(deltas: list[Delta]) -> str:
    return "".join(d.text or "" for d in deltas)
