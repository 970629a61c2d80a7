"""A call that the limit of tokens cut off is no call, in a whole answer as in a stream."""

from __future__ import annotations

from typing import Any

import pytest

from .served import PROVIDERS, ask

CUT = ["{", '{"city": "Os', "", '{"city": "Oslo"}']


def answers(arguments: str) -> dict[str, dict[str, Any]]:
    function = {"name": "weather", "arguments": arguments}
    call = {"id": "a1", "type": "function", "function": function}
    choice = {"index": 0, "finish_reason": "length"}
    chat = {"role": "assistant", "content": "", "tool_calls": [call]}
    item = {"type": "function_call", "id": "f", "call_id": "c", **function, "status": "incomplete"}
    part = {"functionCall": {"name": "weather", "args": {}}}
    return {
        "chat": {"id": "x", "model": "m", "choices": [{**choice, "message": chat}]},
        "openai": {
            "id": "r",
            "model": "m",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "output": [item],
        },
        "cohere": {
            "id": "c",
            "finish_reason": "MAX_TOKENS",
            "message": {"role": "assistant", "tool_calls": [call]},
        },
        "google": {
            "candidates": [
                {"content": {"role": "model", "parts": [part]}, "finishReason": "MAX_TOKENS"}
            ]
        },
        "ollama": {
            "model": "m",
            "done": True,
            "done_reason": "length",
            "message": {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "weather", "arguments": {}}}],
            },
        },
    }


@pytest.mark.parametrize("arguments", CUT)
@pytest.mark.parametrize("provider", ["chat", "openai", "cohere", "google", "ollama"])
def test_a_cut_call_of_a_whole_answer_is_no_call_and_never_runs(
    provider: str, arguments: str
) -> None:
    ran: list[str] = []

    def weather(city: str = "") -> str:
        ran.append(city)
        return "sunny"

    sent = ask(PROVIDERS[provider], tools=[weather], replies=[answers(arguments)[provider]])
    assert sent.result.finish_reason == "length"
    assert sent.result.tool_calls == ()
    assert ran == []


def test_an_answer_without_a_word_is_not_sent_to_cohere_which_would_refuse_it() -> None:
    talk = [
        {"role": "system", "content": ""},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "b"},
    ]
    sent = ask(PROVIDERS["cohere"], talk).body["messages"]
    assert [m["content"] for m in sent] == ["a", "b"]
