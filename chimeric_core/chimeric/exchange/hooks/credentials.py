"""Keys that plugins or callables bring: asked for when a request needs one."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Final, TypeAlias

import msgspec

from chimeric.errors import ChimericError, ConfigurationError, PluginError, RequestTimeoutError
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import Effect, Join, Perform
from chimeric.plugins.hooks import Link
from chimeric.schema.type_guards import is_generator
from chimeric.values.context import Context
from chimeric.values.hooks.credentials import Credentials
from chimeric.values.hooks.wants import RunWant
from chimeric.values.secrets import Secret

from .asking import Asker

__all__ = ["Vault", "forget", "keyed"]

LONGEST: Final = 60.0
"""Seconds that asking for credentials may take."""

MOST: Final = 1024
"""Credentials that are kept: users may be many."""

Place: TypeAlias = tuple[str, str, str, tuple[Any, ...]]
"""An endpoint, its base URL, the scope of its credentials, and the plugins that are asked."""


class Flight(msgspec.Struct, eq=False):
    """One call asks for credentials; the others that need the same wait for what it gets.

    Attributes:
        until: monotonic time by which it has to end.
        found: the credentials; None when no plugin brings any.
        error: why there are none.
        left: whether the call that asked has ended, and another has to ask.
        interrupted: whether it has ended while a plugin was waiting for something.
    """

    until: float
    ended: bool = False
    found: Credentials | None = None
    error: ChimericError | None = None
    left: bool = False
    interrupted: bool = False
    _lock: Any = msgspec.field(default_factory=threading.Lock)
    _wakers: list[Callable[[], None]] = []

    def join(self, wake: Callable[[], None]) -> bool:
        """Have ``wake`` called when it has ended; False if it has already."""
        with self._lock:
            if not self.ended:
                self._wakers.append(wake)
            return not self.ended

    def end(self) -> None:
        """Wake all who wait."""
        with self._lock:
            self.ended = True
            wakers, self._wakers = self._wakers, []
        for wake in wakers:
            wake()


class Vault:
    """The credentials of one client, for all its threads and loops."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Place, Credentials] = {}
        self._flights: dict[Place, Flight] = {}

    def find(self, place: Place) -> tuple[Credentials | Flight, bool]:
        """What is kept, or the flight to wait for; and whether the caller is to lead it."""
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None and kept.fresh():
                return kept, False
            self._kept.pop(place, None)
            flight = self._flights.get(place)
            if flight is not None:
                return flight, False
            flight = self._flights[place] = Flight(time.monotonic() + LONGEST)
            return flight, True

    def land(self, place: Place, flight: Flight) -> None:
        """A flight has ended: keep what it brought, and wake all who wait."""
        with self._lock:
            self._flights.pop(place, None)
            if flight.found is not None and flight.found.fresh():
                if len(self._kept) >= MOST:
                    del self._kept[next(iter(self._kept))]
                self._kept[place] = flight.found
        flight.end()

    def drop(self, place: Place, refused: Credentials | None) -> None:
        """Forget credentials that the provider has refused."""
        with self._lock:
            if refused is not None and self._kept.get(place) is refused:
                del self._kept[place]


def keyed(call: Call, route: Route) -> Generator[Effect, Any, Route]:
    """The route with the key of this request: a callable's, a plugin's, or its own."""
    if route.ask_key is not None:
        return msgspec.structs.replace(route, secret=(yield from _called(call, route)))
    if (found := (yield from _flown(call, route))) is None:
        return route
    return msgspec.structs.replace(route, secret=found.key(), credentials=found, key_missing=None)


def _called(call: Call, route: Route) -> Generator[Effect, Any, Secret]:
    """The key that a callable returns."""
    name = route.config.name
    assert route.ask_key is not None
    reply: Any = yield Perform(RunWant(route.ask_key), call.deadline)
    if reply is None:
        raise RequestTimeoutError(
            f"the callable of {name}'s API key did not return in time", phase="total"
        )
    value, error = reply
    if isinstance(error, ChimericError):
        raise error
    if error is not None:
        raise ConfigurationError(
            f"the callable of {name}'s API key raised {type(error).__name__}"
        ) from error
    if not isinstance(value, (str, Secret)) or not value:
        raise ConfigurationError(
            f"the callable of {name}'s API key must return a key, not {type(value).__name__}"
        )
    return value if isinstance(value, Secret) else Secret(value)


