"""xAI (Grok) for Chimeric: the Responses API, and chat completions where asked for.

Responses is the default: xAI calls its chat completions legacy, they carry function tools only
and, by their documentation, no reasoning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import PARAMS as CHAT_PARAMS
from chimeric_chat_completions import ChatDialect
from chimeric_responses import PARAMS, Dialect

from chimeric import (
    Capabilities,
    ConfigurationError,
    Delta,
    ErrorInfo,
    Event,
    FilePart,
    HTTPRequest,
    HTTPResponse,
    ModelNotSupportedError,
    Part,
    Provider,
    ProviderConfig,
    Request,
    ToolCallDelta,
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

APIS = ("responses", "chat_completions")


def _reasons(model: str) -> bool | None:
    """Grok models reason unless their name says otherwise; none refuses reasoning items."""
    return None if "non-reasoning" in model or model == "grok-3" else True


@cache
def _responses_rules() -> Rules:
    from .rules import RULES

    return RULES


@cache
def _chat_rules() -> Rules:
    from .rules import CHAT_RULES

    return CHAT_RULES


def _part(part: Part) -> None:
    if isinstance(part, FilePart) and not part.file_id:
        raise ModelNotSupportedError(
            "xAI's chat completions take files by file_id only; upload it, or use api='responses'"
        )


def _refine(raw: Mapping[str, Any], fields: dict[str, Any]) -> None:
    if "error" in fields:
        from .errors import explained

        fields["error"] = explained(fields["error"])


# Some models know no `instructions`; a system item is taken by all.
RESPONSES = Dialect(
    api="xai.responses",
    instructions=False,
    reasons=_reasons,
    strict=False,
    rules=_responses_rules,
)

CHAT = ChatDialect(
    keys=("name",),
    max_tokens="max_completion_tokens",
    rules=_chat_rules,
    strict_tools=False,
    empty_content="",
    parts=(),
    answer_media=False,  # an answer is a string
    part=_part,
    refine=_refine,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare xAI."""
    return Provider(
        name="grok",
        aliases=("xai",),
        base_url="https://api.x.ai/v1",
        key_env=("XAI_API_KEY", "GROK_API_KEY", "GROK_API_TOKEN"),
        base_url_env=("XAI_BASE_URL", "XAI_API_BASE"),
        models=("grok-*",),
        state=_state,
        options=("api",),
        params=(*PARAMS, *CHAT_PARAMS, "deferred", "search_parameters"),
        capabilities=Capabilities(
            images=True, files=True, reasoning=True, structured_output=True, citations=True
        ),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request for the API that the ``api`` option names."""
    if _speaks_chat({**provider.options, **request.options}):
        return CHAT.build_request(request, provider)
    from chimeric_responses import build_request

    return build_request(request, provider, RESPONSES)


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
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error body in any of xAI's three shapes."""
    from .errors import read_error

    return read_error(response.json(), status=response.status)


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event, or with no state a whole body, into its struct."""
    from .native import decode

    return decode(event, state)


@hookimpl
def chimeric_list_models(provider: ProviderConfig) -> HTTPRequest:
    """Ask for the model list; it has one page."""
    from chimeric_responses import list_models

    return list_models(provider)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """Ask for one model, where its prices are told, too."""
    from .models import get_model

    return get_model(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list, or the one that was asked for."""
    from .models import parse_models

    return parse_models(response, provider)


def _state(request: Request) -> Any:
    if _speaks_chat(request.options):
        return CHAT.state(request)
    from .parser import GrokState

    return GrokState(request)


def _speaks_chat(options: Mapping[str, Any]) -> bool:
    api = options.get("api") or APIS[0]
    if api not in APIS:
        raise ConfigurationError(f"grok has no api {api!r}; use one of {', '.join(APIS)}")
    return bool(api == "chat_completions")
