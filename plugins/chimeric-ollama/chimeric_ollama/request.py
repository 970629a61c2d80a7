"""A unified request as a body of ``/api/chat``."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, cast

from chimeric_models import (
    Takes,
    check_format,
    check_tool,
    heard,
    left_out,
    readable,
    settled,
    unmarked,
)

from chimeric import (
    HTTPRequest,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    ProviderConfig,
    Request,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

OPTIONS = frozenset(
    (
        "draft_num_predict",
        "frequency_penalty",
        "main_gpu",
        "min_p",
        "mirostat",
        "mirostat_eta",
        "mirostat_tau",
        "num_batch",
        "num_ctx",
        "num_gpu",
        "num_keep",
        "num_predict",
        "num_thread",
        "penalize_newline",
        "presence_penalty",
        "repeat_last_n",
        "repeat_penalty",
        "tfs_z",
        "top_k",
        "typical_p",
        "use_mmap",
    )
)
"""Parameters that the API wants inside ``options``."""


TAKES = Takes(service="Ollama", results="loose")


def api_root(provider: ProviderConfig) -> str:
    """Where the native API begins, whether or not the base URL names it."""
    return provider.base_url.removesuffix("/api") + "/api"


def build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for a chat."""
    dropped: list[str] = []
    request = heard(request, TAKES, dropped)
    extra = dict(request.extra)
    if extra.pop("user", None) is not None:
        dropped.append("user: Ollama has no such field")
    count: Any = extra.get("logprobs")
    if type(count) is int:  # a number is one of alternatives
        extra = {"top_logprobs": count, **extra, "logprobs": True}
    options = {**_options(request), **_lift(extra)}
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request, dropped),
        # Left out, it means true.
        "stream": request.stream,
    }
    tools = _tools(request, dropped)
    if tools:
        body["tools"] = tools
    if options:
        body["options"] = options
    if request.response_format is not None and request.response_format.kind != "text":
        check_format(request.response_format.schema)
        body["format"] = request.response_format.schema or "json"
    if request.reasoning_effort is not None:
        # A level that the model does not know means its default; true would be refused by
        # models that do not think.
        effort = request.reasoning_effort
        body["think"] = False if effort == "none" else effort
    return HTTPRequest(
        url=f"{api_root(provider)}/chat",
        body={**body, **extra, **request.extra_body},
        dropped=tuple(dropped),
    )


def _options(request: Request) -> dict[str, Any]:
    told = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "num_predict": request.max_tokens,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _lift(extra: dict[str, Any]) -> dict[str, Any]:
    """Take out of ``extra`` what belongs into ``options``."""
    given = extra.pop("options", None)
    options = dict(cast("Mapping[str, Any]", given)) if isinstance(given, Mapping) else {}
    for name in [name for name in extra if name in OPTIONS]:
        options[name] = extra.pop(name)
    return options


def _tools(request: Request, dropped: list[str]) -> list[dict[str, Any]]:
    if request.parallel_tool_calls is False:
        dropped.append("Ollama has no switch against parallel tool calls")
    tools, choice = request.tools, request.tool_choice
    if not tools or choice == "none":
        return []
    if isinstance(choice, ToolName):
        dropped.append("Ollama cannot force a tool: only the chosen one is offered")
        tools = tuple(tool for tool in tools if tool.name == choice.name)
    elif choice == "required":
        dropped.append("Ollama cannot force a tool call: tool_choice='required' is left out")
    dropped += [
        f"strict of the tool {tool.name!r}: Ollama has no such switch"
        for tool in tools
        if tool.strict
    ]
    return [_tool(tool) for tool in tools]


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.native is not None:
        return dict(tool.native)
    check_tool(tool)
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters
    return {"type": "function", "function": function}


def _messages(request: Request, dropped: list[str]) -> list[dict[str, Any]]:
    """All messages; results in the order of their calls, since that is how they are matched."""
    sent: list[dict[str, Any]] = []
    calls: dict[str, tuple[int, str]] = {}
    results: list[tuple[int, dict[str, Any]]] = []
    for message in (readable(m, (), dropped) for m in request.messages):
        if message.role == "tool":
            place, name = calls.get(message.tool_call_id or "", (len(calls), ""))
            results.append((place, _result(message, name, dropped)))
            continue
        _flush(results, sent)
        for call in message.tool_calls:
            calls[call.id] = (len(calls), call.name)
        sent.append(_message(message, dropped))
    _flush(results, sent)
    return sent


def _flush(results: list[tuple[int, dict[str, Any]]], sent: list[dict[str, Any]]) -> None:
    results.sort(key=lambda pair: pair[0])
    sent += [result for _, result in results]
    results.clear()


def _result(message: Message, name: str, dropped: list[str]) -> dict[str, Any]:
    """A result, where notes stand for what cannot be sent."""
    name = message.name or name or message.tool_call_id or ""
    sent: list[Part] = []
    for part in message.parts:
        is_picture = isinstance(part, ImagePart) and part.data is not None
        if is_picture or isinstance(part, (TextPart, NativePart)):
            sent.append(part)
        else:
            dropped.append(f"Ollama takes no {part.label} in a tool's result: a note stands for it")
            sent.append(TextPart(part.stand_in))
    return {"role": "tool", "tool_name": name, **_content(Message("tool", tuple(sent)), dropped)}


def _message(message: Message, dropped: list[str]) -> dict[str, Any]:
    role = "system" if message.role == "developer" else message.role
    sent: dict[str, Any] = {"role": role, **_content(message, dropped)}
    if message.role != "assistant":
        return sent
    sent["content"] = sent["content"] or message.refusal or ""
    if message.state is not None and unmarked(message.state.items):
        dropped.append(
            f"state of {message.state.api} in an assistant message: Ollama cannot read it"
        )
    elif message.reasoning:
        # Models that think between their calls go on from here; of others the template decides.
        sent["thinking"] = message.reasoning
    if message.tool_calls:
        sent["tool_calls"] = [
            {"function": {"name": call.name, "arguments": _object(call)}}
            for call in message.tool_calls
        ]
    return sent


def _content(message: Message, dropped: list[str]) -> dict[str, Any]:
    """Text and pictures: the only content that there is, and pictures by value only."""
    given: Any = (message.extra or {}).get("images") or ()  # Ollama's own form
    images: list[str] = [_base64(image) for image in given]
    for part in message.parts:
        if isinstance(part, NativePart):
            dropped.append(left_out(part.value, "Ollama"))
        elif isinstance(part, ImagePart):
            data = settled(part).data
            if data is None:
                raise ModelNotSupportedError("Ollama takes images by value only: give data=...")
            images.append(data)
        elif not isinstance(part, TextPart):
            raise ModelNotSupportedError(
                f"Ollama takes text and images only, no {type(part).__name__}"
            )
    return {"content": message.text, **({"images": images} if images else {})}


def _base64(image: Any) -> Any:
    """A picture as the Python SDK takes it, too: bytes or base64."""
    if isinstance(image, (bytes, bytearray)):
        return base64.b64encode(image).decode()
    return image


def _object(call: ToolCall) -> dict[str, Any]:
    """Arguments as the object that the API demands; anything else goes under ``input``."""
    try:
        value = call.parsed()
    except (ValueError, RecursionError):
        value = call.arguments
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {} if value is None else {"input": value}
