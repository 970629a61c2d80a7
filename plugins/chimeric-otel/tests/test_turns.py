"""The span of a turn: attempts, fallbacks, parameters, counts; and that it ends once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import anyio
import msgspec
import pytest
import trio
from chimeric_testing import Close, LoopbackServer, SeenRequest
from opentelemetry.trace import StatusCode

from chimeric import (
    Chimeric,
    Delta,
    RefusedError,
    ServerError,
    StreamInterruptedError,
    Usage,
    hookimpl,
)

from .conftest import MODES, Seen, client, collect, run


@pytest.mark.parametrize("mode", MODES)
def test_an_attempt_that_fails_is_told_with_its_status(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    collect(mode, client(script, seen.plugin(), max_retries=1), "flaky", "Hi")
    span = seen.span()
    assert span.status.status_code is StatusCode.UNSET
    assert span.attributes["http.request.resend_count"] == 1
    (event,) = span.events
    assert event.name == "chimeric.attempt.failed"
    assert event.attributes["error.type"] == "ServerError"
    assert event.attributes["http.response.status_code"] == 503
    assert event.attributes["http.request.resend_count"] == 0
    assert event.attributes["server.port"] == script.port


def test_the_last_attempt_s_error_is_the_span_s(script: LoopbackServer, seen: Seen) -> None:
    with client(script, seen.plugin(), max_retries=2) as chimeric, pytest.raises(ServerError):
        chimeric.generate("compatible:down", "Hi", stream=True)
    span = seen.span()
    assert [event.attributes["http.request.resend_count"] for event in span.events] == [0, 1, 2]
    assert span.attributes["http.request.resend_count"] == 2
    assert span.attributes["error.type"] == "ServerError"
    assert span.attributes["gen_ai.response.finish_reasons"] == ("error",)
    counted = seen.metrics()["gen_ai.client.inference.usage.input_tokens"]
    assert [point.value for point in counted] == [0]  # it is seen, and has used nothing


def test_a_fallback_is_told_and_the_span_is_of_the_model_that_answered(
    script: LoopbackServer, seen: Seen
) -> None:
    class Backup:
        @hookimpl
        def chimeric_recover(self, context: Any) -> Any:
            if context.request.model == "down":
                return context.request.replace(model="compatible:m", provider=None)
            return None

    collect("sync", client(script, seen.plugin(), Backup()), "down", "Hi")
    span = seen.span()
    assert span.name == "chat m"
    failed, fallback = span.events
    assert failed.attributes["gen_ai.request.model"] == "down"
    assert (fallback.name, fallback.attributes["gen_ai.request.model"]) == (
        "chimeric.fallback",
        "m",
    )
    assert span.status.status_code is StatusCode.UNSET


def test_the_parameters_of_a_request_are_told(script: LoopbackServer, seen: Seen) -> None:
    collect(
        "sync",
        client(script, seen.plugin()),
        "m",
        "Hi",
        top_k=40,
        frequency_penalty=0.5,
        presence_penalty=0.25,
        reasoning_effort="low",
        user_context={"conversation_id": "conv-1"},
    )
    told = seen.span().attributes
    assert told["gen_ai.request.top_k"] == 40
    assert told["gen_ai.request.frequency_penalty"] == 0.5
    assert told["gen_ai.request.presence_penalty"] == 0.25
    assert told["gen_ai.request.reasoning.level"] == "low"
    assert told["gen_ai.conversation.id"] == "conv-1"


def test_no_conversation_has_no_id(script: LoopbackServer, seen: Seen) -> None:
    collect("sync", client(script, seen.plugin()), "m", "Hi", user_context={"tenant": "a"})
    assert "gen_ai.conversation.id" not in seen.span().attributes


def test_a_request_that_a_plugin_refuses_has_a_span(script: LoopbackServer, seen: Seen) -> None:
    class Refuses:
        @hookimpl
        def chimeric_prepare_request(self) -> None:
            raise RefusedError("my diagnosis")

    with client(script, seen.plugin(), Refuses()) as chimeric, pytest.raises(RefusedError):
        chimeric.generate("compatible:m", "Hi")
    assert seen.span().attributes["error.type"] == "RefusedError"
    assert "diagnosis" not in seen.span().to_json()


def test_a_turn_that_a_plugin_asks_for_is_linked_to_the_one_before(
    script: LoopbackServer, seen: Seen
) -> None:
    class Again:
        @hookimpl
        def chimeric_finish_turn(self, context: Any) -> str | None:
            return "Again, please." if context.turn == 0 else None

    collect("sync", client(script, seen.plugin(), Again()), "m", "Hi")
    first, second = seen.all("chat m") or seen.exporter.get_finished_spans()
    assert second.links[0].context.span_id == first.context.span_id
    assert first.end_time <= second.start_time


def test_a_stream_of_native_events_is_told_as_any_other(script: LoopbackServer, seen: Seen) -> None:
    with client(script, seen.plugin()) as chimeric:
        list(chimeric.generate("compatible:m", "Hi", stream=True, native=True))
    told = seen.span().attributes
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert told["gen_ai.usage.input_tokens"] == 9
    assert told["gen_ai.response.time_to_first_chunk"] > 0


def test_an_answer_of_another_plugin_has_a_span_without_tokens(
    script: LoopbackServer, seen: Seen
) -> None:
    class Kept:
        @hookimpl
        def chimeric_answer(self) -> Iterator[Any]:
            yield Delta(usage=Usage.of(0, 0))
            yield "kept"

    response = collect("sync", client(script, seen.plugin(), Kept()), "m", "Hi")
    assert response.content == "kept"
    told = seen.span().attributes
    assert told["gen_ai.provider.name"] == "compatible"
    assert "server.address" not in told
    assert told["gen_ai.usage.input_tokens"] == 0
    assert script.requests == []


def test_a_dropped_stream_ends_without_the_collector(script: LoopbackServer, seen: Seen) -> None:
    gc.disable()
    try:
        with client(script, seen.plugin()) as chimeric:
            stream = chimeric.generate("compatible:slow", "Hi", stream=True)
            next(stream)
            del stream
            assert len(seen.exporter.get_finished_spans()) == 1
    finally:
        gc.enable()


LEAVES = ("break", "close", "drop", "unread", "raise")


@pytest.mark.parametrize("way", LEAVES)
@pytest.mark.parametrize("model", ["m", "slow"])
def test_a_span_ends_once_however_a_stream_is_left(
    script: LoopbackServer, seen: Seen, way: str, model: str
) -> None:
    with client(script, seen.plugin()) as chimeric:
        stream = chimeric.generate(f"compatible:{model}", "Hi", stream=True)
        if way == "unread":
            stream.close()
        elif way == "raise":
            with pytest.raises(ZeroDivisionError):
                for _ in stream:
                    1 / 0  # noqa: B018
            stream.close()
        else:
            for _ in stream:
                break
        if way == "close":
            stream.close()
            stream.close()
        del stream
        gc.collect()
    span = seen.span()
    assert span.status.status_code is StatusCode.UNSET
    assert ("gen_ai.response.time_to_first_chunk" in span.attributes) == (way != "unread")


@pytest.mark.parametrize("mode", ["asyncio", "uvloop", "trio"])
@pytest.mark.parametrize("way", ["break", "cancel", "aclose", "first"])
def test_a_span_ends_once_however_an_async_stream_is_left(
    script: LoopbackServer, seen: Seen, mode: str, way: str
) -> None:
    async def read(chimeric: Chimeric, begun: anyio.Event) -> None:
        stream: Any = await chimeric.agenerate("compatible:slow", "Hi", stream=True)
        async for _ in stream:
            begun.set()
            if way != "cancel":
                break
        if way == "aclose":
            await stream.aclose()

    async def main() -> None:
        async with client(script, seen.plugin()) as chimeric:
            begun = anyio.Event()
            if way == "cancel" and mode == "trio":
                async with trio.open_nursery() as tasks:
                    tasks.start_soon(read, chimeric, begun)
                    await begun.wait()
                    tasks.cancel_scope.cancel()
            elif way == "cancel":
                task = asyncio.create_task(read(chimeric, begun))
                await begun.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                await read(chimeric, begun)

    run(mode, main)
    span = seen.span()
    assert "gen_ai.response.finish_reasons" not in span.attributes
    assert 0 < span.attributes["gen_ai.response.time_to_first_chunk"] < 60
    (first,) = seen.metrics()["gen_ai.client.inference.time_to_first_chunk"]
    assert first.count == 1


def test_a_stream_that_breaks_has_its_error_and_what_had_come(
    script: LoopbackServer, seen: Seen
) -> None:
    with client(script, seen.plugin()) as chimeric, pytest.raises(StreamInterruptedError):
        chimeric.generate("compatible:cut", "Hi", stream=True).collect()
    told = seen.span().attributes
    assert told["error.type"] == "StreamInterruptedError"
    assert told["gen_ai.response.model"] == "m-2"
    assert told["gen_ai.response.time_to_first_chunk"] > 0


def test_parallel_calls_of_one_loop_keep_apart(script: LoopbackServer, seen: Seen) -> None:
    tracer = seen.tracers.get_tracer("t")

    async def one(chimeric: Chimeric, name: str) -> None:
        with tracer.start_as_current_span(name):
            stream: Any = await chimeric.agenerate("compatible:paced", "Hi", stream=True)
            await stream.collect()

    async def main() -> None:
        async with client(script, seen.plugin()) as chimeric:
            await asyncio.gather(*(one(chimeric, f"outer {n}") for n in range(8)))

    asyncio.run(main())
    chats = seen.all("chat paced")
    outer = {s.context.span_id for s in seen.exporter.get_finished_spans() if s.parent is None}
    assert len(chats) == len(outer) == 8
    assert {span.parent.span_id for span in chats} == outer


COHERE = {
    "id": "1",
    "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
    "usage": {
        "billed_units": {"input_tokens": 5, "output_tokens": 10},
        "tokens": {"input_tokens": 1500, "output_tokens": 12},
    },
}

GEMINI = {
    "candidates": [
        {"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP"}
    ],
    "usageMetadata": {
        "promptTokenCount": 1000,
        "candidatesTokenCount": 10,
        "totalTokenCount": 1010,
        "promptTokensDetails": [
            {"modality": "AUDIO", "tokenCount": 900},
            {"modality": "TEXT", "tokenCount": 100},
        ],
    },
}


@pytest.mark.parametrize(
    ("provider", "answer", "told"),
    [
        ("cohere", COHERE, {"input_tokens": 5, "output_tokens": 10}),
        (
            "google",
            GEMINI,
            {
                "input_tokens": 1000,
                "output_tokens": 10,
                "audio.input_tokens": 900,
                "text.input_tokens": 100,
            },
        ),
    ],
    ids=["billed", "modalities"],
)
def test_counts_are_those_that_are_billed_and_told_by_modality(
    seen: Seen, provider: str, answer: Any, told: dict[str, int]
) -> None:
    def whole(request: SeenRequest) -> Iterator[Any]:
        body = msgspec.json.encode(answer)
        yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        yield Close()

    with LoopbackServer(whole) as server:
        urls, keys = {provider: server.url}, {provider: "k-12345678"}
        with Chimeric(base_urls=urls, api_keys=keys, plugins=[seen.plugin()]) as chimeric:
            chimeric.generate(f"{provider}:any", "Hi")
    prefix = "gen_ai.usage."
    attributes = seen.span().attributes.items()
    counts = {name.removeprefix(prefix): n for name, n in attributes if name.startswith(prefix)}
    assert counts == told
    counters = seen.metrics()["gen_ai.client.inference.usage.input_tokens"]
    modalities = {p.attributes["gen_ai.token.modality"]: p.value for p in counters}
    named = {"audio": 900, "text": 100} if provider == "google" else {"unknown": 5}
    assert modalities == named
