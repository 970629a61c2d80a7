"""What a file tells of the call, and which versions of files are read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_record import VERSION, Record, load
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ConfigurationError, __version__

ANSWER = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
OK = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER)
SLOW = b"HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 4\r\n\r\nslow"


def ask(url: str, directory: Path, mode: Any = "record", **more: Any) -> str:
    record = Record(directory, mode)
    with Chimeric(base_url=url, api_key="any", plugins=[record], **more) as client:
        return client.generate("compatible:m-1", "Hi").content


def test_a_file_tells_which_call_it_is_of(tmp_path: Path) -> None:
    answers: Iterator[bytes] = iter([SLOW, OK])

    def answer(request: SeenRequest) -> Iterator[bytes]:
        yield next(answers)

    before = time.time()
    with LoopbackServer(answer) as server:
        assert ask(server.url, tmp_path) == "Hi"
    first, second = (load(path) for path in sorted(tmp_path.iterdir()))
    assert (first.v, second.v) == (VERSION, VERSION)
    assert first.asked is not None
    assert second.asked is not None
    assert (first.asked.attempt, second.asked.attempt) == (0, 1)
    assert first.asked.call == second.asked.call
    assert first.asked.began < second.asked.began
    assert before - 1 < first.asked.date <= second.asked.date <= time.time() + 1
    assert (second.asked.provider, second.asked.model) == ("compatible", "m-1")
    assert (second.asked.turn, second.asked.stream) == (0, False)
    assert second.asked.versions["chimeric-core"] == __version__


def test_two_calls_are_not_one(tmp_path: Path) -> None:
    with LoopbackServer(lambda request: iter([OK])) as server:
        for place in ("a", "b"):
            ask(server.url, tmp_path / place)
    calls = [load(path).asked for path in tmp_path.glob("*/*.json")]
    assert len({asked.call for asked in calls if asked}) == 2


def test_a_file_of_the_first_version_is_replayed(tmp_path: Path) -> None:
    with LoopbackServer(lambda request: iter([OK])) as server:
        ask(server.url, tmp_path)
    (file,) = tmp_path.iterdir()
    told = msgspec.json.decode(file.read_bytes())
    for name in ("v", "asked"):
        del told[name]
    file.write_bytes(msgspec.json.encode(told))
    assert load(file).v == 1
    assert ask("http://127.0.0.1:9", tmp_path, "refuse") == "Hi"


def test_a_file_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with LoopbackServer(lambda request: iter([OK])) as server:
        ask(server.url, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(msgspec.json.encode({"v": VERSION + 1, "shape": "another"}))
    with pytest.raises(ConfigurationError, match=rf"version {VERSION + 1}.*pip install --upgrade"):
        ask("http://127.0.0.1:9", tmp_path, "refuse")
