"""What Claude is known to refuse is changed so that it is taken, at Anthropic and at Bedrock."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chimeric import ConfigurationError, ImagePart, Message, ModelNotSupportedError, Tool

from .served import Sent, ask

BEDROCK = "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CLAUDES = ["anthropic:claude-sonnet-4-5", BEDROCK]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"


def now() -> str:
    """The time."""
    return "12"


def turn(*ids: str) -> list[dict[str, Any]]:
    calls = [
        {"id": i, "type": "function", "function": {"name": "now", "arguments": "{}"}} for i in ids
    ]
    answers = [{"role": "tool", "tool_call_id": i, "content": f"r{n}"} for n, i in enumerate(ids)]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *answers]


def pairs(body: Any) -> tuple[list[str], list[str]]:
    """The ids of the calls and of the results, in any of the protocols."""
    calls, results = [], []
    for item in body.get("input", ()):
        if item.get("type") == "function_call":
            calls.append(item["call_id"])
        elif item.get("type") == "function_call_output":
            results.append(item["call_id"])
    for message in body.get("messages", ()):
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block.get("type") == "tool_use" or "toolUse" in block:
                calls.append(block["id"] if "id" in block else block["toolUse"]["toolUseId"])
            if block.get("type") == "tool_result":
                results.append(block["tool_use_id"])
            elif "toolResult" in block:
                results.append(block["toolResult"]["toolUseId"])
    return calls, results


def sampled(sent: Sent) -> set[str]:
    config = sent.body.get("inferenceConfig", sent.body)
    fields = sent.body.get("additionalModelRequestFields", {})
    names = {"topP": "top_p", "top_p": "top_p", "temperature": "temperature", "top_k": "top_k"}
    return {names[name] for name in (*config, *fields) if name in names}


def thinking(sent: Sent) -> Any:
    return sent.body.get("additionalModelRequestFields", sent.body).get("thinking")


@pytest.mark.parametrize("clouds", ["anthropic:{}", "bedrock:us.anthropic.{}-20250929-v1:0"])
@pytest.mark.parametrize(
    ("model", "params", "kept"),
    [
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 0.9}, {"temperature"}),
        ("claude-opus-4-1", {"temperature": 0.5, "top_p": 0.9}, {"temperature"}),
        ("claude-opus-4", {"temperature": 0.5, "top_p": 0.9}, {"temperature", "top_p"}),
        ("claude-sonnet-4-5", {"temperature": 0.2, "reasoning_effort": "high"}, set()),
        ("claude-sonnet-4-6", {"temperature": 0.2, "reasoning_effort": "high"}, set()),
        ("claude-sonnet-4-5", {"temperature": 1, "reasoning_effort": "high"}, {"temperature"}),
        ("claude-sonnet-4-5", {"top_p": 0.9, "reasoning_effort": "high"}, set()),
        ("claude-sonnet-4-5", {"top_p": 0.96, "reasoning_effort": "high"}, {"top_p"}),
        ("claude-opus-4-7", {"temperature": 0.2}, set()),
        ("claude-sonnet-4-5", {"top_p": 0.9}, {"top_p"}),
    ],
)
def test_claude_gets_the_sampling_parameters_that_it_takes_together(
    clouds: str, model: str, params: dict[str, Any], kept: set[str]
) -> None:
    sent = ask(clouds.format(model), **params)
    assert sampled(sent) == kept
    for name in {"temperature", "top_p"} & params.keys() - kept:
        assert any(name in sentence for sentence in sent.told)


def test_top_k_is_left_out_while_claude_thinks() -> None:
    direct = ask(CLAUDES[0], top_k=4, reasoning_effort="high")
    fields = {"top_k": 4, "thinking": {"type": "enabled", "budget_tokens": 2000}}
    cloud = ask(BEDROCK, additionalModelRequestFields=fields)
    assert (sampled(direct), sampled(cloud)) == (set(), set())
    assert thinking(cloud) == fields["thinking"]
    assert any("top_k" in told for told in direct.told)
    assert any("top_k" in told for told in cloud.told)


@pytest.mark.parametrize("choice", ["required", "now", {"type": "any"}])
def test_no_call_is_forced_while_claude_thinks(choice: Any) -> None:
    sent = ask(BEDROCK, tools=[now], tool_choice=choice, reasoning_effort="high")
    assert "toolChoice" not in sent.body["toolConfig"]
    assert any("tool_choice" in told for told in sent.told)
    budget = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    own = ask(BEDROCK, tools=[now], tool_choice=choice, additionalModelRequestFields=budget)
    assert "toolChoice" not in own.body["toolConfig"]


def test_a_claude_that_cannot_be_forced_is_not_at_bedrock_either() -> None:
    sent = ask("bedrock:us.anthropic.claude-sonnet-5-5-v1:0", tools=[now], tool_choice="required")
    assert "toolChoice" not in sent.body["toolConfig"]
    assert any("tool_choice" in told for told in sent.told)


@pytest.mark.parametrize("model", CLAUDES)
def test_thinking_does_not_begin_between_the_calls_of_another_model(model: str) -> None:
    user = {"role": "user", "content": "x"}
    sent = ask(model, [user, *turn("call_1")], tools=[now], reasoning_effort="high")
    assert thinking(sent) is None
    assert any("thinking" in told for told in sent.told)
    later = [user, *turn("call_1"), {"role": "assistant", "content": "12"}, user]
    assert thinking(ask(model, later, tools=[now], reasoning_effort="high")) is not None


@pytest.mark.parametrize("model", [*CLAUDES, "openai:gpt-4o"])
@pytest.mark.parametrize(
    "turns",
    [
        [["now:0"], ["now:0"]],
        [["now.0", "now:0"]],
        [["x" * 64 + "1", "x" * 64 + "2"]],
        [["a", "a"]],
        [[""]],
        [["", ""], [""]],
        [["y" * 10_000]],
    ],
)
def test_call_ids_become_what_the_provider_takes(model: str, turns: list[list[str]]) -> None:
    talk = [{"role": "user", "content": "x"}, *(m for ids in turns for m in turn(*ids))]
    calls, results = pairs(ask(model, talk, tools=[now]).body)
    assert calls == results
    assert len(set(calls)) == len(calls) == sum(map(len, turns))
    assert all(1 <= len(identity) <= 64 for identity in calls)


@pytest.mark.parametrize("model", CLAUDES)
@pytest.mark.parametrize(
    "said", ["Sure, here: ", "Sure, here:\n\t", [{"type": "text", "text": "Sure, here: "}]]
)
def test_the_beginning_of_an_answer_does_not_end_in_white_space(model: str, said: Any) -> None:
    before = {"role": "assistant", "content": "Earlier. "}
    asked = {"role": "user", "content": "x"}
    sent = ask(model, [asked, before, asked, {"role": "assistant", "content": said}])
    assert sent.body["messages"][-1]["content"][-1]["text"] == "Sure, here:"
    assert sent.body["messages"][1]["content"][-1]["text"] == "Earlier. "
    assert any("white space" in told for told in sent.told)


BLOCKS: dict[str, list[dict[str, Any]]] = {
    "thinking": [
        {"type": "thinking", "thinking": "A", "signature": "s1"},
        {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}},
        {"type": "thinking", "thinking": "B", "signature": "s2"},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ],
    "redacted": [
        {"type": "redacted_thinking", "data": "x"},
        {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}},
        {"type": "text", "text": "And"},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ],
    "text": [
        {"type": "text", "text": "First."},
        {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}},
        {"type": "text", "text": "Second."},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ],
}


def with_results(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results = [
        {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": "12"} for n in (1, 2)
    ]
    return [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": blocks},
        {"role": "user", "content": results},
    ]


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_an_answer_that_came_as_a_dict_keep_their_places(
    blocks: list[dict[str, Any]],
) -> None:
    sent = ask(CLAUDES[0], with_results(blocks), tools=[now])
    assert sent.body["messages"][1]["content"] == blocks
    assert not sent.told


@pytest.mark.parametrize("model", ["openai:gpt-4o", "google:gemini-2.5-flash", BEDROCK])
def test_another_provider_still_reads_text_and_calls_of_such_blocks(model: str) -> None:
    sent = ask(model, with_results(BLOCKS["text"]), tools=[now])
    assert "First." in json.dumps(sent.body)
    assert "Second." in json.dumps(sent.body)
    assert json.dumps(sent.body).count('"now"') >= 2


class Part(msgspec.Struct):
    n: int


class Answer(msgspec.Struct):
    city: str
    parts: list[Part]


class Audit(msgspec.Struct):
    mappings: dict[str, list[str]]
    note: str


def test_every_object_of_a_schema_is_closed_at_bedrock() -> None:
    sent = ask(BEDROCK, response_format=Answer, text='{"city": "Oslo", "parts": []}')
    structure = sent.body["outputConfig"]["textFormat"]["structure"]
    schema = json.loads(structure["jsonSchema"]["schema"])
    assert schema["additionalProperties"] is False
    assert schema["properties"]["parts"]["items"]["additionalProperties"] is False
    assert not sent.told


@pytest.mark.parametrize("model", CLAUDES)
def test_a_dict_field_that_can_only_be_empty_is_told(model: str) -> None:
    sent = ask(model, response_format=Audit, text='{"mappings": {}, "note": "n"}')
    assert any("mappings" in told for told in sent.told)


@pytest.mark.parametrize("model", CLAUDES)
def test_a_tool_with_a_dict_is_not_strict_so_that_the_dict_can_be_filled(model: str) -> None:
    def tag(tags: dict[str, int]) -> str:
        return "ok"

    sent = ask(model, tools=[Tool.from_function(tag, strict=True)])
    assert any("tags" in told for told in sent.told)
    assert '"strict": true' not in json.dumps(sent.body)
    assert '"additionalProperties": {"type": "integer"}' in json.dumps(sent.body)


@pytest.mark.parametrize("model", CLAUDES)
@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (ImagePart(data="/9j/4AAQSkZJRg==", media_type="image/jpg"), "jpeg"),
        (ImagePart(data=PNG, media_type="IMAGE/PNG"), "png"),
        (ImagePart(data=PNG), "png"),
        (ImagePart(data=PNG, media_type="application/octet-stream"), "png"),
        (ImagePart(url="data:image/png;base64," + PNG), "png"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}}, "png"),
    ],
)
def test_pictures_are_named_by_their_registered_type(model: str, part: Any, kind: str) -> None:
    sent = ask(model, [{"role": "user", "content": [part]}])
    (block,) = sent.body["messages"][0]["content"]
    if "image" in block:
        assert block["image"]["format"] == kind
    else:
        assert block["source"]["media_type"] == f"image/{kind}"
        assert block["source"]["type"] == "base64"


def test_a_picture_without_a_type_is_recognised_at_openai() -> None:
    sent = ask("openai:gpt-4o", [Message("user", (ImagePart(data=PNG),))])
    assert sent.body["input"][0]["content"][0]["image_url"].startswith("data:image/png;base64,")


def test_a_data_url_that_is_not_base64_is_read_as_it_is_written() -> None:
    part = {"type": "document", "url": "data:text/plain,hello%20world"}
    sent = ask(CLAUDES[0], [{"role": "user", "content": [part]}])
    assert sent.body["messages"][0]["content"][0]["source"]["data"] == "hello world"


def test_a_picture_that_is_none_is_an_error() -> None:
    with pytest.raises(ModelNotSupportedError):
        ask(CLAUDES[0], [Message("user", (ImagePart(data="aGVsbG8="),))])


@pytest.mark.parametrize(
    "kind", [{"type": "auto"}, {"type": "any"}, {"type": "tool", "name": "now"}]
)
def test_the_switch_of_parallel_calls_in_a_tool_choice_is_kept(kind: dict[str, Any]) -> None:
    wanted = {**kind, "disable_parallel_tool_use": True}
    assert ask(CLAUDES[0], tools=[now], tool_choice=wanted).body["tool_choice"] == wanted
    assert (
        ask("openai:gpt-4o", tools=[now], tool_choice=wanted).body["parallel_tool_calls"] is False
    )


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("ANY", {"type": "any"}),
        ("REQUIRED", {"type": "any"}),
        ("AUTO", {"type": "auto"}),
        ({"mode": "ANY"}, {"type": "any"}),
        ({"mode": "NONE"}, {"type": "none"}),
        ({"functionCallingConfig": {"mode": "AUTO"}}, {"type": "auto"}),
        ({"mode": "ANY", "allowedFunctionNames": ["now"]}, {"type": "tool", "name": "now"}),
        ({"any": {}}, {"type": "any"}),
        ({"auto": {}}, {"type": "auto"}),
        ({"tool": {"name": "now"}}, {"type": "tool", "name": "now"}),
        ({"type": "function", "function": {"name": "now"}}, {"type": "tool", "name": "now"}),
    ],
)
def test_tool_choices_are_read_in_the_form_of_any_provider(choice: Any, sent: Any) -> None:
    assert ask(CLAUDES[0], tools=[now], tool_choice=choice).body["tool_choice"] == sent


@pytest.mark.parametrize(
    "choice",
    [{"type": "auto", "nmae": "now"}, {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}, {}],
)
def test_a_tool_choice_that_is_not_understood_is_an_error(choice: Any) -> None:
    with pytest.raises(ConfigurationError, match="tool_choice"):
        ask(CLAUDES[0], tools=[now], tool_choice=choice)


TALK = [
    {"role": "system", "content": "S1"},
    {"role": "user", "content": "u1"},
    {"role": "assistant", "content": "a1"},
    {"role": "user", "content": "u2"},
    {"role": "system", "content": "In French."},
]


def test_a_later_system_message_stays_in_its_place_where_the_model_reads_it_there() -> None:
    sent = ask("anthropic:claude-opus-4-8", TALK)
    assert sent.body["system"] == "S1"
    assert [m["role"] for m in sent.body["messages"]] == ["user", "assistant", "user", "system"]
    assert not sent.told


def test_a_system_message_between_a_call_and_its_result_follows_the_result() -> None:
    call, result = turn("call_1")
    talk = [TALK[1], call, TALK[4], result]
    sent = ask("anthropic:claude-opus-4-8", talk, tools=[now])
    assert [m["role"] for m in sent.body["messages"]] == ["user", "assistant", "user", "system"]
    assert any("system message" in told for told in sent.told)


@pytest.mark.parametrize("model", CLAUDES)
def test_a_system_message_that_goes_to_the_front_is_told(model: str) -> None:
    sent = ask(model, TALK)
    assert "French" in json.dumps(sent.body["system"])
    assert any("system message" in told for told in sent.told)


def test_cache_control_is_a_cache_point_at_bedrock() -> None:
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    tool = {"name": "now", "input_schema": {"type": "object"}, **mark}
    system = {"role": "system", "content": [{"type": "text", "text": "S", **mark}]}
    user = {"role": "user", "content": [{"type": "text", "text": "u", **mark}, "v"]}
    sent = ask(BEDROCK, [system, user], tools=[tool])
    assert sent.body["system"] == [{"text": "S"}, point]
    assert sent.body["messages"][0]["content"] == [{"text": "u"}, point, {"text": "v"}]
    assert sent.body["toolConfig"]["tools"][1:] == [point]
    assert not sent.told


def test_a_model_without_cache_points_is_told_of() -> None:
    part = {"type": "text", "text": "u", "cache_control": {"type": "ephemeral"}}
    sent = ask("bedrock:meta.llama3-70b-instruct-v1:0", [{"role": "user", "content": [part]}])
    assert sent.body["messages"][0]["content"] == [{"text": "u"}]
    assert [told for told in sent.told if "cache_control" in told]
