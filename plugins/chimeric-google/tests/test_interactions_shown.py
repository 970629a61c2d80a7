"""What answers of the Interactions API show, and what a request says of the conversation."""

from __future__ import annotations

import json

import chimeric_google
import pytest
from chimeric_google.framing import GeminiFramer
from chimeric_google.interactions.answers.answer import Answer

from chimeric import (
    ConfigurationError,
    FilePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    ProviderConfig,
    ProviderState,
    Request,
    Tool,
    ToolCall,
)

MODEL = "gemini-3.8-flash"
DECLARED = chimeric_google.chimeric_provider()
CONFIG = ProviderConfig(name="google", base_url=DECLARED.base_url, declaration=DECLARED)


def read(fold, *events):
    fold.answer, framer = Answer(), GeminiFramer()
    for event in events:
        told = event if isinstance(event, bytes) else json.dumps(event).encode()
        for one in framer.feed(b"data: " + told + b"\n\n"):
            fold.add(fold.answer.parse(one))
    return fold


def start(index, kind, **step):
    return {"event_type": "step.start", "index": index, "step": {"type": kind, **step}}


def delta(index, kind, **more):
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **more}}


def stop(index):
    return {"event_type": "step.stop", "index": index}


def ended(status="completed", **more):
    return {"event_type": "interaction.completed", "interaction": {"status": status, **more}}


def whole(fold, *steps, **more):
    told = {"status": "completed", "steps": steps, **more}
    fold.add(Answer().parse_whole(json.dumps(told).encode()))
    return fold


def sent(*messages, model=MODEL, api="interactions", **request):
    asked = Request(model=model, messages=messages, options={"api": api} if api else {}, **request)
    return chimeric_google.chimeric_build_request(asked, CONFIG)


# --- answers -------------------------------------------------------------------------------------


def test_a_server_tool_begins_runs_and_ends(fold):
    read(
        fold,
        start(0, "url_context_call", id="u1"),
        delta(0, "url_context_call", arguments={"urls": ["https://a.example"]}),
        stop(0),
        start(1, "url_context_result", call_id="u1"),
        delta(1, "url_context_result", result=[{"url": "https://a.example", "status": "error"}]),
        stop(1),
        ended(),
    )
    told = [(t.kind, t.name, t.status, t.input, t.output) for t in fold.told("server_tools")]
    assert told == [
        ("web_fetch", "url_context", "started", None, None),
        ("web_fetch", "url_context", "running", {"urls": ["https://a.example"]}, None),
        ("web_fetch", "url_context", "failed", None,
         [{"url": "https://a.example", "status": "error"}]),
    ]  # fmt: skip


def test_a_step_that_nobody_knows_is_another_tool_and_goes_back(fold):
    read(fold, start(0, "dream_call", id="d1", of="sheep"), stop(0), ended())
    [begun] = fold.told("server_tools")
    assert (begun.kind, begun.name, begun.native["of"]) == ("other", "dream", "sheep")
    assert fold.last("state") == [{"type": "dream_call", "id": "d1", "of": "sheep"}]


@pytest.mark.parametrize(
    ("words", "place"), [("Tides rise.", (0, 5)), ("Tïdes rise.", (None, None))]
)
def test_places_are_told_where_bytes_and_characters_are_the_same(fold, words, place):
    source = {"type": "url_citation", "url": "https://a.example", "title": "A",
              "start_index": 0, "end_index": 5}  # fmt: skip
    read(
        fold,
        start(0, "model_output"),
        delta(0, "text", text=words),
        delta(0, "text_annotation_delta", annotations=[source]),
        ended(),
    )
    [cited] = fold.told("citations")
    assert (cited.start, cited.end) == place
    assert (cited.url, cited.title, cited.native) == ("https://a.example", "A", source)


def test_a_sound_in_pieces_is_partial_until_it_ends(fold):
    piece = {"mime_type": "audio/l16", "sample_rate": 24000, "data": "AAE="}
    read(fold, start(0, "model_output"), delta(0, "audio", **piece), delta(0, "audio", **piece),
         stop(0), ended())  # fmt: skip
    files = fold.told("files")
    assert [(f.id, f.partial, f.part.data) for f in files] == [
        ("audio_0", True, "AAE="),
        ("audio_0", True, "AAE="),
        ("audio_0", False, "AAEAAQ=="),
    ]
    assert files[0].part.media_type == "audio/l16;rate=24000"


