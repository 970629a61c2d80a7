"""A guard of the output: each sentence waits for its approval, and nothing else gets out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio
import pytest
from chimeric_testing import Pause, Reset, SeenRequest, Step

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    PluginError,
    StreamInterruptedError,
    hookimpl,
)

from .acme import Service, answer
from .modes import MODES, WAYS, Way, run_on
from .third_party.output_guard import OutputGuard

WORDS = ("It is no", "on. The co", "de is 4711", ". Bye", ".")
"""The second sentence is not to be seen; no chunk is a sentence."""

LEFT = "It is noon. [removed] Bye."


class Moderation:
    """Approves what has no digit in it, as long as it is in order.

    Attributes:
        texts: what it was asked about.
        broken: how it answers from its second question on, where it is out of order.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.broken: Callable[[], Iterable[Step]] | None = None

    def __call__(self, request: SeenRequest) -> Iterable[Step]:
        text = request.json()["text"]
        self.texts.append(text)
        if self.broken is not None and len(self.texts) > 1:
            return self.broken()
        return answer({"approved": not any(map(str.isdigit, text))})


@pytest.fixture
def moderation() -> Moderation:
    return Moderation()


@pytest.fixture
def service(moderation: Moderation) -> Iterator[Service]:
    with Service(moderation=moderation) as service:
        service.words = WORDS
        yield service


@pytest.fixture
def guarded(service: Service) -> Callable[..., Chimeric]:
    def made(*plugins: Any) -> Chimeric:
        return service.client(OutputGuard(f"{service.url}/moderation"), *plugins)

    return made


def leaks(error: ChimericError) -> bool:
    """Whether an error shows anything of the sentence that was not approved."""
    shown = [repr(error), str(error.args), str(getattr(error, "body", ""))]
    if error.partial is not None:
        shown += [error.partial.content, repr(error.partial), str(error.partial.messages)]
        shown += [str(error.partial.metadata), str(error.partial.native)]
    return "4711" in "".join(shown) or "code" in "".join(shown)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_sentence_that_is_not_approved_is_replaced(
    guarded: Callable[..., Chimeric], moderation: Moderation, way: Way
) -> None:
    (response,) = way.ask(guarded(), "Hi")
    assert response.content == LEFT
    assert response.finish_reason == "stop"
    assert moderation.texts == ["It is noon. ", "The code is 4711. ", "Bye."]
    assert "4711" not in str(response.messages)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_a_sentence_is_in_any_chunk_before_it_is_approved(
    guarded: Callable[..., Chimeric], mode: str
) -> None:
    seen: list[str] = []
    call: dict[str, Any] = {"model": "acme-story", "messages": "Hi", "stream": True}
    client = guarded()
    if mode == "sync":
        with client:
            chunks = list(client.generate(**call))
    else:

        async def main() -> Any:
            async with client:
                return [chunk async for chunk in await client.agenerate(**call)]

        chunks = run_on(mode, main)
    for chunk in chunks:
        seen += [chunk.delta or "", str(chunk.raw), str(chunk.metadata), chunk.content]
    assert "".join(chunk.delta or "" for chunk in chunks) == LEFT
    assert not any("4711" in text or "code" in text for text in seen)


def fails() -> Iterable[Step]:
    return answer({"error": "out of order"}, 500)


def says_nothing() -> Iterable[Step]:
    return answer({"verdict": "?"})


def breaks() -> Iterator[Step]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"
    yield Reset()


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("broken", [says_nothing, breaks])
def test_a_moderation_that_breaks_lets_nothing_more_out(
    guarded: Callable[..., Chimeric],
    moderation: Moderation,
    way: Way,
    broken: Callable[[], Iterable[Step]],
) -> None:
    moderation.broken = broken
    with pytest.raises(ChimericError) as caught:
        way.ask(guarded(), "Hi")
    assert isinstance(caught.value, PluginError if broken is says_nothing else ChimericError)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "It is noon. "
    assert not leaks(caught.value)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_moderation_that_is_out_of_order_approves_nothing(
    guarded: Callable[..., Chimeric], moderation: Moderation, way: Way
) -> None:
    moderation.broken = fails
    (response,) = way.ask(guarded(), "Hi")
    assert response.content == "It is noon. [removed] [removed] "


@pytest.mark.parametrize("mode", MODES)
def test_a_stream_that_is_cut_off_shows_approved_text_only(
    service: Service, guarded: Callable[..., Chimeric], mode: str
) -> None:
    service.words = ("It is no", "on. The co", "de is 4711")
    service.cut = True
    with pytest.raises(StreamInterruptedError) as caught:
        Way(mode, stream=True).ask(guarded(), "Hi")
    assert caught.value.partial is not None
    assert caught.value.partial.content == "It is noon. "
    assert not leaks(caught.value)


@pytest.mark.parametrize("mode", MODES)
def test_a_stream_that_is_closed_while_a_sentence_waits_shows_approved_text_only(
    guarded: Callable[..., Chimeric], moderation: Moderation, mode: str
) -> None:
    moderation.broken = lambda: [Pause(60)]
    call: dict[str, Any] = {"model": "acme-story", "messages": "Hi", "stream": True}
    client = guarded()
    if mode == "sync":
        with client:
            stream: Any = client.generate(**call)
            assert next(stream).delta == "It is noon. "
            stream.close()
    else:

        async def main() -> Any:
            async with client:
                stream = await client.agenerate(**call)
                assert (await anext(stream)).delta == "It is noon. "
                with anyio.move_on_after(0.3) as scope:
                    await anext(stream)
                assert scope.cancelled_caught
                await stream.aclose()
                return stream

        stream = run_on(mode, main)
    response = stream.response
    shown = f"{response!r} {response.content} {response.messages} {response.metadata}"
    assert response.content == "It is noon. "
    assert "code" not in shown
    assert "4711" not in shown


@pytest.mark.parametrize("mode", MODES)
def test_native_events_and_a_guard_that_withholds_do_not_go_together(
    service: Service, guarded: Callable[..., Chimeric], mode: str
) -> None:
    with pytest.raises(ConfigurationError, match="native"):
        Way(mode, stream=True).ask(guarded(), "Hi", native=True)
    assert service.chats == []


class Leaks:
    """Another plugin that would add what is not to be seen, and stands before the guard."""

    chimeric_phase = "guard"

    @hookimpl(trylast=True)
    def chimeric_process_chunk(self, chunk: Any) -> Any:
        return chunk.replace(delta=chunk.delta + "007 is here. ") if chunk.delta else chunk


@pytest.mark.parametrize("mode", MODES)
def test_what_other_plugins_add_passes_the_guard_too(
    guarded: Callable[..., Chimeric], mode: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (response,) = Way(mode, stream=True).ask(guarded(Leaks()), "Hi")
    assert "007" not in response.content
