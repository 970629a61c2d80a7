"""Tools that the service runs, citations, pictures and blocks, streamed and in whole answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import chimeric_bedrock as plugin
import msgspec
import pytest

from chimeric import (
    Citation,
    Delta,
    Event,
    GeneratedFile,
    HTTPResponse,
    ImagePart,
    Request,
    ServerToolChunk,
)

Stream = Callable[..., list[Delta]]
Named = tuple[str, dict[str, Any]]


def begun(index: int, **start: Any) -> Named:
    return "contentBlockStart", {"contentBlockIndex": index, "start": start}


def grown(index: int, **delta: Any) -> Named:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}


def ended(index: int) -> Named:
    return "contentBlockStop", {"contentBlockIndex": index}


def stop(reason: str = "end_turn") -> Named:
    return "messageStop", {"stopReason": reason}


def use(id_: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "toolUse": {"toolUseId": id_, "name": name, "type": "server_tool_use", "input": given},
    }


def result(id_: str, name: str, *content: Any, status: str = "success") -> dict[str, Any]:
    told = {"toolUseId": id_, "type": f"{name}_result", "status": status, "content": [*content]}
    return {"toolResult": told}


def streamed(content: list[dict[str, Any]], reason: str) -> Iterator[Named]:
    """Content as the service streams it."""
    for index, block in enumerate(content):
        match block:
            case {"toolUse": value}:
                yield begun(index, toolUse={k: v for k, v in value.items() if k != "input"})
                text = msgspec.json.encode(value["input"]).decode()
                for piece in (text[:4], text[4:]):
                    yield grown(index, toolUse={"input": piece})
            case {"toolResult": value}:
                yield begun(index, toolResult={k: v for k, v in value.items() if k != "content"})
                yield grown(index, toolResult=value["content"])
            case {"text": text}:
                yield grown(index, text=text[:3])
                yield grown(index, text=text[3:])
            case {"citationsContent": {"content": [{"text": text}], "citations": citations}}:
                for cited in citations:
                    yield grown(index, citation=cited)
                yield grown(index, text=text)
            case {"image": value}:
                yield begun(index, image={"format": value["format"]})
                yield grown(index, image={"source": value["source"]})
            case _:
                yield grown(index, **block)
        yield ended(index)
    yield stop(reason)


def whole(content: list[dict[str, Any]], reason: str = "end_turn") -> list[Delta]:
    body = {"output": {"message": {"content": content}}, "stopReason": reason}
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    told = plugin.chimeric_parse_response(response, state)
    return [told] if isinstance(told, Delta) else told


def tools(deltas: list[Delta]) -> list[ServerToolChunk]:
    return [tool for delta in deltas for tool in delta.server_tools]


def files(deltas: list[Delta]) -> list[GeneratedFile]:
    return [file for delta in deltas for file in delta.files]


def final(deltas: list[Delta]) -> dict[str, ServerToolChunk]:
    """What all chunks of each tool say together."""
    found: dict[str, ServerToolChunk] = {}
    for tool in tools(deltas):
        told = {
            name: value
            for name in ("kind", "name", "status", "input", "output", "native")
            if (value := getattr(tool, name)) is not None
        }
        found[tool.id] = msgspec.structs.replace(found.get(tool.id, tool), **told, input_delta="")
    return found


def texts(deltas: list[Delta]) -> list[tuple[str, list[Citation]]]:
    """Texts of the blocks with their citations, as the core takes deltas together."""
    found: dict[Any, tuple[str, list[Citation]]] = {}
    last: Any = None
    for delta in deltas:
        if delta.text or delta.citations:
            last = last if delta.block is None else delta.block
            assert last is not None, "the first text of a block names it"
            text, cited = found.get(last, ("", []))
            found[last] = (text + (delta.text or ""), [*cited, *delta.citations])
    return list(found.values())


def both(stream: Stream, *content: dict[str, Any], reason: str = "end_turn") -> list[Delta]:
    """The deltas of the stream, after those of the whole answer were found to say the same."""
    live, complete = stream(*streamed(list(content), reason)), whole(list(content), reason)
    assert final(live) == final(complete)
    assert texts(live) == texts(complete)
    assert files(live) == files(complete)
    assert live[-1].state == complete[-1].state
    return live


RAN = {"stdOut": "1", "stdErr": "", "exitCode": 0, "isError": False}
BROKE = {"stdOut": "", "stdErr": "boom", "exitCode": 1, "isError": True}
HIT = {"url": "https://a.example", "title": "A"}
TABLE = [
    (
        "nova_code_interpreter",
        {"snippet": "1"},
        result("t", "nova_code_interpreter", {"json": RAN}),
        "code_execution",
        {"code": "1", "language": "python"},
        "completed",
        {"stdout": "1", "stderr": "", "exit_code": 0, "files": []},
    ),
    (
        "nova_code_interpreter",
        {"snippet": "1"},
        result("t", "nova_code_interpreter", {"text": msgspec.json.encode(BROKE).decode()}),
        "code_execution",
        {"code": "1", "language": "python"},
        "completed",
        {"stdout": "", "stderr": "boom", "exit_code": 1, "files": []},
    ),
    (
        "nova_code_interpreter",
        {"snippet": "1"},
        result("t", "nova_code_interpreter", {"text": "no sandbox"}, status="error"),
        "code_execution",
        {"code": "1", "language": "python"},
        "failed",
        "no sandbox",
    ),
    (
        "nova_grounding",
        {"query": "tides"},
        result("t", "nova_grounding", {"json": HIT}, {"text": "more"}),
        "web_search",
        {"queries": ["tides"]},
        "completed",
        [HIT, "more"],
    ),
    (
        "nova_grounding",
        {},
        result("t", "nova_grounding"),
        "web_search",
        {},
        "completed",
        [],
    ),
    (
        "of_the_future",
        {"a": 1},
        result("t", "of_the_future", {"text": "42"}),
        "other",
        {"a": 1},
        "completed",
        "42",
    ),
]


@pytest.mark.parametrize(
    ("name", "given", "block", "kind", "told", "status", "output"),
    TABLE,
    ids=[f"{row[0]}-{row[5]}-{n}" for n, row in enumerate(TABLE)],
)
def test_a_tool_is_told_from_its_start_to_its_result(
    stream: Stream,
    name: str,
    given: dict[str, Any],
    block: dict[str, Any],
    kind: str,
    told: Any,
    status: str,
    output: Any,
) -> None:
    called = use("t", name, given)
    chunks = tools(both(stream, called, block))
    assert {(chunk.id, chunk.kind, chunk.name) for chunk in chunks} == {("t", kind, name)}
    steps = [chunk.status for chunk in chunks if chunk.status != "input_streaming"]
    assert steps == ["started", "running", status]
    pieces = "".join(chunk.input_delta for chunk in chunks)
    assert pieces == msgspec.json.encode(given).decode()
    assert (chunks[-2].input, chunks[-2].native) == (told, called)
    assert chunks[-1].output == output


def test_a_result_without_its_call_starts_and_completes_together(stream: Stream) -> None:
    chunks = tools(both(stream, result("t", "nova_code_interpreter", {"json": RAN})))
    assert [(c.name, c.kind, c.status) for c in chunks] == [
        ("nova_code_interpreter", "code_execution", "started"),
        ("nova_code_interpreter", "code_execution", "completed"),
    ]


def test_a_result_before_its_call_is_told_once_and_the_call_with_it(stream: Stream) -> None:
    called = use("t", "nova_code_interpreter", {"snippet": "1"})
    chunks = tools(both(stream, result("t", "nova_code_interpreter", {"json": RAN}), called))
    assert [chunk.status for chunk in chunks] == ["started", "completed", "completed"]
    assert chunks[-1].native == called


def test_a_second_result_of_a_call_is_not_told(stream: Stream) -> None:
    found = result("t", "nova_grounding", {"json": HIT})
    deltas = both(stream, use("t", "nova_grounding", {"query": "x"}), found, found)
    assert [t.status for t in tools(deltas)].count("completed") == 1


def test_blocks_that_nobody_closes_are_told_at_the_end(stream: Stream) -> None:
    called = use("t", "nova_grounding", {"query": "x"})["toolUse"]
    deltas = stream(
        begun(0, toolUse={name: value for name, value in called.items() if name != "input"}),
        grown(0, toolUse={"input": '{"query":"x"}'}),
        begun(1, toolResult={"toolUseId": "t", "status": "success"}),
        grown(1, toolResult=[{"json": HIT}]),
        begun(2, image={"format": "png"}),
        grown(2, image={"source": {"bytes": "AAAA"}}),
        stop(),
    )
    last = final(deltas)["t"]
    assert (last.input, last.status) == ({"queries": ["x"]}, "completed")
    assert last.output == [HIT]
    assert [file.id for file in files(deltas)] == ["image_2"]
    assert deltas[-1].finish_reason == "stop"


def test_a_call_that_is_announced_again_is_begun_once(stream: Stream) -> None:
    opened = begun(0, toolUse={"toolUseId": "t", "name": "s", "type": "server_tool_use"})
    piece = grown(0, toolUse={"input": "{}"})
    deltas = stream(opened, piece, opened, piece, ended(0), ended(0))
    assert [tool.status for tool in tools(deltas)] == ["started", "input_streaming", "running"]


def test_a_picture_is_a_file(stream: Stream) -> None:
    deltas = both(stream, {"image": {"format": "png", "source": {"bytes": "AAAA"}}})
    picture = ImagePart(data="AAAA", media_type="image/png")
    assert files(deltas) == [GeneratedFile("image_0", picture)]


def test_a_picture_elsewhere_has_its_address_and_one_without_bytes_is_none(stream: Stream) -> None:
    source = {"s3Location": {"uri": "s3://bucket/a.png"}}
    (file,) = files(both(stream, {"image": {"format": "png", "source": source}}))
    assert file.part == ImagePart(url="s3://bucket/a.png", media_type="image/png")
    assert files(stream(begun(0, image={"format": "png"}), ended(0))) == []


def test_a_picture_in_pieces_is_one_file(stream: Stream) -> None:
    deltas = stream(
        begun(0, image={"format": "png"}),
        grown(0, image={"source": {"bytes": "AA=="}}),
        grown(0, image={"source": {"bytes": "AQ=="}}),
        ended(0),
    )
    assert [file.part.data for file in files(deltas)] == ["AAE="]


def test_a_block_of_another_kind_is_told_as_other(stream: Stream) -> None:
    for block in ({"audio": {"format": "mp3"}}, {"hologram": "x"}):
        chunks = tools(both(stream, block))
        assert [(c.kind, c.name, c.status) for c in chunks] == [
            ("other", next(iter(block)), "started"),
            ("other", next(iter(block)), "completed"),
        ]
        assert chunks[1].native == block


WEB = {
    "title": "A",
    "source": "https://a.example/1",
    "sourceContent": [{"text": "Tides "}, {"text": "rise."}],
    "location": {"web": {"url": "https://a.example", "domain": "a.example"}},
}


@pytest.mark.parametrize(
    ("native", "told"),
    [
        (
            WEB,
            Citation(
                url="https://a.example",
                title="A",
                text="Tides rise.",
                source="https://a.example/1",
            ),
        ),
        ({"source": "https://a.example"}, Citation(url="https://a.example")),
        (
            {"title": "B", "location": {"documentChar": {"documentIndex": 1, "start": 4}}},
            Citation(title="B", source="B"),
        ),
        ({"location": {"documentPage": {"documentIndex": 1, "start": 4}}}, Citation(source="1")),
        ({"location": {"searchResultLocation": {"searchResultIndex": 0}}}, Citation(source="0")),
        ({"source": "shelf 3"}, Citation(source="shelf 3")),
    ],
)
def test_a_citation_names_its_source_and_no_place_in_the_answer(
    stream: Stream, native: dict[str, Any], told: Citation
) -> None:
    cited = {"citationsContent": {"content": [{"text": "Tides."}], "citations": [native]}}
    deltas = both(stream, cited)
    assert texts(deltas) == [("Tides.", [msgspec.structs.replace(told, native=native)])]


def test_citations_belong_to_the_text_block_that_they_come_with(stream: Stream) -> None:
    deltas = both(
        stream,
        {"text": "First. "},
        {"citationsContent": {"content": [{"text": "Second."}], "citations": [WEB]}},
        {"text": " Third."},
    )
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [
        ("First. ", 0),
        ("Second.", 1),
        (" Third.", 0),
    ]


def test_a_citation_that_is_told_again_counts_once(stream: Stream) -> None:
    deltas = stream(grown(0, text="a"), grown(0, citation=WEB), grown(0, citation=WEB))
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [("a", 1)]


def test_a_text_block_is_named_with_its_first_text_and_is_plain_text_after_it() -> None:
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))

    def say(named: Named) -> Any:
        event = Event(msgspec.json.encode(named[1]), named[0])
        return plugin.chimeric_parse_event(event, state)

    assert say(grown(0, text="")) is None
    assert say(grown(0, text="a")) == Delta(text="a", block=0)
    assert say(grown(0, text="b")) == "b"
    assert say(grown(1, reasoningContent={"text": "hm"})) == Delta(reasoning="hm", block=1)
    assert say(grown(2, text="c")) == Delta(text="c", block=2)
    assert say(grown(2, text="d")) == "d"
    assert say(grown(0, text="e")) == Delta(text="e", block=0)


def test_an_index_that_is_used_again_is_another_block(stream: Stream) -> None:
    deltas = stream(
        grown(0, text="a"),
        ended(0),
        begun(0, toolUse={"toolUseId": "t", "name": "f"}),
        ended(0),
        grown(0, text="b"),
    )
    assert texts(deltas) == [("a", []), ("b", [])]


@pytest.mark.parametrize("wrong", [None, 7, True, "x", ["x"], {"a": [1]}])
def test_results_and_citations_of_any_shape_are_told(wrong: Any) -> None:
    for name in ("nova_code_interpreter", "nova_grounding", "of_the_future"):
        for items in ([wrong], [{"json": wrong}], [{"text": wrong}], wrong):
            found = {"toolResult": {"toolUseId": "t", "content": items}}
            told = whole([use("t", name, {"query": wrong}), found])
            assert [t.status for t in tools(told)] == ["started", "running", "completed"]
    cited = {"citationsContent": {"content": [{"text": "a"}], "citations": [wrong]}}
    assert texts(whole([cited]))[0][0] == "a"


@pytest.mark.parametrize("wrong", [7, "x", {"a": 1}])
def test_content_that_is_no_list_breaks_the_protocol(wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match="expected list"):
        whole(wrong)
