"""The hooks of every service of the catalogue, over its entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from chimeric import (
    Asking,
    ConfigurationError,
    Credentials,
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    ToolCallDelta,
    hookimpl,
    quote_segment,
)

from .entry import APIS, Entry

if TYPE_CHECKING:
    from chimeric import ModelPage

CLOSE: Final = {"connection": "close"}
"""Nobody shall take up a connection that is about to go."""

__all__ = ["CatalogPlugin", "DescribedPlugin", "ListedPlugin", "TradingPlugin", "plugin_of"]


class CatalogPlugin:
    """A provider made of an entry."""

    chimeric_api = (2, 2)

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    def __dir__(self) -> list[str]:
        """Only what a plugin manager looks for: it examines each name of each plugin."""
        return [name for name in super().__dir__() if name.startswith("chimeric_")]

    @hookimpl
    def chimeric_provider(self) -> Provider:
        """Declare the service."""
        return self.entry.declare(self._state)

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        """Translate a request."""
        options = {**provider.options, **request.options}
        if self._speaks_responses(options):
            from chimeric_responses import Dialect, build_request

            dialect = Dialect(
                api=f"{self.entry.name}.responses",
                instructions=False,
                store=None,
                json_word=self.entry.dialect.json_word,
                rules=self.entry.responses_rules,
            )
            built = build_request(request, provider, dialect)
        else:
            built = self.entry.dialect.build_request(request, provider)
        if self.entry.streams_close and request.stream:
            built = msgspec.structs.replace(built, headers={**built.headers, **CLOSE})
        if self.entry.place is not None:
            built = self.entry.place(built, options)
        if self.entry.headers is None or not (headers := self.entry.headers(options)):
            return built
        return msgspec.structs.replace(built, headers={**built.headers, **headers})

    @hookimpl
    def chimeric_parse_event(
        self, event: Event, state: Any
    ) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
        """Read one event."""
        delta: Delta | ToolCallDelta | str | Sequence[Delta] | None = state.parse(event)
        return delta

    @hookimpl
    def chimeric_parse_response(
        self, response: HTTPResponse, state: Any
    ) -> Delta | Sequence[Delta]:
        """Read a whole answer."""
        delta: Delta | Sequence[Delta] = state.parse_response(response)
        return delta

    @hookimpl
    def chimeric_parse_error(
        self, response: HTTPResponse, provider: ProviderConfig
    ) -> ErrorInfo | None:
        """Read an error of any shape; the message ends with the next step where one is known."""
        from .errors import parse_error

        return parse_error(response, provider, self.entry)

    @hookimpl
    def chimeric_native_event(self, event: Event, state: Any) -> Any:
        """Decode an event, or with no state a whole body, into its struct."""
        from .native import decode

        return decode(event, state, responses=self.entry.responses)

    def _state(self, request: Request) -> Any:
        if not self._speaks_responses(request.options):
            return self.entry.dialect.state(request)
        from chimeric_responses import ResponsesState

        state = ResponsesState(request)
        state.api = f"{self.entry.name}.responses"  # no other service can read its reasoning
        return state

    def _speaks_responses(self, options: Mapping[str, Any]) -> bool:
        api = options.get("api") if self.entry.responses else None
        if api not in (None, *APIS):
            name = self.entry.name
            raise ConfigurationError(f"{name} has no api {api!r}; use one of {', '.join(APIS)}")
        return bool(api == "responses")


class ListedPlugin(CatalogPlugin):
    """The same of a service that lists its models."""

    @hookimpl
    def chimeric_list_models(self, provider: ProviderConfig) -> HTTPRequest:
        """Ask for the model list; it has one page."""
        cut, path = self.entry.list_at
        return HTTPRequest(method="GET", url=f"{provider.base_url.removesuffix(cut)}{path}")

    @hookimpl
    def chimeric_parse_models(self, response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
        """Read the model list."""
        from chimeric_chat_completions.models import read_models

        if self.entry.list_in is not None:
            response = _renamed(response, *self.entry.list_in)
        return read_models(response, provider)


def _renamed(response: HTTPResponse, member: str, name: str) -> HTTPResponse:
    """A list of models in the common form; one that is none is left to whoever reads it."""
    from chimeric_chat_completions.lenient import items, obj

    body = obj(response.json())
    if not isinstance(body.get(member), list):
        return response
    models = [obj(model) for model in items(body[member])]
    data = [{**model, "id": model.get(name)} for model in models]
    return msgspec.structs.replace(response, body=msgspec.json.encode({"data": data}))


class TradingPlugin(ListedPlugin):
    """The same of a service that trades keys for tokens."""

    @hookimpl
    def chimeric_credentials(self, provider: ProviderConfig) -> Asking[Credentials | None] | None:
        """A token for a key of the environment."""
        assert self.entry.credentials is not None
        return self.entry.credentials(provider)

    @hookimpl
    def chimeric_credentials_scope(self, provider: ProviderConfig) -> str:
        """Tokens belong to the key that they are traded for."""
        return provider.key_source


class DescribedPlugin(ListedPlugin):
    """The same of a service that tells most of a model in a place of its own."""

    @hookimpl
    def chimeric_get_model(self, provider: ProviderConfig, model: str) -> HTTPRequest:
        """Ask for one model."""
        root = provider.base_url.removesuffix("/v1")
        url = f"{root}{self.entry.describes}/{quote_segment(model, safe='/')}"
        return HTTPRequest(method="GET", url=url)


def plugin_of(entry: Entry) -> CatalogPlugin:
    """The plugin of an entry."""
    if entry.credentials is not None:
        return TradingPlugin(entry)
    if entry.describes:
        return DescribedPlugin(entry)
    return ListedPlugin(entry) if entry.lists else CatalogPlugin(entry)
