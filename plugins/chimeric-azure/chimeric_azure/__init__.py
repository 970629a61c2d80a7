"""Azure OpenAI and Azure AI Foundry for Chimeric.

Chat completions, the Responses API and Claude's Messages, on the v1 API and on dated versions, with
a resource's key or a token of Entra ID. Wire code is imported by the hooks that need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from chimeric import Capabilities, ConfigurationError, Provider, ToolCallDelta, hookimpl

if TYPE_CHECKING:
    from chimeric import (
        Asking,
        Credentials,
        Delta,
        ErrorInfo,
        Event,
        HTTPRequest,
        HTTPResponse,
        ModelPage,
        ProviderConfig,
        Request,
        Secret,
    )

    from .surface import Api

__all__ = [
    "chimeric_build_request",
    "chimeric_count_tokens",
    "chimeric_credentials",
    "chimeric_credentials_scope",
    "chimeric_get_model",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_count",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
    "chimeric_resume_request",
    "chimeric_sign_request",
]

APIS = ("chat_completions", "responses", "messages")

CLAUDE_PARAMS = (
    *("cache_control", "container", "context_management", "inference_geo", "mcp_servers"),
    *("metadata", "output_config", "service_tier", "stop_sequences", "system", "thinking", "top_k"),
)
"""What Messages takes beside the unified parameters."""

chimeric_api = (2, 2)


def _state(request: Request) -> Any:
    api = _api(request.options, request.model)
    if api == "messages":
        from chimeric_anthropic.parser import MessageState

        return MessageState(request)
    if api == "responses":
        from .responses import AzureResponsesState

        return AzureResponsesState(request)
    from .chat import ChatState

    return ChatState(request)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare Azure. Its models are deployments, whose names tell nothing: none is claimed."""
    from chimeric_chat_completions import PARAMS as CHAT_PARAMS
    from chimeric_responses import PARAMS

    return Provider(
        name="azure",
        aliases=("azure-openai", "azure_openai", "azure-ai", "azure_ai", "foundry"),
        base_url_env=(
            *("AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE", "AZURE_AI_API_BASE"),
            "ANTHROPIC_FOUNDRY_BASE_URL",
        ),
        key_env=(
            *("AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"),
            *("AZURE_OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_AI_API_KEY"),
            "ANTHROPIC_FOUNDRY_API_KEY",
        ),
        token_env=("AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"),
        auth_header="api-key",
        auth_scheme="",
        state=_state,
        options=("api", "api_version", "credential", "family", "scope"),
        params=(*PARAMS, *CHAT_PARAMS, *CLAUDE_PARAMS),
        request_id_headers=("apim-request-id", "x-request-id", "request-id"),
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
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request for the API that its option or its model's name tells.

    What the model takes goes by ``family`` where that is told, else by the deployment's name.
    """
    from .surface import surface_of

    options = {**provider.options, **request.options}
    deployment = request.model
    api = _api(options, deployment)
    surface = surface_of(provider, options, api)
    family = str(options.get("family") or deployment)
    if family != deployment:
        request = request.replace(model=family)
    if api == "messages":
        from chimeric_anthropic.request import build as build_message

        there = msgspec.structs.replace(provider, base_url=surface.base)
        http = build_message(request, there)
        body: Any = http.body
        return msgspec.structs.replace(
            http, body={**body, "model": request.extra_body.get("model", deployment)}
        )
    if api == "responses":
        from .responses import build as build_response

        return build_response(request, provider, surface, deployment)
    from .chat import build

    return build(request, provider, surface, deployment)


@hookimpl
def chimeric_resume_request(
    request: Request, state: Any, provider: ProviderConfig
) -> HTTPRequest | None:
    """Ask for the rest of a response in the background, whose stream was cut."""
    options = {**provider.options, **request.options}
    if _api(options, request.model) != "responses":
        return None
    from .responses import resume
    from .surface import surface_of

    family = str(options.get("family") or request.model)
    return resume(request.replace(model=family), state, surface_of(provider, options, "responses"))


@hookimpl
def chimeric_credentials(
    provider: ProviderConfig,
) -> Credentials | Asking[Credentials | None] | None:
    """A token of Entra ID, where a credential was given or there is no key.

    Where the environment names several resources, the key of the one that is asked.
    """
    from .entra import ask

    return ask(provider)


@hookimpl
def chimeric_credentials_scope(provider: ProviderConfig) -> str:
    """Which credential a token is of, and what it is for."""
    from .entra import whose

    return whose(provider)


@hookimpl
def chimeric_sign_request(
    http: HTTPRequest,
    secret: Secret | None,
    provider: ProviderConfig,
    fields: Mapping[str, str],
) -> Mapping[str, str]:
    """A token as ``Authorization: Bearer``; a key in the one header that the surface reads.

    A header that the caller set stays as it is.
    """
    if not secret or not {"authorization", "api-key", "x-api-key"}.isdisjoint(http.headers):
        return {}
    from .entra import TOKEN, is_token
    from .surface import SERVERLESS

    value = secret.reveal()
    where = urlsplit(http.url)
    serverless = (where.hostname or "").endswith(SERVERLESS)
    if provider.bearer or TOKEN in fields or is_token(value) or serverless:
        return {"authorization": f"Bearer {value}"}
    claude = "/anthropic/v1/" in where.path
    return {"x-api-key" if claude else "api-key": value}


@hookimpl
def chimeric_parse_event(
    event: Event, state: Any
) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
    """Read one event of any of the APIs."""
    delta: Delta | ToolCallDelta | str | Sequence[Delta] | None = state.parse(event)
    return delta


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Any) -> Delta | Sequence[Delta]:
    """Read a whole answer of any of the APIs."""
    read: Any = getattr(state, "parse_response", None) or state.parse_whole
    delta: Delta | Sequence[Delta] = read(response)
    return delta


@hookimpl
def chimeric_parse_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo:
    """Read an error answer, and say what to do about it."""
    from .errors import parse_error

    return parse_error(response, provider)


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event, or with no state a whole body, into its struct."""
    from .native import decode

    return decode(event, state)


@hookimpl
def chimeric_list_models(provider: ProviderConfig) -> HTTPRequest:
    """Ask for the models that a resource can deploy; its deployments are not listed anywhere."""
    from chimeric import HTTPRequest

    from .surface import surface_of

    surface = surface_of(provider, provider.options, "chat_completions")
    return HTTPRequest(method="GET", url=surface.url("/models"))


@hookimpl
def chimeric_get_model() -> None:
    """Ask for nothing: a model is a deployment here, and the list holds none of them."""


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list."""
    from chimeric_responses import parse_models

    return parse_models(response, provider)


@hookimpl
def chimeric_count_tokens(http: HTTPRequest) -> HTTPRequest:
    """The request that counts the tokens of another one, which Claude alone has.

    Raises:
        ConfigurationError: for the other APIs.
    """
    if not http.url.endswith("/messages"):
        raise ConfigurationError("azure counts tokens for Claude only", provider="azure")
    from chimeric_anthropic.request import count_request

    return count_request(http)


@hookimpl
def chimeric_parse_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    from chimeric_anthropic.request import read_count

    return read_count(response)


def _api(options: Mapping[str, Any], deployment: str) -> Api:
    """Which API to speak: the one that was asked for, Messages for Claude, else the oldest.

    Every deployment of another model speaks chat completions; not all have Responses.
    """
    asked = options.get("api")
    if asked in APIS:
        api: Api = asked
        return api
    if asked:
        raise ConfigurationError(
            f"azure has no api {asked!r}; use one of {', '.join(APIS)}", provider="azure"
        )
    from .families import is_claude

    name = str(options.get("family") or deployment)
    return "messages" if is_claude(name) else "chat_completions"
