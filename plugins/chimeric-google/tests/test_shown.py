"""What chunks show besides text: blocks, Google's tools, files, log probabilities."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from chimeric_google import chimeric_build_request, chimeric_provider
from chimeric_google.parser import Answer

from chimeric import AudioPart, FilePart, ImagePart, Message, ProviderConfig, Request, TokenLogprob

from .conftest import tools

PICTURE = {"mimeType": "image/png", "data": "iVBORw=="}


def whole(fold: Any, body: dict[str, Any]) -> None:
    fold.add(Answer().parse_whole(json.dumps(body).encode()))


def test_text_after_code_is_a_block_of_its_own(fold, frame):
    fold.feed(frame({"text": "Let me "}))
    fold.feed(frame({"text": "compute."}))
    fold.feed(frame({"executableCode": {"language": "PYTHON", "code": "print(1)"}}))
    fold.feed(frame({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}))
    fold.feed(frame({"text": "It is"}))
    fold.feed(frame({"text": " 1."}, finish="STOP"))
    assert [text for _, text in fold.blocks()] == ["Let me compute.", "It is 1."]


def test_thoughts_between_texts_part_them(fold, frame):
    for text, thought in (("a", False), ("b", False), ("hm", True), ("c", False), ("d", False)):
        fold.feed(frame({"text": text, "thought": thought}))
    assert [text for _, text in fold.blocks()] == ["ab", "cd"]
    thinking = next(d for d in fold.deltas if d.reasoning)
    assert thinking.block not in [number for number, _ in fold.blocks()]


def test_an_empty_part_opens_no_block(fold, frame):
    fold.feed(frame({"text": "hm", "thought": True}))
    fold.feed(frame({"text": "", "thoughtSignature": "s"}))
    fold.feed({"candidates": [{"content": {"parts": [{"text": "a"}]}}]})
    fold.feed(frame({"text": "", "thoughtSignature": "t"}, finish="STOP"))
    assert [text for _, text in fold.blocks()] == ["a"]
    assert fold.text == "a"


def test_a_whole_answer_shows_the_blocks_that_a_stream_shows(fold, frame):
    parts = (
        {"text": "One."},
        {"executableCode": {"language": "PYTHON", "code": "1", "id": "c"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "id": "c"}},
        {"text": "Two."},
        {"functionCall": {"name": "f"}},
        {"text": "Three."},
    )
    for part in parts[:-1]:
        fold.feed(frame(part))
    fold.feed(frame(parts[-1], finish="STOP"))
    streamed = fold.blocks(), tools(fold)
    fold.deltas.clear()
    whole(fold, frame(*parts, finish="STOP"))
    assert (fold.blocks(), tools(fold)) == streamed
    order = [
        next(n for n in ("text", "server_tools", "tool_calls") if getattr(d, n))
        for d in fold.deltas
    ]
    assert order == ["text", "server_tools", "text", "tool_calls", "text"]


def test_code_without_ids_is_paired_in_order(fold, frame):
    for code in ("print(1)", "1/0"):
        fold.feed(frame({"executableCode": {"language": "PYTHON", "code": code}}))
    fold.feed(frame({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}))
    fault = {"outcome": "OUTCOME_FAILED", "output": "ZeroDivisionError"}
    fold.feed(frame({"codeExecutionResult": fault}, finish="STOP"))
    (first, _, _, given, _), (second, *_), *ended = tools(fold)
    assert given == {"code": "print(1)", "language": "python"}
    assert first != second
    assert [(one[0], one[2], one[4]) for one in ended] == [
        (first, "completed", {"stdout": "1\n"}),
        (second, "failed", {"stderr": "ZeroDivisionError"}),
    ]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("OUTCOME_OK", "completed"), ("OUTCOME_DEADLINE_EXCEEDED", "failed"), (None, "completed")],
)
def test_outcomes_are_statuses(fold, frame, outcome, status):
    fold.feed(frame({"executableCode": {"code": "1", "id": "x"}}))
    fold.feed(frame({"codeExecutionResult": {"outcome": outcome, "id": "x"}}, finish="STOP"))
    assert [tool[:3] for tool in tools(fold)][-1] == ("x", "code_execution", status)


def test_a_result_without_a_call_begins_and_ends_at_once(fold, frame):
    fold.feed(frame({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}))
    (first, *_), (second, *_) = tools(fold)
    assert first == second
    assert [tool[2] for tool in tools(fold)] == ["started", "completed"]


def test_a_tool_that_is_told_again_is_told_once(fold, frame):
    for _ in range(2):
        fold.feed(frame({"executableCode": {"code": "1", "id": "x"}}))
        fold.feed(frame({"codeExecutionResult": {"outcome": "OUTCOME_OK", "id": "x"}}))
    assert [tool[2] for tool in tools(fold)] == ["started", "completed"]


@pytest.mark.parametrize(
    ("tool_type", "args", "kind", "given"),
    [
        ("GOOGLE_SEARCH_WEB", {"queries": ["", "a"]}, "web_search", {"queries": ["a"]}),
        ("GOOGLE_SEARCH_IMAGE", {"queries": ["a"]}, "web_search", {"queries": ["a"]}),
        ("URL_CONTEXT", {"urls": ["https://a.test"]}, "web_fetch", {"urls": ["https://a.test"]}),
        ("FILE_SEARCH", None, "file_search", {"queries": []}),
        ("GOOGLE_MAPS", {"query": "x"}, "other", {"query": "x"}),
        ("OF_THE_FUTURE", None, "other", None),
    ],
)
def test_tool_types_are_kinds(fold, frame, tool_type, args, kind, given):
    fold.feed(frame({"toolCall": {"toolType": tool_type, "args": args, "id": "t"}}))
    response = {"toolType": tool_type, "id": "t", "response": {"html": "<p>"}}
    fold.feed(frame({"toolResponse": response}, finish="STOP"))
    output = {"html": "<p>"} if kind == "other" else []
    assert tools(fold) == [
        ("t", kind, "started", given, None),
        ("t", kind, "completed", None, output),
    ]
    assert fold.told("server_tools")[0].name == tool_type


def test_a_response_that_is_an_error_fails_the_tool(fold, frame):
    fold.feed(frame({"toolCall": {"toolType": "URL_CONTEXT", "id": "t"}}))
    fold.feed(frame({"toolResponse": {"id": "t", "response": {"error": "no"}}}, finish="STOP"))
    assert tools(fold)[-1] == ("t", "web_fetch", "failed", None, "no")


def test_a_picture_is_a_file_and_a_thought_of_one_a_draft(fold, frame):
    fold.feed(frame({"inlineData": PICTURE, "thought": True}))
    fold.feed(frame({"inlineData": PICTURE}))
    fold.feed(frame({"inlineData": {**PICTURE, "data": "AAAA"}}, finish="STOP"))
    draft, first, second = fold.told("files")
    assert (draft.id, draft.partial) == (first.id, True)
    assert first.part == ImagePart(data="iVBORw==", media_type="image/png")
    assert (first.partial, second.partial, first.id != second.id) == (False, False, True)
    assert len(fold.last("metadata")["inline_data"]) == 3


def test_pieces_of_sound_are_told_as_they_come_and_whole_at_the_end(fold, frame):
    samples = [bytes(range(n, n + 4)) for n in (0, 4, 8)]
    kind = "audio/L16;codec=pcm;rate=24000"
    parts = [
        {"inlineData": {"mimeType": kind, "data": base64.b64encode(s).decode()}} for s in samples
    ]
    for part in parts:
        fold.feed(frame(part))
    fold.feed(frame({"text": "Done."}, finish="STOP"))
    *pieces, sound = fold.told("files")
    assert [base64.b64decode(piece.part.data) for piece in pieces] == samples
    assert {piece.id for piece in pieces} == {sound.id}
    assert [piece.partial for piece in pieces] == [True] * 3
    joined = base64.b64encode(b"".join(samples)).decode()
    assert sound.part == AudioPart(data=joined, media_type=kind)
    fold.deltas.clear()
    whole(fold, frame(*parts, {"text": "Done."}, finish="STOP"))
    assert fold.told("files") == [sound]


def test_sounds_with_headers_are_files_of_their_own(fold, frame):
    sound = {"inlineData": {"mimeType": "audio/wav", "data": "UklGRg=="}}
    fold.feed(frame(sound, sound, finish="STOP"))
    assert [file.partial for file in fold.told("files")] == [False, False]
    assert len({file.id for file in fold.told("files")}) == 2


def test_files_by_reference_are_files(fold, frame):
    fold.feed(
        frame({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v.mp4"}}, finish="STOP")
    )
    assert fold.told("files")[0].part == FilePart(url="gs://b/v.mp4", media_type="video/mp4")


def test_parts_of_unknown_kinds_are_never_nothing(fold, frame):
    part = {"hologram": {"a": 1}, "thoughtSignature": "s"}
    fold.feed(frame(part, finish="STOP"))
    (told,) = fold.told("server_tools")
    assert (told.kind, told.name, told.status, told.native) == (
        "other",
        "hologram",
        "completed",
        part,
    )


def test_log_probabilities_stand_with_the_text_of_their_frame(fold, frame):
    result = {
        "chosenCandidates": [{"token": "Hi", "tokenId": 1, "logProbability": -0.5}, {"token": "!"}],
        "topCandidates": [
            {
                "candidates": [
                    {"token": "Hi", "logProbability": -0.5},
                    {"token": "Yo", "logProbability": -2},
                ]
            }
        ],
    }
    fold.feed(frame({"text": "Hi!"}, finish="STOP", logprobsResult=result))
    (delta,) = fold.deltas
    top = (TokenLogprob("Hi", -0.5), TokenLogprob("Yo", -2.0))
    assert delta.logprobs == (TokenLogprob("Hi", -0.5, top), TokenLogprob("!", 0.0))
    assert delta.text == "Hi!"
    assert fold.last("metadata")["logprobs_result"] == [result]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"logprobs": True}, {"responseLogprobs": True}),
        ({"logprobs": 5}, {"responseLogprobs": True, "logprobs": 5}),
        ({"logprobs": False}, None),
        ({"response_logprobs": True, "logprobs": 2}, {"responseLogprobs": True, "logprobs": 2}),
    ],
)
def test_logprobs_are_asked_for_in_googles_words(asked, sent):
    declared = chimeric_provider()
    config = ProviderConfig(name="google", base_url=declared.base_url, declaration=declared)
    request = Request(model="m", messages=(Message("user", "Hi"),), extra=asked)
    body: Any = chimeric_build_request(request, config).body
    assert body.get("generationConfig") == sent
    assert "logprobs" not in body
