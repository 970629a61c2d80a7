"""A guard that asks a moderation service about each sentence: what is not approved stays inside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import Pause, SeenRequest, Step

from chimeric import (
    ChimericError,
    CompletionResponse,
    ConfigurationError,
    ConnectionFailedError,
    PluginError,
    RequestTimeoutError,
    Timeout,
)

from .acme import Service, answer
from .modes import LOOPS, MODES, WAYS, Way, run_on
from .third_party.moderation import Moderation

WORDS = ("Once ", "upon ", "a ti", "me. The sec", "ret is sword", "fish. The ", "end.")
SENTENCES = ["Once upon a time. ", "The secret is swordfish. ", "The end."]


class Moderator(Service):
    """The service, and a moderation beside it that flags secrets.

    Attributes:
        asked: the sentences that it was asked about, in order.
        hangs: whether it never answers about a secret.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hangs = False
        self.status = 200
        self.waits = threading.Event()
        super().__init__(moderate=self._moderate)
        self.words = WORDS

    def _moderate(self, request: SeenRequest) -> Iterator[Step]:
        text = request.json()["text"]
        self.asked.append(text)
        if self.hangs and "secret" in text:
            self.waits.set()
            yield Pause(60)
        yield from answer({"flagged": "secret" in text}, self.status)

    def guarded(self, **settings: Any) -> Any:
        return self.client(Moderation(f"{self.url}/moderate"), **settings)


@pytest.fixture
def service() -> Iterator[Moderator]:
    with Moderator() as service:
        yield service


def assert_clean(thing: CompletionResponse | ChimericError) -> None:
    response = thing.partial if isinstance(thing, ChimericError) else thing
    assert response is not None
    told = (
        response,
        response.messages,
        response.metadata,
        response.native,
        vars(thing) if isinstance(thing, ChimericError) else "",
    )
    assert "secret" not in repr(told)
    assert "fish" not in repr(told)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_sentence_is_asked_about_once_and_in_order(service: Moderator, way: Way) -> None:
    (response,) = way.ask(service.guarded(), "Hi")
    assert service.asked == SENTENCES
    assert response.content == "Once upon a time. [removed] The end."
    assert response.finish_reason == "stop"
    assert_clean(response)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_comes_out_before_its_sentence_is_approved(service: Moderator, mode: str) -> None:
    client = service.guarded()
    ask: Any = {"model": "acme-story", "messages": "Hi", "stream": True}
    deltas: list[tuple[str, int]] = []
    if mode == "sync":
        with client:
            for chunk in client.generate(**ask):
                deltas.append((chunk.delta or "", len(service.asked)))
    else:

        async def main() -> None:
            async with client:
                async for chunk in await client.agenerate(**ask):
                    deltas.append((chunk.delta or "", len(service.asked)))

        run_on(mode, main)
    said = ""
    for delta, asked in deltas:
        said += delta
        approved = "".join(SENTENCES[:asked]).replace(SENTENCES[1], "[removed] ")
        assert approved.startswith(said)
    assert said == "Once upon a time. [removed] The end."


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_moderation_that_fails_lets_nothing_out(service: Moderator, way: Way) -> None:
    service.status = 500
    with pytest.raises(PluginError, match="the moderation answered 500") as caught:
        way.ask(service.guarded(), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == ""
    assert_clean(caught.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_one_that_cannot_be_reached_is_a_typed_error(service: Moderator, way: Way) -> None:
    client = service.client(Moderation("http://127.0.0.1:1/moderate"))
    with pytest.raises(ConnectionFailedError) as caught:
        way.ask(client, "Hi")
    assert_clean(caught.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_while_it_hangs_the_time_of_the_call_passes(service: Moderator, way: Way) -> None:
    service.hangs = True
    with pytest.raises(RequestTimeoutError) as caught:
        way.ask(service.guarded(), "Hi", timeout=Timeout(total=1.5))
    assert caught.value.phase == "total"
    assert_clean(caught.value)
    if way.stream:
        assert caught.value.partial is not None
        assert caught.value.partial.content == "Once upon a time. "


def test_a_stream_that_is_closed_while_it_hangs_keeps_what_was_released(service: Moderator) -> None:
    service.hangs = True
    with service.guarded() as client:
        stream = client.generate("acme-story", "Hi", stream=True)
        read: list[str] = []

        def reading() -> None:
            with pytest.raises(ChimericError):
                for chunk in stream:
                    read.append(chunk.delta or "")

        reader = threading.Thread(target=reading)
        reader.start()
        assert service.waits.wait(10)
        stream.close()
        reader.join(10)
        assert not reader.is_alive()
        assert read == ["Once upon a time. "]
        assert stream.response.content == "Once upon a time. "
        assert_clean(stream.response)


@pytest.mark.parametrize("loop", LOOPS)
def test_an_async_stream_that_is_left_before_the_moderation_answers(
    service: Moderator, loop: str
) -> None:
    async def main() -> CompletionResponse:
        async with service.guarded() as client:
            stream = await client.agenerate("acme-story", "Hi", stream=True)
            async for _ in stream:
                break
            await stream.aclose()
            return stream.response

    response = run_on(loop, main)
    assert response.content == "Once upon a time. "
    assert_clean(response)


def test_a_task_that_is_cancelled_while_it_hangs_ends(service: Moderator) -> None:
    service.hangs = True

    async def main() -> CompletionResponse:
        async with service.guarded() as client:
            stream = await client.agenerate("acme-story", "Hi", stream=True)
            task = asyncio.ensure_future(stream.collect())
            await asyncio.to_thread(service.waits.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return stream.response

    response = asyncio.run(main())
    assert response.content == "Once upon a time. "
    assert_clean(response)


def test_native_events_cannot_be_had(service: Moderator) -> None:
    with pytest.raises(ConfigurationError, match="withholds"):
        Way("sync", stream=True).ask(service.guarded(), "Hi", native=True)
    assert service.chats == []


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_text_before_and_after_tools_is_asked_about(service: Moderator, way: Way) -> None:
    def clock() -> str:
        """The time."""
        return "noon"

    (response,) = way.ask(service.guarded(), "Hi", model="acme-tools", tools=[clock])
    assert service.asked == SENTENCES
    assert len(response.tool_results) == 1
    assert_clean(response)
