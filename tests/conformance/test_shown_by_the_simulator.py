"""What the simulator shows, seen through Chimeric's own client."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

from chimeric import Chimeric, RequestTimeoutError, Timeout

KINDS = {
    "openai:sim-show": {
        "web_search",
        "file_search",
        "code_execution",
        "image_generation",
        "mcp",
    },
    "anthropic:claude-show": {"web_search", "web_fetch", "code_execution", "mcp"},
    "google:gemini-3-show": {"web_search", "web_fetch", "file_search", "code_execution"},
    "groq:sim-show": {"web_search", "web_fetch", "code_execution"},
    "sim:show": {"web_search", "web_fetch", "code_execution"},
    "openrouter:sim/show": {"web_search", "web_fetch", "code_execution"},
    "bedrock:amazon.nova-show": {"web_search", "code_execution"},
}
WITH_PICTURES = set(KINDS) - {"anthropic:claude-show"}
WITHOUT_CITATIONS = ("groq:sim-show",)


@pytest.fixture
def client(sim: Simulator):
    names = {model.partition(":")[0] for model in KINDS} | {"cohere"}
    keys = dict.fromkeys(names - {"sim"}, "any") | {"bedrock": "any"}
    with Chimeric(
        base_urls={name: sim.base_url(name) for name in names}, api_keys=keys, max_retries=0
    ) as client:
        yield client


def parts(response) -> list[str]:
    return sorted(type(part).__name__ for part in response.parts)


@pytest.mark.parametrize("model", KINDS)
def test_every_provider_shows_what_its_protocol_tells(client, model):
    stream = client.generate(model, "Tell me about tides", stream=True)
    chunks = list(stream)
    tools = [tool for chunk in chunks for tool in chunk.server_tools]
    assert {tool.kind for tool in tools} == KINDS[model]
    ends = [tool.id for tool in tools if tool.status in ("completed", "failed")]
    assert sorted(ends) == sorted({tool.id for tool in tools})
    files = [file for chunk in chunks for file in chunk.files]
    assert any(not file.partial for file in files)
    if model in WITH_PICTURES:
        assert any(type(file.part).__name__ == "ImagePart" for file in files)
    citations = [citation for chunk in chunks for citation in chunk.citations]
    if model not in WITHOUT_CITATIONS:
        assert citations[0].url == "https://example.com/tides"
    text = "".join(chunk.delta or "" for chunk in chunks)
    assert stream.response.content == text
    assert "add up to 17" in text
    assert stream.response.finish_reason == "stop"
    whole = client.generate(model, "Tell me about tides")
    assert whole.content == text
    # Whole answers of some protocols do not tell the order.
    assert parts(whole) == parts(stream.response)


def test_citations_have_their_places_in_their_block(client):
    for model in ("openai:sim-search", "google:gemini-search", "cohere:command-search"):
        stream = client.generate(model, "Tell me about tides", stream=True)
        texts: dict[int | None, str] = {}
        cited = []
        for chunk in stream:
            texts[chunk.block] = texts.get(chunk.block, "") + (chunk.delta or "")
            cited += [(chunk.block, c) for c in chunk.citations if c.start is not None]
        words = [texts[block][c.start : c.end] for block, c in cited]
        assert words[0].endswith("café in Zürich."), model
        assert words[1].startswith("A second hand"), model


def test_probabilities_are_told_where_they_are_asked_for(client):
    stream = client.generate("sim:echo", "Hello there", stream=True, logprobs=True, top_logprobs=2)
    tokens = [token for chunk in stream for token in chunk.logprobs]
    assert "".join(token.token for token in tokens) == "Hello there"
    assert len(tokens[0].top) == 2


def test_a_search_lives_while_it_says_so_and_dies_in_silence(client):
    timeout = Timeout(first=2.2, gap=2.2)
    for gap, lives in ((0.2, True), (0, False)):
        slow = {"sim": {"tool_delay": 6, "phase_gap": gap}}
        stream = client.generate(
            "openai:sim-search", "Tides?", stream=True, timeout=timeout, extra_body=slow
        )
        if lives:
            assert stream.collect().content
        else:
            with pytest.raises(RequestTimeoutError, match="gap"):
                stream.collect()


@pytest.mark.parametrize("end", ["failed", "never", "twice"])
@pytest.mark.parametrize("model", ["openai:sim-search", "anthropic:sim-search", "sim:search"])
def test_a_tool_that_ends_badly_ends_once(client, model, end):
    stream = client.generate(model, "Tides?", stream=True, extra_body={"sim": {"tool_end": end}})
    tools = [tool for chunk in stream for tool in chunk.server_tools]
    ends = [tool.status for tool in tools if tool.status in ("completed", "failed")]
    assert len(ends) == 1
    if end == "failed" and model != "sim:search":
        assert ends == ["failed"]


def test_large_previews_arrive_whole(client):
    big = {"sim": {"image_bytes": 3_000_000, "previews": 2}}
    stream = client.generate("openai:sim-image", "A tide", stream=True, extra_body=big)
    files = [file for chunk in stream for file in chunk.files]
    assert [file.partial for file in files] == [True, True, False]
    assert len({file.id for file in files}) == 1
    assert all(len(file.part.data or file.part.url) > 4_000_000 for file in files)


@pytest.mark.parametrize("model", [*KINDS, "cohere:command-search"])
def test_what_was_shown_goes_back_and_is_taken(client, model):
    ask = {"role": "user", "content": "Tell me about tides"}
    stream = client.generate(model, [ask], stream=True)
    first = stream.collect()
    again = client.generate(model, [ask, *first.messages, {"role": "user", "content": "Again?"}])
    assert again.finish_reason == "stop"
    assert "café" in again.content


@pytest.mark.parametrize(("word", "said"), [("true", "It says"), ("false", "did not want")])
def test_an_approval_is_a_call_that_the_caller_answers(client, word, said):
    mcp = {"type": "mcp", "server_label": "library", "server_url": "https://mcp.example.com"}
    ask = {"role": "user", "content": "Tell me about tides"}
    first = client.generate("openai:gpt-5.4", [ask], tools=[mcp], auto_tool=False)
    (call,) = first.tool_calls
    assert call.parsed()["name"] == "ask"
    answer = {"role": "tool", "tool_call_id": call.id, "content": word}
    history = [ask, *first.messages, answer]
    second = client.generate("openai:gpt-5.4", history, tools=[mcp], auto_tool=False)
    assert said in second.content