def _flown(call: Call, route: Route) -> Generator[Effect, Any, Credentials | None]:
    """What the plugins bring; of all calls that need the same, one asks."""
    place, vault = _place(call, route), call.vault()
    while True:
        flight, leads = vault.find(place)
        if isinstance(flight, Credentials):
            return flight
        if leads:
            return (yield from _led(call, route, place, flight))
        until = flight.until if call.deadline is None else min(call.deadline, flight.until)
        if (yield Perform(Join(flight), until)) is None:
            raise _late(call, until)
        if flight.error is not None:
            raise copy.copy(flight.error) from flight.error.__cause__
        if not flight.left:
            return flight.found


def _led(
    call: Call, route: Route, place: Place, flight: Flight
) -> Generator[Effect, Any, Credentials | None]:
    """Ask the plugins, for all who wait; a call that ends meanwhile leaves it to another."""
    flight.left = True
    try:
        for link in call.hooks.with_own("chimeric_credentials", route.plugin):
            flight.found = yield from _asked(call, route, link, flight)
            if flight.found is not None:
                break
        flight.left = False
    except ChimericError as error:
        if not (flight.interrupted or (call.deadline and time.monotonic() >= call.deadline)):
            flight.left, flight.error = False, error
        raise
    finally:
        call.vault().land(place, flight)
    return flight.found


def _asked(
    call: Call, route: Route, link: Link, flight: Flight
) -> Generator[Effect, Any, Credentials | None]:
    context: Any = call.context
    if not any(scope.plugin == link.plugin for scope in call.hooks.with_own(SCOPE, route.plugin)):
        context = _Unscoped(call.context, link)
    out = link.guarded(route.config, context)
    if is_generator(out):
        asker = Asker(call, link, out)
        until = flight.until if call.deadline is None else min(call.deadline, flight.until)
        asker.until, asker.late = until, lambda: _late(call, until)
        try:
            out = yield from asker.finish()
        finally:
            flight.interrupted = asker.interrupted
    if out is None:
        return None
    if not isinstance(out, Credentials):
        raise link.wrong_return(out, "return Credentials or None")
    if out.expires_at is not None and out.expires_at <= time.time():
        raise link.fault(
            f"returned credentials from {link.hook} that have expired already; expires_at is in "
            "seconds since the epoch, as time.time() counts them"
        )
    return out


SCOPE: Final = "chimeric_credentials_scope"


def forget(call: Call, route: Route) -> None:
    """The provider has refused what the plugins brought: the next request asks them again."""
    call.vault().drop(_place(call, route), route.credentials)


def _place(call: Call, route: Route) -> Place:
    asked = tuple(
        link.function for link in call.hooks.with_own("chimeric_credentials", route.plugin)
    )
    config = route.config
    return config.endpoint or config.name, config.base_url, _scope(call, route), asked


def _scope(call: Call, route: Route) -> str:
    """What the credentials belong to, as the plugins have it."""
    scopes: list[str] = []
    for link in call.hooks.with_own(SCOPE, route.plugin):
        scope = link.guarded(route.config, call.context)
        if scope is not None and not isinstance(scope, str):
            raise link.wrong_return(scope, "return a str or None")
        scopes.append(scope or "")
    return "\x00".join(scopes)


def _late(call: Call, until: float) -> ChimericError:
    if call.deadline is not None and until >= call.deadline:
        return RequestTimeoutError(
            f"no credentials came within the {call.timeout.total:g} s of the call; raise "
            "Timeout.total to wait longer",
            phase="total",
        )
    return PluginError(f"no credentials came within {LONGEST:g} s", hook="chimeric_credentials")


class _Unscoped:
    """The context of a plugin that says nothing of whose credentials it returns."""

    def __init__(self, context: Context, link: Link) -> None:
        self._context = context
        self._link = link

    def __getattr__(self, name: str) -> Any:
        if name == "user":
            raise self._link.fault(
                f"reads context.user in {self._link.hook} without {SCOPE}: one user's credentials "
                "would be kept for all; return what they belong to from that hook"
            )
        return getattr(self._context, name)
