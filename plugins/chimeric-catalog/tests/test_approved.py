"""What each service is sent and how it is declared was read and approved once, and stays so."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from chimeric_catalog import entry_of, names
from chimeric_testing.approved import Approved

from chimeric import Chimeric, Message, TextPart, ToolCall, TranslationWarning

from .service import Service, client_of

APPROVED = Approved(Path(__file__).with_name("approved.json"))

TOOL = {
    "type": "function",
    "function": {
        "name": "f",
        "description": "Adds",
        "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
    },
}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA}}
TURNS = [
    Message("system", "Be brief"),
    Message("user", (TextPart("Add"), TextPart("twice"))),
    Message(
        *("assistant", "Both"),
        tool_calls=(ToolCall("c1", "f", '{"x":1}'), ToolCall("c2", "f", '{"x":2}')),
    ),
    Message("tool", "1", tool_call_id="c1"),
    Message("tool", "2", tool_call_id="c2"),
]
CALLS: dict[str, dict[str, Any]] = {
    "plain": {"messages": "Hi"},
    "a stream": {"messages": "Hi", "stream": True},
    "every number": {
        "messages": "Hi",
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 9,
        "stop": ["x"],
        "seed": 7,
        "presence_penalty": 0.5,
        "frequency_penalty": 0.5,
    },
    "a forced tool": {"messages": "Hi", "tools": [TOOL], "tool_choice": "required"},
    "a tool in a stream": {"messages": "Hi", "tools": [TOOL], "stream": True},
    "a schema": {"messages": "Hi", "response_format": FORMAT},
    "an object": {"messages": "Say JSON", "response_format": "json_object"},
    "an effort": {"messages": "Hi", "reasoning_effort": "medium"},
    "no effort": {"messages": "Hi", "reasoning_effort": "none"},
    "two calls and their results": {"messages": TURNS, "tools": [TOOL]},
}
LEFT = ("host", "user-agent", "accept-encoding", "content-length", "connection", "authorization")


def asked(name: str, client: Chimeric, service: Service) -> Iterator[tuple[str, Any]]:
    sample = entry_of(name).sample
    for call, params in CALLS.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer: Any = client.generate(f"{name}:{sample}", **params)
            if params.get("stream"):
                answer.close()
        request = service.server.requests[-1]
        told = [str(w.message) for w in caught if issubclass(w.category, TranslationWarning)]
        headers = {n: v for n, v in request.headers.items() if n not in LEFT}
        body = {n: v for n, v in request.json().items() if v != sample}
        told = [sentence.replace(sample, "MODEL").replace(name, "SERVICE") for sentence in told]
        yield call, {"path": request.path, "headers": headers, "body": body, "told": told}


def test_requests_are_as_they_were_approved() -> None:
    """A service that is sent the same as one before is told by that one's name."""
    found: dict[str, Any] = {}
    firsts: dict[str, str] = {}
    with Service() as service:
        for name in names():
            with client_of(name, service.server.url + "/v1") as client:
                made = dict(asked(name, client, service))
            first = firsts.setdefault(msgspec.json.encode(made).decode(), name)
            found[name] = made if first == name else f"as {first}"
    APPROVED.check("requests", found)


def test_declarations_are_as_they_were_approved() -> None:
    found: dict[str, Any] = {}
    for name in names():
        declared = entry_of(name).declare()
        fields = msgspec.structs.asdict(declared)
        told = ("base_url", "version_path", "aliases", "key_env", "base_url_env", "token_env")
        more = ("models", "options", "capabilities", "key_required")
        found[name] = {field: fields[field] for field in (*told, *more)}
    APPROVED.check("declarations", found)
