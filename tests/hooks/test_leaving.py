"""A call is left, or its time passes, while a hook waits for what it asked for."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import anyio
import msgspec
import pytest

from chimeric import Chimeric, ChimericError, PluginWarning, RequestTimeoutError, Timeout

from .acme import Service, hangs
from .modes import LOOPS, MODES, Way, run_on
from .places import PLACES, STREAMING, call_of, client_of
from .stuck import EFFECTS, Stuck, Told

SOON = 20.0
"""Seconds within which everything ends; what it is waited for would take far longer."""

PARTED = [place for place in PLACES if place != "attempt-sent"]


class Ended(msgspec.Struct):
    """How a call ended: with an error, by cancellation or (both empty) well."""

    error: ChimericError | None = None
    cancelled: bool = False
    seconds: float = 0.0


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(hang=hangs) as service:
        yield service


def left_in_a_thread(client: Chimeric, call: dict[str, Any], stuck: Stuck, how: str) -> Ended:
    """Make a call, and close the stream or the client from another thread."""
    ended, streams = Ended(), []

    def leave() -> None:
        while not (stuck.asked.wait(0.02) or ended.seconds):
            pass
        time.sleep(0.05)
        (client if how == "client" else streams[0]).close()

    leaver = threading.Thread(target=leave)
    leaver.start()
    began = time.monotonic()
    try:
        streams.append(client.generate(**call))
        streams[0].collect()
    except ChimericError as error:
        ended.error = error
    ended.seconds = time.monotonic() - began
    leaver.join(10)
    return ended


async def left_in_a_task(client: Chimeric, call: dict[str, Any], stuck: Stuck, how: str) -> Ended:
    """Make a call; close or cancel it from another task."""
    ended, streams = Ended(), []
    began = time.monotonic()
    scope = anyio.CancelScope()
    tasks: list[asyncio.Task[Any] | None] = []

    async def ask() -> None:
        if how == "task":
            tasks.append(asyncio.current_task())
        try:
            with scope:
                streams.append(await client.agenerate(**call))
                await streams[0].collect()
        except ChimericError as error:
            ended.error = error
        except asyncio.CancelledError:
            ended.cancelled = True  # by task.cancel(); the group knows nothing of it
        ended.cancelled = ended.cancelled or scope.cancelled_caught
        ended.seconds = time.monotonic() - began

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        while not (stuck.asked.is_set() or ended.seconds):
            await anyio.sleep(0.01)
        await anyio.sleep(0.05)
        match how:
            case "scope":
                scope.cancel()
            case "task":
                assert tasks[0] is not None
                tasks[0].cancel()
            case "client":
                await client.aclose()
            case "stream":
                await streams[0].aclose()
    return ended


def left(service: Service, place: str, effect: str, mode: str, how: str) -> tuple[Ended, Stuck]:
    """Leave a call in the middle of a hook; nothing of it is left over."""
    stuck, told = Stuck(place, effect, service.url), Told()
    client, call = client_of(service, place, stuck.plugin, told), call_of(place)
    try:
        if mode == "sync":
            with client:
                ended = left_in_a_thread(client, call, stuck, how)
        else:

            async def main() -> Ended:
                async with client:
                    return await left_in_a_task(client, call, stuck, how)

            ended = run_on(mode, main)
    finally:
        stuck.release()
    assert ended.seconds < SOON
    assert service.wait_closed()
    assert len(told.ends) == 1
    return ended, stuck


CLOSES = [(mode, "client") for mode in MODES] + [(mode, "stream") for mode in MODES]
CLOSED_AT = [
    (place, mode, how)
    for place in PARTED
    for mode, how in CLOSES
    if how == "client" or place in STREAMING  # else there is no stream yet that could be closed
]
CANCELS = [(loop, "scope") for loop in LOOPS] + [("asyncio", "task"), ("uvloop", "task")]


@pytest.mark.parametrize(("place", "mode", "how"), CLOSED_AT)
@pytest.mark.parametrize("effect", EFFECTS)
def test_closing_ends_a_hook_where_it_asks(
    service: Service, place: str, effect: str, mode: str, how: str
) -> None:
    ended, stuck = left(service, place, effect, mode, how)
    assert stuck.left == ["GeneratorExit"]
    assert ended.error is not None
    assert "closed" in ended.error.message
    assert not ended.error.retryable


@pytest.mark.parametrize(("mode", "how"), CANCELS)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("place", PARTED)
def test_cancelling_ends_a_hook_where_it_asks(
    service: Service, place: str, effect: str, mode: str, how: str
) -> None:
    ended, stuck = left(service, place, effect, mode, how)
    assert stuck.left == ["GeneratorExit"]
    assert ended.error is None
    assert ended.cancelled


@pytest.mark.parametrize(("mode", "how"), [*CLOSES, *CANCELS])
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_hook_that_asks_for_ever_after_its_request_is_given_up(
    service: Service, effect: str, mode: str, how: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        _, stuck = left(service, "attempt-sent", effect, mode, how)
    if (effect, how) == ("fetch", "client"):  # nothing can be fetched over a client that is closed
        assert stuck.left in (["GeneratorExit"], ["ConfigurationError"], ["ConnectionFailedError"])
    else:
        assert stuck.left == ["GeneratorExit"]


@pytest.mark.parametrize(("mode", "how"), [*CLOSES, *CANCELS])
@pytest.mark.parametrize("effect", ["wait", "run"])
def test_a_hook_that_asks_after_its_request_finishes_although_the_call_is_left(
    service: Service, effect: str, mode: str, how: str
) -> None:
    _, stuck = left(service, "attempt-sent", f"short {effect}", mode, how)
    assert stuck.left == ["answered"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_whole_answer_is_not_lost_to_a_hook_that_outlasts_the_time_of_the_call(
    service: Service, effect: str, mode: str
) -> None:
    stuck, told = Stuck("attempt-sent", effect, service.url), Told()
    client = client_of(service, "attempt-sent", stuck.plugin, told)
    call = call_of("attempt-sent", timeout=Timeout(total=1.5))
    try:
        with pytest.warns(PluginWarning, match="chimeric_attempt"):
            (response,) = Way(mode, stream=True).ask_all(client, [call])
    finally:
        stuck.release()
    assert response.finish_reason == "stop"
    assert stuck.left == ["GeneratorExit"]
    assert told.ends == ["finished"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("place", PARTED)
def test_the_time_of_the_call_passes_while_a_hook_waits(
    service: Service, place: str, effect: str, mode: str
) -> None:
    stuck, told = Stuck(place, effect, service.url), Told()
    client = client_of(service, place, stuck.plugin, told)
    began = time.monotonic()
    try:
        with pytest.raises(RequestTimeoutError) as caught:
            Way(mode, stream=True).ask_all(client, [call_of(place, timeout=Timeout(total=0.8))])
    finally:
        stuck.release()
    assert caught.value.phase == "total"
    assert time.monotonic() - began < SOON
    assert stuck.left == ["GeneratorExit"]
    assert told.ends == ["RequestTimeoutError"]
    assert service.wait_closed()
