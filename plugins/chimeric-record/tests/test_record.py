"""Recording from a real loopback server, replaying without one."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import Record
from chimeric_testing import Close, LoopbackServer, Pause, Reset, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    RateLimitError,
    StreamInterruptedError,
)

KEY = "a-key-of-no-usual-form-0123456789"
OPEN = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nset-cookie: id=1\r\nx-request-id: r1\r\n\r\n"
)
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: " + msgspec.json.encode(delta) + b"\n\n"


def story(request: SeenRequest) -> Iterator[Any]:
    yield OPEN
    (first, second, *rest) = chunked([text("Once "), text("upon \u2028 \u00e4"), END])
    yield first
    yield Pause(0.8)
    yield second
    yield from rest


def client(url: str, record: Record | None, **more: Any) -> Chimeric:
    plugins = [] if record is None else [record]
    settings: dict[str, Any] = {"api_key": KEY, "max_retries": 0, **more}
    return Chimeric(base_url=url, plugins=plugins, **settings)


def told(url: str, record: Record | None, messages: str = "Hi") -> list[dict[str, Any]]:
    with client(url, record) as chimeric:
        return [c.to_dict() for c in chimeric.generate("compatible:m", messages, stream=True)]


async def atold(url: str, record: Record | None) -> list[dict[str, Any]]:
    async with client(url, record) as chimeric:
        stream = await chimeric.agenerate("compatible:m", "Hi", stream=True)
        return [chunk.to_dict() async for chunk in stream]


NOWHERE = "http://127.0.0.1:9"


def test_what_was_recorded_is_replayed_chunk_by_chunk(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        live = told(server.url, Record(tmp_path, "record"))
    assert [c["delta"] for c in live if "delta" in c] == ["Once ", "upon \u2028 \u00e4"]
    assert told(NOWHERE, Record(tmp_path, "refuse")) == live
    assert asyncio.run(atold(NOWHERE, Record(tmp_path, "refuse"))) == live
    (file,) = tmp_path.iterdir()
    recorded = msgspec.json.decode(file.read_bytes())
    assert recorded["pieces"][0]["text"] == text("Once ").decode()
    assert recorded["request"]["body"]["messages"] == [{"role": "user", "content": "Hi"}]


def test_async_recordings_are_the_same_files(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        live = asyncio.run(atold(server.url, Record(tmp_path, "record")))
    assert told(NOWHERE, Record(tmp_path, "refuse")) == live


def test_pauses_are_replayed_at_the_wanted_speed(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        told(server.url, Record(tmp_path, "record"))
    began = time.monotonic()
    told(NOWHERE, Record(tmp_path, "refuse", speed=1))
    assert 0.6 <= time.monotonic() - began < 20
    began = time.monotonic()
    asyncio.run(atold(NOWHERE, Record(tmp_path, "refuse", speed=1)))
    assert time.monotonic() - began >= 0.6
    (file,) = tmp_path.iterdir()
    recorded = msgspec.json.decode(file.read_bytes())
    for piece in recorded["pieces"][1:]:
        piece["at"] += 60
    file.write_bytes(msgspec.json.encode(recorded))
    began = time.monotonic()
    told(NOWHERE, Record(tmp_path, "refuse", speed=0))
    assert time.monotonic() - began < 20


def test_an_unknown_request_is_refused_with_a_reason(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        told(server.url, Record(tmp_path, "record"))
        with pytest.raises(ConfigurationError, match="no recording of POST"):
            told(server.url, Record(tmp_path, "refuse"), "Something else")
        assert len(server.requests) == 1


def test_replay_records_what_is_missing(tmp_path: Path) -> None:
    record = Record(tmp_path)
    with LoopbackServer(story) as server:
        for messages in ("a", "b"):
            told(server.url, record, messages)
        told(server.url, Record(tmp_path), "a")
        assert len(server.requests) == 2
        told(server.url, record, "a")
        assert len(server.requests) == 3, "the second equal request is another exchange"


def test_no_key_and_no_cookie_stands_in_a_file_and_others_cannot_read_it(tmp_path: Path) -> None:
    def echo(request: SeenRequest) -> Iterator[bytes]:
        shown = f"{request.headers['authorization']} sk-abcdefghijklmnop0123 and badge-77"
        yield OPEN
        whole = text(shown) + END
        yield from chunked([whole[i : i + 9] for i in range(0, len(whole), 9)])

    with LoopbackServer(echo) as server:
        told(server.url, Record(tmp_path, "record", mask=[r"badge-\d+"]))
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text()
    for secret in (KEY, "sk-abcdef", "badge-77", "cookie", "authorization"):
        assert secret not in written
    whole = "".join(c.get("delta", "") for c in told(NOWHERE, Record(tmp_path, "refuse")))
    assert KEY not in whole
    assert "*" * len(KEY) in whole


def test_no_key_stands_in_a_recorded_header_failure_or_escaped_body(tmp_path: Path) -> None:
    key = "0123456789abcdef/0123456789-abcd"
    escaped = key.replace("/", "\\/").replace("-", "\\u002d")

    def echo(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
        yield f"x-request-id: {key}\r\ncontent-type: text/{key}\r\n\r\n".encode()
        yield from list(chunked([b'data: {"x":"' + escaped.encode() + b'"}\n\n']))[:-1]
        yield key.encode() + b"\r\n"  # where a chunk's size should stand

    body = {"mcp": [{"authorization_token": "t0ken-of-a-tool", "url": "http://me:pass@host/"}]}
    with LoopbackServer(echo) as server:
        with client(server.url, Record(tmp_path, "record"), api_key=key) as chimeric:
            with pytest.raises(ChimericError):
                chimeric.generate("compatible:m", "Hi", stream=True, extra_body=body).collect()
    (file,) = tmp_path.iterdir()
    written = file.read_text()
    for secret in (key, key[:16], key[17:], "t0ken", "me:pass"):
        assert secret not in written
    assert "failure" in written


@pytest.mark.parametrize("step", [Reset(), Close()])
def test_a_break_in_mid_stream_is_recorded(tmp_path: Path, step: Any) -> None:
    def handler(request: SeenRequest) -> Iterator[Any]:
        yield OPEN
        yield from list(chunked([text("so far")]))[:-1]
        yield Pause(0.05)
        yield step

    partial: list[Any] = []
    with LoopbackServer(handler) as server, pytest.raises(StreamInterruptedError):
        told(server.url, Record(tmp_path, "record"))
    for _ in range(2):
        with pytest.raises(StreamInterruptedError) as caught:
            told(NOWHERE, Record(tmp_path, "refuse"))
        assert caught.value.partial is not None
        partial.append(caught.value.partial.content)
    assert partial == ["so far", "so far"]


def test_a_failed_connection_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailedError):
        told(NOWHERE, Record(tmp_path, "record"))
    with LoopbackServer(story) as server:
        with pytest.raises(ConnectionFailedError):
            told(server.url, Record(tmp_path, "refuse"))
        assert server.requests == []


def test_retries_are_exchanges_of_their_own(tmp_path: Path) -> None:
    answers = iter(
        [b"HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 4\r\n\r\nslow"] * 2
        + [
            b'HTTP/1.1 200 OK\r\ncontent-length: 67\r\n\r\n{"choices":[{"message":{"content":"Hi"},'
            b'"finish_reason":"stop"}]}  '
        ]
    )
    with LoopbackServer(lambda request: iter([next(answers)])) as server:
        with client(server.url, Record(tmp_path, "record"), max_retries=2) as chimeric:
            assert chimeric.generate("compatible:m", "Hi").content == "Hi"
    assert len(list(tmp_path.iterdir())) == 3
    with client(NOWHERE, Record(tmp_path, "refuse"), max_retries=2) as chimeric:
        assert chimeric.generate("compatible:m", "Hi").content == "Hi"
    with client(NOWHERE, Record(tmp_path, "refuse")) as chimeric, pytest.raises(RateLimitError):
        chimeric.generate("compatible:m", "Hi")


def test_a_caller_who_gave_up_leaves_a_recording_that_says_so(tmp_path: Path) -> None:
    with LoopbackServer(story) as server, client(server.url, Record(tmp_path, "record")) as one:
        for _ in one.generate("compatible:m", "Hi", stream=True):
            break
    with client(NOWHERE, Record(tmp_path, "refuse")) as other:
        stream = other.generate("compatible:m", "Hi", stream=True)
        assert next(stream).delta == "Once "
        with pytest.raises(ConfigurationError, match="gave up"):
            next(stream)


def test_the_environment_sets_it_for_all_clients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIMERIC_RECORD", str(tmp_path))
    with LoopbackServer(story) as server:
        live = told(server.url, None)
        monkeypatch.setenv("CHIMERIC_RECORD_MODE", "refuse")
        assert told(NOWHERE, None) == live


def test_a_file_that_is_no_recording_is_named(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        told(server.url, Record(tmp_path, "record"))
    (file,) = tmp_path.iterdir()
    file.write_text("{}")
    with pytest.raises(ConfigurationError, match="is not a readable recording"):
        told(NOWHERE, Record(tmp_path, "refuse"))
    with pytest.raises(ConfigurationError, match="must be record, replay or refuse"):
        Record(tmp_path, "rewind")  # type: ignore[arg-type]


def test_the_pytest_fixture_gives_each_test_its_own_directory(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "def test_it(chimeric_record):\n"
        "    place = chimeric_record.directory.parts[-3:]\n"
        "    assert place == ('recordings', 'test_one', 'test_it')\n"
        "    assert chimeric_record.mode == 'record'\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--chimeric-record=record", "test_one.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_a_link_that_lies_in_the_directory_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with LoopbackServer(story) as server:
        told(server.url, Record(tmp_path / "first", "record"))
        (name,) = (file.name for file in (tmp_path / "first").iterdir())
        second = tmp_path / "second"
        second.mkdir()
        (second / name).symlink_to(victim)
        (second / name).with_suffix(f".{os.getpid()}.tmp").symlink_to(victim)
        told(server.url, Record(second, "record"))
    assert victim.read_text() == "precious"
    assert stat.S_ISREG((second / name).lstat().st_mode)
    assert stat.S_IMODE((second / name).lstat().st_mode) == 0o600


def test_the_pytest_plugin_imports_nothing_else() -> None:
    """Every pytest run of the environment loads it, before coverage begins to measure."""
    look = (
        "import pytest, sys; before = set(sys.modules); import chimeric_record.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.split() == ["chimeric_record", "chimeric_record.pytest_plugin"]


def test_the_package_is_a_plugin_as_its_object_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chimeric_record

    with Chimeric() as chimeric:
        assert "record" in chimeric.hook_order()["chimeric_wrap_transport"]
    monkeypatch.setenv("CHIMERIC_RECORD", str(tmp_path))
    with LoopbackServer(story) as server:
        with client(server.url, None, only_plugins=["compatible"]) as bare:
            bare.generate("compatible:m", "Hi", stream=True).collect()
        assert list(tmp_path.iterdir()) == []
        given: Any = chimeric_record
        with client(server.url, given, only_plugins=["compatible"]) as chimeric:
            chimeric.generate("compatible:m", "Hi", stream=True).collect()
    assert len(list(tmp_path.iterdir())) == 1


def test_recording_anew_leaves_no_older_take_of_a_request(tmp_path: Path) -> None:
    count = iter(range(100))

    def take(request: SeenRequest) -> Iterator[bytes]:
        yield OPEN
        yield from chunked([text(f"take {next(count)}"), END])

    def ask(record: Record, messages: str = "Hi") -> str:
        return "".join(c.get("delta", "") for c in told(server.url, record, messages))

    with LoopbackServer(take) as server:
        old = Record(tmp_path, "record")
        assert [ask(old), ask(old), ask(old), ask(old, "Other")] == [
            "take 0", "take 1", "take 2", "take 3",
        ]  # fmt: skip
        new = Record(tmp_path, "record")
        assert [ask(new), ask(new)] == ["take 4", "take 5"]
        later = Record(tmp_path, "refuse")
        assert [ask(later), ask(later)] == ["take 4", "take 5"]
        with pytest.raises(ConfigurationError, match="no recording of POST"):
            ask(later)
        assert ask(later, "Other") == "take 3", "what was not asked anew stays"
        assert len(server.requests) == 6


def test_equal_requests_at_the_same_time_are_all_recorded_anew(tmp_path: Path) -> None:
    async def ask(record: Record, times: int) -> list[list[dict[str, Any]]]:
        async with client(server.url, record) as chimeric:

            async def one() -> list[dict[str, Any]]:
                stream = await chimeric.agenerate("compatible:m", "Hi", stream=True)
                return [chunk.to_dict() async for chunk in stream]

            return await asyncio.gather(*(one() for _ in range(times)))

    with LoopbackServer(story) as server:
        asyncio.run(ask(Record(tmp_path, "record"), 5))
        asyncio.run(ask(Record(tmp_path, "record"), 3))
        assert len(list(tmp_path.iterdir())) == 3
        assert len(asyncio.run(ask(Record(tmp_path, "refuse"), 3))) == 3


def test_replaying_and_recording_what_is_missing_removes_nothing(tmp_path: Path) -> None:
    with LoopbackServer(story) as server:
        record = Record(tmp_path, "record")
        told(server.url, record)
        told(server.url, record)
        (first, second) = sorted(tmp_path.iterdir())
        first.unlink()
        told(server.url, Record(tmp_path))
        assert sorted(tmp_path.iterdir()) == [first, second]
