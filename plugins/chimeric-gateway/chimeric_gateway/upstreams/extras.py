"""What the optional distributions do for one model: fallbacks, hedges, caches and limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chimeric import Chimeric
from chimeric_gateway.config import CacheSettings, LimitSettings, ModelSettings

if TYPE_CHECKING:
    from chimeric_hedge import Hedge

__all__ = ["Extras"]


class Extras:
    """The plugins of models, each made once for those who share its settings.

    Args:
        models: all that there are.
        redis: URL of the server by which workers share limits; None: each has its own.
    """

    def __init__(self, models: Iterable[ModelSettings], redis: str | None) -> None:
        self._redis = redis
        self._fallbacks = _fallbacks(models)
        self._caches: dict[str, Any] = {}
        self._limits: dict[str, Any] = {}

    def plugins(self, model: ModelSettings) -> tuple[object, ...]:
        """For ``use=`` of a model's calls: few sets, since the core prepares each anew."""
        made: list[object] = []
        for table, fallback in self._fallbacks:
            if model.fallbacks and table.get(model.model) == model.fallbacks:
                made.append(fallback)
                break
        if model.limit is not None:
            made.append(self._limit(model.limit))
        if model.cache is not None:
            made.append(self._cache(model.cache))
        return tuple(made)

    def hedge(self, client: Chimeric, model: ModelSettings) -> Hedge | None:
        """What asks in the place of the client, where another model is asked too."""
        if model.hedge is None:
            return None
        from chimeric_hedge import Hedge

        return Hedge(client, {model.model: model.hedge.models}, **model.hedge.arguments())

    def _cache(self, settings: CacheSettings) -> object:
        key = repr(settings)
        if key not in self._caches:
            from chimeric_cache import Cache, RedisStore
            from chimeric_stores import is_redis

            store: Any = RedisStore(settings.store) if is_redis(settings.store) else settings.store
            scope = None if settings.shared else "client"
            self._caches[key] = Cache(store, scope=scope, **settings.arguments())
        return self._caches[key]

    def _limit(self, settings: LimitSettings) -> object:
        key = repr(settings)
        if key not in self._limits:
            from chimeric_limit import Limit, RedisLedger

            store = None if self._redis is None else RedisLedger(self._redis)
            self._limits[key] = Limit(store=store, **settings.arguments())
        return self._limits[key]


def _fallbacks(models: Iterable[ModelSettings]) -> list[tuple[dict[str, tuple[str, ...]], object]]:
    """As few plugins as there can be: names for one model may differ in what is asked instead."""
    tables: list[dict[str, tuple[str, ...]]] = []
    for model in models:
        if not model.fallbacks:
            continue
        for table in tables:
            if table.setdefault(model.model, model.fallbacks) == model.fallbacks:
                break
        else:
            tables.append({model.model: model.fallbacks})
    if not tables:
        return []
    from chimeric_fallback import Fallback

    return [(table, Fallback(table)) for table in tables]
