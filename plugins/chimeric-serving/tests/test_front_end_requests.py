"""What front ends send: read as messages, refused where it is none, and made of messages again."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from chimeric_serving import (
    InvalidRequestError,
    from_ui_messages,
    read_ag_ui_request,
    read_body,
    read_ui_request,
    to_ag_ui_messages,
    to_ui_messages,
    ui_stream_response,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimeric import AudioPart, Chimeric, Citation, FilePart, ImagePart, Message, TextPart, ToolCall

from .front_end_messages import CALL, HI, PNG, assistant, tool, user


def test_text_and_files_are_parts_in_their_order():
    (message,) = from_ui_messages([
        user(
            {"type": "file", "mediaType": "image/png", "url": f"data:image/png;base64,{PNG}"},
            {"type": "file", "mediaType": "audio/wav", "url": "https://a.example/x.wav"},
            {"type": "file", "mediaType": "text/plain", "url": "data:,a%20b", "filename": "n.txt"},
            {"type": "file", "mediaType": "application/pdf", "providerReference": {"x": "file_1"}},
            HI,
        )
    ])  # fmt: skip
    assert message.content == (
        ImagePart(data=PNG, media_type="image/png"),
        AudioPart(url="https://a.example/x.wav", media_type="audio/wav"),
        FilePart(data=base64.b64encode(b"a b").decode(), media_type="text/plain", filename="n.txt"),
        FilePart(file_id="file_1", media_type="application/pdf"),
        TextPart("Hi"),
    )


def test_an_answer_is_a_message_for_each_step_with_its_results_behind_it():
    found = from_ui_messages([
        assistant(
            {"type": "step-start"},
            {"type": "reasoning", "text": "Hm."},
            {"type": "text", "text": "I look."},
            tool("output-available", output={"b": 2}),
            {"type": "source-url", "sourceId": "s1", "url": "https://a.example"},
            {"type": "step-start"},
            {"type": "text", "text": "Done."},
        )
    ])  # fmt: skip
    assert found == [
        Message("assistant", "I look.", tool_calls=(CALL,), reasoning="Hm."),
        Message("tool", '{"b":2}', tool_call_id="c1", name="look"),
        Message("assistant", "Done."),
    ]


@pytest.mark.parametrize(
    ("part", "result"),
    [
        (tool("input-available"), None),
        (tool("approval-requested", approval={"id": "c1"}), None),
        (tool("approval-responded", approval={"id": "c1", "approved": True}), None),
        (tool("output-available", output="half", preliminary=True), None),
        (tool("output-available", output=None), ("null", False)),
        (tool("output-available", output="sunny"), ("sunny", False)),
        (tool("output-error", errorText="broke"), ("broke", True)),
        (tool("output-denied", approval={"id": "c1", "approved": False}),
         ("denied: the call was denied", True)),
        (tool("approval-responded", approval={"id": "c1", "approved": False, "reason": "no"}),
         ("denied: no", True)),
    ],
)  # fmt: skip
def test_every_state_of_a_call(part, result):
    call, *results = from_ui_messages([assistant(part)])
    assert call.tool_calls == (CALL,)
    assert [(m.content, m.is_error) for m in results] == ([] if result is None else [result])
    dynamic = {**part, "type": "dynamic-tool", "toolName": "look"}
    assert from_ui_messages([assistant(dynamic)]) == [call, *results]


@pytest.mark.parametrize(
    "part", [tool("input-streaming"), tool("input-available", providerExecuted=True)]
)
def test_what_was_cut_off_or_is_the_providers_own_is_no_call(part):
    assert from_ui_messages([assistant(HI, part)]) == [Message("assistant", "Hi")]


def test_pictures_that_a_tool_gave_come_back_as_pictures():
    value = [
        {"type": "text", "text": "here"},
        {"type": "media", "data": PNG, "mediaType": "image/png"},
    ]
    part = tool("output-available", output={"type": "content", "value": value})
    _, result = from_ui_messages([assistant(part)])
    assert result.content == (TextPart("here"), ImagePart(data=PNG, media_type="image/png"))


def test_unknown_parts_and_fields_are_passed_over_and_named():
    request = read_ui_request({
        "id": "chat", "trigger": "submit-message", "own": 1, "messageId": None,
        "messages": [
            user({"type": "hologram"}, {"type": "data-mood", "data": "glad"}, {**HI, "y": 2}),
            assistant({"type": "custom", "kind": "a.b"}),
        ],
    })  # fmt: skip
    assert request.messages == (Message("user", "Hi"),)
    assert request.ignored == ("custom", "data-mood", "hologram")
    assert (request.id, request.body) == ("chat", {"own": 1})


def test_data_parts_are_told_where_the_application_says_how():
    body = {"messages": [user({"type": "data-mood", "data": "glad"}, HI)]}
    request = read_ui_request(body, data=lambda name, data: f"({name}: {data})")
    assert [part.text for part in request.messages[0].content] == ["(mood: glad)", "Hi"]


def test_one_message_may_stand_for_the_list():
    assert read_ui_request({"message": user(HI)}).messages == (Message("user", "Hi"),)


BAD = [
    ({}, "no messages"),
    ({"messages": []}, "no messages"),
    ({"messages": {}}, "must be a list"),
    ({"messages": [1]}, r"messages\[0\] must be an object"),
    ({"messages": [{"role": "user", "content": "Hi"}]}, "older version"),
    ({"messages": [{"role": "tool", "parts": []}]}, "role"),
    ({"messages": [user(1)]}, "object with a type"),
    ({"messages": [user({"type": "text"})]}, r"parts\[0\]\.text must be a string"),
    ({"messages": [user({"type": "file", "mediaType": "image/png"})]}, "without a URL"),
    ({"messages": [user({"type": "file", "url": "blob:http://x"})]}, "scheme 'blob'"),
    ({"messages": [user({"type": "file", "url": "file:///etc/passwd"})]}, "scheme 'file'"),
    ({"messages": [user({"type": "file", "url": "data:image/png;base64,@@"})]}, "not base64"),
    ({"messages": [user({"type": "file", "url": "data:image/png"})]}, "comma"),
    ({"messages": [assistant(tool("result"))]}, "state"),
    ({"messages": [assistant({**tool("input-available"), "toolCallId": 7})]}, "toolCallId"),
    ({"messages": [user({"type": "hologram"})]}, "no message has anything"),
    ({"messages": [user(HI)], "id": 7}, "id must be a string"),
]


@pytest.mark.parametrize(("body", "told"), BAD)
def test_what_is_no_request_is_refused_with_a_reason(body, told):
    with pytest.raises(InvalidRequestError, match=told) as caught:
        read_ui_request(json.dumps(body))
    assert caught.value.status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b"[" * 100_000])
@pytest.mark.parametrize("read", [read_ui_request, read_ag_ui_request])
def test_a_body_that_is_no_json_is_refused(read, body):
    with pytest.raises(InvalidRequestError, match="body"):
        read(body)


@pytest.mark.parametrize("read", [read_ui_request, read_ag_ui_request])
def test_a_body_that_is_too_large_is_refused_by_its_size(read):
    with pytest.raises(InvalidRequestError, match="larger than 10 bytes") as caught:
        read(b" " * 11, max_bytes=10)
    assert caught.value.status_code == 413


def test_a_body_without_end_is_given_up_when_it_is_too_large():
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"x" * 1000

    with pytest.raises(InvalidRequestError) as caught:
        asyncio.run(read_body(endless(), max_bytes=10_000))
    assert (caught.value.status_code, taken) == (413, 11)


def test_a_hundred_megabytes_of_attachments_are_413_over_http(
    serving: Callable[..., Any],
) -> None:
    async def chat(http_request: Request) -> Response:
        try:
            request = read_ui_request(await read_body(http_request.stream()))
        except InvalidRequestError as error:
            return PlainTextResponse(error.message, error.status_code)
        stream = await client.agenerate("sim:echo", request.messages, stream=True)
        return ui_stream_response(stream, request)

    def large() -> Any:
        yield b'{"messages":[{"id":"u","role":"user","parts":[{"type":"file","url":"'
        yield b"data:image/png;base64,"
        for _ in range(100):
            yield b"A" * 2**20

    app = Starlette(routes=[Route("/chat", chat, methods=["POST"])])
    with Chimeric() as client, serving(app) as url:
        good = httpx.post(f"{url}/chat", json={"messages": [user(HI)]})
        try:
            told = httpx.post(f"{url}/chat", content=large(), timeout=60)
        except httpx.WriteError:  # the server has closed the connection while it was sent
            told = None
        again = httpx.post(f"{url}/chat", json={"messages": [user(HI)]})
        asyncio.run(client.aclose())
    assert '"finish"' in good.text
    assert '"finish"' in again.text
    assert told is None or told.status_code == 413


RESPONDED = tool("approval-responded", approval={"id": "c1", "approved": True})


def test_an_approval_of_a_front_end_is_in_force_only_where_the_server_says_so():
    request = read_ui_request({"messages": [user(HI), assistant(RESPONDED)]})
    assert all(not message.approved for message in request.messages)
    assert request.decisions == {"c1": True}
    seen: list[ToolCall] = []

    def allow(call: ToolCall) -> bool:
        seen.append(call)
        return True

    assert request.resume(allow)[-1].approved == ("c1",)
    assert seen == [CALL]
    assert request.denied == {}
    refused = request.resume(lambda call: False)
    assert refused[-1].text == "denied: the approval is not accepted"
    assert all(not message.approved for message in refused)
    assert request.denied == {"c1": "the approval is not accepted"}


def test_an_approval_in_an_older_message_does_not_count():
    request = read_ui_request({"messages": [user(HI), assistant(RESPONDED), user(HI)]})
    assert request.approvals == ()
    assert request.decisions == {}
    assert request.continues is None


CONVERSATION = [
    Message("system", "Be brief."),
    Message("user", (ImagePart(data=PNG, media_type="image/png"), TextPart("What is it?"))),
    Message("assistant", "I look.", tool_calls=(CALL,), reasoning="Hm."),
    Message("tool", '{"b":2}', tool_call_id="c1", name="look"),
    Message("assistant", "A picture."),
    Message("user", "And this?"),
    Message("assistant", refusal="No."),
]


def test_messages_are_the_same_after_the_way_to_useChat_and_back():
    shown = to_ui_messages(CONVERSATION)
    assert [m["role"] for m in shown] == ["system", "user", "assistant", "user", "assistant"]
    assert from_ui_messages(json.loads(json.dumps(shown))) == CONVERSATION


def test_messages_are_the_same_after_the_way_to_ag_ui_and_back():
    shown = to_ag_ui_messages(CONVERSATION)
    body = {"threadId": "t", "runId": "r", "messages": shown}
    assert list(read_ag_ui_request(json.dumps(body)).messages) == CONVERSATION


def test_the_words_of_a_tool_that_failed_are_not_in_a_history():
    failed = Message("tool", "KeyError: 'secret'", tool_call_id="c1", name="look", is_error=True)
    messages = [Message("assistant", tool_calls=(CALL,)), failed]
    for show in (to_ui_messages, to_ag_ui_messages):
        assert "secret" not in str(show(messages))
        assert "secret" in str(show(messages, tool_errors=True))


def test_a_history_has_the_sources_of_its_texts():
    cited = TextPart("Twice.", citations=(Citation(url="https://a.example", title="Tides"),))
    (shown,) = to_ui_messages([Message("assistant", (cited,))])
    assert shown["parts"][-1] == {
        "type": "source-url", "sourceId": "s1", "url": "https://a.example", "title": "Tides",
    }  # fmt: skip
