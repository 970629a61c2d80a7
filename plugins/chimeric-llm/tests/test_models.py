"""The models in Python, as the tests of llm's model plugins ask them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import llm
import pytest
from chimeric_llm import noted
from chimeric_llm.client import shared_client
from chimeric_sim import Simulator

from .conftest import MODELS

Model = Callable[[str], llm.Model]


def test_all_noted_models_are_registered_both_ways(model: Model) -> None:
    assert str(model("openai:echo")) == "Chimeric: openai:echo"
    names = {m.model_id for m in llm.get_async_models()}
    assert "anthropic:claude-think" in names
    assert model("openai:echo").get_key("given") == "given"


def test_commands_that_note_models_at_once_all_do(user_path: Any) -> None:
    def note(_: int) -> None:
        noted.write(noted.noted_models())

    with ThreadPoolExecutor(8) as commands:
        list(commands.map(note, range(400)))
    assert len(noted.noted_models()) == len(MODELS)
    assert [path.name for path in user_path.iterdir()] == [noted.file_of_models().name]


@pytest.mark.parametrize("stream", [True, False])
def test_a_prompt_is_answered_with_usage_and_the_model_that_answered(
    model: Model, stream: bool
) -> None:
    response = model("openai:echo").prompt("one two", stream=stream)
    assert response.text() == "one two"
    usage = response.usage()
    assert (usage.output, usage.input > 0) == (2, True)
    assert response.resolved_model == "echo"
    assert response.response_json["finish_reason"] == "stop"


@pytest.mark.parametrize("stream", [True, False])
def test_an_asynchronous_prompt_is_answered(user_path: Any, stream: bool) -> None:
    async def run() -> tuple[str, llm.Usage]:
        response = llm.get_async_model("openai:echo").prompt("one two", stream=stream)
        text = "".join([piece async for piece in response])
        await shared_client().aclose()
        return text, await response.usage()

    text, usage = asyncio.run(run())
    assert text == "one two"
    assert usage.output == 2


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ["openai:gpt-4o", "anthropic:claude-sonnet-4-5"])
def test_a_chain_runs_tools(model: Model, name: str, stream: bool) -> None:
    def weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    chain = model(name).chain("Weather in Rome?", tools=[weather], stream=stream)
    assert "sunny in Rome" in chain.text()
    first, second = chain._responses
    assert [(c.name, c.arguments) for c in first.tool_calls()] == [("weather", {"city": "Rome"})]
    assert not second.tool_calls()


def test_an_asynchronous_chain_runs_tools(user_path: Any) -> None:
    async def weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    async def run() -> str:
        model = llm.get_async_model("openai:gpt-4o")
        text = await model.chain("Weather in Rome?", tools=[weather]).text()
        await shared_client().aclose()
        return text

    assert "sunny in Rome" in asyncio.run(run())


@pytest.mark.parametrize("stream", [True, False])
def test_reasoning_calls_and_text_are_parts_in_their_order(model: Model, stream: bool) -> None:
    def weather(city: str) -> str:
        """Tell the weather."""
        return "sunny"

    response = model("anthropic:claude-think").prompt(
        "Weather in Rome?", tools=[weather], stream=stream, reasoning_effort="low"
    )
    response.text()
    (message,) = response.messages()
    kinds = [type(part).__name__ for part in message.parts]
    assert kinds[0] == "ReasoningPart"
    assert kinds[-1] == "ToolCallPart"


@pytest.mark.parametrize("stream", [True, False])
def test_a_search_is_a_call_that_the_server_ran_and_its_sources_are_kept(
    model: Model, stream: bool
) -> None:
    search = llm.ServerSideTool({"type": "web_search"})
    response = model("openai:gpt-4o").prompt("When is high tide?", tools=[search], stream=stream)
    assert response.text()
    parts = [part.to_dict() for message in response.messages() for part in message.parts]
    (call,) = [part for part in parts if part["type"] == "tool_call"]
    (result,) = [part for part in parts if part["type"] == "tool_result"]
    assert call["server_executed"]
    assert result["server_executed"]
    assert call["arguments"]["queries"]
    assert result["name"] == "web_search"
    (text,) = [part for part in parts if part["type"] == "text"]
    assert text["provider_metadata"]["citations"][0]["url"].startswith("https://")


def test_a_stored_conversation_goes_on_with_its_signatures(model: Model) -> None:
    """The simulator refuses thinking that comes back without its signature."""
    first = model("anthropic:claude-think").prompt("Why? 9 words", reasoning_effort="low")
    first.text()
    stored = json.loads(json.dumps(first.to_dict()))
    again = llm.Response.from_dict(stored).reply("And then? 9 words", reasoning_effort="low")
    assert again.text()


def test_a_changed_answer_is_sent_as_it_was_changed(model: Model, sim: Simulator) -> None:
    asked = model("openai:gpt-4o")
    first = asked.prompt("Tides in 5 words")
    first.text()
    history = [*first.prompt.messages, *first.messages()]
    history[-1].parts[0].text = "REDACTED"
    asked.prompt("Go on in 5 words", messages=history).text()
    assert "REDACTED" in json.dumps(sim.requests[-1].body)


def test_a_schema_that_the_answer_does_not_fit_is_an_error(model: Model) -> None:
    with pytest.raises(llm.ModelError, match=r"JSON|schema|fit"):
        model("openai:echo").prompt("no JSON", schema={"type": "object", "properties": {}}).text()


def test_a_tool_without_a_schema_is_offered_as_one_that_takes_nothing(model: Model) -> None:
    bare = llm.Tool(name="now", description="The time.", implementation=lambda: "12:00")
    response = model("openai:gpt-4o").prompt("What time is it?", tools=[bare])
    assert [(call.name, call.arguments) for call in response.tool_calls()] == [("now", {})]


def test_pictures_of_a_tool_are_sent(model: Model, sim: Simulator) -> None:
    def chart(quarter: int) -> llm.ToolOutput:
        """Draw a chart."""
        picture = llm.Attachment(type="image/png", content=b"\x89PNG\r\n\x1a\n")
        return llm.ToolOutput(output="drawn", attachments=[picture])

    model("anthropic:claude-sonnet-4-5").chain("A chart for 2", tools=[chart]).text()
    assert "'image'" in str(sim.requests[-1].body["messages"])
