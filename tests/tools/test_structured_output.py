"""Structured output through every provider: asked for in its own form, parsed, and growing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any, TypedDict

import msgspec
import pydantic
import pytest
from chimeric_chat_completions import strict_schema
from chimeric_sim import Simulator

from chimeric import (
    Chimeric,
    StreamChunk,
    StructuredOutputError,
    TranslationWarning,
    hookimpl,
)

from .served import Served, stream_of
from .speakers import SPEAKERS, WAYS, Speaker, Way, ask
from .test_call_streaming import CHAT, grows


class City(msgspec.Struct):
    name: str
    people: int
    tags: list[str] = []


@dataclasses.dataclass
class CityData:
    name: str
    people: int
    tags: list[str] = dataclasses.field(default_factory=list)


class CityDict(TypedDict):
    name: str
    people: int


class CityModel(pydantic.BaseModel):
    name: str
    people: int
    note: str | None = None


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
}
FORMATS = [City, CityData, CityDict, CityModel, SCHEMA]
PROMPT = "Tell me of Rome and its 3 million people."
ENFORCING = [speaker for speaker in SPEAKERS if speaker.provider != "deepseek"]

FORMS: dict[str, Callable[[Any], Any]] = {
    "responses": lambda body: body["text"]["format"]["schema"],
    "chat": lambda body: body["response_format"]["json_schema"]["schema"],
    "anthropic": lambda body: body["output_config"]["format"]["schema"],
    "interactions": lambda body: body["response_format"]["schema"],
    "google": lambda body: body["generationConfig"]["responseJsonSchema"],
    "vertex": lambda body: body["generationConfig"]["responseJsonSchema"],
    "cohere": lambda body: body["response_format"]["json_schema"],
    "ollama": lambda body: body["format"],
    "bedrock": lambda body: json.loads(
        body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]
    ),
}
STRICT = ("responses", "chat")


def form_of(speaker: Speaker) -> str:
    if speaker.options.get("api") in ("responses", "interactions"):
        return str(speaker.options["api"])
    if speaker.options.get("api") == "invoke":
        return "anthropic"
    return speaker.provider if speaker.provider in FORMS else "chat"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("speaker", ENFORCING, ids=lambda s: s.key)
@pytest.mark.parametrize("wanted", FORMATS, ids=lambda f: getattr(f, "__name__", "schema"))
def test_an_answer_in_a_form(
    client: Chimeric, simulator: Simulator, speaker: Speaker, wanted: Any
) -> None:
    way = WAYS[(FORMATS.index(wanted) + ENFORCING.index(speaker)) % len(WAYS)]
    answered = ask(client, speaker, way, PROMPT, "structured", response_format=wanted)
    response = answered.response
    body = simulator.requests[-1].body
    sent = FORMS[form_of(speaker)](body)
    assert {"name", "people"} <= set(sent["properties"])
    if form_of(speaker) in STRICT:
        assert sent == strict_schema(sent)
        told = body.get("response_format", {}).get("json_schema") or body["text"]["format"]
        assert told["strict"] is True
    parsed = response.parsed
    if wanted in (City, CityData, CityModel):
        assert isinstance(parsed, City | CityData | CityModel)
        assert type(parsed) is wanted
        parsed = {"name": parsed.name, "people": parsed.people}
    assert (parsed["name"], parsed["people"]) == ("Rome", 3)
    last: Any = {}
    for chunk in answered.chunks:
        value = chunk.partial
        assert grows(last, value if value is not None else {})
        last = json.loads(json.dumps(value)) or {}
    if answered.chunks:
        assert last == json.loads(response.content)


@pytest.mark.parametrize("way", WAYS)
def test_a_provider_that_enforces_nothing_is_told_the_schema(
    client: Chimeric, simulator: Simulator, way: Way
) -> None:
    (speaker,) = (s for s in SPEAKERS if s not in ENFORCING)
    with pytest.warns(TranslationWarning, match="enforces no schema"):
        response = ask(
            client, speaker, way, PROMPT, "structured", response_format={"type": "object"}
        ).response
    assert isinstance(response.parsed, dict)
    body = simulator.requests[-1].body
    assert body["response_format"] == {"type": "json_object"}
    assert '{"type":"object"}' in body["messages"][0]["content"]


def served(text: str, reason: str = "stop", **settings: Any) -> Served:
    said = [CHAT.say(text[i : i + 4]) for i in range(0, len(text), 4)]
    frames = CHAT.made_of(*said, *CHAT.finish(reason), *CHAT.terminal())
    return Served(stream_of(frames), **settings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "Rome"}', "stop"),
        ('{"name": "Rome", "people": "many"}', "stop"),
        ("I would rather not.", "stop"),
        ('{"name": "Rome", "people": 3', "length"),
        ("", "stop"),
    ],
    ids=["missing", "wrong type", "prose", "cut off", "empty"],
)
def test_an_answer_that_does_not_fit_is_an_error_with_its_text(text: str, reason: str) -> None:
    with served(text, reason) as server:
        stream = server.client.generate(
            "openai:m", PROMPT, stream=True, response_format=City, api="chat_completions"
        )
        chunks: list[Any] = []
        with pytest.raises(StructuredOutputError, match="does not fit the response_f") as error:
            chunks.extend(stream)
    partial = error.value.partial
    assert partial is not None
    assert partial.content == text
    assert partial.parsed is None
    assert partial.finish_reason == chunks[-1].finish_reason == reason
    assert partial.usage.total_tokens == 12


def test_a_structured_answer_may_come_after_tools(client: Chimeric) -> None:
    def population(city: str) -> int:
        """Count the people of a city."""
        return 3

    speaker = next(s for s in SPEAKERS if s.key == "openai-chat")
    response = ask(
        client,
        speaker,
        "stream",
        "How many people live in Rome? 3 million?",
        "tools",
        tools=[population],
        response_format=City,
    ).response
    assert response.tool_results
    assert isinstance(response.parsed, City)


def test_the_values_of_a_kept_stream_stay_what_they_were() -> None:
    with served('{"name":"Rome","people":3,"tags":["old","large"]}') as server:
        stream = server.client.generate(
            "openai:m", PROMPT, stream=True, response_format=City, api="chat_completions"
        )
        seen = [(chunk, json.dumps(chunk.partial)) for chunk in stream]
        assert [json.dumps(chunk.partial) for chunk, _ in seen] == [shown for _, shown in seen]
        assert stream.response.parsed == City("Rome", 3, ["old", "large"])


class Looking:
    """Middleware that looks at each chunk's value before the caller does, and may change it."""

    def __init__(self, changes: dict[str, str]) -> None:
        self.changes = changes
        self.seen: list[str] = []

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        if not chunk.delta:
            return chunk
        self.seen.append(json.dumps(chunk.partial))
        assert json.dumps(chunk.partial) == self.seen[-1]
        return chunk.replace(delta=self.changes.get(chunk.delta, chunk.delta))


@pytest.mark.parametrize("changes", [{}, {'"Rom': '"Bon', 'e","': 'n","'}])
def test_middleware_and_the_caller_see_the_same_growing_value(changes: dict[str, str]) -> None:
    looking = Looking(changes)
    text = '{"name":"Rome","people":3,"tags":["old","large"]}'
    with served(text, plugins=[looking]) as server:
        stream = server.client.generate(
            "openai:m", PROMPT, stream=True, response_format=City, api="chat_completions"
        )
        seen = [json.dumps(chunk.partial) for chunk in stream if chunk.delta]
    name = "Bonn" if changes else "Rome"
    assert json.loads(seen[-1]) == {"name": name, "people": 3, "tags": ["old", "large"]}
    assert looking.seen[-1] == seen[-1]
    assert changes or looking.seen == seen
