"""The spans of a tool loop: the call, its turns, its tools, and what tools open themselves."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from chimeric import Chimeric, Context, Timeout, Tool, ToolError, ToolLoopLimitError, hookimpl

from .conftest import MODES, Seen, client, collect, run, wanted


class Inner:
    """Tools of every kind, each of which opens a span of its own."""

    def __init__(self, seen: Seen) -> None:
        self.tracer = seen.tracers.get_tracer("tools")

    def note(self, name: str) -> str:
        with self.tracer.start_as_current_span(f"inside {name}"):
            return f"did {name}"

    def tools(self) -> list[Any]:
        def plain(place: int) -> str:
            """Do it."""
            return self.note(f"plain {place}")

        async def coroutine() -> str:
            """Do it."""
            return self.note("coroutine")

        def steps() -> Iterator[str]:
            """Do it."""
            yield self.note("steps 1")
            yield self.note("steps 2")

        async def async_steps() -> AsyncIterator[str]:
            """Do it."""
            yield self.note("async_steps 1")
            yield self.note("async_steps 2")

        def bound(secret: str, context: Context) -> str:
            """Do it."""
            assert secret == "s"
            assert isinstance(context, Context)
            return self.note("bound")

        partial = functools.partial(bound, secret="s")
        return [
            plain,
            coroutine,
            steps,
            async_steps,
            self.method,
            Called(self),
            Tool.from_function(partial, name="bound"),
        ]

    def method(self) -> str:
        """Do it."""
        return self.note("method")


class Called:
    """Do it."""

    __name__ = "called"

    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    async def __call__(self) -> str:
        return self._inner.note("called")


NAMES = ("coroutine", "steps", "async_steps", "method", "called", "bound")


@pytest.mark.parametrize("mode", MODES)
def test_tools_of_every_kind_have_spans_and_what_they_open_is_in_them(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    prompt = wanted(
        ("plain", {"place": 2}), ("plain", {"place": 1}), *((name, {}) for name in NAMES)
    )
    with seen.tracers.get_tracer("t").start_as_current_span("outer") as outer:
        response = collect(
            mode, client(script, seen.plugin()), "calls", prompt, tools=Inner(seen).tools()
        )
    assert [r.is_error for r in response.tool_results] == [False] * 8
    (call,) = seen.all("invoke_agent")
    assert call.parent.span_id == outer.get_span_context().span_id
    assert call.kind.name == "INTERNAL"
    first, second = seen.all("chat calls")
    assert {s.parent.span_id for s in (first, second)} == {call.context.span_id}
    assert first.attributes["gen_ai.response.finish_reasons"] == ("tool_calls",)
    assert second.attributes["gen_ai.response.finish_reasons"] == ("stop",)
    assert first.end_time <= second.start_time
    tools = {name: seen.all(f"execute_tool {name}") for name in ("plain", *NAMES)}
    ids = {
        name: [s.attributes["gen_ai.tool.call.id"] for s in them] for name, them in tools.items()
    }
    assert set(ids.pop("plain")) == {"c0", "c1"}
    assert ids == {name: [f"c{place}"] for place, name in enumerate(NAMES, 2)}
    for them in tools.values():
        for span in them:
            assert span.parent.span_id == call.context.span_id
            assert first.end_time <= span.start_time <= span.end_time <= second.start_time
            assert span.status.status_code is StatusCode.UNSET
    inside = [s for s in seen.exporter.get_finished_spans() if s.name.startswith("inside")]
    assert len(inside) == 10  # two steps each of the generators
    for span in inside:
        name, *place = span.name.removeprefix("inside ").split()
        parents = {s.context.span_id: s.attributes["gen_ai.tool.call.id"] for s in tools[name]}
        assert span.parent.span_id in parents
        if name == "plain":  # the ids are those of the calls that asked for it
            assert parents[span.parent.span_id] == {"2": "c0", "1": "c1"}[place[0]]


def test_a_tool_span_tells_what_the_conventions_want(script: LoopbackServer, seen: Seen) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    collect(
        "sync",
        client(script, seen.plugin()),
        "calls",
        wanted(("add", {"a": 1, "b": 2})),
        tools=[add],
    )
    (span,) = seen.all("execute_tool add")
    assert dict(span.attributes) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "add",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.description": "Add two numbers.",
        "gen_ai.tool.call.id": "c0",
    }
    call = seen.all("invoke_agent")[0]
    assert dict(call.attributes) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.request.model": "compatible:calls",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 18,
        "gen_ai.usage.output_tokens": 12,
    }
    metrics = seen.metrics()
    (tool,) = metrics["gen_ai.execute_tool.duration"]
    assert dict(tool.attributes) == {"gen_ai.tool.name": "add", "gen_ai.tool.type": "function"}
    (agent,) = metrics["gen_ai.invoke_agent.duration"]
    assert agent.count == 1
    (inference,) = metrics["gen_ai.client.inference.duration"]
    assert inference.count == 2


def test_with_content_on_a_tool_tells_its_arguments_and_its_result(
    script: LoopbackServer, seen: Seen
) -> None:
    def look(where: str) -> dict[str, int]:
        """Look."""
        return {"found": len(where)}

    plugin = seen.plugin(capture_content=True)
    collect(
        "sync", client(script, plugin), "calls", wanted(("look", {"where": "here"})), tools=[look]
    )
    (span,) = seen.all("execute_tool look")
    assert msgspec.json.decode(span.attributes["gen_ai.tool.call.arguments"]) == {"where": "here"}
    assert msgspec.json.decode(span.attributes["gen_ai.tool.call.result"]) == {"found": 4}
    first, second = seen.all("chat calls")
    (said,) = msgspec.json.decode(first.attributes["gen_ai.output.messages"])
    assert said["finish_reason"] == "tool_calls"
    assert said["parts"][0]["name"] == "look"
    asked = msgspec.json.decode(second.attributes["gen_ai.input.messages"])
    assert [message["role"] for message in asked] == ["user", "assistant", "tool"]
    (said,) = msgspec.json.decode(second.attributes["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": "Once upon a time"}]
    assert msgspec.json.decode(first.attributes["gen_ai.tool.definitions"]) == [
        {"type": "function", "name": "look"}
    ]


@pytest.mark.parametrize("mode", MODES)
def test_a_tool_that_raises_is_told_by_its_class_alone(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    def plain() -> str:
        """Fail."""
        raise ToolError("my diagnosis")

    async def coroutine() -> str:
        """Fail."""
        raise ValueError("my diagnosis")

    prompt = wanted(("plain", {}), ("coroutine", {}))
    collect(mode, client(script, seen.plugin()), "calls", prompt, tools=[plain, coroutine])
    for name, kind in (("plain", "ToolError"), ("coroutine", "ValueError")):
        (span,) = seen.all(f"execute_tool {name}")
        assert span.attributes["error.type"] == span.status.description == kind
        assert span.events == ()
        assert "diagnosis" not in span.to_json()
    (call,) = seen.all("invoke_agent")
    assert call.status.status_code is StatusCode.UNSET  # the model was told, and went on
    failed = {
        p.attributes.get("error.type") for p in seen.metrics()["gen_ai.execute_tool.duration"]
    }
    assert failed == {"ToolError", "ValueError"}


def test_calls_that_do_not_run_have_no_span(script: LoopbackServer, seen: Seen) -> None:
    class Denies:
        @hookimpl
        def chimeric_call_tool(self, call: Any) -> str | None:
            return "no" if call.name == "never" else None

    def never() -> str:
        """Not."""
        return ""

    def fits(a: int) -> str:
        """Not."""
        return ""

    prompt = wanted(("never", {}), ("fits", {"a": "x"}), ("unknown", {}))
    collect("sync", client(script, seen.plugin(), Denies()), "calls", prompt, tools=[never, fits])
    names = [span.name for span in seen.exporter.get_finished_spans()]
    assert sorted(names) == ["chat calls", "chat calls", "invoke_agent"]


def test_a_limit_of_the_loop_is_the_call_s_failure_and_not_the_turn_s(
    script: LoopbackServer, seen: Seen
) -> None:
    def again() -> str:
        """Again."""
        return ""

    with client(script, seen.plugin()) as chimeric, pytest.raises(ToolLoopLimitError):
        chimeric.generate(
            "compatible:calls", wanted(("again", {})), stream=True, tools=[again], max_turns=0
        ).collect()
    assert seen.spans()["invoke_agent"].attributes["error.type"] == "ToolLoopLimitError"
    assert seen.spans()["chat calls"].status.status_code is StatusCode.UNSET


def test_tools_that_a_plugin_adds_have_spans_too(script: LoopbackServer, seen: Seen) -> None:
    def late() -> str:
        """Late."""
        return "came"

    class Adds:
        @hookimpl
        def chimeric_prepare_request(self, request: Any) -> Any:
            return request.replace(tools=(*request.tools, Tool.from_function(late)))

    response = collect("sync", client(script, seen.plugin(), Adds()), "calls", wanted(("late", {})))
    assert response.tool_results[0].output == "came"
    assert len(seen.all("execute_tool late")) == 1


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_tools_that_run_when_the_call_is_left_end_with_it(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    goes_on, began = threading.Event(), threading.Event()

    def stuck() -> Iterator[str]:
        """Hang."""
        yield "begun"
        began.set()
        goes_on.wait(20)
        yield "late"

    async def main() -> None:
        async with client(script, seen.plugin()) as chimeric:
            stream: Any = await chimeric.agenerate(
                "compatible:calls", wanted(("stuck", {})), stream=True, tools=[stuck]
            )
            async for chunk in stream:
                if chunk.tool_results:
                    break
            began.wait(5)
            await stream.aclose()

    try:
        if mode == "sync":
            with client(script, seen.plugin()) as chimeric:
                more: Any = {"timeout": Timeout(total=30)}  # so that it runs in a thread of its own
                stream = chimeric.generate(
                    "compatible:calls", wanted(("stuck", {})), stream=True, tools=[stuck], **more
                )
                assert any(chunk.tool_results for chunk in stream)
                began.wait(5)
                stream.close()
        else:
            run(mode, main)
        spans = seen.spans()
        assert spans["execute_tool stuck"].attributes["error.type"] == "cancelled"
        assert spans["chat calls"].status.status_code is StatusCode.UNSET
    finally:
        goes_on.set()
    time.sleep(0.1)
    assert set(seen.spans()) == {"invoke_agent", "chat calls", "execute_tool stuck"}  # once each


def test_an_approved_call_that_runs_first_has_its_id(script: LoopbackServer, seen: Seen) -> None:
    from chimeric import Pause

    class Asks:
        @hookimpl
        def chimeric_call_tool(self) -> Pause:
            return Pause("who?")

    def pay(amount: int) -> str:
        """Pay."""
        return "paid"

    prompt = wanted(("pay", {"amount": 3}))
    paused = collect("sync", client(script, seen.plugin(), Asks()), "calls", prompt, tools=[pay])
    assert seen.all("execute_tool pay") == []
    messages = paused.resume({call.id: True for call in paused.pending})
    with client(script, seen.plugin()) as chimeric:
        chimeric.generate("compatible:m", messages, stream=True, tools=[pay]).collect()
    (span,) = seen.all("execute_tool pay")
    assert span.attributes["gen_ai.tool.call.id"] == paused.pending[0].id


def test_the_current_span_of_the_caller_is_as_before(script: LoopbackServer, seen: Seen) -> None:
    def plain() -> str:
        """Do it."""
        return ""

    with (
        client(script, seen.plugin()) as chimeric,
        seen.tracers.get_tracer("t").start_as_current_span("outer") as outer,
    ):
        for _ in chimeric.generate(
            "compatible:calls", wanted(("plain", {})), stream=True, tools=[plain]
        ):
            assert trace.get_current_span() is outer
        assert trace.get_current_span() is outer


def test_registered_tools_are_those_of_the_client_still(script: LoopbackServer, seen: Seen) -> None:
    with Chimeric(base_url=script.url, plugins=[seen.plugin()], max_retries=0) as chimeric:

        @chimeric.tool
        def plain() -> str:
            """Do it."""
            return "did"

        for _ in range(2):
            response = chimeric.generate("compatible:calls", wanted(("plain", {})), stream=True)
            assert response.collect().tool_results[0].value == "did"
    assert len(seen.all("execute_tool plain")) == 2
