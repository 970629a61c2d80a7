"""All middleware at once, over several protocols: each does its own and spoils no other's."""

from __future__ import annotations

import random
import re
from typing import Any

import msgspec
import pytest

from tests.hooks.modes import WAYS, Way

from .middleware import CALLERS, KEY, MIDDLEWARE, SHOWING, World, told

ASKED = "Tell me about tides in 60 words"

PROTOCOLS: dict[str, dict[str, Any]] = {
    "chat": {"model": "openai:gpt-4o-mini", "api": "chat_completions"},
    "responses": {"model": "openai:gpt-4o-mini", "api": "responses"},
    "messages": {"model": "anthropic:claude-sonnet-4-5"},
    "gemini": {"model": "google:gemini-2.5-flash"},
    "cohere": {"model": "cohere:command-a-03-2025"},
    "ollama": {"model": "ollama:llama3.2"},
    "converse": {"model": "bedrock:anthropic.claude-sonnet-4-5-20250929-v1:0"},
}

UNPRICED = ("ollama",)


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_answer_is_asked_for_once_and_comes_twice(
    world: World, urls: dict[str, str], way: Way, protocol: str, caller: str
) -> None:
    ask = {**PROTOCOLS[protocol], "messages": ASKED}
    first, second = way.ask_all(world.client(urls), [ask, ask], CALLERS[caller])

    # The cache kept what the provider sent; redact has masked the answer and the hit, each once.
    assert first.content == second.content
    assert "tide" in world.kept[0].lower()
    count = first.content.count("[redacted]")
    assert count > 0
    assert "[[" not in first.content
    assert first.metadata["redactions"] == second.metadata["redactions"] == {"redacted": count}
    assert len(world.kept) == 1
    assert told(first) == {"hit": False}
    assert told(second)["hit"] is True

    # The guard was asked about each passage of the answer and of the hit, and held none back.
    assert world.checked["text"] == first.content + second.content

    # The hit was not sent, not limited, and not paid for.
    assert len(world.recorded) == world.books.granted == 1
    assert world.used == [first.usage.total_tokens]
    assert second.usage.total_tokens == 0
    assert told(second)["saved"]["total_tokens"] == first.usage.total_tokens
    cost = second.metadata["cost"]
    assert cost["total"] == cost["call"] == 0
    if protocol not in UNPRICED:
        assert cost["saved"] == first.metadata["cost"]["total"] > 0

    # Nobody writes down what is masked, what is a key, or what was said.
    for text in (*world.recorded, world.traced):
        assert [word for word in ("tide", KEY) if word in text.replace("Tide", "tide")] == []
    assert KEY not in world.kept[0]
    assert first.content[:20] not in world.traced
    assert world.calls == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_tools_run_again_and_turns_do_not(
    world: World, urls: dict[str, str], way: Way, protocol: str
) -> None:
    ran: list[str] = []

    def weather(city: str) -> str:
        """The weather of a city."""
        ran.append(city)
        return f"sunny in {city}"

    ask = {**PROTOCOLS[protocol], "messages": "Weather in Oslo, please", "tools": [weather]}
    first, second = way.ask_all(world.client(urls), [ask, ask])
    assert ran == ["Oslo", "Oslo"]
    assert first.content == second.content
    assert "sunny in [redacted]" in first.content
    assert [message.role for message in first.messages] == [m.role for m in second.messages]
    assert world.books.granted == len(world.kept) == len(world.recorded) == 2
    assert sum(world.used) == first.usage.total_tokens
    assert second.usage.total_tokens == 0
    assert second.metadata["cost"]["call"] == 0
    if protocol not in UNPRICED:
        turns = [turn["cost"] for turn in second.metadata["turns"]]
        paid = [turn["cost"] for turn in first.metadata["turns"]]
        assert [turn["saved"] for turn in turns] == [turn["total"] for turn in paid]
        assert first.metadata["cost"]["call"] == pytest.approx(sum(t["total"] for t in paid))
    texts = "\n".join((*world.recorded, world.traced))
    assert not re.search(r"\b[Oo]slo", texts)  # as a word: ids are random letters
    assert world.calls == 2


@pytest.mark.parametrize("seed", range(8))
def test_the_order_in_which_they_are_given_changes_nothing(
    world: World, urls: dict[str, str], seed: int
) -> None:
    names = list(MIDDLEWARE)
    random.Random(seed).shuffle(names)
    ask = {**PROTOCOLS["messages"], "messages": ASKED, "stream": True}
    with world.client(urls, *names) as client:
        first, second = (client.generate(**ask).collect() for _ in range(2))
    assert first.content == second.content
    assert first.metadata["redactions"] == second.metadata["redactions"]
    assert "tide" in world.kept[0].lower()
    assert told(second)["hit"] is True
    assert second.metadata["cost"]["saved"] == first.metadata["cost"]["total"]
    assert (world.books.granted, len(world.recorded), world.calls) == (1, 1, 2)
    assert "tide" not in world.recorded[0].lower()


@pytest.mark.parametrize("name", MIDDLEWARE)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_alone_leaves_the_answer_as_it_is(
    world: World, urls: dict[str, str], way: Way, name: str
) -> None:
    ask = {**PROTOCOLS["responses"], "messages": "Weather in Oslo, please", "tools": [weather]}
    (plain,) = way.ask_all(World(world.folder, secret="").client(urls, "otel"), [ask])
    (told,) = way.ask_all(world.client(urls, name), [ask])
    wanted = plain.content
    if name == "redact":
        wanted = wanted.replace("Oslo", "[redacted]")
        assert wanted != plain.content
    assert told.content == wanted
    assert told.finish_reason == plain.finish_reason
    assert told.usage == plain.usage


def test_a_row_is_plain_json_of_what_the_provider_sent(world: World, urls: dict[str, str]) -> None:
    with world.client(urls, *SHOWING) as client:
        response = client.generate(**PROTOCOLS["chat"], messages=ASKED)
    row = msgspec.json.decode(world.kept[0])
    assert (row["provider"], row["model"]) == ("openai", "gpt-4o-mini")
    assert row["native"] == response.metadata["usage_native"]


THINKING: dict[str, dict[str, Any]] = {
    "responses": {"model": "openai:gpt-5-think", "api": "responses"},
    "messages": {"model": "anthropic:claude-think-sonnet-4-5", "reasoning_effort": "low"},
    "gemini": {"model": "google:gemini-think"},
    "interactions": {"model": "google:gemini-think", "api": "interactions"},
    "converse": {
        "model": "bedrock:anthropic.claude-think-sonnet-4-5-20250929-v1:0",
        "reasoning_effort": "low",
    },
}


@pytest.mark.filterwarnings("ignore:.*has no thinking to set")
@pytest.mark.parametrize("protocol", THINKING)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_a_model_thought_is_sent_back_also_where_it_comes_out_of_the_store(
    world: World, urls: dict[str, str], way: Way, protocol: str
) -> None:
    hours = iter(range(1, 9))

    def hour(city: str) -> str:
        """The hour in a city."""
        return f"{next(hours)} o'clock"

    ask = {**THINKING[protocol], "messages": "Which hour is it in Rome?", "tools": [hour]}
    first, second = way.ask_all(world.client(urls, *SHOWING), [ask, ask])
    assert first.reasoning
    hits = [turn["answer_cache"]["hit"] for turn in second.metadata["turns"]]
    assert hits == [True, False]  # what the tool said is new
    assert "1 o'clock" in first.content
    assert "2 o'clock" in second.content
    assert world.books.granted == 3
    states = [[m.state is None for m in r.messages] for r in (first, second)]
    assert states[0] == states[1]
