"""Models of llm that ask a client of Chimeric, synchronous and asynchronous."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import llm
from llm.parts import StreamEvent

from chimeric import Tool

from .answers import Events
from .client import shared_client, translated
from .messages import messages_of
from .noted import Noted
from .options import ChimericOptions, params_of

__all__ = ["AsyncChimericModel", "ChimericModel"]

ATTACHMENTS = frozenset(
    {
        *("image/png", "image/jpeg", "image/webp", "image/gif"),
        *("application/pdf", "text/plain", "text/markdown", "text/csv"),
        *("audio/wav", "audio/x-wav", "audio/mpeg", "audio/mp3", "audio/ogg", "audio/flac"),
        *("video/mp4", "video/mpeg", "video/webm", "video/quicktime"),
    }
)
"""What some model takes; what the asked one does not is told, or refused, by the client."""


class Asking:
    """What both kinds of models share."""

    can_stream = True
    supports_schema = True
    supports_tools = True
    attachment_types: set[str] | frozenset[str] = ATTACHMENTS
    needs_key: str | None

    def __init__(self, noted: Noted) -> None:
        self.noted = noted
        self.model_id = noted.id
        self.needs_key = noted.provider
        self.key: str | None = None

    @property
    def supported_server_side_tools(self) -> tuple[type[llm.ServerSideTool], ...]:
        """Tools that a provider runs by itself, in its own form."""
        return (llm.ServerSideTool,)

    def get_key(self, explicit_key: str | None = None) -> str | None:
        """The key: given, set in Python, or of ``llm keys``; None leaves it to the environment.

        Raises:
            NeedsKeyException: where the provider wants one, and there is none anywhere.
        """
        name = self.noted.provider
        key = self.key or llm.get_key(explicit_key, name)
        if key is not None:
            return key
        variables = self.noted.variables
        if self.noted.needs_key and not any(os.environ.get(variable) for variable in variables):
            hint = f" or set {' or '.join(variables)}" if variables else ""
            raise llm.NeedsKeyException(
                f"{self.model_id} needs a key: add one by 'llm keys set {name}'{hint}"
            )
        return None

    def _call(self, prompt: Any, key: str | None) -> dict[str, Any]:
        call: dict[str, Any] = {
            "model": self.model_id,
            "messages": messages_of(prompt.messages),
            "tools": [self._tool(tool) for tool in prompt.tools],
            "auto_tool": False,
            **params_of(prompt.options),
        }
        if key is not None:
            call["api_key"] = key
        if prompt.schema:
            call["response_format"] = prompt.schema
        return call

    def _tool(self, tool: Any) -> Any:
        if isinstance(tool, llm.ServerSideTool):
            native: Any = tool
            return native.tool_spec(self)
        schema: Any = tool.input_schema or {"type": "object", "properties": {}}
        return Tool(name=tool.name, description=tool.description or "", parameters=schema)

    def __str__(self) -> str:
        return f"Chimeric: {self.model_id}"


class ChimericModel(Asking, llm.KeyModel):
    """A model for ``llm`` and its Python API."""

    Options = ChimericOptions  # type: ignore[assignment,misc,unused-ignore]

    def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any, key: str | None
    ) -> Iterator[StreamEvent]:
        """Ask, and give the events of the answer.

        Raises:
            ModelError: for whatever goes wrong; Chimeric's error is its cause.
        """
        events = Events(response)
        with translated():
            call = self._call(prompt, key)
            client: Any = shared_client()
            if not stream:
                answer = client.generate(**call)
                yield from events.whole(answer)
                yield from events.end(answer)
                return
            with client.generate(**call, stream=True) as chunks:
                for chunk in chunks:
                    yield from events.take(chunk)
                yield from events.end(chunks.response)


class AsyncChimericModel(Asking, llm.AsyncKeyModel):
    """The same, asynchronous."""

    Options = ChimericOptions  # type: ignore[assignment,misc,unused-ignore]

    async def execute(
        self, prompt: Any, stream: bool, response: Any, conversation: Any, key: str | None
    ) -> AsyncGenerator[StreamEvent, None]:
        """Ask, and give the events of the answer.

        Raises:
            ModelError: for whatever goes wrong; Chimeric's error is its cause.
        """
        events = Events(response)
        with translated():
            call = self._call(prompt, key)
            client: Any = shared_client()
            if not stream:
                answer = await client.agenerate(**call)
                for event in (*events.whole(answer), *events.end(answer)):
                    yield event
                return
            async with await client.agenerate(**call, stream=True) as chunks:
                async for chunk in chunks:
                    for event in events.take(chunk):
                        yield event
                for event in events.end(chunks.response):
                    yield event
