"""Drive the exchange by hand: scripted replies in, chunks and effects out, no I/O at all.

This is the one module here that reaches into the core: it stands where a transport's driver
stands, and a driver performs effects that nobody else sees.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    Model,
    ModelInfo,
    StreamChunk,
    WireRequest,
)
from chimeric.client.counting import Count, asked
from chimeric.client.listing import described, fetch_pages, listings
from chimeric.exchange.call import Call
from chimeric.exchange.effects import (
    Drain,
    Effect,
    Emit,
    Fetch,
    Join,
    Perform,
    Read,
    Relay,
    RunTools,
    Send,
    Sleep,
)
from chimeric.exchange.exchange import exchange
from chimeric.plugins.provider_plugin import ProviderPlugin, plain_native
from chimeric.transport.tool_threads import begun
from chimeric.values.hooks.wants import RunWant, WaitWant
from chimeric.values.messages import MessageInput

__all__ = ["Played", "Reply", "play", "prepare"]


class Reply(msgspec.Struct, frozen=True):
    """What the far side does with one request.

    Attributes:
        pieces: the body, read by read; a ``TransportError`` among them is raised by that read.
        status: the HTTP status.
        headers: the answer's headers.
        refused: raised instead of an answer (a failed connection, a time-out).
    """

    pieces: tuple[bytes | ChimericError, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = {}
    refused: ChimericError | None = None


class Played(msgspec.Struct):
    """What came of it.

    Attributes:
        chunks: what the caller would have been given.
        requests: what would have been sent, try by try.
        effects: everything that the exchange asked for, in order.
        error: what the call failed with, or None.
        response: the answer, as far as it came; None for a bare flow.
    """

    chunks: list[StreamChunk] = msgspec.field(default_factory=list[StreamChunk])
    requests: list[WireRequest] = msgspec.field(default_factory=list[WireRequest])
    effects: list[Effect] = msgspec.field(default_factory=list[Effect])
    error: ChimericError | None = None
    response: CompletionResponse | None = None

    @property
    def sleeps(self) -> list[float]:
        """Seconds that the exchange wanted to wait, wait by wait; nobody waited."""
        return [effect.seconds for effect in self.effects if isinstance(effect, Sleep)]

    @property
    def waits(self) -> list[float]:
        """Seconds that hooks wanted to wait, wait by wait; nobody waited."""
        performed = [effect.work for effect in self.effects if isinstance(effect, Perform)]
        return [work.seconds for work in performed if isinstance(work, WaitWant)]


def prepare(client: Chimeric, model: str, messages: MessageInput = "Hello", **params: Any) -> Call:
    """What ``client.generate(model, messages, **params)`` would run."""
    given: dict[str, Any] = {
        "stream": True,
        "tools": None,
        "auto_tool": True,
        "native": False,
        "provider": None,
    }
    for name in given:
        given[name] = params.pop(name, given[name])
    return client._engine.call(model, messages, params=params, **given)


def brings_natives(plugin: ProviderPlugin) -> bool:
    """Whether a provider has structs of its own for its events."""
    return plugin.native_event is not plain_native


def play(source: Call | Generator[Effect, Any, object], replies: Iterable[Reply]) -> Played:
    """Run a call, or any flow of effects, against scripted replies.

    Every request takes the next reply, a body ends after its last piece, nothing waits, and
    tools run.

    Raises:
        AssertionError: when more requests are made than there are replies.

    Example:
        .. code-block:: python

            call = prepare(client, "acme:small", "Hello", stream=True)
            played = play(call, [Reply((b"data: {...}\\n\\n", b"data: [DONE]\\n\\n"))])
            assert played.response.content == "Hi"
    """
    flow = exchange(source) if isinstance(source, Call) else source
    player = _Player(flow, iter(replies))
    player.run()
    if isinstance(source, Call):
        player.played.response = source.answer.response()
    return player.played


def play_listing(
    client: Chimeric, provider: str, replies: Iterable[Reply]
) -> tuple[Played, list[Model]]:
    """Run what ``client.list_models(provider)`` would run; the models are those that were read."""
    call, route = listings(client._engine, provider)[0]
    models: list[Model] = []
    return play(fetch_pages(call, route, models), replies), models


def play_info(
    client: Chimeric, model: str, replies: Iterable[Reply]
) -> tuple[Played, ModelInfo | None]:
    """Run what ``client.model_info(model)`` would run; None where it failed."""
    told: list[ModelInfo] = []

    def flow() -> Generator[Effect, Any, None]:
        told.append((yield from described(client._engine, model, None)))

    return play(flow(), replies), told[0] if told else None


def play_count(client: Chimeric, replies: Iterable[Reply], **params: Any) -> tuple[Played, int]:
    """Run what ``client.count_tokens(**params)`` would run, and the number that it tells."""
    given: dict[str, Any] = {"stream": False, **params}
    count = Count(prepare(client, **given))
    return play(asked(client._engine, count), replies), count.tokens


def asked_for(call: Call) -> Played:
    """What a call would send first: nobody answers, and the call ends there."""
    player = _Player(exchange(call), iter(()), until_sent=True)
    player.run()
    return player.played


class _Player:
    """Performs each effect with what the script says."""

    def __init__(
        self,
        flow: Generator[Effect, Any, object],
        replies: Iterator[Reply],
        *,
        until_sent: bool = False,
    ) -> None:
        self.played = Played()
        self._until_sent = until_sent
        self._flow = flow
        self._replies = replies
        self._body: Iterator[bytes | ChimericError] = iter(())

    def run(self) -> None:
        played, flow = self.played, self._flow
        try:
            effect = next(flow)
            while True:
                played.effects.append(effect)
                if self._until_sent and isinstance(effect, Send):
                    played.requests.append(effect.request)
                    flow.close()
                    return
                try:
                    reply = self._perform(effect)
                except AssertionError:
                    raise  # the test's own mistake
                except Exception as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(reply)
        except StopIteration:
            pass
        except ChimericError as error:
            played.error = error

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Emit(chunks=chunks):
                self.played.chunks.extend(chunks)
            case Relay(take=take):
                while (chunk := take(self._read())) is not None:
                    self.played.chunks.append(chunk)
            case Read():
                return self._read()
            case Send(request=request):
                self.played.requests.append(request)
                reply = next(self._replies, None)
                assert reply is not None, f"no reply is left for {request!r}"
                self._body = iter(reply.pieces)
                if reply.refused is not None:
                    raise reply.refused
                return reply.status, reply.headers
            case Drain():
                self._body = iter(())
            case RunTools():
                return begun(effect).next()
            case Perform(work=work):
                return self._ask(work)
            case _:
                pass
        return None

    def _ask(self, work: WaitWant | RunWant | Fetch | Join) -> Any:
        """What a hook asks for: nothing waits, functions run, a fetch takes the next reply."""
        match work:
            case RunWant(function=function, args=args):
                try:
                    return function(*args), None
                except Exception as error:
                    return None, error
            case Fetch(request=request, take=take):
                self.played.requests.append(request)
                reply = next(self._replies, None)
                assert reply is not None, f"no reply is left for {request!r}"
                if reply.refused is not None:
                    return None, reply.refused
                for piece in reply.pieces:
                    if isinstance(piece, ChimericError):
                        return None, piece
                    take(piece)
                return (reply.status, reply.headers), None
            case _:
                return None, None

    def _read(self) -> bytes:
        piece = next(self._body, b"")
        if isinstance(piece, ChimericError):
            raise piece
        return piece
