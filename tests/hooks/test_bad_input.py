"""Hooks that ask and break the contract: a clear error in every mode, and nothing hangs."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chimeric import (
    ChimericError,
    PluginError,
    PluginWarning,
    RefusedError,
    RequestTimeoutError,
    Timeout,
    hookimpl,
    wait,
)

from .acme import Service
from .modes import MODES, Way
from .places import PLACES, STREAMING, call_of, client_of, plugin_in

RETURNING = [
    place for place in PLACES if not place.startswith(("answer", "attempt", "stream_processor"))
]
"""Hooks whose generators yield nothing but what they ask for."""


def made(service: Service, place: str, mode: str, asks: Callable[[], Any], **more: Any) -> Any:
    """Make the call that comes to a hook which asks."""
    client = client_of(service, place, plugin_in(place, asks))
    return Way(mode, stream=True).ask_all(client, [call_of(place, **more)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("item", [None, "text", 1.5, object(), wait])
@pytest.mark.parametrize("place", RETURNING)
def test_what_cannot_be_performed_is_named(
    service: Service, place: str, item: Any, mode: str
) -> None:
    left: list[str] = []

    def asks() -> Iterator[Any]:
        try:
            yield item
        except GeneratorExit:
            left.append("closed")
            raise

    with pytest.raises(PluginError, match=f"yielded {type(item).__name__}") as caught:
        made(service, place, mode, asks)
    hook = f"chimeric_{place}"
    assert (caught.value.plugin, caught.value.hook) == ("Asker", hook)
    assert "yield from wait" in caught.value.message
    assert left == ["closed"]
    assert service.wait_closed()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
def test_a_hook_that_asks_for_ever_ends_with_the_time_of_the_call(
    service: Service, place: str, mode: str
) -> None:
    def asks() -> Iterator[Any]:
        while True:
            yield from wait(0.01)

    began = time.monotonic()
    if place == "attempt-sent":
        with pytest.warns(PluginWarning, match="given up"):
            made(service, place, mode, asks, timeout=Timeout(total=0.8))
    else:
        with pytest.raises(RequestTimeoutError):
            made(service, place, mode, asks, timeout=Timeout(total=0.8))
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
def test_a_hook_that_swallows_its_end_changes_nothing(
    service: Service, place: str, mode: str
) -> None:
    def asks() -> Iterator[Any]:
        with contextlib.suppress(BaseException):  # the worst that a plugin can do
            yield from wait(60)
        yield from wait(60)

    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if place == "attempt-sent":
            made(service, place, mode, asks, timeout=Timeout(total=0.8))
        else:
            with pytest.raises(RequestTimeoutError):
                made(service, place, mode, asks, timeout=Timeout(total=0.8))
    assert time.monotonic() - began < 20
    told = [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]
    assert any("'Asker'" in text for text in told)
    assert service.wait_closed()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", [RuntimeError("boom"), StopIteration("boom"), KeyError("boom")])
def test_what_a_hook_raises_after_it_asked_is_a_plugins_error(
    service: Service, place: str, fault: Exception, mode: str
) -> None:
    def asks() -> Iterator[Any]:
        yield from wait(0)
        raise fault

    with pytest.raises(PluginError) as caught:
        made(service, place, mode, asks)
    assert caught.value.plugin == "Asker"
    assert caught.value.hook == f"chimeric_{place.partition('-')[0]}"
    assert caught.value.__cause__ is not None
    if place in STREAMING:
        assert caught.value.partial is not None
    assert service.wait_closed()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
def test_an_error_of_ours_that_a_hook_raises_is_raised_as_it_is(
    service: Service, place: str, mode: str
) -> None:
    error = RefusedError("no", retry_after=3)

    def asks() -> Iterator[Any]:
        yield from wait(0)
        raise error

    with pytest.raises(ChimericError) as caught:
        made(service, place, mode, asks)
    assert caught.value.__class__ is RefusedError
    assert caught.value.message == "no"
    if place != "credentials":  # there, each caller has a copy
        assert caught.value is error


@pytest.mark.parametrize("place", PLACES)
def test_a_hook_that_interrupts_is_not_held_back(service: Service, place: str) -> None:
    def asks() -> Iterator[Any]:
        yield from wait(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(service, place, "sync", asks)
    assert service.wait_closed()


WRONG: dict[str, Any] = {
    "prepare_request": "text",
    "recover": "text",
    "call_tool": 1.5,
    "finish_turn": 1.5,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", WRONG)
def test_what_a_generator_returns_is_looked_at_as_what_a_function_does(
    service: Service, place: str, mode: str
) -> None:
    def hook() -> Iterator[Any]:
        yield from wait(0)
        return WRONG[place]

    name = f"chimeric_{place}"
    hook.__name__ = name
    plugin = type("Wrong", (), {name: staticmethod(hookimpl(hook))})()
    kind = type(WRONG[place]).__name__
    with pytest.raises(PluginError, match=f"returned {kind} from {name}") as caught:
        Way(mode, stream=True).ask_all(client_of(service, place, plugin), [call_of(place)])
    assert caught.value.plugin == "Wrong"
