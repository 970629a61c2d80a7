"""A client's engine with other options."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric.client.engine import Engine
from chimeric.client.params import as_count
from chimeric.client.settings import Given, Settings
from chimeric.values.limits import Timeout

__all__ = ["derived"]

FIXED = (
    *("http_client", "async_http_client", "transport"),
    *("plugins", "disable_plugins", "only_plugins"),
)
"""Keywords of the constructor that make what both clients share."""
DEFAULTS = ("timeout", "max_retries", "keep_raw", "strict", "limits", "max_parallel_tools")
GIVEN = ("api_keys", "base_urls", "api_key", "base_url", "api", "endpoints")


def derived(engine: Engine, options: dict[str, Any]) -> Engine:
    """The engine with these options laid over its own; they are as ``Chimeric`` takes them.

    Raises:
        TypeError: for a keyword that is none, or cannot be changed.
    """
    fixed = next((name for name in options if name in FIXED), None)
    if fixed is not None:
        raise TypeError(f"with_options() cannot change {fixed!r}: make another Chimeric()")
    defaults = engine.defaults
    changed: dict[str, Any] = {name: options.pop(name) for name in DEFAULTS if name in options}
    if "timeout" in changed:
        changed["timeout"] = Timeout.of(changed["timeout"])
    if "max_retries" in changed:
        changed["max_retries"] = as_count("max_retries", changed["max_retries"])
    headers: dict[str, str] = {**defaults.headers, **(options.pop("default_headers", None) or {})}
    told = {name: options.pop(name, None) for name in GIVEN}
    given = Given(
        **{name: value for name, value in told.items() if value is not None},
        keywords=options,
        known=defaults.constructor,
    )
    return engine.derived(
        Settings(engine.registry, given, engine.settings),
        msgspec.structs.replace(defaults, **changed, headers=headers),
    )
