"""Every recorded exchange with a service is read by its own provider as by the official SDK."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from chimeric import Chimeric, CompletionResponse

from .service import Service, client_of

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared")) / "corpus"
PROVIDERS = {
    "alibaba": "dashscope",
    "crusoe": "crusoe",
    "heroku": "heroku",
    "huggingface": "huggingface",
    "lmstudio": "lmstudio",
    "moonshotai": "moonshot",
    "perplexity": "perplexity",
    "snowflake": "snowflake",
    "zai": "zai",
}
"""Names of the recordings, and who reads them."""


def _checker() -> Any:
    spec = importlib.util.spec_from_file_location("corpus_check", CORPUS / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _checker() if (CORPUS / "check.py").exists() else None
CASES = [c for c in check.load_cases(str(CORPUS)) if c["provider"] in PROVIDERS] if check else []
pytestmark = pytest.mark.skipif(not CASES, reason="the recordings are not beside this repository")


def read(client: Chimeric, case: dict[str, Any]) -> CompletionResponse:
    name = PROVIDERS[case["provider"]]
    options = {} if case["api"] == "chat_completions" else {"api": case["api"]}
    said = client.generate(f"{name}:recorded", "recorded", stream=case["stream"], **options)
    return said if isinstance(said, CompletionResponse) else said.collect()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_recorded_answer_is_read_as_the_official_sdk_reads_it(case: dict[str, Any]) -> None:
    assert check is not None
    name, kept = PROVIDERS[case["provider"]], ("content-type", "x-request-id", "retry-after")
    headers = {n: v for n, v in case["response"]["headers"].items() if n.lower() in kept}
    with Service(check.body_bytes(case), case["response"]["status"], headers) as service:
        with client_of(name, service.server.url + "/v1") as client:
            got = read(client, case)
    expected = case["expected"]
    assert (got.content, got.reasoning or None) == (expected["text"], expected["reasoning"] or None)
    calls = [(call.id, call.name) for call in got.tool_calls]
    assert calls == [(call["id"], call["name"]) for call in expected["tool_calls"]]
    counts = expected["usage"] or {}
    assert got.usage.prompt_tokens == counts.get("input_tokens", 0)
    assert got.usage.completion_tokens == counts.get("output_tokens", 0)
    assert got.finish_reason in ("stop", "length", "tool_calls")


def test_perplexitys_sources_are_citations() -> None:
    assert check is not None
    cited = 0
    for case in (c for c in CASES if c["provider"] == "perplexity"):
        with Service(check.body_bytes(case)) as service:
            with client_of("perplexity", service.server.url) as client:
                got = read(client, case)
        assert got.metadata["citations"]
        urls = [c.url for part in got.parts for c in getattr(part, "citations", ())]
        cited += len([url for url in urls if url])
    assert cited
