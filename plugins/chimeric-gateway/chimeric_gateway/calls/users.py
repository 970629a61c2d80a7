"""Who a call is for: what plugins of the core read as ``context.user``."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["User"]


class User(msgspec.Struct, kw_only=True):
    """What limits, caches and the gateway itself know a call by.

    Attributes:
        client: the client's name; "" where nobody needs a key.
        model: the client's name of the model.
        wire: what keeps the bytes of the upstream's answer.
    """

    client: str
    model: str
    wire: Any = None
