"""What the official SDKs say of a request body: their own types are the judge."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from .wire import plain_google

__all__ = ["accept"]


def accept(api: str, provider: str, body: dict[str, Any]) -> None:
    """Fail unless the official SDK's request type takes the body."""
    JUDGES.get((api, provider), JUDGES.get((api, ""), _openai_chat))(body)


def _walked(value: Any) -> Any:
    """pydantic checks lazy lists when they are walked: walk all of them."""
    if isinstance(value, Mapping):
        return {name: _walked(part) for name, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return [_walked(part) for part in value]
    return value


@functools.cache
def _adapter(module: str, name: str) -> Any:
    pydantic = pytest.importorskip("pydantic")
    params = pytest.importorskip(module, reason="the official SDK is the judge")
    kind = getattr(params, name)
    if isinstance(kind, type):
        return pydantic.TypeAdapter(kind)
    # A union may hold what pydantic does not know, such as open files.
    return pydantic.TypeAdapter(kind, config=pydantic.ConfigDict(arbitrary_types_allowed=True))


def _typed(module: str, name: str, *, by_stream: bool = False) -> Callable[[Any], None]:
    def judge(body: dict[str, Any]) -> None:
        kind = ("Streaming" if body.get("stream") else "NonStreaming") if by_stream else ""
        _walked(_adapter(module, name + kind).validate_python(body))

    return judge


def _openai_chat(body: dict[str, Any]) -> None:
    judge = _typed(
        "openai.types.chat.completion_create_params", "CompletionCreateParams", by_stream=True
    )
    judge(body)


def _mistral(body: dict[str, Any]) -> None:
    models = pytest.importorskip("mistralai.client.models", reason="the official SDK is the judge")
    sent = models.ChatCompletionStreamRequest.model_validate(body)
    assert [m.role for m in sent.messages] == [m["role"] for m in body["messages"]]


def _cohere(body: dict[str, Any]) -> None:
    cohere = pytest.importorskip("cohere", reason="the official SDK is the judge")
    roles = {
        "user": cohere.UserChatMessageV2,
        "assistant": cohere.AssistantChatMessageV2,
        "tool": cohere.ToolChatMessageV2,
        "system": cohere.SystemChatMessageV2,
    }
    for message in body["messages"]:
        model = roles[message["role"]]
        model.model_validate(message)
        assert set(message) <= set(model.model_fields)


def _google(body: dict[str, Any]) -> None:
    types = pytest.importorskip("google.genai.types", reason="the official SDK is the judge")
    for content in body["contents"]:
        types.Content.model_validate(plain_google(content))
    for tool in body.get("tools", ()):
        types.Tool.model_validate(tool)


def _converse(body: dict[str, Any]) -> None:
    session = pytest.importorskip("botocore.session", reason="the official SDK is the judge")
    validate = pytest.importorskip("botocore.validate")
    model = session.get_session().get_service_model("bedrock-runtime")
    shape = model.operation_model("Converse").input_shape
    report = validate.ParamValidator().validate({"modelId": "m", **body}, shape)
    assert not report.has_errors(), report.generate_report()


JUDGES: dict[tuple[str, str], Callable[[Any], None]] = {
    ("chat_completions", "mistral"): _mistral,
    ("chat_completions", "groq"): _typed(
        "groq.types.chat.completion_create_params", "CompletionCreateParams"
    ),
    ("chat_completions", "cerebras"): _typed(
        "cerebras.cloud.sdk.types.chat.completion_create_params", "CompletionCreateParams"
    ),
    ("chat_completions", ""): _openai_chat,
    ("responses", ""): _typed(
        "openai.types.responses.response_create_params", "ResponseCreateParams", by_stream=True
    ),
    ("messages", ""): _typed("anthropic.types.message_create_params", "MessageCreateParams"),
    ("chat_v2", ""): _cohere,
    ("generate_content", ""): _google,
    ("converse", ""): _converse,
}
