"""Calls of the library to a server, in each of the four ways."""

from __future__ import annotations

import asyncio
from typing import Any

from chimeric import Chimeric, CompletionResponse

from .served import KEY, Spoken

__all__ = ["call", "settings"]


def settings(url: str, spoken: Spoken, key: str = KEY) -> dict[str, Any]:
    """What a client is made with."""
    provider = spoken.model.partition(":")[0]
    return {
        "base_urls": {provider: url + spoken.path},
        "api_keys": {provider: key},
        "timeout": 240,  # a call that is given up may keep the server from the next
    }


def call(
    url: str, spoken: Spoken, way: str, messages: Any, *, api_key: str = KEY, **params: Any
) -> CompletionResponse:
    """Call once; a stream is read to its end.

    Raises:
        ChimericError: as the call does.
    """
    params = {"temperature": 0, "max_tokens": 200, **spoken.options, **params}
    if way in ("whole", "stream"):
        with Chimeric(**settings(url, spoken, api_key)) as client:
            if way == "whole":
                return client.generate(spoken.model, messages, **params)
            return client.generate(spoken.model, messages, stream=True, **params).collect()

    async def run() -> CompletionResponse:
        async with Chimeric(**settings(url, spoken, api_key)) as client:
            if way == "awhole":
                return await client.agenerate(spoken.model, messages, **params)
            stream = await client.agenerate(spoken.model, messages, stream=True, **params)
            return await stream.collect()

    return asyncio.run(run())
