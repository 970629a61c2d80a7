"""The Interactions API: the official Google SDK and ours against the simulator, side by side."""

from __future__ import annotations

import base64

import httpx
import pytest
from chimeric_sim import Simulator

from chimeric import AudioPart, Chimeric, FilePart, ImagePart, Message, TextPart, Tool, ToolName

genai = pytest.importorskip("google.genai", reason="the official SDK is a test-only oracle")

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "name": "weather", "description": "Tells it.", "parameters": SCHEMA}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
PDF = base64.b64encode(b"%PDF-1.7\n").decode()
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
MODEL = "gemini-3.8-flash"
DIFFERENT = {
    "accept-encoding": "ours asks for streams without compression",
    "api-revision": "the pages of the API ask for it; the SDK sends it over its WebSocket only",
    "connection": "of httpx, the same in both",
    "content-length": "of the body, which is compared as such",
    "host": "the simulator",
    "user-agent": "each says who it is",
    "x-goog-api-client": "says once more who the SDK is",
}
"""Headers that need not be the same, and why."""


@pytest.fixture
def theirs(sim: Simulator):
    options = genai.types.HttpOptions(base_url=sim.base_url("google"), api_version="v1beta")
    client = genai.Client(api_key="any", http_options=options)
    yield client.interactions
    client.close()


@pytest.fixture
def ours(sim: Simulator):
    urls = {"google": sim.base_url("google")}
    with Chimeric(
        base_urls=urls, google_api_key="any", google_api="interactions", max_retries=0
    ) as made:
        yield made


def user(*contents):
    return {"type": "user_input", "content": [*contents]}


def words(text):
    return {"type": "text", "text": text}


# --- requests ------------------------------------------------------------------------------------

