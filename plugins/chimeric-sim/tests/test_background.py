"""Responses in the background, by the official OpenAI SDK."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chimeric_sim import Simulator
from chimeric_sim.service.run import Run

openai = pytest.importorskip("openai", reason="the official SDK is a test-only oracle")

STORY: dict[str, Any] = {
    "model": "gpt-5.4-mini",
    "input": "Tell me about lighthouses in 30 words",
    "background": True,
    "stream": True,
}


@pytest.fixture
def client(sim: Simulator) -> Iterator[Any]:
    with openai.OpenAI(base_url=sim.base_url("openai"), api_key="any", max_retries=0) as client:
        yield client


def text(events: list[Any]) -> str:
    return "".join(e.delta for e in events if e.type == "response.output_text.delta")


def test_a_stream_begins_with_a_response_that_is_queued(client: Any) -> None:
    events = list(client.responses.create(**STORY))
    kinds = [event.type for event in events]
    assert kinds[:3] == ["response.created", "response.queued", "response.in_progress"]
    assert events[0].response.status == "queued"
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_stream_is_joined_again_behind_any_event(client: Any) -> None:
    whole = list(client.responses.create(**STORY))
    for after in range(len(whole) - 1):
        rest = list(
            client.responses.retrieve(whole[0].response.id, stream=True, starting_after=after)
        )
        assert rest == whole[after + 1 :]
    assert list(client.responses.retrieve(whole[0].response.id, stream=True)) == whole


def test_an_answer_goes_on_when_its_reader_is_cut_off(client: Any) -> None:
    seen: list[Any] = []
    with pytest.raises(openai.APIConnectionError):
        for event in client.responses.create(**STORY, extra_body={"sim": {"cut_after": 9}}):
            seen.append(event)
    assert len(seen) == 9
    rest = client.responses.retrieve(seen[0].response.id, stream=True, starting_after=8)
    assert text(seen + list(rest)) == text(list(client.responses.create(**STORY)))


def test_a_response_is_polled_until_it_is_complete(sim: Simulator, client: Any) -> None:
    asked = {**STORY, "stream": False, "extra_body": {"sim": {"rate": 400, "queued": 0.2}}}
    response = client.responses.create(**asked)
    statuses = [response.status]
    while response.status in ("queued", "in_progress"):
        time.sleep(0.02)
        response = client.responses.retrieve(response.id)
        statuses.append(response.status)
    # How many are seen of those in between depends on the machine.
    assert statuses == sorted(statuses, key=["queued", "in_progress", "completed"].index)
    assert (statuses[0], statuses[-1]) == ("queued", "completed")
    assert response.output_text == text(list(client.responses.create(**STORY)))


def test_a_response_goes_on_with_its_time_though_nobody_reads_it() -> None:
    names = ("created", "queued", "in_progress", "completed")
    events = [
        b'event: response.%b\ndata: {"type":"response.%b","response":{"status":"%b"}}\n\n'
        % (name, name, b"queued" if name == b"created" else name)
        for name in map(str.encode, names)
    ]
    began = time.monotonic()
    run = Run("resp_1", [b"".join(events)], rate=1.0, streamed=True, queued=100.0)
    seen: list[str] = []
    for seconds in (0, 99, 102.5, 105):
        run.catch_up(began + seconds)
        seen.append(run.response()["status"])
    assert seen == ["queued", "queued", "in_progress", "completed"]


def test_a_cancelled_response_ends_where_it_is(client: Any) -> None:
    stream = client.responses.create(**STORY, extra_body={"sim": {"rate": 20}})
    seen = [next(stream) for _ in range(3)]
    answer_id = seen[0].response.id
    assert client.responses.cancel(answer_id).status == "cancelled"
    assert [event.type for event in stream][-1] == "response.cancelled"
    assert client.responses.retrieve(answer_id).status == "cancelled"


def test_what_is_not_kept_is_not_found(client: Any) -> None:
    events = list(client.responses.create(**STORY, extra_body={"sim": {"forgets": True}}))
    with pytest.raises(openai.NotFoundError, match="not found"):
        client.responses.retrieve(events[0].response.id)
    kept = next(iter(client.responses.create(**STORY))).response.id
    client.responses.delete(kept)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(kept, stream=True, starting_after=3)


def test_the_background_needs_the_store(client: Any) -> None:
    with pytest.raises(openai.BadRequestError, match="store"):
        client.responses.create(**STORY, store=False)
    whole = client.responses.create(**{**STORY, "stream": False})
    with pytest.raises(openai.BadRequestError, match="stream=true"):
        client.responses.retrieve(whole.id, stream=True)


def test_a_stream_is_cut_at_any_byte(sim: Simulator) -> None:
    url = f"{sim.base_url('openai')}/responses"
    for size in (1, 100, 5000):
        body = {**STORY, "sim": {"cut_bytes": size}}
        with httpx.stream("POST", url, json=body, headers={"authorization": "Bearer k"}) as answer:
            came = b""
            with pytest.raises(httpx.RemoteProtocolError):
                for piece in answer.iter_raw():
                    came += piece
        assert len(came) == size


def test_joins_have_settings_of_their_own(client: Any) -> None:
    joins = [{"status": 503}, {"shift": -2}, {"shift": 3}]
    events = list(client.responses.create(**STORY, extra_body={"sim": {"joins": joins}}))
    answer_id = events[0].response.id
    with pytest.raises(openai.InternalServerError):
        client.responses.retrieve(answer_id, stream=True, starting_after=5)
    firsts = [
        next(client.responses.retrieve(answer_id, stream=True, starting_after=5)) for _ in range(3)
    ]
    assert [first.sequence_number for first in firsts] == [4, 9, 6]
