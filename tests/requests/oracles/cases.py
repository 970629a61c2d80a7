"""What callers say: all roles, parts, tools, choices, formats, parameters, each once at least."""

from __future__ import annotations

import base64
from typing import Any

from chimeric import AudioPart, FilePart, ImagePart, Message, Tool, ToolCall, ToolName

from .samples import (
    ASK,
    DEEP,
    LONG,
    MARK,
    PDF,
    PICTURE_URL,
    PNG,
    SCHEMA,
    STRICT,
    TEXT,
    WAV,
    WEATHER,
    called,
    now,
    says,
    used,
)

__all__ = ["CASES"]

CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "a line": ("Hi", {}),
    "a stream": ("Hi", {"stream": True}),
    "a system message": ([{"role": "system", "content": "Be brief."}, ASK], {}),
    "a developer message": ([{"role": "developer", "content": "Be brief."}, ASK], {}),
    "system parts with a cache point": (
        [{"role": "system", "content": [TEXT, {**TEXT, **MARK}]}, ASK],
        {},
    ),
    "a system message in the middle": (
        [ASK, {"role": "assistant", "content": "Yes"}, {"role": "system", "content": "S"}, ASK],
        {},
    ),
    "a system message at the end": ([ASK, {"role": "system", "content": "S"}], {}),
    "several turns": ([ASK, {"role": "assistant", "content": "Yes"}, ASK], {}),
    "two users in a row": ([ASK, ASK], {}),
    "an answer begun": ([ASK, {"role": "assistant", "content": "Sure: "}], {}),
    "empty answers": ([ASK, {"role": "assistant", "content": ""}, ASK], {}),
    "answers in parts": ([ASK, *says(TEXT, TEXT, role="assistant"), ASK], {}),
    "a refusal": ([ASK, {"role": "assistant", "content": None, "refusal": "No."}, ASK], {}),
    "a refusal in a part": (
        [ASK, *says({"type": "refusal", "refusal": "No."}, role="assistant"), ASK],
        {},
    ),
    "a named user": ([{"role": "user", "name": "Ann", "content": "Hi"}], {}),
    "an unknown key of a message": ([{**ASK, "zz_key": 1}], {}),
    "an unknown key of a part": (says({**TEXT, "zz_key": 1}), {}),
    "cache points in messages": (says({**TEXT, **LONG}, {**TEXT, **MARK}), {}),
    "a picture": (says(TEXT, ImagePart(data=PNG, media_type="image/png")), {}),
    "a picture by its address": (says(PICTURE_URL), {}),
    "a picture of another's form": (
        says(
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
        ),
        {},
    ),
    "a picture with a cache point": (
        says(
            {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}, **MARK}
        ),
        {},
    ),
    "a picture of an answer": (
        [ASK, Message("assistant", (ImagePart(data=PNG, media_type="image/png"),)), ASK],
        {},
    ),
    "a file": (says(FilePart(data=PDF, media_type="application/pdf", filename="a.pdf")), {}),
    "a file of no name": (says(FilePart(data=PDF)), {}),
    "a file by its address": (
        says(FilePart(url="https://a.example/a.pdf", media_type="application/pdf")),
        {},
    ),
    "a text file": (
        says(FilePart(data=base64.b64encode(b"words").decode(), media_type="text/plain")),
        {},
    ),
    "a file that is there": (says(FilePart(file_id="file_1")), {}),
    "a document with its citations": (
        says(
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "words"},
                "title": "T",
                "context": "C",
                "citations": {"enabled": True},
                **MARK,
            }
        ),
        {},
    ),
    "a document of parts": (
        says({"type": "document", "source": {"type": "content", "content": [TEXT]}}),
        {},
    ),
    "a search result": (
        says({"type": "search_result", "source": "s", "title": "t", "content": [TEXT]}),
        {},
    ),
    "a sound": (says(TEXT, AudioPart(data=WAV, media_type="audio/wav")), {}),
    "a sound of another's form": (
        says({"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}),
        {},
    ),
    "a tool": ("Hi", {"tools": [WEATHER], "auto_tool": False}),
    "a function as a tool": ("Hi", {"tools": [now], "auto_tool": False}),
    "a strict tool": ("Hi", {"tools": [STRICT]}),
    "a deep tool": ("Hi", {"tools": [Tool(name="deep", parameters=DEEP)]}),
    "tools of all forms": (
        "Hi",
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "a", "parameters": SCHEMA, "strict": True},
                },
                {"type": "function", "name": "b", "parameters": SCHEMA},
                {"name": "c", "description": "C", "input_schema": SCHEMA, **MARK},
                {"name": "d", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
                {"toolSpec": {"name": "e", "inputSchema": {"json": SCHEMA}}},
                {"name": "f", "parametersJsonSchema": SCHEMA},
                {"name": "g", "input_schema": SCHEMA, "defer_loading": True},
                {"name": "h", "input_schema": SCHEMA, "input_examples": [{"city": "Oslo"}]},
            ]
        },
    ),
    "a tool without parameters": ("Hi", {"tools": [Tool(name="help")]}),
    "a custom tool": ("Hi", {"tools": [{"type": "custom", "name": "sql", "description": "d"}]}),
    "a tool is chosen": ("Hi", {"tools": [WEATHER, now], "tool_choice": ToolName("weather")}),
    "a tool is required": ("Hi", {"tools": [WEATHER], "tool_choice": "required"}),
    "no tool": ("Hi", {"tools": [WEATHER], "tool_choice": "none"}),
    "any tool": ("Hi", {"tools": [WEATHER], "tool_choice": "auto"}),
    "one call at a time": ("Hi", {"tools": [WEATHER], "parallel_tool_calls": False}),
    "one call at a time in another's form": (
        "Hi",
        {"tools": [WEATHER], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    ),
    "allowed tools": (
        "Hi",
        {
            "tools": [WEATHER, now],
            "tool_choice": {
                "type": "allowed_tools",
                "mode": "auto",
                "tools": [{"type": "function", "name": "weather"}],
            },
        },
    ),
    "results": (called("4 degrees", text="Let me see."), {"tools": [WEATHER]}),
    "parallel results": (called("4", "5", more=[ASK]), {"tools": [WEATHER]}),
    "results in parts": (called([TEXT, {**TEXT, **MARK}]), {"tools": [WEATHER]}),
    "results of no tool at hand": (called("4"), {}),
    "a result with a picture": (called([TEXT, PICTURE_URL]), {"tools": [WEATHER]}),
    "a result with a picture inside": (
        [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", "{}"),)),
            Message(
                "tool",
                (ImagePart(data=PNG, media_type="image/png"), FilePart(data=PDF, filename="a.pdf")),
                tool_call_id="c1",
                name="weather",
            ),
        ],
        {"tools": [WEATHER]},
    ),
    "a result that failed": (
        [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", '{"city":"Oslo"}'),)),
            Message("tool", "no", tool_call_id="c1", name="weather", is_error=True),
        ],
        {"tools": [WEATHER]},
    ),
    "a result that is JSON": (called('{"a": 1}'), {"tools": [WEATHER]}),
    "blocks of use": (
        used({"content": "4"}, {"content": [TEXT], "is_error": True}, before=[TEXT], more=[TEXT]),
        {"tools": [WEATHER]},
    ),
    "a block of use with a picture": (
        used(
            {
                "content": [
                    TEXT,
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                    },
                ],
                **MARK,
            }
        ),
        {"tools": [WEATHER]},
    ),
    "an empty result": (called(""), {"tools": [WEATHER]}),
    "a call that nobody answered": (called("4")[:2], {"tools": [WEATHER]}),
    "a call with broken arguments": (
        [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", '{"city":'),)),
            Message("tool", "no", tool_call_id="c1", name="weather"),
        ],
        {"tools": [WEATHER]},
    ),
    "thoughts": (
        used(
            {"content": "4"},
            before=[
                {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "eA=="},
            ],
        ),
        {"tools": [WEATHER]},
    ),
    "thoughts of others": (
        [ASK, {"role": "assistant", "content": "Yes", "reasoning_content": "Hm"}, ASK],
        {},
    ),
    "reasoning of before": ([ASK, Message("assistant", "Fine.", reasoning="Hm"), ASK], {}),
    "citations of an answer": (
        [
            ASK,
            *says(
                {
                    **TEXT,
                    "citations": [
                        {
                            "type": "char_location",
                            "cited_text": "Look",
                            "document_index": 0,
                            "document_title": None,
                            "start_char_index": 0,
                            "end_char_index": 4,
                        }
                    ],
                },
                role="assistant",
            ),
            ASK,
        ],
        {},
    ),
    "a schema": ("Hi", {"response_format": SCHEMA}),
    "a strict schema": (
        "Hi",
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "w", "description": "d", "schema": SCHEMA, "strict": True},
            }
        },
    ),
    "a deep schema": ("Hi", {"response_format": DEEP}),
    "any JSON": ("Hi as JSON", {"response_format": {"type": "json_object"}}),
    "text as the format": ("Hi", {"response_format": {"type": "text"}}),
    "a schema and tools": ("Hi", {"response_format": SCHEMA, "tools": [WEATHER]}),
    "sampling": ("Hi", {"temperature": 0.5, "max_tokens": 100, "stop": ["a"], "seed": 3}),
    "top_p": ("Hi", {"top_p": 0.5, "stop": "a"}),
    "both of sampling": ("Hi", {"top_p": 0.5, "temperature": 1}),
    "a user's name for the service": ("Hi", {"user": "u1"}),
    "logprobs": ("Hi", {"logprobs": True}),
    "more logprobs": ("Hi", {"logprobs": 3}),
    **{f"reasoning {effort}": ("Hi", {"reasoning_effort": effort}) for effort in ("low", "high")},
    "reasoning none": ("Hi", {"reasoning_effort": "none"}),
    "reasoning with a limit": ("Hi", {"reasoning_effort": "high", "max_tokens": 3000}),
    "reasoning and tools": (
        called("4"),
        {"reasoning_effort": "medium", "tools": [WEATHER], "tool_choice": "required"},
    ),
}
"""Messages and parameters that every provider is asked."""
