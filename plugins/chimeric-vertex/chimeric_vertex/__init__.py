"""Google Vertex AI for Chimeric: Gemini, Claude, and the models of others.

Each is read by the parser of its own provider's plugin. This module only declares; what reads and
writes the wire is imported at the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from chimeric_chat_completions import PARAMS as CHAT_PARAMS
from chimeric_google import PARAMS as GEMINI_PARAMS

from chimeric import Capabilities, ModelNotSupportedError, Provider, hookimpl

from .models import Model
from .places import HOME, is_express

if TYPE_CHECKING:
    from chimeric import (
        Asking,
        Credentials,
        ErrorInfo,
        Event,
        HTTPRequest,
        HTTPResponse,
        ModelPage,
        ProviderConfig,
        Request,
        Secret,
    )

CLAUDE_PARAMS: Final = (
    *("cache_control", "container", "context_management", "metadata", "output_config", "system"),
    *("thinking", "top_k"),
)

QUOTA: Final = "x-goog-user-project"

KEY_HEADERS: Final = {"authorization", "x-goog-api-key"}

GOOGLE_KEYS: Final = ("AIza", "AQ.")
"""What API keys of Google begin with; such a key of a service account goes with a project, too."""


def _state(request: Request) -> Any:
    match Model.of(request.model, request.options).protocol:
        case "generate_content":
            from .parser import VertexAnswer

            return VertexAnswer(request)
        case "messages":
            from chimeric_anthropic.parser import MessageState

            return MessageState(request)
        case "responses":
            from .parser import VertexResponses

            return VertexResponses(request)
        case "mistral":
            from .chat import MISTRAL

            return MISTRAL.state(request)
        case _:
            from .chat import CHAT

            return CHAT.state(request)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare the provider ``vertex``."""
    return Provider(
        name="vertex",
        aliases=("vertexai", "google_vertex", "google-vertex"),
        base_url=HOME,
        base_url_env=("GOOGLE_VERTEX_BASE_URL",),
        key_env=(
            "VERTEX_AUTH_TOKEN",
            "VERTEX_API_KEY",
            "GOOGLE_VERTEX_API_KEY",
            "GOOGLE_API_KEY",
            "GEMINI_API_KEY",
        ),
        token_env=("VERTEX_AUTH_TOKEN",),
        # Only here a date stands behind an "@".
        models=("claude-*@*", "publishers/*/models/*"),
        framing="gemini",
        state=_state,
        options=("project", "location", "credentials", "api", "betas"),
        params=tuple(dict.fromkeys((*GEMINI_PARAMS, *CLAUDE_PARAMS, *CHAT_PARAMS))),
        request_id_headers=("x-request-id", "request-id"),
        capabilities=Capabilities(
            images=True,
            files=True,
            audio=True,
            reasoning=True,
            structured_output=True,
            citations=True,
        ),
    )


@hookimpl
def chimeric_framings() -> Mapping[str, Callable[..., Any]]:
    """Gemini's framing, which tells events from a JSON array by the first byte."""
    return {"gemini": _framer}


def _framer(*limit: int) -> Any:
    from chimeric_google.framing import GeminiFramer

    return GeminiFramer(*limit)


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request for the protocol of its model."""
    match Model.of(request.model, provider.options).protocol:
        case "generate_content":
            from .gemini import build
        case "messages":
            from .claude import build
        case "mistral":
            from .chat import build_mistral as build
        case "responses":
            from .chat import build_responses as build
        case _:
            from .chat import build
    return build(request.replace(options=provider.options), provider)


@hookimpl
def chimeric_credentials(provider: ProviderConfig) -> Asking[Credentials | None] | None:
    """A token of Google credentials, where neither a key nor a token is sent."""
    from .credentials import ask

    return ask(provider)


@hookimpl
def chimeric_credentials_scope(provider: ProviderConfig) -> str | None:
    """Which credentials these are."""
    from .credentials import scope_of

    return scope_of(provider)


@hookimpl
def chimeric_sign_request(
    http: HTTPRequest, secret: Secret | None, provider: ProviderConfig
) -> Mapping[str, str]:
    """``x-goog-api-key`` for keys, ``Authorization: Bearer`` for tokens.

    A header that the caller set stays as it is. The project that pays goes with tokens of
    credentials that name one.
    """
    if not secret or not KEY_HEADERS.isdisjoint(http.headers):
        return {}
    value = secret.reveal()
    if is_express(provider) or value.startswith(GOOGLE_KEYS):
        return {"x-goog-api-key": value}
    from .credentials import quota_project

    quota = {} if QUOTA in http.headers else quota_project(provider)
    return {"authorization": f"Bearer {value}", **quota}


@hookimpl
def chimeric_parse_event(event: Event, state: Any) -> Any:
    """What one event adds."""
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Any) -> Any:
    """What a whole answer holds."""
    from .parser import parse_whole

    return parse_whole(response, state)


@hookimpl
def chimeric_parse_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo | None:
    """Read an error answer, and say what to do about it."""
    from .errors import read

    return read(response, provider)


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event, or a whole answer, into its typed struct."""
    from .native import decode

    return decode(event, state)


@hookimpl
def chimeric_list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page of the model list."""
    from .listing import page_request

    return page_request(provider, cursor)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest | None:
    """The request for one of Google's models; those of others are in no list."""
    from .listing import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """One page of the model list."""
    from .listing import read_page

    return read_page(response, provider)


@hookimpl
def chimeric_count_tokens(
    http: HTTPRequest, request: Request, provider: ProviderConfig
) -> HTTPRequest:
    """The request that counts the tokens of another one: of Gemini and of Claude."""
    request = request.replace(options=provider.options)
    match Model.of(request.model, provider.options).protocol:
        case "generate_content":
            from .gemini import count_request

            return count_request(http)
        case "messages":
            from .claude import count_request as count_messages

            return count_messages(http, request)
        case _:
            raise ModelNotSupportedError(f"Vertex AI does not count the tokens of {request.model}")


@hookimpl
def chimeric_parse_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    from .counts import read_count

    return read_count(response)
