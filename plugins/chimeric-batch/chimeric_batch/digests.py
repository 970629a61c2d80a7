"""What tells one prompt from another, and the settings of one batch from those of another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["digest", "prompt_digest", "settings_digest"]

MANNER = frozenset(
    ("api_key", "extra_headers", "keep_raw", "max_retries", "stream", "timeout", "use")
)
"""Parameters that say how something is asked, and not what."""


def prompt_digest(own: Mapping[str, Any]) -> str:
    """Of the arguments that a request brings, whatever its id and the order of its keys."""
    return digest({name: value for name, value in own.items() if name not in ("id", "api_key")})


def settings_digest(defaults: Mapping[str, Any], system: str | None) -> str:
    """Of what all requests of a batch have in common: model, parameters, system message."""
    return digest([{n: value for n, value in defaults.items() if n not in MANNER}, system])


def digest(value: Any) -> str:
    """Sixteen letters for a value: the same in every process.

    Functions and classes count by their names, other objects by those of their classes.
    """
    try:
        data = msgspec.json.encode(value, order="deterministic", enc_hook=_name)
    except RecursionError:
        data = b""  # it cannot be sent either
    except (TypeError, ValueError, OverflowError):  # keys that are no strings, half characters
        data = repr(value).encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()[:16]


def _name(value: Any) -> str:
    named = value if hasattr(value, "__qualname__") else value.__class__
    return f"{named.__module__}.{named.__qualname__}"
