"""What chunks show besides text: blocks, Google's tools, citations, files, log-probabilities."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from chimeric_google import chimeric_build_request, chimeric_provider
from chimeric_google.parser import Answer

from chimeric import AudioPart, FilePart, ImagePart, Message, ProviderConfig, Request, TokenLogprob

PICTURE = {"mimeType": "image/png", "data": "iVBORw=="}


def tools(fold: Any) -> list[tuple[str, str, str, Any, Any]]:
    return [(t.id, t.kind, t.status, t.input, t.output) for t in fold.told("server_tools")]


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


GROUNDING = {
    "webSearchQueries": ["", "tides"],
    "groundingChunks": [
        {"web": {"uri": "https://a.test", "title": "a.test"}},
        {"web": {"uri": "https://b.test", "title": "b.test"}},
        {"web": {"uri": "https://c.test"}},
    ],
    "groundingSupports": [
        {"segment": {"endIndex": 9, "text": "Café au."}, "groundingChunkIndices": [0, 1]},
        {
            "segment": {"startIndex": 10, "endIndex": 20, "text": "Ünd noch."},
            "groundingChunkIndices": [0, 9, -1, None],
        },
    ],
}


def test_byte_offsets_become_characters_of_the_block(fold, frame):
    fold.feed(frame({"text": "Hm", "thought": True}, groundingMetadata={}))
    fold.feed(frame({"text": "Café "}))
    fold.feed(frame({"text": "au. Ünd"}, groundingMetadata=GROUNDING))
    fold.feed(frame({"text": " noch."}, finish="STOP", groundingMetadata=GROUNDING))
    text = fold.text
    cited = [(c.url, c.start is not None and text[c.start : c.end]) for c in fold.told("citations")]
    assert cited == [
        ("https://a.test", "Café au."),
        ("https://b.test", "Café au."),
        ("https://a.test", "Ünd noch."),
        ("https://c.test", False),
    ]
    blocks = {delta.block for delta in fold.deltas if delta.citations}
    assert blocks == {number for number, _ in fold.blocks()}
    natives = [c.native for c in fold.told("citations") if c.native]
    assert natives == GROUNDING["groundingChunks"], "each source once, as it was sent"


def test_a_source_that_is_none_keeps_its_place(fold, frame):
    support = {"segment": {"endIndex": 1, "text": "a"}, "groundingChunkIndices": [1]}
    chunks = [None, {"web": {"uri": "https://a.test"}}]
    grounding = {"groundingChunks": chunks, "groundingSupports": [support]}
    fold.feed(frame({"text": "a"}, finish="STOP", groundingMetadata=grounding))
    assert [(c.url, c.start, c.end) for c in fold.told("citations")] == [("https://a.test", 0, 1)]


def test_sources_of_an_answer_without_text_are_told(fold, frame):
    fold.feed(frame(finish="STOP", groundingMetadata=GROUNDING))
    cited = [c.url for c in fold.told("citations")]
    assert cited == ["https://a.test", "https://b.test", "https://c.test"]


def test_grounding_is_a_search_that_begins_with_its_queries_and_ends_with_the_answer(fold, frame):
    fold.feed(frame({"text": "a"}, groundingMetadata={"webSearchQueries": ["tides"]}))
    fold.feed(frame({"text": "b"}, finish="STOP", groundingMetadata=GROUNDING))
    begun, ended = fold.told("server_tools")
    assert (begun.kind, begun.status, begun.input) == (
        "web_search",
        "started",
        {"queries": ["tides"]},
    )
    assert (ended.id, ended.status) == (begun.id, "completed")
    assert ended.output[0] == {"url": "https://a.test", "title": "a.test"}
    assert begun.native is None
    assert fold.last("state") is None, "what was put together from metadata is not sent back"


def test_a_search_that_parts_tell_of_is_not_told_once_more(fold, frame):
    fold.feed(frame({"toolCall": {"toolType": "GOOGLE_SEARCH_WEB", "id": "t"}}))
    fold.feed(frame({"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB", "id": "t"}}))
    fold.feed(frame({"text": "Café au. Ünd noch."}, finish="STOP", groundingMetadata=GROUNDING))
    assert [tool.id for tool in fold.told("server_tools")] == ["t", "t"]


def test_a_segment_lies_in_the_block_that_holds_its_text(fold, frame):
    support = {"segment": {"partIndex": 2, "endIndex": 5, "text": "Later"}}
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a.test"}}],
        "groundingSupports": [{**support, "groundingChunkIndices": [0]}],
    }
    code = {"executableCode": {"code": "1", "id": "x"}}
    fold.feed(frame({"text": "First."}, code, {"text": "Later."}))
    fold.feed(frame({"text": ""}, finish="STOP", groundingMetadata=grounding))
    cited = next(d for d in fold.deltas if d.citations)
    assert dict(fold.blocks())[cited.block] == "Later."
    assert (cited.citations[0].start, cited.citations[0].end) == (0, 5)


@pytest.mark.parametrize(
    "segment",
    [
        {"startIndex": 5, "endIndex": 900, "text": "x"},
        {"startIndex": -3, "endIndex": 2, "text": "a"},
        {"startIndex": 4, "endIndex": 5},  # in the middle of a character
        {"startIndex": "one", "endIndex": [], "text": 5},
        {"endIndex": 4, "text": "else"},
        {},
        None,
    ],
)
def test_offsets_that_lie_outside_of_the_text_are_none(fold, frame, segment):
    grounding = {
        "groundingChunks": [{"web": {"uri": "https://a.test"}}],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    fold.feed(frame({"text": "Café"}, finish="STOP", groundingMetadata=grounding))
    assert [(c.url, c.start, c.end) for c in fold.told("citations")] == [
        ("https://a.test", None, None)
    ]


def test_texts_of_a_file_search_are_quoted(fold, frame):
    found = {"title": "notes.txt", "text": "The sea.", "fileSearchStore": "stores/s"}
    grounding = {"groundingChunks": [{"retrievedContext": found}], "retrievalQueries": ["sea"]}
    fold.feed(frame({"text": "a"}, finish="STOP", groundingMetadata=grounding))
    (cited,) = fold.told("citations")
    assert (cited.text, cited.title, cited.source) == ("The sea.", "notes.txt", "stores/s")
    begun, ended = fold.told("server_tools")
    assert (begun.kind, begun.input) == ("file_search", {"queries": ["sea"]})
    assert ended.output == [{"filename": "notes.txt", "text": "The sea."}]


def test_places_of_maps_are_sources_too(fold, frame):
    place = {"uri": "https://maps.test/1", "title": "Harbour", "placeId": "places/1"}
    fold.feed(
        frame(
            {"text": "a"}, finish="STOP", groundingMetadata={"groundingChunks": [{"maps": place}]}
        )
    )
    (cited,) = fold.told("citations")
    assert (cited.url, cited.source) == ("https://maps.test/1", "places/1")
    assert [(t.kind, t.name) for t in fold.told("server_tools")] == [("other", "google_maps")] * 2


def test_pages_that_were_fetched_are_told_with_the_first_frame(fold, frame):
    listed = [
        {"retrievedUrl": "https://a.test", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"},
        {"retrievedUrl": "https://b.test", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_PAYWALL"},
    ]
    fetched = {"urlMetadata": listed}
    fold.feed(frame({"text": "a"}, urlContextMetadata=fetched))
    fold.feed(frame({"text": "b"}, finish="STOP", urlContextMetadata=fetched))
    begun, ended = fold.told("server_tools")
    assert (begun.kind, begun.input) == (
        "web_fetch",
        {"urls": ["https://a.test", "https://b.test"]},
    )
    assert (ended.status, [page["status"] for page in ended.output]) == (
        "completed",
        ["success", "paywall"],
    )


def test_a_fetch_that_parts_tell_of_has_what_is_known_of_its_pages(fold, frame):
    listed = [
        {"retrievedUrl": "https://a.test", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}
    ]
    call = {"toolType": "URL_CONTEXT", "args": {"urls": ["https://a.test"]}, "id": "t"}
    fold.feed(frame({"toolCall": call}, urlContextMetadata={"urlMetadata": listed}))
    fold.feed(frame({"toolResponse": {"toolType": "URL_CONTEXT", "id": "t"}}))
    pages = [{"url": "https://a.test", "status": "success"}]
    assert [tool[2:] for tool in tools(fold)] == [
        ("started", {"urls": ["https://a.test"]}, None),
        ("completed", None, pages),
    ]


def test_a_page_that_was_fetched_is_a_source_and_no_search(fold, frame):
    listed = [
        {"retrievedUrl": "https://a.test", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}
    ]
    fold.feed(frame({"text": "a"}, urlContextMetadata={"urlMetadata": listed}))
    grounding = {"groundingChunks": [{"web": {"uri": "https://a.test"}}]}
    fold.feed(frame({"text": "b"}, finish="STOP", groundingMetadata=grounding))
    assert {tool.kind for tool in fold.told("server_tools")} == {"web_fetch"}
    assert [citation.url for citation in fold.told("citations")] == ["https://a.test"]


def test_a_fetch_of_which_nothing_came_failed(fold, frame):
    listed = [
        {"retrievedUrl": "https://a.test", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_ERROR"}
    ]
    fold.feed(frame({"text": "a"}, finish="STOP", urlContextMetadata={"urlMetadata": listed}))
    assert [t.status for t in fold.told("server_tools")] == ["started", "failed"]


def test_recitations_are_citations(fold, frame):
    source = {
        "startIndex": 6,
        "endIndex": 10,
        "uri": "https://a.test",
        "title": "A",
        "license": "MIT",
    }
    fold.feed(frame({"text": "Caf\u00e9 "}, citationMetadata={"citationSources": [source]}))
    fold.feed(frame({"text": "mou"}))
    fold.feed(frame({"text": "lin"}, finish="STOP", citationMetadata={"citations": [source]}))
    (cited,) = fold.told("citations")
    assert (cited.url, cited.title, cited.native) == ("https://a.test", "A", source)
    assert fold.text[cited.start : cited.end] == "moul"


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
