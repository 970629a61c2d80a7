"""What a call with several turns leaves behind: counts, metadata, and messages to go on from."""

from __future__ import annotations

import warnings
from typing import Any

import msgspec
import pytest

from chimeric import Chimeric, Message, Usage

from .speakers import QUESTION, SPEAKERS, TOOLS, WAYS, Speaker, ask

EVERY = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda s: s.key)


@EVERY
def test_messages_go_through_json_with_everything_opaque(
    client: Chimeric, speaker: Speaker
) -> None:
    way = WAYS[SPEAKERS.index(speaker) % len(WAYS)]
    response = ask(client, speaker, way, QUESTION, "think", tools=TOOLS).response
    stored: Any = msgspec.json.decode(msgspec.json.encode(response.messages))
    typed = msgspec.json.decode(msgspec.json.encode(response.messages), type=list[Message])
    assert typed == response.messages
    again = "And the weather in Oslo? Also add 7 and 8."
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for messages in (stored, typed):
            talk = [*messages, {"role": "user", "content": again}]
            answered = ask(client, speaker, way, talk, "think", tools=TOOLS).response
            assert "sunny in Oslo" in answered.content
            assert answered.messages[:5] == response.messages


@EVERY
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_usage_is_the_sum_and_each_turn_keeps_its_own(
    client: Chimeric, speaker: Speaker, streamed: bool
) -> None:
    response = ask(
        client, speaker, "stream" if streamed else "whole", QUESTION, "think", tools=TOOLS
    ).response
    turns = response.metadata["turns"]
    assert len(turns) == 2
    first, second = (turn["usage"] for turn in turns)
    assert isinstance(first, Usage)
    assert response.usage == first + second == response.metadata["usage"]
    assert response.usage.prompt_tokens == first.prompt_tokens + second.prompt_tokens
    assert response.usage.completion_tokens == first.completion_tokens + second.completion_tokens
    assert second.prompt_tokens > first.prompt_tokens
    assert [turn["provider"] for turn in turns] == [speaker.provider] * 2
    ids = [turn["id"] for turn in turns if "id" in turn]
    assert len(set(ids)) == len(ids)
    assert all("usage_native" in turn for turn in turns)


@EVERY
def test_one_turn_has_no_list_of_turns(client: Chimeric, speaker: Speaker) -> None:
    response = ask(client, speaker, "stream", "Hello in 5 words", "story").response
    assert "turns" not in response.metadata
    assert response.usage == response.metadata["usage"]


def test_rounds_are_counted(client: Chimeric) -> None:
    for speaker in SPEAKERS[:4]:
        body: Any = {"extra_body": {"sim": {"rounds": 3}}}
        answered = ask(client, speaker, "stream", QUESTION, tools=TOOLS, **body)
        assert sorted({chunk.turn for chunk in answered.chunks}) == [0, 1, 2, 3]
        assert [c.finish_reason for c in answered.chunks if c.finish_reason] == [
            *["tool_calls"] * 3,
            "stop",
        ]
        assert len(answered.response.metadata["turns"]) == 4


@pytest.mark.parametrize("given", [0, 1, 2])
def test_max_turns_counts_rounds_of_tools(client: Chimeric, given: int) -> None:
    from chimeric import ToolLoopLimitError

    speaker = SPEAKERS[0]
    body: Any = {"extra_body": {"sim": {"rounds": 2}}}
    if given < 2:
        with pytest.raises(ToolLoopLimitError) as caught:
            ask(client, speaker, "stream", QUESTION, tools=TOOLS, max_turns=given, **body)
        assert caught.value.partial is not None
        assert len(caught.value.partial.tool_results) == 2 * given
    else:
        response = ask(
            client, speaker, "stream", QUESTION, tools=TOOLS, max_turns=given, **body
        ).response
        assert response.finish_reason == "stop"
