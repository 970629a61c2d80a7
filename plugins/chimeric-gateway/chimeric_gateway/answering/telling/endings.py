"""How an answer ended, and what it cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from chimeric_dialects import Answer, Done, FinishReason, Usage

import chimeric
from chimeric import CompletionResponse
from chimeric_gateway.refusal import Refusal

__all__ = ["done_of", "usage_of"]

REASONS: Final[Mapping[str, FinishReason]] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "pause": "pause",
    "other": "stop",
}

BROKEN: Final = ("error", "abort", "fail", "cancel")
"""What stands in an upstream's word for an answer that it gave up."""


def done_of(response: CompletionResponse[Any], answer: Answer, stops: Collection[str] = ()) -> Done:
    """The last step of an answer; its counts are the answer's from now on.

    Where the client has a whole call to run, the reason is ``tool_calls`` whatever the upstream
    calls it, since agents go by it; without any call it never is.

    Args:
        response: the answer as it ended.
        answer: what the client was told of it.
        stops: the texts that were to end it.

    Raises:
        Refusal: 502 for an answer that its upstream gave up, or that has no end.
    """
    native = response.metadata.get("finish_reason_native")
    told = response.finish_reason
    if told is None or (told == "other" and _is_broken(native)):
        raise Refusal(502, "The model's answer broke off before its end.")
    reason, sequence = _reason(REASONS[told], answer, is_other=told == "other"), None
    if reason == "stop":
        sequence = _sequence(response.metadata.get("finish_detail"), native, stops)
        reason = reason if sequence is None else "stop_sequence"
    if response.usage.source == "missing":
        answer.usage.known = False
    else:
        answer.usage = usage_of(response.usage)
    answer.done = Done(reason, answer.usage, sequence)
    return answer.done


def _reason(reason: FinishReason, answer: Answer, *, is_other: bool) -> FinishReason:
    calls = [block.whole for block in answer.blocks if block.kind == "call"]
    if reason == "tool_calls" and not calls:
        return "stop"
    if reason == "stop" and any(calls):
        return "tool_calls"
    if reason == "refusal" and not any(block.kind == "refusal" for block in answer.blocks):
        return "content_filter"  # nobody says why
    if is_other and calls:
        return "length"  # no call of it is whole: nobody is to run one
    return reason


def _is_broken(native: object) -> bool:
    return isinstance(native, str) and any(word in native.lower() for word in BROKEN)


def usage_of(usage: chimeric.Usage) -> Usage:
    """Counts as far as they are known."""
    return Usage(
        input=usage.prompt_tokens or 0,
        output=usage.completion_tokens or 0,
        reasoning=usage.reasoning_tokens or 0,
        cached=usage.cached_tokens or 0,
        cache_write=usage.cache_write_tokens or 0,
    )


def _sequence(detail: object, native: object, stops: Collection[str]) -> str | None:
    """The text that ended the answer, where the upstream tells it."""
    if isinstance(detail, str) and (native == "stop_sequence" or detail in stops):
        return detail
    return None
