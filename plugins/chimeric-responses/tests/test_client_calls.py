"""Calls that are no functions: how they are told, and what their answers become."""

from __future__ import annotations

import importlib
import importlib.util
import json
from typing import Any

import msgspec
import pytest
from chimeric_responses import Dialect, ResponsesState, build_request

from chimeric import (
    Delta,
    Event,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Provider,
    ProviderConfig,
    ProviderState,
    Request,
    Tool,
    ToolCall,
    ToolCallDelta,
)

PROVIDER = ProviderConfig(name="test", base_url="http://test/v1", declaration=Provider(name="test"))
SCREEN = ImagePart(data="iVBO", media_type="image/png")
CHECK = {"id": "sc_1", "code": "malicious_instructions", "message": "Take care."}

APPROVAL: dict[str, Any] = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "name": "shorten",
    "server_label": "zip1",
    "arguments": '{"url":"https://x.test"}',
}
COMPUTER: dict[str, Any] = {
    "type": "computer_call",
    "id": "cu_1",
    "call_id": "call_2",
    "actions": [{"type": "click", "x": 1, "y": 2, "button": "left"}],
    "pending_safety_checks": [CHECK],
    "status": "completed",
}
SHELL: dict[str, Any] = {
    "type": "shell_call",
    "id": "sh_1",
    "call_id": "call_3",
    "action": {"commands": ["ls"], "timeout_ms": None, "max_output_length": 99},
    "environment": {"type": "local"},
    "status": "completed",
}
LOCAL_SHELL: dict[str, Any] = {
    "type": "local_shell_call",
    "id": "lsh_1",
    "call_id": "call_4",
    "action": {"type": "exec", "command": ["ls"], "env": {}},
    "status": "completed",
}
PATCH: dict[str, Any] = {
    "type": "apply_patch_call",
    "id": "apc_1",
    "call_id": "call_5",
    "operation": {"type": "update_file", "diff": '@@\n-a\n+\u00e9"', "path": "a.txt"},
    "status": "completed",
}
SEARCH: dict[str, Any] = {
    "type": "tool_search_call",
    "id": "tsc_1",
    "call_id": "call_6",
    "execution": "client",
    "arguments": {"queries": ["rates"]},
    "status": "completed",
}
ITEMS = {
    "mcp_approval": (
        APPROVAL,
        "mcpr_1",
        {"server": "zip1", "name": "shorten", "arguments": {"url": "https://x.test"}},
    ),
    "computer": (
        COMPUTER,
        "call_2",
        {"actions": COMPUTER["actions"], "pending_safety_checks": [CHECK]},
    ),
    "shell": (SHELL, "call_3", {"commands": ["ls"], "max_output_length": 99}),
    "apply_patch": (PATCH, "call_5", PATCH["operation"]),
    "tool_search": (SEARCH, "call_6", {"queries": ["rates"]}),
}


def event(kind: str, **fields: Any) -> Event:
    return Event(json.dumps({"type": f"response.{kind}", **fields}).encode())


def read(*events: Event, state: ResponsesState | None = None) -> list[Delta]:
    state, told = state or ResponsesState(), list[Any]()
    for each in events:
        parsed = state.parse(each)
        told += parsed if isinstance(parsed, list) else [parsed] if parsed else []
    return told


def added(item: dict[str, Any]) -> Event:
    return event("output_item.added", output_index=0, item=item)


def done(item: dict[str, Any]) -> Event:
    return event("output_item.done", output_index=0, item=item)


def end() -> Event:
    return event("completed", response={"status": "completed"})


def whole(deltas: list[Delta]) -> tuple[set[Any], str, bool]:
    """Names, the arguments in the end, and whether the call is complete."""
    parts: list[ToolCallDelta] = [call for delta in deltas for call in delta.tool_calls]
    said = ""
    for part in parts:
        said = part.arguments if part.replace and part.arguments else said + part.arguments
    named = {(part.name, part.kind) for part in parts if part.name}
    return named, said, any(part.complete for part in parts)


@pytest.mark.parametrize("kind", ITEMS)
def test_what_only_the_caller_can_do_is_a_call_of_its_kind(kind: str) -> None:
    item, call, asked = ITEMS[kind]
    told = read(added(item), done(item), end())
    named, said, complete = whole(told)
    assert named == {(kind, kind)}
    assert [c.id for d in told for c in d.tool_calls if c.id] == [call]
    assert json.loads(said) == asked
    assert complete
    assert told[-1].finish_reason == "tool_calls"
    assert told[-1].state == [item]
    assert not any(delta.server_tools for delta in told)


def test_a_local_shell_is_a_shell() -> None:
    named, said, complete = whole(read(done(LOCAL_SHELL)))
    assert named == {("shell", "shell")}
    assert json.loads(said) == {"type": "exec", "command": ["ls"]}
    assert complete


