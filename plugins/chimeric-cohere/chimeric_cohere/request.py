"""A unified request as a v2 chat body."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from chimeric_models import (
    Asked,
    CallIds,
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
    ToolName,
    own_keys,
)

from .combinations import RULES, TAKES
from .parser import Answer

OWN_PARTS = {"assistant": ("thinking",), "tool": ("document.document",)}
"""Types of parts that are no unified ones, in the roles that may have them."""

ASSISTANT_KEYS = ("tool_plan", "citations")
"""What an assistant message of Cohere's own form may have besides."""


def build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for a chat."""
    dropped: list[str] = []
    request = heard(request, TAKES, dropped)
    base = provider.base_url
    # A base URL of the v1 API stands in older set-ups; there is no v1 of this protocol.
    base = base.removesuffix("/v1") + "/v2" if base.endswith("/v1") else base
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request, dropped),
        "stream": request.stream,
        **_tools(request, dropped),
        **_parameters(request, dropped),
        **_extra(request, dropped),
    }
    if RULES.touch(body):
        RULES.keep(Asked(request.model, body, "Cohere", request.extra_body), dropped)
    return HTTPRequest(
        url=f"{base}/chat",
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
    )


def _parameters(request: Request, dropped: list[str]) -> dict[str, Any]:
    told = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "p": request.top_p,
        "seed": request.seed,
        "stop_sequences": list(request.stop) or None,
        "response_format": _response_format(request),
        "thinking": _thinking(request.reasoning_effort, dropped),
    }
    return {name: value for name, value in told.items() if value is not None}


def _extra(request: Request, dropped: list[str]) -> dict[str, Any]:
    """Other parameters as they are; ``logprobs`` is a switch here."""
    asked = request.extra.get("logprobs")
    if not isinstance(asked, int) or isinstance(asked, bool):
        return dict(request.extra)
    dropped.append(f"logprobs={asked}: Cohere tells those of the chosen tokens alone")
    return {**request.extra, "logprobs": True}


def _response_format(request: Request) -> dict[str, Any] | None:
    form = request.response_format
    if form is None:
        return None
    if form.kind == "text":
        return {"type": "text"}
    check_format(form.schema)
    schema = {"json_schema": form.schema} if form.kind == "json_schema" and form.schema else {}
    return {"type": "json_object", **schema}


def _thinking(effort: str | None, dropped: list[str]) -> dict[str, Any] | None:
    if effort is None:
        return None
    if effort == "none":
        return {"type": "disabled"}
    dropped.append(
        f"reasoning_effort={effort!r}: Cohere knows no levels, thinking is switched on "
        "(thinking={'type': 'enabled', 'token_budget': ...} sets a budget)"
    )
    return {"type": "enabled"}


def _tools(request: Request, dropped: list[str]) -> dict[str, Any]:
    if request.parallel_tool_calls is False:
        dropped.append("Cohere has no switch against parallel tool calls")
    if not request.tools:
        return {}
    tools, choice = request.tools, request.tool_choice
    body: dict[str, Any] = {}
    if isinstance(choice, ToolName):
        # No choice names a tool: offering that one alone and requiring a call is the same.
        tools = tuple(tool for tool in tools if tool.name == choice.name)
        body["tool_choice"] = "REQUIRED"
        if len(tools) < len(request.tools):
            dropped.append("tool_choice: Cohere's names no tool; only the chosen one is offered")
    elif choice in ("required", "none"):
        body["tool_choice"] = choice.upper()
    if any(tool.strict for tool in tools):
        body["strict_tools"] = True
    return {"tools": [_tool(tool) for tool in tools], **body}


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
    ids, sent = CallIds(str), list[dict[str, Any]]()
    for message in request.messages:
        told = _message(message, ids, dropped)
        if told is None:
            continue
        if told["role"] == "assistant" and sent and sent[-1].get("tool_calls"):
            sent[-1] = _joined(sent[-1], told)
        else:
            sent.append(told)
    return sent


def _joined(call: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """One message of two: the results of calls must follow the message that makes them."""
    joined = {**more, **call}
    joined["tool_calls"] = [*call["tool_calls"], *more.get("tool_calls", ())]
    content = [part for told in (call, more) for part in _listed(told.get("content") or [])]
    if content:
        joined["content"] = content
    return joined


def _listed(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _message(message: Message, ids: CallIds, dropped: list[str]) -> dict[str, Any] | None:
    """A message as it is sent; None for one that says nothing, which is refused."""
    message = readable(message, OWN_PARTS.get(message.role, ()), dropped)
    match message.role:
        case "system" | "developer":
            content = _system(message, dropped)
            return {"role": "system", "content": content} if content else None
        case "user":
            return {"role": "user", "content": _content(message, dropped)}
        case "assistant":
            return _assistant(message, ids, dropped)
        case "tool":
            return {
                "role": "tool",
                "tool_call_id": ids.result(message.tool_call_id or "", message.name or ""),
                "content": _result(message, dropped),
            }


def _system(message: Message, dropped: list[str]) -> str | list[dict[str, Any]]:
    for part in message.parts:
        if not isinstance(part, (TextPart, NativePart)):
            raise ModelNotSupportedError(
                f"Cohere takes no {type(part).__name__} in a {message.role} message"
            )
    if any(isinstance(part, NativePart) for part in message.parts):
        return _content(message, dropped)
    return message.text


def _assistant(message: Message, ids: CallIds, dropped: list[str]) -> dict[str, Any] | None:
    items = message.items_for(Answer.api)
    if items:
        return _echoed(dict(items[0]), ids)
    foreign = message.state is not None and bool(unmarked(message.state.items))
    if foreign and message.state is not None:
        dropped.append(
            f"state of {message.state.api} in an assistant message: Cohere cannot read it"
        )
    elif message.reasoning and not message.tool_calls:
        dropped.append("reasoning of another model in an assistant message: it was left out")
    for part in message.parts:
        if not isinstance(part, (TextPart, NativePart)):
            raise ModelNotSupportedError(
                f"Cohere takes no {type(part).__name__} in an assistant message; "
                "put it into a user message"
            )
    sent: dict[str, Any] = {"role": "assistant", **own_keys(message.extra, ASSISTANT_KEYS)}
    content = _content(message, dropped)
    if message.refusal:
        refusal = {"type": "text", "text": message.refusal}
        content = [*_parts(message, dropped), refusal] if content else message.refusal
    if content:
        sent["content"] = content
    elif not message.tool_calls:
        return None
    if message.tool_calls:
        if message.reasoning and not foreign:
            sent.setdefault("tool_plan", message.reasoning)
        sent["tool_calls"] = [
            {
                "id": ids.call(call.id, call.name),
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in message.tool_calls
        ]
    return sent


def _echoed(item: dict[str, Any], ids: CallIds) -> dict[str, Any]:
    """A message as it came, its calls under ids that each have once."""
    calls: list[dict[str, Any]] = item.get("tool_calls") or []
    for place, call in enumerate(calls):
        identity = str(call.get("id") or "")
        function: dict[str, Any] = call.get("function") or {}
        sent = ids.call(identity, str(function.get("name") or ""))
        if sent != identity:
            calls = item["tool_calls"] = [*calls[:place], {**call, "id": sent}, *calls[place + 1 :]]
    return item


def _content(message: Message, dropped: list[str]) -> str | list[dict[str, Any]]:
    if isinstance(message.content, str):
        return message.content
    return _parts(message, dropped)


def _parts(message: Message, dropped: list[str]) -> list[dict[str, Any]]:
    """The parts; of another provider's own form is what has no type."""
    parts = [_part(part) for part in message.parts]
    dropped += (left_out(part, "Cohere") for part in parts if "type" not in part)
    return [part for part in parts if "type" in part]


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case NativePart(value=value):
            return value
        case ImagePart():
            part = settled(part)
            url = part.data_url or part.url
            if url is None:
                raise ModelNotSupportedError("Cohere takes images by URL or by value only")
            if part.url is None and part.media_type is None:
                raise ModelNotSupportedError(
                    "the media_type of an image is missing and cannot be told from its bytes"
                )
            image = {"url": url, **({"detail": part.detail} if part.detail else {})}
            return {"type": "image_url", "image_url": image}
        case _:
            raise ModelNotSupportedError(
                f"Cohere takes no {type(part).__name__}; give texts as documents=[...]"
            )


def _result(message: Message, dropped: list[str]) -> list[dict[str, Any]]:
    """A tool's result as a document, which the model can cite. There is no error flag."""
    native = [part.value for part in message.parts if isinstance(part, NativePart)]
    text = message.text
    notes = [p.stand_in for p in message.parts if not isinstance(p, (TextPart, NativePart))]
    if notes:
        dropped.append("Cohere takes only text as a tool's result: notes stand for what is none")
        text = "\n".join([text, *notes]) if text else "\n".join(notes)
    if not text and native:
        return native
    data = {"error": text} if message.is_error else _object(text) or {"content": text}
    return [{"type": "document", "document": {"data": data}}, *native]


def _object(text: str) -> dict[str, Any] | None:
    """The text as a JSON object, if it is one."""
    if not text.startswith("{"):
        return None
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
