"""The provider ``compatible``: any server that speaks chat completions, found by its base URL."""

from __future__ import annotations

from chimeric import Capabilities, HTTPRequest, Provider, ProviderConfig, Request, hookimpl

from .dialect import ChatDialect
from .hooks import (
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_parse_response,
)
from .params import PARAMS, SERVER_PARAMS

__all__ = [
    "chimeric_build_request",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
]

DIALECT = ChatDialect(
    echo=("reasoning_details", "reasoning_opaque", "extra_content"),
    call_echo=("extra_content",),
    metadata=("service_tier", "system_fingerprint", "timings"),
    file_urls=True,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare a provider without a base URL, models or a required key of its own."""
    return Provider(
        name="compatible",
        version_path="/v1",
        key_env=("COMPATIBLE_API_KEY",),
        key_required=False,
        state=DIALECT.state,
        params=(*PARAMS, *SERVER_PARAMS),
        capabilities=Capabilities(
            images=True, files=True, audio=True, reasoning=True, structured_output=True
        ),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request into the common form of the protocol."""
    return DIALECT.build_request(request, provider)
