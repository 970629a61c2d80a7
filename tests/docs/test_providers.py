"""The provider pages say what the plugins declare and how they translate finish reasons."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

import pytest

from chimeric import Provider

from .pages import DOCS, sections

NAMES = (
    "openai",
    "anthropic",
    "azure",
    "google",
    "cohere",
    "groq",
    "cerebras",
    "grok",
    "mistral",
    "deepseek",
    "openrouter",
    "ollama",
    "bedrock",
    "vertex",
    "compatible",
    "sim",
)
MODULES = {"compatible": "chimeric_chat_completions.compatible", "sim": "chimeric_sim.provider"}

CHAT = "chimeric_chat_completions.finish:FINISH"
RESPONSES = "chimeric_responses.ending:UNFINISHED"
TABLES = {
    "openai": (RESPONSES, CHAT),
    "azure": (RESPONSES, CHAT, "chimeric_anthropic.finish:FINISH"),
    "anthropic": ("chimeric_anthropic.finish:FINISH",),
    "google": (
        "chimeric_google.finish:FINISH",
        "chimeric_google.interactions.answers.ending:FINISH",
    ),
    "cohere": ("chimeric_cohere.finish:FINISH",),
    "grok": (RESPONSES, CHAT),
    "ollama": ("chimeric_ollama.finish:FINISH",),
    "vertex": ("chimeric_google.finish:FINISH", "chimeric_anthropic.finish:FINISH", CHAT),
    "bedrock": ("chimeric_bedrock.finish:FINISH",),
}

SUPPORTED = {
    "images": "images",
    "files": "files",
    "audio": "audio",
    "reasoning": "reasoning",
    "structured_output": "structured output",
    "citations": "citations",
}


def declaration(name: str) -> Provider:
    module = pytest.importorskip(MODULES.get(name, f"chimeric_{name}"))
    declared: Provider = module.chimeric_provider()
    return declared


def parts_of(name: str) -> dict[str, str]:
    return sections(DOCS / "providers" / f"{name}.md")


def rows_of(table: str) -> dict[str, str]:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    return {left.strip(): right.strip() for left, right in rows}


@pytest.mark.parametrize("name", NAMES)
def test_the_set_up_table_is_what_the_plugin_declares(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    declared = declaration(name)
    rows = rows_of(parts_of(name)["Set-up"])
    assert _ticked(rows["provider"]) == [declared.name, *declared.aliases]
    assert _ticked(rows["key"]) == list(declared.key_env)
    own = f"{declared.name.upper()}_BASE_URL"
    assert _ticked(rows["variables of the base URL"]) == [own, *declared.base_url_env]
    assert _ticked(rows.get("base URL", "")) == ([declared.base_url] if declared.base_url else [])
    assert _ticked(rows.get("options", "")) == list(declared.options)
    if name != "bedrock":  # a hundred patterns: the page says how they are made
        told = _ticked(rows.get("models without a prefix", ""))
        assert told == [*declared.models, *declared.not_models]
    supported = [word for field, word in SUPPORTED.items() if getattr(declared.capabilities, field)]
    assert rows["supports"] == ", ".join(["text", "tools", *supported])


@pytest.mark.parametrize("name", NAMES)
def test_the_finish_reasons_are_those_of_the_plugin(name: str) -> None:
    declaration(name)
    known: dict[str, str] = {}
    for place in TABLES.get(name, (CHAT,)):
        module, _, attribute = place.partition(":")
        table: Mapping[str, Any] = getattr(importlib.import_module(module), attribute)
        known.update(table)
    told: dict[str, str] = {}
    for natives, unified in rows_of(parts_of(name)["Finish reasons"]).items():
        for native in _ticked(natives):
            told[native] = (_ticked(unified) or [""])[0]
    told.pop("finish_reason", None)
    if RESPONSES in TABLES.get(name, ()):
        # A word of both APIs; over Responses it says more than one thing.
        assert told.pop("completed") == known.pop("completed") == "stop"
    assert told == known


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_all_parts(name: str) -> None:
    parts = parts_of(name)
    shown = [part for part in parts if part == "What a chunk shows"]  # where it is more than text
    wanted = ["Set-up", "Parameters", "Finish reasons", "Usage", *shown, "Good to know"]
    assert list(parts) == wanted


def _ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("compatible", "sim")])
def test_a_page_links_to_the_vendors_keys_and_documentation(name: str) -> None:
    rows = rows_of(parts_of(name)["Set-up"])
    for row in ("vendor's keys", "vendor's documentation"):
        assert re.fullmatch(r"\[[^\]]+\]\(https://[^)]+\)", rows[row]), row
