"""Messages to go on with after a pause: what somebody decided about the calls that waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import Message, ToolCall

from .tool_results import is_answered, message_of_result, with_results

if TYPE_CHECKING:
    from chimeric.values.responses import CompletionResponse

__all__ = ["Decision", "decided", "denied", "to_approve"]

Decision: TypeAlias = "bool | str | ToolExecutionResult"


def denied(call: ToolCall, reason: str) -> ToolExecutionResult:
    """The result of a call that must not run."""
    text = f"denied: {reason or 'the call was denied'}"
    return ToolExecutionResult(call.id, call.name, call.arguments, text, is_error=True)


def decided(response: CompletionResponse[Any], decisions: Mapping[str, Decision]) -> list[Message]:
    """The messages of a response with what was decided about its pending calls.

    Raises:
        ConfigurationError: as ``CompletionResponse.resume``.
    """
    given: Any = decisions
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            "resume takes a dict from call ids to decisions, such as {call.id: True for call in "
            f"response.pending}}, not {type(decisions).__name__}"
        )
    pending = {call.id: call for call in response.pending}
    _same_calls(pending, decisions)
    results: dict[str, Message] = {}
    approved: list[str] = []
    for call_id, call in pending.items():
        makers = [m for m in response.messages if any(c.id == call_id for c in m.tool_calls)]
        if not makers:
            raise ConfigurationError(
                f"response.messages has no call {call_id!r}: resume with the messages of the same "
                "response, unchanged"
            )
        if is_answered(call, response.messages[_last(response.messages, call_id) + 1 :]):
            raise ConfigurationError(
                f"the call {call_id!r} has a result in response.messages already"
            )
        result = _result(call, decisions[call_id])
        if result is None:
            approved.append(call_id)
        else:
            results[call_id] = message_of_result(result)
    messages = with_results(response.messages, results)
    for call_id in approved:
        place = _last(messages, call_id)
        message = messages[place]
        messages[place] = msgspec.structs.replace(message, approved=(*message.approved, call_id))
    return messages


def _same_calls(pending: Mapping[str, ToolCall], decisions: Mapping[str, Any]) -> None:
    named = ", ".join(f"{call_id!r} ({call.name})" for call_id, call in pending.items())
    for call_id in decisions:
        if call_id not in pending:
            waits = f"pending are: {named}" if named else "no call of this response is pending"
            raise ConfigurationError(f"no call {call_id!r} is pending in this response; {waits}")
    for call_id, call in pending.items():
        if call_id not in decisions:
            raise ConfigurationError(
                f"the call {call_id!r} ({call.name}) has no decision: decide every pending call "
                "with True, False, a reason to deny it, or a ToolExecutionResult"
            )
    if not pending:
        raise ConfigurationError("no call of this response is pending: there is nothing to resume")


def _result(call: ToolCall, decision: Decision) -> ToolExecutionResult | None:
    """The result that a decision makes, or None where the call is to run."""
    if decision is True:
        return None
    if decision is False or isinstance(decision, str):
        return denied(call, decision or "")
    if not isinstance(decision, ToolExecutionResult):
        raise ConfigurationError(
            f"the decision about the call {call.id!r} must be True, False, a reason to deny it, "
            f"or a ToolExecutionResult, not {type(decision).__name__}"
        )
    if decision.call_id != call.id or decision.status != "completed":
        raise ConfigurationError(
            f"the result for the call {call.id!r} has the call_id {decision.call_id!r} and the "
            f"status {decision.status!r}: give a completed result of that call"
        )
    return decision


def _last(messages: Sequence[Message], call_id: str) -> int:
    """The place of the last message that made a call of this id."""
    places = range(len(messages) - 1, -1, -1)
    return next(p for p in places if any(c.id == call_id for c in messages[p].tool_calls))


def to_approve(messages: Sequence[Message]) -> list[ToolCall]:
    """The calls that were approved, and are to run.

    Raises:
        ConfigurationError: for an approval of a call that its message did not make, or that has a
            result: nothing runs twice.
    """
    calls: list[ToolCall] = []
    for place, message in enumerate(messages):
        made = {call.id: call for call in message.tool_calls}
        for call_id in message.approved:
            call = made.get(call_id)
            if call is None:
                raise ConfigurationError(
                    f"messages[{place}] approves the call {call_id!r}, and did not make it: pass "
                    "the messages that resume() returned as they are"
                )
            if is_answered(call, messages[place + 1 :]):
                raise ConfigurationError(
                    f"messages[{place}] approves the call {call_id!r}, which has a result: pass "
                    "the messages that resume() returned once, and go on with response.messages"
                )
            calls.append(call)
    return calls
