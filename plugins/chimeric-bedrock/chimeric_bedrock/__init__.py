"""Amazon Bedrock's Converse API for Chimeric, over plain HTTP.

Wire code is imported by the hooks that need it, so that loading this module costs next to
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chimeric import Capabilities, ConfigurationError, Provider, hookimpl

if TYPE_CHECKING:
    from chimeric import (
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

    from .parser import ConverseState

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
    "nvidia",
    "openai",
    "qwen",
    "stability",
    "writer",
    "zai",
)
PROFILES = ("us", "eu", "apac", "jp", "au", "ca", "sa", "global", "us-gov")


def _state(request: Request) -> ConverseState:
    from .parser import ConverseState

    return ConverseState(request)


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from .forms import read_dict

    return read_dict(kind, value, before)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare the provider ``bedrock``."""
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
        ),
        framing="aws-event-stream",
        state=_state,
        options=("region", "profile"),
        params=(
            *("additionalModelRequestFields", "additionalModelResponseFieldPaths"),
            *("guardrailConfig", "inferenceConfig", "outputConfig", "performanceConfig"),
            *("promptVariables", "requestMetadata", "serviceTier", "system", "toolConfig"),
            *("top_k", "user"),
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
    """Translate a unified request."""
    from .request import build

    return build(request, provider)


@hookimpl
def chimeric_sign_request(
    http: HTTPRequest, body: bytes, secret: Secret | None, provider: ProviderConfig
) -> Mapping[str, str]:
    """A bearer token where there is one, else Signature Version 4.

    A header that the caller set stays as it is.
    """
    if "authorization" in http.headers:
        return {}
    if secret:
        return {"authorization": f"Bearer {secret.reveal()}"}
    from datetime import UTC, datetime

    if not provider.own_origin:
        raise ConfigurationError(
            "AWS credentials of the environment go to bedrock's own base URL alone: give the "
            "endpoint or the call an api_key=, or leave its base_url out and say region=",
            provider="bedrock",
        )
    from .credentials import find_credentials
    from .regions import region_of
    from .signature import sign

    return sign(
        http.method,
        http.url,
        http.headers,
        body,
        credentials=find_credentials(provider.options.get("profile")),
        region=region_of(provider, url=http.url),
        now=datetime.now(UTC),
    )


@hookimpl
def chimeric_parse_event(event: Event, state: ConverseState) -> Delta | str | list[Delta] | None:
    """What one stream event adds."""
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: ConverseState) -> Delta | list[Delta]:
    """What a whole answer holds."""
    return state.parse_whole(response)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error answer."""
    from .errors import answer_error

    return answer_error(response)


@hookimpl
def chimeric_native_event(event: Event, state: ConverseState | None) -> Any:
    """Decode an event, or a whole answer, into its typed struct."""
    from .native import decode_event, decode_response

    return decode_response(event.data) if state is None else decode_event(event)


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
