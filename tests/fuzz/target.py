"""One input played through the exchange of one provider: it ends well or with a ChimericError."""

from __future__ import annotations

import contextlib
import json
import random
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from chimeric_testing import Reply, play, prepare

from chimeric import Chimeric, ChimericError, ConnectionFailedError
from tests.faults.dialects import DIALECTS, KEY, Dialect

__all__ = ["PROVIDERS", "mutated", "play_bytes", "seeds"]

PROVIDERS: list[tuple[str, dict[str, Any]]] = [
    ("openai", {"api": "chat_completions"}),
    ("openai", {"api": "responses"}),
    ("anthropic", {}),
    ("google", {}),
    ("ollama", {}),
    ("cohere", {}),
    ("bedrock", {}),
    ("mistral", {}),
    ("openrouter", {}),
    ("google", {"api": "interactions"}),
]

HEADERS = [
    {"content-type": "text/event-stream"},
    {"content-type": "application/json"},
    {"content-encoding": "gzip"},
    {},
]
STATUSES = [200, 200, 200, 200, 200, 400, 429, 500]


@cache
def client() -> Chimeric:
    """A client that sends nothing anywhere."""
    keys = dict.fromkeys({name for name, _ in PROVIDERS} - {"bedrock"}, KEY)
    return Chimeric(api_keys={**keys, "bedrock": "bedrock-api-key"}, max_retries=0)


def play_bytes(data: bytes) -> None:
    """The first three bytes say which provider, how it is asked and how the body is cut.

    Raises:
        AssertionError: when an invariant does not hold.
        Exception: whatever else escapes is a fault.
    """
    which, how, cut = (*data[:3], 0, 0, 0)[:3]
    body = data[3:]
    name, options = PROVIDERS[which % len(PROVIDERS)]
    size = cut or len(body) or 1
    pieces: list[bytes | ChimericError] = [body[i : i + size] for i in range(0, len(body), size)]
    if how & 64:
        pieces.append(ConnectionFailedError("reset"))
    reply = Reply(
        pieces=tuple(pieces),
        status=STATUSES[how % len(STATUSES)],
        headers=HEADERS[(how >> 3) % len(HEADERS)],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = {"model": "m-1", "provider": name, "stream": not how & 128, **options}
        call = prepare(client(), asked.pop("model"), "Hello", **asked)
        played = play(call, [reply])
    assert played.response is not None
    text = "".join(chunk.delta or "" for chunk in played.chunks)
    assert played.response.content == text
    text.encode()  # what cannot be encoded is no text
    for tool_call in played.response.tool_calls:
        assert tool_call.id
        tool_call.arguments.encode()
    if played.error is None:
        assert played.response.finish_reason is not None
    elif played.error.partial is not None:
        assert played.error.partial.content == text
    repr(played.error)
    for chunk in played.chunks:
        repr(chunk)
        with contextlib.suppress(ChimericError):
            repr(chunk.native)


# --- inputs that get further than noise ---

SCRIPTS: list[Callable[[Dialect], Any]] = [
    lambda d: d.script(),
    lambda d: d.script(d.error()),
    lambda d: d.made_of(
        *d.calls([("c1", "add", ['{"a": 1, ', '"b": 2}'])]), *d.finish("tools"), *d.terminal()
    ),
]
LEAVES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "\ud83d",
    [],
    {},
    [None],
    [[]],
    [1],
    ["x"],
    [{}],
    {"a": None},
    {"type": "x"},
    {"text": 1},
    "stop",
    "\x00",
    "é" * 50,
]


@cache
def seeds() -> Sequence[bytes]:
    """Good answers, each with the bytes that choose its provider before it."""
    found = []
    for place, dialect in enumerate(DIALECTS.values()):
        for make in SCRIPTS:
            found.append(bytes([place, 0, 0]) + make(dialect).body())
    return found


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, (dict, list)):
        return [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(p for name, item in inner for p in _paths(item, (*path, name)))]


def _replaced(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], leaf)
    return copy


def mutated(rng: random.Random) -> bytes:
    """A good answer in which some values have another type, or bytes are wrong."""
    dialect = rng.choice(list(DIALECTS.values()))
    script = rng.choice(SCRIPTS)(dialect)
    frames = []
    for payload in script.payloads:
        name, data = payload if isinstance(payload, tuple) else ("", payload)
        if data.startswith(b"{") and rng.random() < 0.3:
            value = json.loads(data)
            path = rng.choice(_paths(value))
            data = json.dumps(_replaced(value, path, rng.choice(LEAVES))).encode()
        frame = script.frame((name, data) if name else data)
        if rng.random() < 0.03:
            place = rng.randrange(len(frame))
            frame = frame[:place] + rng.randbytes(1) + frame[place + rng.randrange(3) :]
        frames += [frame] * rng.choice([1] * 20 + [0, 2])
    place = list(DIALECTS).index(dialect.name)
    return bytes([place, rng.choice([0, 0, 0, 24, 64]), rng.choice([0, 0, 1, 7])]) + b"".join(
        frames
    )
