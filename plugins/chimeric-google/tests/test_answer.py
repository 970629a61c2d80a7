"""Frames to deltas."""

from __future__ import annotations

import json

import msgspec
import pytest
from chimeric_google.parser import Answer

from chimeric import Event, Request


def test_text_comes_in_order_and_the_latest_counts_can_be_asked_for(fold, frame):
    fold.feed(frame({"text": "Lon"}))
    assert fold.feed(frame({"text": "don"})) == "don"
    assert fold.text == "London"
    assert fold.answer.running_usage().prompt_tokens == 9
    assert fold.last("id") == "abc"
    assert fold.last("model") == "gemini-3.8-flash"


def test_a_frame_without_usage_is_plain_text(fold, frame):
    fold.feed(frame({"text": "a"}))
    assert fold.feed({"candidates": [{"content": {"parts": [{"text": "b"}]}}]}) == "b"


def test_thoughts_are_reasoning_and_no_text(fold, frame):
    fold.feed(frame({"text": "Hm. ", "thought": True}))
    fold.feed(frame({"text": "So.", "thought": True}))
    fold.feed(frame({"text": "Yes.", "thought": False}, finish="STOP"))
    assert (fold.reasoning, fold.text) == ("Hm. So.", "Yes.")
    assert fold.last("finish_reason") == "stop"
    thought = {"text": "Hm. So.", "thought": True}
    assert fold.last("state") == [thought, {"text": "Yes."}], "it may go back, so nothing is lost"


def test_a_signature_keeps_its_own_place_even_on_an_empty_part(fold, frame):
    fold.feed(frame({"text": "Think", "thought": True}))
    fold.feed(frame({"text": "Lon"}))
    fold.feed(frame({"text": "don"}))
    fold.feed(frame({"text": "", "thoughtSignature": "c2ln"}, finish="STOP"))
    assert fold.last("state") == [
        {"text": "Think", "thought": True},
        {"text": "London"},
        {"text": "", "thoughtSignature": "c2ln"},
    ]


def test_whole_calls_without_ids_stay_apart(fold, frame):
    first = {"functionCall": {"name": "add", "args": {"x": 2}}, "thoughtSignature": "c2ln"}
    second = {"functionCall": {"name": "add", "args": {"x": 2}}}
    fold.feed(frame(first, second))
    fold.feed(frame({"functionCall": {"name": "joke"}}))
    fold.feed(frame({"text": ""}, finish="STOP"))
    assert [c["arguments"] for c in fold.calls()] == [{"x": 2}, {"x": 2}, {}]
    assert [c["id"] for c in fold.calls()] == [None] * 3
    assert fold.last("finish_reason") == "stop", "the core makes tool_calls of it"
    assert fold.last("finish_reason_native") == "STOP"
    assert fold.last("state")[:2] == [first, second]


def test_arguments_in_pieces_become_json_text_that_grows(fold, frame):
    def piece(path, value, more):
        return {"jsonPath": path, "stringValue": value, "willContinue": more}

    def call(more, *pieces):
        return frame({"functionCall": {"partialArgs": list(pieces), "willContinue": more}})

    opening = {"functionCall": {"name": "send", "willContinue": True}, "thoughtSignature": "s"}
    fold.feed(frame(opening))
    fold.feed(call(True, piece("$.to[0].name", "A\u00e9", True)))
    said = fold.feed(call(True, piece("$.to[0].name", 'd"a', True)))
    assert said.tool_calls[0].arguments == 'd\\"a'
    fold.feed(call(True, piece("$.to[0].name", "", False)))
    fold.feed(call(True, {"jsonPath": "$.to[0].age", "numberValue": 3}))
    fold.feed(call(True, {"jsonPath": "$.to[1]", "nullValue": None}))
    fold.feed(call(True, {"jsonPath": "$['the text']", "boolValue": False}))
    fold.feed(frame({"functionCall": {}}, finish="STOP"))
    arguments = {"to": [{"name": 'A\u00e9d"a', "age": 3}, None], "the text": False}
    assert fold.calls() == [{"id": None, "name": "send", "arguments": arguments}]
    kept = {"functionCall": {"name": "send", "args": arguments}, "thoughtSignature": "s"}
    assert fold.last("state") == [kept]


def test_a_call_that_is_cut_off_in_its_arguments_is_never_complete(fold, frame):
    fold.feed(frame({"functionCall": {"name": "send", "willContinue": True}}))
    fold.feed(
        frame(
            {
                "functionCall": {
                    "partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "willContinue": True}],
                    "willContinue": True,
                }
            }
        )
    )
    assert fold.calls() == []


def test_a_path_that_is_none_is_refused(fold, frame):
    fold.feed(frame({"functionCall": {"name": "send", "willContinue": True}}))
    bad = {"functionCall": {"partialArgs": [{"jsonPath": "to", "stringValue": "x"}]}}
    with pytest.raises(msgspec.ValidationError, match="not a path"):
        fold.feed(frame(bad))


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "other"),
        ("A_REASON_OF_THE_FUTURE", "other"),
    ],
)
def test_finish_reasons_are_unified(fold, frame, native, unified):
    fold.feed(frame({"text": "x"}, finish=native, finishMessage="why"))
    assert fold.last("finish_reason") == unified
    assert fold.last("finish_reason_native") == native
    assert fold.last("finish_detail") == "why"


