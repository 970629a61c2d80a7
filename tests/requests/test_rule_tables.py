"""Each row of each table of rules acts where it says so, and leaves other models alone."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_models import PREFILLED, THOUGHTLESS, Asked, Rule

from chimeric import ConfigurationError

from .said.tables import TABLES, Table

ROWS = [(table, rule) for table in TABLES for rule in table.rows]

FAR: dict[str, Any] = {
    "stop": list("abcdefg"),
    "stop_sequences": list("abcdefg"),
    "stopSequences": list("abcdefg"),
    "k": 900,
    "max_output_tokens": 5,
    "tool_choice": "required",
    "reasoning_effort": "max",
    "user": "u-1",
}
"""Values that a row about a field cannot take; 99 where there is none."""

BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 2048}}
FUNCTION = {"functionDeclarations": [{"name": "f"}]}
JSON = {"response_format": {"type": "json_object"}}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("Claude", "thinking"): BUDGET,
    ("Claude", "`thinking` switched off"): {"thinking": {"type": "disabled"}},
    ("Claude", "a budget of thinking below"): {**BUDGET, "max_tokens": 2000},
    ("Claude", "`temperature` that is not 1"): {**BUDGET, "temperature": 0.2, "top_k": 4},
    ("Claude", "`temperature` beside"): {"temperature": 0.2, "top_p": 0.3},
    ("Claude", "a forced tool beside"): {**BUDGET, "tool_choice": {"type": "any"}},
    ("Claude", "a forced tool"): {"tool_choice": {"type": "tool", "name": "f"}},
    ("Azure, models of others", "a schema"): {
        "tools": [{"function": {"name": "f", "parameters": {"properties": {"a": {"$ref": "#"}}}}}]
    },
    ("Google", "functions beside"): {"tools": [FUNCTION, {"googleSearch": {}}]},
    ("Google", "tools beside"): {"tools": [FUNCTION], "responseMimeType": "application/json"},
    ("Google", "two schemas"): {"responseSchema": {}, "responseJsonSchema": {}},
    ("Google", "`thinkingLevel`"): {
        "thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 1}
    },
    ("Google, Interactions API", "`temperature`, `max_tokens`"): {
        "agent": "deep-research-preview-04-2026",
        "temperature": 0.2,
    },
    ("Cohere", "a response format"): {**JSON, "tools": [{}]},
    ("Cohere", "`safety_mode`"): {"safety_mode": "STRICT", "tools": [{}]},
    ("Mistral", "`top_p`"): {"temperature": 0, "top_p": 0.5},
    ("Grok (xAI), Responses API", "an effort"): {"reasoning": {"effort": "medium"}},
    ("Groq", "`include_reasoning`"): {"include_reasoning": True, "reasoning_format": "parsed"},
    ("Groq", "`reasoning_format='raw'`"): {"reasoning_format": "raw", **JSON},
    ("OpenRouter", "sampling"): {"temperature": 0.2, "top_p": 0.3},
    ("OpenRouter", "tools beside"): {**JSON, "tools": [{}]},
    ("OpenAI's models", "a tool's name"): {"tools": [{"function": {"name": "my tool!"}}]},
    ("OpenAI's models", "a response format"): {
        "response_format": {"json_schema": {"schema": {"type": "string"}}}
    },
    ("Anthropic", "a tool's name"): {"tools": [{"name": "my tool!"}]},
    ("Amazon Bedrock", "a tool's name"): {
        "toolConfig": {"tools": [{"toolSpec": {"name": "my tool!"}}]}
    },
}
"""By a table's heading and the beginning of what a row says: a body that brings the row up."""

