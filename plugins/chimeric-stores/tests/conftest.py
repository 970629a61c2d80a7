"""The fixtures that the distribution brings."""

from __future__ import annotations

from chimeric_stores.fixtures import redis_server, start_redis

__all__ = ["redis_server", "start_redis"]
