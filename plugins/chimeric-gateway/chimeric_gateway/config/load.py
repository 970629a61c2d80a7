"""Reads and checks a configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from chimeric import ConfigurationError, Endpoint, Timeout

from .document import Document
from .extras import cache_of, hedge_of, limit_of, needs, redis_of
from .names import Names
from .routing import Routing, plain
from .secrets import Secrets
from .settings import CacheSettings, ClientSettings, LimitSettings, ModelSettings, Settings
from .tables import ClientTable, EndpointTable, ModelTable, TimeoutTable, TopTable, read
from .values import key_hash, seconds, size

__all__ = ["load"]

STORE = "CHIMERIC_LIMIT_STORE"


def load(config: str | os.PathLike[str] | Mapping[str, Any] | Settings | None) -> Settings:
    """The settings of a file or a mapping. All of it is checked, nothing is sent.

    Args:
        config: a file's path, a mapping as the file would be, settings that were loaded, or None
            for none at all: every routable model, for everybody who reaches it.

    Raises:
        ConfigError: for the first fault, in one line with file, line and key.

    Example:
        >>> load({"models": {"fast": {"model": "sim:story"}}}).models["fast"].model
        'sim:story'
    """
    if isinstance(config, Settings):
        return config
    if config is None or isinstance(config, Mapping):
        return _Loading(Document(config or {})).settings()
    return _Loading(Document.of_file(config)).settings()


class _Loading:
    """One file on its way to settings."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._secrets = Secrets(document)
        self._top = read(document, (), document.data, TopTable)
        self._cache: CacheSettings | None = None
        self._limit: LimitSettings | None = None

    def settings(self) -> Settings:
        document, top = self._document, self._top
        if top.max_retries < 0:
            raise document.fault(("max_retries",), "this must be a number from 0")
        if top.cache is not None:
            self._cache = cache_of(self._secrets, ("cache",), top.cache)
        if top.limit is not None:
            self._limit = limit_of(document, ("limit",), top.limit)
        if top.otel:
            needs(document, ("otel",), "chimeric-otel", extra="otel")
            needs(document, ("otel",), "opentelemetry-sdk", "opentelemetry", extra="otel")
        endpoints = {name: self._endpoint(name, told) for name, told in top.endpoints.items()}
        with self._routing(endpoints) as routing:
            models = self._models(routing)
            clients = self._clients(models, routing)
        settings = Settings(
            max_body=size(document, ("max_body",), top.max_body),
            grace=seconds(document, ("grace",), top.grace),
            keepalive=seconds(document, ("keepalive",), top.keepalive, least=0.1),
            max_retries=top.max_retries,
            timeout=self._timeout(top.timeout),
            endpoints=endpoints,
            models=models,
            clients=clients,
            cache=self._cache,
            limit=self._limit,
            redis=self._redis(),
            log=top.log,
            log_content=top.log_content,
            otel=top.otel,
            source=document.source,
        )
        self._secrets.warn()
        return settings

    def _redis(self) -> str | None:
        """Where chimeric-limit has its books by itself, the gateway has them too."""
        if self._top.redis is not None:
            return redis_of(self._secrets, ("redis",), self._top.redis)
        return os.environ.get(STORE) or None

    def _timeout(self, told: float | dict[str, Any]) -> Timeout:
        if not isinstance(told, dict):
            return Timeout.of(seconds(self._document, ("timeout",), told, least=0.001))
        table = read(self._document, ("timeout",), told, TimeoutTable)
        for name in told:
            seconds(self._document, ("timeout", name), getattr(table, name), least=0.001)
        return Timeout(table.connect, table.read, table.first, table.gap, table.total)

    def _endpoint(self, name: str, told: object) -> Endpoint:
        if isinstance(told, Endpoint):  # of a mapping that was made in Python
            return told
        path, secrets = ("endpoints", name), self._secrets
        table = read(self._document, path, told, EndpointTable)
        key, url = table.api_key, table.base_url
        headers = {
            header: secrets.header((*path, "headers", header), header, value)
            for header, value in table.headers.items()
        }
        return Endpoint(
            table.provider,
            base_url=None if url is None else secrets.text((*path, "base_url"), url),
            api_key=None if key is None else secrets.key((*path, "api_key"), key),
            headers=headers,
            options=table.options,
        )

    def _routing(self, endpoints: dict[str, Endpoint]) -> Routing:
        """The core with all endpoints; each is tried alone, so that an error names its line."""
        for name, endpoint in endpoints.items():
            path = ("endpoints", name)
            try:
                with Routing({name: endpoint}) as routing:
                    fault = routing.fault(f"{name}:any")
            except ConfigurationError as error:
                told = self._document.data["endpoints"][name]
                at_provider = isinstance(told, Mapping) and "is installed" in str(error)
                at = (*path, "provider") if at_provider else path
                raise self._document.fault(at, plain(error)) from error
            if fault is not None:
                raise self._document.fault(path, fault)
        return Routing(endpoints)

    def _models(self, routing: Routing) -> dict[str, ModelSettings]:
        document = self._document
        tables = {
            name: read(document, ("models", name), told, ModelTable)
            for name, told in self._top.models.items()
        }
        names = Names(document, tables, routing)
        return {name: self._model(name, table, names) for name, table in tables.items()}

    def _model(self, name: str, table: ModelTable, names: Names) -> ModelSettings:
        document, path = self._document, ("models", name)
        names.check_params(name)
        fallbacks = names.fallbacks(name)
        if fallbacks:
            needs(document, (*path, "fallbacks"), "chimeric-fallback", extra="fallback")
        cache, limit = table.cache, table.limit
        return ModelSettings(
            name=name,
            model=table.model,
            fallbacks=fallbacks,
            hedge=None if table.hedge is None else hedge_of(names, (*path, "hedge"), table),
            cache=self._cache
            if cache is None or cache is True
            else cache_of(self._secrets, (*path, "cache"), cache),
            limit=self._limit
            if limit is None or limit is True
            else limit_of(document, (*path, "limit"), limit),
            params=table.params,
        )

    def _clients(
        self, models: dict[str, ModelSettings], routing: Routing
    ) -> dict[str, ClientSettings]:
        clients: dict[str, ClientSettings] = {}
        by_hash: dict[str, str] = {}
        for name, told in self._top.clients.items():
            client = clients[name] = self._client(name, told, models, routing)
            other = by_hash.setdefault(client.key_hash, name)
            if other != name:
                text = f"this is the key of {other!r} already; each client has its own"
                raise self._document.fault(("clients", name, "key_hash"), text)
        return clients

    def _client(
        self, name: str, told: object, models: dict[str, ModelSettings], routing: Routing
    ) -> ClientSettings:
        document, path = self._document, ("clients", name)
        table = read(document, path, told, ClientTable)
        for place, model in enumerate(table.models or ()):
            fault = Names.unknown(model, models) if models else routing.fault(model)
            if fault:
                raise document.fault((*path, "models", place), fault)
        allowed = table.requests_per_minute
        if allowed is not None:
            at = (*path, "requests_per_minute")
            if allowed < 1:
                raise document.fault(at, "this must be a number from 1")
            needs(document, at, "chimeric-limit", extra="limit")
        return ClientSettings(
            name=name,
            key_hash=key_hash(document, (*path, "key_hash"), table.key_hash),
            models=None if table.models is None else tuple(table.models),
            requests_per_minute=allowed,
        )
