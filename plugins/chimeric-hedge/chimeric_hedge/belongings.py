"""What a call brings for the model that it names, and what of it goes to another one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, cast

from chimeric_fallback import TRACING

from chimeric import Timeout, TranslationWarning

__all__ = ["in_what_is_left", "params_for"]

OWN = ("api_key", "base_url", "extra_body")
"""Parameters that are for one provider alone, as are headers, of which any may hold a key."""

LEAST = 0.001
"""Seconds; a time limit of 0 is none."""


def params_for(
    model: str, named: str, params: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters for ``model`` of a call that names another one; ``own`` are its own.

    All go along where both names have the same prefix (``"openai:..."``). Else keys, base URL,
    headers and extra fields stay with the model that they were given for, but for the headers of
    tracing. A ``TranslationWarning`` tells what is left out.
    """
    provider, found, _ = named.partition(":")
    if params.get("provider"):  # the caller's word for the model's own, and for names without any
        provider, found = params["provider"], ":"
        if ":" not in model:
            return {**params, **own}
        params = {**params, "provider": None}
    if found and model.partition(":")[:2] == (provider, found):
        return {**params, **own}
    headers: Any = params.get("extra_headers")
    kept: Any = headers
    left: list[str] = []
    if isinstance(headers, Mapping):
        headers = cast("Mapping[str, Any]", headers)
        kept = {name: value for name, value in headers.items() if name.lower() in TRACING}
        left = [f"header {name!r}" for name in headers if name not in kept]
    left += [name for name in OWN if params.get(name) is not None]
    if left:
        text = f"{', '.join(left)}: given for {named}, not sent to {model}"
        warnings.warn(TranslationWarning(text), stacklevel=2)
    shared = {name: value for name, value in params.items() if name not in OWN}
    return {**shared, "extra_headers": kept, **own}


def in_what_is_left(params: Mapping[str, Any], elapsed: float) -> dict[str, Any]:
    """The parameters of a request that begins later: ``total`` counts from the call's begin."""
    timeout = params.get("timeout")
    if not isinstance(timeout, Timeout) or timeout.total is None:
        return dict(params)
    left = max(LEAST, timeout.total - elapsed)
    given = (timeout.connect, timeout.read, timeout.first, timeout.gap, left)
    return {**params, "timeout": Timeout(*given)}
