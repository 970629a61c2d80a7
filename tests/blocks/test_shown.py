"""Server tools, citations and files: told when they come, once, and kept in the response."""

from __future__ import annotations

import time
from typing import Any

import pytest
from chimeric_testing import Close, Pause

from chimeric import (
    Chimeric,
    Citation,
    Delta,
    Event,
    GeneratedFile,
    ImagePart,
    RequestTimeoutError,
    ServerToolChunk,
    StreamChunk,
    StreamInterruptedError,
    TextPart,
    Timeout,
    hookimpl,
)

from .told import STOP, Service, Teller, Told, hear

SEARCH: dict[str, Any] = {"id": "ws_1", "kind": "web_search", "name": "web_search"}
FOUND = [{"url": "https://example.com"}]


def tool(status: Any, **more: Any) -> Delta:
    return Delta(server_tools=(ServerToolChunk(status=status, **SEARCH, **more),))


def statuses(chunks: list[StreamChunk]) -> list[str]:
    return [tool.status for chunk in chunks for tool in chunk.server_tools]


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_search_is_told_step_by_step_and_kept_in_its_final_state(way: str) -> None:
    answer = [
        tool("started"),
        tool("input_streaming", input_delta='{"q'),
        tool("running", input={"queries": ["tides"]}),
        tool("completed", output=FOUND, native={"type": "web_search_call"}),
        "Twice a day.",
        STOP,
    ]
    chunks, response = hear(answer, way=way)
    assert statuses(chunks) == ["started", "input_streaming", "running", "completed"]
    assert response.parts[0] == ServerToolChunk(
        **SEARCH,
        status="completed",
        input={"queries": ["tides"]},
        output=FOUND,
        native={"type": "web_search_call"},
    )
    assert response.metadata["server_tool_calls"] == [{"type": "web_search_call"}]


def test_a_tool_that_completes_twice_is_told_once() -> None:
    answer = [tool("completed", output=FOUND), tool("completed", output=[]), tool("failed"), STOP]
    chunks, response = hear(answer)
    assert statuses(chunks) == ["completed"]
    [part] = response.parts
    assert isinstance(part, ServerToolChunk)
    assert (part.status, part.output) == ("completed", FOUND)


def test_a_tool_that_never_completes_is_completed_by_the_end_of_the_turn() -> None:
    chunks, response = hear([tool("started"), "Hi", STOP])
    assert statuses(chunks) == ["started", "completed"]
    assert chunks[-1].finish_reason == "stop"
    [part, _] = response.parts
    assert isinstance(part, ServerToolChunk)
    assert (part.status, part.output) == ("completed", None)


def test_a_tool_of_a_turn_that_is_paused_stays_open() -> None:
    chunks, response = hear([tool("running"), Delta(finish_reason="pause", done=True)])
    assert statuses(chunks) == ["running"]
    [part] = response.parts
    assert isinstance(part, ServerToolChunk)
    assert part.status == "running"


def test_a_tool_of_an_answer_that_breaks_has_failed() -> None:
    with Service([tool("running"), Close()]) as service, service.client() as client:
        stream = client.generate("told-1", "Hi", stream=True)
        assert next(stream).server_tools[0].status == "running"
        assert stream.response.parts[0].status == "running"  # type: ignore[union-attr]
        with pytest.raises(StreamInterruptedError) as caught:
            next(stream)
    partial = caught.value.partial
    assert partial is not None
    [part] = partial.parts
    assert isinstance(part, ServerToolChunk)
    assert part.status == "failed"


def test_an_answer_that_showed_a_search_is_not_asked_for_again() -> None:
    with Service([tool("running"), Close()]) as service:
        with service.client(max_retries=2) as client, pytest.raises(StreamInterruptedError):
            client.generate("told-1", "Hi", stream=True).collect()
        assert len(service.requests) == 1


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_search_is_life_for_the_time_limits(way: str) -> None:
    working: list[Any] = [tool("started")]
    for _ in range(10):
        working += [Pause(0.3), tool("running")]
    limits = Timeout(first=2.2, gap=2.2)
    chunks, response = hear([*working, "Found.", STOP], way=way, timeout=limits)
    assert response.content == "Found."
    assert statuses(chunks).count("running") == 10


def test_a_search_that_stops_telling_of_itself_dies_of_the_gap() -> None:
    with Service([tool("started"), Pause(60)]) as service, service.client() as client:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError) as caught:
            client.generate("told-1", "Hi", stream=True, timeout=Timeout(first=1, gap=1)).collect()
    assert caught.value.phase == "gap"
    assert time.monotonic() - began < 20


