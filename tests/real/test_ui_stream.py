"""The AI SDK reads the UI message stream: every recording, and what useChat sends back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chimeric import ToolError
from tests.conformance.corpus import CORPUS, EXCEPTIONS, check

from .environments import require
from .front_ends import RECORDED, FrontEnds, send_money

require()

SDKS = (5, 6, 7)
NOT_ACCEPTED = "the approval is not accepted"
ASKED = [{"id": "u1", "role": "user", "parts": [{"type": "text", "text": "recorded"}]}]


@pytest.fixture
def useChat(
    program: Callable[..., Any], front_ends: tuple[FrontEnds, str]
) -> Callable[..., dict[str, Any]]:
    def post(path: str, messages: list[Any], sdk: int) -> dict[str, Any]:
        task = {"url": front_ends[1] + path, "messages": messages, "sdk": sdk, "body": {"sdk": sdk}}
        told: dict[str, Any] = program("ui-stream").ask(task)
        return told

    return post


def text_of(message: dict[str, Any] | None) -> str:
    """The answer's text: that of refusals is marked."""
    parts = message["parts"] if message else []
    return "".join(
        part["text"]
        for part in parts
        if part["type"] == "text" and not part.get("providerMetadata")
    )


@pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")
@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("number", range(len(RECORDED)), ids=lambda n: RECORDED[n]["name"])
def test_every_recording_is_read_without_complaint(useChat, number, sdk):
    case = RECORDED[number]
    told = useChat(f"/ui/recorded/{number}", ASKED, sdk)
    assert "raised" not in told, told
    assert told["refused"] is None
    ambiguous = case.get("ambiguous") or []
    own_way = "all" in ambiguous or case["name"] in EXCEPTIONS
    if told["errors"]:
        assert case["expected"]["error"] or own_way, told["errors"]
    assert ("finish" in told["types"]) is not bool(told["errors"])
    if "text" not in ambiguous and not own_way:
        assert text_of(told["message"]) == (case["expected"]["text"] or "")


def broken() -> str:
    """Fail."""
    raise ToolError("postgres://admin:hunter2@db")


def asked(text: str) -> list[dict[str, Any]]:
    return [{"id": "u1", "role": "user", "parts": [{"type": "text", "text": text}]}]


def tool_part(message: dict[str, Any]) -> dict[str, Any]:
    (part,) = [part for part in message["parts"] if part["type"].startswith("tool-")]
    found: dict[str, Any] = part
    return found


def decided(message: dict[str, Any], *, approved: bool) -> dict[str, Any]:
    """The message with the decision of a person, as ``addToolApprovalResponse`` makes it."""
    part = tool_part(message)
    part["state"] = "approval-responded"
    part["approval"] = {"id": part["approval"]["id"], "approved": approved, "reason": "too much"}
    return message


@pytest.mark.parametrize("sdk", [6, 7])
@pytest.mark.parametrize("allow", [True, False])
def test_an_approved_call_runs_where_the_server_allows_it(useChat, app, sdk, allow):
    app.arguments, app.allow = {"model": "sim:tools", "tools": [send_money]}, allow
    first = useChat("/ui/asked", asked("send it"), sdk)
    assert tool_part(first["message"])["state"] == "approval-requested"
    assert first["errors"] == []
    then = [*asked("send it"), decided(first["message"], approved=True)]
    second = useChat("/ui/asked", then, sdk)
    assert (second["errors"], second["refused"]) == ([], None)
    message = second["message"]
    assert message["id"] == first["message"]["id"]
    part = tool_part(message)
    if allow:
        assert part["state"] == "output-available"
        assert part["output"] == {"sent": part["input"]["amount"]}
    else:
        assert (part["state"], part["errorText"]) == ("output-error", NOT_ACCEPTED)
        assert "not accepted" in text_of(message)
    assert "Here is what I found" in text_of(message)


@pytest.mark.parametrize("sdk", [6, 7])
def test_a_denied_call_is_told_as_denied(useChat, app, sdk):
    app.arguments, app.allow = {"model": "sim:tools", "tools": [send_money]}, True
    first = useChat("/ui/asked", asked("send it"), sdk)
    then = [*asked("send it"), decided(first["message"], approved=False)]
    second = useChat("/ui/asked", then, sdk)
    assert (second["errors"], second["refused"]) == ([], None)
    assert tool_part(second["message"])["state"] == "output-denied"
    assert "too much" in text_of(second["message"])


@pytest.mark.parametrize("sdk", SDKS)
def test_a_tool_that_fails_tells_the_browser_no_words_of_its_own(useChat, app, sdk):
    app.arguments = {"model": "sim:tools", "tools": [broken]}
    told = useChat("/ui/asked", asked("do it"), sdk)
    part = tool_part(told["message"])
    assert (part["state"], part["errorText"]) == ("output-error", "the tool failed")
    assert told["refused"] is None
