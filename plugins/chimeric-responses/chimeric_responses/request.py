"""The unified request as a Responses request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from chimeric_chat_completions.json_word import ASK, TOLD, lacks_word
from chimeric_chat_completions.strict_form import format_schema, tool_schema
from chimeric_models import Asked, Takes, check_format, check_tool, heard, sets_cache_points

from chimeric import HTTPRequest, ProviderConfig, Request, ResponseFormat, Tool, ToolName, own_keys

from .background import rejoin
from .blocks.logprobs import LOGPROBS, wanted
from .dialect import Dialect
from .items import InputItems
from .rules import RULES

__all__ = ["build_request", "resume_request"]

ENCRYPTED = "reasoning.encrypted_content"

SERVER_SIDE = frozenset(("store", "background", "conversation", "previous_response_id"))
"""Parameters of callers who keep the conversation at the provider: ``store`` is theirs then."""


def build_request(request: Request, provider: ProviderConfig, dialect: Dialect) -> HTTPRequest:
    """Translate a unified request.

    Raises:
        ModelNotSupportedError: for message parts that the protocol cannot carry.
        ConfigurationError: for messages that make no sense.
    """
    dropped: list[str] = []
    request = heard(request, lambda: _takes(request, provider, dialect), dropped)
    instructions, messages = _split_instructions(request, dialect)
    items = InputItems(dialect, request.model)
    for message in messages:
        items.add(message)
    refused = dialect.unsupported(request) if dialect.unsupported else ()
    given = _sampling(request)
    dropped += items.dropped
    lost = [name for name in given if name in refused]
    body: dict[str, Any] = {
        "model": request.model,
        "input": items.items,
        **({"stream": True} if request.stream else {}),
        **({"instructions": instructions} if instructions else {}),
        **{field: value for name, (field, value) in given.items() if name not in refused},
        **_tools(request, dialect, dropped),
    }
    if request.response_format is not None:
        body["text"] = {"format": _format(request.response_format, dropped)}
        if dialect.json_word and lacks_word(request):
            body["input"] = [{"role": "system", "content": ASK}, *items.items]
            dropped.append(TOLD)
    body = _overlay(body, request.extra)
    if "logprobs" in refused and body.pop("logprobs", None) not in (None, False):
        lost.append("logprobs")
    dropped += [f"{request.model} at {provider.name} does not take {name}" for name in lost]
    rules = dialect.rules() if dialect.rules else RULES
    if rules.touch(body):
        rules.keep(Asked(request.model, body, provider.name, request.extra_body), dropped)
    _ask_for_more(body, request, dialect)
    return HTTPRequest(
        url=f"{provider.base_url}/responses",
        headers={"accept": "text/event-stream"} if request.stream else {},
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
    )


def _takes(request: Request, provider: ProviderConfig, dialect: Dialect) -> Takes:
    return Takes(
        service=provider.name,
        details=None,
        results="later",
        stored=("previous_response_id", "conversation"),
        cache="prompt_cache_breakpoint" if sets_cache_points(request.model) else "",
        tools_cached=False,
        allowed=_allowed if dialect.allowed_tools else None,
    )


def _allowed(mode: str, tools: Sequence[Tool]) -> dict[str, Any]:
    told = [_named(tool) for tool in tools]
    return {"tool_choice": {"type": "allowed_tools", "mode": mode, "tools": told}}


def _sampling(request: Request) -> dict[str, tuple[str, Any]]:
    """Unified name -> field and value, of what was given."""
    given: dict[str, tuple[str, Any]] = {}
    if request.max_tokens is not None:
        given["max_tokens"] = ("max_output_tokens", request.max_tokens)
    if request.temperature is not None:
        given["temperature"] = ("temperature", request.temperature)
    if request.top_p is not None:
        given["top_p"] = ("top_p", request.top_p)
    if request.stop:
        given["stop"] = ("stop", list(request.stop))
    if request.seed is not None:
        given["seed"] = ("seed", request.seed)
    if request.reasoning_effort is not None:
        given["reasoning_effort"] = ("reasoning", {"effort": request.reasoning_effort})
    return given


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


def _ask_for_more(body: dict[str, Any], request: Request, dialect: Dialect) -> None:
    """Say that nothing is to be stored, and ask for what an answer does not hold by itself."""
    if dialect.store is not None and SERVER_SIDE.isdisjoint(body):
        if SERVER_SIDE.isdisjoint(request.extra_body):
            body["store"] = dialect.store
    top = wanted(body.pop("logprobs", None))
    if top:
        body.setdefault("top_logprobs", top)
    given = body.get("include", ())
    if isinstance(given, (list, tuple)):
        told = _included(request, dialect, cast("Sequence[Any]", given), logprobs=top is not None)
        if told:
            body["include"] = told


def _included(
    request: Request, dialect: Dialect, given: Sequence[Any], *, logprobs: bool
) -> list[Any]:
    """What is asked for besides: what the caller names, and what an answer needs."""
    needed = [ENCRYPTED] if dialect.reasons(request.model) else []
    needed += [LOGPROBS] if logprobs else []
    return list(dict.fromkeys([*needed, *given]))


def resume_request(request: Request, state: Any, url: str, dialect: Dialect) -> HTTPRequest | None:
    """Ask for the rest of a cut stream; None for a response that is not in the background.

    Args:
        request: the request of the cut stream.
        state: its parser's state.
        url: where it was sent.
        dialect: that of its body.
    """
    given: Any = request.extra_body.get("include", request.extra.get("include", ()))
    listed = cast("Sequence[Any]", given) if isinstance(given, (list, tuple)) else ()
    logprobs = wanted(request.extra.get("logprobs")) is not None
    return rejoin(state, url, _included(request, dialect, listed, logprobs=logprobs))


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
    check_tool(tool)
    told: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        told["description"] = tool.description
    if tool.strict and not dialect.strict:
        dropped.append(f"strict of the tool {tool.name!r}: there is no such switch here")
    told["parameters"], strict = tool_schema(tool, dropped)
    if dialect.strict:
        # The server's default is to enforce, which refuses schemas with optional properties.
        told["strict"] = strict
    return {**told, **own_keys(tool.extra, TOOL_KEYS)}


def _forced(name: str, tools: tuple[Tool, ...]) -> dict[str, Any]:
    """The choice of one tool. A built-in one has no name: all others are forbidden instead."""
    chosen = _named(next((tool for tool in tools if tool.name == name), Tool(name=name)))
    if "name" in chosen:
        return chosen
    return {"type": "allowed_tools", "mode": "required", "tools": [chosen]}


def _named(tool: Tool) -> dict[str, Any]:
    """What a choice says of a tool: a built-in one has no name."""
    native = tool.native or {}
    kind = native.get("type", "function")
    if kind in ("function", "custom"):
        return {"type": kind, "name": tool.name}
    return {key: native[key] for key in ("type", "server_label") if key in native}


def _format(wanted: ResponseFormat, dropped: list[str]) -> dict[str, Any]:
    if wanted.kind != "json_schema":
        return {"type": wanted.kind}
    check_format(wanted.schema)
    schema, strict = format_schema(wanted, dropped)
    return {"type": "json_schema", "name": wanted.name, "schema": schema, "strict": strict}


def _overlay(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the caller's own parameters over the body.

    ``reasoning`` and ``text`` are merged by key, so that for instance
    ``reasoning={"summary": "auto"}`` goes together with ``reasoning_effort``.
    """
    merged = {**body, **extra}
    for name in ("reasoning", "text"):
        ours, theirs = body.get(name), extra.get(name)
        if isinstance(ours, dict) and isinstance(theirs, Mapping):
            merged[name] = {**cast("dict[str, Any]", ours), **cast("Mapping[str, Any]", theirs)}
    return merged
