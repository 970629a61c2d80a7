"""Which provider reads which recordings, as a page.

``python scripts/recordings_page.py`` writes it; a test holds it against the recordings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from .corpus import CORPUS, EXCEPTIONS, check, route

__all__ = ["ALIASES", "ELSEWHERE", "page", "recorded"]

ALIASES: Final = {
    "alibaba": "dashscope",
    "google_vertex": "vertex",
    "moonshotai": "moonshot",
    "xai": "grok",
}
"""Directories that are called otherwise than the provider."""

ELSEWHERE: Final = {
    ("anthropic", "chat_completions"): "Anthropic's layer of that form, as any compatible server",
    ("deepseek", "responses"): "DeepSeek's layer of that form, as at OpenAI with its base URL",
    ("gateway", "chat_completions"): "a gateway of others' answers, which are read as theirs",
    ("gateway", "messages"): "a gateway of others' answers, which are read as theirs",
    ("gateway", "responses"): "a gateway of others' answers, which are read as theirs",
    ("google", "chat_completions"): "Google's layer of that form, as any compatible server",
    ("nonconforming", "chat_completions"): "an answer of no service",
    ("ollama", "chat_completions"): "Ollama's layer of that form, as any compatible server",
    ("openrouter", "responses"): "OpenRouter's layer of that form, as at OpenAI with its base URL",
}
"""Recordings that another provider reads than the service's own, and why."""

HEAD: Final = """\
# Recorded answers

Exchanges with real services were recorded, with what the service's official SDK made of each
answer. Every one is served over loopback HTTP, cut at random places, and but for the largest ones
at every byte, and read through the public interface: text, reasoning, refusals, tool calls, finish
reason, usage, model, id and errors must be what the SDK made of it; streams and whole answers,
blocking and async.

The recordings are not part of the repository; the table is written by
`scripts/recordings_page.py` where they are, and a test holds it against them.

| recordings of | API | read by | passed |
|---|---|---|---|
"""


def recorded() -> Iterator[tuple[str, str, str, int]]:
    """Each service and API, the provider that reads it, and the number of recordings."""
    count: Counter[tuple[str, str, str]] = Counter()
    cases: list[dict[str, Any]] = check.load_cases(str(CORPUS))
    for case in cases:
        count[case["provider"], case["api"], route(case)[0]] += 1
    for key, number in sorted(count.items(), key=str):
        yield (*key, number)


def page() -> str:
    """The whole page."""
    rows = [
        f"| {service} | {api} | `{reader}` | {number}/{number} |"
        for service, api, reader, number in recorded()
    ]
    why = [f"- {service}, {api}: {reason}." for (service, api), reason in ELSEWHERE.items()]
    odd = [f"- `{name}`: {reason}." for name, reason in EXCEPTIONS.items()]
    return "\n".join(
        (
            HEAD + "\n".join(rows),
            "\n## Read by another provider than the service's own\n",
            *why,
            "\n## Read otherwise than by the SDK\n",
            *odd,
            "",
        )
    )
