"""What one provider alone is asked: its server tools, its own forms and parameters."""

from __future__ import annotations

from typing import Any

from chimeric import Message, ToolCall, ToolName

from .chat import CHAT
from .samples import ASK, MARK, PNG, SCHEMA, STRICT, TEXT, WEATHER, says

__all__ = ["OWN"]

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
"""Messages and parameters by provider, as ``CASES`` has them for all."""