def test_a_shell_that_does_not_say_where_it_is_is_where_the_request_wanted_it() -> None:
    nowhere = {name: value for name, value in SHELL.items() if name != "environment"}
    hosted = Tool(name="shell", native={"type": "shell", "environment": {"type": "container_auto"}})
    request = Request(model="m", messages=(), tools=(hosted,))
    (told,) = read(added(nowhere), state=ResponsesState(request))
    assert told.server_tools[0].kind == "code_execution"
    (asked,) = read(added(nowhere))
    assert asked.tool_calls[0].kind == "shell"


def test_the_id_of_a_tool_search_is_that_of_the_done_item() -> None:
    told = read(added({**SEARCH, "call_id": "call_other"}), done(SEARCH))
    assert [c.id for d in told for c in d.tool_calls] == ["call_6"]


def test_a_patch_is_told_as_it_is_written() -> None:
    operation = {"type": "update_file", "path": "a.txt", "diff": ""}
    pieces = ["@@\n-a", "\n+\u00e9", '"']
    told = read(
        added({**PATCH, "operation": operation}),
        *[event("apply_patch_call_operation_diff.delta", output_index=0, delta=p) for p in pieces],
        event("apply_patch_call_operation_diff.done", output_index=0, diff="".join(pieces)),
        done(PATCH),
    )
    parts = [call.arguments for delta in told for call in delta.tool_calls]
    assert len(parts) == 5
    assert parts[-1].startswith("".join(parts[:-1]))
    assert json.loads(parts[-1]) == PATCH["operation"]


def test_commands_are_told_as_they_are_written() -> None:
    empty = {**SHELL, "action": {"commands": []}}
    commands = {**SHELL, "action": {"max_output_length": 99, "commands": ["ls", "pwd"]}}

    def command(step: str, number: int, **fields: Any) -> Event:
        return event(f"shell_call_command.{step}", output_index=0, command_index=number, **fields)

    told = read(
        added(empty),
        command("added", 0, command=""),
        command("delta", 0, delta="ls"),
        command("done", 0, command="ls"),
        command("added", 1, command="p"),
        command("delta", 1, delta="wd"),
        done(commands),
    )
    parts = [call.arguments for delta in told for call in delta.tool_calls]
    assert parts[-1].startswith("".join(parts[:-1]))
    assert json.loads(parts[-1]) == {"commands": ["ls", "pwd"], "max_output_length": 99}


def test_a_call_that_was_cut_off_is_neither_complete_nor_echoed() -> None:
    told = read(done({**COMPUTER, "status": "incomplete"}), end())
    assert not whole(told)[2]
    assert told[-1].state is None
    assert told[-1].finish_reason == "stop"


def call_of(kind: str) -> ToolCall:
    _, call, asked = ITEMS[kind]
    return ToolCall(call, kind, json.dumps(asked), kind)  # type: ignore[arg-type]


def sent(call: ToolCall, item: dict[str, Any] | None, result: Message) -> list[dict[str, Any]]:
    """The input items that answer a call, which the vendor's types take where they are there."""
    state = None if item is None else ProviderState("openai.responses", [item])
    asked = Message("assistant", "", tool_calls=(call,), state=state)
    request = Request(model="m", messages=(Message("user", "Hi"), asked, result))
    built = build_request(request, PROVIDER, Dialect())
    assert built.body is not None
    items = list(built.body["input"])
    if importlib.util.find_spec("openai") is not None:
        responses = importlib.import_module("openai.types.responses")
        adapter = importlib.import_module("pydantic").TypeAdapter
        adapter(list[responses.ResponseInputItemParam]).validate_python(items)
    return items


def result(kind: str, content: Any, **fields: Any) -> Message:
    return Message("tool", content, tool_call_id=ITEMS[kind][1], **fields)


@pytest.mark.parametrize("echoed", [True, False])
@pytest.mark.parametrize(
    ("kind", "content", "fields"),
    [
        ("mcp_approval", "true", {"type": "mcp_approval_response", "approve": True,
                                  "approval_request_id": "mcpr_1"}),
        ("computer", (SCREEN,), {
            "type": "computer_call_output", "call_id": "call_2",
            "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,iVBO"},
            "acknowledged_safety_checks": [CHECK],
        }),
        ("shell", "a.txt\n", {
            "type": "shell_call_output", "call_id": "call_3", "max_output_length": 99,
            "output": [{"stdout": "a.txt\n", "stderr": "",
                        "outcome": {"type": "exit", "exit_code": 0}}],
        }),
        ("apply_patch", "Done.", {"type": "apply_patch_call_output", "call_id": "call_5",
                                  "status": "completed", "output": "Done."}),
        ("tool_search", '[{"type":"function","name":"rate","parameters":{},"strict":false}]', {
            "type": "tool_search_output", "call_id": "call_6", "execution": "client",
            "status": "completed",
            "tools": [{"type": "function", "name": "rate", "parameters": {}, "strict": False}],
        }),
    ],
)  # fmt: skip
def test_an_answer_goes_back_in_the_form_of_its_kind(
    kind: str, content: Any, fields: dict[str, Any], echoed: bool
) -> None:
    item = ITEMS[kind][0]
    items = sent(call_of(kind), item if echoed else None, result(kind, content))
    assert items[-1] == fields
    assert items[-2]["type"] == item["type"]


