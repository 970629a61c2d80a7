"""What callers say: all roles, parts, tools, choices, formats, parameters, each once at least."""

from __future__ import annotations

import base64
from typing import Any

from chimeric import AudioPart, FilePart, ImagePart, Message, Tool, ToolCall, ToolName

__all__ = ["CASES", "OWN"]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
PDF = base64.b64encode(b"%PDF-1.7\n").decode()
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
MARK = {"cache_control": {"type": "ephemeral"}}
LONG = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
TEXT = {"type": "text", "text": "Look"}
PICTURE_URL = {
    "type": "image_url",
    "image_url": {"url": "https://a.example/x.png", "detail": "low"},
}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
    "required": ["city"],
}
DEEP = {
    "type": "object",
    "$defs": {"Day": {"type": "object", "properties": {"at": {"type": "string"}}}},
    "properties": {
        "days": {"type": "array", "items": {"$ref": "#/$defs/Day"}},
        "kind": {"enum": ["a", "b"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
}
WEATHER = Tool(name="weather", description="Tells the weather.", parameters=SCHEMA)
STRICT = Tool(name="weather", description="Tells it.", parameters=SCHEMA, strict=True)
ASK = {"role": "user", "content": "Hi"}


def now() -> str:
    """The time."""
    return "12"


def says(*parts: Any, role: str = "user") -> list[Any]:
    return [{"role": role, "content": list(parts)}]


def called(*results: Any, text: str | None = None, more: Any = ()) -> list[Any]:
    """A turn of calls in OpenAI's form, and what they gave."""
    calls = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
        }
        for n in range(len(results))
    ]
    told = [
        {"role": "tool", "tool_call_id": f"call_{n}", "content": r} for n, r in enumerate(results)
    ]
    return [ASK, {"role": "assistant", "content": text, "tool_calls": calls}, *told, *more]


def used(*results: Any, before: Any = (), more: Any = ()) -> list[Any]:
    """The same in Anthropic's blocks."""
    uses = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": "weather", "input": {"city": "Oslo"}}
        for n in range(len(results))
    ]
    told = [
        {"type": "tool_result", "tool_use_id": f"toolu_{n}", **r} for n, r in enumerate(results)
    ]
    return [
        ASK,
        {"role": "assistant", "content": [*before, *uses]},
        {"role": "user", "content": [*told, *more]},
    ]


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

CHAT: dict[str, tuple[Any, dict[str, Any]]] = {
    "audio": (
        "Hi",
        {"audio": {"voice": "alloy", "format": "wav"}, "modalities": ["text", "audio"]},
    ),
    "functions of before": (
        "Hi",
        {"functions": [{"name": "f", "parameters": SCHEMA}], "function_call": {"name": "f"}},
    ),
    "penalties": ("Hi", {"frequency_penalty": 0.1, "presence_penalty": 0.1}),
    "logit_bias": ("Hi", {"logit_bias": {"50256": -100}}),
    "a limit by its other name": ("Hi", {"max_completion_tokens": 100}),
    "metadata": ("Hi", {"metadata": {"a": "b"}, "store": True}),
    "more answers": ("Hi", {"n": 1}),
    "a prediction": ("Hi", {"prediction": {"type": "content", "content": "Hi"}}),
    "a cache of prompts": ("Hi", {"prompt_cache_key": "k", "prompt_cache_retention": "24h"}),
    "names of users": ("Hi", {"safety_identifier": "s", "user": "u"}),
    "a tier": ("Hi", {"service_tier": "auto"}),
    "stream options": ("Hi", {"stream": True, "stream_options": {"include_usage": True}}),
    "top_logprobs": ("Hi", {"logprobs": True, "top_logprobs": 2}),
    "verbosity": ("Hi", {"verbosity": "low"}),
    "web search": ("Hi", {"web_search_options": {"search_context_size": "low"}}),
}
"""Parameters of chat completions, which not every service of the protocol has."""

