"""Cohere chat (v2) as a Chimeric provider.

This module only declares; what reads and writes the wire is imported at the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chimeric import Capabilities, Provider, hookimpl

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
    )

    from .parser import Answer


def _state(request: Request) -> Answer:
    from .parser import Answer

    return Answer()


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from .forms import read_dict

    return read_dict(kind, value, before)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    return Provider(
        name="cohere",
        base_url="https://api.cohere.com/v2",
        key_env=("COHERE_API_KEY", "CO_API_KEY"),
        base_url_env=("CO_API_URL",),
        version_paths=("/v2",),
        models=("command-*", "command", "c4ai-*", "north-*"),
        state=_state,
        params=(
            *("citation_options", "documents", "frequency_penalty", "k", "p"),
            *("presence_penalty", "priority", "safety_mode", "stop_sequences"),
            *("strict_tools", "thinking", "user"),
        ),
        read_dict=_read_dict,
        request_id_headers=("x-debug-trace-id",),
        capabilities=Capabilities(
            images=True, reasoning=True, structured_output=True, citations=True
        ),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    from .request import build_request

    return build_request(request, provider)


@hookimpl
def chimeric_parse_event(event: Event, state: Answer) -> Delta | list[Delta] | str | None:
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Answer) -> Delta | list[Delta]:
    return state.parse_whole(response.body)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    from .errors import read_error

    return read_error(response)


@hookimpl
def chimeric_native_event(event: Event, state: Answer | None) -> Any:
    from .native import decode_event, decode_reply

    return decode_reply(event.data) if state is None else decode_event(event.data)


@hookimpl
def chimeric_list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    from .models import list_models

    return list_models(provider, cursor)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    from .models import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    from .models import parse_models

    return parse_models(response, provider)
