"""A stranger's provider for a protocol of its own: built, installed with only the core, used."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest
from environments import Environment, build_wheel

SOURCE = Path(__file__).parent / "acme"
SECRET = "acme-secret-0123456789"
OPEN = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"


def frames(*told: tuple[str, Any]) -> Iterator[bytes]:
    for number, (kind, value) in enumerate(told):
        data = msgspec.json.encode(value)
        total = crc32(b"%d:%s:%s" % (number, kind.encode(), data))
        yield b'{"n":%d,"kind":"%s","data":%s,"sum":%d}\n' % (number, kind.encode(), data, total)


END = ("end", {"why": "done", "tokens": [9, 6]})


def answer(request: SeenRequest) -> Iterator[Any]:
    signature = hmac.new(SECRET.encode(), request.body, "sha256").hexdigest()
    if request.headers.get("x-acme-signature") != signature:
        yield b'HTTP/1.1 401 No\r\ncontent-length: 30\r\n\r\n{"error":"the seal is broken"} '
        return
    body = request.json()
    yield OPEN
    if not body["stream"]:
        yield b'{"text":"Hello","why":"done","tokens":[9,6]}'
    elif body["model"] == "acme-tools" and body["told"][-1]["who"] == "user":
        call = {"id": "c1", "name": "weather", "with": {"city": "Oslo"}}
        yield from frames(("call", call), ("end", {"why": "tools", "tokens": [1, 1]}))
    elif body["model"] == "acme-tools":
        yield from frames(("text", f"It is {body['told'][-1]['says']}"), END)
    elif body["model"] == "acme-fails":
        yield from frames(("text", "so far"), ("fail", {"say": "too many", "code": 429}))
    elif body["model"] == "acme-gap":
        (first, _, third) = frames(("text", "so far"), ("text", "lost"), END)
        yield first + third
    elif body["model"] == "acme-damaged":
        (first, second) = frames(("text", "so far"), END)
        yield first + second.replace(b"done", b"dome")
    elif body["model"] == "acme-cut":
        yield from frames(("text", "so far"))
    else:
        for frame in frames(("text", "Once "), ("text", "upon \u2028"), END):
            yield frame[:11]
            yield frame[11:]
    yield Close()


PROGRAM = """
import asyncio, json, sys
from chimeric import Chimeric, ChimericError, plugins
client = Chimeric(acme_base_url=sys.argv[1] if len(sys.argv) > 1 else URL, max_retries=0)
def failure(model):
    try:
        client.generate(model, "Hi", stream=True).collect()
    except ChimericError as error:
        return [type(error).__name__, error.message, error.partial and error.partial.content]
def weather(city: str) -> str:
    "Tell the weather."
    return f"sunny in {city}"
story = client.generate("acme-story", "Hi", stream=True)
async def later():
    stream = await client.agenerate("acme-story", "Hi", stream=True)
    return (await stream.collect()).content
print(json.dumps({
    "installed": [[i.name, i.distribution, i.state] for i in plugins()],
    "deltas": [c.delta for c in story if c.delta],
    "usage": story.response.usage.total_tokens,
    "reason": [story.response.finish_reason, story.response.metadata["finish_reason_native"]],
    "async": asyncio.run(later()),
    "whole": client.generate("acme:anything", "Hi").content,
    "tools": client.generate("acme-tools", "Hi", stream=True, tools=[weather]).collect().content,
    "failures": {m: failure("acme-" + m) for m in ("fails", "gap", "damaged", "cut")},
    "foreign": sorted(m for m in sys.modules if m.startswith("chimeric_")),
}))
"""


def test_the_plugin_is_short() -> None:
    lines = (SOURCE / "acme_for_chimeric.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 80


@pytest.mark.slow
def test_a_strangers_provider_works_beside_the_bare_core(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install(build_wheel(SOURCE, tmp_path / "wheels"))
    with LoopbackServer(answer) as server:
        program = f"URL = {server.url!r}\n{PROGRAM}"
        told = environment.call(program, ACME_SECRET=SECRET)
        refused = environment.call(
            f"URL = {server.url!r}\n{PROGRAM.split('story =')[0]}\n"
            "print(json.dumps(failure('acme-story')))",
            ACME_SECRET="another",
        )
    assert told["installed"] == [["acme", "acme-for-chimeric", "active"]]
    assert told["deltas"] == ["Once ", "upon \u2028"]
    assert told["usage"] == 15
    assert told["reason"] == ["stop", "done"]
    assert told["async"] == "Once upon \u2028"
    assert told["whole"] == "Hello"
    assert told["tools"] == "It is sunny in Oslo"
    failures = told["failures"]
    assert failures["fails"] == ["RateLimitError", "too many", "so far"]
    assert failures["gap"][0] == "ProtocolError"
    assert "frame 2 came instead of frame 1" in failures["gap"][1]
    assert failures["damaged"][0] == "ProtocolError"
    assert "damaged" in failures["damaged"][1]
    assert failures["cut"][0] == "StreamInterruptedError"
    assert [failure[2] for failure in failures.values()] == ["so far"] * 4
    assert told["foreign"] == []
    assert refused[:2] == ["AuthenticationError", "the seal is broken"]
