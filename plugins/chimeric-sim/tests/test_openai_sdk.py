"""The official OpenAI SDK against the simulator."""

from __future__ import annotations

import json

import pytest
from chimeric_sim import Simulator

openai = pytest.importorskip("openai", reason="the official SDK is a test-only oracle")

PARAMETERS = {
    "type": "object",
    "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
    "required": ["x", "y"],
    "additionalProperties": False,
}
CHAT_TOOLS = [
    {"type": "function", "function": {"name": "add", "parameters": PARAMETERS, "strict": True}},
    {"type": "function", "function": {"name": "multiply", "parameters": PARAMETERS}},
]
TOOLS = [
    {"type": "function", "name": "add", "parameters": PARAMETERS, "strict": True},
    {"type": "function", "name": "multiply", "parameters": PARAMETERS, "strict": False},
]


@pytest.fixture
def client(sim: Simulator):
    with openai.OpenAI(base_url=sim.base_url("openai"), api_key="any", max_retries=0) as client:
        yield client


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_chat_streams_a_story_with_usage_after_the_finish(client):
    stream = client.chat.completions.create(
        model="gpt-4o",
        messages=say("Tell me a story about tides"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "tides" in text
    assert len({c.id for c in chunks}) == 1
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens > 50
    assert all(c.usage is None for c in chunks[:-1])


def test_chat_answers_whole_and_streamed_alike(client):
    whole = client.chat.completions.create(model="story", messages=say("Hello"), seed=5)
    stream = client.chat.completions.create(
        model="story", messages=say("Hello"), seed=5, stream=True
    )
    text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
    assert whole.choices[0].message.content == text
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


def test_chat_stops_at_the_token_limit(client):
    answer = client.chat.completions.create(
        model="story", messages=say("A story"), max_completion_tokens=20
    )
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 20


def test_chat_calls_tools_in_parallel_and_quotes_all_results(client):
    messages = say("Use 6 and 7")
    with client.chat.completions.stream(
        model="tools", messages=messages, tools=CHAT_TOOLS
    ) as stream:
        for _ in stream:
            pass
        turn = stream.get_final_completion().choices[0]
    assert turn.finish_reason == "tool_calls"
    calls = turn.message.tool_calls
    assert [c.function.name for c in calls] == ["add", "multiply"]
    assert json.loads(calls[0].function.arguments) == {"x": 6, "y": 7}
    messages.append(turn.message.to_dict() | {"content": None})
    for call in messages[-1]["tool_calls"]:
        call["function"].pop("parsed_arguments", None)
    results = [f"result {n}" for n in range(2)]
    for call, result in zip(calls, results, strict=True):
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    answer = client.chat.completions.create(model="tools", messages=messages, tools=CHAT_TOOLS)
    assert all(result in answer.choices[0].message.content for result in results)


def test_chat_fits_a_strict_schema(client):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "size": {"enum": ["big", "small"]}},
        "required": ["city", "size"],
        "additionalProperties": False,
    }
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=say("Where is Paris?"),
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "place", "schema": schema, "strict": True},
        },
    )
    value = json.loads(answer.choices[0].message.content)
    assert set(value) == {"city", "size"}
    assert value["size"] in ("big", "small")


def test_errors_are_the_sdk_s_own(client, sim):
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-0", messages=say("x"))
    assert missing.value.code == "model_not_found"
    assert missing.value.request_id.startswith("req_")
    with pytest.raises(openai.BadRequestError) as bad:
        client.chat.completions.create(model="story", messages=[{"role": "robot", "content": "x"}])
    assert bad.value.param == "messages[0].role"
    with pytest.raises(openai.AuthenticationError) as key:
        client.with_options(api_key="bad-key-1234").chat.completions.create(
            model="story", messages=say("x")
        )
    assert "1234" not in str(key.value)
    limited = {"sim": {"status": 429, "retry_after": 3}}
    with pytest.raises(openai.RateLimitError) as rate:
        client.chat.completions.create(model="story", messages=say("x"), extra_body=limited)
    assert rate.value.response.headers["retry-after"] == "3"


