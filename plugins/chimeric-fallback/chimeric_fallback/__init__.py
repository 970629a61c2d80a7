"""Asks the next model when one fails: before the first content, after it only when told to.

Pass ``Fallback({...})`` to a client, or set ``CHIMERIC_FALLBACK`` for all clients of a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from chimeric import ChimericError, Context, RefusedError, Request, hookimpl

from .belongings import TRACING, Belongings
from .failures import goes_elsewhere

__all__ = [
    "TRACING",
    "Fallback",
    "chimeric_prepare_request",
    "chimeric_recover",
    "goes_elsewhere",
]


class _Course:
    """What one call has come to.

    Attributes:
        model: the model that is asked now.
        left: what may be asked after it.
        belongings: what the caller gave for the first provider alone.
    """

    def __init__(self, belongings: Belongings, left: tuple[str, ...]) -> None:
        self.model = ""
        self.left = left
        self.belongings = belongings

    def next(self) -> str:
        """Go on to the next model."""
        self.model, *left = self.left
        self.left = tuple(left)
        return self.model


class Fallback:
    """A plugin for ``Chimeric(plugins=[...])``. It acts after the retries are used up.

    What a call brings for one provider stays with it: ``extra_headers``, of which any may hold a
    key, and ``extra_body`` go to another provider only as far as ``headers`` says; what is left
    out is told by a ``TranslationWarning``. To have them go along from one model to another of the
    same provider, name the provider: ``"openai:gpt-4o-mini"``.

    Args:
        models: what to ask instead, by model as it is called (``"gpt-4o"``, ``"openai:gpt-4o"``,
            or ``"*"`` for all others), in order.
        after_content: whether to begin anew after content was given out. The stream then has a
            chunk with ``metadata["restarted"]``: what came before it in this turn is void.
        on: the errors that count. None: rate limits, failures of the server, the network and the
            stream, 408 and 409, and an account without money, whatever its status.
        on_refused: whether to go on as well when a plugin has refused the request
            (``RefusedError``): a limit of your own would be no limit.
        headers: names of ``extra_headers`` that go to every provider, next to those that tracing
            uses (``traceparent``, ``tracestate``, ``baggage``, ``x-request-id``, ...).

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
        on: tuple[type[ChimericError], ...] | None = None,
        on_refused: bool = False,
        headers: Iterable[str] = (),
    ) -> None:
        for model, others in models.items():
            if isinstance(others, str):
                raise TypeError(f"the models to ask instead of {model!r} must be a list")
        if isinstance(headers, str):
            raise TypeError("headers must be a list of names")
        self._models = {model: tuple(others) for model, others in models.items()}
        self._after_content = after_content
        self._on = on
        self._on_refused = on_refused
        self._headers = tuple(headers)

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Stay with the model that answered when a tool loop goes into its next turn."""
        course: _Course | None = context.state.get(self._key())
        return course.belongings.sent_to(course.model, request) if course else None

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
        """Offer the next model of the list."""
        if not self._counts(error):
            return None
        if context.content_started and not self._after_content:
            return None
        request = context.request
        course: _Course | None = context.state.get(self._key())
        if course is None:
            belongings = Belongings(request, self._headers)
            course = _Course(belongings, self._others(request))
        if not course.left:
            return None
        context.state[self._key()] = course
        return course.belongings.sent_to(course.next(), request)

    def _counts(self, error: ChimericError) -> bool:
        if isinstance(error, RefusedError):
            return self._on_refused
        return goes_elsewhere(error) if self._on is None else isinstance(error, self._on)

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
