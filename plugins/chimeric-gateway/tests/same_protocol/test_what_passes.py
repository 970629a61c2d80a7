"""Fields and events that unified form does not know, on their way to the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import KEY, Told, sse
from .upstreams import ALL, CHAT, MESSAGES, RESPONSES, chat, delta, responses

Ask = Callable[..., Told]
Heard = Callable[[str, bytes], Any]


def test_unknown_fields_of_chat_chunks_pass(ask: Ask, heard: Heard) -> None:
    told = ask("chat_completions", sse(*CHAT), stream=True)
    text = [event for event in told.events if event["choices"][0]["delta"].get("content")]
    assert [event["choices"][0]["delta"]["content"] for event in text] == ["Hel", "lo", " there"]
    assert text[0]["x_first"] is True
    assert text[2]["choices"][0]["delta"]["x_tone"] == "warm"
    assert all(event["x_region"] == "north" for event in told.events)
    assert told.events[0]["x_prompt"] == "seen"
    assert told.events[-1]["x_stop"] == "done"
    assert heard("chat_completions", told.data).choices[0].message.content == "Hello there"


def test_unknown_fields_and_events_of_messages_pass(ask: Ask, heard: Heard) -> None:
    told = ask("messages", sse(*MESSAGES), stream=True)
    assert told.of("weather_report") == [{"type": "weather_report", "sky": "blue"}]
    assert told.of("message_start")[0]["message"]["x_region"] == "north"
    assert told.of("content_block_delta")[0]["x_first"] is True
    assert told.of("message_delta")[0]["usage"]["x_joules"] == 8
    assert told.of("message_delta")[0]["delta"]["x_why"] == "done"
    final = heard("messages", told.data)
    assert (final.content[0].text, final.stop_reason, final.id) == (
        "Hello there",
        "end_turn",
        "msg_up",
    )


def test_unknown_fields_and_events_of_responses_pass(ask: Ask, heard: Heard) -> None:
    told = ask("responses", sse(*RESPONSES), stream=True)
    assert [event["sequence_number"] for event in told.events] == list(range(len(told.events)))
    assert len(told.events) == len(RESPONSES)
    assert told.of("response.weather.report")[0]["sky"] == "blue"
    assert told.of("response.created")[0]["x_first"] is True
    assert told.of("response.output_text.delta")[0]["x_tone"] == "warm"
    last = told.events[-1]["response"]
    assert (last["x_cost"], last["usage"]["x_joules"], last["output"][0]["x_item"]) == (4, 7, 1)
    final = heard("responses", told.data)
    assert (final.output_text, final.id) == ("Hello there", "resp_up")


@pytest.mark.parametrize("protocol", ALL)
def test_the_model_is_the_clients(ask: Ask, protocol: str) -> None:
    told = ask(protocol, sse(*ALL[protocol]), stream=True)
    assert b"real-model" not in told.data
    assert b'"model":"fast"' in told.data


@pytest.mark.parametrize("protocol", ALL)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pieces=st.lists(st.integers(1, 200), max_size=40),
    end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    comments=st.booleans(),
)
def test_however_the_bytes_are_cut_the_same_passes(
    ask: Ask, protocol: str, pieces: list[int], end: bytes, comments: bool
) -> None:
    frames = sse(*ALL[protocol], end=end)
    if comments:
        frames = b": hello" + end + end + frames.replace(end + end, end + end + b":" + end, 3)
    told = ask(protocol, frames, pieces=pieces, stream=True)
    assert told.data == ask(protocol, sse(*ALL[protocol]), stream=True).data


@pytest.mark.parametrize("protocol", ALL)
def test_the_gateways_key_and_the_upstreams_address_never_pass(ask: Ask, protocol: str) -> None:
    telling = {"x_debug": f"Bearer {KEY}"}
    events = [{**e, **telling} if isinstance(e, dict) else e for e in ALL[protocol]]
    told = ask(protocol, sse(*events), stream=True)
    assert told.failed is None
    assert b"x_debug" in told.data
    assert KEY.encode() not in told.data


def test_calls_pass_with_the_upstreams_ids_and_each_is_announced_once(
    ask: Ask, heard: Heard
) -> None:
    first = {"index": 0, "id": "call_up", "type": "function", "x_call": 1}
    events = [
        chat({"role": "assistant", "content": None}),
        chat({"tool_calls": [{**first, "function": {"name": "add", "arguments": ""}}]}),
        chat({"tool_calls": [{**first, "function": {"name": "add", "arguments": '{"x":'}}]}),
        chat({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}),
        chat({}, "stop"),
        b"[DONE]",
    ]
    told = ask("chat_completions", sse(*events), stream=True)
    calls = [c for e in told.events for c in e["choices"][0]["delta"].get("tool_calls", ())]
    assert [call.get("id") for call in calls] == ["call_up", None, None]
    assert calls[0]["x_call"] == 1
    choice = heard("chat_completions", told.data).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls[0].function.arguments == '{"x":1}'


def test_calls_that_are_numbered_badly_are_told_as_the_core_knows_them(
    ask: Ask, heard: Heard
) -> None:
    def call(identity: str | None, arguments: str) -> dict[str, Any]:
        named = {} if identity is None else {"id": identity, "type": "function"}
        function = {"arguments": arguments} | ({} if identity is None else {"name": "add"})
        return chat({"tool_calls": [{"index": 0, **named, "function": function}]})

    events = [
        chat({"role": "assistant", "content": "Let me see."}),
        *(call("call_a", ""), call(None, '{"x":1}'), call("call_b", ""), call(None, '{"x":2}')),
        chat({}, "tool_calls"),
        b"[DONE]",
    ]
    told = ask("chat_completions", sse(*events), stream=True)
    calls = heard("chat_completions", told.data).choices[0].message.tool_calls
    assert [(c.id, c.function.arguments) for c in calls] == [
        ("call_a", '{"x":1}'),
        ("call_b", '{"x":2}'),
    ]


def test_usage_is_told_to_who_asks_for_it_after_the_reason(ask: Ask) -> None:
    silent = ask("chat_completions", sse(*CHAT), stream=True)
    assert not any(event.get("usage") for event in silent.events)
    asked = ask("chat_completions", sse(*CHAT), stream=True, stream_options={"include_usage": True})
    assert asked.events[-1]["choices"] == []
    assert asked.events[-1]["usage"]["x_joules"] == 7
    assert asked.events[-2]["choices"][0]["finish_reason"] == "stop"
    assert asked.data.endswith(b"data: [DONE]\n\n")


def test_a_reason_that_comes_with_text_or_twice_is_told_once_and_last(ask: Ask) -> None:
    events = [
        chat({"role": "assistant", "content": "Hel"}),
        chat({"role": "assistant", "content": "lo"}, "stop"),
        chat({}, "stop"),
        b"[DONE]",
    ]
    told = ask("chat_completions", sse(*events), stream=True)
    reasons = [event["choices"][0]["finish_reason"] for event in told.events]
    assert reasons == [None, None, "stop"]
    assert told.events[-1]["choices"][0]["delta"] == {}
    roles = [event["choices"][0]["delta"].get("role") for event in told.events]
    assert roles == ["assistant", None, None]


def test_what_lacks_an_id_or_a_role_gets_one(ask: Ask, heard: Heard) -> None:
    bare = [{"choices": [{"delta": {"content": text}}]} for text in ("Hel", "lo there")]
    events = [*bare, {"choices": [{"delta": {}, "finish_reason": "stop"}]}, b"[DONE]"]
    told = ask("chat_completions", sse(*events), stream=True)
    assert heard("chat_completions", told.data).choices[0].message.content == "Hello there"
    assert len({event["id"] for event in told.events}) == 1


def test_a_thought_that_no_upstream_signed_is_signed(ask: Ask, heard: Heard) -> None:
    thought = {"type": "thinking", "thinking": ""}
    events = [
        MESSAGES[0],
        {"type": "content_block_start", "index": 0, "content_block": thought},
        delta(0, "thinking_delta", thinking="Hm."),
        {"type": "content_block_stop", "index": 0},
        *({**e, "index": 1} if "index" in e else e for e in MESSAGES[2:]),
    ]
    told = ask("messages", sse(*events), stream=True)
    final = heard("messages", told.data)
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[0].signature


def test_a_response_without_its_items_at_the_end_gets_them(ask: Ask, heard: Heard) -> None:
    events = responses("Hello", " there")
    events[-1] = {**events[-1], "response": {**events[-1]["response"], "output": []}}
    told = ask("responses", sse(*events), stream=True)
    assert heard("responses", told.data).output_text == "Hello there"


def test_responses_without_numbers_get_them(ask: Ask) -> None:
    events = [{k: v for k, v in e.items() if k != "sequence_number"} for e in RESPONSES]
    told = ask("responses", sse(*events), stream=True)
    assert [event["sequence_number"] for event in told.events] == list(range(len(RESPONSES)))


def test_items_under_changing_ids_have_the_id_that_was_announced(ask: Ask, heard: Heard) -> None:
    events = [
        {**e, "item_id": f"msg_{n}"} if "item_id" in e else e for n, e in enumerate(RESPONSES)
    ]
    told = ask("responses", sse(*events), stream=True)
    assert heard("responses", told.data).output_text == "Hello there"
    assert {e["item_id"] for e in told.events if "item_id" in e} == {"msg_up"}


def test_text_of_a_part_that_was_not_announced_is_translated(ask: Ask, heard: Heard) -> None:
    events = [e for e in RESPONSES if not e["type"].startswith("response.content_part")]
    told = ask("responses", sse(*events), stream=True)
    assert heard("responses", told.data).output_text == "Hello there"
    assert b"resp_up" not in told.data


def test_an_item_that_is_never_said_to_be_done_is_closed(ask: Ask, heard: Heard) -> None:
    last = {**RESPONSES[-1], "response": {**RESPONSES[-1]["response"], "output": []}}
    events = [e for e in RESPONSES[:-1] if not e["type"].endswith(".done")]
    told = ask("responses", sse(*events, last), stream=True)
    final = heard("responses", told.data)
    assert (final.output_text, final.id) == ("Hello there", "resp_up")


@pytest.mark.parametrize("protocol", ALL)
def test_another_protocol_is_translated(ask: Ask, protocol: str, heard: Heard) -> None:
    told = ask(protocol, sse(*ALL[protocol]), stream=True, upstream="")
    assert b'"x_' not in told.data
    assert b"Hello there" in heard(protocol, told.data).model_dump_json().encode()


def test_encrypted_reasoning_of_others_says_whose_it_is(ask: Ask) -> None:
    thought = {"id": "rs_up", "type": "reasoning", "summary": [], "encrypted_content": "c2Vj"}
    begun = [e for e in RESPONSES if e["type"] in ("response.created", "response.in_progress")]
    rest = [e for e in RESPONSES if e not in begun]
    moved = [{**e, "output_index": 1} if "output_index" in e else e for e in rest]
    moved[-1] = {**moved[-1], "response": {**moved[-1]["response"], "output": []}}
    items = [
        {"type": f"response.output_item.{step}", "output_index": 0, "item": thought}
        for step in ("added", "done")
    ]
    for provider, told_as in (("openai", "c2Vj"), ("grok", "chimeric-item:xai.responses:c2Vj")):
        told = ask("responses", sse(*begun, *items, *moved), stream=True, provider=provider)
        assert told.of("response.output_item.done")[0]["item"]["encrypted_content"] == told_as
        assert told.events[-1]["response"]["output"][0]["encrypted_content"] == told_as


@pytest.mark.parametrize("indexes", [(0, 1), (1, 2), (None, None), (0, 0)])
@pytest.mark.parametrize("finish", ["tool_calls", None])
def test_calls_of_one_event_are_told_once(
    ask: Ask, heard: Heard, indexes: tuple[int | None, ...], finish: str | None
) -> None:
    calls = [
        {
            **({} if index is None else {"index": index}),
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": "add", "arguments": f'{{"x":{n}}}'},
        }
        for n, index in enumerate(indexes)
    ]
    last = [] if finish else [chat({}, "tool_calls")]
    events = [
        chat({"role": "assistant", "content": ""}),
        chat({"content": "", "tool_calls": calls}, finish),
        *last,
        b"[DONE]",
    ]
    told = ask("chat_completions", sse(*events), stream=True)
    known = heard("chat_completions", told.data).choices[0].message.tool_calls
    assert [(c.id, c.function.arguments) for c in known] == [
        ("call_0", '{"x":0}'),
        ("call_1", '{"x":1}'),
    ]
