"""One tool call: checked, run, and told in words."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import functools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import anyio
import pydantic
import pytest
import trio

from chimeric.exchange.tool_run import MAX_ERROR, MAX_OUTPUT
from chimeric.transport.tool_tasks import arun_tool
from chimeric.transport.tool_threads import run_tool
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

Runner: TypeAlias = Callable[..., ToolExecutionResult]


def run_sync(function: Any, arguments: str = "{}", **options: Any) -> ToolExecutionResult:
    return run_tool(as_tool(function), ToolCall("call_1", "tool", arguments), **options)


def run_asyncio(function: Any, arguments: str = "{}", **options: Any) -> ToolExecutionResult:
    call = ToolCall("call_1", "tool", arguments)
    return asyncio.run(arun_tool(as_tool(function), call, **options))


def run_trio(function: Any, arguments: str = "{}", **options: Any) -> ToolExecutionResult:
    call = ToolCall("call_1", "tool", arguments)
    return trio.run(functools.partial(arun_tool, as_tool(function), call, **options))


def as_tool(function: Any) -> Tool:
    return function if isinstance(function, Tool) else Tool(name="tool", function=function)


@pytest.fixture(params=[run_sync, run_asyncio, run_trio], ids=["sync", "asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Runner:
    runner: Runner = request.param
    return runner


@dataclasses.dataclass
class Weather:
    city: str
    days: list[int]


class Model(pydantic.BaseModel):
    x: int


def test_a_function_gets_typed_arguments_and_its_result_becomes_text(run: Runner) -> None:
    def double(weather: Weather, times: int = 2) -> Weather:
        return Weather(weather.city, weather.days * times)

    text = '{"weather": {"city": "Paris", "days": [1]}}'
    result = run(double, text)
    assert result.output == '{"city":"Paris","days":[1,1]}'
    assert result.value == Weather("Paris", [1, 1])
    assert (result.call_id, result.name, result.arguments) == ("call_1", "tool", text)
    assert not result.is_error


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        ("", ""),
        (None, "null"),
        (1.5, "1.5"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ({3}, "[3]"),
        (Model(x=1), '{"x":1}'),
        ([Model(x=1)], '[{"x":1}]'),
        ("half \ud83d", "half ?"),
    ],
)
def test_every_result_with_a_json_form_is_told(run: Runner, value: Any, text: str) -> None:
    result = run(lambda: value)
    assert (result.output, result.is_error) == (text, False)


def test_an_async_function_runs_for_every_caller(run: Runner) -> None:
    async def slow(x: int) -> int:
        await anyio.sleep(0.01)
        return x + 1

    if run is run_sync:  # its own loop is asyncio's, and anyio finds that out
        assert run(slow, '{"x": 1}').output == "2"
    assert run(slow, '{"x": 1}').output == "2"
    assert run(functools.partial(slow, x=4)).output == "5"
    assert run(slow, '{"x": 1}').duration >= 0.01


def test_a_sync_function_that_returns_an_awaitable_is_awaited(run: Runner) -> None:
    async def later() -> str:
        return "later"

    assert run(lambda: later()).output == "later"


def test_an_async_tool_can_be_run_by_sync_code_inside_a_running_loop() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")

    async def tool() -> str:
        await asyncio.sleep(0)
        return name.get()

    async def notebook() -> ToolExecutionResult:
        name.set("kept")
        return run_sync(tool)

    assert asyncio.run(notebook()).output == "kept"


def test_an_exception_becomes_an_error_result_without_a_traceback(run: Runner) -> None:
    def broken() -> None:
        raise LookupError("no such city")

    result = run(broken)
    assert result.is_error
    assert result.output == "LookupError: no such city"


class Quiet(Exception):
    pass


class Mean(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class Base(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Quiet(), "Quiet"),
        (Mean(), "Mean"),
        (Base("up"), "Base: up"),
        (StopIteration("x"), "StopIteration: x"),
        (ValueError("half \ud83d"), "ValueError: half ?"),
        (ExceptionGroup("two", [ValueError(1)]), "ExceptionGroup: two (1 sub-exception)"),
    ],
)
def test_no_exception_is_too_odd(run: Runner, error: BaseException, text: str) -> None:
    def raising() -> None:
        raise error

    result = run(raising)
    assert (result.output, result.is_error) == (text, True)


def test_a_long_exception_is_cut() -> None:
    def raising() -> None:
        raise ValueError("x" * 10 * MAX_ERROR)

    assert len(run_sync(raising).output) == MAX_ERROR


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
@pytest.mark.parametrize("is_async", [False, True])
def test_what_ends_the_whole_run_passes(kind: type[BaseException], is_async: bool) -> None:
    def raising() -> None:
        raise kind

    async def araising() -> None:
        raise kind

    with pytest.raises(kind):
        run_sync(araising if is_async else raising)
    with pytest.raises(kind):
        run_asyncio(araising if is_async else raising)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("{", "invalid arguments for tool: the arguments are not JSON"),
        ("[]", "must be a JSON object"),
        ('{"x": "1"}', "x: Expected `int`, got `str`"),
        ('{"x": 1, "y": 1}', "unknown 'y' (known: x)"),
        ("{}", "missing 'x'"),
    ],
)
def test_a_function_is_never_called_with_arguments_that_do_not_fit(
    run: Runner, arguments: str, text: str
) -> None:
    called: list[int] = []

    def tool(x: int) -> None:
        called.append(x)

    result = run(tool, arguments)
    assert result.is_error
    assert text in result.output
    assert called == []


def test_a_tool_without_a_function_is_an_error_result(run: Runner) -> None:
    result = run(Tool(name="search"))
    assert result.is_error
    assert "'search' has no function" in result.output


def custom(function: Callable[..., Any]) -> Tool:
    return Tool(name="sql", function=function, native={"type": "custom", "name": "sql"})


def test_a_custom_call_gives_its_free_text_to_the_function() -> None:
    tool = custom(lambda text: f"ran {text}")
    assert run_tool(tool, ToolCall("1", "sql", "SELECT {", "custom")).output == "ran SELECT {"


def test_a_custom_call_does_not_reach_a_tool_that_takes_an_object(run: Runner) -> None:
    """The kind of a call is the server's word: it must not lead past the signature."""
    ran: list[object] = []

    def delete(n: int, really: bool = False) -> None:
        ran.append(n)

    for text in ("; rm -rf / not an int at all", '{"n": 1}', ""):
        call = ToolCall("1", "tool", text, "custom")
        for result in (
            run_tool(as_tool(delete), call),
            asyncio.run(arun_tool(as_tool(delete), call)),
        ):
            assert result.is_error
            assert "was called with free text" in result.output
    assert ran == []