@pytest.mark.parametrize(
    ("content", "failed", "approve", "reason"),
    [
        ("true", False, True, None),
        ("Yes", False, True, None),
        ('{"approve": true, "reason": "It is mine."}', False, True, "It is mine."),
        ("false", False, False, None),
        ("no", False, False, None),
        ("", False, False, None),
        ("Not today.", False, False, "Not today."),
        ('{"approve": "true"}', False, False, None),
        ('{"approve": 1}', False, False, None),
        ("1", False, False, "1"),
        ("true", True, False, "true"),
        ("denied", True, False, "denied"),
    ],
)
def test_an_approval_is_given_only_where_it_was_said(
    content: str, failed: bool, approve: bool, reason: str | None
) -> None:
    answer = result("mcp_approval", content, is_error=failed)
    last = sent(call_of("mcp_approval"), APPROVAL, answer)[-1]
    assert last["approve"] is approve
    assert last.get("reason") == reason


def test_a_shell_is_answered_in_its_own_form_too() -> None:
    printed = [{"stdout": "", "stderr": "", "outcome": {"type": "timeout"}}]
    last = sent(call_of("shell"), SHELL, result("shell", json.dumps(printed)))[-1]
    assert last["output"] == printed
    short = {"stdout": "a", "exit_code": 3}
    last = sent(call_of("shell"), SHELL, result("shell", json.dumps(short)))[-1]
    assert last["output"][0]["outcome"] == {"type": "exit", "exit_code": 3}
    last = sent(call_of("shell"), SHELL, result("shell", "broken", is_error=True))[-1]
    assert last["output"][0]["stderr"] == "broken"
    local = ToolCall("call_4", "shell", '{"type":"exec","command":["ls"]}', "shell")
    answer = Message("tool", "a", tool_call_id="call_4")
    assert sent(local, LOCAL_SHELL, answer)[-1] == {
        "type": "local_shell_call_output",
        "id": "call_4",
        "output": "a",
    }


def test_a_patch_that_failed_is_told_as_failed() -> None:
    last = sent(call_of("apply_patch"), PATCH, result("apply_patch", "no", is_error=True))[-1]
    assert (last["status"], last["output"]) == ("failed", "no")


def test_a_computer_without_a_picture_is_left_out_and_reported() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    state = ProviderState("openai.responses", [thought, COMPUTER])
    asked = Message("assistant", "", tool_calls=(call_of("computer"),), state=state)
    answer = result("computer", "not done", is_error=True)
    request = Request(model="m", messages=(Message("user", "Hi"), asked, answer))
    built = build_request(request, PROVIDER, Dialect())
    assert built.body is not None
    assert [item.get("type") for item in built.body["input"]] == [None, None]
    assert built.body["input"][-1] == {"role": "user", "content": "not done"}
    assert "picture of the screen" in built.dropped[0]


def test_a_tool_search_answered_with_no_tools_is_reported() -> None:
    asked = Message("assistant", "", tool_calls=(call_of("tool_search"),))
    answer = result("tool_search", "nothing")
    request = Request(model="m", messages=(Message("user", "Hi"), asked, answer))
    built = build_request(request, PROVIDER, Dialect())
    assert "JSON list of tools" in built.dropped[0]


def test_calls_keep_their_kind_in_json() -> None:
    call = call_of("mcp_approval")
    assert msgspec.json.decode(msgspec.json.encode(call), type=ToolCall) == call


def test_parts_that_are_no_picture_are_none_of_the_screen() -> None:
    parts = (FilePart(file_id="f_1"), NativePart({"type": "input_image", "file_id": "file_1"}))
    last = sent(call_of("computer"), COMPUTER, result("computer", parts))[-1]
    assert last["output"] == {"type": "computer_screenshot", "file_id": "file_1"}


@pytest.mark.parametrize("kind", ITEMS)
def test_fields_of_another_type_than_expected_break_nothing(kind: str) -> None:
    item = ITEMS[kind][0]
    odds: tuple[Any, ...] = (5, "x", "", [1], [{}], {"a": 1}, True, None)
    for field in item:
        for odd in odds:
            strange = {**item, field: odd}
            told = read(added(strange), done(strange), end())
            assert told[-1].finish_reason in ("tool_calls", "stop")
