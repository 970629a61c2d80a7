"""A framer that a plugin brings, held to the limit of one event and to its contract."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from chimeric.errors import ChimericError, PluginError, ProtocolError
from chimeric.faults import is_undecodable
from chimeric.plugins.hooks import PluginHook
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.deltas import Event
from chimeric.values.transport import Framer

from .sizes import too_big

__all__ = ["other_framer"]

SLACK: Final = 4096
"""Bytes that a framer may hold besides twice an event: frames are larger than what they carry."""

DATA: Final = operator.attrgetter("data")
view: Callable[[bytes], memoryview] = memoryview


def other_framer(name: str, limit: int, plugin: ProviderPlugin, provider: str) -> Framer:
    """What cuts an answer up that is no event stream of the usual form.

    Raises:
        PluginError: when no plugin brings it.
    """
    if name in plugin.framings:
        return guarded_framer(plugin.framings[name], limit, plugin.at("chimeric_framings"))
    if name == "ndjson":
        from .ndjson import NDJSONFramer

        return NDJSONFramer(limit)
    raise PluginError(
        f"provider {provider!r} asks for the framing {name!r}, which no plugin brings; return it "
        "from chimeric_framings",
        plugin=plugin.name,
        distribution=plugin.distribution,
    )


def guarded_framer(factory: Callable[[int], Framer], limit: int, hook: PluginHook) -> Framer:
    """Make a plugin's framer, and guard it unless it says that it ``keeps_limit`` itself.

    Raises:
        PluginError: when it cannot be made, or is none.
    """
    framer: Any = hook.run(factory, limit)
    if not callable(getattr(framer, "feed", None)) or not callable(getattr(framer, "end", None)):
        raise hook.wrong_return(framer, "its functions make a framer, with feed(data) and end()")
    if getattr(framer, "keeps_limit", False) is True:
        return cast("Framer", framer)
    return GuardedFramer(framer, limit, hook)


class GuardedFramer:
    """Passes on what a framer gives.

    Raises:
        ProtocolError: for an event over ``limit`` bytes, for bytes without an event in them that
            are over twice as many, and for bytes that the framer cannot decode.
        PluginError: for whatever else the framer raises or returns.
    """

    __slots__ = ("_framer", "_held", "_hook", "_limit")

    def __init__(self, framer: Framer, limit: int, hook: PluginHook) -> None:
        self._framer = framer
        self._limit = limit
        self._hook = hook
        self._held = 0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        try:
            events = self._framer.feed(data)
        except Exception as error:
            raise self._fault(error, data) from error
        if not events:
            self._held += len(data)
            if self._held > 2 * self._limit + SLACK:
                raise too_big(data, self._limit)
            return self._checked(events)
        self._held = 0
        try:
            # Asked of all at once: most reads bring nothing but small events with bytes.
            if max(map(len, map(view, map(DATA, events)))) <= self._limit:
                return events
        except Exception as error:  # what it is instead, the slow way tells
            self._checked(events)
            raise self._fault(error, data) from error
        return self._checked(events)

    def end(self) -> list[Event]:
        """The body has ended; return what stands there without its terminator."""
        try:
            events = self._framer.end()
        except Exception as error:
            raise self._fault(error, b"") from error
        return self._checked(events)

    def _checked(self, events: Any) -> list[Event]:
        if not isinstance(events, (list, tuple)):
            raise self._wrong(events)
        checked = cast("Sequence[object]", events)
        for event in checked:
            if not isinstance(event, Event) or type(event.data) is not bytes:
                raise self._wrong(event)
            if len(event.data) > self._limit:
                raise too_big(event.data, self._limit)
        return cast("list[Event]", list(checked))

    def _fault(self, error: Exception, data: bytes) -> ChimericError:
        if isinstance(error, ChimericError):
            return error
        if is_undecodable(error):
            return ProtocolError(f"the bytes cannot be split into events: {error}", raw=data)
        return self._hook.raised(error)

    def _wrong(self, value: object) -> PluginError:
        return self._hook.wrong_return(
            value, "a framer returns lists of Event, whose data is bytes"
        )
