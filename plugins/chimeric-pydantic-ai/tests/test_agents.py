"""What agents do with the model: tools, output, limits, thinking, files, cancellation."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from chimeric_pydantic_ai import ANTHROPIC_TOOLS, OPENAI_TOOLS, ChimericModel, ChimericModelSettings
from chimeric_sim import Simulator
from pydantic import BaseModel
from pydantic_ai import (
    Agent,
    BinaryContent,
    ModelRetry,
    PromptedOutput,
    RunContext,
    ToolOutput,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
    UsageLimits,
)
from pydantic_ai.capabilities import NativeTool
from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    ImageUrl,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    NativeToolCallPart,
    NativeToolReturnPart,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.native_tools import CodeExecutionTool, WebSearchTool
from pydantic_ai.tools import ToolDefinition

from chimeric import Chimeric, hookimpl

from .conftest import answered

MODELS = ["openai:gpt-4o", "anthropic:claude-sonnet-4-5"]


class City(BaseModel):
    name: str
    people: int


@pytest.mark.parametrize("name", MODELS)
def test_an_agent_s_tools_run_and_the_model_reads_their_results(
    client: Chimeric, name: str
) -> None:
    agent = Agent(ChimericModel(client, name))

    @agent.tool_plain
    def weather(city: str) -> str:
        return f"sunny in {city}"

    result = answered(agent, "Weather in Rome?")
    assert "sunny in Rome" in result.output
    assert result.usage.requests == 2
    assert result.usage.tool_calls == 1
    assert result.usage.input_tokens > 0


@pytest.mark.parametrize("name", MODELS)
def test_a_tool_call_streams_piece_by_piece(client: Chimeric, name: str) -> None:
    agent = Agent(ChimericModel(client, name))

    @agent.tool_plain
    def note(text: str, city: str, days: int) -> str:
        return "noted"

    async def run() -> tuple[str, str]:
        async with agent.run_stream_events("Note for Rome, 3 days") as events:
            begun: ToolCallPart | None = None
            told = ""
            async for event in events:
                if isinstance(event, PartStartEvent) and isinstance(event.part, ToolCallPart):
                    begun, told = event.part, str(event.part.args or "")
                if isinstance(event, PartDeltaEvent) and isinstance(event.delta, ToolCallPartDelta):
                    told += str(event.delta.args_delta or "")
            assert begun is not None
            return begun.tool_name, told

    name_told, told = asyncio.run(run())
    assert name_told == "note"
    assert json.loads(told)["days"] == 3


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("form", [ToolOutput, PromptedOutput])
def test_output_comes_by_a_tool_or_by_a_prompt(client: Chimeric, name: str, form: Any) -> None:
    agent = Agent(ChimericModel(client, name), output_type=form(City))
    output = answered(agent, "Tell me of Oslo, 700000").output
    assert output.name == "Oslo"


@pytest.mark.parametrize("stream", [False, True])
def test_output_that_is_not_valid_is_asked_for_again(client: Chimeric, stream: bool) -> None:
    agent = Agent(ChimericModel(client, "openai:gpt-4o"), output_type=City, retries=2)
    seen: list[int] = []

    @agent.output_validator
    def first_is_refused(context: RunContext[None], city: City) -> City:
        if not context.partial_output:
            seen.append(city.people)
            if len(seen) == 1:
                raise ModelRetry("look again")
        return city

    result = answered(agent, "Tell me of Oslo, 700000", stream=stream)
    assert isinstance(result.output, City)
    assert len(seen) == 2
    asked = [m for m in result.all_messages() if isinstance(m, ModelRequest)]
    assert any("look again" in str(part) for message in asked for part in message.parts)


@pytest.mark.parametrize("stream", [False, True])
def test_native_output_that_fits_no_schema_is_the_agent_s_to_judge(
    sim: Simulator, client: Chimeric, stream: bool
) -> None:
    """``echo`` keeps no schema: the agent asks again, and gives up by its own error."""
    from pydantic_ai import NativeOutput

    agent = Agent(ChimericModel(client, "openai:echo"), output_type=NativeOutput(City), retries=1)

    with pytest.raises(UnexpectedModelBehavior, match=r"[Ee]xceeded"):
        answered(agent, "no JSON at all", stream=stream)
    assert len(sim.requests) == 2


def test_usage_limits_hold(client: Chimeric) -> None:
    agent = Agent(ChimericModel(client, "openai:gpt-4o"))

    @agent.tool_plain
    def weather(city: str) -> str:
        return "sunny"

    with pytest.raises(UsageLimitExceeded):
        answered(agent, "Weather in Rome?", usage_limits=UsageLimits(request_limit=1))
    with pytest.raises(UsageLimitExceeded):
        answered(agent, "Weather in Rome?", usage_limits=UsageLimits(total_tokens_limit=5))


def test_tokens_are_counted_before_a_request_where_the_provider_counts(client: Chimeric) -> None:
    limits = UsageLimits(input_tokens_limit=2, count_tokens_before_request=True)
    agent = Agent(ChimericModel(client, "anthropic:claude-sonnet-4-5"))
    with pytest.raises(UsageLimitExceeded):
        answered(agent, "Tell me of Oslo in many words", usage_limits=limits)


@pytest.mark.parametrize("name", ["anthropic:claude-think", "openai:gpt-5-think"])
@pytest.mark.parametrize("stream", [False, True])
def test_thinking_and_its_signatures_come_back_with_a_stored_history(
    client: Chimeric, name: str, stream: bool
) -> None:
    """The simulator refuses thinking without its signature, and encrypted items that are gone."""
    agent = Agent(ChimericModel(client, name, settings={"thinking": "low"}))

    @agent.tool_plain
    def weather(city: str) -> str:
        return "sunny"

    first = answered(agent, "Weather in Rome?", stream=stream)
    stored = first.all_messages_json()
    thoughts = [p for m in first.all_messages() for p in m.parts if isinstance(p, ThinkingPart)]
    assert thoughts[0].content
    history = ModelMessagesTypeAdapter.validate_json(stored)
    assert answered(agent, "And in Oslo?", stream=stream, message_history=history).output


def test_a_changed_history_is_sent_as_it_was_changed(sim: Simulator, client: Chimeric) -> None:
    agent = Agent(ChimericModel(client, "openai:gpt-4o"))
    history = answered(agent, "Tell me of tides in 5 words").all_messages()
    answer = history[-1]
    assert isinstance(answer, ModelResponse)
    answer.parts = [TextPart("REDACTED")]
    answered(agent, "Go on in 5 words", message_history=history)
    assert "REDACTED" in str(sim.requests[-1].body)


def test_pictures_and_files_of_users_and_tools_are_sent(sim: Simulator, client: Chimeric) -> None:
    agent = Agent(ChimericModel(client, "anthropic:claude-sonnet-4-5"))
    dot = BinaryContent(b"\x89PNG\r\n\x1a\n", media_type="image/png")

    @agent.tool_plain
    def chart(quarter: int) -> list[Any]:
        return ["by month", dot]

    paper = BinaryContent(b"%PDF-1.4", media_type="application/pdf")
    url = ImageUrl("https://example.com/a.png")
    answered(agent, ["What is this? Chart for 2", dot, paper, url])
    first, second = (str(request.body) for request in sim.requests[-2:])
    assert first.count("'image'") == 2
    assert "application/pdf" in first
    assert "https://example.com/a.png" in first
    assert "tool_result" in second
    assert second.count("'image'") == 3


@pytest.mark.parametrize(
    ("name", "forms"),
    [("openai:gpt-4o", OPENAI_TOOLS), ("anthropic:claude-sonnet-4-5", ANTHROPIC_TOOLS)],
)
@pytest.mark.parametrize("stream", [False, True])
def test_searches_of_the_provider_are_native_parts_with_citations(
    client: Chimeric, name: str, forms: Any, stream: bool
) -> None:
    model = ChimericModel(client, name, native_tools=forms)
    agent = Agent(model, capabilities=[NativeTool(WebSearchTool())])

    messages = answered(agent, "When is high tide?", stream=stream).all_messages()
    (response,) = [message for message in messages if isinstance(message, ModelResponse)]
    (called,) = [part for part in response.parts if isinstance(part, NativeToolCallPart)]
    (result,) = [part for part in response.parts if isinstance(part, NativeToolReturnPart)]
    assert called.tool_name == result.tool_name == "web_search"
    assert called.tool_call_id == result.tool_call_id
    assert called.args_as_dict()["queries"]
    assert result.outcome == "success"
    cited = [part.citations for part in response.parts if isinstance(part, TextPart)]
    assert any(cited)


def test_a_native_tool_without_a_form_is_refused(client: Chimeric) -> None:
    model = ChimericModel(client, "openai:gpt-4o", native_tools={})
    agent = Agent(model, capabilities=[NativeTool(CodeExecutionTool())])
    with pytest.raises(UserError, match="CodeExecution"):
        answered(agent, "1 + 1")


def test_settings_are_parameters_and_what_is_ours_passes_too(
    sim: Simulator, client: Chimeric
) -> None:
    settings = ChimericModelSettings(
        max_tokens=50,
        temperature=0.25,
        top_p=0.5,
        seed=7,
        stop_sequences=["END"],
        parallel_tool_calls=False,
        presence_penalty=0.1,
        extra_headers={"x-mine": "1"},
        extra_body={"user": "ada"},
        chimeric_params={"api": "chat_completions", "logprobs": True},
    )
    agent = Agent(ChimericModel(client, "openai:gpt-4o", settings=settings))

    @agent.tool_plain
    def weather(city: str) -> str:
        return "sunny"

    result = answered(agent, "Weather in Rome?")
    body = sim.requests[-1].body
    sent = {key: body[key] for key in ("temperature", "top_p", "seed", "stop", "user")}
    assert sent == {"temperature": 0.25, "top_p": 0.5, "seed": 7, "stop": ["END"], "user": "ada"}
    assert body["max_completion_tokens"] == 50
    assert body["parallel_tool_calls"] is False
    assert body["presence_penalty"] == 0.1
    assert sim.requests[-1].headers["x-mine"] == "1"
    assert result.output


def test_a_parameter_that_is_misspelt_is_a_user_error(client: Chimeric) -> None:
    settings = ChimericModelSettings(chimeric_params={"temprature": 0.1})
    with pytest.raises(UserError, match="temperature"):
        answered(Agent(ChimericModel(client, "openai:gpt-4o")), "Hi", model_settings=settings)


@pytest.mark.parametrize("choice", ["none", "required", ["weather"], "auto"])
def test_tool_choices_arrive(sim: Simulator, client: Chimeric, choice: Any) -> None:
    model = ChimericModel(client, "openai:gpt-4o")
    tools = [ToolDefinition(name="weather"), ToolDefinition(name="clock")]
    asked = ModelRequestParameters(function_tools=tools)
    request = [ModelRequest.user_text_prompt("Weather?")]
    response = asyncio.run(model.request(request, {"tool_choice": choice}, asked))
    called = {part.tool_name for part in response.parts if isinstance(part, ToolCallPart)}
    if choice == "none":
        assert called == set()
    if choice == ["weather"]:
        assert called == {"weather"}
    if choice == "required":
        assert called


def test_a_tool_without_a_schema_is_offered_as_one_that_takes_nothing(
    sim: Simulator, client: Chimeric
) -> None:
    tool = ToolDefinition(name="now", parameters_json_schema={})
    asked = ModelRequestParameters(function_tools=[tool])
    model = ChimericModel(client, "openai:gpt-4o")
    request = [ModelRequest.user_text_prompt("What time is it?")]
    response = asyncio.run(model.request(request, None, asked))
    (call,) = response.parts
    assert isinstance(call, ToolCallPart)
    assert call.args_as_dict() == {}


def test_middleware_of_the_client_works_inside_an_agent(client: Chimeric) -> None:
    class Shout:
        @hookimpl
        def chimeric_process_chunk(self, chunk: Any, context: Any) -> Any:
            return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk

    settings = ChimericModelSettings(chimeric_params={"use": [Shout()]})
    agent = Agent(ChimericModel(client, "openai:echo", settings=settings))
    assert answered(agent, "hello").output == "HELLO"
