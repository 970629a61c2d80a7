"""Asks a second model when the first is slow; the first content wins."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, overload

from chimeric import AsyncStream, Chimeric, CompletionResponse, Message, Stream, StreamChunk

from .belongings import in_what_is_left, params_for
from .budget import Budget
from .contest import Contest
from .entrant import Entrant
from .finish_line import FinishLine
from .patience import Patience
from .performing import aperform, perform

__all__ = ["Hedge", "Race"]

Others = Sequence[str] | Mapping[str, Mapping[str, Any]]

MOST = 512
"""Models whose times are kept: an application names few, an attacker may name many."""


class Hedge:
    """Asks as its client does, and another model too when there is no content in time.

    The first content wins; the connections of the others are closed at once. A model that fails
    before its content is replaced at once by the next. Safe to share between threads and tasks.

    Args:
        client: what asks. It is not closed with anything here.
        models: what to ask too, by model as it is called (``"gpt-4o"``, ``"openai:gpt-4o"``, or
            ``"*"`` for all others): a list, in order, or a mapping of models to parameters of
            their own, which are laid over the call's.
        delay: seconds without content after which the next model is asked. None: the quantile of
            the times to the first content that were measured.
        quantile: of the measured times.
        initial: seconds to wait until 20 answers were measured.
        bounds: seconds that the measured delay is held between.
        max_extra: extra requests for each request at most, beside a first one; None for any
            number. A model that replaces one that failed does not count.

    Raises:
        TypeError: when the models to ask too are a string.
        ValueError: for a model that is to be asked beside itself, for no model, or for a number
            that makes no sense.

    Example:
        >>> from chimeric import Chimeric
        >>> hedge = Hedge(Chimeric(), {"sim:story": ["sim:echo"]}, delay=5)
        >>> hedge.generate("sim:story", "A story in 3 words").metadata["hedge"]["winner"]
        'sim:story'
    """

    def __init__(
        self,
        client: Chimeric,
        models: Mapping[str, Others],
        *,
        delay: float | None = None,
        quantile: float = 0.95,
        initial: float = 2.0,
        bounds: tuple[float, float] = (0.05, 30.0),
        max_extra: float | None = 0.1,
    ) -> None:
        if delay is not None and _seconds("delay", delay) == 0:
            raise ValueError("a delay of 0 sends every request twice: use Race for that")
        if not 0 < quantile < 1:
            raise ValueError(f"quantile must be between 0 and 1, not {quantile!r}")
        least, most = (_seconds("bounds", bound) for bound in bounds)
        if least > most:
            raise ValueError(f"bounds must be (least, most), not {bounds!r}")
        if max_extra is not None and not 0 <= max_extra < math.inf:
            raise ValueError(f"max_extra must be a number from 0, not {max_extra!r}")
        self._set_up(
            client,
            models,
            partial(Patience, delay, quantile, _seconds("initial", initial), (least, most)),
            Budget(max_extra),
        )

    def _set_up(
        self,
        client: Chimeric,
        models: Mapping[str, Others],
        new_patience: Callable[[], Patience],
        budget: Budget,
    ) -> None:
        self._client = client
        self._models = {name: _others(name, others) for name, others in models.items()}
        if not self._models:
            raise ValueError("no model is named: {'openai:gpt-4o': ['azure:gpt-4o']}")
        self._new_patience = new_patience
        self._lock = threading.Lock()
        self._patience: dict[tuple[str, bool], Patience] = {}
        self._budget = budget
        self._finish_line = FinishLine()

    @property
    def client(self) -> Chimeric:
        """What asks."""
        return self._client

    # --- asking ----------------------------------------------------------------------------------

    @overload
    def generate(
        self,
        model: str,
        messages: Any,
        stream: Literal[False] = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> CompletionResponse[Any]: ...

    @overload
    def generate(
        self,
        model: str,
        messages: Any,
        stream: Literal[True],
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> Stream[StreamChunk]: ...

    @overload
    def generate(
        self,
        model: str,
        messages: Any,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any: ...

    def generate(
        self,
        model: str,
        messages: Any,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """Ask a model as ``Chimeric.generate`` does. Returns when the first content has come.

        The models are asked with ``stream=True`` for whole answers too, since only a stream tells
        that it has begun; with ``native=True`` and ``stream=False`` the first whole answer wins.

        Raises:
            ChimericError: the first model's when all fail before any content, with notes of the
                others'; after the first content the winner's.
        """
        streamed = stream or not native
        asked = _asked(messages, tools, auto_tool, native, provider, params)
        contest = self._contest(model, asked, "generate", streamed)
        if contest is None:
            return self._client.generate(model, stream=stream, **asked)
        answer = perform(contest, streamed=streamed)
        return answer.collect() if streamed and not stream else answer

    @overload
    async def agenerate(
        self,
        model: str,
        messages: Any,
        stream: Literal[False] = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> CompletionResponse[Any]: ...

    @overload
    async def agenerate(
        self,
        model: str,
        messages: Any,
        stream: Literal[True],
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> AsyncStream[StreamChunk]: ...

    @overload
    async def agenerate(
        self,
        model: str,
        messages: Any,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any: ...

    async def agenerate(
        self,
        model: str,
        messages: Any,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """The same as ``generate``, asynchronous (asyncio or trio)."""
        streamed = stream or not native
        asked = _asked(messages, tools, auto_tool, native, provider, params)
        contest = self._contest(model, asked, "agenerate", streamed)
        if contest is None:
            return await self._client.agenerate(model, stream=stream, **asked)
        answer = await aperform(contest, streamed=streamed)
        return await answer.collect() if streamed and not stream else answer

    def _contest(
        self, model: str, asked: dict[str, Any], method: str, streamed: bool
    ) -> Contest | None:
        """The contest of a call; None for one that is the client's alone."""
        names = (f"{asked['provider']}:{model}", model, "*")
        found = next((name for name in names if name in self._models), None)
        named = {} if found is None else self._models[found]
        same = (model, f"{asked['provider']}:{model}")
        others = {other: own for other, own in named.items() if other not in same}
        if not others or _runs_tools_first(asked["messages"]):
            return None
        entrants = [
            Entrant(model=name, ask=self._asking(name, model, asked, own, method, streamed))
            for name, own in {model: None, **others}.items()
        ]
        return Contest(self._client, entrants, self._patience_of(model, streamed), self._budget)

    def _asking(
        self,
        model: str,
        named: str,
        asked: dict[str, Any],
        own: Mapping[str, Any] | None,
        method: str,
        streamed: bool,
    ) -> Callable[[Chimeric, float], Any]:
        """What asks one model, so many seconds after the call began."""

        def ask(client: Chimeric, elapsed: float) -> Any:
            params = asked if own is None else params_for(model, named, asked, own)
            params = in_what_is_left(params, elapsed)
            use = [*(params.pop("use", None) or ()), self._finish_line]
            return getattr(client, method)(model, stream=streamed, use=use, **params)

        return ask

    def _patience_of(self, model: str, streamed: bool) -> Patience:
        """How long a model is waited for; whole answers take longer than first contents."""
        with self._lock:
            if len(self._patience) >= MOST:
                self._patience.clear()
            key = (model, streamed)
            return self._patience.setdefault(key, self._patience.get(key) or self._new_patience())


