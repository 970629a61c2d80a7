"""What a call brings for one provider alone, and what of it another may see."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from chimeric import Request, TranslationWarning

__all__ = ["Belongings"]

TRACING = frozenset(
    (
        "baggage",
        "sentry-trace",
        "traceparent",
        "tracestate",
        "user-agent",
        "x-client-request-id",
        "x-correlation-id",
        "x-request-id",
    )
)
"""Headers that say nothing but which request this is. Any other name may carry a key."""


class Belongings:
    """The ``extra_headers`` and ``extra_body`` that a caller gave, and for whom."""

    def __init__(self, request: Request, headers: Iterable[str]) -> None:
        self._owner = request.provider
        self._headers = request.extra_headers
        self._body = request.extra_body
        self._shared = TRACING | {name.lower() for name in headers}
        self._told: set[str] = set()

    def sent_to(self, model: str, request: Request) -> Request:
        """The request for ``model``: with all of it for its owner, else without."""
        provider, named, _ = model.partition(":")
        if named and provider == self._owner:
            return request.replace(
                model=model,
                provider=None,
                extra_headers={**self._headers, **request.extra_headers},
                extra_body={**self._body, **request.extra_body},
            )
        kept = {n: v for n, v in request.extra_headers.items() if n.lower() in self._shared}
        self._tell(model, request.extra_headers.keys() - kept.keys(), request.extra_body)
        return request.replace(model=model, provider=None, extra_headers=kept, extra_body={})

    def _tell(self, model: str, headers: Iterable[str], body: Mapping[str, Any]) -> None:
        left = [f"header {name!r}" for name in sorted(headers)]
        left += [f"extra_body[{name!r}]" for name in sorted(body)]
        left = [what for what in left if what not in self._told]
        if left:
            self._told.update(left)
            text = (
                f"{', '.join(left)}: given for {self._owner}, not sent to {model}, which may be "
                "another provider"
            )
            warnings.warn(TranslationWarning(text), stacklevel=2)
