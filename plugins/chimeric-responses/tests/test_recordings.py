"""Every recorded exchange of the Responses protocol, against what the vendor's SDK made of it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_responses import ResponsesState, native_body, native_event, parse_error

from chimeric import HTTPResponse

# Test modules have no package to import a neighbour from (--import-mode=importlib).
_spec = importlib.util.spec_from_file_location(
    "responses_recordings", Path(__file__).with_name("recordings.py")
)
assert _spec is not None
assert _spec.loader is not None
recordings = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = recordings
_spec.loader.exec_module(recordings)

CASES = recordings.cases(api="responses")
pytestmark = pytest.mark.skipif(not CASES, reason="the recordings are not beside this repository")

ASKED = {
    "mcp_approval_request": "mcp_approval",
    "apply_patch_call": "apply_patch",
    "tool_search_call": "tool_search",
}
"""Items that the recordings list among the provider's tools, and that the caller has to answer."""

NOT_THIS_PROTOCOL = "azure/responses/ver-azure-deepseek-reasoning.1"
"""Chat completions that were recorded under the name of this protocol."""


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


def read(case: dict[str, Any]) -> Any:
    body = recordings.checker().body_bytes(case)
    state = ResponsesState()
    if case["stream"]:
        return recordings.Folded(recordings.deltas(state, body))
    response = HTTPResponse(status=200, headers={}, body=body)
    return recordings.Folded(recordings.several(state.parse_response(response)))


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c["response"]["status"] < 400 and NOT_THIS_PROTOCOL not in c["name"]],
    ids=named,
)
def test_a_recorded_answer_is_read_as_the_vendors_sdk_reads_it(case: dict[str, Any]) -> None:
    folded = read(case)
    got, expected = folded.got(), case["expected"]
    assert recordings.checker().compare(case, got) == []
    assert folded.done
    if folded.last.get("error"):
        return
    assert folded.last.get("usage_native") == expected["usage_native"]
    assert folded.last.get("finish_detail") == (expected.get("finish_detail") or None)
    counts: dict[str, Any] = expected["usage"] or {}
    usage = folded.last.get("usage")
    if usage is not None:
        assert usage.prompt_tokens == counts.get("input_tokens")
        assert usage.completion_tokens == counts.get("output_tokens")
    server_ids = {tool.id for tool in folded.server_tools}
    asked = [call["kind"] for call in folded.calls if call["kind"] not in ("function", "custom")]
    missing = [t for t in expected["server_tool_calls"] if t["id"] not in server_ids]
    assert [ASKED[tool["type"]] for tool in missing] == asked


@pytest.mark.parametrize("case", [c for c in CASES if c["response"]["status"] >= 400], ids=named)
def test_a_recorded_refusal_keeps_the_providers_words(case: dict[str, Any]) -> None:
    body = recordings.checker().body_bytes(case)
    error = parse_error(HTTPResponse(status=case["response"]["status"], headers={}, body=body))
    assert error is not None
    assert error.message == case["expected"]["error"]["message"]
    assert error.type == case["expected"]["error"]["type"]


def test_a_stream_of_another_protocol_is_never_taken_for_complete() -> None:
    case = next(c for c in CASES if c["name"] == f"{NOT_THIS_PROTOCOL}-stream")
    folded = read(case)
    assert not folded.done
    assert "finish_reason" not in folded.last


def test_a_body_of_another_protocol_is_no_empty_answer() -> None:
    case = next(c for c in CASES if c["name"] == NOT_THIS_PROTOCOL)
    with pytest.raises(msgspec.ValidationError, match="neither"):
        read(case)


def is_answer(case: dict[str, Any]) -> bool:
    """Whether it is an answer of this protocol."""
    return case["response"]["status"] < 400 and NOT_THIS_PROTOCOL not in case["name"]


@pytest.mark.parametrize("case", list(filter(is_answer, CASES)), ids=named)
def test_every_recorded_event_has_a_native_struct(case: dict[str, Any]) -> None:
    body = recordings.checker().body_bytes(case)
    if not case["stream"]:
        assert native_body(body).id == case["expected"]["id"]
        return
    for event in recordings.events(body):
        assert isinstance(native_event(event), msgspec.Struct), event
