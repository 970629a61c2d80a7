"""The UI message stream, chunk by chunk: what is opened, closed, left out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_serving import UIStreamEncoder, encode, read_ui_request
from chimeric_sim import Simulator

from chimeric import (
    Chimeric,
    Citation,
    FilePart,
    GeneratedFile,
    ImagePart,
    Pause,
    ServerToolChunk,
    StreamChunk,
    ToolCallChunk,
    ToolExecutionResult,
    Usage,
    hookimpl,
)

STOP = StreamChunk(finish_reason="stop")


def events(chunks: Iterable[StreamChunk], **options: Any) -> list[dict[str, Any]]:
    """What is sent between ``start`` and ``[DONE]``."""
    encoder = UIStreamEncoder(message_id="m", **options)
    text = b"".join(encode(chunks, encoder)).decode()
    head, *found, done, rest = text.split("\n\n")
    assert json.loads(head.removeprefix("data: ")) == {"type": "start", "messageId": "m"}
    assert (done, rest) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in found]


def types(found: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in found]


def text(delta: str, block: int = 0, turn: int = 0) -> StreamChunk:
    return StreamChunk(delta, turn).replace(block=block)


def test_a_text_is_opened_and_closed_within_its_step():
    found = events([text("a"), text("b"), STOP])
    assert types(found) == [
        "start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish",
    ]  # fmt: skip
    assert found[-1] == {"type": "finish", "finishReason": "stop"}


def test_blocks_that_take_turns_are_parts_in_the_order_of_their_text():
    found = events([text("a", 0), text("b", 1), text("c", 0), STOP])
    told = [(e["id"], e["delta"]) for e in found if e["type"] == "text-delta"]
    assert told == [("t1", "a"), ("t2", "b"), ("t3", "c")]
    assert types(found).count("text-end") == 3


def test_a_reasoning_ends_where_something_else_begins():
    thought = StreamChunk(reasoning="hm").replace(block=0)
    found = types(events([thought, text("a", 1), STOP]))
    assert found.index("reasoning-end") < found.index("text-start")
    hidden = types(events([thought, text("a", 1), STOP], reasoning=False))
    assert not any("reasoning" in kind for kind in hidden)


def test_a_refusal_is_a_text_that_is_marked_as_one():
    found = events([StreamChunk(refusal="No."), StreamChunk(finish_reason="refusal")])
    (begun,) = [e for e in found if e["type"] == "text-start"]
    assert begun["providerMetadata"] == {"chimeric": {"refusal": True}}
    assert found[-1]["finishReason"] == "content-filter"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", "stop"), ("length", "length"), ("tool_calls", "tool-calls"),
        ("content_filter", "content-filter"), ("pause", "other"), ("other", "other"),
    ],
)  # fmt: skip
def test_finish_reasons_have_the_words_of_the_protocol(reason, told):
    assert events([text("a"), StreamChunk(finish_reason=reason)])[-1]["finishReason"] == told


def call(id_: str, status: Any, delta: str = "", **more: Any) -> StreamChunk:
    said = ToolCallChunk(0, id_, "look", delta, status, **more)
    return StreamChunk(tool_calls=(said,)).replace(block=3)


def test_a_call_that_was_cut_off_is_an_error_of_its_input_and_not_left_open():
    found = events(
        [call("c1", "started"), call("c1", "arguments_streaming", '{"a'), text("x"),
         StreamChunk(finish_reason="length")]
    )  # fmt: skip
    (cut,) = [e for e in found if e["type"] == "tool-input-error"]
    assert (cut["input"], cut["errorText"]) == ('{"a', "the call was cut off")
    assert "tool-input-available" not in types(found)


def test_arguments_that_are_no_json_are_an_error_of_the_input():
    found = events([call("c1", "completed", "{oops"), StreamChunk(finish_reason="tool_calls")])
    (wrong,) = [e for e in found if e["type"] == "tool-input-error"]
    assert wrong["input"] == "{oops"


def test_free_text_for_a_tool_is_its_input_as_it_is():
    found = events(
        [call("c1", "completed", "SELECT 1", kind="custom"), StreamChunk(finish_reason="stop")]
    )
    begun, _, whole = [e for e in found if e["type"].startswith("tool-input")]
    assert begun["inputEncoding"] == "text"
    assert whole["input"] == "SELECT 1"
    assert whole["providerMetadata"] == {"chimeric": {"kind": "custom"}}


def result(output: str, value: Any = None, **more: Any) -> StreamChunk:
    made = ToolExecutionResult("c1", "look", "{}", output, value=value, **more)
    return StreamChunk(tool_results=(made,))


@pytest.mark.parametrize(
    ("output", "value", "told"),
    [
        ('{"a":1}', {"a": 1}, {"a": 1}),
        ('{"a":1}', '{"a":1}', '{"a":1}'),
        ("[1,2]", [1, 2], [1, 2]),
        ("12", 12, 12),
        ("12", "12", "12"),
        ("null", None, None),
        ("sunny", "sunny", "sunny"),
        ("[hidden]", {"key": "secret"}, "[hidden]"),
    ],
)
def test_a_result_is_what_the_model_is_told_and_keeps_its_form(output, value, told):
    found = events([call("c1", "completed", "{}"), result(output, value), STOP])
    (shown,) = [e for e in found if e["type"] == "tool-output-available"]
    assert shown["output"] == told


def test_progress_is_preliminary_and_pictures_are_content():
    picture = ImagePart(data="iVBORw0KGgo=", media_type="image/png")
    found = events(
        [call("c1", "completed", "{}"), result("half", "half", status="progress"),
         result("[image]", picture, parts=(picture,)), STOP]
    )  # fmt: skip
    early, final = [e for e in found if e["type"] == "tool-output-available"]
    assert (early["output"], early["preliminary"]) == ("half", True)
    assert "preliminary" not in final
    media = {"type": "media", "data": "iVBORw0KGgo=", "mediaType": "image/png"}
    assert final["output"] == {"type": "content", "value": [media]}


def test_the_words_of_a_failed_tool_are_sent_where_that_is_asked_for():
    chunks = [call("c1", "completed", "{}"), result("LookupError: x", is_error=True), STOP]
    assert [e.get("errorText") for e in events(chunks) if "errorText" in e] == ["the tool failed"]
    shown = events(chunks, tool_errors=True)
    assert [e["errorText"] for e in shown if "errorText" in e] == ["LookupError: x"]


def test_a_result_of_a_call_that_the_front_end_does_not_know_announces_it():
    found = types(events([result("sunny"), text("It is sunny."), STOP]))
    assert found[:2] == ["tool-input-available", "tool-output-available"]


@pytest.mark.parametrize(("dynamic", "is_dynamic"), [(True, True), (["look"], True), ([], False)])
def test_tools_that_the_front_end_has_no_types_for_are_dynamic(dynamic, is_dynamic):
    found = events([call("c1", "completed", "{}"), STOP], dynamic=dynamic)
    told = [e for e in found if e["type"].startswith("tool-input") and "delta" not in e["type"]]
    assert {bool(e.get("dynamic")) for e in told} == {is_dynamic}


def tool(status: Any, **more: Any) -> StreamChunk:
    said = ServerToolChunk(id="ws_1", kind="web_search", name="search", status=status, **more)
    return StreamChunk().replace(block=1, server_tools=(said,))


def test_a_tool_of_the_provider_is_shown_as_it_works():
    found = events(
        [tool("started"), tool("running", input={"queries": ["tides"]}),
         tool("completed", output=[{"url": "https://a.example"}]), STOP]
    )  # fmt: skip
    told = [e for e in found if e["type"].startswith("tool-")]
    assert [e["type"] for e in told] == [
        "tool-input-start", "tool-input-available", "tool-output-available",
    ]  # fmt: skip
    assert all(e["providerExecuted"] and e["dynamic"] for e in told)
    assert told[1]["input"] == {"queries": ["tides"]}


def test_a_tool_of_the_provider_that_failed_says_so():
    found = events([tool("started"), tool("failed", output="no such page"), STOP])
    (failed,) = [e for e in found if e["type"] == "tool-output-error"]
    assert failed["errorText"] == "no such page"


def test_a_source_is_told_once_and_cited_where_the_text_ends():
    tides = Citation(url="https://a.example/tides", title="Tides", text="twice", start=0, end=3)
    book = Citation(source="doc_1", title="Almanac")
    cited = text("ebb").replace(citations=(tides, book))
    found = events([cited, text(" and flow").replace(citations=(tides,)), STOP])
    sources = [e for e in found if e["type"].startswith("source-")]
    assert [e["sourceId"] for e in sources] == ["s1", "s2"]
    assert sources[1]["title"] == "Almanac"
    (end,) = [e for e in found if e["type"] == "text-end"]
    assert [c["source"]["id"] for c in end["citations"]] == ["s1", "s2", "s1"]
    assert end["citations"][0]["citedText"] == "twice"
    assert not any("source" in kind for kind in types(events([cited, STOP], sources=False)))


def test_files_are_urls_and_previews_are_passing():
    picture = ImagePart(data="iVBORw0KGgo=", media_type="image/png")
    files = (
        GeneratedFile("f1", picture, partial=True),
        GeneratedFile("f1", picture),
        GeneratedFile("f2", FilePart(file_id="file_7")),
    )
    found = events([StreamChunk().replace(block=0, files=(f,)) for f in files] + [STOP])
    preview, whole, held = found[1:4]
    assert preview["transient"] is True
    assert whole == {
        "type": "file", "url": "data:image/png;base64,iVBORw0KGgo=", "mediaType": "image/png",
    }  # fmt: skip
    assert held["data"]["fileId"] == "file_7"


def test_each_turn_is_a_step():
    found = types(
        events([text("a"), StreamChunk(finish_reason="tool_calls"), text("b", turn=1), STOP])
    )
    assert found.count("start-step") == found.count("finish-step") == 2


@pytest.mark.parametrize(("sdk", "kind"), [(7, "reset-step"), (6, "text-end"), (5, "text-end")])
def test_what_is_begun_anew_is_taken_back_where_the_front_end_can(sdk, kind):
    notice = StreamChunk().replace(metadata={"restarted": True, "failed": "x", "reason": "y"})
    found = events([text("a"), notice, text("b"), STOP], sdk=sdk)
    place = types(found).index("data-restarted")
    assert types(found)[place - 1] == kind
    assert types(found)[place + 1 :][:2] == ["text-start", "text-delta"]
    assert found[place]["data"] == {}


def test_usage_is_in_the_metadata_of_the_message():
    end = StreamChunk(finish_reason="stop", usage=Usage.of(10, 5, cached=4, reasoning=2))
    found = events([text("a"), end.replace(metadata={"model": "m-1"})])
    assert found[-1]["messageMetadata"] == {
        "model": "m-1",
        "usage": {
            "inputTokens": 10, "inputTokenDetails": {"cacheReadTokens": 4},
            "outputTokens": 5, "outputTokenDetails": {"reasoningTokens": 2}, "totalTokens": 15,
        },
    }  # fmt: skip
    own = events([text("a"), end], metadata=lambda response: {"at": 1})
    assert own[-1]["messageMetadata"] == {"at": 1}
    assert "messageMetadata" not in events([text("a"), end], metadata=lambda response: None)[-1]


class Careful:
    @hookimpl
    def chimeric_call_tool(self, call: Any) -> Pause:
        return Pause("somebody has to look")


def send(amount: int) -> int:
    """Send money."""
    return amount


@pytest.mark.parametrize("sdk", [5, 6, 7])
def test_what_a_plugin_paused_asks_for_an_approval_where_the_front_end_knows_them(sdk):
    with Simulator() as sim, Chimeric(sim_base_url=sim.base_url("sim"), plugins=[Careful()]) as c:
        found = events(c.generate("sim:tools", "go", stream=True, tools=[send]), sdk=sdk)
    asked = [e for e in found if e["type"] == "tool-approval-request"]
    assert len(asked) == (0 if sdk == 5 else 1)
    assert [e.get("reason") for e in asked] == {5: [], 6: [None], 7: ["somebody has to look"]}[sdk]
    assert types(found)[-2:] == ["finish-step", "finish"]
    assert found[-1]["finishReason"] == "tool-calls"


def test_an_answer_to_the_front_ends_own_tool_goes_on_with_its_message():
    part = {
        "type": "tool-look", "toolCallId": "c1", "state": "output-available", "input": {},
        "output": 1,
    }  # fmt: skip
    messages = [
        {"id": "u1", "role": "user", "parts": [{"type": "text", "text": "Hi"}]},
        {"id": "a1", "role": "assistant", "parts": [part]},
    ]
    request = read_ui_request({"messages": messages})
    assert UIStreamEncoder(request).message_id == "a1"
    assert UIStreamEncoder(read_ui_request({"messages": messages[:1]})).message_id != "a1"
