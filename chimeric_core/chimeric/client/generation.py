"""``generate`` and ``agenerate``. What they take and return is typed in ``generation.pyi``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from chimeric.exchange.call import Call
from chimeric.exchange.effects import Flow
from chimeric.exchange.exchange import exchange
from chimeric.values.messages import MessageInput

from .engine import Engine
from .streams import Stream

__all__ = ["Generation"]


class Generation:
    """The part of a client that asks models."""

    _engine: Engine

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
                parallel_tool_calls, response_format, reasoning_effort, logprobs, max_turns,
                timeout, extra_headers, extra_body``; of this call alone ``api_key, base_url,
                max_retries, keep_raw``, ``use`` (plugins for this call, besides the client's) and
                ``user_context`` (any object: hooks and tools read it as ``context.user``, no
                provider sees it); the provider's options (``api``); anything else travels to the
                provider as it is.

        Raises:
            UnknownParameterError: for a parameter that is misspelt, or is the constructor's.
            ChimericError: see ``chimeric.errors`` for the tree.
        """
        call = self._engine.call(
            model, messages, stream, tools, auto_tool, native, provider, params
        )
        driver = self._engine.drive(_flow(call))
        if stream:
            running: Stream[Any] = Stream(call, driver)
            return running
        for _ in driver.run():
            pass
        response = call.response()
        return response.native if native else response

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
        driver = self._engine.adrive(_flow(call))
        with contextlib.suppress(StopAsyncIteration):
            await driver.step()  # the answer has begun
        if stream:
            from .async_streams import AsyncStream

            running: AsyncStream[Any] = AsyncStream(call, driver)
            return running
        try:
            while True:
                await driver.step()
        except StopAsyncIteration:
            pass
        response = call.response()
        return response.native if native else response


def _flow(call: Call) -> Flow:
    if call.keep_raw or call.request.native:
        return exchange(call)
    from chimeric.exchange.answers.bare import bare  # most keep it, or no chunk at all

    return bare(exchange(call))
