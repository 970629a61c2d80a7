"""A batch for a model that nobody has ends soon, however the service says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_batch import agenerate_many, generate_many
from chimeric_sim import Simulator

from chimeric import BadRequestError, Chimeric, NotFoundError, ProviderError

CONCURRENCY = 4
SAID_AS_404 = ("anthropic", "azure", "cerebras", "cohere", "google", "groq", "moonshot", "ollama")
SAID_AS_400 = ("bedrock", "deepseek", "mistral", "openai", "openrouter", "perplexity")


def prompts() -> Iterator[str]:
    return (f"prompt {n}" for n in range(1_000_000))


def on_threads(client: Chimeric, model: str) -> None:
    for _ in generate_many(client, prompts(), model=model, concurrency=CONCURRENCY):
        pass


def on_a_loop(client: Chimeric, model: str) -> None:
    async def main() -> None:
        batch = agenerate_many(client, prompts(), model=model, concurrency=CONCURRENCY)
        async with client, batch as results:
            async for _ in results:
                pass

    asyncio.run(main())


@pytest.mark.parametrize("run", [on_threads, on_a_loop])
@pytest.mark.parametrize("provider", [*SAID_AS_404, *SAID_AS_400])
def test_a_model_that_a_service_does_not_have_ends_a_batch_soon(
    sim: Simulator, provider: str, run: Callable[..., None]
) -> None:
    kind: type[ProviderError] = BadRequestError if provider in SAID_AS_400 else NotFoundError
    # At the root a model's name says that it is Mistral that is asked, and nobody has this one.
    url = f"{sim.url}/mistral" if provider == "mistral" else sim.base_url(provider)
    told: dict[str, Any] = {"base_urls": {provider: url}}
    with Chimeric(api_keys={provider: "any"}, max_retries=0, **told) as client:
        with pytest.raises(kind) as raised:
            run(client, f"{provider}:no-such-model")
    assert "give_up_after=None" in raised.value.__notes__[0]
    assert len(sim.requests) <= 8 + CONCURRENCY
