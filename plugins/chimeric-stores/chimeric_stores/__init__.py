"""What plugins with a store share: a limit of time, what a fault does, Redis, keys of users.

It registers nothing of its own.
"""

from __future__ import annotations

from .guard import Answered, Guard, OnError
from .redis_client import connected, is_redis
from .user import of_user

__all__ = ["Answered", "Guard", "OnError", "connected", "is_redis", "of_user"]
