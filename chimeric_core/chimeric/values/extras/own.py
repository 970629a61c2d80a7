"""The keys of a dict that a provider's form has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["own_keys"]


def own_keys(extra: Mapping[str, Any] | None, known: Collection[str] | None) -> dict[str, Any]:
    """Those of the other keys of a part, a message, a call or a tool that a provider's form has.

    Whatever is not sent is told to the caller by the core.

    Args:
        extra: the ``extra`` of a ``TextPart``, ``Message``, ``ToolCall``, ``Tool``, ...
        known: the names that the provider's form has; None for all names.

    Example:
        >>> own_keys({"cache_control": {"type": "ephemeral"}, "x": 1}, ("cache_control",))
        {'cache_control': {'type': 'ephemeral'}}
    """
    if not extra:
        return {}
    return {name: value for name, value in extra.items() if known is None or name in known}
