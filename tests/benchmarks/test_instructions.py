"""What a plain event costs in bytecode: counted, so that no busy machine hides a change."""

from __future__ import annotations

import sys

import pytest

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
