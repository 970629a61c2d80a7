"""What is tried again and after how long; what a plugin may offer instead."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest, Step

from chimeric import (
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    StructuredOutputError,
    hookimpl,
)
from chimeric.exchange.failing.waits import retry_after
from chimeric.exchange.retry import RetryPolicy

from .streams import ASK, answer, client_of

BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n%s\r\n{}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "2"}, 2.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "Thu, 99 Foo 2026 99:99:99 GMT"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, None),
        ({"retry-after": "1e400"}, None),
    ],
)
def test_what_a_provider_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0200"])
def test_a_date_to_wait_for_is_read_in_its_zone(zone: str) -> None:
    offset = 7200 if zone == "+0200" else 0
    began = time.time()
    date = email.utils.formatdate(began + 30 + offset).rpartition(" ")[0]
    wait = retry_after({"retry-after": f"{date} {zone}"})
    assert wait is not None
    assert began + 29 - time.time() < wait <= 30  # a date has whole seconds


def test_waits_grow_are_random_and_have_a_cap() -> None:
    policy = RetryPolicy(max_retries=20)
    error = ConnectionFailedError("x")
    for attempt in range(20):
        waits = {policy.delay(error, attempt) for _ in range(50)}
        assert len(waits) > 10
        assert all(w is not None and 0 <= w <= min(8, 0.5 * 2**attempt) for w in waits)
    assert policy.delay(error, 20) is None


def test_only_what_may_go_well_is_tried_again() -> None:
    policy = RetryPolicy()
    again = [
        ConnectionFailedError("x"),
        StreamInterruptedError("x"),
        ServerError("x"),
        RateLimitError("x", retry_after=60),
        RequestTimeoutError("x", phase="connect"),
    ]
    final = [
        RateLimitError("x", retry_after=61),
        RequestTimeoutError("x", phase="read"),
        RequestTimeoutError("x", phase="total"),
        ProtocolError("x"),
        ConfigurationError("x"),
    ]
    assert all(policy.delay(error, 0) is not None for error in again)
    assert all(policy.delay(error, 0) is None for error in final)


@pytest.mark.parametrize(("word", "requests"), [(b"false", 1), (b"true", 3), (b"maybe", 3)])
def test_the_server_may_say_whether_to_try_again(word: bytes, requests: int) -> None:
    refusal = BUSY % (b"retry-after: 0\r\nx-should-retry: " + word + b"\r\n")
    with LoopbackServer(lambda request: [refusal]) as server, client_of(server) as client:
        with pytest.raises(ServerError):
            client.generate(**ASK)
        assert len(server.requests) == requests


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_as_many_tries_as_were_asked_for(retries: int) -> None:
    with LoopbackServer(lambda request: [BUSY % b"retry-after: 0\r\n"]) as server:
        with client_of(server, max_retries=retries) as client, pytest.raises(ServerError):
            client.generate(**ASK)
        assert len(server.requests) == retries + 1


def test_a_retry_that_was_asked_for_by_a_refused_status_is_made_at_once() -> None:
    left = [BUSY % b"retry-after: 0\r\n", BUSY % b"retry-after: 0\r\n"]

    def handler(request: SeenRequest) -> Iterable[Step]:
        return [left.pop()] if left else answer(["good"])

    began = time.monotonic()
    with LoopbackServer(handler) as server, client_of(server) as client:
        assert client.generate(**ASK).collect().content == "good"
    assert time.monotonic() - began < 2


# --- a plugin's offer ---


class Elsewhere:
    """Offers another model when one fails."""

    @hookimpl
    def chimeric_recover(self, error: Any, context: Any) -> Any:
        if context.request.model == "other":
            return None
        return context.request.replace(model="openai:other")


def failing(request: SeenRequest) -> Iterator[Step]:
    if request.json()["model"] == "other":
        yield from answer(["the other answer"])
    else:
        yield BUSY % b"retry-after: 0\r\n"


def broken(request: SeenRequest) -> Iterator[Step]:
    if request.json()["model"] == "other":
        yield from answer(["the other answer"])
    else:
        whole = list(answer(["half ", "of it"]))
        yield from whole[:4]
        yield b"0\r\n\r\n"


def test_a_plugin_may_offer_another_model_when_the_tries_are_used_up() -> None:
    with LoopbackServer(failing) as server:
        with client_of(server, plugins=[Elsewhere()]) as client:
            assert client.generate(**ASK).collect().content == "the other answer"
        assert len(server.requests) == 4


def test_text_of_a_failed_answer_is_announced_before_another_begins() -> None:
    with LoopbackServer(broken) as server:
        with client_of(server, plugins=[Elsewhere()]) as client:
            chunks = list(client.generate(**ASK))
        notices = [c.metadata for c in chunks if c.metadata.get("restarted")]
        assert len(notices) == 1
        assert notices[0]["failed"] == "openai:m-1"
        assert chunks[-1].content.endswith("the other answer")

        async def main() -> str:
            async with client_of(server, plugins=[Elsewhere()]) as client:
                stream = await client.agenerate(**ASK)
                return "".join([chunk.delta or "" async for chunk in stream])

        assert asyncio.run(main()) == chunks[-1].content


# --- structured answers ---


@pytest.mark.parametrize("text", ["no JSON", '{"n": 1', ""])
def test_an_answer_that_does_not_fit_is_an_error_with_the_answer(text: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": schema},
    }
    with LoopbackServer(lambda request: answer([text])) as server, client_of(server) as client:
        with pytest.raises(StructuredOutputError) as caught:
            client.generate(**ASK, response_format=wanted).collect()
        assert caught.value.partial is not None
        assert caught.value.partial.content == text
        assert len(server.requests) == 1
