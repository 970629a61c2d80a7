"""The hooks that are the same for every dialect; a plugin imports them into its module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimeric import (
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    HTTPResponse,
    ProviderConfig,
    ToolCallDelta,
    hookimpl,
)

if TYPE_CHECKING:
    from chimeric import ModelPage

    from .parser import ChatState

__all__ = [
    "chimeric_get_model",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
]


@hookimpl
def chimeric_parse_event(
    event: Event, state: ChatState
) -> Delta | ToolCallDelta | list[Delta] | str | None:
    """Read one ``chat.completion.chunk``."""
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: ChatState) -> Delta | list[Delta]:
    """Read a whole ``chat.completion``."""
    return state.parse_response(response)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error body of any of the shapes that servers of this protocol send."""
    from .errors import read_error

    return read_error(response.json())


@hookimpl
def chimeric_native_event(event: Event, state: ChatState | None) -> Any:
    """Decode an event, or with no state a whole body, into a struct with the wire's field names."""
    from .native import decode_body, decode_chunk

    return decode_body(event.data) if state is None else decode_chunk(event.data)


@hookimpl
def chimeric_list_models(provider: ProviderConfig) -> HTTPRequest:
    """Ask for the model list: one page, at ``/models``."""
    return HTTPRequest(method="GET", url=f"{provider.base_url}/models")


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """Ask for one model, at ``/models/{id}``; for services that have that."""
    from .models import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list."""
    from .models import read_models

    return read_models(response, provider)
