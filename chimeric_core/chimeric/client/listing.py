"""The model list of a provider, page by page: requests like any other, with another answer."""

from __future__ import annotations

from chimeric.errors import ChimericError, ConfigurationError, ModelNotSupportedError, ProtocolError
from chimeric.exchange.attempt import Attempt
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import RELEASE, Flow
from chimeric.exchange.exchange import Attempts
from chimeric.plugins.provider import Model
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.transport import Framer

from .engine import Engine
from .provider_setup import key_of

__all__ = ["Inquiry", "alist_models", "fetch_pages", "list_models", "listings"]

MOST_PAGES = 100
"""A list that does not end after so many pages is taken for broken."""


def list_models(engine: Engine, provider: str | None) -> list[Model]:
    """The models of a provider, or of all that are set up."""
    models: list[Model] = []
    for _ in engine.drive(fetch_all(engine, provider, models)).run():
        pass
    return models


async def alist_models(engine: Engine, provider: str | None) -> list[Model]:
    """The same, asynchronously."""
    models: list[Model] = []
    async for _ in engine.adrive(fetch_all(engine, provider, models)).items:
        pass
    return models


def fetch_all(engine: Engine, provider: str | None, models: list[Model]) -> Flow:
    """Fetch the pages of a provider, or of all; of all, those that fail are left out."""
    for call, route in listings(engine, provider):
        try:
            yield from fetch_pages(call, route, models)
        except ChimericError:
            if provider is not None:
                raise
            yield RELEASE


def listings(engine: Engine, provider: str | None) -> list[tuple[Call, Route]]:
    """What to ask for the model list of a provider, or of all that are set up."""
    if provider is None:
        plugins = engine.registry.load_providers()
        names = [plugin.name for plugin in plugins if _configured(engine, plugin)]
    else:
        names = [provider]
    listings: list[tuple[Call, Route]] = []
    for name in names:
        request = Request(model="any", messages=(), provider=name)
        try:
            call = engine.new_call(request, engine.defaults.timeout)
            listings.append((call, engine.route(request)))
        except ConfigurationError:
            if provider is not None:
                raise
    return listings


def _configured(engine: Engine, plugin: ProviderPlugin) -> bool:
    """Whether the provider could be called: it needs no key, or there is one."""
    return not plugin.declaration.key_required or key_of(engine.settings, plugin) is not None


def fetch_pages(call: Call, route: Route, models: list[Model]) -> Flow:
    """Fetch all pages into ``models``.

    Raises:
        ModelNotSupportedError: when the provider has no model list.
    """
    plugin = route.plugin
    if plugin.list_models is None or plugin.parse_models is None:
        raise ModelNotSupportedError(f"{plugin.name} has no model list", provider=plugin.name)
    pages = _Pages(call, models)
    try:
        for _ in range(MOST_PAGES):
            yield from pages.made(call.request)
            yield RELEASE
            if pages.cursor is None:
                return
    except ChimericError as error:
        pages.explain(error)
        raise
    raise ProtocolError(f"the model list of {plugin.name} does not end after {MOST_PAGES} pages")


class Inquiry(Attempts):
    """The attempts at what is no answer of a model. The hooks around attempts have no say in it."""

    def once(self) -> Flow:
        return self.send_and_read()

    def read(self, attempt: Attempt, framer: Framer | None) -> Flow:
        body = yield from attempt.body.whole()
        self.route.plugin.parsed(self.hook, body, self.told, attempt.response(body))

    hook: str
    """What reads the reply."""

    def told(self, response: HTTPResponse) -> None:
        """Take the reply."""

    def after_failure(self, error: ChimericError) -> Flow:
        yield RELEASE

    def explain(self, error: ChimericError) -> None:
        super().explain(error)
        error.partial = None


class _Pages(Inquiry):
    """The attempts at one page after the other."""

    hook = "chimeric_parse_models"

    def __init__(self, call: Call, models: list[Model]) -> None:
        super().__init__(call)
        self._models = models
        self.cursor: str | None = None

    def build(self) -> HTTPRequest:
        plugin = self.route.plugin
        assert plugin.list_models is not None
        return plugin.list_models(self.route.config, self.cursor)

    def told(self, response: HTTPResponse) -> None:
        parse = self.route.plugin.parse_models
        assert parse is not None
        page = parse(response, self.route.config)
        self._models.extend(page.models)
        self.cursor = page.cursor

    def explain(self, error: ChimericError) -> None:
        super().explain(error)
        error.model = None
