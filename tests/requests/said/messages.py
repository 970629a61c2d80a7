"""Kinds of messages."""

from __future__ import annotations

from typing import Final

from chimeric import Message, ToolCall

from .kind import Kind
from .samples import tool

__all__ = ["MESSAGES"]

MESSAGES: Final = {
    "a system message": Kind(
        words="a system message",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        leaves=("Be brief.",),
    ),
    "developer": Kind(
        words="a `developer` message",
        messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        leaves=("Be brief.",),
        sent=lambda sent: "developer" in sent.leaves,
        meant=lambda sent: sent.has("Be brief."),
    ),
    "system later": Kind(
        words="a system message in the middle",
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Go on"},
        ],
        leaves=("Be brief.",),
    ),
    "name": Kind(
        words="the `name` of a message's author",
        messages=[{"role": "user", "name": "alice", "content": "Hi"}],
        leaves=("alice",),
    ),
    "prefill": Kind(
        words="the beginning of the answer (prefill)",
        messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Sure:"}],
        leaves=("Sure:",),
    ),
    "prefill blank": Kind(
        words="the same, with white space at its end",
        messages=[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Sure: "}],
        leaves=("Sure: ",),
    ),
    "refusal": Kind(
        words="a refusal in the history",
        messages=[
            Message("user", "Hi"),
            Message("assistant", "", refusal="I cannot."),
            Message("user", "Why?"),
        ],
        leaves=("I cannot.",),
    ),
    "reasoning": Kind(
        words="reasoning of another model",
        messages=[
            Message("user", "Hi"),
            Message("assistant", "Hello", reasoning="They greet me."),
            Message("user", "Go on"),
        ],
        leaves=("They greet me.",),
    ),
    "reasoning before a call": Kind(
        words="reasoning of another model before its call",
        messages=[
            Message("user", "Weather?"),
            Message(
                "assistant",
                "",
                reasoning="I must look.",
                tool_calls=(ToolCall(id="call_1", name="weather", arguments='{"city":"Rome"}'),),
            ),
            Message("tool", "sunny", tool_call_id="call_1"),
        ],
        params=tool(),
        leaves=("I must look.",),
    ),
    "two in a row": Kind(
        words="two messages of one role in a row",
        messages=[{"role": "user", "content": "Hi"}, {"role": "user", "content": "There?"}],
        leaves=("Hi", "There?"),
    ),
    "blocks": Kind(
        words="a message in Anthropic's form (a result as a block)",
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Rome"}}
                ],
            },
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "sunny"}],
            },
        ],
        params=tool(),
        leaves=("sunny",),
    ),
    "gemini": Kind(
        words="a message in Gemini's form (`parts`)",
        messages=[{"role": "user", "parts": [{"text": "Good morning"}]}],
        leaves=("Good morning",),
    ),
    "converse": Kind(
        words="a message in Converse's form (blocks without a type)",
        messages=[{"role": "user", "content": [{"text": "Good morning"}]}],
        leaves=("Good morning",),
    ),
    "items": Kind(
        words="items of Responses (`function_call_output`)",
        messages=[
            {"role": "user", "content": "Weather?"},
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "weather",
                "arguments": '{"city":"Rome"}',
            },
            {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        ],
        params=tool(),
        leaves=("sunny",),
    ),
    "key of a message": Kind(
        words="an unknown key of a message",
        messages=[{"role": "user", "content": "Hi", "priority": 777}],
        leaves=(777,),
    ),
    "shape": Kind(
        words="a message without content that is understood",
        messages=[{"role": "user", "contents": "Hi"}],
        leaves=("Hi",),
    ),
}