class Race(Hedge):
    """Asks several models at once; the first content wins, the others are closed at once.

    Every request is sent as often as there are models: it buys time with money. All that is said
    of ``Hedge`` holds but for the delay and the budget, which it has none of.

    Args:
        client: what asks.
        models: what to ask too, as ``Hedge`` takes it.

    Example:
        >>> from chimeric import Chimeric
        >>> race = Race(Chimeric(), {"sim:story": ["sim:echo"]})
        >>> len(race.generate("sim:story", "A story in 3 words").metadata["hedge"]["asked"])
        2
    """

    def __init__(self, client: Chimeric, models: Mapping[str, Others]) -> None:
        self._set_up(client, models, lambda: Patience(0.0, 0.5, 0.0, (0.0, 0.0)), Budget(None))


def _asked(
    messages: Any,
    tools: Iterable[Any] | None,
    auto_tool: bool,
    native: bool,
    provider: str | None,
    params: dict[str, Any],
) -> dict[str, Any]:
    """Arguments of a call, which several may read."""
    return {
        "messages": messages if isinstance(messages, (str, Message, Mapping)) else _all(messages),
        "tools": _all(tools),
        "auto_tool": auto_tool,
        "native": native,
        "provider": provider,
        **params,
    }


def _all(items: Any) -> Any:
    return [*items] if hasattr(items, "__iter__") else items


def _runs_tools_first(messages: Any) -> bool:
    """Whether approved calls run before anything is sent: once, so for one model."""
    said = messages if type(messages) is list else (messages,)  # see above
    return any(isinstance(message, Message) and message.approved for message in said)


def _others(model: str, others: Others) -> dict[str, Mapping[str, Any]]:
    """The models to ask beside one, and parameters of their own."""
    if isinstance(others, str):
        raise TypeError(f"the models to ask beside {model!r} must be a list")
    names = list(others)
    if not names:
        raise ValueError(f"no model is named to ask beside {model!r}")
    if model in names or len(set(names)) < len(names):
        one = model if model in names else next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"{one!r} is to be asked beside itself: name another model, or another endpoint of it"
        )
    return {name: others[name] if isinstance(others, Mapping) else {} for name in names}


def _seconds(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be seconds from 0, not {value!r}")
    return float(value)
