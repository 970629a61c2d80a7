"""What Responses shows besides text, read by the official OpenAI SDK."""

from __future__ import annotations

import base64
from collections import Counter

import pytest
from chimeric_sim import Simulator

openai = pytest.importorskip("openai", reason="the official SDK is a test-only oracle")

ALL = [
    "web_search_call.action.sources",
    "code_interpreter_call.outputs",
    "file_search_call.results",
]
MCP = {
    "type": "mcp",
    "server_label": "library",
    "server_url": "https://mcp.example.com",
    "require_approval": "always",
}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def client(sim: Simulator):
    with openai.OpenAI(base_url=sim.base_url("openai"), api_key="any", max_retries=0) as client:
        yield client


def read(client, **fields):
    """All events of a stream, and the response that the SDK makes of them."""
    with client.responses.stream(**{"input": "Tell me about tides", **fields}) as stream:
        return list(stream), stream.get_final_response()


def kinds(response) -> list[str]:
    return [item.type for item in response.output]


def test_a_search_tells_its_phases_and_the_text_its_sources(client):
    events, response = read(
        client, model="gpt-5.4", tools=[{"type": "web_search"}], include=ALL[:1]
    )
    assert kinds(response) == ["web_search_call", "message"]
    search, message = response.output
    assert search.action.queries == ["tides"]
    assert search.action.sources[0].url == "https://example.com/tides"
    names = [event.type for event in events if "web_search_call" in event.type]
    assert [name.rpartition(".")[2] for name in names] == ["in_progress", "searching", "completed"]
    part = message.content[0]
    cited = [part.text[a.start_index : a.end_index] for a in part.annotations]
    assert cited[0].endswith("café in Zürich.")
    assert cited[1].startswith("A second hand")
    told = [e.annotation for e in events if e.type == "response.output_text.annotation.added"]
    assert [a.url for a in told] == [a.url for a in part.annotations]


def test_a_tool_of_the_service_s_own_is_played_by_any_model(client):
    tools = [
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "image_generation", "partial_images": 3},
    ]
    events, response = read(client, model="story", tools=tools, include=ALL)
    items = {item.type: item for item in response.output}
    assert items["file_search_call"].results[0].filename == "notes.md"
    code = items["code_interpreter_call"]
    assert code.code == "primes = [2, 3, 5, 7]\nprint(sum(primes))\n"
    written = "".join(
        e.delta for e in events if e.type == "response.code_interpreter_call_code.delta"
    )
    assert written == code.code
    picture, logs = code.outputs
    assert base64.b64decode(picture.url.partition(",")[2]).startswith(PNG)
    assert logs.logs == "17\n"
    previews = [e for e in events if e.type == "response.image_generation_call.partial_image"]
    assert [e.partial_image_index for e in previews] == [0, 1, 2]
    assert all(base64.b64decode(e.partial_image_b64).startswith(PNG) for e in previews)
    assert base64.b64decode(items["image_generation_call"].result).startswith(PNG)
    annotations = [
        a.type
        for item in response.output
        if item.type == "message"
        for part in item.content
        for a in part.annotations
    ]
    assert annotations == ["file_citation", "file_citation", "container_file_citation"]


def test_whole_answers_have_the_items_of_streamed_ones(client):
    _, streamed = read(client, model="sim-show", include=ALL)
    whole = client.responses.create(model="sim-show", input="Tell me about tides", include=ALL)
    assert kinds(whole) == kinds(streamed)
    assert whole.output_text == streamed.output_text
    assert set(kinds(whole)) >= {"web_search_call", "mcp_list_tools", "mcp_call", "reasoning"}
    plain = client.responses.create(model="sim-code", input="x")
    assert plain.output[0].outputs is None


def test_an_mcp_call_waits_for_its_approval(client):
    asked = client.responses.create(model="gpt-5.4", input="Tell me about tides", tools=[MCP])
    assert kinds(asked) == ["mcp_list_tools", "mcp_approval_request"]
    assert asked.status == "completed"
    request = asked.output[1]
    assert (request.name, request.server_label) == ("ask", "library")
    word = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": True}
    events, allowed = read(
        client, model="gpt-5.4", tools=[MCP], previous_response_id=asked.id, input=[word]
    )
    assert kinds(allowed) == ["mcp_call", "message"]
    assert allowed.output[0].approval_request_id == request.id
    assert allowed.output[0].output in allowed.output_text
    arguments = "".join(e.delta for e in events if e.type == "response.mcp_call_arguments.delta")
    assert arguments == allowed.output[0].arguments
    history = [
        {"role": "user", "content": "Tell me about tides"},
        *[item.to_dict() for item in asked.output],
        {**word, "approve": False, "reason": "too dear"},
    ]
    denied = client.responses.create(model="gpt-5.4", tools=[MCP], input=history, store=False)
    assert kinds(denied) == ["message"]
    assert "too dear" in denied.output_text
    unknown = {**word, "approval_request_id": "mcpr_unknown"}
    with pytest.raises(openai.BadRequestError, match="No approval request found"):
        client.responses.create(model="gpt-5.4", tools=[MCP], input=[*history[:1], unknown])


