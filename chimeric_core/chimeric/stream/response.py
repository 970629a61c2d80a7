"""The accumulated state of a call as what callers get: a ``CompletionResponse``."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

from msgspec.structs import replace

from chimeric.values.messages import TextPart
from chimeric.values.responses import AnswerPart, CompletionResponse
from chimeric.values.usage import MISSING, Usage

from .answer import Answer

__all__ = ["response_of"]


def response_of(answer: Answer) -> CompletionResponse:
    """What was delivered so far, as the caller's own copy."""
    turn = answer.turn
    metadatas = [*answer.turn_metadata, *([answer._metadata(turn)] if turn is not None else [])]
    metadata = dict(metadatas[-1]) if metadatas else {}
    history = list(answer.history)
    if turn is not None:
        message = answer._message(turn, None)
        if message.content or message.reasoning or message.tool_calls:
            history.append(message)
    usage = _usage(answer)
    if len(metadatas) > 1:
        metadata |= {"turns": metadatas, "usage": usage}
    return CompletionResponse(
        content=answer.log.text(),
        reasoning="".join(answer.reasoning) or None,
        refusal="".join(answer.refusal) or None,
        parts=_parts(answer),
        tool_calls=tuple(answer.tool_calls),
        tool_results=tuple(answer.tool_results),
        pending=answer.pending,
        usage=usage,
        model=metadata.get("model"),
        finish_reason=answer.finish_reason,
        metadata=metadata,
        messages=history,
        native=_native(answer),
        parsed=answer.parsed,
    )


def _parts(answer: Answer) -> tuple[AnswerPart, ...]:
    """The blocks of the answer; most have one of text."""
    texts = {place for _, place, start in answer.order if start < answer.log.size}
    if not (answer.shown or answer.reasoning or answer.tool_calls or len(texts) > 1):
        return (TextPart(answer.log.text()),) if answer.log.size else ()
    from .blocks.shown import parts_of

    return parts_of(answer)


def _usage(answer: Answer) -> Usage:
    """Token counts of all turns so far; ``partial`` when the last one did not get to them."""
    counts = list(answer.finished_usage)
    if answer.turn is not None:
        usage = answer.turn.usage
        counts.append(MISSING if usage is None else replace(usage, source="partial"))
    return reduce(add, counts) if counts else MISSING


def _native(answer: Answer) -> Any:
    if answer.last_event is None or answer.native is None or answer.withheld_by is not None:
        return None
    try:
        return answer.native(answer.last_event)
    except Exception:  # the answer is whole without it; an event that fails here failed before
        return None
