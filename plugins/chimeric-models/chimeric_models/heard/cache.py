"""Cache points in unified form: ``prompt_cache``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from chimeric import (
    AudioPart,
    ConfigurationError,
    Message,
    NativePart,
    Part,
    Request,
    TextPart,
)

if TYPE_CHECKING:
    from .request import Takes

__all__ = ["with_cache_points"]

NAME = "prompt_cache"

WORDS = ("tools", "system", "messages")


def with_cache_points(request: Request, takes: Takes, dropped: list[str]) -> Request:
    """The request with a cache point wherever ``prompt_cache`` sets one.

    It is ``True`` (all that is said), places, or ``{"at": places, "ttl": "1h"}``. A place is
    ``"tools"``, ``"system"`` or ``"messages"``, each up to its end, or the number of a message.

    Raises:
        ConfigurationError: for what is none of these, or a message that is not there.
    """
    if NAME not in request.extra:
        return request
    places, ttl = _read(request.extra[NAME])
    rest = {name: value for name, value in request.extra.items() if name != NAME}
    request = request.replace(extra=rest)
    if not places:
        return request
    if not takes.cache:
        dropped.append(f"prompt_cache: {request.model} at {takes.service} takes no cache points")
        return request
    mark: dict[str, Any] = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    if takes.cache == "prompt_cache_breakpoint":
        mark = {"mode": "explicit"}
        if ttl:
            dropped.append(f"the ttl of prompt_cache: {takes.service} has none of a single point")
    for place in places:
        marked = _marked(request, place, takes, mark)
        if marked is None:
            dropped.append(f"prompt_cache: no cache point can be set at {place!r}")
        else:
            request = marked
    return request


def _read(given: Any) -> tuple[list[str | int], str | None]:
    ttl: Any = None
    if isinstance(given, Mapping):
        told = cast("Mapping[str, Any]", given)
        if set(told) - {"at", "ttl"}:
            raise _unknown(given)
        given, ttl = told.get("at", True), told.get("ttl")
    if given is True or given is False:
        return (["messages"] if given else []), ttl
    places: list[Any] = [given] if isinstance(given, (str, int)) else given
    if not isinstance(places, (list, tuple)) or not all(
        place in WORDS if isinstance(place, str) else type(place) is int for place in places
    ):
        raise _unknown(given)
    return list(places), ttl


def _unknown(given: Any) -> ConfigurationError:
    return ConfigurationError(
        "prompt_cache is True, or places: 'tools', 'system', 'messages' or the number of a "
        f"message, or {{'at': places, 'ttl': ...}}; not {given!r}"
    )


def _marked(
    request: Request, place: str | int, takes: Takes, mark: Mapping[str, Any]
) -> Request | None:
    if place == "tools":
        if not request.tools or request.tools[-1].native is not None or not takes.tools_cached:
            return None
        last = request.tools[-1]
        extra = {**(last.extra or {}), takes.cache: dict(mark)}
        return request.replace(
            tools=(*request.tools[:-1], msgspec.structs.replace(last, extra=extra))
        )
    messages = list(request.messages)
    numbers = _numbers(messages, place)
    for number in numbers:
        if (message := _with_point(messages[number], {takes.cache: dict(mark)})) is not None:
            messages[number] = message
            return request.replace(messages=tuple(messages))
    return None


def _numbers(messages: list[Message], place: str | int) -> list[int]:
    """The message that is meant, and those before it: the next best where it takes no point."""
    if isinstance(place, int):
        if not -len(messages) <= place < len(messages):
            raise ConfigurationError(f"prompt_cache: there is no messages[{place}]")
        return list(range(place % len(messages), -1, -1))
    if place == "system":
        told = [n for n, m in enumerate(messages) if m.role in ("system", "developer")]
        return told[::-1]
    return list(range(len(messages) - 1, -1, -1))


def _with_point(message: Message, point: Mapping[str, Any]) -> Message | None:
    """The message with a point on its last part; None where none can stand."""
    if message.role == "tool":
        return msgspec.structs.replace(message, extra={**(message.extra or {}), **point})
    if message.state is not None or not message.parts:
        return None  # it goes back as it came, or says nothing
    *before, last = message.parts
    if isinstance(last, (NativePart, AudioPart)) or (isinstance(last, TextPart) and not last.text):
        return None
    marked: Part = msgspec.structs.replace(last, extra={**(last.extra or {}), **point})
    return msgspec.structs.replace(message, content=(*before, marked))