def test_items_of_tools_go_back_in_the_history(client):
    first = client.responses.create(model="sim-show", input="Tell me about tides", store=False)
    history = [
        {"role": "user", "content": "Tell me about tides"},
        *[item.to_dict() for item in first.output],
        {"role": "user", "content": "Search again"},
    ]
    again = client.responses.create(model="sim-search", input=history, store=False)
    assert kinds(again) == ["web_search_call", "message"]
    search = next(item for item in history if item.get("type") == "web_search_call")
    search["id"] = "fc_1"
    with pytest.raises(openai.BadRequestError, match="begins with 'ws'"):
        client.responses.create(model="sim-search", input=history, store=False)


def test_tools_end_as_they_are_asked_to(client):
    for end, statuses in (
        ("completed", ["completed"]),
        ("failed", ["failed"]),
        ("never", []),
        ("twice", ["completed", "completed"]),
    ):
        stream = client.responses.create(
            model="sim-search", input="x", stream=True, extra_body={"sim": {"tool_end": end}}
        )
        events = list(stream)
        done = [
            e.item.status
            for e in events
            if e.type == "response.output_item.done" and e.item.type == "web_search_call"
        ]
        assert done == statuses, end
        assert events[-1].type == "response.completed"
        counted = Counter(e.type for e in events)
        told = {"completed": 1, "twice": 2}.get(end, 0)
        assert counted["response.web_search_call.completed"] == told


def test_probabilities_come_with_the_tokens(client):
    wanted = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    events, response = read(client, model="echo", input="Hello there", **wanted)
    tokens = [e.logprobs[0] for e in events if e.type == "response.output_text.delta"]
    assert "".join(token.token for token in tokens) == "Hello there"
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in tokens)
    part = response.output[0].content[0]
    assert [p.token for p in part.logprobs] == [token.token for token in tokens]


def test_xai_cites_at_the_end_and_without_places(client):
    events, response = read(client, model="grok-4", tools=[{"type": "web_search"}])
    cited = response.output[1].content[0].annotations
    assert [a.url for a in cited] == [
        "https://example.com/tides",
        "https://example.org/history/tides",
    ]
    assert "start_index" not in cited[0].to_dict()
    order = [e.type.rpartition("response.")[2] for e in events]
    last_delta = max(i for i, name in enumerate(order) if name == "output_text.delta")
    assert order.index("output_text.annotation.added") > last_delta


def test_xai_s_search_of_x_looks_like_a_client_s_tool(client):
    tools = [{"type": "x_search"}]
    asked = {"model": "grok-4", "input": "Tell me about tides", "tools": tools}
    events = list(client.responses.create(**asked, stream=True))
    response = events[-1].response
    assert kinds(response) == ["custom_tool_call", "message"]
    call = response.output[0]
    assert (call.name, call.call_id[:8]) == ("x_keyword_search", "xs_call_")
    written = "".join(e.delta for e in events if e.type == "response.custom_tool_call_input.delta")
    assert written == call.input == '{"query": "tides"}'
    history = [
        {"role": "user", "content": "Tell me about tides"},
        *[item.to_dict() for item in response.output],
        {"role": "user", "content": "And once more?"},
    ]
    again = client.responses.create(model="grok-4", tools=tools, input=history, store=False)
    assert kinds(again) == ["custom_tool_call", "message"]


def test_several_servers_and_tools_are_played_one_after_the_other(client):
    free = {**MCP, "require_approval": "never"}
    tools = [free, {**free, "server_label": "archive"}, {"type": "web_search"}]
    response = client.responses.create(model="sim-search", input="Tides?", tools=tools)
    assert kinds(response)[::2] == ["web_search_call", "mcp_list_tools", "message", "mcp_call"]
    labels = [item.server_label for item in response.output if item.type == "mcp_call"]
    assert labels == ["library", "archive"]


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({"type": "image_generation", "partial_images": 4}, "tools[0].partial_images"),
        ({"type": "image_generation", "partial_images": 1.5}, "tools[0].partial_images"),
        ({"type": "file_search"}, "tools[0].vector_store_ids"),
        ({"type": "code_interpreter"}, "tools[0].container"),
        ({"type": "mcp", "server_url": "https://mcp.example.com"}, "tools[0].server_label"),
        ({"type": "mcp", "server_label": "library"}, "tools[0].server_url"),
        ({**MCP, "require_approval": "sometimes"}, "tools[0].require_approval"),
    ],
)
def test_tools_that_are_asked_for_badly_are_refused(client, tool, param):
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="gpt-5.4", input="x", tools=[tool])
    assert refused.value.param == param
