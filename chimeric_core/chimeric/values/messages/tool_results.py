"""Results of tools in a conversation: what they hold, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from chimeric.schema.json_values import encode_value
from chimeric.values.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    Part,
    TextPart,
    ToolCall,
)

if TYPE_CHECKING:
    from chimeric.values.chunks import ToolExecutionResult

__all__ = [
    "described",
    "is_answered",
    "label_of",
    "message_of_result",
    "parts_of",
    "settled",
    "with_results",
]

NO_RESULT: Final = "not run, or ended before it had a result"
"""What a model reads of a call that nobody has answered."""

MEDIA: Final = (ImagePart, AudioPart, FilePart)


def parts_of(value: Any) -> tuple[Part, ...] | None:
    """What a tool returned as parts, if there are pictures, sounds or files in it.

    Raises:
        TypeError: when something beside them has no JSON form.
    """
    items = cast("Sequence[Any]", value) if isinstance(value, (list, tuple)) else (value,)
    if not any(isinstance(item, MEDIA) for item in items):
        return None
    return tuple(item if isinstance(item, MEDIA) else _text(item) for item in items)


def described(parts: Iterable[Part]) -> str:
    """Parts in words: their text, and what each other one is."""
    return "\n".join(
        part.text if isinstance(part, TextPart) else part.label if isinstance(part, MEDIA) else ""
        for part in parts
    )


def label_of(part: Any) -> str:
    """What a part of media is, in a few words."""
    size = None if part.data is None else f"{len(part.data) * 3 // 4} bytes"
    known = [text for text in (part.media_type, size or part.url or part.file_id) if text]
    kind = type(part).__name__.removesuffix("Part").lower()
    return f"[{kind}: {', '.join(known)}]" if known else f"[{kind}]"


def _text(item: Any) -> TextPart:
    text = item.text if isinstance(item, TextPart) else encode_value(item)
    return TextPart(text.encode("utf-8", "replace").decode())


def message_of_result(result: ToolExecutionResult) -> Message:
    """The message that tells the model of a result."""
    return Message(
        "tool",
        result.parts or result.output,
        tool_call_id=result.call_id,
        name=result.name,
        is_error=result.is_error,
    )


def with_results(messages: Sequence[Message], results: Mapping[str, Message]) -> list[Message]:
    """The messages with results of calls that have none, where the calls' order puts them.

    An id counts for the last message that made such a call. What is approved there is run then,
    and no longer approved.
    """
    left, out = dict(results), list(messages)
    for place in range(len(out) - 1, -1, -1):
        message = out[place]
        new = [left.pop(call.id) for call in message.tool_calls if call.id in left]
        if not new:
            continue
        end = _end_of_results(out, place)
        order = {call.id: number for number, call in enumerate(message.tool_calls)}
        told = [*out[place + 1 : end], *new]
        told.sort(key=lambda result: order.get(result.tool_call_id or "", len(order)))
        open_ids = tuple(id_ for id_ in message.approved if id_ not in results)
        out[place:end] = [msgspec.structs.replace(message, approved=open_ids), *told]
    return out


def settled(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages as providers take them: each call has a result, if one that says it has none."""
    out: list[Message] = []
    for place, message in enumerate(messages):
        if out and message.role != "tool":
            out += _missing(messages, place)
        out.append(message)
    return (*out, *_missing(messages, len(messages)))


def _missing(messages: Sequence[Message], end: int) -> list[Message]:
    """Results for the calls of the message whose results end there, as far as they have none."""
    start = end
    while start and messages[start - 1].role == "tool":
        start -= 1
    calls = messages[start - 1].tool_calls if start else ()
    if not calls:
        return []
    # Results without an id answer calls one after the other, also behind a word of the system.
    later = takewhile(lambda message: not message.tool_calls, messages[start:])
    loose = sum(message.role == "tool" and not message.tool_call_id for message in later)
    missing = [call for call in calls if not is_answered(call, messages[start:])][loose:]
    return [
        Message("tool", NO_RESULT, tool_call_id=call.id, name=call.name, is_error=True)
        for call in missing
    ]


def is_answered(call: ToolCall, after: Iterable[Message]) -> bool:
    """Whether one of the messages after a call is its result."""
    if not call.id:
        return False
    for message in after:
        if message.role == "tool" and message.tool_call_id == call.id:
            return True
        if any(later.id == call.id for later in message.tool_calls):
            return False  # some servers count the calls of each turn anew
    return False


def _end_of_results(messages: Sequence[Message], place: int) -> int:
    """Where the results that follow a message end."""
    end = place + 1
    while end < len(messages) and messages[end].role == "tool":
        end += 1
    return end
