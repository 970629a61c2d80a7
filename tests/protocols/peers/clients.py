"""The rows of the table: which library, how it is used, and what it speaks."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLIENTS", "OURS", "REQUIREMENTS", "Client"]

OURS = "chimeric"

REQUIREMENTS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google-genai": "google-genai",
    "litellm": "litellm",
    "pydantic-ai": "pydantic-ai-slim[anthropic,google,openai]",
    "any-llm": "any-llm-sdk[anthropic,openai]",
    "cohere": "cohere",
    "ollama": "ollama",
    "boto3": "boto3",
}
"""What is installed for each library but ours, in its newest version."""


@dataclass(frozen=True)
class Client:
    """One way to use a library."""

    name: str
    library: str
    how: str
    """The call, as the table shows it."""
    adapter: str
    """Module beside this one and class."""
    protocols: tuple[str, ...]
    modes: tuple[bool, ...] = (True, False)
    """Whether it plays streamed and whole answers."""
    faults: bool = True
    """Whether the transport faults are played too: not to a second use of the same reader."""
    custom: bool = False
    """Whether it can offer free-text tools."""
    own: tuple[str, ...] = ()
    """Top-level packages whose exceptions its documentation names: its own, and of the SDK that
    it is built on."""


SDKS = ("openai", "anthropic", "google")

CLIENTS: tuple[Client, ...] = (
    Client(
        "chimeric",
        OURS,
        "`generate()`",
        "ours:Ours",
        ("chat", "responses", "anthropic", "google", "cohere", "ollama", "bedrock"),
        custom=True,
        own=("chimeric",),
    ),
    Client(
        "openai create",
        "openai",
        "`create()`",
        "chat:Create",
        ("chat",),
        own=("openai",),
    ),
    Client(
        "openai stream",
        "openai",
        "`chat.completions.stream()`",
        "chat:Helper",
        ("chat",),
        modes=(True,),
        own=("openai",),
    ),
    Client(
        "openai responses create",
        "openai",
        "`responses.create()`",
        "responses:Create",
        ("responses",),
        custom=True,
        own=("openai",),
    ),
    Client(
        "openai responses stream",
        "openai",
        "`responses.stream()`",
        "responses:Helper",
        ("responses",),
        modes=(True,),
        custom=True,
        own=("openai",),
    ),
    Client(
        "anthropic create",
        "anthropic",
        "`messages.create()`",
        "messages:Create",
        ("anthropic",),
        own=("anthropic",),
    ),
    Client(
        "anthropic stream",
        "anthropic",
        "`messages.stream()`",
        "messages:Helper",
        ("anthropic",),
        modes=(True,),
        own=("anthropic",),
    ),
    Client(
        "anthropic tool_runner",
        "anthropic",
        "`beta.messages.tool_runner()`",
        "messages:Runner",
        ("anthropic",),
        faults=False,
        own=("anthropic",),
    ),
    Client(
        "google-genai",
        "google-genai",
        "`generate_content_stream()`, `generate_content()`",
        "gemini:Generate",
        ("google",),
        own=("google",),
    ),
    Client(
        "litellm",
        "litellm",
        "`completion()`",
        "lite:Completion",
        ("chat", "anthropic", "google"),
        own=("litellm", "openai"),
    ),
    Client(
        "pydantic-ai",
        "pydantic-ai",
        "`Agent`",
        "agents:Agents",
        ("chat", "responses", "anthropic", "google"),
        own=("pydantic_ai", *SDKS),
    ),
    Client(
        "any-llm",
        "any-llm",
        "`completion()`",
        "anyllm:Completion",
        ("chat", "anthropic"),
        own=("any_llm", *SDKS),
    ),
    Client(
        "cohere",
        "cohere",
        "`chat_stream()`, `chat()`",
        "cohere:Chat",
        ("cohere",),
        own=("cohere",),
    ),
    Client(
        "ollama",
        "ollama",
        "`chat()`",
        "ollama:Chat",
        ("ollama",),
        own=("ollama",),
    ),
    Client(
        "boto3",
        "boto3",
        "`converse_stream()`, `converse()`",
        "converse:Converse",
        ("bedrock",),
        own=("botocore", "boto3"),
    ),
)
