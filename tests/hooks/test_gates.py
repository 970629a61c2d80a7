"""Requests, failures and tool calls: plugins that ask before they say what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import SeenRequest

from chimeric import (
    ChimericError,
    Context,
    HTTPRequest,
    Message,
    Request,
    Tool,
    ToolCall,
    ToolExecutionResult,
    fetch,
    hookimpl,
    run,
    wait,
)

from .acme import Service, answer
from .modes import MODES, WAYS, Way
from .places import clock

STORY = "Once upon a time. The end."


def rules(request: SeenRequest) -> list[bytes]:
    return answer({"system": "Be brief.", "fallback": "acme-backup"})


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(rules=rules) as service:
        yield service


class Rules:
    """Tells the model what a service says, and falls back to the model that it names."""

    def __init__(self, url: str) -> None:
        self._request = HTTPRequest(method="GET", url=f"{url}/rules")

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Iterator[Any]:
        told = (yield from fetch(self._request)).json()
        return request.replace(messages=(Message("system", told["system"]), *request.messages))

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Iterator[Any]:
        if context.request.model != "acme-fails":
            return None
        told = (yield from fetch(self._request)).json()
        return context.request.replace(model=told["fallback"], provider=None)


class Last:
    """Gets the request as the plugins before left it."""

    @hookimpl(trylast=True)
    def chimeric_prepare_request(self, request: Request) -> Iterator[Any]:
        yield from wait(0.01)
        return request.replace(messages=(*request.messages, Message("user", "Please.")))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_request_is_changed_by_what_was_fetched(service: Service, way: Way) -> None:
    way.ask(service.client(Last(), Rules(service.url)), "Hi")
    assert service.chats[0]["told"] == [
        ["system", "Be brief."],
        ["user", "Hi"],
        ["user", "Please."],
    ]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_failure_is_mended_by_what_was_fetched(service: Service, way: Way) -> None:
    (response,) = way.ask(service.client(Rules(service.url)), "Hi", model="acme-fails")
    assert response.content == STORY
    assert [body["model"] for body in service.chats] == ["acme-fails", "acme-backup"]


class Gate:
    """Asks a function that blocks."""

    def __init__(self, verdict: Any) -> None:
        self._verdict = verdict
        self.asked: list[str] = []

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall, tool: Tool | None) -> Iterator[Any]:
        self.asked.append(call.name)
        return (yield from run(self._decide, call))

    def _decide(self, call: ToolCall) -> Any:
        time.sleep(0.01)
        return self._verdict(call) if callable(self._verdict) else self._verdict


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("verdict", "output", "failed"),
    [
        (None, "noon", False),
        (True, "noon", False),
        (False, "denied: the call was denied", True),
        ("not at night", "denied: not at night", True),
        (lambda call: ToolExecutionResult(call.id, call.name, "{}", "one"), "one", False),
    ],
    ids=["none", "true", "false", "reason", "result"],
)
def test_a_verdict_of_a_gate_that_asks_counts_as_any_other(
    service: Service, way: Way, verdict: Any, output: str, failed: bool
) -> None:
    first, second = Gate(verdict), Gate(None)
    (response,) = way.ask(service.client(second, first), "Time?", model="acme-tools", tools=[clock])
    (result,) = response.tool_results
    assert (result.output, result.is_error) == (output, failed)
    assert first.asked == ["clock"]
    assert second.asked == (["clock"] if verdict in (None, True) else [])  # the first one decides
    assert response.content == STORY


@pytest.mark.parametrize("mode", MODES)
def test_plain_hooks_and_hooks_that_ask_stand_side_by_side(service: Service, mode: str) -> None:
    class Plain:
        @hookimpl
        def chimeric_prepare_request(self, request: Request) -> Request:
            return request.replace(messages=(*request.messages, Message("user", "Plainly.")))

    client = service.client(Last(), Plain(), Rules(service.url))
    Way(mode, stream=True).ask(client, "Hi")
    assert [text for _, text in service.chats[0]["told"]] == [
        "Be brief.",
        "Hi",
        "Plainly.",
        "Please.",
    ]