def test_text_after_a_picture_is_another_block(fold):
    picture = {"type": "image", "mime_type": "image/png", "data": "iVBO"}
    said = [{"type": "text", "text": "a"}, picture, {"type": "text", "text": "b"}]
    whole(fold, {"type": "model_output", "content": said})
    assert [text for _, text in fold.blocks()] == ["a", "b"]
    assert fold.last("state") == [{"type": "model_output", "content": said}]


def test_a_whole_answer_says_what_its_stream_says(fold):
    call = {"id": "x", "name": "f", "arguments": {"a": 1}}
    read(
        fold,
        start(0, "thought"),
        delta(0, "thought_summary", content={"type": "text", "text": "Hm."}),
        delta(0, "thought_signature", signature="E"),
        stop(0),
        start(1, "function_call", **{**call, "arguments": {}}, signature=""),
        delta(1, "arguments_delta", arguments='{"a":1}'),
        stop(1),
        ended("requires_action"),
    )
    streamed = [fold.reasoning, fold.calls(), fold.last("state"), fold.last("finish_reason")]
    other = type(fold)()
    steps = [
        {"type": "thought", "summary": [{"type": "text", "text": "Hm."}], "signature": "E"},
        {"type": "function_call", **call},
    ]
    whole(other, *steps, status="requires_action")
    assert streamed == [
        *(other.reasoning, other.calls(), other.last("state"), other.last("finish_reason"))
    ]


def test_a_call_that_never_stops_is_none_and_does_not_go_back(fold):
    read(fold, start(0, "function_call", id="x", name="f", arguments={}),
         delta(0, "arguments_delta", arguments='{"a":'), ended("incomplete"))  # fmt: skip
    assert fold.calls() == []
    assert fold.told("tool_calls")[-1].cut
    assert fold.last("state") is None
    assert fold.last("finish_reason") == "length"


@pytest.mark.parametrize(
    ("status", "reason"),
    [("completed", "stop"), ("incomplete", "length"), ("requires_continuation", "length"),
     ("cancelled", "other"), ("budget_exceeded", "other"), ("of_tomorrow", "other")],
)  # fmt: skip
def test_a_status_ends_an_answer(fold, status, reason):
    read(fold, start(0, "model_output"), delta(0, "text", text="a"), ended(status))
    assert (fold.last("finish_reason"), fold.last("finish_reason_native")) == (reason, status)


def test_an_interaction_that_was_cancelled_ends_with_the_last_line_alone(fold):
    read(fold, {"event_type": "interaction.status_update", "status": "cancelled"})
    assert fold.last("finish_reason") is None
    read(fold, {"event_type": "interaction.status_update", "status": "cancelled"}, b"[DONE]")
    assert fold.last("finish_reason") == "other"


def test_a_failure_says_why(fold):
    read(fold, ended("failed", errors=[{"code": "too_many_requests", "message": "slow down"}]))
    assert (fold.last("error").message, fold.last("error").status) == ("slow down", 429)