def test_a_blocked_prompt_is_a_content_filter_with_its_reason(fold):
    feedback = {"blockReason": "SAFETY", "blockReasonMessage": "no"}
    fold.feed({"promptFeedback": feedback, "responseId": "abc"})
    assert fold.last("finish_reason") == "content_filter"
    assert fold.last("finish_detail") == "SAFETY"
    assert fold.last("metadata")["prompt_feedback"] == feedback


def test_usage_counts_thoughts_and_tool_results_and_the_last_frame_wins(fold, frame):
    fold.feed(frame({"text": "a"}))
    last = frame({"text": "b"}, finish="STOP")
    last["usageMetadata"] = native = {
        "promptTokenCount": 7,
        "toolUsePromptTokenCount": 3,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 11,
        "cachedContentTokenCount": 4,
        "totalTokenCount": 26,
    }
    fold.feed(last)
    usage = fold.last("usage")
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 16, 26)
    assert (usage.cached_tokens, usage.reasoning_tokens) == (4, 11)
    assert fold.last("usage_native") == native


def test_a_frame_with_usage_alone_after_the_finish_is_taken(fold, frame):
    fold.feed(frame({"text": "a"}, finish="STOP"))
    fold.feed({"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 2}})
    assert fold.last("usage").total_tokens == 3
    assert fold.last("usage_native") == {"promptTokenCount": 1, "candidatesTokenCount": 2}


def test_an_error_frame_fails_with_what_its_status_means(fold, frame):
    fold.feed(frame({"text": "a"}))
    fold.feed({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})
    error = fold.last("error")
    assert (error.message, error.type, error.status) == ("overloaded", "UNAVAILABLE", 503)


@pytest.mark.parametrize("wrong", [123, {"a": 1}, ["x"]])
def test_text_of_a_wrong_type_is_refused(fold, frame, wrong):
    fold.feed(frame({"text": "a"}))
    with pytest.raises(msgspec.ValidationError):
        fold.feed(frame({"text": wrong}))


@pytest.mark.parametrize("data", [b"42", b'"x"', b"null", b"[]", b"{", b"\x00"])
def test_what_is_no_frame_is_refused(fold, data):
    with pytest.raises(msgspec.DecodeError):
        fold.feed(data)


def test_nulls_are_absent_and_unknown_things_are_skipped(fold, frame):
    fold.feed(frame({"text": "a"}))
    fold.feed({"candidates": None, "usageMetadata": None, "promptFeedback": None, "error": None})
    fold.feed({"candidates": [{"content": None, "finishReason": None, "groundingMetadata": None}]})
    fold.feed({"candidates": [{"content": {"parts": None, "role": None}}], "x": {"y": [1]}})
    fold.feed(frame({"somethingNew": {"a": 1}}))
    fold.feed(frame({"text": "b", "functionCall": None, "thought": None, "new": 1}, finish="STOP"))
    assert fold.text == "ab"


def test_only_the_first_candidate_speaks(fold):
    fold.feed(
        {
            "candidates": [
                {"content": {"parts": [{"text": "no"}]}, "index": 1},
                {"content": {"parts": [{"text": "yes"}]}, "finishReason": "STOP"},
            ]
        }
    )
    assert fold.text == "yes"


def test_tools_that_google_runs_are_told_apart_from_calls(fold, frame):
    code = {"language": "PYTHON", "code": "print(1)", "id": "c1"}
    search = {"toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": ["x"]}, "id": "t1"}
    fold.feed(frame({"executableCode": code}, {"toolCall": search, "thoughtSignature": "s"}))
    fold.feed(frame({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}))
    fold.feed(frame({"text": "1"}, finish="STOP"))
    natives = [tool.native for tool in fold.told("server_tools") if tool.native]
    assert [(t["type"], t["name"], t["id"]) for t in natives] == [
        ("executableCode", "code_execution", "c1"),
        ("toolCall", "GOOGLE_SEARCH_WEB", "t1"),
    ]
    assert fold.calls() == []
    assert fold.last("metadata")["server_tool_results"][0]["output"] == "1"
    assert len(fold.last("state")) == 4


def test_sources_are_citations_and_told_once(fold, frame):
    chunks = [{"web": {"uri": "https://a.test", "title": "A"}}]
    grounding = {"groundingChunks": chunks, "groundingSupports": [{"groundingChunkIndices": [0]}]}
    fold.feed(frame({"text": "a"}, groundingMetadata={}))
    fold.feed(frame({"text": "b"}, groundingMetadata=grounding))
    fold.feed(frame({"text": "c"}, finish="STOP", groundingMetadata=grounding))
    assert [c.native for c in fold.told("citations")] == chunks
    assert fold.last("metadata")["grounding_metadata"] == grounding


def test_a_picture_that_the_model_made_is_in_the_metadata(fold, frame):
    picture = {"mimeType": "image/png", "data": "iVBORw=="}
    fold.feed(frame({"inlineData": picture}, finish="STOP"))
    assert fold.last("metadata")["inline_data"] == [picture]
    assert fold.last("state") == [{"inlineData": picture}]


def test_a_whole_answer_says_everything_at_once(frame):
    body = frame(
        {"text": "hm", "thought": True},
        {"text": "calling"},
        {"functionCall": {"id": "f1", "name": "add", "args": {"x": 1}}, "thoughtSignature": "s"},
        finish="STOP",
    )
    deltas = Answer().parse_whole(json.dumps(body).encode())
    assert isinstance(deltas, list)
    assert [(d.reasoning, d.text) for d in deltas] == [
        ("hm", None),
        (None, "calling"),
        (None, None),
    ]
    delta = deltas[-1]
    assert (delta.finish_reason, delta.done) == ("stop", True)
    assert delta.tool_calls[0].id == "f1"
    assert delta.tool_calls[0].complete
    assert delta.usage_native == body["usageMetadata"]
    assert delta.state == body["candidates"][0]["content"]["parts"]


@pytest.mark.parametrize("body", [b"{}", b'{"hello": 1}', b"[]", b"<html>", b""])
def test_a_body_of_another_shape_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        Answer().parse_whole(body)


def test_where_several_candidates_were_asked_for_only_the_first_one_counts():
    request = Request(model="m", messages=(), extra={"candidateCount": 2})
    answer = Answer(request)
    frame = {
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "f"}}, {"text": "b"}]}, "index": 1},
            {"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP", "index": 0},
        ]
    }
    delta = answer.parse_whole(json.dumps(frame).encode())
    assert (delta.text, delta.tool_calls, delta.finish_reason) == ("a", (), "stop")
    assert delta.metadata == {"other_candidates": ["b"]}


