"""What of a body unified form does not know, and an upstream of the same protocol gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from chimeric_gateway.answering.same_protocol import Wire
from chimeric_gateway.protocols.responses import RESPONSES

from chimeric import StreamChunk, WireRequest, WireTimeout

from .conftest import Told
from .test_truth import WHOLE

Ask = Callable[..., Told]


def sent(ask: Ask, protocol: str, **body: Any) -> dict[str, Any]:
    """The body that the upstream gets."""
    return ask(protocol, msgspec.json.encode(WHOLE[protocol]), **body).asked


def test_fields_of_a_body_arrive(ask: Ask) -> None:
    for protocol in WHOLE:
        assert sent(ask, protocol, x_new={"a": [1]})["x_new"] == {"a": [1]}


def test_tools_of_the_services_own_arrive(ask: Ask) -> None:
    search = {"type": "web_search", "search_context_size": "low"}
    patch = {"type": "custom", "name": "patch", "format": {"type": "text"}}
    body = sent(ask, "responses", tools=[search, patch], include=["web_search_call.results"])
    assert body["tools"] == [search, patch]
    assert "web_search_call.results" in body["include"]
    found = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    assert sent(ask, "messages", tools=[found])["tools"] == [found]


def test_keys_of_items_arrive(ask: Ask) -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": "{}"}
    items = [
        {"role": "user", "content": "Hi"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "x_key": 1},
        {**call, "namespace": "maths"},
        {"type": "function_call_output", "call_id": "call_1", "output": "2"},
    ]
    body = sent(ask, "responses", input=items, text={"verbosity": "low"}, service_tier="flex")
    assert body["input"] == items
    assert body["text"] == {"verbosity": "low"}
    assert body["service_tier"] == "flex"


def test_thinking_arrives_in_the_clients_words(ask: Ask) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    assert sent(ask, "messages", thinking=thinking, max_tokens=4000)["thinking"] == thinking


def test_the_upstreams_address_is_hidden_unless_the_model_says_it() -> None:
    asked = RESPONSES.read({"model": "fast", "input": "Hi"})
    wire = Wire(asked)
    limits = WireTimeout(None, None)
    request = WireRequest(
        method="POST", url="http://up.example:1/v1/responses", headers={}, body=b"", timeout=limits
    )
    wire.begin(request, 200, {"content-type": "text/event-stream"})
    data = b'{"x_from":"up.example:1"}'
    assert wire.masked(data, StreamChunk("Hi")) == b'{"x_from":"upstream"}'
    assert wire.masked(data, StreamChunk("It runs at up.example:1.")) == data
