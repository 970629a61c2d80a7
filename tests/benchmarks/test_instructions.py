"""What a plain event costs in bytecode: counted, so that no busy machine hides a change."""

from __future__ import annotations

import sys

import pytest

from chimeric import ChimericError, Request, ToolCall, hookimpl

from .instructions import CASES, instructions_per_event

MOST: dict[str, tuple[float, float]] = {
    "chat": (93.0, 254.5),
    "responses": (181.0, 309.0),
    "anthropic": (177.0, 305.5),
    "gemini": (319.5, 509.5),
    "cohere": (211.5, 339.5),
}
"""Instructions of one text event in a burst, and in a read of its own, on Python 3.11."""


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="counted on Python 3.11")
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts as well")
@pytest.mark.parametrize("protocol", CASES)
def test_a_plain_event_costs_no_more_instructions_than_it_did(protocol: str) -> None:
    burst, alone = MOST[protocol]
    assert instructions_per_event(protocol, burst=True) <= burst
    assert instructions_per_event(protocol, burst=False) <= alone


class Plain:
    """Hooks that could ask, and do not."""

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Request:
        return request

    @hookimpl
    def chimeric_answer(self, request: Request) -> None:
        return None

    @hookimpl
    def chimeric_attempt(self, request: Request) -> None:
        return None

    @hookimpl
    def chimeric_recover(self, error: ChimericError) -> None:
        return None

    @hookimpl
    def chimeric_call_tool(self, call: ToolCall) -> None:
        return None


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="counted on Python 3.11")
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts as well")
@pytest.mark.parametrize("burst", [True, False], ids=["burst", "alone"])
def test_hooks_that_ask_for_nothing_cost_an_event_nothing(burst: bool) -> None:
    without = instructions_per_event("chat", burst=burst)
    assert instructions_per_event("chat", burst=burst, plugins=[Plain()]) == without
