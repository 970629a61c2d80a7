"""``chimeric_answer`` and ``chimeric_finish_turn``: a plugin answers a turn, or sees it whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chimeric import (
    ChimericError,
    Context,
    Delta,
    FinishedTurn,
    Message,
    PluginError,
    Request,
    StreamChunk,
    ToolCallDelta,
    ToolLoopLimitError,
    Usage,
    hookimpl,
    wait,
)

from .acme import Service
from .modes import MODES, WAYS, Way
from .places import clock

STORY = "Once upon a time. The end."


class Answers:
    """Answers as it is told to."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self._answer = answer
        self.asked: list[str] = []

    @hookimpl
    def chimeric_answer(self, request: Request, context: Context) -> Any:
        self.asked.append(context.provider)
        return self._answer(request)


def in_pieces(request: Request) -> Iterator[Any]:
    yield "From "
    yield from wait(0.01)
    yield Delta(text="memory", usage=Usage(total_tokens=2))


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "answer",
    [in_pieces, lambda request: ["From ", "memory"], lambda request: iter(("From ", "memory"))],
    ids=["generator", "list", "iterator"],
)
def test_a_plugin_answers_instead_of_the_provider(
    service: Service, way: Way, answer: Callable[..., Any]
) -> None:
    plugin = Answers(answer)
    (response,) = way.ask(service.client(plugin, key=None), "Hi")
    assert (response.content, response.finish_reason) == ("From memory", "stop")
    assert plugin.asked == [""]  # no provider has been looked for
    assert service.requests == []


def test_an_answer_needs_no_provider_at_all(service: Service) -> None:
    with service.client(Answers(in_pieces), key=None) as client:
        assert client.generate("no-such-model", "Hi").content == "From memory"


def asks_only(request: Request) -> Iterator[Any]:
    yield from wait(0.01)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "answer", [asks_only, lambda request: None, lambda request: []], ids=["asks", "none", "empty"]
)
def test_who_yields_no_delta_has_not_answered(
    service: Service, way: Way, answer: Callable[..., Any]
) -> None:
    (response,) = way.ask(service.client(Answers(answer)), "Hi")
    assert response.content == STORY


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_pieces_of_an_answer_come_when_they_are_yielded(service: Service, way: Way) -> None:
    if way != Way("sync", stream=True):
        (response,) = way.ask(service.client(Answers(in_pieces)), "Hi")
        assert response.content == "From memory"
        return

    def slow(request: Request) -> Iterator[Any]:
        yield "From "
        yield from wait(1)
        yield "memory"

    with service.client(Answers(slow)) as client:
        began = time.monotonic()
        stream = client.generate("acme-story", "Hi", stream=True)
        assert next(stream).delta == "From "
        first = time.monotonic() - began
        stream.collect()
        assert time.monotonic() - began >= first + 0.5


def calls_clock(request: Request) -> list[Delta] | None:
    if request.messages[-1].role == "tool":
        return None
    return [Delta(tool_calls=(ToolCallDelta(index=0, id="c1", name="clock", arguments="{}"),))]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_may_call_tools_and_the_next_turn_is_the_providers(
    service: Service, way: Way
) -> None:
    (response,) = way.ask(service.client(Answers(calls_clock)), "Time?", tools=[clock])
    assert response.content == STORY
    assert [result.output for result in response.tool_results] == ["noon"]
    assert [role for role, _ in service.chats[0]["told"]] == ["user", "assistant", "tool"]


