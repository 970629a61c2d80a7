"""Faults in calls that run tools: nothing half received runs, and nothing runs twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    HTTPRequest,
    Provider,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    Timeout,
    ToolLoopLimitError,
    hookimpl,
)

from .dialects import DIALECTS, KEY, Dialect
from .loops import under_uvloop
from .observed import arguments
from .streams import ASK, CHAT, HEAD, answer, client_of

BUSY = b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\n{}"


class Shell:
    """A tool that notes what it was asked to run."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.commands: list[str] = []
        self.seconds = seconds

    def run(self, cmd: str) -> str:
        """Run a command."""
        self.commands.append(cmd)
        time.sleep(self.seconds)
        return f"ran {cmd}"


def ask_sync(url: str, dialect: Dialect, shell: Shell, **more: Any) -> CompletionResponse:
    client = Chimeric(api_keys={dialect.provider: KEY}, base_urls={dialect.provider: url}, **more)
    with client:
        response: CompletionResponse = client.generate(
            **arguments(dialect), tools=[shell.run]
        ).collect()
        return response


def ask_async(url: str, dialect: Dialect, shell: Shell, **more: Any) -> CompletionResponse:
    async def main() -> CompletionResponse:
        client = Chimeric(
            api_keys={dialect.provider: KEY}, base_urls={dialect.provider: url}, **more
        )
        async with client:
            stream = await client.agenerate(**arguments(dialect), tools=[shell.run])
            response: CompletionResponse = await stream.collect()
            return response

    return asyncio.run(main())


Ask = Callable[..., CompletionResponse]


@pytest.fixture(
    params=[ask_sync, ask_async, under_uvloop(ask_async)], ids=["sync", "async", "uvloop"]
)
def ask(request: pytest.FixtureRequest) -> Ask:
    way: Ask = request.param
    return way


