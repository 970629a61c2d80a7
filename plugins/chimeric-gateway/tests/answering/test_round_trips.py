"""A second turn: what clients echo reaches the upstream as it wants it, which is a strict judge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_sim import Simulator

from chimeric import Chimeric

ADD = {
    "type": "object",
    "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
    "required": ["x", "y"],
}
UPSTREAMS = (
    "compatible:think",
    "openai:think",
    "anthropic:think",
    "google:think",
    "google:gemini-3-think",
    "cohere:think",
    "mistral:mistral-tools",
    "ollama:think",
)
ASKED = "Add 2 and 3, and add 4 and 5: call twice"

Read = Callable[..., Any]


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("model", UPSTREAMS)
def test_a_chat_goes_on_with_its_results(
    client: Chimeric, chat: Read, chat_whole: Read, heard: Read, model: str, whole: bool
) -> None:
    tools = [{"type": "function", "function": {"name": "add", "parameters": ADD}}]
    said: list[Any] = [{"role": "user", "content": ASKED}]
    first = CHAT_COMPLETIONS.read({"model": "fast", "messages": said, "tools": tools})
    if whole:
        response = client.generate(model, auto_tool=False, **first.arguments)
        message = chat_whole(response, tools=tools).choices[0].message
    else:
        message = chat(heard(model, ASKED, tools="add"), tools=tools).choices[0].message
    said.append(message.model_dump())
    for call in message.tool_calls:
        numbers = msgspec.json.decode(call.function.arguments)
        result = f"the sum is {sum(numbers.values())}"
        said.append({"role": "tool", "tool_call_id": call.id, "content": result})
    second = CHAT_COMPLETIONS.read({"model": "fast", "messages": said, "tools": tools})
    answer = client.generate(model, auto_tool=False, **second.arguments)
    assert answer.finish_reason == "stop"
    assert "the sum is" in answer.content


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("model", UPSTREAMS)
def test_messages_go_on_with_their_results(
    client: Chimeric, messages: Read, messages_whole: Read, heard: Read, model: str, whole: bool
) -> None:
    tools = [{"name": "add", "input_schema": ADD}]
    said: list[Any] = [{"role": "user", "content": ASKED}]
    first = MESSAGES.read({"model": "fast", "messages": said, "tools": tools})
    if whole:
        response = client.generate(model, auto_tool=False, **first.arguments)
        message = messages_whole(response, tools=tools)
    else:
        message = messages(heard(model, ASKED, tools="add"), tools=tools)
    said.append({"role": "assistant", "content": [b.model_dump() for b in message.content]})
    results = [
        {
            "type": "tool_result",
            "tool_use_id": block.id,
            "content": f"the sum is {sum(block.input.values())}",
        }
        for block in message.content
        if block.type == "tool_use"
    ]
    said.append({"role": "user", "content": results})
    second = MESSAGES.read({"model": "fast", "messages": said, "tools": tools})
    answer = client.generate(model, auto_tool=False, **second.arguments)
    assert answer.finish_reason == "stop"
    assert "the sum is" in answer.content


def test_a_signature_of_gemini_comes_back_through_a_chat(
    client: Chimeric, sim: Simulator, chat: Read, heard: Read
) -> None:
    stream = heard("google:gemini-3-think", "Add 2 and 3", tools="add")
    signed = [
        part["thoughtSignature"]
        for part in stream.response.messages[-1].state.items
        if "thoughtSignature" in part
    ]
    message = chat(stream).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "5"}
    said = [{"role": "user", "content": "Add 2 and 3"}, message.model_dump(), result]
    read = CHAT_COMPLETIONS.read({"model": "fast", "messages": said})
    client.generate("google:gemini-3-think", **read.arguments)
    sent = [
        part["thoughtSignature"]
        for content in sim.requests[-1].body["contents"]
        for part in content["parts"]
        if "thoughtSignature" in part
    ]
    assert sent == signed


@pytest.mark.parametrize("identity", ["functions.add:0", "x" * 200, "ß-1"])
def test_an_id_that_messages_cannot_carry_is_the_upstreams_again(identity: str) -> None:
    from chimeric_gateway.call_ids import MESSAGES_IDS

    told = MESSAGES_IDS.told(identity)
    call = {"type": "tool_use", "id": told, "name": "add", "input": {}}
    result = {"type": "tool_result", "tool_use_id": told, "content": "5"}
    said = [
        {"role": "user", "content": "Add"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    read = MESSAGES.read({"model": "fast", "messages": said}).arguments["messages"]
    assert read[1]["content"][0]["id"] == read[2]["content"][0]["tool_use_id"] == identity


def test_a_thought_that_was_signed_here_is_plain_reasoning_when_it_comes_back(
    messages: Read, heard: Read
) -> None:
    message = messages(heard("compatible:think", "Add 2 and 3", tools="add"))
    blocks = [block.model_dump() for block in message.content]
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": blocks}]
    answer = MESSAGES.read({"model": "fast", "messages": said}).arguments["messages"][1]
    assert answer["reasoning"] == "The question needs a look at the facts. Tools: add."
    assert [block["type"] for block in answer["content"]] == ["tool_use"]