def test_a_parser_of_the_first_edition_tells_the_providers_own_forms() -> None:
    own = {"type": "search", "url": "u"}
    line = {"citations": [own, "https://example.com"], "server_tools": [own]}

    with Service(["go", STOP]) as service:
        provider = _former_of(service.url, line)
        with Chimeric(plugins=[provider], only_plugins=[]) as client:
            stream = client.generate("told-1", "Hi", stream=True)
            chunks = list(stream)
    cited = [cited for chunk in chunks for cited in chunk.citations]
    assert cited == [
        Citation(native=own),
        Citation(url="https://example.com", native="https://example.com"),
    ]
    assert [t for chunk in chunks for t in chunk.server_tools] == [
        ServerToolChunk(kind="other", native=own)
    ]
    assert stream.response.metadata["citations"] == [own, "https://example.com"]
    assert stream.response.metadata["server_tool_calls"] == [own]


def _former_of(url: str, line: dict[str, Any]) -> Any:
    class FirstEdition(Teller):
        @hookimpl
        def chimeric_parse_event(self, event: Event) -> Any:
            told = super().chimeric_parse_event(event)
            if told != "go":
                return told
            return Delta(
                text="go",
                citations=tuple(line["citations"]),
                server_tools=tuple(line["server_tools"]),
            )

    return FirstEdition(url)


# --- citations ----------------------------------------------------------------------------------


def test_citations_stand_with_the_text_of_their_block() -> None:
    before = Citation(url="https://a.example", title="A")
    after = Citation(url="https://b.example", start=0, end=5)
    answer: list[Told] = [
        Delta(citations=(before,), block=0),
        "Tides",
        " turn",
        Delta(text="Waves", block=1),
        Delta(citations=(after,), block=1),
        STOP,
    ]
    chunks, response = hear(answer)
    assert [chunk.block for chunk in chunks if chunk.citations] == [0, 1]
    assert response.parts == (TextPart("Tides turn", (before,)), TextPart("Waves", (after,)))


@pytest.mark.parametrize(
    ("start", "end"), [(0, 99), (50, 60), (-1, 2), (3, 1)], ids=["long", "far", "before", "turned"]
)
def test_offsets_that_no_text_is_at_are_none_in_the_parts(start: int, end: int) -> None:
    _, response = hear(["Tides", Delta(citations=(Citation(url="u", start=start, end=end),)), STOP])
    assert response.parts == (TextPart("Tides", (Citation(url="u"),)),)


# --- files --------------------------------------------------------------------------------------


def picture(data: str, *, partial: bool) -> Delta:
    part = ImagePart(data=data, media_type="image/png")
    return Delta(files=(GeneratedFile("ig_1", part, partial=partial),))


def test_a_picture_takes_the_place_of_its_previews() -> None:
    answer = [picture("YQ==", partial=True), picture("Yg==", partial=True)]
    chunks, response = hear([*answer, picture("Yw==", partial=False), STOP])
    assert [(c.files[0].part.data, c.files[0].partial) for c in chunks[:3]] == [
        ("YQ==", True),
        ("Yg==", True),
        ("Yw==", False),
    ]
    assert response.parts == (
        GeneratedFile("ig_1", ImagePart(data="Yw==", media_type="image/png")),
    )


def test_large_previews_pass_and_only_the_last_is_kept() -> None:
    large = "QUFB" * (3 * 1024 * 1024)
    answer = [picture(large, partial=True), picture(large, partial=False), STOP]
    chunks, response = hear(answer)
    assert [len(chunk.files[0].part.data or "") for chunk in chunks[:2]] == [len(large)] * 2
    assert len(response.parts) == 1


# --- middleware ---------------------------------------------------------------------------------


class Withholds:
    """Releases what it has held at the end of each block."""

    withholds = True

    def __init__(self) -> None:
        self.held = ""

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        if not chunk.delta:
            return chunk
        self.held += chunk.delta
        return None

    def flush(self) -> StreamChunk | None:
        held, self.held = self.held, ""
        return StreamChunk(held) if held else None


class Guard:
    @hookimpl
    def chimeric_stream_processor(self) -> Withholds:
        return Withholds()


@pytest.mark.parametrize("way", ["sync", "async"])
def test_text_that_a_guard_held_comes_out_in_its_own_block(way: str) -> None:
    answer = [
        Delta(text="a", block=1),
        "b",
        Delta(text="c", block=2),
        "d",
        tool("completed", output=FOUND, native={"secret": "word"}),
        "e",
        STOP,
    ]
    chunks, response = hear(answer, Guard(), way=way)
    assert [(chunk.block, chunk.delta) for chunk in chunks if chunk.delta] == [
        (0, "ab"),
        (1, "cd"),
        (1, "e"),
    ]
    assert [chunk.block for chunk in chunks if chunk.server_tools] == [2]
    assert all(not chunk.raw and chunk.native is None for chunk in chunks)
    [first, second, search] = response.parts
    assert (first, second) == (TextPart("ab"), TextPart("cde"))
    assert isinstance(search, ServerToolChunk)
    assert search.native is None
    assert "server_tool_calls" not in response.metadata
