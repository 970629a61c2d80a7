"""Runs a case over a real socket and notes what a caller sees."""

from __future__ import annotations

import asyncio
import functools
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from chimeric_testing import FaultServer, SeenRequest

from chimeric import Chimeric, CompletionResponse, Limits, Timeout

from .cases import Case
from .dialects import KEY, Dialect
from .loops import LOOPS

MODES = ("sync", "async", "uvloop")


class Observed(msgspec.Struct):
    outcome: str
    text: str
    """What the chunks said."""
    response: CompletionResponse | None
    error: BaseException | None
    requests: Sequence[SeenRequest]
    waits: Sequence[float]
    """Seconds between the requests."""
    closed: bool
    """Whether no answer went on for a second after the call, nor a connection after the client."""
    seconds: float


def settings(dialect: Dialect, url: str, **more: Any) -> dict[str, Any]:
    return {
        "api_keys": {dialect.provider: KEY},
        "base_urls": {dialect.provider: url},
        "limits": Limits(event_size=4 * 1024 * 1024),
        **more,
    }


def arguments(dialect: Dialect) -> dict[str, Any]:
    return {
        "model": "m-1",
        "messages": "Hello",
        "provider": dialect.provider,
        "stream": True,
        **dialect.options,
    }


def run(case: Case, dialect: Dialect, mode: str) -> Observed:
    script = case.script(dialect)
    assert script is not None
    times: list[float] = []
    texts: list[str] = []

    def serve(answer: Any, number: int, request: SeenRequest) -> Any:
        times.append(time.monotonic())
        steps: Any = case.fault.serve(answer, number, request)
        return steps

    fault = msgspec.structs.replace(case.fault, serve=serve)
    began = time.monotonic()
    with FaultServer(script, fault) as server:
        limit = case.fault.timeout
        timeout = (
            Timeout() if limit is None else Timeout(read=limit, first=5 * limit, gap=3 * limit)
        )
        made = settings(dialect, server.url, timeout=timeout)
        play = (
            _sync
            if mode == "sync"
            else functools.partial(_async, loop=LOOPS["asyncio" if mode == "async" else mode])
        )
        response, error, closed = play(case, dialect, server, made, texts)
        partial = response if error is None else getattr(error, "partial", None)
        return Observed(
            outcome="ok" if error is None else getattr(error, "kind", type(error).__name__),
            text="".join(texts),
            response=partial,
            error=error,
            requests=list(server.loopback.requests),
            waits=[b - a for a, b in itertools.pairwise(times)],
            closed=closed,
            seconds=time.monotonic() - began,
        )


def _sync(
    case: Case, dialect: Dialect, server: FaultServer, made: dict[str, Any], texts: list[str]
) -> tuple[CompletionResponse | None, BaseException | None, bool]:
    response: CompletionResponse | None = None
    error: BaseException | None = None
    with Chimeric(**made) as client:
        for call in range(case.fault.calls):
            texts.clear()
            if call:
                time.sleep(0.2)
            try:
                stream = client.generate(**arguments(dialect))
                for chunk in stream:
                    texts.append(chunk.delta or "")
                response = stream.response
            except BaseException as caught:
                error = caught
        given_up = server.loopback.wait_idle()
    return response, error, given_up and server.loopback.wait_closed()


def _async(
    case: Case,
    dialect: Dialect,
    server: FaultServer,
    made: dict[str, Any],
    texts: list[str],
    *,
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> tuple[CompletionResponse | None, BaseException | None, bool]:
    async def main() -> tuple[CompletionResponse | None, BaseException | None, bool]:
        response: CompletionResponse | None = None
        error: BaseException | None = None
        async with Chimeric(**made) as client:
            for call in range(case.fault.calls):
                texts.clear()
                if call:
                    await asyncio.sleep(0.2)
                try:
                    stream = await client.agenerate(**arguments(dialect))
                    async for chunk in stream:
                        texts.append(chunk.delta or "")
                    response = stream.response
                except BaseException as caught:
                    error = caught
            given_up = await asyncio.to_thread(server.loopback.wait_idle)
        return response, error, given_up and server.loopback.wait_closed()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())
