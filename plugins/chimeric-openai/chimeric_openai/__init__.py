"""OpenAI for Chimeric: the Responses API, and chat completions where asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_chat_completions import PARAMS as CHAT_PARAMS
from chimeric_chat_completions import ChatDialect
from chimeric_responses import PARAMS, PICTURES, Dialect

from chimeric import (
    Capabilities,
    ConfigurationError,
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    HTTPResponse,
    Message,
    Provider,
    ProviderConfig,
    Request,
    ToolCallDelta,
    hookimpl,
)

from .models import chat_rules, reasons, responses_rules, system_role

if TYPE_CHECKING:
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
    "chimeric_resume_request",
]

APIS = ("responses", "chat_completions")

RESPONSES = Dialect(reasons=reasons, rules=responses_rules, allowed_tools=True)

CHAT = ChatDialect(
    keys=("audio", "name", "prompt_cache_breakpoint"),
    allowed_tools=True,
    system_role=system_role,
    max_tokens="max_completion_tokens",
    rules=chat_rules,
    refusals=True,
    parts=("refusal",),
    pictures=PICTURES,
    answer_media=False,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare OpenAI."""
    return Provider(
        name="openai",
        base_url="https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        models=("gpt-*", "o[0-9]*", "chatgpt-*", "codex-*", "computer-use-*", "ft:*"),
        not_models=("gpt-oss*",),  # open weights, served by others
        state=_state,
        read_dict=_read_dict,
        options=("api", "organization", "project"),
        params=(*PARAMS, *CHAT_PARAMS),
        capabilities=Capabilities(
            images=True,
            files=True,
            audio=True,
            reasoning=True,
            structured_output=True,
            citations=True,
        ),
    )


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from chimeric_responses.forms import read_dict

    return read_dict(kind, value, before)


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request for the API that the ``api`` option names."""
    options = {**provider.options, **request.options}
    if _speaks_chat(options):
        http = CHAT.build_request(request, provider)
    else:
        from chimeric_responses import build_request

        http = build_request(request, provider, RESPONSES)
    return msgspec.structs.replace(http, headers={**http.headers, **_account(options)})


@hookimpl
def chimeric_parse_event(
    event: Event, state: Any
) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
    """Read one event of either API."""
    delta: Delta | ToolCallDelta | str | Sequence[Delta] | None = state.parse(event)
    return delta


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Any) -> Delta | Sequence[Delta]:
    """Read a whole answer of either API."""
    delta: Delta | Sequence[Delta] = state.parse_response(response)
    return delta


@hookimpl
def chimeric_resume_request(
    request: Request, state: Any, provider: ProviderConfig
) -> HTTPRequest | None:
    """Ask for the rest of a response in the background, whose stream was cut."""
    options = {**provider.options, **request.options}
    if _speaks_chat(options):
        return None
    from chimeric_responses import resume_request

    http = resume_request(request, state, f"{provider.base_url}/responses", RESPONSES)
    if http is None:
        return None
    return msgspec.structs.replace(http, headers={**http.headers, **_account(options)})


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error body, which both APIs share."""
    from chimeric_responses import parse_error

    return parse_error(response)


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event, or with no state a whole body, into its struct."""
    from .native import decode

    return decode(event, state)


@hookimpl
def chimeric_list_models(provider: ProviderConfig) -> HTTPRequest:
    """Ask for the model list; it has one page."""
    from chimeric_responses import list_models

    return msgspec.structs.replace(list_models(provider), headers=_account(provider.options))


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """Ask for one model."""
    from chimeric_responses import get_model

    return msgspec.structs.replace(get_model(provider, model), headers=_account(provider.options))


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list."""
    from chimeric_responses import parse_models

    return parse_models(response, provider)


def _state(request: Request) -> Any:
    if _speaks_chat(request.options):
        return CHAT.state(request)
    from chimeric_responses import ResponsesState

    return ResponsesState(request)


def _speaks_chat(options: Mapping[str, Any]) -> bool:
    api = options.get("api") or APIS[0]
    if api not in APIS:
        raise ConfigurationError(f"openai has no api {api!r}; use one of {', '.join(APIS)}")
    return bool(api == "chat_completions")


def _account(options: Mapping[str, Any]) -> dict[str, str]:
    """Headers that say which organization and project is charged, where that was told."""
    told = {
        "openai-organization": options.get("organization") or os.environ.get("OPENAI_ORG_ID"),
        "openai-project": options.get("project") or os.environ.get("OPENAI_PROJECT_ID"),
    }
    return {name: str(value) for name, value in told.items() if value}
