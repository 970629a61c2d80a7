"""What recorded chat completions hold besides text is shown, each once, streamed or whole.

What there is to show is found by a walk over the recorded JSON that shares nothing with the parser.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from chimeric import Chimeric, CompletionResponse, StreamChunk, ToolCall, TranslationWarning

from .corpus import CORPUS, EXCEPTIONS, cases, check
from .replay import Replay
from .test_corpus import arguments

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")


def is_answer(case: dict[str, Any]) -> bool:
    """Whether a recording is a chat completion that ended well."""
    chat = case["api"] == "chat_completions" and not case["expected"]["error"]
    return chat and case["response"]["status"] == 200 and case["name"] not in EXCEPTIONS


CASES = [case for case in cases() if is_answer(case)]


class Held(NamedTuple):
    """What an answer holds besides text, each thing once, as its own key."""

    citations: list[str]
    results: list[str]
    tools: list[str]
    pictures: list[str]
    tokens: int


def bodies(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The JSON of a recording: its events, or its body."""
    text = check.body_bytes(case).decode()
    if not case["stream"]:
        return [json.loads(text)]
    lines = [line.removeprefix("data:").strip() for line in text.splitlines()]
    return [json.loads(line) for line in lines if line.startswith("{")]


def message_of(body: dict[str, Any]) -> dict[str, Any]:
    """What the first choice of an event or a body says."""
    for choice in body.get("choices") or ():
        if not choice.get("index"):
            return choice.get("delta") or choice.get("message") or {}
    return {}


def held(found: list[dict[str, Any]]) -> Held:
    """What there is to show."""
    citations, results, tools, pictures, tokens = {}, {}, {}, {}, 0
    for body in found:
        message = message_of(body)
        for annotation in message.get("annotations") or ():
            citations[json.dumps(annotation, sort_keys=True)] = True
        for url in body.get("citations") or ():
            citations[json.dumps(url)] = True
        for result in body.get("search_results") or ():
            results[result["url"]] = True
        for tool in message.get("executed_tools") or ():
            tools[str(tool["index"])] = True
            for result in (tool.get("search_results") or {}).get("results") or ():
                results[f"{tool['index']} {result['url']}"] = True
        for picture in [*(message.get("images") or ()), *(body.get("images") or ())]:
            pictures[json.dumps(picture, sort_keys=True)] = True
        for choice in (body.get("choices") or ())[:1]:
            tokens += len((choice.get("logprobs") or {}).get("content") or ())
    return Held(list(citations), list(results), list(tools), list(pictures), tokens)


def shown(chunks: list[StreamChunk]) -> Held:
    """What the chunks show, in the words of ``held``."""
    tools = [tool for chunk in chunks for tool in chunk.server_tools]
    done = [tool for tool in tools if tool.status == "completed"]
    assert {tool.id for tool in tools} == {tool.id for tool in done}
    ran = [tool for tool in done if tool.id.startswith("executed_tool_")]
    results: list[str] = []
    for tool in done:
        listed = tool.output if isinstance(tool.output, list) else []
        place = f"{tool.id.rpartition('_')[2]} " if tool in ran else ""
        results += [f"{place}{page['url']}" for page in listed if tool.kind == "web_search"]
    return Held(
        [json.dumps(c.native, sort_keys=True) for chunk in chunks for c in chunk.citations],
        results,
        [tool.id.rpartition("_")[2] for tool in ran],
        [file.id for chunk in chunks for file in chunk.files],
        sum(len(chunk.logprobs) for chunk in chunks),
    )


def final(response: CompletionResponse) -> dict[str, Any]:
    """What an answer holds at its end, however it came."""
    texts: list[Any] = []
    others: list[Any] = []
    for part in response.parts:
        cited = getattr(part, "citations", None)
        if cited is None:
            others.append((type(part).__name__, plain(part)))
        else:
            texts.append((part.text, [(c.url, c.title, c.text, c.start, c.end) for c in cited]))
    return {"texts": texts, "others": sorted(others, key=repr)}


