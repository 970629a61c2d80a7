"""Anthropic's Messages API (Claude) for Chimeric.

Wire code is imported by the hooks that need it, so that loading this module costs next to
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chimeric import Capabilities, Provider, ToolCallDelta, hookimpl

if TYPE_CHECKING:
    from chimeric import (
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

    from .parser import MessageState


def _state(request: Request) -> MessageState:
    from .parser import MessageState

    return MessageState(request)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare the provider ``anthropic``."""
    return Provider(
        name="anthropic",
        base_url="https://api.anthropic.com/v1",
        version_paths=("/v1",),
        key_env=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        token_env=("ANTHROPIC_AUTH_TOKEN",),
        auth_header="x-api-key",
        auth_scheme="",
        models=("claude-*",),
        # Vertex writes the date behind an "@".
        not_models=("*@*",),
        state=_state,
        options=("betas",),
        params=(
            *("billing_policy", "cache_control", "compaction", "container"),
            *("context_management", "diagnostics", "fallback_credit_token", "fallbacks"),
            *("inference_geo", "mcp_servers", "metadata", "output_config", "service_tier"),
            *("speed", "stop_sequences", "system", "thinking", "thread", "top_k", "user"),
            *("user_profile_id", "workspace_id"),
        ),
        request_id_headers=("request-id", "x-request-id"),
        capabilities=Capabilities(
            images=True, files=True, reasoning=True, structured_output=True, citations=True
        ),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a unified request."""
    from .request import build

    return build(request, provider)


@hookimpl
def chimeric_sign_request(
    http: HTTPRequest, secret: Secret | None, provider: ProviderConfig
) -> Mapping[str, str]:
    """``x-api-key`` for API keys, ``Authorization: Bearer`` for OAuth and workload tokens.

    A token is what ``ANTHROPIC_AUTH_TOKEN`` holds, or what looks like an OAuth token. Other
    servers of this API, such as vLLM, read one header or the other: they get a key in both. A
    header that the caller set stays as it is.
    """
    if not secret or not {"authorization", "x-api-key"}.isdisjoint(http.headers):
        return {}
    value = secret.reveal()
    bearer = {"authorization": f"Bearer {value}"}
    if provider.bearer or value.startswith("sk-ant-oat"):
        return bearer
    key = {"x-api-key": value}
    return key if http.url.startswith("https://api.anthropic.com/") else {**key, **bearer}


@hookimpl
def chimeric_parse_event(
    event: Event, state: MessageState
) -> Delta | ToolCallDelta | str | list[Delta] | None:
    """What one stream event adds."""
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: MessageState) -> Delta | list[Delta]:
    """What a whole answer holds."""
    return state.parse_whole(response)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error answer."""
    from .errors import answer_error

    return answer_error(response)


@hookimpl
def chimeric_native_event(event: Event, state: MessageState | None) -> Any:
    """Decode an event, or a whole message, into its typed struct."""
    from .native import decode_event, decode_message

    return decode_message(event.data) if state is None else decode_event(event)


@hookimpl
def chimeric_list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page of the model list."""
    from .models import page_request

    return page_request(provider, cursor)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model."""
    from .models import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """One page of the model list."""
    from .models import read_page

    return read_page(response, provider)


@hookimpl
def chimeric_count_tokens(http: HTTPRequest) -> HTTPRequest:
    """The request that counts the tokens of another one."""
    from .request import count_request

    return count_request(http)


@hookimpl
def chimeric_parse_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    from .request import read_count

    return read_count(response)
