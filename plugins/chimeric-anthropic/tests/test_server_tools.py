"""Tools that Anthropic runs, citations, files and blocks, streamed and in whole answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import chimeric_anthropic as plugin
import msgspec
import pytest

from chimeric import (
    Citation,
    Delta,
    FilePart,
    GeneratedFile,
    HTTPResponse,
    Request,
    ServerToolChunk,
)

Stream = Callable[..., list[Delta]]
Block = dict[str, Any]


def start(index: int, value: Block) -> Block:
    return {"type": "content_block_start", "index": index, "content_block": value}


def grown(index: int, **delta: Any) -> Block:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> Block:
    return {"type": "content_block_stop", "index": index}


def end(reason: str = "end_turn") -> list[Block]:
    return [{"type": "message_delta", "delta": {"stop_reason": reason}}, {"type": "message_stop"}]


def call(id_: str, name: str, given: Block | None = None, **more: Any) -> Block:
    return {"type": "server_tool_use", "id": id_, "name": name, "input": given or {}, **more}


def result(id_: str, name: str, content: Any, **more: Any) -> Block:
    return {"type": f"{name}_tool_result", "tool_use_id": id_, "content": content, **more}


def streamed(content: list[Block], reason: str = "end_turn") -> Iterator[Block]:
    """Content as the service streams it: inputs and texts in pieces."""
    for index, block in enumerate(content):
        blank = {**block, "input": {}} if "input" in block else {**block}
        if block["type"] in ("text", "thinking"):
            blank = {"type": block["type"], block["type"]: ""}
        yield start(index, blank)
        for cited in block.get("citations") or ():
            yield grown(index, type="citations_delta", citation=cited)
        for name in ("text", "thinking"):
            if block["type"] == name:
                for piece in (block[name][:3], block[name][3:]):
                    yield grown(index, type=f"{name}_delta", **{name: piece})
        if block.get("input"):
            text = msgspec.json.encode(block["input"]).decode()
            for piece in ("", text[:5], text[5:]):
                yield grown(index, type="input_json_delta", partial_json=piece)
        yield stop(index)
    yield from end(reason)


def whole(content: list[Block], reason: str = "end_turn") -> list[Delta]:
    body = {"type": "message", "id": "m", "content": content, "stop_reason": reason, "usage": {}}
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    told = plugin.chimeric_parse_response(response, state)
    return [told] if isinstance(told, Delta) else told


def tools(deltas: list[Delta]) -> list[ServerToolChunk]:
    return [tool for delta in deltas for tool in delta.server_tools]


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


def files(deltas: list[Delta]) -> list[GeneratedFile]:
    return [file for delta in deltas for file in delta.files]


def both(stream: Stream, *content: Block, reason: str = "end_turn") -> list[Delta]:
    """The deltas of the stream, after those of the whole answer were found to say the same."""
    live, complete = stream(*streamed(list(content), reason)), whole(list(content), reason)
    assert final(live) == final(complete)
    assert texts(live) == texts(complete)
    assert files(live) == files(complete)
    assert live[-1].state == complete[-1].state
    return live


SEARCH_ERROR = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
PAGE = {
    "type": "web_fetch_result",
    "url": "https://a.example",
    "retrieved_at": "2026-01-01T00:00:00Z",
    "content": {
        "type": "document",
        "title": "A",
        "source": {"type": "text", "media_type": "text/plain", "data": "Body."},
    },
}
PDF = {
    "type": "web_fetch_result",
    "url": "https://a.example/b.pdf",
    "content": {"source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}},
}
MADE = GeneratedFile("file_1", FilePart(file_id="file_1"))
VIEW = {"type": "text_editor_code_execution_view_result", "content": "x", "num_lines": 1}
ADVICE = {"type": "advisor_result", "text": "Go on."}
TABLE = [
    (
        "web_search",
        {"query": "tides"},
        [
            {
                "type": "web_search_result",
                "url": "https://a.example",
                "title": "A",
                "page_age": "2 days",
                "encrypted_content": "x",
            }
        ],
        "web_search",
        {"queries": ["tides"]},
        "completed",
        [{"url": "https://a.example", "title": "A", "date": "2 days"}],
    ),
    (
        "web_search",
        {"query": "tides"},
        SEARCH_ERROR,
        "web_search",
        {"queries": ["tides"]},
        "failed",
        SEARCH_ERROR,
    ),
    (
        "web_fetch",
        {"url": "https://a.example"},
        PAGE,
        "web_fetch",
        {"urls": ["https://a.example"]},
        "completed",
        [{"url": "https://a.example", "title": "A", "text": "Body."}],
    ),
    (
        "web_fetch",
        {"url": "https://a.example/b.pdf"},
        PDF,
        "web_fetch",
        {"urls": ["https://a.example/b.pdf"]},
        "completed",
        [{"url": "https://a.example/b.pdf"}],
    ),
    (
        "code_execution",
        {"code": "print(1)"},
        {
            "type": "code_execution_result",
            "stdout": "1\n",
            "stderr": "",
            "return_code": 0,
            "content": [{"type": "code_execution_output", "file_id": "file_1"}],
            "abort_reason": None,
        },
        "code_execution",
        {"code": "print(1)", "language": "python"},
        "completed",
        {"stdout": "1\n", "stderr": "", "exit_code": 0, "files": [MADE]},
    ),
    (
        "code_execution",
        {"code": "print(1)"},
        {
            "type": "encrypted_code_execution_result",
            "encrypted_stdout": "x",
            "stderr": "",
            "return_code": 0,
            "content": [],
        },
        "code_execution",
        {"code": "print(1)", "language": "python"},
        "completed",
        {"stderr": "", "exit_code": 0, "files": []},
    ),
    (
        "bash_code_execution",
        {"command": "false"},
        {
            "type": "bash_code_execution_result",
            "stdout": "",
            "stderr": "no",
            "return_code": 1,
            "content": [],
        },
        "code_execution",
        {"commands": ["false"]},
        "completed",
        {"stdout": "", "stderr": "no", "exit_code": 1, "files": []},
    ),
    (
        "text_editor_code_execution",
        {"command": "view", "path": "/a"},
        VIEW,
        "code_execution",
        {"command": "view", "path": "/a"},
        "completed",
        VIEW,
    ),
    (
        "tool_search_tool_bm25",
        {"query": "rates"},
        {
            "type": "tool_search_tool_search_result",
            "tool_references": [{"type": "tool_reference", "tool_name": "rate"}],
        },
        "tool_search",
        {"query": "rates"},
        "completed",
        ["rate"],
    ),
    ("advisor", {}, ADVICE, "other", {}, "completed", ADVICE),
    ("of_the_future", {"a": 1}, {"type": "b"}, "other", {"a": 1}, "completed", {"type": "b"}),
]


@pytest.mark.parametrize(
    ("name", "given", "content", "kind", "told", "status", "output"),
    TABLE,
    ids=[f"{row[0]}-{row[5]}-{n}" for n, row in enumerate(TABLE)],
)
def test_a_tool_is_told_from_its_start_to_its_result(
    stream: Stream,
    name: str,
    given: Block,
    content: Any,
    kind: str,
    told: Any,
    status: str,
    output: Any,
) -> None:
    made = "tool_search_tool" if name.startswith("tool_search") else name
    made = made.removesuffix("_tool") if made == "tool_search_tool" else made
    use = call("srv_1", name, given)
    deltas = both(stream, use, result("srv_1", made, content))
    chunks = tools(deltas)
    assert {(chunk.id, chunk.kind, chunk.name) for chunk in chunks} == {("srv_1", kind, name)}
    steps = [chunk.status for chunk in chunks if chunk.status != "input_streaming"]
    assert steps == ["started", "running", status]
    assert "".join(chunk.input_delta for chunk in chunks) == (
        msgspec.json.encode(given).decode() if given else ""
    )
    assert (chunks[-2].input, chunks[-2].native) == (told, use)
    assert chunks[-1].output == output
    assert not any(delta.tool_calls for delta in deltas)


@pytest.mark.parametrize("is_error", [False, True])
def test_a_call_of_an_mcp_server_tells_server_name_and_arguments(
    stream: Stream, is_error: bool
) -> None:
    use = {
        "type": "mcp_tool_use",
        "id": "mcp_1",
        "name": "ask",
        "server_name": "wiki",
        "input": {"q": "x"},
    }
    said = [{"type": "text", "text": "Sure."}]
    last = final(both(stream, use, result("mcp_1", "mcp", said, is_error=is_error)))["mcp_1"]
    assert (last.kind, last.name, last.output) == ("mcp", "ask", "Sure.")
    assert last.status == ("failed" if is_error else "completed")
    assert last.input == {"server": "wiki", "name": "ask", "arguments": {"q": "x"}}
    assert last.native == use


def test_several_blocks_of_an_mcp_result_stay_blocks(stream: Stream) -> None:
    said = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert final(both(stream, result("mcp_1", "mcp", said)))["mcp_1"].output == said
    assert final(both(stream, result("mcp_2", "mcp", "plain")))["mcp_2"].output == "plain"


def test_a_call_from_code_has_its_input_at_once_and_ends_before_the_code(stream: Stream) -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srv_1"}
    fetch = call("srv_2", "web_fetch", {"url": "https://a.example"}, caller=caller)
    done = {"return_code": 0, "stdout": "", "stderr": "", "content": []}
    deltas = stream(
        start(0, call("srv_1", "code_execution")),
        grown(0, type="input_json_delta", partial_json='{"code":"fetch()"}'),
        stop(0),
        start(1, fetch),
        stop(1),
        start(2, result("srv_2", "web_fetch", PAGE)),
        stop(2),
        start(3, result("srv_1", "code_execution", done)),
        stop(3),
        *end(),
    )
    steps = [(t.id[-1], t.status) for t in tools(deltas) if t.status != "input_streaming"]
    assert steps == [
        ("1", "started"),
        ("1", "running"),
        ("2", "started"),
        ("2", "running"),
        ("2", "completed"),
        ("1", "completed"),
    ]
    begun = next(tool for tool in tools(deltas) if tool.id == "srv_2")
    assert begun.input == {"urls": ["https://a.example"]}
    assert final(deltas)["srv_2"].native == fetch


def test_files_that_code_made_and_uploads_to_the_container_are_files(stream: Stream) -> None:
    content = [{"type": "bash_code_execution_output", "file_id": f"file_{n}"} for n in (1, 2)]
    ran = {"stdout": "", "stderr": "", "return_code": 0, "content": content}
    deltas = both(
        stream,
        call("srv_1", "bash_code_execution", {"command": "make"}),
        result("srv_1", "bash_code_execution", ran),
        {"type": "container_upload", "file_id": "file_3"},
    )
    assert [file.id for file in files(deltas)] == ["file_1", "file_2", "file_3"]
    assert files(deltas)[2].part == FilePart(file_id="file_3")
    assert final(deltas)["srv_1"].output["files"] == files(deltas)[:2]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "mcp_tool_listing", "mcp_server_name": "wiki", "tools": []},
        {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        {"type": "compaction", "content": "So far."},
        {"type": "of_the_future", "a": 1},
    ],
    ids=lambda block: block["type"],
)
def test_a_block_of_another_kind_is_told_as_other(stream: Stream, block: Block) -> None:
    chunks = tools(both(stream, block))
    assert [(c.kind, c.name, c.status) for c in chunks] == [
        ("other", block["type"], "started"),
        ("other", block["type"], "completed"),
    ]
    assert chunks[0].id == chunks[1].id
    assert chunks[1].native == block


def test_what_comes_for_a_block_of_the_future_is_in_its_native_form(stream: Stream) -> None:
    piece = {"type": "hologram_delta", "text": "x"}
    deltas = stream(start(0, {"type": "hologram"}), grown(0, **piece), stop(0), *end())
    assert tools(deltas)[-1].native == {"type": "hologram", "deltas": [piece]}


def test_redacted_thinking_makes_nothing(stream: Stream) -> None:
    deltas = stream(start(0, {"type": "redacted_thinking", "data": "x"}), stop(0), *end())
    assert not any(d.reasoning or d.server_tools or d.block is not None for d in deltas)


def test_a_result_without_its_call_starts_and_completes_together(stream: Stream) -> None:
    deltas = both(stream, result("srv_9", "web_search", SEARCH_ERROR))
    assert [(t.id, t.kind, t.name, t.status) for t in tools(deltas)] == [
        ("srv_9", "web_search", "web_search", "started"),
        ("srv_9", "web_search", "web_search", "failed"),
    ]
    assert sum(bool(delta.server_tools) for delta in deltas) == 1


def test_a_result_before_its_call_is_told_once_and_the_call_with_it(stream: Stream) -> None:
    use = call("srv_1", "web_search", {"query": "x"})
    chunks = tools(both(stream, result("srv_1", "web_search", []), use))
    assert [chunk.status for chunk in chunks] == ["started", "completed", "completed"]
    assert (chunks[-1].native, chunks[-1].input) == (use, {"queries": ["x"]})


def test_a_second_result_of_a_call_is_kept_and_not_told(stream: Stream) -> None:
    deltas = both(
        stream,
        call("srv_1", "web_search", {"query": "x"}),
        result("srv_1", "web_search", []),
        result("srv_1", "web_search", SEARCH_ERROR),
    )
    assert [t.status for t in tools(deltas) if t.status in ("completed", "failed")] == ["completed"]
    told: dict[str, Any] = {}
    for delta in deltas:
        told |= delta.metadata or {}
    assert len(told["server_tool_results"]) == 2


def test_a_call_that_nobody_closes_has_its_input_with_the_result_or_the_end(
    stream: Stream,
) -> None:
    opened = [
        start(0, call("srv_1", "web_search")),
        grown(0, type="input_json_delta", partial_json='{"query":"x"}'),
    ]
    for rest in ([start(1, result("srv_1", "web_search", []))], []):
        last = final(stream(*opened, *rest, *end()))["srv_1"]
        assert last.input == {"queries": ["x"]}
        assert last.native == call("srv_1", "web_search", {"query": "x"})
        assert last.status == ("completed" if rest else "running")


def test_a_turn_that_pauses_leaves_its_tools_open(stream: Stream) -> None:
    deltas = both(stream, call("srv_1", "web_search", {"query": "x"}), reason="pause_turn")
    assert tools(deltas)[-1].status == "running"
    assert {d.finish_reason for d in deltas if d.finish_reason} == {"pause"}


def test_calls_and_results_that_are_told_again_count_once(stream: Stream) -> None:
    use, found = call("srv_1", "web_search"), result("srv_1", "web_search", [])
    piece = grown(0, type="input_json_delta", partial_json='{"query":"x"}')
    deltas = stream(
        start(0, use),
        piece,
        start(0, use),
        piece,
        stop(0),
        start(1, found),
        start(1, found),
        stop(1),
        *end(),
    )
    statuses = [tool.status for tool in tools(deltas)]
    assert statuses == ["started", "input_streaming", "running", "completed"]
    assert deltas[-1].state == [{**use, "input": {"query": "x"}}, found]


def test_a_message_that_begins_with_its_content_tells_all_of_it(stream: Stream) -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srv_1"}
    content = [
        result("srv_1", "code_execution", {"return_code": 0, "stdout": "1", "content": []}),
        {"type": "text", "text": "One."},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}, "caller": caller},
        {"type": "tool_use", "id": "toolu_2", "name": "f", "input": {"a": 2}, "caller": caller},
    ]
    begin = {
        "type": "message_start",
        "message": {
            "id": "m",
            "content": content,
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 1, "output_tokens": 2},
            "container": {"id": "c_1"},
        },
    }
    deltas = stream(begin, {"type": "message_stop"})
    assert final(deltas)["srv_1"].output == {"stdout": "1", "exit_code": 0, "files": []}
    assert texts(deltas) == [("One.", [])]
    calls = [part for delta in deltas for part in delta.tool_calls]
    assert [part.id for part in calls if part.id] == ["toolu_1", "toolu_2"]
    assert [part.arguments for part in calls if part.complete] == ['{"a":1}', '{"a":2}']
    assert deltas[-2].finish_reason == "tool_calls"
    assert deltas[-2].metadata is not None
    assert deltas[-2].metadata["container"] == {"id": "c_1"}
    assert deltas[-1].state == content


def test_the_container_at_the_start_of_a_message_is_in_the_metadata(stream: Stream) -> None:
    begin = {"type": "message_start", "message": {"id": "m", "container": {"id": "c_1"}}}
    assert stream(begin)[0].metadata == {"container": {"id": "c_1"}}


WEB = {
    "type": "web_search_result_location",
    "url": "https://a.example",
    "title": "A",
    "cited_text": "Tides.",
    "encrypted_index": "x",
}


@pytest.mark.parametrize(
    ("native", "told"),
    [
        (WEB, Citation(url="https://a.example", title="A", text="Tides.", native=WEB)),
        (
            {"type": "search_result_location", "source": "https://b.example", "title": "B"},
            Citation(url="https://b.example", title="B"),
        ),
        (
            {"type": "search_result_location", "source": "shelf 3", "title": "B"},
            Citation(title="B", source="shelf 3"),
        ),
        (
            {
                "type": "char_location",
                "cited_text": "Tides.",
                "document_index": 0,
                "document_title": "C",
                "file_id": "file_1",
                "start_char_index": 3,
                "end_char_index": 9,
            },
            Citation(title="C", text="Tides.", source="file_1"),
        ),
        (
            {"type": "page_location", "document_index": 1, "document_title": None},
            Citation(source="1"),
        ),
        (
            {"type": "content_block_location", "document_index": 1, "document_title": "C"},
            Citation(title="C", source="C"),
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_citation_names_its_source_and_no_place_in_the_answer(
    stream: Stream, native: Block, told: Citation
) -> None:
    deltas = both(stream, {"type": "text", "text": "Tides rise.", "citations": [native]})
    assert texts(deltas) == [("Tides rise.", [msgspec.structs.replace(told, native=native)])]


def test_citations_come_before_their_text_and_belong_to_its_block(stream: Stream) -> None:
    deltas = both(
        stream,
        {"type": "text", "text": "First. "},
        {"type": "text", "text": "Second.", "citations": [WEB, {**WEB, "title": "B"}]},
        {"type": "text", "text": " Third."},
    )
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [
        ("First. ", 0),
        ("Second.", 2),
        (" Third.", 0),
    ]
    assert [d.block for d in deltas if d.citations] == [1, 1]


def test_a_citation_that_is_told_again_counts_once(stream: Stream) -> None:
    block = {"type": "text", "text": "Tides", "citations": [WEB]}
    begin = {"type": "message_start", "message": {"id": "m", "content": [block]}}
    deltas = stream(begin, *streamed([block]))
    assert [(text, len(cited)) for text, cited in texts(deltas)] == [("Tides", 1)]
    cited = grown(0, type="citations_delta", citation=WEB)
    assert len(stream(cited, cited)) == 1


def test_a_text_block_is_named_with_its_first_text_and_is_plain_text_after_it() -> None:
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))

    def say(event: Block) -> Any:
        from chimeric import Event

        return plugin.chimeric_parse_event(Event(msgspec.json.encode(event)), state)

    assert say(start(0, {"type": "text", "text": ""})) is None
    assert say(grown(0, type="text_delta", text="")) is None
    assert say(grown(0, type="text_delta", text="a")) == Delta(text="a", block=0)
    assert say(grown(0, type="text_delta", text="b")) == "b"
    assert say(stop(0)) is None
    assert say(start(1, {"type": "text", "text": "c"})) == Delta(text="c", block=1)
    assert say(grown(1, type="text_delta", text="d")) == "d"
    assert say(grown(0, type="text_delta", text="e")) == Delta(text="e", block=0)
    assert say(grown(0, type="text_delta", text="f")) == "f"


def test_thinking_between_two_texts_is_a_block_of_its_own(stream: Stream) -> None:
    deltas = stream(
        *streamed(
            [
                {"type": "text", "text": "One text"},
                {"type": "thinking", "thinking": "and a thought"},
                {"type": "text", "text": "Another text"},
            ]
        )
    )
    assert [text for text, _ in texts(deltas)] == ["One text", "Another text"]
    assert {d.block for d in deltas if d.reasoning} == {1}


def test_an_index_that_is_used_again_is_another_block(stream: Stream) -> None:
    first = [start(0, {"type": "text", "text": ""}), grown(0, type="text_delta", text="a"), stop(0)]
    second = [start(0, {"type": "text", "text": ""}), grown(0, type="text_delta", text="b")]
    assert texts(stream(*first, *second)) == [("a", []), ("b", [])]


def test_text_without_any_index_has_a_block_too(stream: Stream) -> None:
    deltas = stream({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}})
    assert texts(deltas) == [("a", [])]


@pytest.mark.parametrize("wrong", [None, 7, True, "x", ["x"], {"a": [1]}])
def test_results_and_citations_of_any_shape_are_told(wrong: Any) -> None:
    names = ("web_search", "web_fetch", "code_execution", "bash_code_execution", "advisor", "mcp")
    contents = [wrong, {"return_code": wrong, "content": wrong}, [{"type": "text", "text": wrong}]]
    for name in names:
        for content in contents:
            told = whole([call("srv_1", name, {"query": wrong}), result("srv_1", name, content)])
            assert [t.status for t in tools(told)] == ["started", "running", "completed"]
    cited = whole([{"type": "text", "text": "a", "citations": [wrong, {"url": wrong}]}])
    assert texts(cited)[0][0] == "a"
