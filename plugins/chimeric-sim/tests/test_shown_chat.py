"""What chat completions show besides text, read by the SDKs of the services that speak them."""

from __future__ import annotations

import base64
import io
import json
import wave

import pytest
from chimeric_sim import Simulator

REASON = "the official SDK is a test-only oracle"
openai = pytest.importorskip("openai", reason=REASON)

ASK = [{"role": "user", "content": "Tell me about tides"}]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def client(sim: Simulator):
    with openai.OpenAI(base_url=sim.base_url("openai"), api_key="any", max_retries=0) as client:
        yield client


def read(client, **fields):
    """The deltas of a stream, their joined text, and its chunks."""
    chunks = list(client.chat.completions.create(messages=ASK, stream=True, **fields))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return deltas, "".join(delta.content or "" for delta in deltas), chunks


def extras(deltas, name: str) -> list:
    return [item for delta in deltas for item in getattr(delta, name, None) or ()]


def test_openai_s_search_models_cite_in_one_late_chunk(client):
    deltas, text, _ = read(client, model="gpt-4o-search-preview", web_search_options={})
    told = [delta for delta in deltas if getattr(delta, "annotations", None)]
    assert len(told) == 1
    cited = [annotation["url_citation"] for annotation in told[0].annotations]
    places = [text[c["start_index"] : c["end_index"]] for c in cited]
    assert [place.split()[1] for place in places] == ["oldest", "second"]
    assert not extras(deltas, "executed_tools")
    whole = client.chat.completions.create(model="gpt-4o", messages=ASK, web_search_options={})
    message = whole.choices[0].message
    assert message.content == text
    assert [a.url_citation.url for a in message.annotations] == [c["url"] for c in cited]


def test_probabilities_stand_beside_each_token(client):
    _, text, chunks = read(client, model="gpt-4o", logprobs=True, top_logprobs=3, seed=1)
    told = [chunk.choices[0].logprobs for chunk in chunks]
    tokens = [token for logprobs in told if logprobs for token in logprobs.content]
    assert "".join(token.token for token in tokens) == text
    assert all(len(token.top_logprobs) == 3 for token in tokens)
    whole = client.chat.completions.create(
        model="gpt-4o", messages=ASK, logprobs=True, top_logprobs=3, seed=1
    )
    assert [t.token for t in whole.choices[0].logprobs.content] == [t.token for t in tokens]
    with pytest.raises(openai.BadRequestError, match="only allowed when 'logprobs'"):
        client.chat.completions.create(model="gpt-4o", messages=ASK, top_logprobs=3)


def test_spoken_answers_are_raw_sound_in_pieces_or_a_whole_file(client):
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
    deltas, text, _ = read(client, model="gpt-4o-audio-preview", **spoken)
    pieces = [delta.audio for delta in deltas if getattr(delta, "audio", None)]
    data = b"".join(base64.b64decode(piece.data) for piece in pieces if piece.data)
    words = "".join(piece.transcript or "" for piece in pieces).strip()
    assert not text
    assert len(data) > 4800
    assert pieces[0].id.startswith("audio_")
    assert pieces[-1].expires_at
    spoken["audio"]["format"] = "wav"
    whole = client.chat.completions.create(model="gpt-4o-audio-preview", messages=ASK, **spoken)
    audio = whole.choices[0].message.audio
    assert audio.transcript == words
    with wave.open(io.BytesIO(base64.b64decode(audio.data))) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        assert file.readframes(file.getnframes()) == data
    with pytest.raises(openai.BadRequestError, match="audio"):
        read(client, model="gpt-4o-audio-preview", **spoken)


def test_pictures_come_as_openrouter_has_them(client):
    more = {"modalities": ["image", "text"]}
    deltas, text, _ = read(client, model="google/gemini-2.5-flash", extra_body=more)
    (picture,) = extras(deltas, "images")
    assert base64.b64decode(picture["image_url"]["url"].partition(",")[2]).startswith(PNG)
    assert "picture" in text
    whole = client.chat.completions.create(
        model="google/gemini-2.5-flash", messages=ASK, extra_body=more
    )
    assert whole.choices[0].message.images == [picture]


def test_groq_tells_a_tool_when_it_begins_and_once_more_when_it_has_ended(sim):
    groq = pytest.importorskip("groq", reason=REASON)
    with groq.Groq(api_key="any", base_url=sim.base_url("groq"), max_retries=0) as client:
        deltas, text, _ = read(client, model="groq/compound")
        begun, ended = extras(deltas, "executed_tools")
        assert (begun.type, begun.index, begun.output) == ("search", 0, None)
        assert begun.search_results.results == []
        assert json.loads(begun.arguments) == {"query": "tides"}
        assert ended.index == 0
        assert ended.search_results.results[0].url == "https://example.com/tides"
        assert "https://example.com/tides" in ended.output
        tools = [{"type": "code_interpreter"}]
        deltas, _, _ = read(client, model="openai/gpt-oss-120b", tools=tools)
        begun, ended = extras(deltas, "executed_tools")
        assert (begun.type, ended.output) == ("python", "17\n")
        results = [result.to_dict() for result in ended.code_results]
        assert base64.b64decode(results[1]["png"]).startswith(PNG)
        whole = client.chat.completions.create(model="groq/compound", messages=ASK)
        message = whole.choices[0].message
        assert message.content == text
        assert message.executed_tools[0].search_results.results[0].title
    with groq.Groq(api_key="any", base_url=sim.base_url("groq"), max_retries=0) as client:
        for end, times in (("never", 1), ("twice", 3), ("failed", 2)):
            deltas, _, _ = read(
                client, model="groq/compound", extra_body={"sim": {"tool_end": end}}
            )
            assert len(extras(deltas, "executed_tools")) == times


def test_perplexity_repeats_its_sources_and_marks_the_text(client):
    _, text, chunks = read(client, model="sonar-pro")
    assert text.count("[1]") == text.count("[2]") == 1
    later = [chunk for chunk in chunks if chunk.choices[0].delta.content]
    assert all(chunk.citations[0] == "https://example.com/tides" for chunk in later)
    assert later[0].search_results[1]["title"] == "A history of tides"
    whole = client.chat.completions.create(model="sonar-pro", messages=ASK)
    assert whole.choices[0].message.content == text
    assert len(whole.citations) == 3


def test_xai_lists_its_sources_in_the_last_chunk(client):
    _, _, chunks = read(client, model="grok-4-search")
    told = [chunk for chunk in chunks if getattr(chunk, "citations", None)]
    assert told == [chunks[-1]]
    assert chunks[-1].citations == [
        "https://example.com/tides",
        "https://example.org/history/tides",
    ]


def test_mistral_refers_to_its_sources_between_the_words(sim):
    mistral = pytest.importorskip("mistralai.client", reason=REASON)
    with mistral.Mistral(api_key="any", server_url=sim.base_url("mistral")) as client:
        stream = client.chat.stream(model="mistral-search", messages=ASK)
        contents = [event.data.choices[0].delta.content for event in stream]
        parts = [part for content in contents if isinstance(content, list) for part in content]
        assert [part.reference_ids for part in parts] == [[0], [1]]
        assert "café" in "".join(c for c in contents if isinstance(c, str))


def test_what_came_besides_the_text_may_stand_in_the_history(client):
    whole = client.chat.completions.create(model="sim-show", messages=ASK)
    message = whole.choices[0].message
    assert message.executed_tools
    assert message.images
    history = [*ASK, message.to_dict(), {"role": "user", "content": "And once more?"}]
    again = client.chat.completions.create(model="sim-search", messages=history)
    assert again.choices[0].message.annotations
