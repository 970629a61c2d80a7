"""Calls whose requests are approved: what conversations are made of, in rarer forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

from .conversations import ASK, PICTURE, WEATHER
from .foreign import CALL, alone, natives, texts, thoughts, user
from .parameter_checks import SCHEMA
from .tool_checks import results, tool

__all__ = ["CALLS"]

MORE: Final = Message("user", "And then?")
CACHED: Final = {"cache_control": {"type": "ephemeral"}}
LINK: Final = "https://pictures.test/a.png"
NOW: Final = Tool(name="now", description="Tell the time.", parameters={}, extra=CACHED)
BARE: Final = Tool(name="now", description="", parameters={})
WAVE: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEA"
OPEN: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "kind": {"const": "a"},
        "const": {"type": "string", "pattern": "(?=a)a", "default": {"const": 1}},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "any": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/one"}]},
    },
    "$defs": {"one": {"type": "object", "properties": {"two": {"type": ["integer", "null"]}}}},
}


def schema(**more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "weather", "schema": SCHEMA, **more}}


CALLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "a system message of parts": {
        "messages": [Message("system", (TextPart("Be"), TextPart("brief"))), ASK]
    },
    "a later system message": {
        "messages": [ASK, Message("assistant", "Fine."), Message("system", "Rhyme."), MORE]
    },
    "cache points": {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief.", **CACHED}]},
            {"role": "user", "content": [{"type": "text", "text": "How is it?", **CACHED}]},
        ],
        "tools": [NOW],
    },
    "a name": {"messages": [Message("user", "Hello", name="ada")]},
    "a refusal": {"messages": [ASK, Message("assistant", "", refusal="I will not."), MORE]},
    "a refusal beside a text": {
        "messages": [ASK, Message("assistant", "Half of it.", refusal="I will not."), MORE]
    },
    "a refusal beside a part": {
        "messages": [
            ASK,
            Message("assistant", (TextPart("Half"), TextPart("of it.")), refusal="I will not."),
            MORE,
        ]
    },
    "an answer of two messages": {
        "messages": [
            ASK,
            Message("assistant", "Let me see."),
            MORE,
            Message("assistant", "Now.", (ToolCall("c1", "weather", "{}"),)),
            Message("assistant", "There."),
            Message("tool", "4", tool_call_id="c1"),
            MORE,
        ],
        "tools": [WEATHER],
    },
    "one id in two turns": {
        "messages": [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", "{}"),)),
            Message("tool", "4", tool_call_id="c1"),
            Message("assistant", "", (ToolCall("c1", "weather", "{}"),)),
            Message("tool", "5", tool_call_id="c1"),
            MORE,
            Message("assistant", "", (ToolCall("c1", "weather", "{}"),)),
            Message("tool", "6", tool_call_id="c1"),
        ],
        "tools": [WEATHER],
    },
    "keys that nobody knows": {
        "messages": [{"role": "user", "content": "Hello", "x_key": "x"}],
        "x_param": {"a": 1},
    },
    "a linked picture": {"messages": user(TextPart("What is it?"), ImagePart(url=LINK))},
    "a picture in detail": {
        "messages": user(ImagePart(data=PICTURE, media_type="image/png", detail="high"))
    },
    **{
        f"a picture in detail {word}": {"messages": user(ImagePart(url=LINK, detail=word))}
        for word in ("low", "medium", "auto", "original", "ultra_high")
    },
    "a picture of no type": {"messages": user(ImagePart(data=PICTURE))},
    "a picture that is named": {"messages": user(ImagePart(file_id="file_1"))},
    "a linked file": {"messages": user(FilePart(url="https://files.test/a.pdf"))},
    "a file that is named": {"messages": user(FilePart(file_id="file_1"), TextPart("Sum up"))},
    "a file of text": {
        "messages": user(FilePart(data="T25jZQ==", media_type="text/plain", filename="a.txt"))
    },
    "blocks of Anthropic": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "How is it?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Let me see."},
                    {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Oslo"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "4", "is_error": True}
                ],
            },
        ],
        "tools": [WEATHER],
    },
    "a call that nobody answered": {
        "messages": [ASK, Message("assistant", "", (ToolCall("c1", "weather", "{}"),)), MORE],
        "tools": [WEATHER],
    },
    "a call without arguments": {
        "messages": [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", ""),)),
            Message("tool", "fine", tool_call_id="c1", name="weather"),
        ],
        "tools": [WEATHER],
    },
    "a result of parts": {
        "messages": [
            ASK,
            Message("assistant", "", (ToolCall("call_1", "weather", "{}"),)),
            Message(
                "tool",
                (TextPart("Rain"), ImagePart(data=PICTURE, media_type="image/png")),
                tool_call_id="call_1",
                name="weather",
            ),
        ],
        "tools": [WEATHER],
    },
    "a result that is JSON": {
        "messages": [
            ASK,
            Message("assistant", "", (ToolCall("call_1", "weather", "{}"),)),
            Message("tool", '{"degrees":4}', tool_call_id="call_1", name="weather"),
        ],
        "tools": [WEATHER],
    },
    "reasoning before a call": {
        "messages": [
            ASK,
            Message("assistant", "Fine.", (ToolCall("c1", "weather", "{}"),), reasoning="Look."),
            Message("tool", "4", tool_call_id="c1", name="weather"),
        ],
        "tools": [WEATHER],
    },
    "two tools": {"messages": [ASK], "tools": [tool(1), tool(2)]},
    "a strict tool": {"messages": [ASK], "tools": [tool(1, strict=True)]},
    "a tool without parameters": {"messages": [ASK], "tools": [BARE]},
    "any tool": {"messages": [ASK], "tools": [WEATHER], "tool_choice": "required"},
    "a tool or none": {"messages": [ASK], "tools": [WEATHER], "tool_choice": "auto"},
    "one call at a time": {"messages": [ASK], "tools": [WEATHER], "parallel_tool_calls": False},
    "calls and results": {"messages": results(is_error=True), "tools": [tool(1), tool(2)]},
    "a schema that is not strict": {"messages": [ASK], "response_format": schema(strict=False)},
    "a schema and tools": {
        "messages": [ASK],
        "tools": [WEATHER],
        "response_format": schema(),
    },
    "any JSON": {"messages": [ASK], "response_format": {"type": "json_object"}},
    "text": {"messages": [ASK], "response_format": {"type": "text"}},
    "two samplings": {"messages": [ASK], "temperature": 0.0, "top_p": 0.9},
    "a temperature": {"messages": [ASK], "temperature": 0.7},
    "six stops": {"messages": [ASK], "stop": ["a", "b", "c", "d", "e", "f"]},
    "no effort": {"messages": [ASK], "reasoning_effort": "none"},
    "much effort": {"messages": [ASK], "reasoning_effort": "high", "max_tokens": 3000},
    "effort and tools": {
        "messages": [ASK],
        "tools": [WEATHER],
        "tool_choice": "required",
        "reasoning_effort": "medium",
        "temperature": 0.5,
    },
    "log-probabilities": {"messages": [ASK], "logprobs": True, "top_logprobs": 2},
    "a prefill": {"messages": [ASK, Message("assistant", "It is ")]},
    "a prefill that ends in a blank": {"messages": [ASK, Message("assistant", "It is  ")]},
    "log-probabilities by number": {"messages": [ASK], "logprobs": 3},
    "one end user": {"messages": [ASK], "user": "ada"},
    "values out of range": {"messages": [ASK], "temperature": 3.0, "top_p": 1.0},
    "a value below": {"messages": [ASK], "temperature": 0.3, "top_p": 0.0},
    "a sound": {"messages": user(AudioPart(data=WAVE, media_type="audio/wav"))},
    "a picture that is none": {"messages": user(ImagePart(data="T25jZQ==", media_type="text/x"))},
    "a picture in a system message": {
        "messages": [Message("system", (ImagePart(data=PICTURE),)), ASK]
    },
    "an empty message": {"messages": [ASK, Message("assistant", ""), Message("user", "")]},
    "results in another order": {
        "messages": [*results()[:2], *reversed(results()[2:4]), MORE],
        "tools": [tool(1), tool(2)],
    },
    "arguments that are no object": {
        "messages": [
            ASK,
            Message("assistant", "", (ToolCall("c1", "weather", "[1]"),)),
            Message("tool", "[1]", tool_call_id="c1"),
            Message("assistant", "", (ToolCall("c2", "weather", '{"a":'),)),
            Message("tool", '{"a":{"$ref":"x"}}', tool_call_id="c2"),
        ],
        "tools": [WEATHER],
    },
    "a strict tool that cannot be": {
        "messages": [ASK],
        "tools": [Tool(name="now", parameters=OPEN, strict=True)],
        "tool_choice": "auto",
    },
    "a schema of odd keywords": {
        "messages": [ASK],
        "response_format": {"type": "json_schema", "json_schema": {"name": "o", "schema": OPEN}},
    },
    "a forced tool of two": {
        "messages": [ASK],
        "tools": [tool(1), tool(2)],
        "tool_choice": ToolName("ztool2"),
        "parallel_tool_calls": False,
    },
    "no tool and a schema": {
        "messages": [ASK],
        "tools": [WEATHER],
        "tool_choice": "none",
        "response_format": schema(),
    },
    **{
        f"the parameter {name}": {"messages": [ASK], name: value}
        for name, value in {
            "n": 2,
            "store": True,
            "metadata": {"a": "b"},
            "logit_bias": {"1": 5},
            "frequency_penalty": 0.5,
            "presence_penalty": 0.5,
            "top_logprobs": 2,
            "top_k": 5,
            "service_tier": "auto",
            "verbosity": "low",
            "prediction": {"content": "a"},
        }.items()
    },
    **texts(
        *("application/json", "application/xml", "application/yaml", "text/csv", "text/html"),
        *("text/markdown", "application/octet-stream", "application/x-zodd"),
    ),
    "a file that is a picture": {
        "messages": user(FilePart(data=PICTURE, media_type="image/png", filename="a.png"))
    },
    "a file that is a sound": {
        "messages": user(FilePart(data=WAVE, media_type="audio/wav", filename="a.wav"))
    },
    **thoughts(
        {"reasoningContent": {"reasoningText": {"text": "a", "signature": "s"}}},
        {"text": "a", "thought": True, "thoughtSignature": "s"},
        {"type": "thinking", "thinking": "a", "signature": "s"},
        {"type": "redacted_thinking", "data": "s"},
        {"type": "reasoning", "summary": [], "encrypted_content": "s"},
        {"type": "zodd", "zodd": {"a": 1}},
    ),
    **{
        f"allowed tools, {mode}": {
            "messages": [ASK],
            "tools": [tool(1), tool(2)],
            "tool_choice": {"type": "allowed_tools", "mode": mode, "tools": [{"name": "ztool2"}]},
        }
        for mode in ("auto", "required")
    },
    "parts of a chat": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "How is it?"},
                    {"type": "image_url", "image_url": {"url": LINK}},
                ],
            },
            {
                "role": "assistant",
                "content": "Let me see.",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": "{}"},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "4"},
        ],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}],
    },
    "texts in lists": {"messages": [{"role": "user", "content": ["How is it?", "Well?"]}]},
    **natives(
        *({name: {"a": 1}} for name in ("cachePoint", "guardContent", "citationsContent")),
        {"reasoningContent": {"reasoningText": {"text": "a"}}},
        *({"functionCall": {"name": "now", "args": {}}}, {"inlineData": {"data": "AAE="}}),
        *({"executableCode": {"code": "1"}}, {"fileData": {"fileUri": "u"}}, {"zodd": {"a": 1}}),
        {"functionResponse": {"name": "weather", "response": {"a": 1}}},
        *({name: {"id": "t1"}} for name in ("codeExecutionResult", "toolCall", "toolResponse")),
        *(
            {"type": kind, kind: {"a": 1}}
            for kind in (
                *("thinking", "redacted_thinking", "search_result", "server_tool_use", "document"),
                *("web_search_tool_result", "compaction", "input_text", "zodd", "refusal"),
            )
        ),
    ),
    "every media in an answer": {
        "messages": [ASK, Message("assistant", (TextPart("a"), ImagePart(data=PICTURE))), MORE]
    },
    "a failed result of a picture": {
        "messages": [
            ASK,
            Message("assistant", "", (CALL,)),
            Message(
                "tool",
                (TextPart("No"), ImagePart(data=PICTURE, media_type="image/png")),
                tool_call_id="c1",
                is_error=True,
            ),
        ],
        "tools": [WEATHER],
    },
    "a result of a sound and a file": {
        "messages": [
            ASK,
            Message("assistant", "", (CALL,)),
            Message(
                "tool",
                (
                    AudioPart(data=WAVE, media_type="audio/wav"),
                    FilePart(data="JVBERi0xLjQK", media_type="application/pdf", filename="a.pdf"),
                ),
                tool_call_id="c1",
            ),
        ],
        "tools": [WEATHER],
    },
    **alone(*({"type": kind, kind: {"a": 1}} for kind in ("document", "search_result", "zodd"))),
    "keys of a call and a result": {
        "messages": [
            ASK,
            Message("assistant", "", (msgspec.structs.replace(CALL, extra={**CACHED, "x": 1}),)),
            Message("tool", "4", tool_call_id="c1", extra={**CACHED, "x": 1}),
        ],
        "tools": [Tool(name="weather", parameters={"type": "object"}, extra={"x": 1})],
    },
    "every effort": {"messages": [ASK], "reasoning_effort": "minimal"},
    "the least effort that nobody knows": {"messages": [ASK], "reasoning_effort": "zeffort"},
    "an effort in capitals": {"messages": [ASK], "reasoning_effort": "HIGH"},
    "the most effort": {"messages": [ASK], "reasoning_effort": "max"},
}
