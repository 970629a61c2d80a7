"""What each service tells of a model, by bodies as its reference shows them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric, ChimericError, ModelInfo, Prices

from .listings import asked, listing

CLAUDE = {
    "type": "model", "id": "claude-sonnet-4-5-20250929", "display_name": "Claude Sonnet 4.5",
    "created_at": "2025-09-29T00:00:00Z", "lifecycle": "deprecated",
    "deprecated_at": "2026-09-01T00:00:00Z", "retires_at": "2027-01-15T00:00:00Z",
    "line": "sonnet", "max_input_tokens": 200_000, "max_tokens": 64_000,
    "capabilities": {
        "batch": {"supported": True}, "citations": {"supported": True},
        "code_execution": {"supported": False},
        "effort": {"supported": False, "low": {"supported": False}},
        "image_input": {"supported": True}, "pdf_input": {"supported": True},
        "structured_outputs": {"supported": True},
        "thinking": {"supported": True, "types": {"enabled": {"supported": True}}},
    },
}  # fmt: skip

GEMINI = {
    "name": "models/gemini-2.5-flash", "version": "001", "displayName": "Gemini 2.5 Flash",
    "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
    "supportedGenerationMethods": ["generateContent", "countTokens"], "thinking": True,
}  # fmt: skip

CARD = {
    "id": "mistral-large-latest", "object": "model", "created": 1_780_000_000,
    "name": "mistral-large-2512", "max_context_length": 262_144, "aliases": ["mistral-large"],
    "deprecation": "2026-01-31T12:00:00Z", "type": "base",
    "capabilities": {
        "completion_chat": True, "function_calling": True, "reasoning": False, "vision": True,
        "audio": False, "fine_tuning": False,
    },
}  # fmt: skip

ROUTED = {
    "id": "openai/gpt-4o", "name": "OpenAI: GPT-4o", "created": 1_715_558_400,
    "context_length": 128_000, "expiration_date": "2026-12-31",
    "architecture": {
        "input_modalities": ["text", "image", "file"], "output_modalities": ["text"],
        "tokenizer": "GPT",
    },
    "pricing": {
        "prompt": "0.0000025", "completion": "0.00001", "request": "0", "image": "0.003613",
        "input_cache_read": "0.00000125",
    },
    "top_provider": {"context_length": 128_000, "max_completion_tokens": 16_384},
    "supported_parameters": ["max_tokens", "structured_outputs", "temperature", "tools"],
}  # fmt: skip

GROK = {
    "id": "grok-4.6", "fingerprint": "fp_1", "created": 1_770_000_000, "object": "model",
    "owned_by": "xai", "version": "1.0", "input_modalities": ["text", "image"],
    "output_modalities": ["text"], "prompt_text_token_price": 30_000,
    "cached_prompt_text_token_price": 7_500, "completion_text_token_price": 150_000,
    "search_price": 0, "aliases": ["grok-4.6-latest"],
}  # fmt: skip

NOVA = {
    "modelDetails": {
        "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
        "modelId": "amazon.nova-pro-v1:0", "modelName": "Nova Pro", "providerName": "Amazon",
        "inputModalities": ["TEXT", "IMAGE", "VIDEO"], "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": "2027-02-01T00:00:00Z"},
    }
}  # fmt: skip

PROFILE = {
    "inferenceProfileId": "us.amazon.nova-pro-v1:0", "inferenceProfileName": "US Nova Pro",
    "status": "ACTIVE", "type": "SYSTEM_DEFINED", "models": [],
}  # fmt: skip

COMMAND = {
    "name": "command-a-03-2025", "is_deprecated": False, "endpoints": ["chat"],
    "context_length": 288_000.0, "features": ["tools", "vision", "json_mode"],
}  # fmt: skip

SHOWN = {
    "details": {"family": "llama"}, "template": "", "parameters": "",
    "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
    "capabilities": ["completion", "tools", "thinking", "vision"],
}  # fmt: skip

FAST = {
    "id": "cerebras/gpt-oss-120b", "name": "GPT-OSS 120B", "created": 1_754_000_000,
    "context_length": 131_072, "max_output_length": 40_000, "input_modalities": ["text"],
    "output_modalities": ["text"], "supported_features": ["tools", "reasoning", "json_mode"],
    "pricing": {"prompt": "0.00000035", "completion": "0.00000075"},
}  # fmt: skip

STUDIO = {
    "id": "qwen2-vl-7b", "object": "model", "type": "vlm", "publisher": "mlx-community",
    "arch": "qwen2_vl", "state": "loaded", "max_context_length": 32_768,
    "capabilities": ["tool_use"],
}  # fmt: skip

TOLD: list[tuple[str, str, str, Any, dict[str, Any]]] = [
    (
        "anthropic",
        "claude-sonnet-4-5",
        "GET /v1/models/claude-sonnet-4-5",
        CLAUDE,
        {
            "id": "claude-sonnet-4-5-20250929",
            "name": "Claude Sonnet 4.5",
            "created": 1_759_104_000,
            "context_window": 200_000,
            "max_output_tokens": 64_000,
            "capabilities": {
                *("batch", "citations", "images", "files", "structured_output", "reasoning"),
            },
            "lacks": {"code_execution", "effort"},
            "deprecated": True,
            "retires": datetime.date(2027, 1, 15),
        },
    ),
    (
        "google",
        "gemini-2.5-flash",
        "GET /v1beta/models/gemini-2.5-flash",
        GEMINI,
        {
            "name": "Gemini 2.5 Flash",
            "context_window": 1_048_576,
            "max_output_tokens": 65_536,
            "capabilities": {"reasoning"},
        },
    ),
    (
        "mistral",
        "mistral-large-latest",
        "GET /v1/models/mistral-large-latest",
        CARD,
        {
            "name": "mistral-large-2512",
            "created": 1_780_000_000,
            "context_window": 262_144,
            "capabilities": {"completion_chat", "tools", "images"},
            "lacks": {"reasoning", "audio", "fine_tuning"},
            "deprecated": True,
        },
    ),
    (
        "openrouter",
        "openai/gpt-4o",
        "GET /api/v1/models",
        {"data": [ROUTED]},
        {
            "name": "OpenAI: GPT-4o",
            "created": 1_715_558_400,
            "context_window": 128_000,
            "max_output_tokens": 16_384,
            "input_modalities": {"text", "image", "file"},
            "output_modalities": {"text"},
            "capabilities": {"images", "files", "structured_output", "tools"},
            "lacks": {"audio"},
            "prices": Prices(input=2.5, output=10.0, cache_read=1.25),
            "retires": datetime.date(2026, 12, 31),
        },
    ),
    (
        "grok",
        "grok-4.6-latest",
        "GET /v1/language-models/grok-4.6-latest",
        GROK,
        {
            "id": "grok-4.6",
            "created": 1_770_000_000,
            "input_modalities": {"text", "image"},
            "output_modalities": {"text"},
            "capabilities": {"images"},
            "lacks": {"audio", "files"},
            "prices": Prices(input=3.0, output=15.0, cache_read=0.75),
        },
    ),
    (
        "bedrock",
        "amazon.nova-pro-v1:0",
        "GET /foundation-models/amazon.nova-pro-v1%3A0",
        NOVA,
        {
            "name": "Nova Pro",
            "input_modalities": {"text", "image", "video"},
            "output_modalities": {"text"},
            "capabilities": {"images", "streaming"},
            "lacks": {"audio", "files"},
            "deprecated": True,
            "retires": datetime.date(2027, 2, 1),
        },
    ),
    (
        "bedrock",
        "us.amazon.nova-pro-v1:0",
        "GET /inference-profiles/us.amazon.nova-pro-v1%3A0",
        PROFILE,
        {"name": "US Nova Pro"},
    ),
    (
        "cohere",
        "command-a-03-2025",
        "GET /v1/models/command-a-03-2025",
        COMMAND,
        {
            "context_window": 288_000,
            "capabilities": {"tools", "images", "json_mode"},
            "deprecated": False,
        },
    ),
    (
        "ollama",
        "llama3.2",
        "POST /api/show",
        SHOWN,
        {
            "context_window": 131_072,
            "capabilities": {"completion", "tools", "reasoning", "images"},
        },
    ),
    (
        "cerebras",
        "gpt-oss-120b",
        "GET /v1/models/gpt-oss-120b?format=openrouter",
        FAST,
        {
            "name": "GPT-OSS 120B",
            "created": 1_754_000_000,
            "context_window": 131_072,
            "max_output_tokens": 40_000,
            "input_modalities": {"text"},
            "output_modalities": {"text"},
            "capabilities": {"tools", "reasoning"},
            "lacks": {"images", "files", "audio"},
            "prices": Prices(input=0.35, output=0.75),
        },
    ),
    (
        "groq",
        "openai/gpt-oss-20b",
        "GET /openai/v1/models/openai/gpt-oss-20b",
        {
            "id": "openai/gpt-oss-20b",
            "object": "model",
            "created": 1_754_407_957,
            "active": True,
            "context_window": 131_072,
            "max_completion_tokens": 65_536,
        },
        {"created": 1_754_407_957, "context_window": 131_072, "max_output_tokens": 65_536},
    ),
    (
        "lmstudio",
        "qwen2-vl-7b",
        "GET /api/v0/models/qwen2-vl-7b",
        STUDIO,
        {"context_window": 32_768, "capabilities": {"tools", "images"}},
    ),
    (
        "llamacpp",
        "qwen",
        "GET /v1/models",
        {"object": "list", "data": [{"id": "qwen", "meta": {"n_ctx": 8192, "n_ctx_train": 40960}}]},
        {"context_window": 8192},
    ),
    (
        "vertex",
        "gemini-2.5-flash",
        "GET /v1beta1/publishers/google/models/gemini-2.5-flash",
        {"name": "publishers/google/models/gemini-2.5-flash", "versionId": "default"},
        {},
    ),
]


def client(provider: str, url: str) -> Chimeric:
    return Chimeric(
        api_keys={provider: "key-12345678"},
        base_urls={provider: url},
        disable_plugins=["cost"],
        max_retries=0,
        **({"vertex_project": "p", "vertex_location": "global"} if provider == "vertex" else {}),
    )


@pytest.mark.parametrize(
    ("provider", "model", "request_line", "body", "told"),
    TOLD,
    ids=[f"{provider}-{model}" for provider, model, *_ in TOLD],
)
def test_what_a_service_tells_of_a_model_is_read(
    provider: str, model: str, request_line: str, body: Any, told: dict[str, Any]
) -> None:
    path = request_line.split()[1].partition("?")[0]
    base = "/api" if provider == "openrouter" else ""
    with listing({path: body}) as server:
        with client(provider, server.url + (f"{base}/v1" if base else "")) as ours:
            info = ours.model_info(f"{provider}:{model}")
    assert asked(server) == [request_line]
    expected = ModelInfo(**{"id": model, "provider": provider, **told})
    facts = [f for f in ModelInfo.__struct_fields__ if f not in ("native", "sources")]
    assert {f: getattr(info, f) for f in facts} == {f: getattr(expected, f) for f in facts}
    assert info.native
    assert info.sources == dict.fromkeys(told, provider)


def test_the_entries_of_a_list_tell_as_much() -> None:
    with listing({"/v1/models": {"data": [CLAUDE], "has_more": False}}) as server:
        with client("anthropic", server.url) as ours:
            (entry,) = ours.list_models("anthropic")
    assert isinstance(entry, ModelInfo)
    assert entry.lacks == {"code_execution", "effort"}


@pytest.mark.parametrize("price", ["-1", "free", None, -2, True, "NaN"])
def test_what_is_no_price_is_not_told_as_one(price: Any) -> None:
    entry = {"id": "openrouter/auto", "pricing": {"prompt": price, "completion": price}}
    with listing({"/api/v1/models": {"data": [entry]}}) as server:
        with client("openrouter", f"{server.url}/api/v1") as ours:
            assert ours.model_info("openrouter:openrouter/auto").prices is None


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("openai:gpt-5.4", None),
        ("anthropic:claude-sonnet-4-5", 200_000),
        ("google:gemini-2.5-flash", 1_048_576),
        ("cohere:command-a-03-2025", 256_000),
        ("groq:openai/gpt-oss-120b", 131_072),
        ("ollama:llama3.2", 131_072),
        ("openrouter:openai/gpt-4o-mini", 131_072),
        ("vertex:gemini-2.5-flash", None),
        ("bedrock:amazon.nova-pro-v1:0", None),
        ("bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0", None),
        ("grok:grok-4.6", None),
    ],
)
def test_the_simulator_tells_of_its_models_as_the_services_do(
    model: str, window: int | None
) -> None:
    provider, _, name = model.partition(":")
    with Simulator() as sim, client(provider, sim.base_url(provider)) as ours:
        info = ours.model_info(model)
        assert len(sim.requests) == 1
        with pytest.raises(ChimericError, match="no-such-model"):
            ours.model_info(f"{provider}:no-such-model")
    assert (info.id, info.context_window) == (name, window)
