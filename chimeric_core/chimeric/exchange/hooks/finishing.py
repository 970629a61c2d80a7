"""``chimeric_finish_turn``: plugins see a whole turn before its tools run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric.errors import ConfigurationError, ToolLoopLimitError
from chimeric.exchange.call import Call
from chimeric.exchange.effects import RELEASE, Effect
from chimeric.exchange.tool_loop import not_run
from chimeric.stream.pipeline import ParseEvent
from chimeric.stream.turn import Turn
from chimeric.values.deltas import Delta, Event, Parsed, ToolCallDelta
from chimeric.values.hooks.finished_turn import FinishedTurn
from chimeric.values.messages import Message, normalize_messages

from .asking import returned

__all__ = ["gone_on", "keep", "kept", "seen"]


def seen(call: Call, turn: Turn) -> FinishedTurn:
    """What the plugins are shown of a turn, whose message is the last of the history."""
    answer = call.answer
    deltas = () if turn.goes_on else turn.deltas or ()  # a part alone is no answer
    return FinishedTurn(
        text=answer.turn_text(),
        reasoning=answer.turn_reasoning(),
        tool_calls=turn.calls(),
        finish_reason=answer.finish_reason,
        usage=turn.usage,
        deltas=tuple(Delta(text=item) if isinstance(item, str) else item for item in deltas),
        state=answer.history[-1].state,
    )


def gone_on(call: Call, turn: FinishedTurn) -> Generator[Effect, Any, bool]:
    """Ask the plugins; whether the call goes on with messages of theirs instead of tools.

    Raises:
        ToolLoopLimitError: when it would, and the rounds are used up.
    """
    context, answer = call.context, call.answer
    messages: list[Message] = []
    for link in call.hooks.of("chimeric_finish_turn"):
        out: Any = yield from returned(call, link, turn, context)
        if out is None or out == []:
            continue
        try:
            messages += normalize_messages(out)
        except ConfigurationError as error:
            raise link.wrong_return(out, f"return messages or None: {error.message}") from error
    if not messages:
        return False
    if context.turn >= context.request.max_turns:
        raise ToolLoopLimitError(
            f"a plugin still adds messages after {context.request.max_turns} rounds; raise "
            "max_turns, or look at partial.messages to see why it does not end"
        )
    yield RELEASE
    if turn.tool_calls:
        yield from not_run(call, turn.tool_calls)
    answer.history.extend(messages)
    context.turn += 1
    return True


def kept(parse: ParseEvent, turn: Turn) -> ParseEvent:
    """A parser that keeps all that it returns."""
    deltas = turn.deltas = []

    def keeping(event: Event, state: Any) -> Any:
        told = parse(event, state)
        keep(deltas, told)
        return told

    return keeping


def keep(deltas: list[Delta | str], told: Parsed) -> None:
    """Add what a parser told to what is kept."""
    if isinstance(told, (Delta, str)):
        deltas.append(told)
    elif isinstance(told, ToolCallDelta):
        deltas.append(Delta(tool_calls=(told,)))
    else:
        deltas.extend(told or ())
