"""The plugin: asks the store before the provider, and keeps what the provider answered."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Any, Literal

import msgspec
from chimeric_stores import Guard, OnError, of_user

from chimeric import Context, Delta, FinishedTurn, Request, Usage, hookimpl, wait

from .keys import HEADERS, PARTS, Part, key_of
from .pace import Pace, due
from .rows import Row
from .sqlite_store import SQLiteStore
from .stores import Store

__all__ = ["Cache"]

GOOD = ("stop", "tool_calls")


class _Call:
    """What one call has come to.

    Attributes:
        pace: notes when the answer comes.
        key: what the turn's answer is to be kept under, or None for not at all.
        asked: the turn's request.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self.key: str | None = None
        self.asked: Request | None = None

    def begin(self, request: Request) -> None:
        """A turn begins; nothing is known of it."""
        self.pace.begin()
        self.key, self.asked = None, request

    def missed(self, key: str | None, fault: str = "") -> None:
        """The provider has to answer."""
        self.key = key
        self.pace.told = {"hit": False, "error": fault} if fault else {"hit": False}


class Cache:
    """A plugin for ``Chimeric(plugins=[...])``. It keeps each turn for itself, as the provider
    sent it: an answer out of the store is a stream that passes all other middleware, runs tools,
    and needs no key.

    Args:
        store: a file's path, or a store: ``SQLiteStore``, ``RedisStore``, or your own.
        parts: what of a request has to be the same: ``model`` (with its provider and options),
            ``messages``, ``tools``, ``parameters`` (temperature, response format, ...).
        headers: names of ``extra_headers`` that have to be the same, too.
        scope: what else has to be: a function of the call's context, whose text parts answers from
            each other, or a key of ``context.user``. Without it, everybody gets everybody's.
        when: which calls have to do with the cache at all.
        max_age: seconds after which an answer is asked for anew; None: never.
        keep: finish reasons of answers that are kept. Failed, interrupted and empty ones never are.
        pace: whether an answer comes out of the store at once, or as fast as it was recorded.
        on_error: what a store that fails does to a call: ``pass`` goes on without it, with a
            ``PluginWarning`` and the fault in ``metadata["answer_cache"]["error"]``; ``fail``
            raises a ``PluginError``.
        wait: seconds that a store has for an answer.

    Raises:
        ValueError: for a limit that is not positive, or a word that is none of these.

    Example:
        >>> import tempfile
        >>> cache = Cache(tempfile.mkdtemp() + "/answers.db", max_age=86_400, scope="tenant")
    """

    chimeric_phase = "record"

    def __init__(
        self,
        store: Store | str | os.PathLike[str],
        *,
        parts: Collection[Part] = PARTS,
        headers: Collection[str] = HEADERS,
        scope: str | Callable[[Context], str] | None = None,
        when: Callable[[Request, Context], bool] | None = None,
        max_age: float | None = None,
        keep: Collection[str] = GOOD,
        pace: Literal["at once", "recorded"] = "at once",
        on_error: OnError = "pass",
        wait: float = 2.0,
    ) -> None:
        if unknown := [part for part in parts if part not in PARTS]:
            raise ValueError(f"parts: {unknown[0]!r} is none of {', '.join(PARTS)}")
        if pace not in ("at once", "recorded"):
            raise ValueError(f"pace must be 'at once' or 'recorded', not {pace!r}")
        if max_age is not None and not max_age > 0:
            raise ValueError("max_age must be positive")
        self._store: Store = SQLiteStore(store) if isinstance(store, (str, os.PathLike)) else store
        self._parts = tuple(parts)
        self._headers = tuple(headers)
        self._scope = scope
        self._when = when
        self._max_age = max_age
        self._keep = frozenset(keep)
        self._recorded = pace == "recorded"
        self._guard = Guard("chimeric-cache", on_error=on_error, seconds=wait)

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Pace:
        """What notes when an answer comes, and tells on its last chunk what was done."""
        return self._call(context).pace

    @hookimpl
    def chimeric_answer(self, request: Request, context: Context) -> Iterator[Delta] | None:
        """The answer that is kept, if there is one."""
        call = self._call(context)
        call.begin(request)
        if self._when is not None and not self._when(request, context):
            return None
        return self._answer(call, request, context)

    def _answer(self, call: _Call, request: Request, context: Context) -> Generator[Any, Any, None]:
        try:
            key = key_of(request, self._parts, self._scope_of(context), self._headers)
        except TypeError as error:
            call.missed(None, f"the request has no key: {error}")
            return
        row, fault = yield from self._guard.ask(self._find, key)
        if row is None:
            call.missed(key, fault)
            return
        # Told with the last chunk, not as part of the answer: guards hide what a provider told.
        call.pace.told = _told_of(row)
        yield Delta(model=row.model or None, usage=Usage.of(0, 0), state=row.state)
        times = due(row.deltas, row.pace) if self._recorded else [0.0] * len(row.deltas)
        now = 0.0
        for delta, time_due in zip(row.deltas, times, strict=True):
            if time_due > now:
                yield from wait(time_due - now)
                now = time_due
            yield delta

    @hookimpl
    def chimeric_finish_turn(
        self, turn: FinishedTurn, context: Context
    ) -> Generator[Any, Any, None] | None:
        """Keep the turn, where it may be kept."""
        call = self._call(context)
        key, asked, answered = call.key, call.asked, context.request
        if key is None or asked is None or turn.finish_reason not in self._keep:
            return None
        if not _is_answered(asked, answered, context):
            return None  # another model answered in its place
        if not turn.deltas:
            return None  # middleware ended it, or it was cut and gone on with: what came is a part
        if not (turn.text or turn.tool_calls or any(delta.files for delta in turn.deltas)):
            return None
        row = Row.of(
            turn,
            at=time.time(),
            provider=context.provider,
            model=answered.model,
            pace=call.pace.notes,
        )
        return self._kept(key, row)

    def _kept(self, key: str, row: Row) -> Generator[Any, Any, None]:
        yield from self._guard.ask(self._put, key, row)

    def _put(self, key: str, row: Row) -> None:
        self._store.put(key, row.encoded())

    def _find(self, key: str) -> Row | None:
        data = self._store.get(key)
        row = Row.decoded(data) if data is not None else None
        # A clock that was set back makes rows of the future: they are as old as they are young.
        if row is not None and self._max_age is not None:
            if abs(time.time() - row.at) > self._max_age:
                return None
        return row

    def _scope_of(self, context: Context) -> str:
        scope = self._scope
        if scope is None:
            return ""
        return of_user(context, scope) if isinstance(scope, str) else scope(context)

    def _call(self, context: Context) -> _Call:
        # Two instances on one client keep apart.
        call: _Call = context.state.setdefault(f"chimeric-cache-{id(self)}", _Call())
        return call


def _told_of(row: Row) -> dict[str, Any]:
    """What a hit says of itself."""
    told: dict[str, Any] = {"hit": True, "age": max(0.0, round(time.time() - row.at, 3))}
    if row.provider:
        told["provider"] = row.provider
    if row.usage is not None:
        told["saved"] = msgspec.to_builtins(row.usage)
    if row.native is not None:
        told["saved_native"] = row.native
    return told


def _is_answered(asked: Request, answered: Request, context: Context) -> bool:
    """Whether the model that was asked has answered, whose name may have said where it is."""
    if asked.model == answered.model:
        return asked.provider in (None, answered.provider)
    places = (answered.provider, context.endpoint)
    return any(asked.model == f"{place}:{answered.model}" for place in places)