OWN: dict[str, dict[str, tuple[Any, dict[str, Any]]]] = {
    "anthropic": {
        "server tools": (
            "Hi",
            {
                "tools": [
                    WEATHER,
                    {"type": "web_search_20260318", "name": "web_search", "max_uses": 2},
                    {"type": "code_execution_20260120", "name": "code_execution"},
                ]
            },
        ),
        "an answer with a search in it": (
            [
                ASK,
                *says(
                    {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
                    {
                        "type": "server_tool_use",
                        "id": "srvtoolu_1",
                        "name": "web_search",
                        "input": {"query": "q"},
                    },
                    {
                        "type": "web_search_tool_result",
                        "tool_use_id": "srvtoolu_1",
                        "content": [
                            {
                                "type": "web_search_result",
                                "url": "https://a.example",
                                "title": "A",
                                "encrypted_content": "eA==",
                                "page_age": None,
                            }
                        ],
                    },
                    TEXT,
                    role="assistant",
                ),
                ASK,
            ],
            {},
        ),
        "effort and a schema": ("Hi", {"reasoning_effort": "high", "response_format": SCHEMA}),
        "its own parameters": (
            "Hi",
            {
                "metadata": {"user_id": "u"},
                "service_tier": "auto",
                "cache_control": {"type": "ephemeral"},
                "stop_sequences": ["a"],
                "inference_geo": "us",
            },
        ),
        "user and metadata": ("Hi", {"user": "u", "metadata": {"user_id": "v"}}),
        "top_k": ("Hi", {"top_k": 4}),
        "a container's file": (says({"type": "container_upload", "file_id": "f"}, TEXT), {}),
        "a search result with citations": (
            says(
                {
                    "type": "search_result",
                    "source": "s",
                    "title": "t",
                    "content": [TEXT],
                    "citations": {"enabled": True},
                    **MARK,
                }
            ),
            {},
        ),
    },
    "bedrock": {
        "its own parameters": (
            "Hi",
            {
                "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
                "requestMetadata": {"a": "b"},
                "performanceConfig": {"latency": "standard"},
                "additionalModelRequestFields": {"top_k": 4},
                "additionalModelResponseFieldPaths": ["/stop_sequence"],
            },
        ),
        "blocks of its own form": (
            [
                {"role": "user", "content": [{"text": "Hi"}, {"cachePoint": {"type": "default"}}]},
                {
                    "role": "assistant",
                    "content": [{"toolUse": {"toolUseId": "t1", "name": "weather", "input": {}}}],
                },
                {
                    "role": "user",
                    "content": [
                        {"toolResult": {"toolUseId": "t1", "content": [{"json": {"a": 1}}]}}
                    ],
                },
            ],
            {"tools": [WEATHER]},
        ),
        "a guarded text": (says({"guardContent": {"text": {"text": "Hi"}}}), {}),
    },
    "cerebras": {
        **CHAT,
        "its own parameters": (
            "Hi",
            {"reasoning_format": "parsed", "clear_thinking": False, "min_completion_tokens": 1},
        ),
    },
    "chat": CHAT,
    "cohere": {
        "documents": (
            "Hi",
            {
                "documents": [{"data": {"text": "words"}, "id": "d"}, "words"],
                "citation_options": {"mode": "FAST"},
                "safety_mode": "STRICT",
            },
        ),
        "numbers": (
            "Hi",
            {"k": 3, "p": 0.5, "frequency_penalty": 0.1, "presence_penalty": 0.1, "priority": 1},
        ),
        "a document in a message": (
            says({"type": "document", "document": {"data": {"a": "b"}, "id": "d"}}),
            {},
        ),
        "a budget of thinking": ("Hi", {"thinking": {"type": "enabled", "token_budget": 100}}),
        "strict tools": ("Hi", {"tools": [STRICT], "strict_tools": True}),
    },
    "interactions": {
        "server tools": (
            "Hi",
            {
                "tools": [
                    {"type": "google_search", "search_types": ["web_search"]},
                    {"codeExecution": {}},
                    {"type": "file_search", "file_search_store_names": ["a"], "top_k": 3},
                    {"type": "mcp_server", "name": "n", "url": "https://a.example/"},
                ]
            },
        ),
        "tools of both kinds": ("Hi", {"tools": [{"googleSearch": {}}, WEATHER]}),
        "an agent": (
            "Hi",
            {"agent": "deep-research-preview-04-2026", "agent_config": {"type": "deep-research"}},
        ),
        "its own parameters": (
            "Hi",
            {
                "cached_content": "cachedContents/a",
                "labels": {"a": "b"},
                "previous_interaction_id": "v1_a",
                "response_modalities": ["text", "image"],
                "safety_settings": [{"type": "harassment", "threshold": "block_none"}],
                "service_tier": "flex",
                "store": True,
                "top_k": 4,
                "thinking_summaries": "none",
                "image_config": {"aspect_ratio": "1:1"},
            },
        ),
        "steps of its own form": (
            [
                {
                    "type": "user_input",
                    "content": [
                        {"type": "text", "text": "Hi"},
                        {
                            "type": "image",
                            "data": PNG,
                            "mime_type": "image/png",
                            "resolution": "low",
                        },
                        {"type": "document", "uri": "https://a.example/x.pdf"},
                        {"type": "video", "uri": "https://youtu.be/x"},
                    ],
                },
                {"type": "thought", "signature": "EpwI", "summary": [TEXT]},
                {"type": "function_call", "id": "c", "name": "weather", "arguments": {"a": 1}},
                {"type": "function_result", "call_id": "c", "name": "weather", "result": [TEXT]},
                {"type": "google_search_call", "id": "g", "arguments": {"queries": ["q"]}},
                {"type": "google_search_result", "call_id": "g", "result": []},
                {"type": "model_output", "content": [TEXT]},
                {"type": "user_input", "content": [TEXT]},
            ],
            {"tools": [WEATHER]},
        ),
    },
    "google": {
        "server tools": (
            "Hi",
            {"tools": [{"google_search": {}}, {"codeExecution": {}}, {"urlContext": {}}]},
        ),
        "tools of both kinds": ("Hi", {"tools": [{"googleSearch": {}}, WEATHER]}),
        "its own parameters": (
            "Hi",
            {
                "safety_settings": [
                    {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
                ],
                "cached_content": "cachedContents/a",
                "candidate_count": 1,
                "response_modalities": ["TEXT"],
                "media_resolution": "MEDIA_RESOLUTION_LOW",
                "frequency_penalty": 0.1,
                "top_k": 4,
                "thinking_config": {"thinking_budget": 100, "include_thoughts": True},
                "labels": {"a": "b"},
                "service_tier": "flex",
                "speech_config": {
                    "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}
                },
                "image_config": {"aspect_ratio": "1:1"},
            },
        ),
        "contents of its own form": (
            [
                {
                    "role": "user",
                    "parts": [
                        {"text": "Hi"},
                        {"inline_data": {"mime_type": "image/png", "data": PNG}},
                        {
                            "fileData": {"fileUri": "gs://a/b.mp4", "mimeType": "video/mp4"},
                            "videoMetadata": {"startOffset": "1s", "fps": 2},
                        },
                    ],
                },
                {
                    "role": "model",
                    "parts": [
                        {"text": "Hm", "thought": True},
                        {
                            "functionCall": {"name": "weather", "args": {"city": "Oslo"}},
                            "thoughtSignature": "c2ln",
                        },
                        {"executableCode": {"language": "PYTHON", "code": "1"}},
                        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"name": "weather", "response": {"a": 1}}}],
                },
            ],
            {"tools": [WEATHER]},
        ),
    },
    "groq": {
        **CHAT,
        "server tools": ("Hi", {"tools": [{"type": "browser_search"}, WEATHER]}),
        "its own parameters": (
            "Hi",
            {
                "search_settings": {"country": "norway", "include_domains": ["a.example"]},
                "documents": [{"source": {"type": "text", "text": "words"}}],
                "citation_options": "enabled",
                "include_reasoning": True,
                "disable_tool_validation": True,
            },
        ),
    },
    "mistral": {
        **CHAT,
        "its own parameters": (
            "Hi",
            {"safe_prompt": True, "prompt_mode": "reasoning", "random_seed": 3, "top_k": 3},
        ),
        "a prefix": ([ASK, {"role": "assistant", "content": "Sure", "prefix": True}], {}),
        "thoughts of its own form": (
            [
                ASK,
                *says(
                    {"type": "thinking", "thinking": [TEXT], "closed": True}, TEXT, role="assistant"
                ),
                ASK,
            ],
            {},
        ),
    },
    "ollama": {
        "its own parameters": (
            "Hi",
            {
                "options": {"num_ctx": 10},
                "top_k": 3,
                "keep_alive": "5m",
                "think": True,
                "top_logprobs": 2,
            },
        ),
        "a schema as its format": ("Hi", {"format": SCHEMA}),
    },
    "openai": {
        "server tools": (
            "Hi",
            {
                "tools": [
                    {"type": "web_search", "search_context_size": "low"},
                    {"type": "file_search", "vector_store_ids": ["vs"]},
                    {"type": "code_interpreter", "container": {"type": "auto"}},
                    {"type": "image_generation"},
                    {"type": "mcp", "server_label": "m", "server_url": "https://a.example"},
                    WEATHER,
                ]
            },
        ),
        "a server tool is chosen": (
            "Hi",
            {"tools": [{"type": "web_search"}], "tool_choice": ToolName("web_search")},
        ),
        "its own parameters": (
            "Hi",
            {
                "include": ["reasoning.encrypted_content"],
                "metadata": {"a": "b"},
                "previous_response_id": "resp_1",
                "prompt_cache_key": "k",
                "safety_identifier": "s",
                "service_tier": "auto",
                "store": True,
                "text": {"verbosity": "low"},
                "top_logprobs": 2,
                "truncation": "auto",
                "user": "u",
                "max_tool_calls": 2,
                "background": False,
                "reasoning": {"summary": "auto"},
                "stream_options": {"include_obfuscation": False},
            },
        ),
        "items of its own form": (
            [
                ASK,
                {
                    "type": "function_call",
                    "call_id": "c1",
                    "name": "weather",
                    "arguments": "{}",
                    "status": "completed",
                },
                {"type": "function_call_output", "call_id": "c1", "output": "4"},
            ],
            {"tools": [WEATHER]},
        ),
        "a custom call": (
            [
                ASK,
                Message("assistant", "", (ToolCall("c1", "sql", "select", kind="custom"),)),
                Message("tool", "1", tool_call_id="c1", name="sql"),
            ],
            {"tools": [{"type": "custom", "name": "sql"}]},
        ),
    },
}
"""The same of one provider alone: its server tools, its own forms and parameters."""
