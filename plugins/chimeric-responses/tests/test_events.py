"""The protocol's own events as typed structs, and the model list."""

from __future__ import annotations

import json
from typing import Any

import chimeric_responses
import msgspec
import pytest
from chimeric_responses import list_models, native_body, native_event, parse_error, parse_models

from chimeric import Event, HTTPResponse, Provider, ProviderConfig

PROVIDER = ProviderConfig(name="test", base_url="http://test/v1", declaration=Provider(name="test"))


def native(kind: str, **fields: Any) -> Any:
    return native_event(Event(json.dumps({"type": kind, **fields}).encode()))


def response(body: Any, status: int = 200) -> HTTPResponse:
    return HTTPResponse(status=status, headers={}, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("kind", "struct"),
    [
        ("response.created", "LifecycleEvent"),
        ("response.done", "LifecycleEvent"),
        ("response.output_item.added", "ItemEvent"),
        ("response.content_part.done", "PartEvent"),
        ("response.reasoning_summary_part.added", "PartEvent"),
        ("response.output_text.delta", "DeltaEvent"),
        ("response.mcp_call_arguments.delta", "DeltaEvent"),
        ("response.output_text.done", "DoneEvent"),
        ("response.output_text.annotation.added", "AnnotationEvent"),
        ("response.web_search_call.searching", "ToolStatusEvent"),
        ("response.mcp_list_tools.failed", "ToolStatusEvent"),
        ("response.compaction.compacting", "ToolStatusEvent"),
        ("response.image_generation_call.partial_image", "PartialImageEvent"),
        ("response.shell_call_output_content.delta", "ShellEvent"),
        ("error", "ErrorEvent"),
    ],
)
def test_every_kind_of_event_has_a_struct(kind: str, struct: str) -> None:
    told = native(kind, sequence_number=7)
    assert type(told).__name__ == struct
    assert (told.type, told.sequence_number) == (kind, 7)


def test_an_event_of_the_future_is_plain_data() -> None:
    assert native("response.mystery", a=1) == {"type": "response.mystery", "a": 1}


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        native_event(Event(b"42"))


def test_structs_go_all_the_way_down() -> None:
    part = {"type": "output_text", "text": "Hi", "annotations": [{"url": "https://x.test"}]}
    item = {"type": "message", "id": "msg_1", "phase": "final_answer", "content": [part]}
    body = {"id": "resp_1", "output": [item], "usage": {"input_tokens": 9}}
    told = native_body(json.dumps(body).encode())
    assert told.output is not None
    content = told.output[0].content
    assert content is not None
    assert not isinstance(content, str)
    assert content[0].annotations is not None
    assert content[0].annotations[0].url == "https://x.test"
    assert told.usage is not None
    assert told.usage.input_tokens == 9


def test_models_are_listed_on_one_page() -> None:
    assert list_models(PROVIDER).url == "http://test/v1/models"
    page = parse_models(response({"data": [{"id": "m", "created": 1, "owned_by": "x"}]}), PROVIDER)
    assert page.cursor is None
    assert [(m.id, m.provider, m.created) for m in page.models] == [("m", "test", 1)]
    assert page.models[0].native["owned_by"] == "x"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "no", "type": "t", "code": "c"}}, "no"),
        ({"error": "no"}, "no"),
        ({"message": "no"}, "no"),
        ({"error": {"type": "overloaded"}}, "overloaded"),
    ],
)
def test_error_bodies_of_all_shapes_are_read(body: Any, message: str) -> None:
    error = parse_error(response(body, 400))
    assert error is not None
    assert error.message == message
    assert error.status is None


@pytest.mark.parametrize("body", [{}, [], "no", {"detail": []}])
def test_other_bodies_are_left_to_the_core(body: Any) -> None:
    assert parse_error(response(body, 400)) is None


def test_the_library_has_no_names_but_its_own() -> None:
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        _ = chimeric_responses.anything
