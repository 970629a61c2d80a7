"""What the parser tells besides text: tools of the provider, citations, files, probabilities."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_responses import ResponsesState

from chimeric import (
    FilePart,
    GeneratedFile,
    HTTPResponse,
    ImagePart,
    ServerToolChunk,
)

from .events import ODD, PNG, added, done, end, event, files, read, statuses, tools

ITEMS: dict[str, tuple[dict[str, Any], str, Any, Any]] = {
    "a search": (
        {"type": "web_search_call", "status": "completed",
         "action": {"type": "search", "query": "moon", "queries": ["moon", "tide"],
                    "sources": [{"type": "url", "url": "https://x.test"}]}},
        "web_search", {"queries": ["moon", "tide"]}, [{"url": "https://x.test"}],
    ),
    "a page": (
        {"type": "web_search_call", "status": "completed",
         "action": {"type": "open_page", "url": "https://x.test"}},
        "web_search", {"type": "open_page", "url": "https://x.test"}, [],
    ),
    "an old search of xAI": (
        {"type": "web_search_call", "name": "web_search", "call_id": "",
         "arguments": '{"query":"moon"}', "status": "completed"},
        "web_search", {"queries": ["moon"]}, [],
    ),
    "a search of files": (
        {"type": "file_search_call", "status": "completed", "queries": ["moon"],
         "results": [{"file_id": "f1", "filename": "a.pdf", "score": 0.5, "text": "Moon.",
                      "attributes": {}}]},
        "file_search", {"queries": ["moon"]},
        [{"file_id": "f1", "filename": "a.pdf", "score": 0.5, "text": "Moon."}],
    ),
    "code": (
        {"type": "code_interpreter_call", "status": "completed", "code": "print(1)",
         "container_id": "cntr_1", "outputs": [{"type": "logs", "logs": "1\n"}]},
        "code_execution", {"code": "print(1)"}, {"stdout": "1\n"},
    ),
    "code of xAI": (
        {"type": "code_execution_call", "name": "code_execution", "status": "completed",
         "arguments": '{"code":"print(1)"}'},
        "code_execution", {"code": "print(1)"}, None,
    ),
    "code without its output": (
        {"type": "code_interpreter_call", "status": "completed", "code": "1", "outputs": None},
        "code_execution", {"code": "1"}, None,
    ),
    "a list of tools": (
        {"type": "mcp_list_tools", "server_label": "wiki", "tools": [{"name": "ask"}]},
        "mcp", {"server": "wiki"}, {"tools": [{"name": "ask"}]},
    ),
    "a call of MCP": (
        {"type": "mcp_call", "server_label": "wiki", "name": "ask", "arguments": '{"q":1}',
         "output": "An answer.", "error": None, "status": "completed"},
        "mcp", {"server": "wiki", "name": "ask", "arguments": {"q": 1}}, "An answer.",
    ),
    "a picture": (
        {"type": "image_generation_call", "status": "generating", "result": PNG,
         "revised_prompt": "A boat.", "output_format": "webp"},
        "image_generation", {"prompt": "A boat."},
        GeneratedFile("x_1", ImagePart(data=PNG, media_type="image/webp")),
    ),
    "a shell of OpenRouter": (
        {"type": "openrouter:bash", "status": "completed", "command": "ls", "stdout": "a\n",
         "stderr": "", "exitCode": 0},
        "code_execution", {"commands": ["ls"]}, {"stdout": "a\n", "stderr": "", "exit_code": 0},
    ),
    "a page of OpenRouter": (
        {"type": "openrouter:web_fetch", "status": "completed", "url": "https://x.test",
         "title": "X", "content": "Text.", "httpStatus": 200},
        "web_fetch", {"urls": ["https://x.test"]},
        [{"url": "https://x.test", "title": "X", "text": "Text.", "status": 200}],
    ),
    "a sandbox of Perplexity": (
        {"type": "sandbox_results", "language": "python", "code": "1/0", "status": "completed",
         "results": [{"stdout": "", "stderr": "Zero", "exit_code": 1}]},
        "code_execution", {"code": "1/0", "language": "python"},
        {"stdout": "", "stderr": "Zero", "exit_code": 1},
    ),
    "what nobody knows": (
        {"type": "divination_call", "status": "completed", "input": "bones"},
        "other", "bones", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("way", ["added and done", "done alone", "whole"])
def test_every_item_is_told_in_the_form_of_its_kind(name: str, way: str) -> None:
    fields, kind, given, came = ITEMS[name]
    item = {"id": "x_1", **fields}
    begun = {"id": "x_1", "type": item["type"], "status": "in_progress"}
    if way == "whole":
        body = json.dumps({"status": "completed", "output": [item]}).encode()
        parsed = ResponsesState().parse_response(HTTPResponse(status=200, headers={}, body=body))
        assert isinstance(parsed, list)
        told = [tool for delta in parsed for tool in delta.server_tools]
    else:
        told = tools(*([added(begun)] if way.startswith("added") else []), done(item), end())
    assert statuses(told) == ["started", "completed"]
    assert {(tool.id, tool.kind) for tool in told} == {("x_1", kind)}
    assert [tool.input for tool in told if tool.input is not None] == [given]
    assert told[-1].output == came
    assert told[-1].native == item


@pytest.mark.parametrize(
    ("item", "output"),
    [
        ({"type": "mcp_call", "error": "no route", "status": "failed"}, "no route"),
        ({"type": "mcp_call", "error": {"code": 3}, "arguments": "{}"}, {"code": 3}),
        ({"type": "web_search_call", "status": "failed"}, None),
        ({"type": "image_generation_call", "status": "failed", "result": None}, None),
        (
            {"type": "code_interpreter_call", "status": "incomplete",
             "outputs": [{"type": "logs", "logs": "half"}]},
            {"stdout": "half"},
        ),
    ],
)  # fmt: skip
def test_a_tool_that_failed_is_told_as_failed(item: dict[str, Any], output: Any) -> None:
    told = tools(added({"id": "x", "type": item["type"]}), done({"id": "x", **item}))
    assert statuses(told) == ["started", "failed"]
    assert told[-1].output == output


def test_phases_make_chunks_and_the_done_item_decides() -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
    phases = [
        event(f"web_search_call.{phase}", output_index=0, item_id="ws_1")
        for phase in ("in_progress", "searching", "completed")
    ]
    finished = {**item, "status": "completed"}
    told = tools(added(item), *phases, done(finished), done(finished), end(output=[finished]))
    assert statuses(told) == ["started", "running", "running", "running", "completed"]
    failed = tools(added(item), *phases, done({**item, "status": "failed"}))
    assert failed[-1].status == "failed"


def test_a_phase_of_failure_stands_where_the_item_does_not_tell() -> None:
    item = {"id": "mcpl_1", "type": "mcp_list_tools", "server_label": "wiki", "tools": []}
    phase = event("mcp_list_tools.failed", output_index=0, item_id="mcpl_1")
    assert tools(added(item), phase, done(item))[-1].status == "failed"
    assert tools(added(item), phase, end())[-1].status == "failed"


def test_a_tool_that_is_open_at_the_end_is_left_to_the_core_unless_the_response_failed() -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
    assert statuses(tools(added(item), end())) == ["started"]
    broken = tools(added(item), end("failed", status="failed", error={"message": "no"}))
    assert statuses(broken) == ["started", "failed"]


def test_code_is_told_as_it_is_written() -> None:
    item = {"id": "ci_1", "type": "code_interpreter_call", "status": "in_progress", "code": ""}
    told = tools(
        added(item),
        event("code_interpreter_call.in_progress", output_index=0),
        event("code_interpreter_call_code.delta", output_index=0, delta="print"),
        event("code_interpreter_call_code.delta", output_index=0, delta="(1)"),
        event("code_interpreter_call_code.done", output_index=0, code="print(1)"),
        event("code_interpreter_call.interpreting", output_index=0),
        done({**item, "status": "completed", "code": "print(1)"}),
    )
    assert statuses(told) == [
        "started", "running", "input_streaming", "input_streaming", "running", "running",
        "completed",
    ]  # fmt: skip
    assert "".join(tool.input_delta for tool in told) == "print(1)"
    assert [tool.input for tool in told].count({"code": "print(1)"}) == 1
    assert told[4].input == {"code": "print(1)"}


def test_pictures_of_code_are_files() -> None:
    url = f"data:image/png;base64,{PNG}"
    images = [{"type": "image", "url": url}, {"type": "image", "url": "https://x.test/a.png"}]
    item = {"id": "ci_1", "type": "code_interpreter_call", "outputs": images, "code": "plot()"}
    made = [
        GeneratedFile("ci_1_0", ImagePart(data=PNG, media_type="image/png")),
        GeneratedFile("ci_1_1", ImagePart(url="https://x.test/a.png")),
    ]
    assert tools(done(item))[-1].output == {"files": made}
    assert files(done(item)) == made


def test_previews_of_a_picture_have_the_id_of_the_last_one() -> None:
    item = {"id": "ig_1", "type": "image_generation_call", "status": "in_progress"}
    previews = [
        event("image_generation_call.partial_image", output_index=0, partial_image_index=n,
              partial_image_b64=PNG, output_format="png")
        for n in range(2)
    ]  # fmt: skip
    made = files(added(item), *previews, done({**item, "status": "completed", "result": PNG}))
    part = ImagePart(data=PNG, media_type="image/png")
    assert made == [GeneratedFile("ig_1", part, partial=True)] * 2 + [GeneratedFile("ig_1", part)]


def test_a_picture_of_twenty_megabytes_is_a_file_like_another() -> None:
    data = "/9j/" + "A" * 20_000_000
    item = {"id": "ig_1", "type": "image_generation_call"}
    preview = event("image_generation_call.partial_image", item_id="ig_1", partial_image_b64=data)
    (made,) = files(added(item), preview)
    assert made.part == ImagePart(data=data, media_type="image/jpeg")


def test_arguments_of_mcp_are_told_as_they_are_written() -> None:
    item = {"id": "mcp_1", "type": "mcp_call", "name": "ask", "server_label": "w", "arguments": ""}
    told = tools(
        added(item),
        event("mcp_call_arguments.delta", output_index=0, delta='{"q":'),
        event("mcp_call_arguments.delta", output_index=0, delta="1}"),
        event("mcp_call_arguments.done", output_index=0, arguments='{"q":1}'),
        event("mcp_call.executing", output_index=0),
        event("mcp_call_output.delta", output_index=0, delta="An"),
        done({**item, "arguments": '{"q":1}', "output": "An answer."}),
    )
    assert "".join(tool.input_delta for tool in told) == '{"q":1}'
    assert told[3].input == {"server": "w", "name": "ask", "arguments": {"q": 1}}
    assert statuses(told)[3:] == ["running", "running", "running", "completed"]
    assert told[-1].output == "An answer."


def test_the_output_of_a_hosted_shell_belongs_to_its_call() -> None:
    where = {"type": "container_reference", "container_id": "cntr_1"}
    call = {"id": "sh_1", "type": "shell_call", "call_id": "c1", "environment": where}
    action = {"commands": ["ls", "pwd"]}
    printed = [
        {"stdout": "a\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 2}},
        {"stdout": "/\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
    ]
    result = {"id": "sho_1", "type": "shell_call_output", "call_id": "c1", "output": []}
    whole = {**result, "output": printed}
    told = tools(
        added({**call, "action": {"commands": []}}),
        event("shell_call_command.added", output_index=0, command_index=0, command=""),
        event("shell_call_command.delta", output_index=0, command_index=0, delta="ls"),
        event("shell_call_command.done", output_index=0, command_index=0, command="ls"),
        event("shell_call_command.added", output_index=0, command_index=1, command=""),
        event("shell_call_command.delta", output_index=0, command_index=1, delta="pwd"),
        done({**call, "action": action}),
        added(result, 1),
        event("shell_call_output_content.delta", output_index=1, delta={"stdout": "a"}),
        done(whole, 1),
    )
    assert {tool.id for tool in told} == {"sh_1"}
    assert "".join(tool.input_delta for tool in told) == "ls\npwd"
    assert statuses(told)[-4:] == ["running", "running", "running", "completed"]
    assert told[-4].native == {**call, "action": action}
    assert told[-4].input == action
    assert told[-1].native == whole
    assert told[-1].output == {"stdout": "a\n/\n", "stderr": "", "exit_code": 2}


def test_a_search_of_tools_by_the_server_has_the_result_of_the_next_item() -> None:
    call = {"id": "tsc_1", "type": "tool_search_call", "execution": "server", "call_id": None,
            "arguments": {"paths": ["crm"]}}  # fmt: skip
    found = {"id": "tso_1", "type": "tool_search_output", "execution": "server",
             "tools": [{"type": "namespace", "name": "crm", "tools": [{"name": "find"}]},
                       {"type": "function", "name": "weather"}]}  # fmt: skip
    told = tools(added(call), done(call), added(found, 1), done(found, 1))
    assert {(tool.id, tool.kind) for tool in told} == {("tsc_1", "tool_search")}
    assert statuses(told) == ["started", "running", "running", "completed"]
    assert told[0].input == {"paths": ["crm"]}
    assert told[-1].output == ["find", "weather"]


def test_a_program_and_its_output_are_one_tool_and_its_calls_are_the_callers() -> None:
    program = {"id": "cm_1", "type": "program", "call_id": "p1", "code": "weather()"}
    call = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather",
            "arguments": "{}", "caller": {"type": "program", "caller_id": "p1"}}  # fmt: skip
    result = {"id": "cmo_1", "type": "program_output", "call_id": "p1", "result": "18 C"}
    told = read(added(program), done(program), done(call, 1), done(result, 2), end())
    assert [t.status for d in told for t in d.server_tools] == ["started", "running", "completed"]
    assert [t.output for d in told for t in d.server_tools][-1] == {"stdout": "18 C"}
    assert [c.name for d in told for c in d.tool_calls] == ["weather"]
    assert told[-1].finish_reason == "tool_calls"


def test_a_result_without_its_call_is_a_tool_of_its_own() -> None:
    item = {"id": "sho_1", "type": "shell_call_output", "call_id": "c9", "output": []}
    assert statuses(tools(done(item))) == ["started", "completed"]


def test_compaction_is_shown_and_not_listed_among_the_tools() -> None:
    item = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAA"}
    told = tools(added(item), event("compaction.compacting", item_id="cmp_1"), done(item))
    assert [(tool.kind, tool.name, tool.status) for tool in told] == [
        ("other", "compaction", "started"),
        ("other", "compaction", "running"),
        ("other", "compaction", "completed"),
    ]
    assert {tool.native for tool in told} == {None}


def test_interleaved_tools_stay_apart() -> None:
    one = {"id": "ws_1", "type": "web_search_call"}
    two = {"id": "ci_1", "type": "code_interpreter_call", "code": ""}
    told = tools(
        added(one, 0),
        added(two, 1),
        event("web_search_call.searching", output_index=0),
        event("code_interpreter_call_code.delta", output_index=1, delta="1"),
        done(two, 1),
        done(one, 0),
    )
    assert [tool.id for tool in told] == ["ws_1", "ci_1", "ws_1", "ci_1", "ci_1", "ws_1"]


def test_events_of_a_tool_that_was_not_announced_open_it() -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
    told = tools(event("web_search_call.searching", output_index=0, item_id="ws_1"), done(item))
    assert statuses(told) == ["started", "running", "completed"]
    assert {tool.id for tool in told} == {"ws_1"}


def test_a_flood_of_unknown_deltas_of_a_known_item_is_not_told() -> None:
    item = {"id": "f_1", "type": "openrouter:fusion", "status": "in_progress"}
    pieces = [event("fusion_call.panel.delta", output_index=0, delta="x")] * 100
    told = tools(added(item), *pieces, event("fusion_call.panel.completed", output_index=0))
    assert statuses(told) == ["started", "running"]


def test_searches_that_events_tell_without_an_item_are_paired_with_the_item() -> None:
    page = {"url": "https://x.test", "title": "X", "snippet": "Text."}
    told = tools(
        event("reasoning.started"),
        event("reasoning.search_queries", queries=["moon"]),
        event("reasoning.search_results", results=[page]),
        event("reasoning.fetch_url_queries", urls=["https://x.test"]),
        event("reasoning.fetch_url_results", contents=[page]),
        event("reasoning.stopped"),
        done({"type": "search_results", "queries": ["moon"], "results": [page]}),
        end(output=[{"type": "search_results", "queries": ["moon"], "results": [page]}]),
    )
    found = [{"url": "https://x.test", "title": "X", "text": "Text."}]
    assert [(t.kind, t.status, t.input, t.output) for t in told] == [
        ("web_search", "started", {"queries": ["moon"]}, None),
        ("web_search", "running", None, found),
        ("web_fetch", "started", {"urls": ["https://x.test"]}, None),
        ("web_fetch", "running", None, found),
        ("web_search", "completed", None, found),
    ]


def test_a_file_that_is_shared_is_a_file() -> None:
    item = {"type": "share_file", "id": "s_1", "file_id": "f_1", "filename": "a.csv",
            "url": "https://x.test/a.csv"}  # fmt: skip
    part = FilePart(file_id="f_1", filename="a.csv", url="https://x.test/a.csv")
    assert files(done(item)) == [GeneratedFile("f_1", part)]


@pytest.mark.parametrize("name", ITEMS)
def test_fields_of_another_type_than_expected_break_nothing(name: str) -> None:
    item = {"id": "x_1", "call_id": "c_1", **ITEMS[name][0]}
    for field in item:
        for odd in ODD:
            strange = {**item, field: odd}
            told = tools(added(strange), done(strange), end(output=[strange]))
            assert all(isinstance(tool, ServerToolChunk) for tool in told)


def test_code_that_was_not_announced_opens_its_tool() -> None:
    piece = event("code_interpreter_call_code.delta", output_index=0, item_id="ci_1", delta="1")
    told = tools(piece, piece)
    assert statuses(told) == ["started", "input_streaming", "input_streaming"]
    assert {(tool.id, tool.kind) for tool in told} == {("ci_1", "code_execution")}
