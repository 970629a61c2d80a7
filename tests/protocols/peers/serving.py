"""A case on a loopback server, as it stands there for every client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chimeric_testing import LoopbackServer, SeenRequest

from tests.protocols.case import Case
from tests.protocols.endings import ENDINGS

from .envelope import dressed
from .outcome import Order

__all__ = ["order_of", "protocol_of", "serving"]

PROTOCOLS = {"anthropic", "google", "cohere", "ollama", "bedrock"}
RESULTS = (b"function_call_output", b"custom_tool_call_output", b"tool_result", b"toolResult")


def protocol_of(case: Case) -> str:
    """The protocol that a case is in, whichever service it came from."""
    if case.provider in PROTOCOLS:
        return case.provider
    body = ENDINGS[case.provider, case.api, case.stream]
    return "responses" if b"output_text" in body else "chat"


def order_of(case: Case, url: str) -> Order:
    """What a client is asked to do with a case."""
    return Order(
        case=case.name,
        url=url,
        protocol=protocol_of(case),
        provider=case.provider,
        api=case.api,
        stream=case.stream,
        custom=list(case.custom_tools),
    )


def serving(case: Case) -> LoopbackServer:
    """A server of the case, and of an ordinary end after its tools."""
    protocol = protocol_of(case)
    first = dressed(case.body, protocol, case.stream, case.kind)
    ending = dressed(ENDINGS[case.provider, case.api, case.stream], protocol, case.stream)
    kind = case.content_type if case.stream else "application/json"
    if case.stream and case.provider == "bedrock":
        kind = "application/vnd.amazon.eventstream"

    def handle(request: SeenRequest) -> Iterator[bytes]:
        body = ending if _goes_on(request) else first
        yield b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n" % kind.encode()
        yield b"content-length: %d\r\n\r\n" % len(body)
        yield body

    return LoopbackServer(handle)


def _goes_on(request: SeenRequest) -> bool:
    """Whether a request brings the results of tools or a paused turn, in any library's spelling."""
    if any(mark in request.body for mark in RESULTS):
        return True
    asked: Any = json.loads(request.body or b"{}")
    messages = asked.get("messages", [])
    if "messages" in asked and not messages:
        return True  # a client that leaves out what it compacted
    if any(message.get("role") == "tool" for message in messages):
        return True
    if messages and messages[-1].get("role") == "assistant":
        return True
    parts = [part for content in asked.get("contents", []) for part in content.get("parts", [])]
    return any("functionResponse" in part or "function_response" in part for part in parts)
