"""The README's samples run, and its table names every dialect."""

from __future__ import annotations

import re
from pathlib import Path

import chimeric_dialects
from chimeric_dialects import Answer, Dialect, Messages, Prompt, Service

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_samples_run(capsys):
    namespace: dict[str, object] = {}
    for sample in SAMPLES:
        exec(sample, namespace)
    printed = capsys.readouterr().out
    assert printed.startswith("200 text/event-stream; charset=utf-8\nevent: message_start\n")
    assert '"text":"Hi"' in printed
    assert printed.rstrip().endswith('data: {"type":"message_stop"}')


def test_the_asynchronous_sample_encodes_the_same_stream():
    namespace: dict[str, object] = {}
    exec(SAMPLES[1], namespace)

    async def texts():
        yield "Hel"
        yield "lo"

    async def collect():
        answer = Answer()
        encoder = Messages().encoder(Prompt(model="m", turns=[]), answer, Service())
        return [piece async for piece in namespace["stream"](encoder, answer, texts())]

    coroutine = collect()
    try:
        coroutine.send(None)
    except StopIteration as done:
        pieces = done.value
    assert b'"text":"Hel"' in pieces[1]
    assert pieces[-1].endswith(b'data: {"type":"message_stop"}\n\n')


def test_the_table_names_every_dialect():
    named = set(re.findall(r"^\| `(\w+)\(\)` \|", README, re.MULTILINE))
    assert named == {
        name
        for name in chimeric_dialects.__all__
        if isinstance(found := getattr(chimeric_dialects, name), type)
        and issubclass(found, Dialect)
        and found is not Dialect
    }


def test_the_sample_with_a_search_is_told():
    namespace: dict[str, object] = {}
    exec(SAMPLES[2], namespace)
    answer = Answer()
    encoder = Messages().encoder(Prompt(model="m", turns=[]), answer, Service())
    told = b"".join(chimeric_dialects.encode(encoder, namespace["searched"](answer)))
    assert told.index(b"server_tool_use") < told.index(b"web_search_tool_result")
    assert b'"cited_text":"The moon pulls."' in told
