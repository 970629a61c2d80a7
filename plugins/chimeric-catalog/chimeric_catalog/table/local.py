"""Servers that usually run on the user's machine: their usual ports, no key.

Sources: the servers' own code, and the issues that the notes name.
"""

from __future__ import annotations

from typing import Final

from chimeric_chat_completions import ChatDialect
from chimeric_chat_completions.params import SERVER_PARAMS

from chimeric_catalog.controls import string_content
from chimeric_catalog.entry import Entry

from .lazy import rules_of

__all__ = ["LOCAL"]

LOCAL: Final = (
    Entry(
        name="vllm",
        title="vLLM",
        base_url="http://localhost:8000/v1",
        keys=("VLLM_API_KEY", "HOSTED_VLLM_API_KEY"),
        urls=("VLLM_API_BASE", "HOSTED_VLLM_API_BASE"),
        aliases=("hosted_vllm",),
        key_required=False,
        sample="Qwen/Qwen3-8B",
        audio=True,
        responses=True,
        local=True,
        dialect=ChatDialect(
            rules=rules_of("vllm"), metadata=("system_fingerprint", "prompt_logprobs")
        ),
        params=SERVER_PARAMS,
        advice={404: "the model is the path or the --served-model-name that vLLM was started with"},
        notes=(
            "Reasoning (`reasoning`, once `reasoning_content`) needs `--reasoning-parser`.",
            "Tool calls need `--enable-auto-tool-choice` and `--tool-call-parser`.",
            "`reasoning_effort='none'` switches the chat template's thinking off; gpt-oss gets it "
            "as it is.",
            "An error in mid-stream comes with status 200 and is an error here.",
        ),
    ),
    Entry(
        name="llamacpp",
        title="llama.cpp",
        base_url="http://localhost:8080/v1",
        keys=("LLAMACPP_API_KEY",),
        urls=("LLAMACPP_API_BASE", "LLAMAFILE_API_BASE"),
        aliases=("llama.cpp", "llama-server", "llamafile"),
        key_required=False,
        sample="gpt-oss-20b",
        audio=True,
        responses=True,
        local=True,
        dialect=ChatDialect(metadata=("system_fingerprint", "timings")),
        params=SERVER_PARAMS,
        notes=(
            "`metadata['timings']` has the tokens per second.",
            "While a model is loading it answers 503, which is tried again.",
            "Tool calls need `--jinja`.",
        ),
    ),
    Entry(
        name="lmstudio",
        title="LM Studio",
        base_url="http://localhost:1234/v1",
        keys=("LM_STUDIO_API_KEY", "LMSTUDIO_API_KEY"),
        urls=("LM_STUDIO_API_BASE",),
        aliases=("lm_studio", "lm-studio"),
        describes="/api/v0/models",
        key_required=False,
        sample="openai/gpt-oss-20b",
        responses=True,
        local=True,
        dialect=ChatDialect(rules=rules_of("lmstudio"), metadata=("system_fingerprint", "stats")),
        params=(*SERVER_PARAMS, "ttl", "draft_model"),
        notes=(
            "`json_object` is not known: a schema of any object is sent in its place.",
            "Later fragments of a tool call have no id and an empty name.",
            "Reasoning is in a field of its own where the app is set so.",
        ),
    ),
    Entry(
        name="sglang",
        title="SGLang",
        base_url="http://localhost:30000/v1",
        keys=("SGLANG_API_KEY",),
        key_required=False,
        sample="Qwen/Qwen3-8B",
        audio=True,
        responses=True,
        local=True,
        dialect=ChatDialect(metadata=("system_fingerprint", "sglext")),
        params=(*SERVER_PARAMS, "ebnf", "stream_reasoning", "lora_path", "session_params"),
        notes=(
            "`base:adapter` names a LoRA.",
            "Reasoning needs `--reasoning-parser`, and `separate_reasoning`, which is on.",
            "Efforts are `none` to `max`. The finish word `abort` is `other`.",
        ),
    ),
    Entry(
        name="tgi",
        title="text-generation-inference",
        base_url="http://localhost:8080/v1",
        keys=("TGI_API_KEY",),
        aliases=("text-generation-inference",),
        key_required=False,
        sample="tgi",
        local=True,
        dialect=ChatDialect(strict_tools=False, rules=rules_of("tgi"), adapt=string_content),
        params=SERVER_PARAMS,
        notes=(
            "Any name means the one model.",
            "Older versions send a tool call as an object, its arguments as another, and "
            "`eos_token` for `stop`: all are read.",
        ),
    ),
)
"""By the usual order of the docs."""
