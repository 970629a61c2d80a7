"""Which client speaks what to the simulator, what is asked of it, and what is not its strength."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = [
    "CASES",
    "CLIENTS",
    "ERRORS",
    "FAULTS",
    "PROTOCOLS",
    "RESULTS",
    "SCHEMA",
    "TOOLS",
    "Asked",
    "asked",
    "table",
]


class Spoken(NamedTuple):
    """A protocol: what it is called, the model that is asked, and one that thinks."""

    name: str
    model: str
    thinks: str | None = None


PROTOCOLS = {
    "chat": Spoken("OpenAI chat completions", "gpt-4.1"),
    "responses": Spoken("OpenAI Responses", "gpt-5.4", "gpt-5.4"),
    "anthropic": Spoken("Anthropic Messages", "claude-sonnet-4-5", "claude-sonnet-4-5"),
    "google": Spoken("Gemini", "gemini-2.5-flash", "gemini-3-flash-preview"),
    "mistral": Spoken("Mistral", "mistral-large-latest"),
    "groq": Spoken("Groq", "llama-3.3-70b-versatile"),
    "cohere": Spoken("Cohere", "command-a-03-2025"),
    "xai": Spoken("xAI chat completions", "grok-4"),
    "xai-responses": Spoken("xAI Responses", "grok-4"),
    "bedrock": Spoken(
        "Bedrock Converse",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    "openrouter": Spoken("OpenRouter", "openai/gpt-4o"),
    "deepseek": Spoken("DeepSeek", "deepseek-chat"),
    "compatible": Spoken("OpenAI-compatible", "llama3.1-8b"),
}

COMMON = ("chat", "responses", "anthropic", "google", "mistral", "groq", "cohere")
CLIENTS: dict[str, tuple[str, ...]] = {
    "ai-sdk": (*COMMON, "xai", "xai-responses", "bedrock", "compatible"),
    "langchain": COMMON,
    "litellm": (*COMMON, "xai", "openrouter", "deepseek", "compatible"),
    "pydantic-ai": (*COMMON, "openrouter", "deepseek", "compatible"),
    "instructor": ("chat", "responses", "anthropic"),
}
NAMES = {
    "ai-sdk": "Vercel's AI SDK", "langchain": "LangChain", "litellm": "litellm",
    "pydantic-ai": "pydantic-ai", "instructor": "instructor",
}  # fmt: skip

CASES = {
    "text": "text",
    "turns": "two turns",
    "tools": "tools",
    "thinking": "thinking and tools",
    "structured": "structured output",
    "errors": "errors",
}

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": {key: {"type": kind} for key in keys},
                "required": list(keys),
            },
        },
    }
    for name, description, keys, kind in (
        ("weather", "The weather in a city.", ("city",), "string"),
        ("add", "Add two numbers.", ("x", "y"), "integer"),
    )
]
RESULTS = {"weather": "sunny in Rome", "add": "5"}
SCHEMA: dict[str, Any] = {
    "title": "Recipe",
    "description": "A recipe.",
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "minutes": {"type": "integer"},
        "kind": {"type": "string", "enum": ["soup", "salad"]},
        "steps": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "minutes", "kind", "steps"],
    "additionalProperties": False,
}

WAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("langchain", "chat"): ("json_schema", "function_calling", "json_mode"),
    ("langchain", "responses"): ("json_schema", "function_calling"),
    ("langchain", "anthropic"): ("json_schema", "function_calling"),
    ("langchain", "google"): ("json_schema", "function_calling"),
    ("langchain", "mistral"): ("function_calling", "json_schema", "json_mode"),
    ("langchain", "groq"): ("function_calling", "json_schema", "json_mode"),
    # Not function_calling, which loses the choices of a string.
    ("langchain", "cohere"): ("json_schema",),
    ("pydantic-ai", "chat"): ("native", "tool", "prompted"),
    ("pydantic-ai", "responses"): ("native", "tool", "prompted"),
    ("pydantic-ai", "anthropic"): ("native", "tool", "prompted"),
    ("pydantic-ai", "google"): ("native", "tool", "prompted"),
    ("pydantic-ai", "compatible"): ("native", "tool", "prompted"),
    ("pydantic-ai", "openrouter"): ("tool", "prompted"),
    ("pydantic-ai", "deepseek"): ("tool", "prompted"),
    ("pydantic-ai", "mistral"): ("tool", "prompted"),
    ("pydantic-ai", "groq"): ("tool", "prompted"),
    ("pydantic-ai", "cohere"): ("tool", "prompted"),
    ("instructor", "chat"): ("TOOLS", "TOOLS_STRICT", "JSON", "JSON_SCHEMA", "MD_JSON"),
    ("instructor", "responses"): ("RESPONSES_TOOLS",),
    ("instructor", "anthropic"): (
        "ANTHROPIC_TOOLS", "ANTHROPIC_REASONING_TOOLS", "ANTHROPIC_JSON",
    ),
}  # fmt: skip
"""The ways in which a client asks for structured output, where it has several."""

ERRORS: dict[str, dict[str, str]] = {
    "ai-sdk": dict.fromkeys(("key", "limit", "bad", "model"), "AI_APICallError"),
    "langchain": {
        "key": "langchain_core.exceptions.ModelAuthenticationError",
        "limit": "langchain_core.exceptions.ModelRateLimitError",
        "bad": "langchain_core.exceptions.ModelInvalidRequestError",
        "model": "langchain_core.exceptions.ModelNotFoundError",
    },
    "litellm": {
        "key": "litellm.exceptions.AuthenticationError",
        "limit": "litellm.exceptions.RateLimitError",
        "bad": "litellm.exceptions.BadRequestError",
        "model": "litellm.exceptions.NotFoundError",
    },
    "pydantic-ai": {
        "key": "pydantic_ai.exceptions.ModelAuthenticationError",
        "limit": "pydantic_ai.exceptions.ModelRateLimitError",
        "bad": "pydantic_ai.exceptions.ModelRequestRejectedError",
        "model": "pydantic_ai.exceptions.ModelNotFoundError",
    },
}
"""The class of its own that a client reads a refusal as."""

_REFUSED = "langchain_core.exceptions.ModelInvalidRequestError"
OTHER_ERRORS: dict[tuple[str, str], dict[str, str]] = {
    # Google's service answers 400 for a key that it does not know, OpenAI's Responses for a model.
    ("langchain", "google"): {"key": _REFUSED},
    ("langchain", "responses"): {"model": _REFUSED},
    # xAI's answers 400 for such a key, too.
    ("litellm", "xai"): {"key": "litellm.exceptions.BadRequestError"},
    # These integrations hand out what is below them.
    ("langchain", "mistral"): dict.fromkeys(
        ("key", "limit", "bad", "model"), "httpx.HTTPStatusError"
    ),
    ("langchain", "groq"): {
        "key": "groq.AuthenticationError", "limit": "groq.RateLimitError",
        "bad": "groq.BadRequestError", "model": "groq.NotFoundError",
    },
    ("langchain", "cohere"): {
        "key": "cohere.errors.unauthorized_error.UnauthorizedError",
        "limit": "cohere.errors.too_many_requests_error.TooManyRequestsError",
        "bad": "cohere.errors.bad_request_error.BadRequestError",
        "model": "cohere.errors.not_found_error.NotFoundError",
    },
}  # fmt: skip

FAULTS: dict[tuple[str, str, str, str], str] = {
    ("ai-sdk", "cohere", "tools", "whole"): (
        "wants a document of every source of a citation, which sources that are tools have not"
    ),
    ("langchain", "cohere", "tools", "stream"): (
        "gives each piece of a call another id, and repeats the last one"
    ),
    ("litellm", "cohere", "text", "stream"): "cannot read the names of events",
    ("litellm", "cohere", "turns", "stream"): "cannot read the names of events",
    ("litellm", "cohere", "tools", "stream"): "cannot read the names of events",
    ("litellm", "cohere", "structured", "whole"): "has no structured output there",
    ("litellm", "cohere", "structured", "stream"): "has no structured output there",
    ("litellm", "google", "errors", "limit"): (
        "reads the refusal of a stream as a break in mid-stream"
    ),
}
"""What a client cannot do, for reasons of its own: client, protocol, case, how."""


class Asked(NamedTuple):
    """One thing that a client is asked to do."""

    client: str
    protocol: str
    case: str
    how: str
    """``stream`` or ``whole``; of errors, which."""
    way: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, self))


def asked(case: str) -> Iterator[Asked]:
    """All that is asked in a case."""
    for client, protocols in CLIENTS.items():
        for protocol in protocols:
            if not speaks(client, protocol, case):
                continue
            ways = WAYS.get((client, protocol), ("",)) if case == "structured" else ("",)
            hows = ("key", "limit", "bad", "model") if case == "errors" else ("whole", "stream")
            if protocol == "openrouter" and case == "errors":
                hows = hows[:3]  # the simulator has every model there
            yield from (Asked(client, protocol, case, how, w) for w in ways for how in hows)


def speaks(client: str, protocol: str, case: str) -> bool:
    """Whether a case is one for this client and protocol."""
    if client == "instructor":
        return case == "structured"
    return case != "thinking" or PROTOCOLS[protocol].thinks is not None


def error_class(client: str, protocol: str, which: str) -> str:
    """What a refusal is read as."""
    return OTHER_ERRORS.get((client, protocol), {}).get(which) or ERRORS[client][which]


def table() -> str:
    """The table of the documentation."""
    notes: list[str] = []
    lines = [
        "| client | speaks | " + " | ".join(CASES.values()) + " |",
        "|---|---|" + "---|" * len(CASES),
    ]
    for client, protocols in CLIENTS.items():
        for protocol in protocols:
            cells = [_cell(client, protocol, case, notes) for case in CASES]
            lines.append(
                f"| {NAMES[client]} | {PROTOCOLS[protocol].name} | " + " | ".join(cells) + " |"
            )
    numbered = [f"{number}. {note}" for number, note in enumerate(notes, 1)]
    return "\n".join([*lines, "", *numbered]) + "\n"


def _cell(client: str, protocol: str, case: str, notes: list[str]) -> str:
    if not speaks(client, protocol, case):
        return ""
    found = {
        how: reason
        for (who, what, kind, how), reason in FAULTS.items()
        if (who, what, kind) == (client, protocol, case)
    }
    if not found:
        return "yes"
    (reason,) = set(found.values())
    note = f"{NAMES[client]} {reason}."
    if note not in notes:
        notes.append(note)
    number = notes.index(note) + 1
    if len(found) > 1:
        return f"no ({number})"
    words = {"stream": "whole", "whole": "streamed"}
    return f"{words.get(next(iter(found)), 'yes')} ({number})"
