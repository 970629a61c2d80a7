"""Tools that Anthropic runs, citations, files and blocks, streamed and in whole answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import (
    FilePart,
    GeneratedFile,
)

from .blocks import (
    Block,
    Stream,
    both,
    call,
    end,
    files,
    final,
    grown,
    result,
    start,
    stop,
    texts,
    tools,
)

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