@pytest.fixture(params=list(DIALECTS.values()), ids=list(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param
    return found


def calling(dialect: Dialect, *commands: str) -> list[bytes]:
    """An answer with words and calls."""
    calls = [
        (f"c{i}", "run", [f'{{"cmd": "{c[:2]}', f'{c[2:]}"}}']) for i, c in enumerate(commands)
    ]
    script = dialect.made_of(
        dialect.say("Let me see. "),
        *dialect.calls(calls),
        *dialect.finish("tools"),
        *dialect.terminal(),
    )
    return script.frames()


def served(frames: Iterable[bytes]) -> Iterator[Step]:
    yield HEAD
    yield from chunked(frames)


def in_turn(*answers: Any) -> Callable[[SeenRequest], Any]:
    """Serves one answer after the other."""
    left = list(answers)
    return lambda request: left.pop(0)


def said(dialect: Dialect, text: str) -> Iterator[Step]:
    script = dialect.made_of(dialect.say(text), *dialect.finish(), *dialect.terminal())
    return served(script.frames())


def test_tools_run_once_and_the_text_goes_on(dialect: Dialect, ask: Ask) -> None:
    shell = Shell()
    with LoopbackServer(
        in_turn(served(calling(dialect, "ls", "pwd")), said(dialect, "Done."))
    ) as s:
        response = ask(s.url, dialect, shell)
        assert sorted(shell.commands) == ["ls", "pwd"]
        assert response.content == "Let me see. Done."
        assert [r.output for r in response.tool_results] == ["ran ls", "ran pwd"]
        assert len(s.requests) == 2


def test_a_call_that_was_cut_off_never_runs(dialect: Dialect, ask: Ask) -> None:
    frames = calling(dialect, "rm -rf /tmp/x")
    body = b"".join(frames[:-1])
    for end in range(body.index(b"rm"), body.index(b"rm") + 30, 5):
        shell = Shell()
        server = LoopbackServer(in_turn(served([body[:end]])))
        with server, pytest.raises(StreamInterruptedError) as caught:
            ask(server.url, dialect, shell)
        assert shell.commands == []
        assert caught.value.partial is not None
        assert caught.value.partial.content == "Let me see. "
        assert caught.value.partial.tool_calls == ()


def test_the_first_answer_is_kept_when_the_second_fails(dialect: Dialect, ask: Ask) -> None:
    shell = Shell()
    with LoopbackServer(in_turn(served(calling(dialect, "ls")), [BUSY], [BUSY], [BUSY])) as server:
        with pytest.raises(ServerError) as caught:
            ask(server.url, dialect, shell)
        partial = caught.value.partial
        assert partial is not None
        assert partial.content == "Let me see. "
        assert [r.output for r in partial.tool_results] == ["ran ls"]
        assert shell.commands == ["ls"]
        assert len(server.requests) == 4


def test_a_second_answer_is_tried_again_without_its_tools(dialect: Dialect, ask: Ask) -> None:
    shell = Shell()
    handler = in_turn(served(calling(dialect, "ls")), [BUSY], said(dialect, "Done."))
    with LoopbackServer(handler) as server:
        assert ask(server.url, dialect, shell).content == "Let me see. Done."
        assert shell.commands == ["ls"]
        assert server.requests[1].body == server.requests[2].body


def test_the_total_limit_covers_tools(dialect: Dialect, ask: Ask) -> None:
    shell = Shell(seconds=0.6)
    handler = in_turn(served(calling(dialect, "ls")), said(dialect, "Done."))
    with LoopbackServer(handler) as server:
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError) as caught:
            ask(server.url, dialect, shell, timeout=Timeout(total=0.4))
        assert caught.value.phase == "total"
        assert time.monotonic() - began < 3
        assert len(server.requests) == 1


def test_an_endless_loop_of_tools_ends_with_all_of_it(dialect: Dialect, ask: Ask) -> None:
    shell = Shell()
    with LoopbackServer(lambda request: served(calling(dialect, "ls"))) as server:
        with pytest.raises(ToolLoopLimitError) as caught:
            ask(server.url, dialect, shell)
        assert len(server.requests) == 11
        assert caught.value.partial is not None
        assert len(caught.value.partial.tool_results) == 10


# --- idempotency ---


class Acme:
    """A provider that takes an idempotency key."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(
            name="acme",
            base_url="http://127.0.0.1:1/v1",
            key_required=False,
            idempotency_header="Idempotency-Key",
        )

    @hookimpl
    def chimeric_build_request(self, request: Any, provider: Any) -> HTTPRequest:
        return HTTPRequest(method="POST", url=f"{provider.base_url}/x", body={"a": 1})

    @hookimpl
    def chimeric_parse_event(self, event: Any, state: Any) -> Any:
        from chimeric import Delta

        return Delta(done=True) if event.data == b"end" else event.data.decode()

    @hookimpl
    def chimeric_parse_response(self, response: Any, state: Any) -> Any:
        raise ValueError("it only streams")


def test_the_tries_of_one_request_carry_one_idempotency_key() -> None:
    good = [b"data: Hello\n\n", b"data: end\n\n"]
    handler = in_turn([BUSY], [BUSY], served(good), served(good))
    with LoopbackServer(handler) as server:
        with Chimeric(plugins=[Acme()], base_urls={"acme": server.url}) as client:
            for _ in range(2):
                stream = client.generate("acme:m", "Hello", stream=True)
                assert stream.collect().content == "Hello"
        keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


def test_a_silent_tool_turn_is_given_up_when_its_stream_is_closed() -> None:
    shell = Shell()

    def stuck(request: SeenRequest) -> Iterator[Step]:
        yield HEAD
        yield Pause(60)

    handler = in_turn(served(calling(CHAT, "ls")), stuck(None), answer(["x"]))  # type: ignore[arg-type]
    with LoopbackServer(handler) as server, client_of(server) as client:
        stream = client.generate(**ASK, tools=[shell.run], timeout=Timeout(read=2))
        with pytest.raises(ChimericError) as caught:
            stream.collect()
        assert isinstance(caught.value, RequestTimeoutError)
        assert server.wait_idle()
        assert stream.response.tool_results[0].output == "ran ls"
