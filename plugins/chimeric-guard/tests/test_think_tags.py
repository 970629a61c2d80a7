"""Reasoning between tags."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_guard import Guard, ThinkTags

from chimeric import ReasoningPart, TextPart

from .conftest import CALL, MODES, Heard, Server, hear


def told(heard: Heard) -> tuple[str, str]:
    assert heard.response is not None
    reasoning = "".join(chunk.reasoning or "" for chunk in heard.chunks)
    assert (heard.response.reasoning or "", heard.response.content) == (reasoning, heard.text)
    return reasoning, heard.text


@pytest.mark.parametrize("mode", MODES)
def test_tags_at_the_beginning_are_reasoning(server: Server, mode: str) -> None:
    server.turns = [["\n<thi", "nk>\nTwo and ", "two.\n</th", "ink>\n", "\nFour", "."]]
    heard = hear(mode, server.client(ThinkTags()))
    assert told(heard) == ("Two and two.\n", "Four.")
    assert heard.response is not None
    assert heard.response.parts == (ReasoningPart("Two and two.\n"), TextPart("Four."))
    assert heard.response.messages[-1].reasoning == "Two and two.\n"


@pytest.mark.parametrize(
    ("said", "reasoning", "text"),
    [
        ("Use <think> for reasoning</think>.", "", "Use <think> for reasoning</think>."),
        ("<think>a<think>b</think>c</think>d", "a<think>b</think>c", "d"),
        ("<think>never closed", "never closed", ""),
        ("<think></think>only text", "", "only text"),
        ("<thinking>other</thinking>", "", "<thinking>other</thinking>"),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("<", "", "<"),
        ("  ", "", "  "),
        ("<think>x < y and </ b</think>z", "x < y and </ b", "z"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_where_tags_count(server: Server, said: str, reasoning: str, text: str, size: int) -> None:
    server.turns = [[said[place : place + size] for place in range(0, len(said), size)]]
    assert told(hear("sync", server.client(ThinkTags()))) == (reasoning, text)


@pytest.mark.parametrize(
    ("options", "said", "reasoning", "text"),
    [
        ({"tags": ["think", "reason"]}, "<reason>a</reason>b", "a", "b"),
        ({"anywhere": True}, "a<think>b</think> c<think>d</think>e", "bd", "ace"),
        ({"anywhere": True}, "a <thin", "", "a <thin"),
        ({"opened": True}, "b</think>c", "b", "c"),
        ({"opened": True}, "<think>b</think>c", "b", "c"),
        ({"opened": True}, "no tag at all", "no tag at all", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_options(
    server: Server, options: dict[str, Any], said: str, reasoning: str, text: str, size: int
) -> None:
    server.turns = [[said[place : place + size] for place in range(0, len(said), size)]]
    assert told(hear("sync", server.client(ThinkTags(**options)))) == (reasoning, text)


def test_each_turn_may_begin_with_reasoning(server: Server) -> None:
    def weather(city: str) -> str:
        """The weather."""
        return "sunny"

    server.turns = [["<think>a</think>b", CALL], ["<think>c</think>d"]]
    assert told(hear("sync", server.client(ThinkTags()), tools=[weather])) == ("ac", "bd")


def test_whole_answers_too(server: Server) -> None:
    server.turns = [["<think>a</think>b"]]
    with server.client(ThinkTags()) as client:
        response = client.generate("compatible:m", "Hi")
    assert (response.reasoning, response.content) == ("a", "b")


def test_an_answer_that_is_tried_again_begins_anew(server: Server) -> None:
    from chimeric_testing import Close

    server.turns = [["<thi", Close()], ["<think>a</think>b"]]
    client = server.client(ThinkTags()).with_options(max_retries=1)
    assert told(hear("sync", client)) == ("a", "b")


def test_a_guard_of_reasoning_sees_it_as_such(server: Server) -> None:
    server.turns = [["<think>the secret</think>Fine"]]
    guard = Guard(lambda text: "secret" not in text, reasoning=True)
    heard = hear("sync", server.client(guard, ThinkTags()))
    assert heard.response is not None
    assert heard.response.metadata["guard"]["kind"] == "reasoning"
