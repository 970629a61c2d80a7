"""pydantic-ai's agents."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from lines import serve
from pydantic_ai import Agent, NativeOutput, PromptedOutput, StructuredDict, Tool, ToolOutput
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import Model


def model(task: dict[str, Any]) -> Model:
    """The model of a protocol; each has its SDK's client behind it."""
    protocol, url, key, name = task["protocol"], task["url"], task["key"], task["model"]
    headers = {"default_headers": task["headers"], "max_retries": 0, "api_key": key}
    if protocol in ("chat", "responses", "compatible"):
        from openai import AsyncOpenAI
        from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
        from pydantic_ai.providers.openai import OpenAIProvider

        kind = OpenAIResponsesModel if protocol == "responses" else OpenAIChatModel
        client = AsyncOpenAI(base_url=f"{url}/v1", **headers)
        return kind(name, provider=OpenAIProvider(openai_client=client))
    if protocol in ("deepseek", "openrouter"):
        from openai import AsyncOpenAI

        path = "/api/v1" if protocol == "openrouter" else "/v1"
        client = AsyncOpenAI(base_url=url + path, **headers)
        if protocol == "deepseek":
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.providers.deepseek import DeepSeekProvider

            return OpenAIChatModel(name, provider=DeepSeekProvider(openai_client=client))
        from pydantic_ai.models.openrouter import OpenRouterModel
        from pydantic_ai.providers.openrouter import OpenRouterProvider

        return OpenRouterModel(name, provider=OpenRouterProvider(openai_client=client))
    if protocol == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        anthropic = AsyncAnthropic(base_url=url, **headers)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
    if protocol == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        sent = httpx.AsyncClient(headers=task["headers"])
        google = GoogleProvider(api_key=key, base_url=url, http_client=sent)
        return GoogleModel(name, provider=google)
    if protocol == "mistral":
        from pydantic_ai.models.mistral import MistralModel
        from pydantic_ai.providers.mistral import MistralProvider

        sent = httpx.AsyncClient(headers=task["headers"])
        mistral = MistralProvider(api_key=key, base_url=url, http_client=sent)
        return MistralModel(name, provider=mistral)
    if protocol == "groq":
        from groq import AsyncGroq
        from pydantic_ai.models.groq import GroqModel
        from pydantic_ai.providers.groq import GroqProvider

        groq = AsyncGroq(base_url=url, **headers)
        return GroqModel(name, provider=GroqProvider(groq_client=groq))
    from cohere import AsyncClientV2
    from pydantic_ai.models.cohere import CohereModel
    from pydantic_ai.providers.cohere import CohereProvider

    sent = httpx.AsyncClient(headers=task["headers"])
    cohere = AsyncClientV2(api_key=key, base_url=url, httpx_client=sent)
    return CohereModel(name, provider=CohereProvider(cohere_client=cohere))


def told(messages: list[ModelMessage]) -> dict[str, Any]:
    """What the answers among the messages say: the first one's calls, the last one's text."""
    said = [m for m in messages if isinstance(m, ModelResponse)]
    texts = ["".join(p.content for p in m.parts if isinstance(p, TextPart)) for m in said]
    calls = [
        {"name": p.tool_name, "arguments": p.args_as_dict()}
        for p in said[0].parts
        if isinstance(p, ToolCallPart)
    ]
    usage = [m.usage.input_tokens for m in said]
    found: dict[str, Any] = {"text": texts[0], "calls": calls, "usage": usage}
    return {**found, "last": {"text": texts[-1]}} if len(said) > 1 else found


def tools(task: dict[str, Any]) -> list[Any]:
    """Functions that give the results of the task."""

    def make(offer: dict[str, Any]) -> Any:
        function = offer["function"]

        async def run(**arguments: Any) -> str:
            return str(task["results"][function["name"]])

        return Tool.from_schema(
            run, function["name"], function["description"], function["parameters"]
        )

    return [make(offer) for offer in task["tools"]]


async def ask(
    agent: Any, prompt: str, history: list[ModelMessage], stream: bool
) -> tuple[Any, list[ModelMessage], int]:
    """The output, the new messages, and in how many pieces the text came."""
    if not stream:
        done = await agent.run(prompt, message_history=history)
        return done.output, done.new_messages(), 1
    pieces = 0
    async with agent.iter(prompt, message_history=history) as run:
        async for node in run:
            if not Agent.is_model_request_node(node):
                continue
            async with node.stream(run.ctx) as events:
                async for event in events:
                    begun = isinstance(event, PartStartEvent) and isinstance(event.part, TextPart)
                    grew = isinstance(event, PartDeltaEvent) and isinstance(
                        event.delta, TextPartDelta
                    )
                    pieces += begun or grew
    assert run.result is not None
    return run.result.output, run.result.new_messages(), pieces


async def do(task: dict[str, Any]) -> dict[str, Any]:
    case, stream = task["case"], task["stream"]
    settings: dict[str, Any] = {"max_tokens": 4000} if task["protocol"] == "anthropic" else {}
    if case == "thinking":
        settings |= {
            "openai_reasoning_effort": "low", "openai_reasoning_summary": "auto",
            "anthropic_thinking": {"type": "enabled", "budget_tokens": 1024},
            "google_thinking_config": {"include_thoughts": True},
        }  # fmt: skip
    more: dict[str, Any] = {}
    if case in ("tools", "thinking"):
        more["tools"] = tools(task)
    if case == "structured":
        form = StructuredDict(task["schema"], name="recipe", description="A recipe.")
        kinds = {"native": NativeOutput, "tool": ToolOutput, "prompted": PromptedOutput}
        more["output_type"] = kinds[task["way"]](form)
    if case == "turns":
        more["instructions"] = task["system"]
    agent = Agent(model(task), model_settings=settings, retries=0, **more)
    output, messages, pieces = await ask(agent, task["prompt"], [], stream)
    if case == "structured":
        return {"value": output if isinstance(output, dict) else json.loads(output)}
    found = {**told(messages), "pieces": pieces}
    if case == "turns":
        _, later, _ = await ask(agent, task["then"], messages, stream)
        found["last"] = told(later)
    return found


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do one task."""
    return asyncio.run(do(task))


if __name__ == "__main__":
    serve(answer)
