"""Sources that Google tells of, as citations, and the searches that found them."""

from __future__ import annotations

import pytest

from .conftest import tools

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
