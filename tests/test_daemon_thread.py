"""Functions in daemon threads: waited for, awaited, given up."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio
import pytest
import trio
import uvloop

from chimeric.transport.daemon_thread import in_daemon_thread, wait_for_daemon_thread

Run: TypeAlias = Callable[[Callable[[], Awaitable[Any]]], Any]
NAME: contextvars.ContextVar[str] = contextvars.ContextVar("NAME", default="nobody")


@pytest.fixture(params=["asyncio", "uvloop", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    if request.param == "trio":
        return trio.run
    library: Any = uvloop if request.param == "uvloop" else asyncio
    return lambda main: library.run(main())


def told() -> tuple[str, bool]:
    return NAME.get(), threading.current_thread().daemon


def test_a_value_comes_back_from_a_daemon_thread_with_the_callers_variables(run: Run) -> None:
    async def main() -> Any:
        NAME.set("caller")
        return await in_daemon_thread(told)

    assert run(main) == ("caller", True)
    assert contextvars.copy_context().run(lambda: wait_for_daemon_thread(told)) == ("nobody", True)


@pytest.mark.parametrize("kind", [ValueError, KeyError, SystemExit])
def test_what_the_function_raises_is_raised(run: Run, kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("so")

    async def main() -> Any:
        with pytest.raises(kind, match="so"):
            await in_daemon_thread(fail)

    run(main)
    with pytest.raises(kind, match="so"):
        wait_for_daemon_thread(fail)


def test_a_function_that_hangs_is_given_up_on_cancellation(run: Run) -> None:
    release = threading.Event()

    async def main() -> float:
        began = time.monotonic()
        with anyio.move_on_after(0.1):
            await in_daemon_thread(lambda: release.wait(30))
        return time.monotonic() - began

    assert run(main) < 10
    release.set()  # its outcome has nowhere to go, which is nobody's fault


def test_a_loop_may_be_started_in_the_thread(run: Run) -> None:
    async def inner() -> str:
        await anyio.sleep(0)
        return "inner"

    async def main() -> Any:
        return await in_daemon_thread(lambda: anyio.run(inner))

    assert run(main) == "inner"