@pytest.mark.parametrize("config", ["extra", "extra_body"])
def test_the_number_of_candidates_may_stand_in_the_generation_config(config):
    asked = {"generationConfig": {"candidateCount": 2}}
    answer = Answer(Request(model="m", messages=(), **{config: asked}))
    frame = {"candidates": [{"content": {"parts": [{"text": "b"}]}, "index": 1}]}
    assert answer.parse(Event(json.dumps(frame).encode())).text is None


def test_a_file_beside_text_in_one_part_is_told_and_both_are_kept(fold, frame):
    picture = {"mimeType": "image/png", "data": "iVBORw=="}
    fold.feed(frame({"text": "Here", "inlineData": picture}, finish="STOP"))
    assert fold.text == "Here"
    assert fold.last("metadata")["inline_data"] == [picture]
    assert fold.last("state") == [{"text": "Here"}, {"inlineData": picture}]


def test_arguments_that_are_json_text_are_taken_as_they_are(fold, frame):
    fold.feed(frame({"functionCall": {"name": "f", "args": '{"a": 1}'}}, finish="STOP"))
    assert fold.calls() == [{"id": None, "name": "f", "arguments": {"a": 1}}]


def test_other_arguments_under_the_same_id_are_another_call(fold, frame):
    for value in (1, 2):
        fold.feed(frame({"functionCall": {"name": "f", "args": {"a": value}, "id": "x"}}))
    assert [call["arguments"] for call in fold.calls()] == [{"a": 1}, {"a": 2}]


def test_a_frame_in_a_list_is_a_frame(fold, frame):
    fold.feed(json.dumps([frame({"text": "a"}, finish="STOP")]).encode())
    assert (fold.text, fold.last("finish_reason")) == ("a", "stop")


def test_a_call_in_pieces_that_is_told_again_goes_on(fold, frame):
    begun = {"functionCall": {"name": "f", "id": "x", "willContinue": True}}
    piece = {"partialArgs": [{"jsonPath": "$.a", "numberValue": 1}], "willContinue": True}
    fold.feed(frame(begun))
    fold.feed(frame({"functionCall": {"name": "f", "id": "x", **piece}}))
    fold.feed(frame({"functionCall": {}}, finish="STOP"))
    assert fold.calls() == [{"id": "x", "name": "f", "arguments": {"a": 1}}]


def test_arguments_of_no_call_are_in_the_metadata(fold, frame):
    part = {"functionCall": {"args": {"a": 1}}}
    fold.feed(frame(part, finish="STOP"))
    assert fold.last("metadata")["other_parts"] == [part]


def test_an_event_named_error_is_one_unless_it_is_a_frame(frame):
    said = Answer().parse(Event(b'{"oops": 1}', "error"))
    assert said.error.message == '{"oops": 1}'
    assert Answer().parse(Event(b"[5]", "error")).error.message == "[5]"
    assert Answer().parse(Event(json.dumps(frame({"text": "a"})).encode(), "error")).text == "a"


def test_other_arguments_as_text_under_the_same_id_are_another_call(fold, frame):
    for text in ('{"a": 1}', '{"a": 2}'):
        fold.feed(frame({"functionCall": {"name": "f", "args": text, "id": "x"}}))
    assert len(fold.calls()) == 2
