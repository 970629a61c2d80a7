"""Tokens out of an exchange, and many callers at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
from chimeric_testing import Pause, SeenRequest, Step

from chimeric import (
    Chimeric,
    ChimericError,
    Credentials,
    HTTPRequest,
    ProviderConfig,
    fetch,
    hookimpl,
)

from .acme import Service, answer
from .modes import run_on

MANY = 50
SOON = 20.0


class Tokens:
    """The token endpoint: it takes its time, and counts.

    Attributes:
        seconds: how long it takes.
        given: the tokens that it gave.
    """

    def __init__(self, seconds: float = 0.5) -> None:
        self.seconds = seconds
        self.asked = 0
        self.given: list[str] = []

    def __call__(self, request: SeenRequest) -> Iterator[Step]:
        self.asked += 1
        yield Pause(self.seconds)
        self.given.append(f"token-{len(self.given)}-0123456789")
        yield from answer({"token": self.given[-1]})


class Exchange:
    """Brings tokens."""

    def __init__(self, service: Service, lasts: float = 3600.0) -> None:
        self._url, self.lasts = f"{service.url}/token", lasts

    @hookimpl
    def chimeric_credentials(self, provider: ProviderConfig) -> Iterator[Any]:
        response = yield from fetch(HTTPRequest(url=self._url, body={"grant": "mine"}))
        return Credentials(response.json()["token"], expires_at=time.time() + self.lasts)


def in_threads(client: Chimeric, count: int, **params: Any) -> list[str | ChimericError]:
    """So many calls at the same time, each in a thread; how each ended."""
    ends: list[str | ChimericError] = []

    def ask() -> None:
        try:
            ends.append(client.generate("acme-story", "Hi", **params).content)  # type: ignore[union-attr]
        except ChimericError as error:
            ends.append(error)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert not any(thread.is_alive() for thread in threads)
    return ends


async def in_tasks(client: Chimeric, count: int, **params: Any) -> list[str | ChimericError]:
    """So many calls at the same time, each in a task; how each ended."""
    ends: list[str | ChimericError] = []

    async def ask() -> None:
        try:
            ends.append((await client.agenerate("acme-story", "Hi", **params)).content)  # type: ignore[union-attr]
        except ChimericError as error:
            ends.append(error)

    with anyio.fail_after(SOON):
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(ask)
    return ends


def many(client: Chimeric, mode: str, count: int = MANY, **params: Any) -> list[Any]:
    """So many calls of one client at the same time, which is closed then."""
    if mode == "sync":
        with client:
            return in_threads(client, count, **params)

    async def main() -> list[Any]:
        async with client:
            return await in_tasks(client, count, **params)

    return run_on(mode, main)
