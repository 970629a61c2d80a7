"""The models of a provider: its list, page by page, and what is known of one. Requests like any
other, with another answer."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from chimeric.errors import (
    BadRequestError,
    ChimericError,
    ConfigurationError,
    ModelNotSupportedError,
    NotFoundError,
    PluginError,
    ProtocolError,
)
from chimeric.exchange.attempt import Attempt
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import RELEASE, Effect, Flow
from chimeric.exchange.exchange import Attempts
from chimeric.values.models import Model, ModelInfo
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.transport import Framer

from .engine import Engine
from .provider_setup import setup_of

__all__ = ["Inquiry", "described", "fetch_all", "fetch_pages", "listings"]

ANY = "any"
"""Stands for the model in requests that are about none."""

MOST_PAGES = 100
"""A list that does not end after so many pages is taken for broken."""


def fetch_all(engine: Engine, provider: str | None) -> Generator[Effect, Any, list[Model]]:
    """Fetch the models of a provider, or of all that are set up; those that fail are left out."""
    models: list[Model] = []
    for call, route in listings(engine, provider):
        try:
            yield from fetch_pages(call, route, models)
        except ChimericError:
            if provider is not None:
                raise
            yield RELEASE
    return models


def listings(engine: Engine, provider: str | None) -> list[tuple[Call, Route]]:
    """What to ask for the model list of a provider, or of all that are set up."""
    names = [provider]
    if provider is None:
        plugins = engine.registry.load_providers()
        names = [plugin.name for plugin in plugins if setup_of(plugin, engine.settings).configured]
    listings: list[tuple[Call, Route]] = []
    for name in names:
        try:
            listings.append(_asked(engine, ANY, name))
        except ConfigurationError:
            if provider is not None:
                raise
    return listings


def _asked(engine: Engine, model: str, provider: str | None) -> tuple[Call, Route]:
    request = Request(model=model, messages=(), provider=provider)
    call = engine.new_call(request, engine.defaults.timeout)
    return call, call.route(request)


def described(
    engine: Engine, model: str, provider: str | None
) -> Generator[Effect, Any, ModelInfo]:
    """What the provider tells of a model, and what plugins add to it.

    Raises:
        NotFoundError: when neither knows it.
        ConfigurationError: when the provider cannot be asked, and no plugin knows it.
    """
    call, route = _asked(engine, model, provider)
    info = ModelInfo(id=route.model, provider=route.config.name)
    unknown: ChimericError | None = None
    try:
        info = _with(info, (yield from _entry(call, route)), info.provider)
    except (NotFoundError, ConfigurationError) as error:
        if isinstance(error, PluginError):
            raise
        unknown = error
    for link in call.hooks.of("chimeric_model_info"):
        told = link.guarded(info, route.config)
        if not isinstance(told, ModelInfo | None):
            raise link.wrong_return(told, "return a ModelInfo, or None")
        info = _with(info, told, link.plugin)
    if unknown is not None and not info.sources:
        raise unknown
    return info


def _entry(call: Call, route: Route) -> Generator[Effect, Any, Model | None]:
    """What the provider tells of a model; None where it tells of none."""
    plugin, models = route.plugin, list[Model]()
    if plugin.get_model is not None:
        one = plugin.at("chimeric_get_model").run(plugin.get_model, route.config, route.model)
        try:
            if one is not None:
                yield from fetch_pages(call, route, models, one)
            return models[0] if models else None
        except (NotFoundError, BadRequestError):
            yield RELEASE
            if plugin.list_models is None:
                raise
    elif plugin.list_models is None:
        return None
    yield from fetch_pages(call, route, models)
    entries = {model.id: model for model in models}
    if models and route.model not in entries:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(route.model, entries) or list(entries)[:3])
        text = f"{plugin.name} lists no model {route.model!r}; it has {near}"
        raise NotFoundError(text, provider=plugin.name, model=route.model)
    return entries.get(route.model)


def _with(info: ModelInfo, told: Model | None, source: str) -> ModelInfo:
    """What is known with what somebody has told."""
    if told is None:
        return info
    fields: dict[str, Any] = {**msgspec.structs.asdict(told), "id": told.id or info.id}
    new = [f for f, v in fields.items() if f not in ("native", "sources") and v != getattr(info, f)]
    fields["sources"] = {**info.sources, **dict.fromkeys(new, source)}
    return ModelInfo(**fields)


def fetch_pages(
    call: Call, route: Route, models: list[Model], one: HTTPRequest | None = None
) -> Flow:
    """Fetch all pages into ``models``, or what the request for one model brings.

    Raises:
        ModelNotSupportedError: when the provider has no model list.
    """
    plugin = route.plugin
    if plugin.parse_models is None or (one is None and plugin.list_models is None):
        raise ModelNotSupportedError(f"{plugin.name} has no model list", provider=plugin.name)
    pages = _Pages(call, models, one)
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
    """The attempts at one page after the other, or at one model."""

    hook = "chimeric_parse_models"

    def __init__(self, call: Call, models: list[Model], one: HTTPRequest | None) -> None:
        super().__init__(call)
        self._models = models
        self._one = one
        self.cursor: str | None = None

    def build(self) -> HTTPRequest:
        listing = self.route.plugin.list_models
        assert listing is not None
        return self._one or listing(self.route.config, self.cursor)

    def told(self, response: HTTPResponse) -> None:
        parse = self.route.plugin.parse_models
        assert parse is not None
        page = parse(response, self.route.config)
        self._models.extend(page.models)
        self.cursor = page.cursor

    def explain(self, error: ChimericError) -> None:
        super().explain(error)
        if self.call.request.model == ANY:
            error.model = None
