"""Conversations that every provider must be able to send, or refuse with a reason."""

from __future__ import annotations

from typing import Any

from chimeric import FilePart, ImagePart, Message, TextPart, Tool, ToolCall, ToolName

__all__ = ["CONVERSATIONS", "NEEDS", "WEATHER"]

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WEATHER = Tool(
    name="weather",
    description="Tell the weather of a city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
)
CALLS = (
    ToolCall("call_1", "weather", '{"city":"Oslo"}'),
    ToolCall("call_2", "weather", '{"city":"Rome"}'),
)
RESULTS = (
    Message("tool", "4 degrees", tool_call_id="call_1", name="weather"),
    Message("tool", "no such city", tool_call_id="call_2", name="weather", is_error=True),
)
ASK = Message("user", "How is the weather?")

CONVERSATIONS: dict[str, dict[str, Any]] = {
    "a line": {"messages": "Tell me a story"},
    "a system message": {"messages": [Message("system", "Be brief."), ASK]},
    "two system messages": {
        "messages": [Message("system", "Be brief."), Message("developer", "Rhyme."), ASK]
    },
    "several turns": {
        "messages": [ASK, Message("assistant", "Fine."), Message("user", "And now?")]
    },
    "all of Unicode": {"messages": 'Grüße \U0001f600 \u2028 \x85 "quoted" \\ and\nlines\t\x00'},
    "a picture": {
        "messages": [
            Message(
                "user", (TextPart("What is it?"), ImagePart(data=PICTURE, media_type="image/png"))
            )
        ]
    },
    "a file": {
        "messages": [
            Message(
                "user",
                (
                    TextPart("Sum it up"),
                    FilePart(data="JVBERi0xLjQK", media_type="application/pdf", filename="a.pdf"),
                ),
            )
        ]
    },
    "a tool": {"messages": [ASK], "tools": [WEATHER]},
    "a forced tool": {"messages": [ASK], "tools": [WEATHER], "tool_choice": ToolName("weather")},
    "no tool allowed": {"messages": [ASK], "tools": [WEATHER], "tool_choice": "none"},
    "tool results": {
        "messages": [ASK, Message("assistant", "", CALLS[:1]), RESULTS[0]],
        "tools": [WEATHER],
    },
    "parallel tool results, one of them an error": {
        "messages": [ASK, Message("assistant", "Let me see.", CALLS), *RESULTS, ASK],
        "tools": [WEATHER],
    },
    "reasoning of before": {
        "messages": [ASK, Message("assistant", "Fine.", reasoning="It is June."), ASK]
    },
    "a schema": {
        "messages": [ASK],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "weather", "schema": dict(WEATHER.parameters)},
        },
    },
    "every parameter": {
        "messages": [ASK],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 64,
        "stop": ["END"],
        "seed": 7,
        "reasoning_effort": "low",
    },
}
NEEDS = {
    "a picture": "images",
    "a file": "files",
    "a tool": "tools",
    "a forced tool": "tools",
    "no tool allowed": "tools",
    "tool results": "tools",
    "parallel tool results, one of them an error": "tools",
    "a schema": "structured_output",
}
"""The capability that a conversation needs: without it, a provider may refuse."""
