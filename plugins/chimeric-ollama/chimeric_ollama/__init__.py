"""Ollama's native chat as a Chimeric provider.

This module only declares; what reads and writes the wire is imported at the first call.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chimeric import Capabilities, Provider, hookimpl

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
    )

    from .parser import Answer


DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 11434


def host_url(host: str) -> str:
    """The base URL that a value of ``OLLAMA_HOST`` means; scheme, host and port may be left out.

    Example:
        >>> host_url(":56789"), host_url("10.0.0.7"), host_url("https://ollama.com")
        ('http://127.0.0.1:56789', 'http://10.0.0.7:11434', 'https://ollama.com')
    """
    host = host.strip()
    scheme, found, rest = host.partition("://")
    scheme, rest = (scheme, rest) if found else ("http", host)
    try:
        url = urlsplit(f"{scheme}://{rest}")
        port = url.port
    except ValueError:
        return host  # the core says what is wrong with it
    name = url.hostname or DEFAULT_HOST
    name = f"[{name}]" if ":" in name else name
    if port is None and not found:
        port = DEFAULT_PORT
    return f"{scheme}://{name}{f':{port}' if port else ''}{url.path}".rstrip("/")


def _state(request: Request) -> Answer:
    from .parser import Answer

    return Answer()


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    return Provider(
        name="ollama",
        base_url=host_url(os.environ.get("OLLAMA_HOST") or f"{DEFAULT_HOST}:{DEFAULT_PORT}"),
        key_env=("OLLAMA_API_KEY",),
        key_required=False,
        # Names of local models are anybody's: only these can be nobody else's.
        models=("*:latest", "*-cloud", "hf.co/*"),
        framing="ndjson",
        state=_state,
        params=(
            *("draft_num_predict", "format", "frequency_penalty", "keep_alive", "main_gpu"),
            *("min_p", "mirostat", "mirostat_eta", "mirostat_tau", "num_batch", "num_ctx"),
            *("num_gpu", "num_keep", "num_predict", "num_thread", "options"),
            *("penalize_newline", "presence_penalty", "repeat_last_n", "repeat_penalty"),
            *("shift", "template", "tfs_z", "think", "top_k", "top_logprobs", "truncate"),
            *("typical_p", "use_mmap", "user"),
        ),
        capabilities=Capabilities(images=True, reasoning=True, structured_output=True),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    from .request import build_request

    return build_request(request, provider)


@hookimpl
def chimeric_parse_event(event: Event, state: Answer) -> Delta | str | None:
    return state.parse(event)


@hookimpl
def chimeric_parse_response(response: HTTPResponse, state: Answer) -> Delta:
    return state.parse_whole(response.body)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    from .errors import read_error

    return read_error(response)


@hookimpl
def chimeric_native_event(event: Event) -> Any:
    from .native import decode

    return decode(event.data)


@hookimpl
def chimeric_list_models(provider: ProviderConfig) -> HTTPRequest:
    from .models import list_models

    return list_models(provider)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    from .models import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    from .models import parse_models

    return parse_models(response, provider)
