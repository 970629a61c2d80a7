"""The tables of distributions that are extras: their own words, checked by themselves."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Any

from chimeric import ConfigurationError

from .document import Document
from .lines import Path
from .names import Names
from .secrets import Secrets
from .settings import CacheSettings, HedgeSettings, LimitSettings
from .tables import ModelTable, read

__all__ = ["cache_of", "hedge_of", "limit_of", "needs", "redis_of"]


def needs(
    document: Document, path: Path, distribution: str, module: str = "", *, extra: str
) -> None:
    """Check that a distribution is installed, which an extra of the gateway brings.

    Raises:
        ConfigError: with what to install, where it is not.
    """
    if importlib.util.find_spec(module or distribution.replace("-", "_")) is None:
        text = f"this needs {distribution}: pip install 'chimeric-gateway[{extra}]'"
        raise document.fault(path, text)


def hedge_of(names: Names, path: Path, table: ModelTable) -> HedgeSettings:
    """``[models.NAME.hedge]``.

    Raises:
        ConfigError: for a fault in it, or a model that is hedged by itself.
    """
    document = names.document
    needs(document, path, "chimeric-hedge", extra="hedge")
    told = read(document, path, table.hedge, HedgeSettings)
    models = tuple(
        names.core_name((*path, "models", place), name) for place, name in enumerate(told.models)
    )
    if table.model in models:
        at = (*path, "models", models.index(table.model))
        raise document.fault(at, "this is the model itself, which is asked first")
    from chimeric_hedge import Hedge

    from chimeric import Chimeric

    def make() -> object:
        with Chimeric() as client:
            return Hedge(client, {table.model: models}, **told.arguments())

    if not models:
        raise document.fault((*path, "models"), "no model is named")
    _tried(document, path, make)
    return HedgeSettings(models=models, **told.arguments())


def cache_of(secrets: Secrets, path: Path, told: Any) -> CacheSettings | None:
    """``[cache]`` or ``[models.NAME.cache]``; False is none.

    Raises:
        ConfigError: for a fault in it.
    """
    if told is False:
        return None
    document = secrets.document
    needs(document, path, "chimeric-cache", extra="cache")
    table = read(document, path, told, CacheSettings)
    at = (*path, "store")
    store = secrets.url(at, table.store)
    from chimeric_cache import Cache, RedisStore
    from chimeric_stores import is_redis

    if is_redis(store):
        _tried(document, at, lambda: RedisStore(store))
    else:
        folder = os.path.dirname(os.path.abspath(store))
        if not os.path.isdir(folder):
            raise document.fault(at, f"there is no folder {folder}")
    nowhere: Any = object()
    _tried(document, path, lambda: Cache(nowhere, **table.arguments()))
    return CacheSettings(store=store, shared=table.shared, **table.arguments())


def limit_of(document: Document, path: Path, told: Any) -> LimitSettings | None:
    """``[limit]`` or ``[models.NAME.limit]``; False is none.

    Raises:
        ConfigError: for a fault in it.
    """
    if told is False:
        return None
    needs(document, path, "chimeric-limit", extra="limit")
    table = read(document, path, told, LimitSettings)
    if table.spending is not None:
        needs(document, (*path, "spending"), "chimeric-cost", extra="spending")
    from chimeric_limit import Limit

    _tried(document, path, lambda: Limit(**table.arguments()))
    return table


def redis_of(secrets: Secrets, path: Path, told: str) -> str:
    """The URL of the Redis server that workers share.

    Raises:
        ConfigError: for a URL that is none, or without what reads it.
    """
    needs(secrets.document, path, "chimeric-limit", extra="limit")
    url = secrets.url(path, told)
    from chimeric_limit import RedisLedger

    _tried(secrets.document, path, lambda: RedisLedger(url))
    return url


def _tried(document: Document, path: Path, make: Callable[[], object]) -> None:
    """Make what the table is for, so that it tells what is wrong."""
    try:
        make()
    except (ConfigurationError, TypeError, ValueError) as error:
        raise document.fault(path, str(error)) from None
