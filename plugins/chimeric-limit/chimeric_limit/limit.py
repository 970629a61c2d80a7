"""The plugin: takes of the books before each attempt, and corrects them after it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
from chimeric_stores import Guard, OnError, of_user

from chimeric import (
    SEND,
    Context,
    Outcome,
    PluginWarning,
    RefusedError,
    StreamChunk,
    StreamProcessor,
    Usage,
    hookimpl,
    wait,
)

from .estimate import answer_tokens, prompt_tokens, text_tokens
from .ledger import Granted, Ledger, NoRoom, Store
from .rates import MINUTE, Amounts, Rates
from .told import pause_of

__all__ = ["Limit"]

Per = Literal["provider", "model", "endpoint"]

SHORTEST, SLOWEST = 0.01, 0.5
"""Seconds between two questions whether another attempt has ended."""

STORE = 2.0
"""Seconds that a store has for an answer."""

WORDS = {
    "requests": "requests in {window:g} s",
    "tokens": "tokens in {window:g} s",
    "spending": "dollars in {spending_window:g} s",
    "concurrent": "requests at a time",
}


class _Taken(msgspec.Struct):
    """What the attempt that is under way has taken."""

    key: str
    ticket: str
    prompt: int
    tokens: int
    answered: int = 0


class Limit:
    """A plugin for ``Chimeric(plugins=[...])``. Several on one client hold several limits.

    Tokens and dollars are estimated before an attempt, and corrected by what the provider reports.

    Args:
        requests: in any minute (``window``).
        tokens: in any minute, of prompts and answers together.
        concurrent: attempts at a time. A place is given back however the attempt ends.
        spending: dollars in any day (``spending_window``), by the prices of genai-prices.
        window: seconds.
        spending_window: seconds.
        per: what has a limit of its own: ``provider``, ``model``, ``endpoint``, a key of
            ``context.user``, or functions of the context.
        store: where the books are: this process, or a ``RedisLedger`` that many share.
        wait: seconds that a request waits for room at most; 0 refuses at once.
        answer: tokens that are set aside for an answer. A stream that has more takes more, and is
            ended with what it has where there is none.
        learn: whether to pause as the provider's own headers and errors say (``retry-after``,
            ``x-ratelimit-*``, Google's ``RetryInfo``).
        on_error: what a store that fails, or a price that is not known, does to a call: ``pass``
            goes on with a ``PluginWarning``, ``fail`` raises a ``PluginError``.

    Raises:
        RefusedError: out of a call, with ``retry_after``, where it would wait too long.
        ValueError: for a limit that is negative, or a word that is none of these.

    Example:
        >>> limit = Limit(requests=500, tokens=200_000, per=["provider", "model"])
    """

    def __init__(
        self,
        *,
        requests: int | None = None,
        tokens: int | None = None,
        concurrent: int | None = None,
        spending: float | None = None,
        window: float = MINUTE,
        spending_window: float = 86_400.0,
        per: Sequence[str | Callable[[Context], str]] = ("provider",),
        store: Store | None = None,
        wait: float = 60.0,
        answer: int = 500,
        learn: bool = True,
        on_error: OnError = "pass",
    ) -> None:
        told = (requests, tokens, concurrent, spending, wait, answer)
        if any(limit is not None and not limit >= 0 for limit in told):
            raise ValueError("a limit is a number from 0")
        if not (window > 0 and spending_window > 0):
            raise ValueError("a window must be positive")
        if isinstance(per, str):
            raise TypeError("per must be a list")
        self._rates = Rates(
            requests=requests,
            tokens=tokens,
            concurrent=concurrent,
            spending=spending,
            window=window,
            spending_window=spending_window,
        )
        self._per = tuple(per)
        self._store: Store = Ledger() if store is None else store
        self._wait = wait
        self._answer = answer
        self._learns = learn
        self._guard = Guard("chimeric-limit", on_error=on_error, seconds=STORE)

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        """Wait for room, send, and correct what was taken."""
        taken = yield from self._take(context)
        outcome: Outcome = yield SEND
        if taken is None:
            return
        context.state.pop(self._name(), None)
        forget: Any = getattr(self._store, "forget", None)
        if forget is not None:
            forget(taken.ticket)  # also where nothing can be asked for any more
        amounts = self._used(context, taken, outcome)
        yield from self._ask(self._store.settle, taken.key, taken.ticket, self._rates, amounts)
        asked = None if isinstance(outcome.error, RefusedError) else outcome.error
        told = getattr(asked, "retry_after", None)  # also what the body alone tells (Google)
        if self._learns and (pause := pause_of(outcome.status, outcome.headers, told)):
            yield from self._ask(self._store.pause, taken.key, self._rates, pause)

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor | None:
        """What takes more for an answer that is longer than was set aside."""
        limited = self._rates.tokens is not None or self._rates.spending is not None
        return _Watch(self, context) if limited and context.streaming else None

    def _take(self, context: Context) -> Generator[Any, Any, _Taken | None]:
        request = context.request
        prompt, answer = prompt_tokens(request), answer_tokens(request, self._answer)
        amounts = Amounts(prompt + answer, self._dollars(context, prompt, answer))
        key, waited, pause = self._key(context), 0.0, SHORTEST
        told: Granted | NoRoom
        while True:
            told, fault = yield from self._asked(
                self._store.take, key, self._rates, amounts, late=partial(self._give_back, key)
            )
            if fault:
                return None
            if isinstance(told, Granted):
                taken = _Taken(key, told.ticket, prompt, prompt + answer)
                context.state[self._name()] = taken
                return taken
            pause = min(pause * 2, SLOWEST) if told.seconds is None else told.seconds
            if told.never or waited + pause > self._wait:
                raise self._refusal(key, told)
            yield from wait(pause)
            waited += pause

    def _give_back(self, key: str, told: Granted | NoRoom) -> None:
        """What was granted when nobody waited for it any more is not used."""
        if isinstance(told, Granted):
            self._store.settle(key, told.ticket, self._rates, Amounts())

    def more(self, context: Context, text: str) -> Generator[Any, Any, None]:
        """Take more where an answer has become longer than was set aside.

        Raises:
            RefusedError: where there is no more.
        """
        taken: _Taken | None = context.state.get(self._name())
        if taken is None:
            return
        taken.answered += text_tokens(text)
        if taken.prompt + taken.answered <= taken.tokens:
            return
        amounts = Amounts(self._answer or 1, self._dollars(context, 0, self._answer or 1))
        told, fault = yield from self._asked(
            self._store.more, taken.key, taken.ticket, self._rates, amounts
        )
        if fault:
            return
        if told is not None:
            raise self._refusal(taken.key, told)
        taken.tokens += amounts.tokens

    def _used(self, context: Context, taken: _Taken, outcome: Outcome) -> Amounts | None:
        usage = outcome.usage
        if usage is None or usage.total_tokens is None or usage.source != "reported":
            failed = outcome.error is not None and taken.answered == 0
            return Amounts() if failed else None  # a refused request is not charged
        prompt, answer = usage.prompt_tokens or 0, usage.completion_tokens or 0
        return Amounts(usage.total_tokens, self._dollars(context, prompt, answer, usage))

    def _dollars(
        self, context: Context, prompt: int, answer: int, usage: Usage | None = None
    ) -> float:
        if self._rates.spending is None:
            return 0.0
        from .prices import price

        usage = usage or Usage.of(prompt, answer)
        found = price(context.provider, context.base_url, context.request.model, usage)
        if found is None:
            text = f"the price of {context.request.model} is not known: it is not counted"
            if self._guard.fails:
                raise LookupError(text)
            warnings.warn(PluginWarning(f"chimeric-limit: {text}"), stacklevel=2)
            return 0.0
        return found

    def _refusal(self, key: str, told: NoRoom) -> RefusedError:
        if told.limit == "paused":
            text = f"{key} asked for a pause"
        else:
            limit = getattr(self._rates, told.limit)
            words = WORDS[told.limit].format(**msgspec.structs.asdict(self._rates))
            text = f"the limit of {limit:g} {words} for {key} is reached"
        return RefusedError(text, retry_after=told.seconds)

    def _ask(self, function: Callable[..., Any], *args: Any) -> Generator[Any, Any, None]:
        yield from self._asked(function, *args)

    def _asked(
        self, function: Callable[..., Any], *args: Any, late: Callable[[Any], object] | None = None
    ) -> Generator[Any, Any, tuple[Any, str]]:
        return (yield from self._guard.ask(function, *args, blocks=self._store.blocks, late=late))

    def _key(self, context: Context) -> str:
        return ", ".join(self._part(part, context) for part in self._per) or "all"

    def _part(self, part: str | Callable[[Context], str], context: Context) -> str:
        if callable(part):
            return str(part(context))
        if part == "model":
            return context.request.model
        if part in ("provider", "endpoint"):
            told: str = getattr(context, part)
            return told
        return of_user(context, part)

    def _name(self) -> str:
        # Two instances on one client keep apart.
        return f"chimeric-limit-{id(self)}"


class _Watch:
    """Counts what a stream gives."""

    def __init__(self, limit: Limit, context: Context) -> None:
        self._limit = limit
        self._context = context

    def process(self, chunk: StreamChunk) -> Generator[Any, Any, StreamChunk]:
        """Take more before a chunk is given out that was not set aside."""
        text = (chunk.delta or "") + (chunk.reasoning or "")
        if text:
            yield from self._limit.more(self._context, text)
        return chunk

    def flush(self) -> None:
        """Nothing is held back."""
