"""Mistral AI over its form of chat completions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_chat_completions import (
    PARAMS,
    ChatDialect,
    chimeric_get_model,
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_parse_response,
)

from chimeric import (
    AudioPart,
    Capabilities,
    FilePart,
    HTTPRequest,
    HTTPResponse,
    Message,
    Part,
    Provider,
    ProviderConfig,
    Request,
    hookimpl,
)

if TYPE_CHECKING:
    from chimeric_models import Rules

    from chimeric import ModelPage

__all__ = [
    "chimeric_build_request",
    "chimeric_get_model",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
]

OWN_ID = re.compile(r"[a-zA-Z0-9]{9}")


def _tool_id(identity: str) -> str:
    """Ids of other providers, as the nine letters and digits that Mistral insists on."""
    if OWN_ID.fullmatch(identity):
        return identity
    return hashlib.sha256(identity.encode()).hexdigest()[:9]


def _part(part: Part) -> dict[str, Any] | None:
    """Files and sound, which have a form of their own here."""
    match part:
        case FilePart(file_id=str(file_id)):
            return {"type": "file", "file_id": file_id}
        case FilePart():
            named = {"document_name": part.filename} if part.filename else {}
            return {"type": "document_url", "document_url": part.url or part.data_url, **named}
        case AudioPart():
            return {"type": "input_audio", "input_audio": part.data or part.url}
        case _:
            return None


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Keep to the order of messages and the tool choices that Mistral accepts."""
    messages: list[dict[str, Any]] = []
    for message in body["messages"]:
        if message["role"] == "assistant" and not message["content"]:
            if not message.get("tool_calls"):
                continue  # a message that says nothing is an error
        elif message["role"] == "user" and messages and messages[-1]["role"] == "tool":
            # "Unexpected role 'user' after role 'tool'"
            messages.append({"role": "assistant", "content": "OK"})
        messages.append(message)
    last = messages[-1] if messages else {}
    if last.get("role") == "assistant":
        # "Expected last role User or Tool (or Assistant with prefix True)": it is gone on with.
        messages[-1] = {"prefix": True, **last}
    body["messages"] = messages
    if body.get("tool_choice") == "none":
        # With "none" some models answer nonsense; without tools they cannot call any.
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(name, None)
    return body


@cache
def _rules() -> Rules:
    from .rules import RULES

    return RULES


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from .forms import read_dict

    return read_dict(kind, value, before)


DIALECT = ChatDialect(
    rules=_rules,
    keys=("prefix",),
    seed="random_seed",
    stream_usage=False,  # always sent; asking for it is an error
    required_choice="any",
    empty_content="",
    result_names=True,
    tool_id=_tool_id,
    parts=("document_url", "reference", "thinking", "resource", "resource_link"),
    part=_part,
    adapt=_adapt,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare Mistral AI."""
    families = "mistral open-mistral open-mixtral ministral magistral codestral devstral pixtral"
    return Provider(
        name="mistral",
        base_url="https://api.mistral.ai/v1",
        version_paths=("/v1",),
        key_env=("MISTRAL_API_KEY",),
        models=tuple(f"{family}-*" for family in (*families.split(), "voxtral")),
        state=DIALECT.state,
        read_dict=_read_dict,
        params=(
            *PARAMS,
            *(
                "guardrails",
                "min_tokens",
                "prompt_logprobs",
                "prompt_mode",
            ),
            *(
                "random_seed",
                "repetition_penalty",
                "safe_prompt",
                "top_k",
            ),
            *(
                "top_prompt_logprobs",
                "document_image_limit",
                "document_page_limit",
            ),
        ),
        capabilities=Capabilities(
            images=True,
            files=True,
            audio=True,
            reasoning=True,
            structured_output=True,
            citations=True,
        ),
        request_id_headers=("mistral-correlation-id", "x-request-id"),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request."""
    return DIALECT.build_request(request, provider)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list, without the models that cannot chat; or the one that was asked for."""
    from chimeric_chat_completions.models import read_models

    page = read_models(response, provider)
    if "data" not in response.json():
        return page
    able = [m for m in page.models if m.native.get("capabilities", {}).get("completion_chat", True)]
    return msgspec.structs.replace(page, models=tuple(able))
