"""Calls of the library to somebody else's server, in each of the four ways."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from chimeric import Chimeric, CompletionResponse

__all__ = ["WAYS", "Target", "call"]

WAYS = ("whole", "stream", "awhole", "astream")


class Target(NamedTuple):
    """A provider at a server.

    Attributes:
        model: with its provider.
        path: of the base URL.
        options: parameters of each call.
    """

    model: str
    path: str = ""
    options: dict[str, Any] = {}

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition(":")[0]


def call(url: str, target: Target, way: str, messages: Any, **params: Any) -> CompletionResponse:
    """Call once; a stream is read to its end.

    Raises:
        ChimericError: as the call does.
    """
    provider = target.provider
    settings: dict[str, Any] = {
        "base_urls": {provider: url + target.path},
        "api_keys": {provider: "a-key-of-a-test"},
        "max_retries": 0,
        "timeout": 30,
    }
    params = {**target.options, **params}
    if way in ("whole", "stream"):
        with Chimeric(**settings) as client:
            if way == "whole":
                return client.generate(target.model, messages, **params)
            return client.generate(target.model, messages, stream=True, **params).collect()

    async def run() -> CompletionResponse:
        async with Chimeric(**settings) as client:
            if way == "awhole":
                return await client.agenerate(target.model, messages, **params)
            stream = await client.agenerate(target.model, messages, stream=True, **params)
            return await stream.collect()

    return asyncio.run(run())