def plain(part: Any) -> dict[str, Any]:
    """The fields of a part, but for an id that is made up anew."""
    fields = {name: getattr(part, name) for name in part.__struct_fields__}
    if isinstance(part, ToolCall):
        del fields["id"]
    return fields


def as_stream(body: dict[str, Any]) -> bytes:
    """A whole answer as a stream of one event."""
    choices = [
        {**{n: v for n, v in choice.items() if n != "message"}, "delta": choice["message"]}
        for choice in body["choices"]
    ]
    event = json.dumps({**body, "object": "chat.completion.chunk", "choices": choices})
    return f"data: {event}\n\ndata: [DONE]\n\n".encode()


def as_whole(events: list[dict[str, Any]]) -> bytes:
    """The events of a stream as one whole answer."""
    message: dict[str, Any] = {"role": "assistant"}
    said: dict[str, list[Any]] = {"content": []}
    top: dict[str, Any] = {}
    ran: dict[int, Any] = {}
    for event in events:
        top |= {name: value for name, value in event.items() if value and name != "choices"}
        delta = message_of(event)
        for name in ("content", "reasoning", "reasoning_content"):
            if piece := delta.get(name):
                said.setdefault(name, []).append(piece)
        for annotation in delta.get("annotations") or ():
            message.setdefault("annotations", []).append(annotation)
        ran |= {tool["index"]: tool for tool in delta.get("executed_tools") or ()}
    for name, pieces in said.items():
        lists = [piece for piece in pieces if isinstance(piece, list)]
        listed = [part for piece in pieces for part in (piece if piece in lists else [piece])]
        message[name] = listed if lists else "".join(pieces)
    if ran:
        message["executed_tools"] = list(ran.values())
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({**top, "object": "chat.completion", "choices": [choice]}).encode()


@pytest.fixture(scope="module")
def client(replay: Replay) -> Iterator[Chimeric]:
    with replay.client() as client:
        yield client


def played(
    client: Chimeric, replay: Replay, case: dict[str, Any], body: bytes, *, stream: bool
) -> tuple[list[StreamChunk], CompletionResponse]:
    """A recording, or its twin in the other form, as it comes out."""
    kind = "text/event-stream" if stream else "application/json"
    answer = {"status": 200, "headers": {"content-type": kind}}
    replay.case, replay.pieces = {**case, "response": answer}, [body]
    chunks: list[StreamChunk] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        result = client.generate(**{**arguments(case), "stream": stream})
        if stream:
            chunks += result
            result = result.response
    return chunks, result


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_a_recording_holds_is_shown_once_in_both_forms(
    case: dict[str, Any], client: Chimeric, replay: Replay
) -> None:
    found, body = bodies(case), check.body_bytes(case)
    streamed = body if case["stream"] else as_stream(found[0])
    chunks, response = played(client, replay, case, streamed, stream=True)
    wanted, got = held(found), shown(chunks)
    assert sorted(got.citations) == sorted(wanted.citations)
    assert sorted(got.results) == sorted(wanted.results)
    assert sorted(got.tools) == sorted(wanted.tools)
    assert (len(got.pictures), got.tokens) == (len(wanted.pictures), wanted.tokens)
    natives = [json.dumps(one, sort_keys=True) for one in response.metadata.get("citations", [])]
    assert sorted(natives) == sorted(wanted.citations)
    told = [message_of(event) for event in found]
    if case["stream"] and any(message.get("tool_calls") for message in told):
        return  # fragments of calls: the other form is recorded of its own
    whole = as_whole(found) if case["stream"] else body
    _, at_once = played(client, replay, case, whole, stream=False)
    assert final(at_once) == final(response)


def test_the_recordings_hold_something_to_show() -> None:
    every = [held(bodies(case)) for case in CASES]
    assert sum(bool(one.citations) for one in every) >= 3
    assert sum(bool(one.tools) for one in every) >= 3
    assert sum(bool(one.results) for one in every) >= 3
