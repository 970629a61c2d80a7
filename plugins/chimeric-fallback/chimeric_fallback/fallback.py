"""The plugin: what is offered instead of a failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from chimeric import (
    ChimericError,
    Context,
    Continuation,
    RefusedError,
    Request,
    hookimpl,
    wait,
)

from .belongings import Belongings
from .course import Course
from .failures import goes_elsewhere
from .joins import is_cut, pause_before
from .prefill import WAYS, Way, WayName, begun_with, way_of
from .told import Told

if TYPE_CHECKING:
    from chimeric import Asking

__all__ = ["Fallback"]

TOLD = "fallback-told"
JOINED_BY = "fallback-joins"


class Fallback:
    """A plugin for ``Chimeric(plugins=[...])``. It acts after the retries are used up.

    What a call brings for one provider stays with it: ``extra_headers``, of which any may hold a
    key, and ``extra_body`` go to another provider only as far as ``headers`` says; what is left
    out is told by a ``TranslationWarning``. To have them go along from one model to another of the
    same provider, name the provider: ``"openai:gpt-4o-mini"``.

    An answer whose stream was cut is gone on with where that is sound. A response of OpenAI or
    Azure that runs in the background (``background=True``, ``store=True``, ``stream=True``) is
    joined again behind the last event that came. Others can be given to a model as the beginning
    of its answer (``prefill``). The stream then has a chunk with ``metadata["continued"]``;
    nothing that was given out is void.

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
        joins: how many times in a row a stream is joined again without anything coming of it; 0
            for never.
        prefill: how many times a turn's answer may be given to a model to go on with, first to the
            same one, then to those of the list that take it. It is charged as another request.
        ways: how providers or endpoints of your own take the beginning of an answer: ``"plain"``
            (the last message is the assistant's), ``"prefix"`` (and says ``prefix: true``),
            ``"vllm"`` (``continue_final_message``).

    Raises:
        TypeError: when a value is a single string instead of a list.
        ValueError: for a way that there is not.

    Example:
        >>> fallback = Fallback({"openai:gpt-4o": ["anthropic:claude-sonnet-4-5", "sim:story"]})
    """

    chimeric_phase = "record"  # what it keeps of an answer is what the provider said

    def __init__(
        self,
        models: Mapping[str, Sequence[str]] = {},
        *,
        after_content: bool = False,
        on: tuple[type[ChimericError], ...] | None = None,
        on_refused: bool = False,
        headers: Iterable[str] = (),
        joins: int = 5,
        prefill: int = 0,
        ways: Mapping[str, WayName] = {},
        _default: bool = False,
    ) -> None:
        for model, others in models.items():
            if isinstance(others, str):
                raise TypeError(f"the models to ask instead of {model!r} must be a list")
        if isinstance(headers, str):
            raise TypeError("headers must be a list of names")
        unknown = sorted(set(ways.values()) - set(WAYS))
        if unknown:
            raise ValueError(f"there is no way {unknown[0]!r}; use one of {', '.join(WAYS)}")
        self._models = {model: tuple(others) for model, others in models.items()}
        self._after_content = after_content
        self._on = on
        self._on_refused = on_refused
        self._headers = tuple(headers)
        self._joins = joins
        self._prefill = prefill
        self._ways = dict(ways)
        self._default = _default

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Stay with the model that answered when a tool loop goes into its next turn."""
        if not self._default:
            context.state.setdefault(JOINED_BY, id(self))
        course: Course | None = context.state.get(self._key())
        if course is None or not course.model:
            return None
        return course.belongings.sent_to(course.model, request)

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Told | None:
        """Keep the text of the answer, where it may have to be given to a model."""
        if not self._prefill or not context.streaming:
            return None
        told = context.state[f"{TOLD}-{id(self)}"] = Told()
        return told

    @hookimpl
    def chimeric_recover(
        self, error: ChimericError, context: Context
    ) -> Asking[Request | Continuation | None]:
        """Go on with what was cut, or offer the next model of the list."""
        course = self._course(context)
        failure = error
        if self._may_join(context) and (rest := context.rest()) is not None:
            pause = pause_before(course, rest, error, self._joins)
            if pause is not None:
                course.cause = course.cause or error
                if pause:
                    yield from wait(pause)
                return Continuation(rest)
            failure = course.failed(error, "the stream could not be joined again")
        if course.prefilled:
            failure = course.failed(error, "the answer could not be gone on with")
        offered = self._offered(course, context, failure, goes_on=is_cut(error))
        if offered is None and failure is not error:
            raise failure from error
        return offered

    def _offered(
        self, course: Course, context: Context, error: ChimericError, *, goes_on: bool
    ) -> Request | Continuation | None:
        if not self._counts(error):
            return None
        if context.content_started:
            return self._after(course, context, error, goes_on=goes_on)
        if not course.left:
            return None
        course.prefilled = False
        return course.belongings.sent_to(course.next(), context.request)

    def _after(
        self, course: Course, context: Context, error: ChimericError, *, goes_on: bool
    ) -> Request | Continuation | None:
        """What is offered once content was given out: the rest of it, or an answer anew.

        ``goes_on``: whether the same model may be asked for the rest.
        """
        base, told = course.base, course.told
        assert base is not None
        text = told.text if told is not None and told.alone else ""
        wanted = base.response_format
        free = wanted is None or wanted.kind == "text"
        begun = bool(base.messages) and base.messages[-1].role == "assistant"  # by the caller
        if text.strip() and free and not begun and course.prefills < self._prefill:
            way = self._way_of_last(context) if goes_on and told and not told.anew else None
            if way is not None:
                return self._continued(course, base, text, way, error)
            for place, model in enumerate(course.left):
                way = self._way_of(model)
                if way is not None:
                    request = course.belongings.sent_to(course.next(place), base)
                    return self._continued(course, request, text, way, error)
                if self._after_content:
                    break
        if not self._after_content or not course.left:
            return None
        course.prefilled, course.cause = False, None
        return course.belongings.sent_to(course.next(), base)

    def _continued(
        self, course: Course, request: Request, text: str, way: Way, error: ChimericError
    ) -> Continuation:
        """The rest of a text as the answer to a request that ends with its beginning."""
        assert course.told is not None
        course.prefills += 1
        course.prefilled, course.size, course.base = True, len(text), request
        course.cause = course.cause or error
        course.told.continues(echoes=way.echoes)
        return Continuation(begun_with(request, text, way))

    def _way_of(self, model: str) -> Way | None:
        """How a model of the list takes the beginning of its answer."""
        provider, named, name = model.partition(":")
        if not named and model.lower().startswith("claude-"):
            provider, name = "anthropic", model
        return way_of(provider, name, "", self._ways)

    def _way_of_last(self, context: Context) -> Way | None:
        """How the model that was cut takes it."""
        model, endpoint = context.request.model, context.endpoint
        return way_of(context.provider, model, context.base_url, self._ways, endpoint)

    def _may_join(self, context: Context) -> bool:
        """Whether it is this plugin that joins: the process's only where the caller gave none."""
        mine = None if self._default else id(self)
        return self._joins > 0 and context.state.get(JOINED_BY) == mine

    def _course(self, context: Context) -> Course:
        course: Course | None = context.state.get(self._key())
        if course is None:
            request = context.request
            belongings = Belongings(request, self._headers)
            told: Told | None = context.state.get(f"{TOLD}-{id(self)}")
            course = context.state[self._key()] = Course(belongings, self._others(request), told)
        course.at(context.turn, context.request)
        return course

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
