"""Asks the next model when one fails: before the first content, after it only when told to.

Pass ``Fallback({...})`` to a client, or set ``CHIMERIC_FALLBACK`` for all clients of a process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache

from chimeric import (
    ChimericError,
    Context,
    RateLimitError,
    Request,
    ServerError,
    StreamError,
    TransportError,
    hookimpl,
)

__all__ = ["Fallback", "chimeric_prepare_request", "chimeric_recover"]


FAILURES: tuple[type[ChimericError], ...] = (
    RateLimitError,
    ServerError,
    StreamError,
    TransportError,
)
"""What another model may do better. A wrong key or a bad request is not among it: it should be
seen and mended."""


class Fallback:
    """A plugin for ``Chimeric(plugins=[...])``. It acts after the retries are used up.

    Args:
        models: what to ask instead, by model as it is called (``"gpt-4o"``, ``"openai:gpt-4o"``,
            or ``"*"`` for all others), in order.
        after_content: whether to begin anew after content was given out. The stream then has a
            chunk with ``metadata["restarted"]``: what came before it in this turn is void.
        on: the errors that count.

    Raises:
        TypeError: when a value is a single string instead of a list.

    Example:
        >>> fallback = Fallback({"openai:gpt-4o": ["anthropic:claude-sonnet-4-5", "sim:story"]})
    """

    def __init__(
        self,
        models: Mapping[str, Sequence[str]],
        *,
        after_content: bool = False,
        on: tuple[type[ChimericError], ...] = FAILURES,
    ) -> None:
        for model, others in models.items():
            if isinstance(others, str):
                raise TypeError(f"the models to ask instead of {model!r} must be a list")
        self._models = {model: tuple(others) for model, others in models.items()}
        self._after_content = after_content
        self._on = on

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Stay with the model that answered when a tool loop goes into its next turn."""
        taken = context.state.get(self._key())
        return request.replace(model=taken[0], provider=None) if taken else None

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
        """Offer the next model of the list."""
        if not isinstance(error, self._on):
            return None
        if context.content_started and not self._after_content:
            return None
        taken = context.state.get(self._key())
        left = taken[1] if taken else self._others(context.request)
        if not left:
            return None
        context.state[self._key()] = (left[0], left[1:])
        return context.request.replace(model=left[0], provider=None)

    def _key(self) -> str:
        # Two instances on one client keep apart.
        return f"fallback-{id(self)}"

    def _others(self, request: Request) -> tuple[str, ...]:
        for name in (f"{request.provider}:{request.model}", request.model, "*"):
            if name in self._models:
                return self._models[name]
        return ()


@lru_cache(maxsize=4)
def _read(text: str) -> Fallback | None:
    """A variable's value, ``model=other,another; model=...``, or None for none."""
    models: dict[str, list[str]] = {}
    for entry in text.split(";"):
        model, found, others = entry.partition("=")
        if found:
            models[model.strip()] = [other.strip() for other in others.split(",") if other.strip()]
    return Fallback(models) if models else None


def _of_environment() -> Fallback | None:
    return _read(os.environ.get("CHIMERIC_FALLBACK", ""))


chimeric_api = (2, 2)


@hookimpl
def chimeric_prepare_request(request: Request, context: Context) -> Request | None:
    """What ``CHIMERIC_FALLBACK`` asks for."""
    fallback = _of_environment()
    return None if fallback is None else fallback.chimeric_prepare_request(request, context)


@hookimpl
def chimeric_recover(error: ChimericError, context: Context) -> Request | None:
    """What ``CHIMERIC_FALLBACK`` asks for."""
    fallback = _of_environment()
    return None if fallback is None else fallback.chimeric_recover(error, context)
