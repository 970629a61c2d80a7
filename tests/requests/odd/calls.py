"""Calls in dicts, in the form of each service, with something of everything."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["CALLS"]

Call = dict[str, Any]

GEMINI: Final[Call] = {
    "messages": [
        {
            "role": "user",
            "parts": [
                {"text": "a"},
                {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
            ],
        },
        {
            "role": "model",
            "parts": [{"functionCall": {"name": "f", "args": {"a": 1}, "id": "c"}}],
        },
        {
            "role": "user",
            "parts": [
                {
                    "functionResponse": {"name": "f", "id": "c", "response": {"output": 1}},
                },
            ],
        },
    ],
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "f",
                    "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}},
                },
            ],
        },
    ],
}
CONVERSE: Final[Call] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "a"},
                {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
                {
                    "document": {
                        "format": "pdf",
                        "name": "n",
                        "source": {"bytes": "JVBERi0xLjQK"},
                    },
                },
            ],
        },
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "c", "name": "f", "input": {}}}],
        },
        {
            "role": "user",
            "content": [
                {
                    "toolResult": {
                        "toolUseId": "c",
                        "status": "success",
                        "content": [{"json": {}}, {"text": "a"}],
                    },
                },
            ],
        },
    ],
    "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}],
}
COHERE: Final[Call] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "document", "document": {"id": "d", "data": {"a": "b"}}},
            ],
        },
        {
            "role": "assistant",
            "tool_plan": "p",
            "tool_calls": [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                },
            ],
        },
        {
            "role": "tool",
            "tool_call_id": "c",
            "content": [{"type": "document", "document": {"data": "x"}}],
        },
    ],
}
ITEMS: Final[Call] = {
    "messages": [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a"},
                {
                    "type": "input_image",
                    "image_url": "https://a.b/c.png",
                    "detail": "high",
                },
                {"type": "input_file", "file_id": "f", "filename": "n"},
            ],
        },
        {
            "type": "reasoning",
            "id": "r",
            "summary": [{"type": "summary_text", "text": "t"}],
            "encrypted_content": "e",
        },
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "c",
            "output": [{"type": "input_text", "text": "x"}],
        },
    ],
    "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
    "tool_choice": {"type": "function", "name": "f"},
}
STEPS: Final[Call] = {
    "messages": [
        {
            "type": "user_input",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="},
            ],
        },
        {
            "type": "thought",
            "signature": "s",
            "summary": [{"type": "text", "text": "t"}],
        },
        {"type": "function_call", "id": "c", "name": "f", "arguments": {}},
        {
            "type": "function_result",
            "call_id": "c",
            "name": "f",
            "result": [{"type": "text", "text": "a"}],
            "is_error": True,
        },
    ],
}
BLOCKS: Final[Call] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "a",
                    "cache_control": {"type": "ephemeral"},
                },
                {
                    "type": "image",
                    "source": {
                        "type": "base64",
                        "media_type": "image/png",
                        "data": "iVBORw0KGgo=",
                    },
                },
                {
                    "type": "document",
                    "title": "t",
                    "source": {"type": "url", "url": "https://a.b/c.pdf"},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "s"},
                {"type": "tool_use", "id": "c", "name": "f", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c",
                    "content": [{"type": "text", "text": "x"}],
                    "is_error": True,
                },
            ],
        },
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object"}}],
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
}
CHAT: Final[Call] = {
    "messages": [
        {"role": "developer", "content": "s", "name": "n"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {
                    "type": "image_url",
                    "image_url": {"url": "https://a.b/c.png", "detail": "low"},
                },
                {
                    "type": "input_audio",
                    "input_audio": {"data": "UklGRiQAAABXQVZF", "format": "wav"},
                },
                {
                    "type": "file",
                    "file": {
                        "file_data": "data:application/pdf;base64,JVBERi0xLjQK",
                        "filename": "f",
                    },
                },
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "reasoning_content": "r",
            "tool_calls": [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": "x"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "d",
                "strict": True,
                "parameters": {
                    "type": "object",
                    "properties": {"a": {"type": ["string", "null"], "enum": ["x"]}},
                    "required": ["a"],
                    "additionalProperties": False,
                },
            },
        },
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "n",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"a": {"type": "string", "anyOf": [{"$ref": "#/$defs/x"}]}},
                "required": ["a"],
                "$defs": {"x": {"type": "string"}},
            },
        },
    },
    "stop": ["a"],
    "temperature": 0.5,
    "top_p": 0.5,
    "max_tokens": 100,
    "seed": 1,
    "parallel_tool_calls": False,
    "reasoning_effort": "low",
    "extra_body": {"a": 1},
    "extra_headers": {"x": "y"},
    "metadata": {"a": "b"},
    "logprobs": True,
    "prompt_cache": "system",
}
ALLOWED: Final[Call] = {
    "messages": "a",
    "tools": [
        {"name": "f"},
        {
            "inputSchema": {"type": "object"},
            "name": "g",
            "annotations": {"title": "t"},
        },
    ],
    "tool_choice": {
        "type": "allowed_tools",
        "mode": "auto",
        "tools": [{"type": "function", "name": "f"}],
    },
}

CALLS: Final = {
    "Gemini's contents": GEMINI,
    "Converse's blocks": CONVERSE,
    "Cohere's chat": COHERE,
    "items of Responses": ITEMS,
    "steps of Interactions": STEPS,
    "blocks of Anthropic": BLOCKS,
    "a chat, and all parameters": CHAT,
    "MCP's tools, some of them allowed": ALLOWED,
}
