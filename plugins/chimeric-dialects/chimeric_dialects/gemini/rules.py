"""What Gemini refuses in the fields of a body, and how it spells them."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import is_object

from .errors import bad_request

__all__ = ["camel", "check_fields", "wants_signatures"]


_KNOWN = frozenset(
    [
        "contents",
        "tools",
        "toolConfig",
        "safetySettings",
        "systemInstruction",
        "generationConfig",
        "cachedContent",
        "labels",
        "model",
        "serviceTier",
        "store",
    ]
)


_SIGNED = re.compile(r"gemini-[3-9]|think")


def camel(raw: Any) -> dict[str, Any]:
    """The keys of one object in camelCase; the service takes both spellings."""
    if not is_object(raw):
        raise bad_request(
            'Invalid JSON payload received. Expected an object; "' + str(raw)[:40] + '".'
        )
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): v for key, v in raw.items()}


def check_fields(body: dict[str, Any]) -> None:
    """Refuse a body with unknown fields."""
    for key in body:
        if key not in _KNOWN:
            message = f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.'
            raise bad_request(message)


def wants_signatures(model: str) -> bool:
    """Whether a model signs its function calls, and wants the signatures back."""
    return _SIGNED.search(model) is not None
