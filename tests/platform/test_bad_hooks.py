"""Hooks that misbehave: a typed error that names plugin and hook, and nothing received is lost."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pluggy
import pytest
from chimeric_cli import explain
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    BadRequestError,
    Chimeric,
    Context,
    PluginError,
    PluginWarning,
    StreamChunk,
    hookimpl,
)

WORDS = ["one ", "two ", "three"]


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: " + msgspec.json.encode(delta) + b"\n\n"


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def story(request: SeenRequest) -> Iterator[bytes]:
    if request.json().get("stream"):
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from chunked([*map(text, WORDS), END])
    else:
        body = b'{"choices":[{"message":{"content":"one two three"},"finish_reason":"stop"}]}'
        yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(story) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any) -> Chimeric:
    return Chimeric(base_url=server.url, plugins=plugins, max_retries=0)


def ask(chimeric: Chimeric, stream: bool = True) -> Any:
    result = chimeric.generate("compatible:m", "Hi", stream=stream)
    return result.collect() if stream else result


def plugin(**hooks: Callable[..., Any]) -> Any:
    """A plugin object with these hooks."""
    marked = {name: staticmethod(hookimpl(function)) for name, function in hooks.items()}
    return type("Bad", (), marked)()


def boom(*args: Any) -> Any:
    raise RuntimeError("boom")


def on_third(value: Any) -> Callable[[Any], Any]:
    """A chunk hook that goes wrong at the third word."""

    def process(chunk: Any) -> Any:
        if chunk.delta != "three":
            return chunk
        return value(chunk) if callable(value) else value

    return process


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (boom, "RuntimeError: boom"),
        ("text", "returned str"),
        (42, "returned int"),
        ({"delta": "x"}, "returned str"),
        ([1], "returned int"),
    ],
)
def test_a_chunk_hook_that_fails_ends_the_stream_with_what_came(
    server: LoopbackServer, value: Any, words: str
) -> None:
    bad = plugin(chimeric_process_chunk=lambda chunk: on_third(value)(chunk))
    with client(server, bad) as chimeric, pytest.raises(PluginError, match=words) as caught:
        ask(chimeric)
    error = caught.value
    assert (error.plugin, error.hook) == ("Bad", "chimeric_process_chunk")
    assert "'Bad'" in error.message
    assert "chimeric_process_chunk" in error.message
    assert error.partial is not None
    assert error.partial.content == "one two "
    assert server.wait_closed()


@pytest.mark.parametrize(
    ("value", "words"),
    [(boom, "RuntimeError: boom"), ("text", "returned str"), (7, "returned int")],
)
def test_a_processor_that_is_a_generator_fails_as_any_other(
    server: LoopbackServer, value: Any, words: str
) -> None:
    class Bad:
        def process(self, chunk: StreamChunk) -> Iterator[Any]:
            yield chunk
            if chunk.delta == "two ":
                yield value() if callable(value) else value

        def flush(self) -> None: ...

    bad = plugin(chimeric_stream_processor=lambda context: Bad())
    with client(server, bad) as chimeric, pytest.raises(PluginError, match=words) as caught:
        ask(chimeric)
    assert (caught.value.plugin, caught.value.hook) == ("Bad", "chimeric_stream_processor")
    assert caught.value.partial is not None
    assert caught.value.partial.content == "one two "
    assert server.wait_closed()


def test_async_and_whole_answers_fail_the_same_way(server: LoopbackServer) -> None:
    bad = plugin(chimeric_process_chunk=lambda chunk: boom())

    async def run() -> None:
        async with client(server, bad) as chimeric:
            stream = await chimeric.agenerate("compatible:m", "Hi", stream=True)
            await stream.collect()

    with pytest.raises(PluginError, match="boom"):
        asyncio.run(run())
    with client(server, bad) as chimeric, pytest.raises(PluginError, match="boom"):
        ask(chimeric, stream=False)


class Processor:
    """A processor that holds everything back, and goes wrong where it is told to."""

    def __init__(self, process: Any = None, flush: Any = None) -> None:
        self.held: list[StreamChunk] = []
        self._process, self._flush = process, flush

    def process(self, chunk: StreamChunk) -> Any:
        if self._process:
            return self._process(chunk)
        if chunk.finish_reason:
            return chunk
        self.held.append(chunk)
        return None

    def flush(self) -> Any:
        return self._flush(self) if self._flush else list(self.held)


def test_a_flush_that_fails_ends_the_stream_with_a_typed_error(server: LoopbackServer) -> None:
    bad = plugin(chimeric_stream_processor=lambda context: Processor(flush=boom))
    with client(server, bad) as chimeric, pytest.raises(PluginError, match="boom") as caught:
        ask(chimeric)
    assert caught.value.hook == "chimeric_stream_processor"


def test_a_processor_that_never_gives_anything_out_cannot_take_the_end_away(
    server: LoopbackServer,
) -> None:
    mute = plugin(
        chimeric_stream_processor=lambda context: Processor(lambda chunk: None, lambda self: None)
    )
    with client(server, mute) as chimeric:
        response = ask(chimeric)
    assert response.content == ""
    assert response.finish_reason == "stop"


def test_what_a_processor_held_back_comes_out(server: LoopbackServer) -> None:
    holds = plugin(chimeric_stream_processor=lambda context: Processor())
    with client(server, holds) as chimeric:
        chunks = list(chimeric.generate("compatible:m", "Hi", stream=True))
    assert [c.delta for c in chunks] == [*WORDS, None]
    assert chunks[-1].content == "one two three"
    assert [c.content for c in chunks[:3]] == ["one ", "one two ", "one two three"]


@pytest.mark.parametrize("processor", [object(), "text", Processor])
def test_an_object_that_is_no_processor_is_refused(server: LoopbackServer, processor: Any) -> None:
    bad = plugin(chimeric_stream_processor=lambda context: processor)
    with client(server, bad) as chimeric:
        if processor is Processor:  # a class: its process is no method yet
            with pytest.raises(PluginError, match="chimeric_stream_processor"):
                ask(chimeric)
        else:
            with pytest.raises(PluginError, match=r"process\(chunk\) and flush\(\)"):
                ask(chimeric)


def test_a_thousand_chunks_for_one_are_all_delivered(server: LoopbackServer) -> None:
    many = plugin(
        chimeric_process_chunk=lambda chunk: (
            [chunk.replace(delta="x") for _ in range(1000)] if chunk.delta else chunk
        )
    )
    with client(server, many) as chimeric:
        chunks = list(chimeric.generate("compatible:m", "Hi", stream=True))
    assert len(chunks) == 3001
    assert chunks[-1].content == "x" * 3000


def test_a_hook_may_yield(server: LoopbackServer) -> None:
    def twice(chunk: StreamChunk) -> Iterator[StreamChunk]:
        yield chunk
        if chunk.delta:
            yield chunk.replace(delta="-")

    with client(server, plugin(chimeric_process_chunk=twice)) as chimeric:
        assert ask(chimeric).content == "one -two -three-"


def test_chunks_and_requests_cannot_be_changed_in_place(server: LoopbackServer) -> None:
    def mutate(chunk: StreamChunk) -> StreamChunk:
        chunk.delta = "changed"  # type: ignore[misc]
        return chunk

    bad = plugin(chimeric_process_chunk=mutate)
    with client(server, bad) as chimeric, pytest.raises(PluginError, match="immutable"):
        ask(chimeric)

    def change(request: Any) -> None:
        request.model = "other"

    bad = plugin(chimeric_prepare_request=change)
    with client(server, bad) as chimeric, pytest.raises(PluginError, match="immutable"):
        ask(chimeric)


def test_a_hook_may_call_back_into_the_client(server: LoopbackServer) -> None:
    depth: list[int] = []

    def inner(request: Any) -> Any:
        depth.append(1)
        if len(depth) == 1:
            answer = ask(chimeric, stream=False).content
            return request.replace(temperature=float(len(answer)))
        return None

    with client(server, plugin(chimeric_prepare_request=inner)) as chimeric:
        assert ask(chimeric).content == "one two three"
    assert len(depth) == 2
    assert [r.json().get("temperature") for r in server.requests] == [None, 13.0]


def test_a_hook_that_calls_itself_without_end_is_a_typed_error(server: LoopbackServer) -> None:
    def endless(request: Any) -> Any:
        ask(chimeric)

    bad = plugin(chimeric_prepare_request=endless)
    recursion = pytest.raises(PluginError, match="RecursionError")
    with client(server, bad) as chimeric, recursion as caught:
        ask(chimeric)
    assert caught.value.hook == "chimeric_prepare_request"
    assert server.requests == []


@pytest.mark.parametrize(
    ("hook", "arguments", "wanted"),
    [
        ("chimeric_prepare_request", "request", "a Request or None"),
        ("chimeric_recover", "error", "a Request, a Continuation or None"),
    ],
)
def test_a_request_hook_that_returns_something_else_is_named(
    server: LoopbackServer, hook: str, arguments: str, wanted: str
) -> None:
    scope: dict[str, Any] = {}
    exec(f"def bad({arguments}): return 'other-model'", scope)
    server._handler = lambda request: iter([b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"])
    bad = plugin(**{hook: scope["bad"]})
    refused = pytest.raises(PluginError, match=f"return {wanted}")
    with client(server, bad) as chimeric, refused as caught:
        ask(chimeric)
    assert (caught.value.plugin, caught.value.hook) == ("Bad", hook)


@pytest.mark.parametrize(
    "hook", ["chimeric_stream_started", "chimeric_stream_finished", "chimeric_stream_failed"]
)
def test_an_observer_that_fails_is_reported_and_changes_nothing(
    server: LoopbackServer, hook: str
) -> None:
    bad = plugin(**{hook: lambda context: boom()})
    with client(server, bad) as chimeric, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if hook == "chimeric_stream_failed":
            failure = b"HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n"
            server._handler = lambda request: iter([failure])
            with pytest.raises(BadRequestError):
                ask(chimeric)
        else:
            assert ask(chimeric).content == "one two three"
    (warning,) = [w for w in caught if w.category is PluginWarning]
    assert "'Bad'" in str(warning.message)
    assert hook in str(warning.message)


def test_the_end_of_a_call_is_observed_once_whatever_its_end(server: LoopbackServer) -> None:
    seen: list[str] = []
    watch = plugin(
        chimeric_stream_finished=lambda context, response: seen.append(
            f"finished {context.closed_early} {response.content!r}"
        ),
        chimeric_stream_failed=lambda context, error: seen.append(type(error).__name__),
    )
    bad = plugin(chimeric_process_chunk=lambda chunk: on_third(boom)(chunk))
    with client(server, watch) as chimeric:
        ask(chimeric)
        for _ in chimeric.generate("compatible:m", "Hi", stream=True):
            break
    with client(server, watch, bad) as chimeric, pytest.raises(PluginError):
        ask(chimeric)
    assert seen == ["finished False 'one two three'", "finished True 'one '", "PluginError"]


def test_native_events_are_not_post_processed(server: LoopbackServer) -> None:
    upper = plugin(
        chimeric_process_chunk=lambda chunk: (
            chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk
        )
    )
    with client(server, upper) as chimeric:
        chunks = list(chimeric.generate("compatible:m", "Hi", stream=True))
    assert chunks[0].delta == "ONE "
    assert b"one " in chunks[0].raw
    assert chunks[0].native.choices[0].delta.content == "one "


def test_hooks_run_in_the_order_that_explain_prints(server: LoopbackServer) -> None:
    def named(name: str, **options: bool) -> Any:
        @hookimpl(**options)
        def chimeric_process_chunk(chunk: StreamChunk, context: Context) -> StreamChunk:
            context.state.setdefault("order", []).append(name)
            return chunk

        hook = staticmethod(chimeric_process_chunk)
        return type(name, (), {"name": name, "chimeric_process_chunk": hook})()

    orders: list[list[str]] = []
    watch = plugin(
        chimeric_stream_finished=lambda context: orders.append(context.state["order"][:4])
    )
    plugins = [named("a"), named("last", trylast=True), named("b"), named("first", tryfirst=True)]
    with client(server, *plugins, watch) as chimeric:
        ask(chimeric)
        printed = explain(chimeric)
    assert orders == [["first", "b", "a", "last"]]
    line = next(x for x in printed.splitlines() if x.startswith("process_chunk"))
    assert line.split(maxsplit=1)[1] == "first -> b -> a -> last"


def test_pluggy_is_not_on_the_way_of_a_chunk(server: LoopbackServer) -> None:
    calls: list[str] = []
    folder = str(Path(pluggy.__file__).parent)

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            calls.append(frame.f_code.co_qualname)

    same = plugin(chimeric_process_chunk=lambda chunk: chunk)
    sys.setprofile(watch)
    try:
        with client(server, same) as chimeric:
            for _ in range(3):  # what is loaded on first use
                ask(chimeric)
            assert calls
            server._handler = lambda request: iter(
                [
                    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                    *chunked([*[text("word ")] * 2000, END]),
                ]
            )
            calls.clear()
            assert len(ask(chimeric).content) == 10_000
    finally:
        sys.setprofile(None)
    assert calls == []