def test_an_older_stream_says_the_same(fold):
    read(
        fold,
        {"event_type": "interaction.start", "interaction": {"status": "in_progress"}},
        {"event_type": "content.start", "index": 0, "content": {"type": "text"}},
        {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": "Once"}},
        {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": " more"}},
        {"event_type": "content.stop", "index": 0},
        {"event_type": "interaction.complete", "interaction": {"status": "completed"}},
    )
    assert (fold.text, fold.last("finish_reason")) == ("Once more", "stop")


def test_an_answer_that_is_not_there_yet_is_no_answer():
    with pytest.raises(ValueError, match="in_progress"):
        Answer().parse_whole(b'{"id": "v1_a", "status": "in_progress"}')


# --- requests ------------------------------------------------------------------------------------


def test_nothing_is_stored_unless_the_caller_says_so():
    assert sent(Message("user", "Hi")).body["store"] is False
    assert sent(Message("user", "Hi"), extra={"store": True}).body["store"] is True
    again = sent(Message("user", "Hi"), extra={"previous_interaction_id": "v1_a"})
    assert "store" not in again.body
    assert again.body["previous_interaction_id"] == "v1_a"


def test_signatures_go_back_on_the_thought_before_the_call():
    steps = [
        {"type": "thought", "signature": "E"},
        {"type": "function_call", "id": "x", "name": "f", "arguments": {}},
    ]
    answer = Message(
        "assistant", tool_calls=(ToolCall("x", "f"),), state=ProviderState(Answer.api, steps)
    )
    result = Message("tool", "1", tool_call_id="x", is_error=True)
    assert sent(Message("user", "Hi"), answer, result).body["input"][1:] == [
        *steps,
        {"type": "function_result", "call_id": "x", "name": "f", "result": "1", "is_error": True},
    ]


def test_calls_of_other_models_have_googles_own_signature_for_them():
    answer = Message("assistant", tool_calls=(ToolCall("x", "f"), ToolCall("y", "f")))
    kinds = [step["type"] for step in sent(Message("user", "Hi"), answer).body["input"]]
    assert kinds == ["user_input", "thought", "function_call", "function_call"]
    older = sent(Message("user", "Hi"), answer, model="gemini-2.5-flash").body["input"]
    assert [step["type"] for step in older] == ["user_input", "function_call", "function_call"]


def test_the_state_of_another_api_is_told():
    state = ProviderState("google.generate_content", [{"text": "a"}])
    request = sent(Message("user", "Hi"), Message("assistant", "a", state=state))
    assert "state of google.generate_content" in request.dropped[0]
    assert request.body["input"][1] == {
        "type": "model_output",
        "content": [{"type": "text", "text": "a"}],
    }


def test_an_agent_has_no_settings_and_needs_no_api():
    request = sent(
        Message("user", "Hi"), model="deep-research-preview-04-2026", api=None, temperature=0.5
    )
    assert request.url.endswith("/interactions")
    assert request.body["agent"] == "deep-research-preview-04-2026"
    assert not request.body.keys() & {"model", "generation_config"}
    assert "temperature" in request.dropped[0]


def test_tools_of_generate_content_are_put_into_this_form():
    tools = (
        Tool(name="search", native={"googleSearch": {}}),
        Tool(name="files", native={"file_search": {"fileSearchStoreNames": ["a"]}}),
        Tool(name="new", native={"type": "of_tomorrow"}),
    )
    assert sent(Message("user", "Hi"), tools=tools).body["tools"] == [
        {"type": "google_search"},
        {"type": "file_search", "file_search_store_names": ["a"]},
        {"type": "of_tomorrow"},
    ]
    with pytest.raises(ConfigurationError, match="'exaAiSearch'"):
        sent(Message("user", "Hi"), tools=(Tool(name="x", native={"exaAiSearch": {}}),))


def test_a_file_of_text_is_text_and_one_of_no_type_an_error():
    file = FilePart(data="SGk=", media_type="text/plain", filename="a.txt")
    request = sent(Message("user", (file,)))
    assert request.body["input"][0]["content"] == [{"type": "text", "text": "Hi"}]
    assert "a.txt" in request.dropped[0]
    with pytest.raises(ModelNotSupportedError, match="media_type"):
        sent(Message("user", (FilePart(data="AAAA"),)))


def test_a_part_of_generate_content_is_told_apart():
    with pytest.raises(ModelNotSupportedError):
        sent(Message("user", (NativePart({"executableCode": {"code": "1"}}),)))
    native = NativePart({"type": "of_tomorrow", "a": 1})
    assert sent(Message("user", (native,))).body["input"][0]["content"] == [native.value]


def test_names_of_both_spellings_arrive_and_those_of_the_other_api_are_told():
    given = {"maxOutputTokens": 5, "topK": 3, "cachedContent": "c", "candidateCount": 2}
    request = sent(Message("user", "Hi"), extra=given)
    assert request.body["generation_config"] == {"max_output_tokens": 5, "top_k": 3}
    assert request.body["cached_content"] == "c"
    assert "candidateCount" in request.dropped[0]


@pytest.mark.parametrize(
    ("extra", "words"), [({"background": True}, "background"), ({"input": "Hi"}, None)]
)
def test_what_cannot_be_answered_is_an_error_before_anything_is_sent(extra, words):
    if words is None:
        assert sent(Message("system", "Be brief."), extra=extra).body["input"] == "Hi"
        return
    with pytest.raises(ConfigurationError, match=words):
        sent(Message("user", "Hi"), extra=extra)
    assert sent(Message("user", "Hi"), extra=extra, stream=True).body["background"] is True


def test_an_unknown_api_and_a_count_are_errors():
    with pytest.raises(ConfigurationError, match="generate_content, interactions"):
        sent(Message("user", "Hi"), api="of_tomorrow")
    [told] = sent(Message("user", "Hi"), api="responses").dropped
    assert told == "google has no api 'responses': generate_content is asked"
    asked = Request(model=MODEL, messages=(Message("user", "Hi"),), options={"api": "interactions"})
    with pytest.raises(ConfigurationError, match="counted"):
        chimeric_google.chimeric_count_tokens(sent(Message("user", "Hi")), asked)
