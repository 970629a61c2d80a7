"""A conversation with tools that begins with one provider goes on with any other."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric, CompletionResponse, Message, TranslationError, TranslationWarning

from .speakers import QUESTION, SPEAKERS, TOOLS, WAYS, Speaker, ask, client_for_all_ways

PAIRS = list(itertools.permutations(SPEAKERS, 2))


@pytest.fixture(scope="module")
def begun(client: Chimeric) -> dict[str, CompletionResponse]:
    """A conversation with thoughts, two calls, two results and an answer, by each provider."""
    return {
        speaker.key: ask(client, speaker, "stream", QUESTION, "think", tools=TOOLS).response
        for speaker in SPEAKERS
    }


@pytest.fixture(scope="module")
def strict(simulator: Simulator) -> Iterator[Chimeric]:
    with client_for_all_ways(simulator.url, strict=True) as client:
        yield client


CHAT = (
    *("openai-chat", "groq", "cerebras", "grok-chat"),
    *("mistral", "deepseek", "openrouter", "compatible"),
)
CLAUDE = ("anthropic", "bedrock-invoke")
SENDS_THOUGHTS = ("cerebras", "cohere", "deepseek", "ollama", "openrouter")
"""These have a place for reasoning that nobody signed."""


def losses(message: Message, second: Speaker) -> int:
    """How many warnings the state or the reasoning of this message must cause."""
    state = message.state
    if state is None:
        return int(bool(message.reasoning) and second.key not in SENDS_THOUGHTS)
    if state.api == "anthropic.messages" and second.key in CLAUDE:
        return 0  # its signatures are good at all services that have Claude
    if state.api == "chat_completions" and second.key in (*CHAT, "cohere", "ollama"):
        signed = any("reasoning_details" in item for item in state.items)
        if signed and second.key == "compatible":
            return 0  # it gets all keys as they are
        # What was signed, and the thought itself.
        return signed + (second.key not in SENDS_THOUGHTS)
    return 1


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda s: s.key)
def test_another_provider_answers_from_the_results(
    client: Chimeric,
    strict: Chimeric,
    begun: dict[str, CompletionResponse],
    first: Speaker,
    second: Speaker,
) -> None:
    messages = begun[first.key].messages[:4]
    assert [m.role for m in messages] == ["user", "assistant", "tool", "tool"]
    way = WAYS[PAIRS.index((first, second)) % len(WAYS)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        response = ask(client, second, way, messages, "think", tools=TOOLS).response
    assert "sunny in Rome" in response.content
    assert response.finish_reason == "stop"
    expected = losses(messages[1], second)
    assert [w.category for w in caught] == [TranslationWarning] * expected
    if expected:
        with pytest.raises(TranslationError, match="strict=True"):
            ask(strict, second, way, messages, "think", tools=TOOLS)
    else:
        ask(strict, second, way, messages, "think", tools=TOOLS)


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda s: s.key)
@pytest.mark.filterwarnings("ignore::chimeric.TranslationWarning")
def test_another_provider_calls_tools_in_the_next_round(
    client: Chimeric,
    begun: dict[str, CompletionResponse],
    first: Speaker,
    second: Speaker,
) -> None:
    before = begun[first.key].messages
    messages = [*before, Message("user", "And the weather in Oslo? Also add 7 and 8.")]
    response = ask(client, second, "stream", messages, "think", tools=TOOLS).response
    assert "sunny in Oslo" in response.content
    assert "15" in response.content
    assert response.messages[: len(messages)] == messages
    # And back again: the first provider finds its own state, and the other's in between.
    back = [*response.messages, Message("user", "Thanks. The weather in Bern? And add 1 and 1.")]
    response = ask(client, first, "whole", back, "think", tools=TOOLS).response
    assert "sunny in Bern" in response.content
