"""Recordings of real answers, where they are at hand: all of them, and the turns after them."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import chimeric_google
import msgspec
import pytest
from chimeric_google.contents import FOREIGN_SIGNATURE
from chimeric_google.framing import GeminiFramer

from chimeric import HTTPResponse, Message, ProviderConfig, ProviderState, Request, ToolCall

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("CHIMERIC_SHARED", ROOT.parent / "shared")) / "corpus"
if not (CORPUS / "check.py").exists():
    pytest.skip("the recordings are not at hand", allow_module_level=True)
sys.path.insert(0, str(CORPUS))
import check  # noqa: E402

sys.path.remove(str(CORPUS))  # its folders are named as the SDKs are

DECLARED = chimeric_google.chimeric_provider()
CONFIG = ProviderConfig(name="google", base_url=DECLARED.base_url, declaration=DECLARED)
# A call of another client's making, and a signature that the recording leaves out.
CHANGED = (FOREIGN_SIGNATURE, '"[ELIDED')
CASES = [
    case
    for provider in ("google", "google_vertex")
    for case in check.load_cases(CORPUS, provider=provider, api="generate_content")
]


def read(fold: Any, case: dict[str, Any], mode: str = "random") -> None:
    body = check.body_bytes(case)
    if not case["stream"]:
        answer = HTTPResponse(status=200, headers={}, body=body)
        fold.add(chimeric_google.chimeric_parse_response(answer, fold.answer))
        return
    framer = GeminiFramer()
    for data in [*check.chunks(case, mode), b""]:
        for event in framer.feed(data):
            fold.feed(event.data)
    assert framer.end() == []


def got(fold: Any) -> dict[str, Any]:
    return {
        "text": fold.text,
        "reasoning": fold.reasoning,
        "tool_calls": fold.calls(),
        "finish_reason_native": fold.last("finish_reason_native"),
        "model": fold.last("model"),
        "id": fold.last("id"),
    }


@pytest.mark.parametrize("mode", ["random", "bytes", "whole"])
@pytest.mark.parametrize("case", [c for c in CASES if c["stream"]], ids=lambda c: c["name"])
def test_a_recorded_stream_is_read_as_the_official_sdk_read_it(fold, case, mode):
    read(fold, case, mode)
    assert check.compare(case, got(fold)) == []
    assert fold.last("usage_native") == case["expected"]["usage_native"]


@pytest.mark.parametrize("case", [c for c in CASES if not c["stream"]], ids=lambda c: c["name"])
def test_a_recorded_answer_is_read_as_the_official_sdk_read_it(fold, case):
    status, body = case["response"]["status"], check.body_bytes(case)
    if status >= 400:
        answer = HTTPResponse(status=status, headers={}, body=body)
        error = msgspec.to_builtins(chimeric_google.chimeric_parse_error(answer))
        assert check.compare(case, {"error": {**error, "status": status}}) == []
        return
    read(fold, case)
    assert check.compare(case, got(fold)) == []
    assert fold.last("usage_native") == case["expected"]["usage_native"]
    assert fold.last("finish_detail") == case["expected"]["finish_detail"]
    assert fold.last("finish_reason") is not None


def frames(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The frames of a recording, as JSON."""
    body = check.body_bytes(case)
    if not case["stream"] or body.lstrip().startswith(b"["):
        read = json.loads(body)
        return read if isinstance(read, list) else [read]
    lines = [line[5:] for line in body.splitlines() if line.startswith(b"data:")]
    return [json.loads(line) for line in lines]


