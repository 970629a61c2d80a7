"""The lines of a batch's file: what each asks, and what tells one from another."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

__all__ = ["digest", "parse_line", "prompt_digest", "with_system"]


def parse_line(raw: bytes, number: int) -> dict[str, Any]:
    """One line as arguments of ``generate`` with an id.

    Raises:
        ValueError: when it is none; the text says why.
    """
    try:
        value = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(value, (str, dict)):
        raise ValueError("a line must be a string or an object")
    request: dict[str, Any] = {}
    request |= {"messages": value} if isinstance(value, str) else value
    if "prompt" in request:
        request.setdefault("messages", request.pop("prompt"))
    if request.setdefault("id", number) is None:
        request["id"] = number
    if isinstance(request["id"], bool) or not isinstance(request["id"], (str, int)):
        raise ValueError(f"id must be a string or a whole number, not {request['id']!r}")
    if request.get("stream") is not None or request.get("native") is not None:
        raise ValueError("stream and native have no meaning in a batch")
    if "messages" not in request:
        raise ValueError("there is no messages (or prompt)")
    return request


def with_system(request: dict[str, Any], system: str | None) -> dict[str, Any]:
    """The request with the system message of the command before its own.

    Raises:
        ValueError: when its messages are none.
    """
    if system is None:
        return request
    from chimeric import ChimericError, Message, normalize_messages

    try:
        messages = normalize_messages(request["messages"])
    except ChimericError as error:
        raise ValueError(error.message) from None
    return {**request, "messages": [Message("system", system), *messages]}


def prompt_digest(request: dict[str, Any]) -> str:
    """What tells one prompt from another, whatever its number and the order of its keys."""
    return digest({name: value for name, value in request.items() if name != "id"})


def digest(value: Any) -> str:
    """Sixteen letters for a value."""
    data = msgspec.json.encode(value, order="deterministic")
    return hashlib.sha256(data).hexdigest()[:16]
