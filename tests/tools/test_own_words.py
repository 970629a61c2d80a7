"""Tools that say themselves how a call went, and what lasts as long as a client."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chimeric import Chimeric, Context, ImagePart, TextPart, Timeout, ToolExecutionResult, hookimpl

from .crew import MODES, PATIENCE, Crew, calls, listen, named

pytestmark = pytest.mark.filterwarnings("error:::chimeric")

PARTS = (TextPart("no such shelf"), ImagePart(data="iVBORw0KGgo=", media_type="image/png"))
FAILED = ToolExecutionResult("", "", "", "no such shelf", is_error=True, value=404, parts=PARTS)


def returns() -> ToolExecutionResult:
    return FAILED


def steps() -> Iterator[Any]:
    yield "looking"
    return FAILED


async def awaited() -> ToolExecutionResult:
    return FAILED


async def async_steps() -> AsyncIterator[Any]:
    yield "looking"
    yield FAILED
    raise AssertionError("it has ended")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("together", [False, True], ids=["alone", "with another"])
@pytest.mark.parametrize("function", [returns, steps, awaited, async_steps])
@pytest.mark.filterwarnings("ignore:.*takes only text in tool results")
def test_a_tool_says_itself_that_it_failed(
    crew: Crew, mode: str, together: bool, function: Any
) -> None:
    wanted = ["t", "u"] if together else ["t"]
    tools = [named("t", function), named("u", lambda: "other")]
    heard = listen(mode, crew.client(), calls(*wanted), tools=tools)
    shown = [step for step in heard.steps if step[0] == "t"]
    looking = [("t", "progress", "looking")] if "steps" in function.__name__ else []
    assert shown == [*looking, ("t", "completed", "no such shelf")]
    result = next(r for r in heard.response.tool_results if r.name == "t")
    assert (result.call_id, result.is_error, result.value) == ("c0", True, 404)
    assert result.parts == PARTS


@pytest.mark.parametrize("mode", MODES)
def test_text_of_ones_own_that_is_too_long_is_an_error_as_any(crew: Crew, mode: str) -> None:
    def long() -> ToolExecutionResult:
        return ToolExecutionResult("", "", "", "x" * 2_000_000)

    heard = listen(mode, crew.client(), calls("t"), tools=[named("t", long)])
    (result,) = heard.response.tool_results
    assert result.is_error
    assert "too long: 2000000 bytes" in result.output


@pytest.mark.parametrize("mode", MODES)
def test_a_tool_in_a_thread_sees_that_its_call_is_over(crew: Crew, mode: str) -> None:
    seen: list[bool] = []

    def waits(context: Context) -> str:
        assert context.ended is None
        for _ in range(1_000):
            if context.ended is not None:
                break
            time.sleep(0.02)
        seen.append(context.ended is not None)
        return "late"

    with pytest.raises(Exception, match="total time limit"):
        heard = listen(
            mode,
            crew.client(),
            calls("t"),
            tools=[named("t", waits)],
            timeout=Timeout(total=1.5),
        )
        raise heard.error or AssertionError("it came to an end")
    until = time.monotonic() + PATIENCE
    while not seen and time.monotonic() < until:
        time.sleep(0.01)
    assert seen == [True]


class Kept:
    """Something that is closed with a client."""

    def __init__(self, log: list[str], *, awaits: bool) -> None:
        self._log = log
        self._awaits = awaits

    def close(self) -> Any:
        self._log.append("closed")
        return self._awaited if self._awaits else None

    async def _awaited(self) -> None:
        self._log.append("awaited")


class Keeper:
    """Keeps one thing."""

    def __init__(self, *, awaits: bool) -> None:
        self.log: list[str] = []
        self.found: list[Kept] = []
        self._awaits = awaits

    @hookimpl
    def chimeric_prepare_request(self, context: Context) -> None:
        def make() -> Kept:
            self.log.append("made")
            return Kept(self.log, awaits=self._awaits)

        self.found.append(context.keep("keeper", make))


@pytest.mark.parametrize("awaits", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_what_a_plugin_keeps_is_made_once_and_closed_with_the_client(
    crew: Crew, mode: str, awaits: bool
) -> None:
    keeper = Keeper(awaits=awaits)
    client = crew.client(keeper)
    other = client.with_options(max_retries=1)
    if mode == "sync":
        other.generate("crew:crew", "[]")
        other.close()
    listen(mode, client, calls("t"), tools=[named("t", lambda: "x")])
    assert len(set(map(id, keeper.found))) == 1
    ended = ["awaited"] if awaits and mode != "sync" else []
    assert keeper.log == ["made", "closed", *ended]


def test_what_a_forgotten_client_keeps_is_closed() -> None:
    keeper = Keeper(awaits=True)
    pytest.importorskip("chimeric_sim")
    Chimeric(plugins=[keeper]).generate("sim:echo", "hi")
    import gc

    gc.collect()
    assert keeper.log == ["made", "closed"]