class Upper:
    """Changes every chunk."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_passes_the_middleware(service: Service, way: Way) -> None:
    (response,) = way.ask(service.client(Answers(in_pieces), Upper()), "Hi")
    assert response.content == "FROM MEMORY"


@pytest.mark.parametrize("mode", MODES)
def test_nobody_answers_a_call_that_wants_native_chunks(service: Service, mode: str) -> None:
    plugin = Answers(in_pieces)
    Way(mode, stream=True).ask(service.client(plugin), "Hi", native=True)
    assert plugin.asked == []
    assert len(service.chats) == 1


def breaks(request: Request) -> Iterator[Any]:
    yield "From "
    yield from wait(0)
    raise RuntimeError("boom")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_that_breaks_carries_what_it_gave_and_is_not_tried_again(
    service: Service, way: Way
) -> None:
    plugin = Answers(breaks)
    with pytest.raises(PluginError, match="boom") as caught:
        way.ask(service.client(plugin, max_retries=3), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == "From "
    assert len(plugin.asked) == 1
    assert service.chats == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "answer",
    [lambda request: 1.5, lambda request: [1.5], lambda request: {"text": 1}.values()],
    ids=["number", "list-of-numbers", "values"],
)
def test_an_answer_of_something_else_names_the_plugin(
    service: Service, mode: str, answer: Callable[..., Any]
) -> None:
    with pytest.raises(PluginError, match="chimeric_answer") as caught:
        Way(mode, stream=True).ask(service.client(Answers(answer)), "Hi")
    assert (caught.value.plugin, caught.value.hook) == ("Answers", "chimeric_answer")


# --- the whole turn ---


class Sees:
    """Looks at each turn, and says what it is told to."""

    def __init__(self, *said: Any) -> None:
        self._said = list(said)
        self.turns: list[FinishedTurn] = []

    @hookimpl
    def chimeric_finish_turn(self, turn: FinishedTurn) -> Iterator[Any]:
        self.turns.append(turn)
        yield from wait(0.01)
        return self._said.pop(0) if self._said else None


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_turn_is_seen_as_the_caller_saw_it_and_as_the_provider_sent_it(
    service: Service, way: Way
) -> None:
    sees = Sees()
    way.ask(service.client(sees, Upper()), "Hi")
    (turn,) = sees.turns
    assert turn.text == STORY.upper()
    assert turn.finish_reason == "stop"
    assert turn.usage is not None
    assert turn.usage.total_tokens == 9
    assert "".join(delta.text or "" for delta in turn.deltas) == STORY


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    "said", ["Again.", Message("user", "Again."), [{"role": "user", "content": "Again."}]]
)
def test_messages_of_a_plugin_ask_once_more(service: Service, way: Way, said: Any) -> None:
    sees = Sees(said)
    (response,) = way.ask(service.client(sees), "Hi")
    assert len(sees.turns) == 2
    assert service.chats[1]["told"] == [["user", "Hi"], ["assistant", STORY], ["user", "Again."]]
    assert response.content == STORY * 2


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_messages_of_several_plugins_are_joined(service: Service, way: Way) -> None:
    way.ask(service.client(Sees("One."), Sees("Two.")), "Hi")
    assert sorted(text for _, text in service.chats[1]["told"][2:]) == ["One.", "Two."]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_messages_instead_of_tools_leave_no_call_without_an_answer(
    service: Service, way: Way
) -> None:
    ran: list[str] = []

    def clock() -> str:
        """Tell the time."""
        ran.append("noon")
        return "noon"

    sees = Sees("Do not look at the clock.")
    way.ask(service.client(sees), "Time?", model="acme-tools", tools=[clock])
    assert [call.name for call in sees.turns[0].tool_calls] == ["clock"]
    roles = [role for role, _ in service.chats[1]["told"]]
    assert roles == ["user", "assistant", "tool", "user"]
    assert "not run" in service.chats[1]["told"][2][1]
    # The model is asked again with the plugin's words at the end, and calls once more.
    assert ran == ["noon"]


@pytest.mark.parametrize("mode", MODES)
def test_a_plugin_that_always_says_more_ends_at_max_turns(service: Service, mode: str) -> None:
    sees = Sees(*["Again."] * 100)
    with pytest.raises(ToolLoopLimitError) as caught:
        Way(mode, stream=True).ask(service.client(sees), "Hi", max_turns=3)
    assert len(service.chats) == 4  # the first turn, and three more
    assert caught.value.partial is not None
    assert caught.value.partial.content == STORY * 4


@pytest.mark.parametrize("mode", MODES)
def test_what_a_plugin_raises_of_a_turn_fails_the_call_with_the_turn(
    service: Service, mode: str
) -> None:
    class Objects:
        @hookimpl
        def chimeric_finish_turn(self, turn: FinishedTurn) -> Iterator[Any]:
            yield from wait(0)
            raise ChimericError("this is no answer")

    with pytest.raises(ChimericError, match="this is no answer") as caught:
        Way(mode, stream=True).ask(service.client(Objects()), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == STORY


@pytest.mark.parametrize("mode", MODES)
def test_an_answered_turn_is_seen_too(service: Service, mode: str) -> None:
    sees = Sees()
    Way(mode, stream=True).ask(service.client(sees, Answers(in_pieces)), "Hi")
    (turn,) = sees.turns
    assert [delta.text for delta in turn.deltas] == ["From ", "memory"]
