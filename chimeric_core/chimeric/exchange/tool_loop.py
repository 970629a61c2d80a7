"""The rounds of tool calls between two turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chimeric.errors import ToolLoopLimitError
from chimeric.values.chunks import Source, StreamChunk, ToolExecutionResult
from chimeric.values.messages import Message, ToolCall
from chimeric.values.tools import Tool

from .attempt import emitted
from .call import Call
from .effects import Emit, Flow, RunTools

__all__ = ["calls_to_run", "not_run", "run_calls"]


def calls_to_run(call: Call, calls: Sequence[ToolCall]) -> Sequence[ToolCall] | None:
    """The calls that the loop answers, or None when the stream ends here.

    It ends when the model asked for nothing, when it may not go on (cut off, refused), or when
    one of the calls is for a tool that the caller runs, or for something that is no function.

    Raises:
        ToolLoopLimitError: when the rounds are used up.
    """
    if call.answer.finish_reason != "tool_calls" or not calls:
        return None
    tools = offered(call)
    if not any(tool.function is not None for tool in tools.values()):
        return None
    for wanted in calls:
        tool = tools.get(wanted.name)
        if tool is None and wanted.kind not in ("function", "custom"):
            return None  # no function could be meant
        if tool is not None and tool.function is None:
            return None
    most = call.context.request.max_turns
    if call.context.turn >= most:
        raise ToolLoopLimitError(
            f"the model still asks for tools after {most} rounds; raise "
            "max_turns, or look at partial.messages for why it does not come to an end"
        )
    return calls


def run_calls(call: Call, calls: Sequence[ToolCall]) -> Flow:
    """Gate and run the calls of one turn, tell the caller, and add the results to the history."""
    results: dict[int, ToolExecutionResult] = {}
    to_run: list[tuple[int, Tool, ToolCall]] = []
    tools = offered(call)
    for place, wanted in enumerate(calls):
        tool = tools.get(wanted.name)
        answer = None
        if call.hooks.of("chimeric_call_tool"):
            from .hooks.verdicts import gated

            answer = yield from gated(call, wanted, tool)
        if answer is not None:
            results[place] = answer
        elif tool is None:
            results[place] = unknown_tool(tools, wanted)
        else:
            to_run.append((place, tool, wanted))
    if to_run:
        effect = RunTools(
            [(tool, wanted) for _, tool, wanted in to_run], call.max_parallel_tools, call.deadline
        )
        done: list[ToolExecutionResult] = yield effect
        results.update({place: r for (place, _, _), r in zip(to_run, done, strict=True)})
    yield from _told(call, [results[place] for place in range(len(calls))])
    call.context.turn += 1


def not_run(call: Call, calls: Sequence[ToolCall]) -> Flow:
    """Answer the calls of a turn none of which is to be run."""
    text = "not run: the conversation goes on with other messages instead"
    results = [ToolExecutionResult(c.id, c.name, c.arguments, text, is_error=True) for c in calls]
    yield from _told(call, results)


def _told(call: Call, results: Sequence[ToolExecutionResult]) -> Flow:
    """Tell the caller of the results, and add them to the history."""
    log, delivery = call.answer.log, call.delivery
    source, turn = Source(log), call.context.turn
    chunk = StreamChunk(None, turn, source, log.size, tool_results=tuple(results))
    if delivery is None:
        call.answer.delivered(chunk)
        yield Emit([chunk])
    else:
        yield from emitted(call, delivery.results(chunk))
    call.answer.history.extend(
        Message("tool", r.output, tool_call_id=r.call_id, name=r.name, is_error=r.is_error)
        for r in results
    )


def offered(call: Call) -> dict[str, Tool]:
    """The tools that the model was offered, by name: the caller's after the middleware's say."""
    return {tool.name: tool for tool in call.context.request.tools}


def unknown_tool(tools: Mapping[str, Tool], wanted: ToolCall) -> ToolExecutionResult:
    """What the model is told when it calls what it was not offered."""
    names = ", ".join(sorted(tools)) or "none"
    return ToolExecutionResult(
        wanted.id,
        wanted.name,
        wanted.arguments,
        f"there is no tool named {wanted.name[:64]!r}; the tools are: {names}",
        is_error=True,
    )
