"""The unified request that providers translate, and the HTTP request that they make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from .messages import Message
from .tools import Tool

__all__ = ["HTTPRequest", "HTTPResponse", "Request", "ResponseFormat", "ToolChoice", "ToolName"]


class ToolName(msgspec.Struct, frozen=True):
    """A tool choice that forces one tool."""

    name: str


ToolChoice: TypeAlias = Literal["auto", "none", "required"] | ToolName


class ResponseFormat(msgspec.Struct, frozen=True, kw_only=True):
    """What form the answer must have.

    Attributes:
        kind: ``json_schema``, ``json_object`` or ``text``.
        name: the schema's name (letters, digits, ``_`` and ``-``).
        schema: the JSON schema, for ``json_schema``.
        strict: whether the provider shall enforce it exactly, where it can enforce such a schema.
        type: the Python type that the answer is converted to, or None for plain data.
    """

    kind: Literal["json_schema", "json_object", "text"] = "json_schema"
    name: str = "response"
    schema: dict[str, Any] | None = None
    strict: bool = True
    type: Any = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One unified request. Immutable: middleware returns a changed copy (``replace``).

    ``extra`` holds parameters that the unified set does not know; they travel to the provider
    as they are. ``extra_body`` is merged into the body last and wins. ``options`` are the
    provider's own switches, such as ``api`` for openai. ``handled`` names unified parameters that
    middleware sees to: that a provider cannot take them is not reported.
    """

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    native: bool = False
    provider: str | None = None
    tools: tuple[Tool, ...] = ()
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    reasoning_effort: str | None = None
    max_turns: int = 10
    extra_headers: Mapping[str, str] = {}
    extra_body: Mapping[str, Any] = {}
    extra: Mapping[str, Any] = {}
    options: Mapping[str, Any] = {}
    handled: frozenset[str] = frozenset()

    def replace(self, **changes: Any) -> Request:
        """A copy with ``changes``.

        Example:
            >>> Request(model="m", messages=()).replace(seed=7).seed
            7
        """
        return msgspec.structs.replace(self, **changes)

    def system(self) -> str | None:
        """Text of all system and developer messages, paragraphs apart, or None."""
        texts = [m.text for m in self.messages if m.role in ("system", "developer") and m.text]
        return "\n\n".join(texts) or None

    def conversation(self) -> tuple[Message, ...]:
        """The messages without system and developer ones."""
        return tuple(m for m in self.messages if m.role not in ("system", "developer"))


class HTTPRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider wants sent. Credentials are added by the core, never here.

    Attributes:
        method: of a provider's request ``POST`` or ``GET``; of a ``fetch`` any.
        url: absolute URL; path segments that come from the caller must be quoted
            (``chimeric.quote_segment``).
        headers: what differs from the provider's declared headers.
        body: a mapping that is sent as JSON, bytes that are sent as they are, or None.
        dropped: what could not be translated, one sentence each; reported as
            ``TranslationWarning`` or, with ``strict=True``, as ``TranslationError``.
        framing: framing of this answer where it differs from the declared one.
        reworded: keys of an ``extra`` (``cache_control``, ...) that the body says in another form,
            or that ``dropped`` tells of; other keys that are not in the body are reported.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = {}
    body: Mapping[str, Any] | bytes | None = None
    dropped: tuple[str, ...] = ()
    framing: str | None = None
    reworded: frozenset[str] = frozenset()


class HTTPResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: status, headers (names in lower case) and body bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as plain data, or None when it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None