def test_free_text_must_fit_the_signature_of_a_custom_tool() -> None:
    ran: list[object] = []

    def count(n: int) -> None:
        ran.append(n)

    def two(a: str, b: str) -> None:
        ran.append((a, b))

    def named(*, a: str) -> None:
        ran.append(a)

    for function, text in (
        (count, "Expected `int`, got `str`"),
        (two, "missing a required argument: 'b'"),
        (named, "too many positional arguments"),
    ):
        result = run_tool(custom(function), ToolCall("1", "sql", "seven", "custom"))
        assert result.is_error
        assert text in result.output
    assert ran == []


def loop() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    "value",
    [object(), threading.Lock(), loop(), {(1, 2): 3}, [1 + 2j]],
    ids=["object", "lock", "circle", "tuple keys", "complex"],
)
def test_a_result_without_a_json_form_is_an_error_that_says_so(run: Runner, value: Any) -> None:
    result = run(lambda: value)
    assert result.is_error
    assert result.output.startswith("the tool's result cannot be sent: ")
    assert result.value is value


def test_a_result_that_is_too_long_is_an_error_that_tells_its_size(run: Runner) -> None:
    result = run(lambda: "x" * 10_000_000)
    assert result.is_error
    assert "10000000 bytes" in result.output
    assert str(MAX_OUTPUT) in result.output
    assert len(result.output) < 200
    assert run(lambda: "é" * 60, max_output=100).is_error
    assert not run(lambda: "é" * 50, max_output=100).is_error


def test_five_megabytes_of_arguments_arrive(run: Runner) -> None:
    text = "x" * 5_000_000
    assert run(lambda text: len(text), f'{{"text": "{text}"}}').value == 5_000_000


def test_a_sync_tool_does_not_block_the_loop() -> None:
    met = threading.Barrier(4, timeout=30)

    async def main() -> list[Any]:
        tool, call = as_tool(met.wait), ToolCall("1", "tool")
        return await asyncio.gather(*(arun_tool(tool, call) for _ in range(4)))

    results = asyncio.run(main())  # one that blocked the loop would wait for the others in vain
    assert [result.is_error for result in results] == [False] * 4


def test_cancelling_reaches_an_async_tool() -> None:
    seen: list[str] = []

    async def main() -> None:
        began = anyio.Event()

        async def tool() -> None:
            began.set()
            try:
                await anyio.sleep(60)
            except BaseException as error:
                seen.append(type(error).__name__)
                raise

        async with anyio.create_task_group() as group:
            group.start_soon(arun_tool, as_tool(tool), ToolCall("1", "tool"))
            await began.wait()
            group.cancel_scope.cancel()

    begin = time.perf_counter()
    asyncio.run(main())
    trio.run(main)
    assert seen == ["CancelledError", "Cancelled"]
    assert time.perf_counter() - begin < 20


def test_cancelling_leaves_a_blocking_tool_behind() -> None:
    stop = threading.Event()

    async def main() -> float:
        begin = time.perf_counter()
        with anyio.move_on_after(0.05):
            await arun_tool(as_tool(lambda: stop.wait(60)), ToolCall("1", "tool"))
        took = time.perf_counter() - begin
        stop.set()
        return took

    assert asyncio.run(main()) < 20


def test_a_sync_program_never_loads_an_event_loop_for_a_sync_tool() -> None:
    code = (
        "import sys\nfrom chimeric.transport.tool_threads import run_tool\n"
        "from chimeric.values.tools import Tool\nfrom chimeric.values.messages import ToolCall\n"
        "print(run_tool(Tool(name='t', function=lambda: 1), ToolCall('1', 't')).output,"
        " 'asyncio' in sys.modules)"
    )
    paths = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=paths
    )
    assert done.stdout.split()[0] == "1"
