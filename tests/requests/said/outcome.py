"""Says each kind of thing to each provider, and tells what became of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from chimeric_sim import Simulator

from chimeric import Chimeric, ChimericError, TranslationWarning

from .kind import Kind, Sent

__all__ = ["COLUMNS", "Column", "Outcome", "outcomes"]

Word = Literal["sent", "changed", "told", "refused", "lost", "not taken"]


class Column(msgspec.Struct, frozen=True):
    """A provider as the table has it, with its page if there is one, and a model that is asked."""

    head: str
    page: str
    model: str
    params: Mapping[str, Any] = {}

    @property
    def provider(self) -> str:
        return self.model.partition(":")[0]


COLUMNS: Final = (
    Column("OpenAI", "openai", "openai:gpt-4o"),
    Column("OpenAI (chat)", "openai", "openai:gpt-4o", {"api": "chat_completions"}),
    Column("Azure", "", "azure:gpt-4o"),
    Column("Anthropic", "anthropic", "anthropic:claude-sonnet-4-5"),
    Column("Bedrock", "bedrock", "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    Column(
        "Bedrock (invoke)",
        "bedrock",
        "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        {"api": "invoke"},
    ),
    Column("Google", "google", "google:gemini-2.5-flash"),
    Column("Cohere", "cohere", "cohere:command-a-03-2025"),
    Column("Mistral", "mistral", "mistral:mistral-large-latest"),
    Column("Grok", "grok", "grok:grok-4.6"),
    Column("Groq", "groq", "groq:openai/gpt-oss-120b"),
    Column("Cerebras", "cerebras", "cerebras:gpt-oss-120b"),
    Column("DeepSeek", "deepseek", "deepseek:deepseek-chat"),
    Column("OpenRouter", "openrouter", "openrouter:mistralai/mistral-large"),
    Column("Ollama", "ollama", "ollama:llama3.2"),
    Column("compatible", "compatible", "compatible:llama-3.3-70b"),
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one kind at one provider.

    Attributes:
        word: ``sent`` as it was said, ``changed`` into another form with the same meaning, ``told``
            that something of it is lost, or ``refused`` before anything was sent. ``lost`` and
            ``not taken`` are faults: it is gone without a word, or the service refuses it.
        sentences: warnings, or the error.
    """

    word: Word
    sentences: tuple[str, ...] = ()


def outcomes(kinds: Mapping[str, Kind]) -> dict[str, dict[str, Outcome]]:
    """For each column's head, what became of each kind."""
    with Simulator(keep=1) as simulator:
        return {column.head: dict(_column(column, kinds, simulator)) for column in COLUMNS}


def _column(
    column: Column, kinds: Mapping[str, Kind], simulator: Simulator
) -> Iterator[tuple[str, Outcome]]:
    provider = column.provider
    url = simulator.base_url(provider)
    with Chimeric(base_urls={provider: url}, api_keys={provider: "a-key"}, max_retries=0) as client:
        for name, kind in kinds.items():
            yield name, _say(client, column, kind, simulator)


def _say(client: Chimeric, column: Column, kind: Kind, simulator: Simulator) -> Outcome:
    before = list(simulator.requests)
    error: ChimericError | None = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            client.generate(
                column.model, kind.messages, auto_tool=False, **column.params, **kind.params
            )
        except ChimericError as one:
            error = one
    named = f"{column.provider}: "
    told = tuple(
        str(w.message).removeprefix(named) for w in caught if w.category is TranslationWarning
    )
    requests = list(simulator.requests)
    if not requests or (before and requests[-1] is before[-1]):
        return Outcome("refused", (_words(error),))
    if requests[-1].status >= 400:
        return Outcome("not taken", (_words(error),))
    if told:
        return Outcome("told", told)
    sent = Sent.of(requests[-1].body)
    if all(map(sent.has, kind.leaves)) and (kind.sent is None or kind.sent(sent)):
        return Outcome("sent")
    return Outcome("changed" if kind.meant is not None and kind.meant(sent) else "lost")


def _words(error: ChimericError | None) -> str:
    return "" if error is None else error.message if hasattr(error, "message") else str(error)
