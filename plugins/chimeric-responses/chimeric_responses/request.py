"""The unified request as a Responses request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric_chat_completions.json_word import ASK, TOLD, lacks_word
from chimeric_chat_completions.strict_form import format_schema, tool_schema

from chimeric import HTTPRequest, ProviderConfig, Request, ResponseFormat, Tool, ToolName, own_keys

from .blocks.logprobs import LOGPROBS, wanted
from .dialect import Dialect
from .items import InputItems

__all__ = ["build_request"]

ENCRYPTED = "reasoning.encrypted_content"

SERVER_SIDE = ("store", "background", "conversation", "previous_response_id")
"""Parameters of callers who keep the conversation at the provider: ``store`` is theirs then."""


def build_request(request: Request, provider: ProviderConfig, dialect: Dialect) -> HTTPRequest:
    """Translate a unified request.

    Raises:
        ModelNotSupportedError: for message parts that the protocol cannot carry.
        ConfigurationError: for messages that make no sense.
    """
    instructions, messages = _split_instructions(request, dialect)
    items = InputItems(dialect, request.model)
    for message in messages:
        items.add(message)
    refused = dialect.unsupported(request) if dialect.unsupported else ()
    given = {name: value for name, value in _sampling(request).items() if value is not None}
    dropped = [*items.dropped, *_unsupported(request)]
    lost = [name for name in given if name in refused]
    if "logprobs" in refused and wanted(request) is not None:
        request = request.replace(extra={**request.extra, "logprobs": None})
        lost.append("logprobs")
    body: dict[str, Any] = {
        "model": request.model,
        "input": items.items,
        **({"stream": True} if request.stream else {}),
        **({"instructions": instructions} if instructions else {}),
        **{field: value for name, (field, value) in given.items() if name not in refused},
        **_tools(request, dialect, dropped),
        **_state(request, dialect),
    }
    if request.response_format is not None:
        body["text"] = {"format": _format(request.response_format, dropped)}
        if lacks_word(request):
            body["input"] = [{"role": "system", "content": ASK}, *items.items]
            dropped.append(TOLD)
    dropped += [f"{request.model} at {provider.name} does not take {name}" for name in lost]
    return HTTPRequest(
        url=f"{provider.base_url}/responses",
        headers={"accept": "text/event-stream"} if request.stream else {},
        body={**_overlay(body, request.extra), **request.extra_body},
        dropped=tuple(dropped),
    )


def _sampling(request: Request) -> dict[str, tuple[str, Any] | None]:
    """Unified name -> field and value, or None for what was not given."""
    effort = request.reasoning_effort
    return {
        "max_tokens": _field("max_output_tokens", request.max_tokens),
        "temperature": _field("temperature", request.temperature),
        "top_p": _field("top_p", request.top_p),
        "reasoning_effort": _field("reasoning", effort and {"effort": effort}),
    }


def _field(name: str, value: Any) -> tuple[str, Any] | None:
    return None if value is None else (name, value)


def _split_instructions(request: Request, dialect: Dialect) -> tuple[str | None, Any]:
    """Leading system text, and the messages after it; later system messages keep their place."""
    texts: list[str] = []
    messages = request.messages
    if dialect.instructions:
        while messages and messages[0].role in ("system", "developer"):
            if not isinstance(messages[0].content, str):
                break
            texts.append(messages[0].content)
            messages = messages[1:]
    return "\n\n".join(text for text in texts if text) or None, messages


def _state(request: Request, dialect: Dialect) -> dict[str, Any]:
    extra = {**request.extra, **request.extra_body}
    told: dict[str, Any] = {}
    include: list[str] = []
    if dialect.store is not None and not any(name in extra for name in SERVER_SIDE):
        told["store"] = dialect.store
    if dialect.reasons(request.model):
        include.append(ENCRYPTED)
    top = wanted(request)
    if top is not None:
        include.append(LOGPROBS)
    if top:
        told["top_logprobs"] = top
    return {**told, "include": include} if include else told


def _tools(request: Request, dialect: Dialect, dropped: list[str]) -> dict[str, Any]:
    if not request.tools:
        return {}
    choice: Any = request.tool_choice
    if isinstance(choice, ToolName):
        choice = _forced(choice.name, request.tools)
    told: dict[str, Any] = {"tools": [_tool(tool, dialect, dropped) for tool in request.tools]}
    if choice is not None:
        told["tool_choice"] = choice
    if request.parallel_tool_calls is not None:
        told["parallel_tool_calls"] = request.parallel_tool_calls
    return told


TOOL_KEYS = ("allowed_callers", "async", "defer_loading", "output_schema")
"""Keys of a function's definition besides those that every provider has."""


def _tool(tool: Tool, dialect: Dialect, dropped: list[str]) -> Mapping[str, Any]:
    if tool.native is not None:
        return tool.native
    told: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        told["description"] = tool.description
    told["parameters"], strict = tool_schema(tool, dropped)
    if dialect.strict:
        # The server's default is to enforce, which refuses schemas with optional properties.
        told["strict"] = strict
    return {**told, **own_keys(tool.extra, TOOL_KEYS)}


def _forced(name: str, tools: tuple[Tool, ...]) -> dict[str, Any]:
    """The choice of one tool. A built-in one has no name: all others are forbidden instead."""
    native = next((t.native for t in tools if t.name == name and t.native is not None), None)
    kind = native.get("type", "function") if native is not None else "function"
    if native is None or kind in ("function", "custom"):
        return {"type": kind, "name": name}
    known = {key: native[key] for key in ("type", "server_label") if key in native}
    return {"type": "allowed_tools", "mode": "required", "tools": [known]}


def _format(wanted: ResponseFormat, dropped: list[str]) -> dict[str, Any]:
    if wanted.kind != "json_schema":
        return {"type": wanted.kind}
    schema, strict = format_schema(wanted, dropped)
    return {"type": "json_schema", "name": wanted.name, "schema": schema, "strict": strict}


def _overlay(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the caller's own parameters over the body.

    ``reasoning`` and ``text`` are merged by key and ``include`` is joined, so that for instance
    ``reasoning={"summary": "auto"}`` goes together with ``reasoning_effort``.
    """
    merged = {**body, **extra}
    merged.pop("logprobs", None)  # asked for in another way here
    for name in ("reasoning", "text"):
        ours, theirs = body.get(name), extra.get(name)
        if isinstance(ours, dict) and isinstance(theirs, Mapping):
            merged[name] = {**cast("dict[str, Any]", ours), **cast("Mapping[str, Any]", theirs)}
    if "include" in body and isinstance(extra.get("include"), (list, tuple)):
        merged["include"] = list(dict.fromkeys([*body["include"], *extra["include"]]))
    return merged


def _unsupported(request: Request) -> list[str]:
    dropped: list[str] = []
    if request.stop:
        dropped.append("the Responses API has no stop sequences; `stop` was left out")
    if request.seed is not None:
        dropped.append("the Responses API has no seed; `seed` was left out")
    return dropped
