"""Interactions in the background: cut, and joined again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric, Continuation, StreamInterruptedError, hookimpl

EVENTS: list[dict[str, Any]] = [
    {"event_type": "interaction.created", "interaction": {"id": "v1_a", "status": "in_progress"}},
    {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
    *(
        {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": word}}
        for word in ("Once ", "upon ", "a ", "time.")
    ),
    {"event_type": "step.stop", "index": 0},
    {
        "event_type": "interaction.completed",
        "interaction": {"id": "v1_a", "status": "completed", "usage": {"total_tokens": 9}},
    },
]


class GoesOn:
    @hookimpl
    def chimeric_recover(self, context: Any) -> Continuation | None:
        rest = context.rest()
        return None if rest is None else Continuation(rest)


def served(cut: int, back: int = 0, *, numbered: bool = True) -> Any:
    """Cuts the first stream after ``cut`` events; the next begins ``back`` events too early."""

    def handler(request: SeenRequest) -> Iterator[Any]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        first, last = 0, cut
        if request.method == "GET":
            first, last = int(request.path.partition("last_event_id=e%2F")[2]) + 1, len(EVENTS)
        for number in range(max(first - back, 0), last):
            told = {**EVENTS[number], **({"event_id": f"e/{number}"} if numbered else {})}
            yield b"data: " + msgspec.json.encode(told) + b"\n\n"
        if last == len(EVENTS):
            yield b"event: done\ndata: [DONE]\n\n"
        yield Close()

    return handler


def asked(server: LoopbackServer, **more: Any) -> Any:
    client = Chimeric(
        plugins=[GoesOn()], only_plugins=("google",), google_base_url=server.url, google_api_key="k"
    )
    more = {"api": "interactions", "background": True, **more}
    return client.generate("google:gemini-3.8-flash", "Hi", stream=True, max_retries=0, **more)


@pytest.mark.parametrize("back", [0, 2])
@pytest.mark.parametrize("cut", range(1, len(EVENTS)))
def test_the_stream_is_joined_again_behind_its_last_event(cut: int, back: int) -> None:
    with LoopbackServer(served(cut, back)) as server:
        answer = asked(server).collect()
        assert answer.content == "Once upon a time."
        assert answer.usage.total_tokens == 9
        assert answer.finish_reason == "stop"
        path = f"/v1beta/interactions/v1_a?stream=true&last_event_id=e%2F{cut - 1}"
        assert [r.path for r in server.requests][1:] == [path]
        assert server.requests[1].headers["x-goog-api-key"] == "k"


def test_without_ids_there_is_no_place_to_join_at() -> None:
    with LoopbackServer(served(4, numbered=False)) as server:
        with pytest.raises(StreamInterruptedError):
            asked(server).collect()
        assert len(server.requests) == 1


def test_an_interaction_that_is_not_in_the_background_is_not_joined() -> None:
    with LoopbackServer(served(4)) as server:
        with pytest.raises(StreamInterruptedError):
            asked(server, background=False).collect()
        assert len(server.requests) == 1