MODELS: dict[tuple[str, str], tuple[str, str]] = {
    ("Claude", "a budget of thinking where"): ("claude-sonnet-4-5", ""),
    ("Claude", "thinking where"): ("claude-sonnet-4-5", ""),
    ("Claude", "`thinking` with"): ("claude-opus-4-7", "claude-sonnet-4-6"),
    ("Claude", "`thinking` switched"): ("claude-fable-5", "claude-opus-5"),
    ("Claude", "`temperature`, `top_p`"): ("claude-opus-4-8", "claude-sonnet-4-5"),
    ("Claude", "`temperature` beside"): ("claude-sonnet-4-5", "claude-sonnet-4"),
    ("Claude", "a forced tool beside"): ("claude-sonnet-4-5", ""),
    ("Claude", "a forced tool"): ("claude-sonnet-5-5", "claude-sonnet-5"),
    ("OpenAI's models", "`reasoning_effort`"): ("gpt-4o", "gpt-5"),
    ("OpenAI's models", "an effort"): ("o3", "gpt-5.5"),
    ("OpenAI's models", "`temperature`, `top_p`"): ("gpt-5", "gpt-5.4"),
    ("OpenAI's models", "`stop`"): ("o3", "o1"),
    ("Azure, models of others", "`stop`"): ("grok-4", "grok-3"),
    ("Azure, models of others", "a schema"): ("grok-4", "DeepSeek-V4"),
    ("Google", "functions beside"): ("gemini-2.5-pro", "gemini-3.1-pro"),
    ("Google", "tools beside"): ("gemini-2.5-pro", "gemini-flash-latest"),
    ("Google", "`thinkingLevel`"): ("gemini-3.1-pro", "tuned-model"),
    ("Cohere", "`tool_choice`"): ("command-r-plus", "command-a-03-2025"),
    ("Grok (xAI), Responses API", "`reasoning_effort`"): ("grok-4", "grok-4.6"),
    ("Grok (xAI), Responses API", "an effort"): ("grok-3-mini", "grok-4.6"),
    ("Grok (xAI), Responses API", "`frequency_penalty`"): ("grok-4.6", "grok-3"),
    ("Grok (xAI), Responses API", "`presence_penalty`"): ("grok-4.6", "grok-4.20-non-reasoning"),
    ("Grok (xAI), chat completions", "`reasoning_effort`"): ("grok-4", "grok-4.6"),
    ("Grok (xAI), chat completions", "an effort"): ("grok-3-mini", "grok-4.6"),
    ("Grok (xAI), chat completions", "`frequency_penalty`"): ("grok-4.6", "grok-3"),
    ("Grok (xAI), chat completions", "`presence_penalty`"): ("grok-4.6", "grok-3"),
    ("Grok (xAI), chat completions", "`stop`"): ("grok-4.6", "grok-3"),
    ("Groq", "an effort"): ("openai/gpt-oss-120b", "llama-3.3-70b-versatile"),
    ("Cerebras", "an effort"): ("gpt-oss-120b", "qwen-3-32b"),
    ("DeepSeek", "a forced tool"): ("deepseek-reasoner", "deepseek-chat"),
    ("DeepSeek", "`logprobs`"): ("deepseek-reasoner", "deepseek-chat"),
    ("DeepSeek", "`temperature`"): ("deepseek-v4-pro", "deepseek-chat"),
    ("OpenRouter", "sampling"): ("anthropic/claude-sonnet-4.5", "mistralai/mistral-large"),
    ("OpenRouter", "tools beside"): ("google/gemini-2.5-flash", "google/gemini-3.1-pro"),
}
"""A model that a row is about, and one that it is not about; the first of two rows that begin alike
is the one with the longer beginning."""


def chosen(found: dict[tuple[str, str], Any], table: Table, rule: Rule) -> Any:
    fits = [key for key in found if key[0] == table.heading and rule.said.startswith(key[1])]
    return found[max(fits, key=lambda key: len(key[1]))] if fits else None


def asked(table: Table, rule: Rule, model: str) -> Asked:
    body = chosen(BODIES, table, rule) or {
        name: FAR.get(name, 99)
        for name in rule.on
        if name != "reasoning"  # the effort has a field of its own, or is one of its keys
    }
    if "thinking" in rule.on:
        body = chosen(BODIES, table, rule) or BUDGET
    inner = {
        name: value
        for name, value in body.items()
        if table.heading.startswith("Google") and name not in ("tools", "toolConfig", "agent")
    }
    rest = {name: value for name, value in body.items() if name not in inner}
    signs = (THOUGHTLESS, PREFILLED)
    return Asked(model, rest, "acme", inner=inner, signs=signs)


def names() -> list[str]:
    return [f"{table.heading}: {rule.said}" for table, rule in ROWS]


@pytest.mark.parametrize(("table", "rule"), ROWS, ids=names())
def test_a_row_does_what_it_says(table: Table, rule: Rule) -> None:
    model, _ = chosen(MODELS, table, rule) or ("some-model", "")
    said = asked(table, rule, model)
    before = {**said.body, **said.inner}
    if rule.done == "refused":
        with pytest.raises(ConfigurationError):
            rule.keep(said)
        return
    told = rule.keep(said)
    after = {**said.body, **said.inner}
    assert all(isinstance(sentence, str) and sentence for sentence in told)
    match rule.done:
        case "told":
            assert after == before
            assert told
        case "left out":
            assert after != before
            assert after.keys() <= before.keys()
            assert told
        case _:  # the user's name and top_k arrive in another place, and nothing is told
            assert after != before
            assert told or rule.said in ("`user`", "`top_k`")


@pytest.mark.parametrize(("table", "rule"), ROWS, ids=names())
def test_a_row_leaves_other_models_alone(table: Table, rule: Rule) -> None:
    _, other = chosen(MODELS, table, rule) or ("", "")
    if rule.holds is None and rule.models == "all":
        other = ""  # it is about every model
    if not other:
        assert rule.holds is None or rule.models in ("all", "Claude 3.7 to 4.6")
        return
    said = asked(table, rule, other)
    before = {**said.body, **said.inner}
    assert rule.keep(said) == []
    assert {**said.body, **said.inner} == before


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.heading)
def test_a_body_that_no_rule_names_is_not_looked_at(table: Table) -> None:
    plain = {"model": "m", "messages": [], "input": [], "stream": True, "max_tokens": 10}
    assert not table.rules.touch(plain)
