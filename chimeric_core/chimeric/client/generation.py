"""``generate`` and ``agenerate``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, Literal, overload

from chimeric.exchange.exchange import exchange
from chimeric.values.chunks import StreamChunk
from chimeric.values.messages import MessageInput
from chimeric.values.responses import CompletionResponse

from .engine import Engine
from .streams import AsyncStream, Stream

__all__ = ["Generation"]


class Generation:
    """The part of a client that asks models."""

    _engine: Engine

    @overload
    def generate(
        self,
        model: str,
        messages: MessageInput,
        stream: Literal[False] = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> CompletionResponse: ...

    @overload
    def generate(
        self,
        model: str,
        messages: MessageInput,
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
        messages: MessageInput,
        stream: Literal[True],
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        *,
        native: Literal[True],
        provider: str | None = None,
        **params: Any,
    ) -> Stream[Any]: ...

    @overload
    def generate(
        self,
        model: str,
        messages: MessageInput,
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
        messages: MessageInput,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """Ask a model. Returns when the answer has begun (``stream=True``) or is complete.

        Args:
            model: ``"provider:model"``, or a bare model name that a provider's pattern matches.
            messages: a string, a message (``Message`` or dict), or a list of these.
            stream: whether to return a ``Stream`` instead of a ``CompletionResponse``.
            tools: functions, ``Tool``s or dicts that the model may call; functions are run and
                the answer goes on by itself.
            auto_tool: whether the tools registered with ``client.tool`` are offered too.
            native: yield (or return) the provider's own structs instead.
            provider: name of the provider, when the model's name does not tell it.
            **params: ``temperature, top_p, max_tokens, stop, seed, tool_choice,
                parallel_tool_calls, response_format, reasoning_effort, max_turns, timeout,
                extra_headers, extra_body``; the provider's options (``api``); anything else
                travels to the provider as it is.

        Raises:
            ChimericError: see ``chimeric.errors`` for the tree.
        """
        call = self._engine.call(
            model, messages, stream, tools, auto_tool, native, provider, params
        )
        driver = self._engine.drive(exchange(call))
        if stream:
            running: Stream[Any] = Stream(call, driver)
            return running
        for _ in driver.run():
            pass
        response = call.answer.response()
        return response.native if native else response

    @overload
    async def agenerate(
        self,
        model: str,
        messages: MessageInput,
        stream: Literal[False] = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: Literal[False] = False,
        provider: str | None = None,
        **params: Any,
    ) -> CompletionResponse: ...

    @overload
    async def agenerate(
        self,
        model: str,
        messages: MessageInput,
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
        messages: MessageInput,
        stream: Literal[True],
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        *,
        native: Literal[True],
        provider: str | None = None,
        **params: Any,
    ) -> AsyncStream[Any]: ...

    @overload
    async def agenerate(
        self,
        model: str,
        messages: MessageInput,
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
        messages: MessageInput,
        stream: bool = False,
        tools: Iterable[Any] | None = None,
        auto_tool: bool = True,
        native: bool = False,
        provider: str | None = None,
        **params: Any,
    ) -> Any:
        """The same as ``generate``, asynchronous (asyncio or trio)."""
        call = self._engine.call(
            model, messages, stream, tools, auto_tool, native, provider, params
        )
        driver = self._engine.adrive(exchange(call))
        with contextlib.suppress(StopAsyncIteration):
            await driver.step()  # the answer has begun
        if stream:
            running: AsyncStream[Any] = AsyncStream(call, driver)
            return running
        try:
            while True:
                await driver.step()
        except StopAsyncIteration:
            pass
        response = call.answer.response()
        return response.native if native else response