def test_an_error_in_mid_stream_is_raised_by_the_sdk(client):
    stream = client.chat.completions.create(
        model="story", messages=say("x"), stream=True, extra_body={"sim": {"fail_after": 3}}
    )
    seen = []
    with pytest.raises(openai.APIError, match="mid-stream"):
        seen.extend(stream)
    assert len(seen) >= 3


def test_models_are_listed_and_found(client):
    names = [model.id for model in client.models.list()]
    assert {"story", "tools", "gpt-4o"} <= set(names)
    assert client.models.retrieve("story").owned_by == "sim"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


def test_responses_stream_every_event_that_the_sdk_accumulates(client):
    with client.responses.stream(model="gpt-4o", input="A story about ink") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [e.sequence_number for e in events] == list(range(len(events)))
    deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert deltas == final.output_text
    assert "ink" in deltas
    assert final.status == "completed"
    assert final.usage.total_tokens == final.usage.input_tokens + final.usage.output_tokens


def test_responses_cut_short_are_incomplete(client):
    answer = client.responses.create(model="story", input="x", max_output_tokens=16)
    assert answer.status == "incomplete"
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_responses_want_reasoning_back_with_its_call(client):
    history = [*say("Add 2 and 3")]
    first = client.responses.create(model="think", input=history, tools=TOOLS, store=False)
    reasoning, *calls = first.output
    assert reasoning.type == "reasoning"
    assert reasoning.encrypted_content
    outputs = [
        {"type": "function_call_output", "call_id": c.call_id, "output": f"= {n}"}
        for n, c in enumerate(calls)
    ]
    whole = [*history, *[o.to_dict() for o in first.output], *outputs]
    second = client.responses.create(model="think", input=whole, tools=TOOLS, store=False)
    assert "= 0" in second.output_text
    assert "= 1" in second.output_text
    without = [item for item in whole if item.get("type") != "reasoning"]
    with pytest.raises(openai.BadRequestError, match="required 'reasoning' item"):
        client.responses.create(model="think", input=without, tools=TOOLS, store=False)
    whole[1]["encrypted_content"] = "gAAAAforged"
    with pytest.raises(openai.BadRequestError) as forged:
        client.responses.create(model="think", input=whole, tools=TOOLS, store=False)
    assert forged.value.code == "invalid_encrypted_content"


def test_a_stored_response_is_gone_on_from(client):
    first = client.responses.create(model="tools", input="Add 2 and 3", tools=TOOLS)
    outputs = [
        {"type": "function_call_output", "call_id": c.call_id, "output": f"= {n}"}
        for n, c in enumerate(first.output)
    ]
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        client.responses.create(model="tools", input="so?", previous_response_id=first.id)
    second = client.responses.create(
        model="tools", input=outputs, tools=TOOLS, previous_response_id=first.id, store=False
    )
    assert "= 1" in second.output_text
    with pytest.raises(openai.BadRequestError) as unstored:
        client.responses.create(model="tools", input="and?", previous_response_id=second.id)
    assert unstored.value.code == "previous_response_not_found"


def test_responses_judge_their_input(client):
    lost = {"type": "function_call_output", "call_id": "call_x", "output": "1"}
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        client.responses.create(model="story", input=[*say("x"), lost])
    call = {"type": "function_call", "call_id": "call_x", "name": "add", "arguments": "{}"}
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        client.responses.create(model="story", input=[*say("x"), call])
    with pytest.raises(openai.BadRequestError) as unknown:
        client.responses.create(model="gpt-0", input="x")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as extra:
        client.responses.create(model="gpt-4o", input="x", extra_body={"stop": ["x"]})
    assert extra.value.code == "unknown_parameter"


def test_a_failed_response_is_told_in_the_stream(client):
    stream = client.responses.create(
        model="story", input="x", stream=True, extra_body={"sim": {"fail_after": 2}}
    )
    with pytest.raises(openai.APIError, match="mid-stream"):
        list(stream)


async def _stream_async(url: str) -> str:
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model="echo", messages=say("Grüße, 世界 🌍"), stream=True
        )
        return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])


def test_the_asynchronous_client_streams_too(sim):
    import asyncio

    assert asyncio.run(_stream_async(sim.base_url())) == "Grüße, 世界 🌍"
