"""pydantic-ai: an agent, which runs the tools."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from .outcome import Call, Order, Outcome
from .tools import functions_noting

__all__ = ["Agents"]


def chat_model(url: str) -> Any:
    """OpenAI chat."""
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel("m-1", provider=OpenAIProvider(api_key="x", base_url=url + "/v1"))


def responses_model(url: str) -> Any:
    """OpenAI Responses."""
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIResponsesModel("m-1", provider=OpenAIProvider(api_key="x", base_url=url + "/v1"))


def anthropic_model(url: str) -> Any:
    """Anthropic."""
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(api_key="x", base_url=url)
    return AnthropicModel("m-1", provider=AnthropicProvider(anthropic_client=client))


def google_model(url: str) -> Any:
    """Gemini."""
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    return GoogleModel("m-1", provider=GoogleProvider(api_key="x", base_url=url))


MODELS = {
    "chat": chat_model,
    "responses": responses_model,
    "anthropic": anthropic_model,
    "google": google_model,
}


class Agents:
    """``Agent.iter``, with its model requests streamed or whole."""

    def open(self, order: Order) -> None:
        """Make the model; what has to do with the loop is made when it runs."""
        self.model = MODELS[order.protocol](order.url)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask, and go on as long as the agent does."""
        asyncio.run(self._play(order, seen))

    async def _play(self, order: Order, seen: Outcome) -> None:
        from pydantic_ai import Agent

        seen.reasoning = ""
        seen.runs = [] if order.tools else None
        tools = functions_noting(seen.runs) if seen.runs is not None else []
        settings: Any = {} if order.timeout is None else {"timeout": order.timeout}
        agent: Any = Agent(self.model, tools=tools, model_settings=settings)
        async with agent.iter("Hello") as run:
            first = True
            async for node in run:
                if Agent.is_call_tools_node(node) and first:
                    read_response(node.model_response, order, seen)
                    first = False
                    if not order.tools:
                        return
                if order.stream and Agent.is_model_request_node(node):
                    async with node.stream(run.ctx) as events:
                        async for event in events:
                            if first:
                                take(event, seen)


def take(event: Any, seen: Outcome) -> None:
    """An event of a streamed model request: a part begins with its first piece."""
    piece: Any = None
    if event.event_kind == "part_start":
        piece = event.part
        kind, text = piece.part_kind, getattr(piece, "content", None)
    elif event.event_kind == "part_delta":
        piece = event.delta
        kind, text = piece.part_delta_kind, getattr(piece, "content_delta", None)
    else:
        return
    if kind == "text":
        seen.text += text or ""
    elif kind == "thinking":
        seen.reasoning = (seen.reasoning or "") + (text or "")


def read_response(response: Any, order: Order, seen: Outcome) -> None:
    """The model's answer of the first turn."""
    seen.finish = response.finish_reason
    text = "".join(part.content for part in response.parts if part.part_kind == "text")
    if order.stream:
        seen.final = text
    else:
        seen.text = text
        thoughts = [part.content for part in response.parts if part.part_kind == "thinking"]
        seen.reasoning = "".join(thoughts)
    for part in response.parts:
        if part.part_kind == "tool-call":
            made = part.args if isinstance(part.args, str) else json.dumps(part.args or {})
            complete = not order.tools and seen.finish in ("stop", "tool_call")
            seen.calls.append(Call(part.tool_name, made, complete, part.tool_call_id))
