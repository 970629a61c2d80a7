"""Amazon Bedrock for Chimeric: the Converse API, and those of Anthropic and OpenAI that it has.

Wire code is imported by the hooks that need it, so that loading this module costs next to
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chimeric import Capabilities, ConfigurationError, Provider, ToolCallDelta, hookimpl

if TYPE_CHECKING:
    from chimeric import (
        Asking,
        Context,
        Credentials,
        Delta,
        ErrorInfo,
        Event,
        HTTPRequest,
        HTTPResponse,
        Message,
        ModelPage,
        ProviderConfig,
        Request,
        Secret,
    )

__all__ = [
    "chimeric_build_request",
    "chimeric_count_tokens",
    "chimeric_credentials",
    "chimeric_credentials_scope",
    "chimeric_framings",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_count",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
    "chimeric_sign_request",
]

VENDORS = (
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "meta",
    "minimax",
    "mistral",
    "moonshot",
    "moonshotai",
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "writer",
    "xai",
    "zai",
)
PROFILES = ("us", "eu", "apac", "jp", "au", "ca", "in", "sa", "global", "us-gov")


CONVERSE_PARAMS = (
    *("additionalModelRequestFields", "additionalModelResponseFieldPaths"),
    *("guardrailConfig", "inferenceConfig", "outputConfig", "performanceConfig"),
    *("promptVariables", "requestMetadata", "serviceTier", "system", "toolConfig", "top_k"),
)
CLAUDE_PARAMS = (
    *("anthropic_version", "cache_control", "context_management", "metadata", "output_config"),
    *("stop_sequences", "thinking"),
)
"""What Claude takes in its own form, beside the unified parameters."""


def _state(request: Request) -> Any:
    from .apis import state_of

    return state_of(request)


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from .forms import read_dict

    return read_dict(kind, value, before)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare the provider ``bedrock``."""
    from chimeric_chat_completions import PARAMS as CHAT_PARAMS
    from chimeric_responses import PARAMS as RESPONSES_PARAMS

    models = [f"{vendor}.*" for vendor in VENDORS]
    return Provider(
        name="bedrock",
        # Stands for the endpoint of whatever region is in use.
        base_url="https://bedrock-runtime.us-east-1.amazonaws.com",
        base_url_env=("AWS_ENDPOINT_URL_BEDROCK_RUNTIME",),
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        # Without a bearer token, requests are signed with an AWS access key.
        key_required=False,
        models=(
            *models,
            *(f"{profile}.{model}" for profile in PROFILES for model in models),
            "arn:aws*:bedrock:*",
            "arn:aws*:sagemaker:*:endpoint/*",
        ),
        framing="aws-event-stream",
        state=_state,
        options=("api", "region", "profile", "credentials", "family", "mantle", "betas"),
        params=tuple(
            dict.fromkeys(
                (*CONVERSE_PARAMS, *CLAUDE_PARAMS, *CHAT_PARAMS, *RESPONSES_PARAMS, "user")
            )
        ),
        read_dict=_read_dict,
        request_id_headers=("x-amzn-requestid",),
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
def chimeric_framings() -> Mapping[str, Callable[[int], Any]]:
    """Bring the binary framing of AWS event streams."""
    from .eventstream import FRAMING, EventStreamFramer

    return {FRAMING: EventStreamFramer}


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request for the API that its option tells."""
    from .apis import build

    return build(request, provider)


@hookimpl
def chimeric_credentials(
    provider: ProviderConfig, context: Context
) -> Credentials | Asking[Credentials | None] | None:
    """The AWS credentials to sign with, where no bearer key is sent."""
    if "authorization" in map(str.lower, context.request.extra_headers):
        return None
    from .keys.source import ask

    return ask(provider)


@hookimpl
def chimeric_credentials_scope(provider: ProviderConfig) -> str | None:
    """Which credentials these are."""
    from .keys.source import whose

    return whose(provider)


@hookimpl
def chimeric_sign_request(
    http: HTTPRequest,
    body: bytes,
    secret: Secret | None,
    provider: ProviderConfig,
    fields: Mapping[str, str],
) -> Mapping[str, str]:
    """A bearer token where there is one, else Signature Version 4.

    A header that the caller set stays as it is.
    """
    if "authorization" in http.headers:
        return {}
    from .keys.found import KEY_ID, signed_with

    if secret and KEY_ID not in fields:
        return {"authorization": f"Bearer {secret.reveal().strip()}"}
    if not secret and not provider.own_origin:
        raise ConfigurationError(
            "AWS credentials from the environment are sent to bedrock's own base URL only: give "
            "the endpoint or the call an api_key= or credentials=, or leave out its base_url and "
            "pass region=",
            provider="bedrock",
        )
    if not secret:
        from .credentials import none_found

        raise none_found(provider.options.get("profile"))
    from datetime import UTC, datetime

    from .regions import region_of, service_of
    from .signature import sign

    return sign(
        http.method,
        http.url,
        http.headers,
        body,
        credentials=signed_with(secret, fields),
        region=region_of(provider, url=http.url),
        now=datetime.now(UTC),
        service=service_of(provider, http.url),
    )


@hookimpl
def chimeric_parse_event(
    event: Event, state: Any
) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
    """What one stream event adds."""
    told: Delta | ToolCallDelta | str | Sequence[Delta] | None = state.parse(event)
    return told


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Any) -> Delta | Sequence[Delta]:
    """What a whole answer holds."""
    read: Any = getattr(state, "parse_response", None) or state.parse_whole
    told: Delta | Sequence[Delta] = read(response)
    return told


@hookimpl
def chimeric_parse_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo | None:
    """Read an error answer, and say what to do about it."""
    from .errors import answer_error

    return answer_error(response, provider)


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event, or a whole answer, into its typed struct."""
    from .native import decode_event, decode_response

    return decode_response(event.data) if state is None else decode_event(event, state)


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
def chimeric_count_tokens(
    http: HTTPRequest, request: Request, provider: ProviderConfig
) -> HTTPRequest:
    """The request that counts the tokens of another one."""
    from .counts import count_request

    return count_request(http, request, provider)


@hookimpl
def chimeric_parse_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    from .counts import read_count

    return read_count(response)
