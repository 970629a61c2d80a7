"""How chat completions send things: the pieces that the cases of this protocol are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import CompletionResponse

from .case import Case, Check, body_of, sse

__all__ = [
    "CASES",
    "DONE_WELL",
    "EVERYWHERE",
    "GOOD",
    "OTHERS",
    "call",
    "calls",
    "chunk",
    "holds",
    "lacks",
    "message",
    "more_of",
    "say",
    "stream",
    "whole",
]

CASES: list[Case] = []
"""Takes what ``stream`` and ``whole`` make."""

GOOD: dict[str, Any] = {"text": "Hello", "finish": ("stop",)}
"""What is seen of the text "Hello"."""

DONE_WELL: dict[str, Any] = {
    "calls": (("wipe", '{"what": "x"}'),),
    "runs": ("wipe",),
    "requests": 2,
}
"""What is seen of a whole call of ``wipe``."""

OTHERS: dict[str, str | None] = {
    "openrouter": None,
    "groq": None,
    "mistral": None,
    "cerebras": None,
    "deepseek": None,
    "openai": "chat_completions",
    "grok": "chat_completions",
}
"""Providers that speak the protocol besides ``compatible``, and how they are asked to."""

EVERYWHERE = ("compatible", *OTHERS)


def chunk(delta: Any = None, finish: Any = None, index: Any = 0, **more: Any) -> dict[str, Any]:
    """A chunk of one choice."""
    choice = {"index": index, "delta": {} if delta is None else delta, "finish_reason": finish}
    return {"id": "chat_1", "model": "m-1", "choices": [{**choice, **more}]}


def say(text: str, **more: Any) -> dict[str, Any]:
    """A chunk of text."""
    return chunk({"content": text}, **more)


def call(name: str, arguments: Any, index: Any = 0, id: Any = "c1") -> dict[str, Any]:
    """A tool call, or the beginning of one."""
    told = {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return told if index is None else {"index": index, **told}


def calls(*listed: dict[str, Any]) -> dict[str, Any]:
    """A delta of tool calls."""
    return {"tool_calls": list(listed)}


def more_of(arguments: str, index: int | None = 0, **rest: Any) -> dict[str, Any]:
    """A delta that goes on with a call."""
    fragment: dict[str, Any] = {"function": {"arguments": arguments}, **rest}
    return calls(fragment if index is None else {"index": index, **fragment})


def message(
    finish: Any = "stop", index: Any = 0, choice: Any = None, **told: Any
) -> dict[str, Any]:
    """A choice of a whole answer."""
    finished = {"index": index, "message": {"role": "assistant", **told}, "finish_reason": finish}
    return {**finished, **(choice or {})}


def holds(**metadata: Any) -> Check:
    """A check that the metadata holds such values."""

    def check(response: CompletionResponse) -> None:
        found = {name: response.metadata.get(name) for name in metadata}
        assert found == metadata

    return check


def lacks(name: str) -> Check:
    """A check that the metadata does not speak of something."""

    def check(response: CompletionResponse) -> None:
        assert name not in response.metadata

    return check


def stream(
    kind: str,
    name: str,
    *events: Any,
    done: bool = True,
    providers: tuple[str, ...] = ("compatible",),
    **expected: Any,
) -> None:
    """Add the case of a stream, for each provider."""
    body = sse(*events, done=done)
    for provider in providers:
        label = f"chat-{kind}-{name}" + ("" if provider == "compatible" else f"-{provider}")
        api = OTHERS.get(provider)
        made = Case(name=label, kind=kind, provider=provider, api=api, body=body, **expected)
        CASES.append(made)


def whole(
    kind: str,
    name: str,
    *choices: Any,
    beside: Mapping[str, Any] | None = None,
    providers: tuple[str, ...] = ("compatible",),
    **expected: Any,
) -> None:
    """Add the case of a whole answer, for each provider."""
    body = body_of({"id": "chat_1", "model": "m-1", "choices": list(choices), **(beside or {})})
    for provider in providers:
        label = f"chat-{kind}-{name}-whole" + ("" if provider == "compatible" else f"-{provider}")
        made = Case(
            name=label,
            kind=kind,
            provider=provider,
            api=OTHERS.get(provider),
            stream=False,
            body=body,
            **expected,
        )
        CASES.append(made)
