"""The recordings beside the project, and which provider each is replayed through."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared"))
CORPUS = SHARED / "corpus"

check: Any = None
if (CORPUS / "check.py").exists():
    spec = importlib.util.spec_from_file_location("corpus_check", CORPUS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)

OWN_CHAT = {
    "openai": "openai",
    "groq": "groq",
    "cerebras": "cerebras",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "openrouter": "openrouter",
    "xai": "grok",
    "alibaba": "dashscope",
    "moonshotai": "moonshot",
    **{
        name: name for name in ("crusoe", "heroku", "huggingface", "perplexity", "snowflake", "zai")
    },
}

EXCEPTIONS = {
    "azure/responses/ver-azure-deepseek-reasoning.1": (
        "a chat completion recorded under the Responses name: taking it for a response would be "
        "an empty success that loses its text"
    ),
    "azure/responses/ver-azure-deepseek-reasoning.1-stream": (
        "the recording ends without a terminal event; the SDK takes it for complete, and a cut-off "
        "stream is an error here"
    ),
    "google_vertex/generate_content/pai-multimodal_tool_returns-multimodal_tool_return_matrix_direct"
    "-uploaded_file-video-google_vertex-1": (
        "Google itself says that the call was not to be made (UNEXPECTED_TOOL_CALL), so it is not"
    ),
}
"""Cases whose expectation is not followed, and why."""


def route(case: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The provider and options that a case is replayed through."""
    api, provider = case["api"], case["provider"]
    if provider == "bedrock":
        return "bedrock", {"api": "invoke" if api == "messages" else api}
    if api == "chat_completions":
        name = OWN_CHAT.get(provider, "compatible")
        return name, {"api": "chat_completions"} if name in ("openai", "grok") else {}
    if provider == "azure":
        return "azure", {"api": api}
    if api == "responses":
        own = {"xai": "grok", "lmstudio": "lmstudio"}
        return own.get(provider, "openai"), {"api": "responses"}
    if provider == "google_vertex":
        return "vertex", {}
    if api == "interactions":
        return "google", {"api": api}
    return {
        "messages": "anthropic",
        "generate_content": "google",
        "chat_v2": "cohere",
        "converse": "bedrock",
    }[api], {}


def picked(found: Iterable[dict[str, Any]], each: int) -> list[dict[str, Any]]:
    """So many cases of each provider and API, spread over all that there are."""
    kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in found:
        kinds.setdefault((case["provider"], case["api"]), []).append(case)
    return [case for told in kinds.values() for case in told[:: max(1, len(told) // each)]]


def cases() -> Iterator[dict[str, Any]]:
    """All cases that have a provider here."""
    if check is None:
        return
    yield from check.load_cases(str(CORPUS))
