"""The rounds of tool calls between two turns."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias

from chimeric.errors import ConfigurationError, ToolLoopLimitError
from chimeric.values.chunks import Source, StreamChunk, ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.messages.tool_results import message_of_result, with_results
from chimeric.values.requests import Request
from chimeric.values.tools import Tool

from .attempt import emitted
from .call import Call
from .effects import OPENED, Effect, Emit, Flow, RunTools

__all__ = ["calls_to_run", "not_run", "run_approved", "run_calls"]

Gated: TypeAlias = (
    "tuple[dict[int, ToolExecutionResult], dict[int, tuple[Tool, ToolCall]], dict[str, str]]"
)


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
            "max_turns, or look at partial.messages to see why it does not end"
        )
    return calls


def run_calls(call: Call, calls: Sequence[ToolCall]) -> Generator[Effect, Any, bool]:
    """Gate and run the calls of one turn, tell the caller, and add the results to the history.

    All calls are gated first. Returns whether the model is to be asked again: not while a call
    waits for somebody to decide about it.
    """
    answers, to_run, paused = yield from _gated(call, calls)
    results = _Results(call, _HistoryTail(call))
    for place, answer in answers.items():
        yield from results.tell(place, answer)
    yield from _run(call, to_run, results)
    if paused:
        call.answer.pending = tuple(wanted for wanted in calls if wanted.id in paused)
        call.answer.turn_metadata[-1]["paused"] = paused
        return False
    call.context.turn += 1
    return True


def _gated(call: Call, calls: Sequence[ToolCall]) -> Generator[Effect, Any, Gated]:
    """What is answered without running, what is to run, and why others wait."""
    answers: dict[int, ToolExecutionResult] = {}
    to_run: dict[int, tuple[Tool, ToolCall]] = {}
    paused: dict[str, str] = {}
    tools = offered(call)
    for place, wanted in enumerate(calls):
        tool = tools.get(wanted.name)
        verdict = None
        if call.hooks.of("chimeric_call_tool"):
            from .hooks.verdicts import gated

            verdict = yield from gated(call, wanted, tool)
        if isinstance(verdict, ToolExecutionResult):
            answers[place] = verdict
        elif verdict is not None:
            paused[wanted.id] = verdict.reason
        elif tool is None:
            answers[place] = unknown_tool(tools, wanted)
        else:
            to_run[place] = (tool, wanted)
    return answers, to_run, paused


def run_approved(call: Call, request: Request) -> Generator[Effect, Any, Request]:
    """Run what was approved before this call; the request with the results.

    Raises:
        ConfigurationError: for an approval of a call that is not there, has a result, or is for a
            tool that is not offered any more.
    """
    from chimeric.values.messages.resuming import to_approve

    approved = to_approve(request.messages)
    tools = {tool.name: tool for tool in request.tools if tool.function is not None}
    for wanted in approved:
        if wanted.name not in tools:
            raise ConfigurationError(
                f"the approved call {wanted.id!r} is for the tool {wanted.name!r}, and the tools "
                f"to run are: {', '.join(tools) or 'none'}; pass the tools that were there before "
                "the pause"
            )
    call.context.request = request
    yield OPENED
    results = _Results(call, _Answered(call))
    to_run = {place: (tools[wanted.name], wanted) for place, wanted in enumerate(approved)}
    yield from _run(call, to_run, results)
    if request.tool_choice != "none":
        request = request.replace(tool_choice=None)  # a forced call was made before the pause
    done = {r.call_id: message_of_result(r) for r in results.done.values()}
    return request.replace(messages=tuple(with_results(request.messages, done)))


def _run(call: Call, to_run: Mapping[int, tuple[Tool, ToolCall]], results: _Results) -> Flow:
    """Run calls, and tell of each as soon as it is done."""
    if not to_run:
        return
    places, left = list(to_run), len(to_run)
    effect = RunTools(list(to_run.values()), call.max_parallel_tools, call.deadline, call.context)
    while left:
        reply: tuple[int, ToolExecutionResult] = yield effect
        number, result = reply
        left -= result.status == "completed"
        yield from results.tell(places[number], result)


def not_run(call: Call, calls: Sequence[ToolCall]) -> Flow:
    """Answer the calls of a turn none of which is to be run."""
    text = "not run: the conversation goes on with other messages instead"
    results = _Results(call, _HistoryTail(call))
    for place, c in enumerate(calls):
        result = ToolExecutionResult(c.id, c.name, c.arguments, text, is_error=True)
        yield from results.tell(place, result)


class _HistoryTail:
    """Results at the end of the history, in the order of their calls."""

    def __init__(self, call: Call) -> None:
        self._history = call.answer.history
        self._start = len(self._history)

    def keep(self, done: Mapping[int, ToolExecutionResult], place: int) -> None:
        self._history[self._start :] = [message_of_result(done[place]) for place in sorted(done)]


class _Answered:
    """Results where calls of the history have none."""

    def __init__(self, call: Call) -> None:
        self._history = call.answer.history

    def keep(self, done: Mapping[int, ToolExecutionResult], place: int) -> None:
        result = done[place]
        self._history[:] = with_results(self._history, {result.call_id: message_of_result(result)})


class _Results:
    """Results as they come: told at once, kept in the order of their calls."""

    def __init__(self, call: Call, history: _HistoryTail | _Answered) -> None:
        self._call = call
        self._history = history
        self._first = len(call.answer.tool_results)
        self._delivered: dict[int, list[ToolExecutionResult]] = {}
        self.done: dict[int, ToolExecutionResult] = {}

    def tell(self, place: int, result: ToolExecutionResult) -> Flow:
        """Tell the caller of a result, or of progress; a result joins the history."""
        call, answer = self._call, self._call.answer
        log, delivery = answer.log, call.delivery
        is_final = result.status == "completed"
        if is_final:  # before anybody can leave: the tool has run
            self.done[place] = result
            self._history.keep(self.done, place)
        chunk = StreamChunk(None, call.context.turn, Source(log), log.size, tool_results=(result,))
        before = len(answer.tool_results)
        try:
            if delivery is None:
                answer.delivered(chunk)
                yield Emit([chunk])
            else:  # middleware may drop progress
                flow = delivery.results(chunk) if is_final else delivery.flow(0, chunk)
                yield from emitted(call, delivery.emitted(flow))
        finally:
            delivered = self._delivered
            delivered.setdefault(place, []).extend(answer.tool_results[before:])
            kept = [result for place in sorted(delivered) for result in delivered[place]]
            answer.tool_results[self._first :] = kept


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
