"""Beside pydantic-ai's own OpenAI models over the same bytes: equal messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chimeric_pydantic_ai import ChimericModel
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.messages import ModelMessage, ModelResponse, ThinkingPart
from pydantic_ai.models import Model
from pydantic_ai.models.openai import (
    OpenAIChatModel,
    OpenAIResponsesModel,
    OpenAIResponsesModelSettings,
)
from pydantic_ai.providers.openai import OpenAIProvider

from chimeric import Chimeric

from .conftest import Twice


class City(BaseModel):
    name: str
    people: int


def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def distance(city: str) -> int:
    """Tell how far a city is."""
    return 1200


ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({}, "Tell me about tides in 12 words"),
    "a tool": ({"tools": [weather]}, "Weather in Rome?"),
    "two tools": ({"tools": [weather, distance]}, "Weather in Rome, and how far?"),
    "output by a tool": ({"output_type": City}, "Tell me of Oslo, 700000"),
    "native output": ({"output_type": NativeOutput(City)}, "Tell me of Oslo, 700000"),
}


def told(messages: list[ModelMessage]) -> list[Any]:
    """What a history says, without times, and what only one side keeps of a provider."""
    return [
        (
            [_part(part) for part in message.parts],
            *(
                (
                    message.usage.input_tokens,
                    message.usage.output_tokens,
                    message.usage.cache_read_tokens,
                    message.usage.details.get("reasoning_tokens"),
                    message.model_name,
                    message.provider_name,
                    message.provider_response_id,
                    # Where Responses calls tools, theirs says `stop` and ours `tool_call`.
                    "calls" if message.tool_calls else message.finish_reason,
                    message.state,
                )
                if isinstance(message, ModelResponse)
                else (message.instructions,)
            ),
        )
        for message in messages
    ]


def _part(part: Any) -> tuple[Any, ...]:
    named = ("part_kind", "content", "tool_name", "args", "tool_call_id", "outcome")
    return tuple(getattr(part, name, None) for name in named)


async def streamed(agent: Agent[Any, Any], prompt: str) -> list[ModelMessage]:
    async with agent.iter(prompt) as steps:
        async for node in steps:
            if Agent.is_model_request_node(node):
                async with node.stream(steps.ctx) as events:
                    async for _ in events:
                        pass
        assert steps.result is not None
        return steps.result.all_messages()


async def whole(agent: Agent[Any, Any], prompt: str) -> list[ModelMessage]:
    return (await agent.run(prompt)).all_messages()


Way = Callable[[Agent[Any, Any], str], Awaitable[list[ModelMessage]]]


def both(
    theirs: Model[Any], ours: ChimericModel, way: Way, prompt: str, **settings: Any
) -> list[list[ModelMessage]]:
    """What each model's run leaves; connections are closed in the loop that made them."""

    async def run() -> list[list[ModelMessage]]:
        async with theirs, ours.client:
            settings["instructions"] = "Be brief."
            return [await way(Agent(model, **settings), prompt) for model in (theirs, ours)]

    return asyncio.run(run())


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
@pytest.mark.parametrize("way", [streamed, whole])
@pytest.mark.parametrize("name", ASKED)
def test_the_messages_of_a_run_are_equal(twice: Twice, api: str, way: Way, name: str) -> None:
    settings, prompt = ASKED[name]
    own = OpenAIChatModel if api == "chat_completions" else OpenAIResponsesModel
    theirs: Model[Any] = own("gpt-4o", provider=OpenAIProvider(base_url=twice.url, api_key="any"))
    ours = ChimericModel(
        Chimeric(openai_base_url=twice.url, openai_api_key="any", api=api), "openai:gpt-4o"
    )
    first, second = map(told, both(theirs, ours, way, prompt, **settings))
    assert twice.refused == []
    assert len(twice.loopback.requests) >= 2
    assert first == second


@pytest.mark.parametrize("way", [streamed, whole])
def test_thinking_is_equal(twice: Twice, way: Way) -> None:
    theirs = OpenAIResponsesModel(
        "gpt-5-think",
        provider=OpenAIProvider(base_url=twice.url, api_key="any"),
        settings=OpenAIResponsesModelSettings(openai_reasoning_summary="detailed"),
    )
    client = Chimeric(openai_base_url=twice.url, openai_api_key="any")
    ours = ChimericModel(client, "openai:gpt-5-think")
    histories = both(
        theirs, ours, way, "Weather in Rome?", tools=[weather], model_settings={"thinking": "low"}
    )
    thoughts = [
        [p.content for m in messages for p in m.parts if isinstance(p, ThinkingPart)]
        for messages in histories
    ]
    assert twice.refused == []
    assert "".join(thoughts[0])
    assert "".join(thoughts[0]) == "".join(thoughts[1])
