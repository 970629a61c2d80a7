"""Tools that do what tools should not: never a hang, a lost partial or an invented result."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio

from chimeric import Chimeric, RequestTimeoutError, StreamInterruptedError, Timeout

from .served import Served, stream_of, whole
from .speakers import SPEAKERS, WAYS, Way, ask
from .test_call_streaming import CHAT, pieces

SPEAKER = next(s for s in SPEAKERS if s.key == "openai-responses")
ODD = [
    ("unserialisable", object, "cannot be sent"),
    ("raising", lambda: 1 / 0, "ZeroDivisionError: division by zero"),
    ("ten megabytes", lambda: "x" * 10_000_000, "too long: 10000000 bytes"),
    ("lone surrogate", lambda: "a\ud800b", "a?b"),
    ("not a number", lambda: float("nan"), None),
    ("nothing", lambda: None, "null"),
    ("printing", lambda: print("loud"), "null"),
    ("bytes", lambda: b"\xff\x00", None),
]


class OwnBaseError(BaseException):
    """What no library expects."""


def tool_of(function: Callable[[], Any], *, is_async: bool) -> Callable[[], Any]:
    def odd() -> Any:
        """Do something odd."""
        return function()

    async def aodd() -> Any:
        """Do something odd."""
        return function()

    aodd.__name__ = "odd"
    return aodd if is_async else odd


def raising(error: BaseException) -> Callable[[], Any]:
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("name", "function", "said"), ODD, ids=[odd[0] for odd in ODD])
def test_whatever_a_tool_returns_becomes_a_result(
    client: Chimeric, way: Way, is_async: bool, name: str, function: Any, said: str | None
) -> None:
    tool = tool_of(function, is_async=is_async)
    response = ask(client, SPEAKER, way, "Do it: twice.", tools=[tool]).response
    assert len(response.tool_results) == 2
    for result in response.tool_results:
        assert said is None or said in result.output
        assert len(result.output) < 2_000_000
    assert response.finish_reason == "stop"
    assert [m.role for m in response.messages][1:] == ["assistant", "tool", "tool", "assistant"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("error", [OwnBaseError("base"), asyncio.CancelledError()], ids=repr)
def test_other_base_exceptions_are_results_too(
    client: Chimeric, way: Way, is_async: bool, error: BaseException
) -> None:
    tool = tool_of(raising(error), is_async=is_async)
    response = ask(client, SPEAKER, way, "Do it: twice.", tools=[tool]).response
    assert [r.is_error for r in response.tool_results] == [True, True]
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("way", ["whole", "stream"])
@pytest.mark.parametrize("calls", ["once", "twice"])
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_program_reaches_the_caller(
    client: Chimeric, way: Way, calls: str, kind: type[BaseException]
) -> None:
    tool = tool_of(raising(kind(3)), is_async=False)
    with pytest.raises(kind):
        ask(client, SPEAKER, way, f"Do it: {calls}.", tools=[tool])


def test_what_ends_the_program_reaches_an_async_caller() -> None:
    from chimeric_sim import Simulator

    from .speakers import client_at

    async def main(url: str) -> None:
        async with client_at(url) as client:
            tool = tool_of(raising(SystemExit(3)), is_async=False)
            await client.agenerate("openai:tools", "Do it: twice.", tools=[tool])

    with Simulator() as simulator, pytest.raises(SystemExit):
        asyncio.run(main(simulator.url))


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("calls", ["once", "twice"])
def test_the_total_limit_holds_while_tools_run(client: Chimeric, way: Way, calls: str) -> None:
    stop = threading.Event()

    def blocking() -> str:
        """Block."""
        stop.wait(60)
        return "late"

    began = time.monotonic()
    with pytest.raises(RequestTimeoutError, match="tools were still running") as caught:
        ask(client, SPEAKER, way, f"Do it: {calls}.", tools=[blocking], timeout=Timeout(total=1.5))
    stop.set()
    assert time.monotonic() - began < 20
    assert caught.value.phase == "total"
    partial = caught.value.partial
    assert partial is not None
    assert partial.tool_results == ()
    assert partial.tool_calls
    assert partial.messages[-1].tool_calls == partial.tool_calls


def test_the_total_limit_cancels_async_tools(client: Chimeric) -> None:
    seen: list[str] = []
    tool = sleeper(seen)
    with pytest.raises(RequestTimeoutError):
        ask(client, SPEAKER, "async-stream", "Do it.", tools=[tool], timeout=Timeout(total=1.5))
    assert set(seen) == {"began", "cancelled"}


def sleeper(seen: list[str]) -> Callable[[], Any]:
    async def sleeping() -> str:
        """Sleep."""
        seen.append("began")
        try:
            await anyio.sleep(60)
        except BaseException:
            seen.append("cancelled")
            raise
        return "late"

    return sleeping


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_cancelling_the_caller_cancels_async_tools(url: str, run: Any) -> None:
    seen: list[str] = []

    async def main() -> None:
        from .speakers import client_at

        async with client_at(url) as client:
            stream = await client.agenerate(
                "openai:tools", "Do it: twice.", stream=True, tools=[sleeper(seen)]
            )
            with anyio.move_on_after(1.5) as scope:
                await stream.collect()
            assert scope.cancelled_caught
            assert stream.response.tool_calls
            assert stream.response.tool_results == ()

    began = time.monotonic()
    run(main) if run is trio.run else run(main())
    assert time.monotonic() - began < 20
    assert seen == ["began", "began", "cancelled", "cancelled"]


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_closing_from_another_task_cancels_async_tools(url: str, run: Any) -> None:
    seen: list[str] = []

    async def main() -> None:
        from .speakers import client_at

        async with client_at(url) as client:
            stream = await client.agenerate(
                "openai:tools", "Do it: twice.", stream=True, tools=[sleeper(seen)]
            )

            async def close() -> None:
                while len(seen) < 2:
                    await anyio.sleep(0.01)
                await stream.aclose()

            async with anyio.create_task_group() as group:
                group.start_soon(close)
                with pytest.raises(StreamInterruptedError, match="closed"):
                    await stream.collect()

    began = time.monotonic()
    run(main) if run is trio.run else run(main())
    assert time.monotonic() - began < 20
    assert seen == ["began", "began", "cancelled", "cancelled"]


@pytest.mark.parametrize("calls", ["once", "twice"])
def test_closing_from_another_thread_ends_the_wait_and_asks_nothing_more(
    simulator: Any, client: Chimeric, calls: str
) -> None:
    began, stop, finished = threading.Event(), threading.Event(), threading.Event()

    def blocking() -> str:
        """Block."""
        began.set()
        stop.wait(20 if calls == "twice" else 0.5)
        finished.set()
        return "late"

    before = simulator.traffic.requests
    stream = client.generate(
        "openai:tools", f"Do it: {calls}.", stream=True, tools=[blocking], api="responses"
    )

    def close() -> None:
        began.wait(20)
        stream.close()

    closer = threading.Thread(target=close)
    closer.start()
    with pytest.raises(StreamInterruptedError, match="closed"):
        stream.collect()
    closer.join()
    stop.set()
    finished.wait(20)
    time.sleep(0.05)
    assert simulator.traffic.requests - before == 1
    assert stream.response.tool_results == ()
    assert len(stream.response.messages) == 2


def test_leaving_the_loop_in_mid_answer_runs_no_tool(client: Chimeric) -> None:
    ran: list[int] = []

    def touched() -> None:
        """Touch."""
        ran.append(1)

    for chunk in client.generate("openai:tools", "Do it.", stream=True, tools=[touched]):
        if chunk.tool_calls:
            break
    assert ran == []


# --- large and hard arguments ---------------------------------------------------------------------


@pytest.mark.parametrize("size", [200, 65_536])
def test_five_megabytes_of_arguments(size: int) -> None:
    got: list[str] = []

    def store(text: str) -> int:
        """Store a text."""
        got.append(text)
        return len(text)

    text = 'Grüße 😀 "quoted" \\ ' * 220_000
    arguments = json.dumps({"text": text})
    assert len(arguments) > 5_000_000
    called = CHAT.calls([("call_a", "store", pieces(arguments, size))])
    first = CHAT.made_of(*called, *CHAT.finish("tools"), *CHAT.terminal())
    then = CHAT.made_of(CHAT.say("done"), *CHAT.finish(), *CHAT.terminal())
    with Served(stream_of(first), stream_of(then)) as served:
        stream = served.client.generate(
            "openai:m", "Hi", stream=True, tools=[store], api="chat_completions"
        )
        chunks = list(stream)
        assert stream.response.tool_calls[0].arguments == arguments
        assert (
            served.bodies[1]["messages"][1]["tool_calls"][0]["function"]["arguments"] == arguments
        )
    assert got == [text]
    assert chunks[-1].content == "done"


def test_an_event_over_the_limit_of_one_event_is_an_error_that_keeps_what_came() -> None:
    from chimeric import Limits, ProtocolError

    called = CHAT.calls([("call_a", "store", ["x" * 100_000])])
    script = CHAT.made_of(CHAT.say("Before."), *called)
    with Served(stream_of(script), limits=Limits(event_size=50_000)) as served:
        stream = served.client.generate("openai:m", "Hi", stream=True, api="chat_completions")
        with pytest.raises(ProtocolError) as caught:
            stream.collect()
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Before."
    assert caught.value.partial.tool_calls == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"text": "cut', "not JSON"),
        ("no json at all", "not JSON"),
        ('["a list"]', "must be a JSON object"),
        ('"a string"', "must be a JSON object"),
        ('{"text": 5}', "Expected `str`, got `int`"),
        ("{}", "missing 'text'"),
        ('{"text": "a", "other": 1}', "unknown 'other'"),
        ('{"text": "\\ud83d"}', None),
        ('{"text": ' + "[" * 5000 + "]" * 5000 + "}", None),
        ('{"text": NaN}', "not JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_arguments_that_do_not_fit_are_told_to_the_model(
    arguments: str, said: str | None, streamed: bool
) -> None:
    got: list[str] = []

    def store(text: str) -> int:
        """Store a text."""
        got.append(text)
        return len(text)

    function = {"name": "store", "arguments": arguments}
    call = {"id": "call_a", "type": "function", "function": function}
    if streamed:
        asked = CHAT.chunk({"tool_calls": [{"index": 0, **call}]})
        first = stream_of(CHAT.made_of(asked, *CHAT.finish("tools"), *CHAT.terminal()))
        then = stream_of(CHAT.made_of(CHAT.say("I see"), *CHAT.finish(), *CHAT.terminal()))
    else:
        first = whole(completion({"content": None, "tool_calls": [call]}, "tool_calls"))
        then = whole(completion({"content": "I see"}, "stop"))
    with Served(first, then) as served:
        result = served.client.generate(
            "openai:m", "Hi", stream=streamed, tools=[store], api="chat_completions"
        )
        response = result.collect() if streamed else result
        told = served.bodies[1]["messages"]
    (outcome,) = response.tool_results
    if said is None and not outcome.is_error:
        assert len(got) == 1
    else:
        assert outcome.is_error
        assert got == []
        assert said is None or said in outcome.output
    assert told[2]["tool_call_id"] == "call_a"
    assert told[2]["content"] == outcome.output
    assert response.content == "I see"


def completion(message: dict[str, Any], reason: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode()


def test_a_sync_call_within_an_event_loop_runs_async_tools(client: Chimeric) -> None:
    async def main() -> str:
        async def now() -> str:
            """Tell the time."""
            await asyncio.sleep(0)
            return "noon"

        return client.generate("openai:tools", "Do it: twice.", tools=[now]).content

    assert "noon" in asyncio.run(main())