def members(case: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """What the parts of a recording hold under names."""
    candidates = [c for frame in frames(case) for c in frame.get("candidates") or ()]
    parts = [p for c in candidates for p in (c.get("content") or {}).get("parts") or ()]
    return [part[name] for part in parts for name in names if name in part]


def supports(case: dict[str, Any]) -> list[tuple[str, str]]:
    """The texts of the segments of a recording, each with a source of it."""
    told: set[tuple[str, str]] = set()
    for frame in frames(case):
        grounding = (frame.get("candidates") or [{}])[0].get("groundingMetadata") or {}
        chunks = grounding.get("groundingChunks") or ()
        for support in grounding.get("groundingSupports") or ():
            for place in support["groundingChunkIndices"]:
                source = next(iter(chunks[place].values()))
                told.add((support["segment"]["text"], source.get("uri") or source.get("text")))
    return sorted(told)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_what_a_recording_holds_besides_text_is_shown_once(fold, case):
    if case["response"]["status"] >= 400:
        return
    read(fold, case)
    shown = [tool for tool in fold.told("server_tools") if tool.kind != "other"]
    called = members(case, "executableCode", "toolCall")
    assert [t.native["type"] for t in shown if t.native] == [
        "toolCall" if "toolType" in call else "executableCode" for call in called
    ]
    for identity in {tool.id for tool in shown}:
        statuses = [tool.status for tool in shown if tool.id == identity]
        assert (statuses[0], len(statuses)) == ("started", 2)
        assert statuses[1] in ("completed", "failed")
    texts = dict(fold.blocks())
    cited: list[tuple[str, str]] = []
    for delta in fold.deltas:
        for citation in delta.citations:
            if citation.start is not None:
                said = texts[delta.block][citation.start : citation.end]
                cited.append((said, citation.url or citation.text))
    assert sorted(cited) == supports(case)
    blobs = [blob["data"] for blob in members(case, "inlineData")]
    assert [file.part.data for file in fold.told("files")] == blobs
    assert [t.token for t in fold.told("logprobs")] == [
        chosen["token"]
        for frame in frames(case)
        for candidate in frame.get("candidates") or ()
        for chosen in (candidate.get("logprobsResult") or {}).get("chosenCandidates") or ()
    ]


def plain(value: Any) -> Any:
    """Parts with the names of the JSON form; some recordings have those of the SDK."""
    if isinstance(value, dict):
        names = {
            "function_call": "functionCall",
            "function_response": "functionResponse",
            "thought_signature": "thoughtSignature",
        }
        return {names.get(k, k): plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def told(parts: list[dict[str, Any]]) -> list[Any]:
    """Calls and signatures of a turn, in order; made-up ids of other clients left out."""
    found: list[Any] = []
    for part in plain(parts):
        call, signature = part.get("functionCall"), part.get("thoughtSignature")
        if call or signature:
            # Clients write either alphabet of base64.
            text = (signature or "").replace("+", "-").replace("/", "_")
            binary = base64.urlsafe_b64decode(text + "==")
            found.append((call and call["name"], call and (call.get("args") or {}), binary))
    return found


def followed(case: dict[str, Any], after: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What the later request has more, and the results in it; none where the recorded client
    changed the conversation."""
    before = len(plain(case["request"]["body"]["contents"]))
    recorded = plain(after["request"]["body"]["contents"])[before:]
    if len(recorded) < 2 or any(sign in json.dumps(recorded[0]) for sign in CHANGED):
        return recorded, []
    parts = recorded[1]["parts"]
    return recorded, [p["functionResponse"] for p in parts if "functionResponse" in p]


def pairs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A recorded answer with calls, and the request that followed it."""
    by_turn = {(c["group"], c["turn"]): c for c in CASES if c["request"].get("body")}
    return [
        (case, after)
        for (group, turn), case in by_turn.items()
        if case["expected"]["tool_calls"] and (after := by_turn.get((group, turn + 1)))
        if followed(case, after)[1]
    ]


@pytest.mark.parametrize(("case", "after"), pairs(), ids=lambda c: c["name"][-60:])
def test_the_next_request_carries_the_calls_the_results_and_the_signatures(fold, case, after):
    read(fold, case)
    recorded, answers = followed(case, after)
    calls = tuple(
        ToolCall(c["id"] or f"made-up-{i}", c["name"], json.dumps(c["arguments"]))
        for i, c in enumerate(fold.calls())
    )
    messages = [Message("user", "x")]
    state = ProviderState(fold.answer.api, fold.last("state"))
    messages.append(Message("assistant", fold.text, tool_calls=calls, state=state))
    for call, answer in zip(calls, answers, strict=False):
        text = json.dumps(answer["response"])
        messages.append(Message("tool", text, tool_call_id=call.id, name=call.name))
    request = Request(model="gemini-3.8-flash", messages=tuple(messages))
    sent: Any = chimeric_google.chimeric_build_request(request, CONFIG).body
    mine, theirs = told(sent["contents"][1]["parts"]), told(recorded[0]["parts"])
    signed = [entry for entry in theirs if entry[2]]
    assert [entry[:2] for entry in mine if entry[0]] == [e[:2] for e in theirs if e[0]]
    assert [entry for entry in signed if entry not in mine] == []
    results = [p["functionResponse"] for p in sent["contents"][2]["parts"]]
    assert [r["name"] for r in results] == [a["name"] for a in answers]
    assert [r["response"]["output"] for r in results] == [a["response"] for a in answers]
    assert not any("made-up" in json.dumps(turn) for turn in sent["contents"])
