"""What upstreams say in these tests, with fields and events that nobody knows."""

from __future__ import annotations

from typing import Any

HEAD: dict[str, Any] = {
    "id": "chatcmpl-up",
    "object": "chat.completion.chunk",
    "created": 1790000000,
    "model": "real-model-2026",
    "system_fingerprint": "fp_1",
    "x_region": "north",
}


def chat(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk of chat completions."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "x_choice": 1}
    return {**HEAD, "choices": [choice], **more}


USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "x_joules": 7}

CHAT: list[Any] = [
    chat({"role": "assistant", "content": ""}, x_prompt="seen"),
    chat({"content": "Hel"}, x_first=True),
    chat({"content": "lo"}),
    chat({"content": " there", "x_tone": "warm"}),
    chat({}, "stop", x_stop="done"),
    {**HEAD, "choices": [], "usage": USAGE},
    b"[DONE]",
]

MESSAGE: dict[str, Any] = {
    "id": "msg_up",
    "type": "message",
    "role": "assistant",
    "model": "real-model-2026",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 1, "x_joules": 7},
    "x_region": "north",
}


def delta(index: int, kind: str, **of: Any) -> dict[str, Any]:
    """A delta of a block of Messages."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **of}}


MESSAGES: list[Any] = [
    {"type": "message_start", "message": MESSAGE},
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {**delta(0, "text_delta", text="Hel"), "x_first": True},
    delta(0, "text_delta", text="lo"),
    {"type": "weather_report", "sky": "blue"},
    delta(0, "text_delta", text=" there"),
    {"type": "content_block_stop", "index": 0, "x_stopped": True},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None, "x_why": "done"},
        "usage": {"output_tokens": 2, "x_joules": 8},
    },
    {"type": "message_stop", "x_bye": True},
]

RESPONSE: dict[str, Any] = {
    "id": "resp_up",
    "object": "response",
    "created_at": 1790000000,
    "status": "in_progress",
    "model": "real-model-2026",
    "output": [],
    "x_region": "north",
}
ITEM: dict[str, Any] = {"id": "msg_up", "type": "message", "role": "assistant", "x_item": 1}
AT = {"item_id": "msg_up", "output_index": 0, "content_index": 0}


def part(text: str) -> dict[str, Any]:
    """A text."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def whole(text: str = "Hello there") -> dict[str, Any]:
    """The message."""
    return {**ITEM, "status": "completed", "content": [part(text)]}


COUNTS = {
    "input_tokens": 3,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 5,
    "x_joules": 7,
}


def response(**more: Any) -> dict[str, Any]:
    """The whole response."""
    done = {"status": "completed", "output": [whole()], "usage": COUNTS, "x_cost": 4}
    return {**RESPONSE, **done, **more}


def numbered(events: list[dict[str, Any]]) -> list[Any]:
    """Events with their numbers."""
    return [{**event, "sequence_number": n} for n, event in enumerate(events)]


def responses(*texts: str) -> list[Any]:
    """The events of a text."""
    said = "".join(texts)
    added = {**ITEM, "status": "in_progress", "content": []}
    return numbered(
        [
            {"type": "response.created", "response": RESPONSE, "x_first": True},
            {"type": "response.in_progress", "response": RESPONSE},
            {"type": "keepalive"},
            {"type": "response.output_item.added", "output_index": 0, "item": added},
            {"type": "response.content_part.added", **AT, "part": part("")},
            *(
                {"type": "response.output_text.delta", **AT, "delta": text, "x_tone": "warm"}
                for text in texts
            ),
            {"type": "response.weather.report", "sky": "blue"},
            {"type": "response.output_text.done", **AT, "text": said},
            {"type": "response.content_part.done", **AT, "part": part(said)},
            {"type": "response.output_item.done", "output_index": 0, "item": whole(said)},
            {"type": "response.completed", "response": response(output=[whole(said)])},
        ]
    )


RESPONSES: list[Any] = responses("Hel", "lo", " there")

ALL: dict[str, list[Any]] = {
    "chat_completions": CHAT,
    "messages": MESSAGES,
    "responses": RESPONSES,
}
