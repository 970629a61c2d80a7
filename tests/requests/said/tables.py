"""The tables of rules, as the page shows them: families first, then what a provider adds."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import msgspec
from chimeric_catalog import entry_of, names
from chimeric_models import CLAUDE_RULES, GPT_RULES, Rule, Rules

__all__ = ["CATALOGUE", "TABLES", "Table"]


class Table(msgspec.Struct, frozen=True):
    """Rows under a heading.

    Attributes:
        heading: whose rules they are.
        where: who asks there, in words.
        rules: all rows.
        rows: those that are shown: without those of a family, which have a table of their own.
    """

    heading: str
    where: str
    rules: Rules
    rows: tuple[Rule, ...]


def _of(heading: str, where: str, place: str) -> Table:
    module, _, name = place.partition(":")
    return _table(heading, where, getattr(import_module(module), name))


def _table(heading: str, where: str, rules: Rules) -> Table:
    families = {(rule.said, rule.source) for rule in (*CLAUDE_RULES, *GPT_RULES)}
    rows = tuple(rule for rule in rules if (rule.said, rule.source) not in families)
    return Table(heading, where, rules, rows)


TABLES: Final = (
    Table("Claude", "at Anthropic, Bedrock and OpenRouter", CLAUDE_RULES, tuple(CLAUDE_RULES)),
    Table("OpenAI's models", "at OpenAI, Azure and OpenRouter", GPT_RULES, tuple(GPT_RULES)),
    _of("OpenAI's Responses API", "besides the rules of the models", "chimeric_openai.rules:RULES"),
    _of("Azure, OpenAI's models", "besides their rules", "chimeric_azure.rules:CHAT_RULES"),
    _of("Azure, models of others", "", "chimeric_azure.rules:OTHERS_RULES"),
    _of("Anthropic", "besides Claude's rules", "chimeric_anthropic.rules:RULES"),
    _of("Amazon Bedrock", "besides Claude's rules", "chimeric_bedrock.rules:RULES"),
    _of("Google", "", "chimeric_google.combinations:RULES"),
    _of("Google, Interactions API", "", "chimeric_google.interactions.settings:RULES"),
    _of("Cohere", "", "chimeric_cohere.combinations:RULES"),
    _of("Mistral", "", "chimeric_mistral.rules:RULES"),
    _of("Grok (xAI), Responses API", "", "chimeric_grok.rules:RULES"),
    _of("Grok (xAI), chat completions", "", "chimeric_grok.rules:CHAT_RULES"),
    _of("Groq", "", "chimeric_groq.rules:RULES"),
    _of("Cerebras", "", "chimeric_cerebras.rules:RULES"),
    _of("DeepSeek", "", "chimeric_deepseek.rules:RULES"),
    _of("OpenRouter", "besides the rules of OpenAI's models", "chimeric_openrouter.rules:RULES"),
)

CATALOGUE: Final = tuple(
    _table(entry.title, f"in [the catalogue](../providers/catalog.md), as `{name}`", rules())
    for name in names()
    if (rules := (entry := entry_of(name)).dialect.rules) is not None
)
"""The same of the catalogue's services, whose own tests play them."""
