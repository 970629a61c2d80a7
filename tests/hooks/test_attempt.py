"""``chimeric_attempt``: around each attempt, once, and what breaks its contract."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chimeric import (
    SEND,
    ChimericError,
    Context,
    PluginError,
    PluginWarning,
    RefusedError,
    Request,
    ServerError,
    hookimpl,
    wait,
)

from .acme import KEY, Service
from .attempts import Around, left_by_break
from .modes import MODES, WAYS, Way


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_first_plugin_is_the_outermost(service: Service, way: Way) -> None:
    log: list[str] = []
    # pluggy calls the plugin first that was registered last.
    way.ask(service.client(Around("inner", log=log), Around("outer", log=log)), "Hi")
    assert log == [
        "outer before 0",
        "inner before 0",
        "inner after",
        "inner done",
        "outer after",
        "outer done",
    ]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_outcome_tells_what_became_of_the_attempt(service: Service, way: Way) -> None:
    around = Around()
    way.ask(service.client(around), "Hi")
    (outcome,) = around.outcomes
    assert (outcome.status, outcome.error) == (200, None)
    assert outcome.usage is not None
    assert outcome.usage.total_tokens == 9
    assert 0 < outcome.seconds < 10
    assert around.early == [False]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_retry_is_an_attempt_of_its_own(service: Service, way: Way) -> None:
    around = Around()
    way.ask(service.client(around, max_retries=2), "Hi", model="acme-busy")
    assert around.log == ["a before 0", "a after", "a done", "a before 1", "a after", "a done"]
    first, second = around.outcomes
    assert isinstance(first.error, ServerError)
    assert (first.status, second.status) == (500, 200)


@pytest.mark.parametrize("mode", MODES)
def test_a_connection_that_fails_has_an_outcome_without_a_status(mode: str) -> None:
    around = Around()
    with Service() as service:
        client = service.client(around)
    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(client, "Hi")
    (outcome,) = around.outcomes
    assert outcome.status is None
    assert outcome.error is caught.value
    assert around.done.is_set()


@pytest.mark.parametrize("mode", MODES)
def test_no_key_is_in_an_outcome(service: Service, mode: str) -> None:
    service.refused = {KEY}
    around = Around()
    with pytest.raises(ChimericError):
        Way(mode, stream=True).ask(service.client(around), "Hi")
    assert KEY not in f"{around.outcomes} {around.outcomes[0].error!r}"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_refusal_is_raised_as_it_is_and_nothing_is_sent(service: Service, way: Way) -> None:
    class Refuses:
        @hookimpl
        def chimeric_attempt(self) -> Iterator[Any]:
            yield from wait(0)
            raise RefusedError("not on Sundays", retry_after=86400)

    outer = Around()
    with pytest.raises(RefusedError, match="not on Sundays") as caught:
        way.ask(service.client(Refuses(), outer, max_retries=3), "Hi")
    assert caught.value.retry_after == 86400
    assert service.chats == []
    assert outer.outcomes[0].error is caught.value  # the outer one had begun, so it is told
    assert outer.done.is_set()


@pytest.mark.parametrize("mode", MODES)
def test_a_plugin_may_offer_another_request_for_one_that_was_refused(
    service: Service, mode: str
) -> None:
    class Refuses:
        @hookimpl
        def chimeric_attempt(self, request: Request) -> Iterator[Any]:
            if request.model == "acme-story":
                raise RefusedError("too dear")
            yield SEND

    class Cheaper:
        @hookimpl
        def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
            if isinstance(error, RefusedError):
                return context.request.replace(model="acme-cheap", provider=None)
            return None

    Way(mode, stream=True).ask(service.client(Refuses(), Cheaper()), "Hi")
    assert [body["model"] for body in service.chats] == ["acme-cheap"]


class Bad:
    """Breaks it in one way."""

    def __init__(self, hook: Callable[[], Any]) -> None:
        self._hook = hook

    @hookimpl
    def chimeric_attempt(self) -> Any:
        return self._hook()


def sends_twice() -> Iterator[Any]:
    yield SEND
    yield SEND


def sends_a_word() -> Iterator[Any]:
    yield "SEND"


def says_a_word_at_the_end() -> Iterator[Any]:
    yield SEND
    yield "done"


def raises_before() -> Iterator[Any]:
    yield from wait(0)
    raise RuntimeError("boom")


def raises_after() -> Iterator[Any]:
    yield SEND
    raise RuntimeError("boom")


BROKEN: list[tuple[Callable[[], Any], str]] = [
    (sends_twice, "yielded Send in chimeric_attempt"),
    (sends_a_word, "yielded str in chimeric_attempt"),
    (says_a_word_at_the_end, "yielded str in chimeric_attempt"),
    (lambda: [SEND], "returned list from chimeric_attempt"),
    (lambda: SEND, "returned Send from chimeric_attempt"),
    (raises_before, "failed in chimeric_attempt: RuntimeError: boom"),
    (raises_after, "failed in chimeric_attempt: RuntimeError: boom"),
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(("hook", "words"), BROKEN)
def test_a_hook_that_breaks_the_contract_is_named(
    service: Service, way: Way, hook: Callable[[], Any], words: str
) -> None:
    other = Around()
    with pytest.raises(PluginError, match=words) as caught:
        way.ask(service.client(Bad(hook), other), "Hi")
    assert (caught.value.plugin, caught.value.hook) == ("Bad", "chimeric_attempt")
    assert other.outcomes[0].error is caught.value
    assert other.done.is_set()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_was_received_is_in_the_error_of_a_hook_that_fails_after_it(
    service: Service, way: Way
) -> None:
    with pytest.raises(PluginError) as caught:
        way.ask(service.client(Bad(raises_after)), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Once upon a time. The end."


def never_sends() -> Iterator[Any]:
    yield from wait(0)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_hook_that_ends_without_send_lets_the_request_go(service: Service, way: Way) -> None:
    (response,) = way.ask(service.client(Bad(never_sends)), "Hi")
    assert response.finish_reason == "stop"


@pytest.mark.parametrize("mode", MODES)
def test_a_hooks_fault_while_closing_is_a_warning(service: Service, mode: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        left_by_break(service.client(Bad(raises_after)), mode, lambda: True)
    told = [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]
    assert len(told) == 1
    assert "RuntimeError: boom" in told[0]


@pytest.mark.parametrize("mode", MODES)
def test_a_hooks_fault_does_not_take_the_place_of_the_attempts_own(
    service: Service, mode: str
) -> None:
    with pytest.warns(PluginWarning, match="boom"), pytest.raises(ServerError):
        Way(mode, stream=True).ask(service.client(Bad(raises_after)), "Hi", model="acme-fails")
