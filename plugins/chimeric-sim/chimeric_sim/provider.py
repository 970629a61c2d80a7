"""The provider ``sim`` of Chimeric: a simulator that is started at its first use."""

from __future__ import annotations

import msgspec
from chimeric_chat_completions import (
    PARAMS,
    ChatDialect,
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_parse_response,
)

from chimeric import (
    Capabilities,
    ErrorInfo,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    hookimpl,
)

__all__ = [
    "EmbeddedSimulator",
    "chimeric_build_request",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
]

DIALECT = ChatDialect(max_tokens="max_completion_tokens")
OPTIONS = (
    "rate",
    "tokens",
    "delay",
    "rounds",
    "tool_delay",
    "phase_gap",
    "tool_end",
    "image_bytes",
    "previews",
)


class EmbeddedSimulator:
    """The server that a client starts for itself, and closes with itself."""

    def __init__(self) -> None:
        from .simulator import Simulator

        self._simulator = Simulator(keep=0)

    @property
    def base_url(self) -> str:
        """Where it listens, version path included."""
        return self._simulator.base_url("sim")

    def close(self) -> None:
        """Stop it."""
        self._simulator.close()


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare a provider that needs no key and no network."""
    return Provider(
        name="sim",
        version_path="/v1",
        # The simulator wants a key, as the services do; any word will do.
        headers={"authorization": "Bearer simulated"},
        key_required=False,
        options=OPTIONS,
        params=(*PARAMS, "sim", "top_k"),
        service=EmbeddedSimulator,
        state=DIALECT.state,
        capabilities=Capabilities(images=True, files=True, reasoning=True, structured_output=True),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request; the options ``rate``, ``tokens``, ... become ``sim`` settings."""
    settings = {name: provider.options[name] for name in OPTIONS if name in provider.options}
    if settings:
        asked = {**settings, **request.extra_body.get("sim", {})}
        request = request.replace(extra_body={**request.extra_body, "sim": asked})
    return DIALECT.build_request(request, provider)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error; one of an unknown model says which models there are."""
    from chimeric_chat_completions import chimeric_parse_error

    told: ErrorInfo | None = chimeric_parse_error(response)
    if told is None or told.code != "model_not_found":
        return told
    from .service.models import likely_models

    return msgspec.structs.replace(told, message=f"{told.message} {likely_models(told.message)}")
