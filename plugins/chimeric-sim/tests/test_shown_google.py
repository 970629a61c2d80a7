"""What Gemini shows besides text, read by the official SDK."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

genai = pytest.importorskip("google.genai", reason="the official SDK is a test-only oracle")
types = pytest.importorskip("google.genai.types", reason="the official SDK is a test-only oracle")

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def client(sim: Simulator):
    options = types.HttpOptions(base_url=sim.base_url("google"), api_version="v1beta")
    client = genai.Client(api_key="any", http_options=options)
    yield client
    client.close()


def read(client, model: str, **config):
    """The parts of a stream, and its last candidate."""
    chunks = list(
        client.models.generate_content_stream(
            model=model,
            contents="Tell me about tides",
            config=types.GenerateContentConfig(**config),
        )
    )
    parts = [p for c in chunks for p in (c.candidates[0].content.parts or ())]
    return parts, chunks[-1].candidates[0], chunks


def text_of(parts) -> str:
    return "".join(part.text or "" for part in parts if not part.thought)


def test_grounding_comes_at_the_end_and_counts_bytes(client):
    tools = [types.Tool(google_search=types.GoogleSearch())]
    parts, last, chunks = read(client, "gemini-2.5-flash", tools=tools)
    assert all(part.text is not None for part in parts)
    early = [c.candidates[0].grounding_metadata for c in chunks[:-1]]
    assert early == [types.GroundingMetadata()] * len(early)
    found = last.grounding_metadata
    assert found.web_search_queries == ["tides"]
    assert found.grounding_chunks[0].web.title == "example.com"
    text = text_of(parts).encode()
    for support in found.grounding_supports:
        segment = support.segment
        assert text[segment.start_index or 0 : segment.end_index].decode() == segment.text
    assert [s.grounding_chunk_indices for s in found.grounding_supports] == [[0], [1]]
    answer = client.models.generate_content(
        model="gemini-2.5-flash",
        contents="Tell me about tides",
        config=types.GenerateContentConfig(tools=tools),
    )
    assert answer.text == text.decode()
    assert answer.candidates[0].grounding_metadata == found


def test_code_and_its_result_are_parts_with_a_picture(client):
    tools = [types.Tool(code_execution=types.ToolCodeExecution())]
    parts, _, _ = read(client, "gemini-3.8-flash", tools=tools)
    code = next(p for p in parts if p.executable_code)
    result = next(p for p in parts if p.code_execution_result)
    assert code.executable_code.code.startswith("primes")
    assert code.executable_code.id == result.code_execution_result.id
    assert code.thought_signature
    assert (result.code_execution_result.outcome, result.code_execution_result.output) == (
        "OUTCOME_OK",
        "17\n",
    )
    assert any(p.inline_data and p.inline_data.data.startswith(PNG) for p in parts)
    older, _, _ = read(client, "gemini-2.5-flash", tools=tools)
    assert next(p for p in older if p.executable_code).executable_code.id is None
    history = [
        types.Content(role="user", parts=[types.Part(text="Tell me about tides")]),
        types.Content(role="model", parts=[p for p in parts if p.text != ""]),
        types.Content(role="user", parts=[types.Part(text="And once more?")]),
    ]
    config = types.GenerateContentConfig(tools=tools)
    again = client.models.generate_content(
        model="gemini-3.8-flash", contents=history, config=config
    )
    assert again.code_execution_result == "17\n"


def test_failed_and_lost_runs_of_code(client):
    tools = [types.Tool(code_execution=types.ToolCodeExecution())]
    for end, outcomes in (
        ("failed", ["OUTCOME_FAILED"]),
        ("never", []),
        ("twice", ["OUTCOME_OK", "OUTCOME_OK"]),
    ):
        options = types.HttpOptions(extra_body={"sim": {"tool_end": end}})
        parts, last, _ = read(client, "gemini-3.8-flash", tools=tools, http_options=options)
        results = [p.code_execution_result for p in parts if p.code_execution_result]
        assert [r.outcome for r in results] == outcomes, end
        assert last.finish_reason == "STOP"


def test_pictures_have_drafts_and_sound_comes_in_pieces(client):
    drawn, _, _ = read(
        client,
        "gemini-2.5-flash-image",
        response_modalities=["TEXT", "IMAGE"],
        thinking_config=types.ThinkingConfig(include_thoughts=True),
    )
    pictures = [p for p in drawn if p.inline_data]
    assert [bool(p.thought) for p in pictures] == [True, True, False]
    assert all(p.inline_data.data.startswith(PNG) for p in pictures)
    spoken, _, _ = read(client, "gemini-2.5-flash", response_modalities=["AUDIO"])
    sounds = [p.inline_data for p in spoken if p.inline_data]
    assert len(sounds) > 1
    assert {s.mime_type for s in sounds} == {"audio/L16;codec=pcm;rate=24000"}
    assert not text_of(spoken)


def test_fetched_pages_and_tool_parts_are_told_where_they_are_asked_for(client):
    tools = [types.Tool(url_context=types.UrlContext(), google_search=types.GoogleSearch())]
    parts, _, chunks = read(client, "gemini-3.8-flash", tools=tools)
    told = [m for c in chunks if (m := c.candidates[0].url_context_metadata)]
    assert [m.url_metadata[0].retrieved_url for m in told] == ["https://example.com/tides"]
    assert not any(p.tool_call for p in parts)
    config = types.ToolConfig(include_server_side_tool_invocations=True)
    parts, _, _ = read(client, "gemini-3.8-flash", tools=tools, tool_config=config)
    calls = [p.tool_call for p in parts if p.tool_call]
    answers = [p.tool_response for p in parts if p.tool_response]
    assert sorted(c.tool_type for c in calls) == ["GOOGLE_SEARCH_WEB", "URL_CONTEXT"]
    assert [c.id for c in calls] == [a.id for a in answers]


def test_probabilities_come_with_their_text(client):
    parts, _, chunks = read(client, "gemini-2.5-flash", response_logprobs=True, logprobs=2)
    told = [r for c in chunks if (r := c.candidates[0].logprobs_result)]
    chosen = [token for result in told for token in result.chosen_candidates]
    assert "".join(token.token for token in chosen) == text_of(parts)
    assert len(told[0].top_candidates[0].candidates) == 2
