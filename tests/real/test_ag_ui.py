"""AG-UI's client and its Python types take our events: every recording, tools, interrupts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conformance.corpus import CORPUS, EXCEPTIONS, check

from .environments import require
from .front_ends import RECORDED, FrontEnds, send_money

require()
core = pytest.importorskip("ag_ui.core", reason="ag-ui-protocol is not installed")
pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

ASKED = [{"id": "u1", "role": "user", "content": "recorded"}]


@pytest.fixture
def agent(
    program: Callable[..., Any], front_ends: tuple[FrontEnds, str]
) -> Callable[..., dict[str, Any]]:
    def run(path: str, messages: list[Any], **more: Any) -> dict[str, Any]:
        task = {"url": front_ends[1] + path, "messages": messages, **more}
        told: dict[str, Any] = program("ag-ui").ask(task)
        return told

    return run


def text_of(told: dict[str, Any]) -> str:
    """The answer's text: that of refusals is marked."""
    return "".join(
        message.get("content") or ""
        for message in told["messages"]
        if message["role"] == "assistant" and not (message.get("metadata") or {}).get("refusal")
    )


@pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")
@pytest.mark.parametrize("number", range(len(RECORDED)), ids=lambda n: RECORDED[n]["name"])
def test_every_recording_is_verified(agent, number):
    case = RECORDED[number]
    told = agent(f"/ag-ui/recorded/{number}", ASKED)
    assert "raised" not in told, told
    ambiguous = case.get("ambiguous") or []
    own_way = "all" in ambiguous or case["name"] in EXCEPTIONS
    if told["errors"]:
        assert case["expected"]["error"] or own_way, told["errors"]
    assert (told["finished"] is None) is bool(told["errors"])
    if "text" not in ambiguous and not own_way:
        assert text_of(told) == (case["expected"]["text"] or "")


@pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")
def test_the_python_types_take_every_event_of_every_recording(front_ends):
    adapter = pydantic.TypeAdapter(core.Event)
    body = {
        "threadId": "t", "runId": "r", "messages": ASKED, "tools": [], "context": [], "state": {},
        "forwardedProps": {}, "protocolVersion": "1.0",
    }  # fmt: skip
    core.RunAgentInput.model_validate(body)
    seen = set()
    for number in range(len(RECORDED)):
        reply = httpx.post(f"{front_ends[1]}/ag-ui/recorded/{number}", json=body, timeout=60)
        if reply.status_code != 200:
            continue
        for line in reply.text.splitlines():
            if line.startswith("data: "):
                seen.add(adapter.validate_json(line[6:]).type.value)
    assert {"RUN_STARTED", "RUN_FINISHED", "RUN_ERROR", "TOOL_CALL_ARGS", "CUSTOM"} <= seen
    assert {"REASONING_MESSAGE_CONTENT", "TOOL_CALL_RESULT", "TEXT_MESSAGE_END"} <= seen


def test_a_tool_of_the_front_end_ends_the_run_and_its_result_is_read(agent, app):
    app.arguments = {"model": "sim:tools"}
    asked = [{"id": "u1", "role": "user", "content": "Look it up"}]
    tools = [
        {
            "name": "pick",
            "description": "Pick one.",
            "parameters": {"type": "object", "properties": {"color": {"type": "string"}}},
        }
    ]
    first = agent("/ag-ui/asked", asked, tools=tools)
    assert first["errors"] == []
    (call,) = first["messages"][-1]["toolCalls"]
    assert call["function"]["name"] == "pick"
    outcome = first["finished"]["outcome"]
    assert outcome == {"type": "success", "pendingToolCallIds": [call["id"]]}
    result = {"id": "t1", "role": "tool", "toolCallId": call["id"], "content": "blue"}
    second = agent("/ag-ui/asked", [*first["messages"], result], tools=tools)
    assert second["errors"] == []
    assert "pick answered: blue" in text_of(second)


@pytest.mark.parametrize(
    ("payload", "allow", "told"),
    [
        ({"approved": True}, True, '"sent"'),
        ({"approved": True}, False, "not accepted"),
        ({"approved": False, "reason": "too much"}, True, "too much"),
    ],
)
def test_an_interrupt_is_answered(agent, app, payload, allow, told):
    app.arguments, app.allow = {"model": "sim:tools", "tools": [send_money]}, allow
    asked = [{"id": "u1", "role": "user", "content": "send it"}]
    first = agent("/ag-ui/asked", asked)
    assert first["errors"] == []
    (waiting,) = first["finished"]["outcome"]["interrupts"]
    assert waiting["message"] == "money is sent"
    answers = [{"interruptId": waiting["id"], "status": "resolved", "payload": payload}]
    second = agent("/ag-ui/asked", first["messages"], resume=answers, interrupts=[waiting])
    assert second["errors"] == []
    (result,) = [message for message in second["messages"] if message["role"] == "tool"]
    assert told in result["content"]
    assert result["toolCallId"] == waiting["toolCallId"]
    assert "Here is what I found" in text_of(second)


def test_what_breaks_off_is_a_run_error(agent, app):
    app.arguments = {"model": "sim:tools", "max_turns": 0, "tools": [send_money_at_once]}
    told = agent("/ag-ui/asked", [{"id": "u1", "role": "user", "content": "send it"}])
    assert told["finished"] is None
    assert "internal error" in told["errors"]


def send_money_at_once(amount: int) -> str:
    """Send money."""
    return str(amount)
