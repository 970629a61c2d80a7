"""What front ends of AG-UI send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_serving import InvalidRequestError, read_ag_ui_request

from chimeric import AudioPart, FilePart, ImagePart, Message

from .front_end_messages import CALL, PNG


def ag_ui(messages: list[Any], **more: Any) -> dict[str, Any]:
    return {"threadId": "t", "runId": "r", "messages": messages, **more}


def test_an_input_of_ag_ui_has_tools_context_and_state():
    request = read_ag_ui_request(ag_ui(
        [{"id": "1", "role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        tools=[{"name": "pick", "description": "Pick.", "parameters": {"type": "object"}}],
        context=[{"description": "the page", "value": "checkout"}],
        state={"n": 1}, forwardedProps={"a": 1}, protocolVersion="1.0",
    ))  # fmt: skip
    assert request.messages == (Message("system", "the page: checkout"), Message("user", "Hi"))
    assert [tool.name for tool in request.tools] == ["pick"]
    assert (request.state, request.forwarded_props) == ({"n": 1}, {"a": 1})
    assert (request.thread_id, request.run_id, request.protocol_version) == ("t", "r", "1.0")


def test_calls_in_messages_of_their_own_are_one_answer():
    def made(id_: str) -> dict[str, Any]:
        function = {"name": "look", "arguments": ""}
        return {"id": id_, "role": "assistant",
                "toolCalls": [{"id": id_, "type": "function", "function": function}]}  # fmt: skip

    request = read_ag_ui_request(ag_ui([
        {"id": "0", "role": "reasoning", "content": "Hm."},
        {"id": "1", "role": "assistant", "content": "I look."}, made("c1"), made("c2"),
        {"id": "2", "role": "activity", "activityType": "x", "content": {}},
        {"id": "3", "role": "tool", "toolCallId": "c1", "content": "sunny"},
        {"id": "4", "role": "tool", "toolCallId": "c2", "content": "broke", "error": "broke"},
    ]))  # fmt: skip
    answer, first, second = request.messages
    assert (answer.content, answer.reasoning) == ("I look.", "Hm.")
    assert [(call.id, call.arguments) for call in answer.tool_calls] == [("c1", "{}"), ("c2", "{}")]
    assert (first.name, first.is_error, second.is_error) == ("look", False, True)
    assert request.ignored == ("activity",)


def test_tools_of_the_provider_that_come_back_are_told_to_no_model():
    function = {"name": "web_search", "arguments": "{}"}
    call = {"id": "server-tool:ws_1", "type": "function", "function": function}
    request = read_ag_ui_request(ag_ui([
        {"id": "1", "role": "assistant", "content": "", "toolCalls": [call]},
        {"id": "2", "role": "tool", "toolCallId": "server-tool:ws_1", "content": "[]"},
        {"id": "3", "role": "user", "content": "Hi"},
    ]))  # fmt: skip
    assert request.messages == (Message("user", "Hi"),)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"type": "image", "source": {"type": "data", "value": PNG, "mimeType": "image/png"}},
         ImagePart(data=PNG, media_type="image/png")),
        ({"type": "image", "source": {"type": "url", "value": "https://a.example/x"}},
         ImagePart(url="https://a.example/x")),
        ({"type": "audio", "source": {"type": "data", "value": "AAAA", "mimeType": "audio/wav"}},
         AudioPart(data="AAAA", media_type="audio/wav")),
        ({"type": "document", "source": {"type": "file", "value": "f1", "provider": "x"}},
         FilePart(file_id="f1")),
        ({"type": "binary", "mimeType": "image/png", "data": PNG},
         ImagePart(data=PNG, media_type="image/png")),
    ],
)  # fmt: skip
def test_files_of_ag_ui_are_parts(part, told):
    request = read_ag_ui_request(ag_ui([{"id": "1", "role": "user", "content": [part]}]))
    assert request.messages[0].content == (told,)


CALLED = [
    {"id": "1", "role": "assistant", "toolCalls": [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        ({"status": "resolved", "payload": {"approved": True}}, True),
        ({"status": "resolved", "payload": {"approved": "true"}}, False),
        ({"status": "resolved", "payload": {"approved": False, "reason": "no"}}, "no"),
        ({"status": "cancelled"}, False),
        ({"status": "resolved"}, False),
    ],
)
def test_answers_to_interrupts_are_decisions(answer, decision):
    request = read_ag_ui_request(ag_ui(CALLED, resume=[{"interruptId": "c1", **answer}]))
    assert request.decisions == {"c1": decision}
    assert all(not message.approved for message in request.messages)
    messages = request.resume(lambda call: call == CALL)
    assert messages[0].approved == (("c1",) if decision is True else ())
    assert ([m.role for m in messages] == ["assistant", "tool"]) is (decision is not True)


BAD_AG_UI = [
    ({}, "messages must be a list"),
    ({"messages": [1]}, "must be an object"),
    (ag_ui([]), "no messages"),
    ({"runId": "r", "messages": [{"role": "user", "content": "Hi"}]}, "threadId"),
    (ag_ui([{"role": "wizard", "content": "Hi"}]), "role"),
    (ag_ui([{"role": "user", "content": 7}]), "string or a list"),
    (ag_ui([{"role": "user", "content": [{"type": "image"}]}]), "source must be an object"),
    (ag_ui([{"role": "tool", "toolCallId": "c9", "content": ""}]), "nobody has made"),
    (ag_ui([{"role": "assistant", "toolCalls": [{}]}]), "without an id"),
    (ag_ui(CALLED, resume=[{"interruptId": "c9"}]), "no call that waits"),
    (ag_ui(CALLED, resume=[{"interruptId": "c1"}, {"interruptId": "c1"}]), "no call that waits"),
    (ag_ui(CALLED, tools=[{}]), "name must be a string"),
    (ag_ui(CALLED, tools=[{"name": "x", "parameters": 1}]), "JSON schema"),
    (ag_ui(CALLED, context={}), "context must be a list"),
]


@pytest.mark.parametrize(("body", "told"), BAD_AG_UI)
def test_what_is_no_input_of_ag_ui_is_refused_with_a_reason(body, told):
    with pytest.raises(InvalidRequestError, match=told):
        read_ag_ui_request(json.dumps(body))