ASKED = {
    "a word": ({"input": [user(words("Hi"))]}, "Hi", {}),
    "all settings": (
        {
            "input": [user(words("Hi"))],
            "system_instruction": "Be brief.",
            "generation_config": {
                "temperature": 0.5,
                "top_p": 0.5,
                "max_output_tokens": 20,
                "seed": 3,
                "stop_sequences": ["x"],
                "thinking_level": "low",
                "thinking_summaries": "auto",
            },
        },
        [Message("system", "Be brief."), Message("user", "Hi")],
        {
            "temperature": 0.5,
            "top_p": 0.5,
            "max_tokens": 20,
            "seed": 3,
            "stop": ["x"],
            "reasoning_effort": "low",
        },
    ),
    "a schema": (
        {
            "input": [user(words("Hi"))],
            "response_format": {
                "type": "text",
                "mime_type": "application/json",
                "schema": SCHEMA,
            },
        },
        "Hi",
        {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
    ),
    "tools": (
        {
            "input": [user(words("Hi"))],
            "tools": [WEATHER, {"type": "google_search"}],
            "generation_config": {
                "tool_choice": {"allowed_tools": {"mode": "any", "tools": ["weather"]}}
            },
        },
        "Hi",
        {
            "tools": [
                Tool(name="weather", description="Tells it.", parameters=SCHEMA),
                {"type": "google_search"},
            ],
            "tool_choice": ToolName("weather"),
        },
    ),
    "media": (
        {
            "input": [
                user(
                    words("See"),
                    {"type": "image", "data": PNG, "mime_type": "image/png", "resolution": "low"},
                    {"type": "image", "uri": "https://a.example/x.png"},
                    {"type": "document", "data": PDF, "mime_type": "application/pdf"},
                    {"type": "audio", "data": WAV, "mime_type": "audio/wav"},
                    {"type": "video", "uri": "gs://a/b.mp4", "mime_type": "video/mp4"},
                )
            ]
        },
        [
            Message(
                "user",
                (
                    TextPart("See"),
                    ImagePart(data=PNG, media_type="image/png", detail="low"),
                    ImagePart(url="https://a.example/x.png"),
                    FilePart(data=PDF, media_type="application/pdf"),
                    AudioPart(data=WAV, media_type="audio/wav"),
                    FilePart(url="gs://a/b.mp4", media_type="video/mp4"),
                ),
            )
        ],
        {},
    ),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("case", ASKED)
def test_we_ask_as_the_sdk_asks(sim: Simulator, theirs, ours, case: str, stream: bool) -> None:
    said, messages, params = ASKED[case]
    answer = theirs.create(model=MODEL, store=False, **({"stream": True} if stream else {}), **said)
    if stream:
        list(answer)
    first = sim.requests[-1]
    mine = ours.generate(f"google:{MODEL}", messages, stream, auto_tool=False, **params)
    if stream:
        mine.collect()
    second = sim.requests[-1]
    assert first is not second
    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert (second.path, second.query) == (first.path, first.query)
    told = [{k: v for k, v in r.headers.items() if k not in DIFFERENT} for r in (first, second)]
    assert told[0] == told[1]


# --- answers -------------------------------------------------------------------------------------


def test_the_sdk_reads_what_the_simulator_says(theirs) -> None:
    whole = theirs.create(model=MODEL, input="A story about salt", store=False)
    assert whole.status == "completed"
    assert "salt" in "".join(c.text for s in whole.steps[1:] for c in s.content)
    assert whole.usage.total_tokens == whole.usage.total_input_tokens + (
        whole.usage.total_output_tokens + whole.usage.total_thought_tokens
    )
    config = {"max_output_tokens": 8}
    short = theirs.create(model=MODEL, input="x", generation_config=config, store=False)
    assert short.status == "incomplete"


def test_every_event_of_a_stream_is_one_that_the_sdk_knows(theirs) -> None:
    tools = [
        *({"type": name} for name in ("google_search", "url_context", "code_execution")),
        {"type": "file_search", "file_search_store_names": ["a"]},
        {"type": "mcp_server", "name": "library", "url": "https://a.example/"},
    ]
    asked = {"model": MODEL, "input": "Tell me about tides", "tools": tools, "store": False}
    events = list(theirs.create(stream=True, **asked))
    assert events[-1].event_type == "interaction.completed"
    assert [e for e in events if type(e).__name__.startswith("Unknown")] == []
    deltas = [e.delta for e in events if e.event_type == "step.delta"]
    assert [d for d in deltas if type(d).__name__.startswith("Unknown")] == []
    begun = [e.step.type for e in events if e.event_type == "step.start"]
    whole = theirs.create(**asked)
    assert [step.type for step in whole.steps] == begun


def test_the_steps_of_a_tool_turn_go_round_with_the_sdk(theirs) -> None:
    asked = {"model": MODEL, "tools": [WEATHER], "store": False}
    first = theirs.create(input=[user(words("Weather in Rome"))], **asked)
    assert first.status == "requires_action"
    steps = [step.model_dump(exclude_none=True) for step in first.steps]
    call = next(step for step in steps if step["type"] == "function_call")
    assert call["arguments"] == {"city": "Rome"}
    result = {"type": "function_result", "call_id": call["id"], "name": "weather", "result": "dry"}
    again = theirs.create(input=[user(words("Weather in Rome")), *steps, result], **asked)
    assert "dry" in again.steps[-1].content[0].text
    bare = [step for step in steps if step["type"] != "thought"]
    with pytest.raises(genai._interactions_errors.BadRequestError, match="thought_signature"):
        theirs.create(input=[user(words("Weather in Rome")), *bare, result], **asked)


def test_what_was_stored_is_gone_on_with(theirs, ours) -> None:
    kept = ours.generate(f"google:{MODEL}", "A story about salt", store=True)
    stored = kept.metadata["id"]
    again = ours.generate(f"google:{MODEL}", "And then?", previous_interaction_id=stored)
    assert again.metadata["id"] not in ("", stored)
    assert theirs.create(model=MODEL, input="And?", previous_interaction_id=stored).id
    with pytest.raises(genai._interactions_errors.NotFoundError):
        theirs.create(model=MODEL, input="And?", previous_interaction_id="v1_none")
    bare = ours.generate(f"google:{MODEL}", "Hi")
    assert "id" not in bare.metadata


REFUSED = {
    "a field of tomorrow": {"input": "Hi", "zzz": 1},
    "a setting of tomorrow": {"input": "Hi", "generation_config": {"zzz": 1}},
    "heat": {"input": "Hi", "generation_config": {"temperature": 3}},
    "a level": {"input": "Hi", "generation_config": {"thinking_level": "most"}},
    "nothing": {},
    "no content": {"input": [{"type": "user_input", "content": []}]},
    "a part of generateContent's": {"input": [{"type": "user_input", "content": [{"text": "a"}]}]},
    "a tool of generateContent's": {"input": "Hi", "tools": [{"googleSearch": {}}]},
    "a choice of nothing": {"input": "Hi", "generation_config": {"tool_choice": "any"}},
    "a result of no call": {
        "input": [{"type": "function_result", "call_id": "c", "name": "f", "result": "1"}]
    },
    "a call without a result": {
        "input": [
            user(words("Hi")),
            {"type": "function_call", "id": "c", "name": "f", "arguments": {}},
        ]
    },
    "a form without a type": {"input": "Hi", "response_format": {"schema": {}}},
    "a picture of no type": {"input": [{"type": "image", "data": PNG}]},
    "a background that is not stored": {"input": "Hi", "background": True, "store": False},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_service_does_not_take_is_an_error_with_a_word(sim: Simulator, case: str) -> None:
    body = {"model": MODEL, **REFUSED[case]}
    headers = {"x-goog-api-key": "any"}
    reply = httpx.post(f"{sim.url}/v1beta/interactions", json=body, headers=headers)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["code"] == "invalid_request"
    assert error["message"]


def test_an_agent_takes_no_settings_and_a_model_is_none(sim: Simulator) -> None:
    def status(**body) -> int:
        headers = {"x-goog-api-key": "any"}
        url = f"{sim.url}/v1beta/interactions"
        return httpx.post(url, json={"input": "Hi", **body}, headers=headers).status_code

    agent = {"agent": "deep-research-preview-04-2026"}
    assert status(**agent) == 200
    assert status(**agent, generation_config={"temperature": 1}) == 400
    assert status(**agent, response_format={"type": "text"}) == 400
    assert status(**agent, model=MODEL) == 400
    assert status() == 400


def test_a_missing_key_is_refused_as_for_all_of_gemini(sim: Simulator) -> None:
    reply = httpx.post(f"{sim.url}/v1beta/interactions", json={"model": MODEL, "input": "Hi"})
    assert reply.status_code == 403
    assert reply.json()["error"]["status"] == "PERMISSION_DENIED"
