"""What applications do with the model: content, tools, output, callbacks, closing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import pytest
from chimeric_langchain import ChatChimeric
from chimeric_sim import Simulator
from chimeric_testing import LoopbackServer, SeenRequest
from langchain_core.exceptions import ModelAPIError, ModelRefusalError, OutputParserException
from langchain_core.load import dumpd, load
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from pydantic import BaseModel, ValidationError

from chimeric import Chimeric, ConfigurationError, UnknownParameterError, hookimpl

MODELS = ["openai:gpt-4o", "anthropic:claude-sonnet-4-5"]


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


class City(BaseModel):
    """A city."""

    name: str
    people: int


class Place(TypedDict):
    """A place."""

    name: str


def invoked(model: Any, asked: Any, **more: Any) -> Any:
    return model.invoke(asked, **more)


def streamed(model: Any, asked: Any, **more: Any) -> Any:
    first, *others = model.stream(asked, **more)
    return first + others


def awaited(model: Any, asked: Any, **more: Any) -> Any:
    return asyncio.run(model.ainvoke(asked, **more))


def async_streamed(model: Any, asked: Any, **more: Any) -> Any:
    async def run() -> Any:
        first, *others = [chunk async for chunk in model.astream(asked, **more)]
        return first + others

    return asyncio.run(run())


WAYS = [invoked, streamed, awaited, async_streamed]
Way = Callable[..., Any]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_tool_s_round_is_the_same_each_way(
    client: Chimeric, way: Way, name: str, version: str | None
) -> None:
    model = ChatChimeric(model=name, client=client, output_version=version).bind_tools([weather])
    messages: list[BaseMessage] = [HumanMessage("Weather in Rome?")]
    called = way(model, messages)
    (call,) = called.tool_calls
    assert (call["name"], call["args"]) == ("weather", {"city": "Rome"})
    assert called.response_metadata["finish_reason"] == "tool_calls"
    assert [b["id"] for b in called.content_blocks if b["type"] == "tool_call"] == [call["id"]]
    answer = way(model, [*messages, called, weather.invoke(call)])
    assert "sunny in Rome" in answer.text
    assert answer.usage_metadata["input_tokens"] > 0
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["provider"] == name.partition(":")[0]
    assert isinstance(answer.content, str if version is None else list)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["anthropic:claude-think", "openai:gpt-5-think"])
@pytest.mark.parametrize("version", [None, "v1"])
def test_thinking_is_a_block_and_its_signature_comes_back_from_a_stored_history(
    client: Chimeric, way: Way, name: str, version: str | None
) -> None:
    """The simulator refuses thinking without its signature, and encrypted items that are gone."""
    model = ChatChimeric(
        model=name, client=client, output_version=version, reasoning_effort="low", max_tokens=4000
    ).bind_tools([weather])
    messages: list[BaseMessage] = [HumanMessage("Weather in Rome?")]
    called = way(model, messages)
    thought = [b["reasoning"] for b in called.content_blocks if b["type"] == "reasoning"]
    assert "".join(thought)
    kept = load(json.loads(json.dumps(dumpd(called))), allowed_objects="all")
    assert way(model, [*messages, kept, weather.invoke(kept.tool_calls[0])]).text


def test_a_changed_answer_is_sent_as_it_was_changed(sim: Simulator, client: Chimeric) -> None:
    model = ChatChimeric(model="openai:gpt-4o", client=client)
    answer = model.invoke("Tell me of tides in 5 words")
    answer.content = "REDACTED"
    model.invoke([HumanMessage("Tides?"), answer, HumanMessage("Go on in 5 words")])
    assert "REDACTED" in str(sim.requests[-1].body)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("openai:gpt-4o", {"type": "web_search"}),
        ("anthropic:claude-sonnet-4-5", {"type": "web_search_20250305", "name": "web_search"}),
    ],
)
def test_a_search_of_the_provider_is_shown_with_its_sources(
    client: Chimeric, way: Way, name: str, form: dict[str, Any]
) -> None:
    model = ChatChimeric(model=name, client=client, output_version="v1").bind_tools([form])
    blocks = way(model, "When is high tide?").content_blocks
    (call,) = [block for block in blocks if block["type"] == "server_tool_call"]
    (result,) = [block for block in blocks if block["type"] == "server_tool_result"]
    assert call["name"] == "web_search"
    assert call["args"]["queries"]
    assert result["tool_call_id"] == call["id"]
    assert result["status"] == "success"
    cited = [a for b in blocks if b["type"] == "text" for a in b.get("annotations", [])]
    assert cited[0]["type"] == "citation"
    assert cited[0]["url"].startswith("https://")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
@pytest.mark.parametrize("name", MODELS)
def test_structured_output_is_of_its_type(
    client: Chimeric, way: Way, method: Any, name: str
) -> None:
    model = ChatChimeric(model=name, client=client)
    asked = "Tell me of Oslo, 700000"
    city = model.with_structured_output(City, method=method)
    place = model.with_structured_output(Place, method=method)
    if way in (invoked, awaited):
        assert way(city, asked) == City(name="Oslo", people=700000)
        assert way(place, asked) == {"name": "Oslo"}
    else:
        last = list(city.stream(asked))[-1]
        assert last == City(name="Oslo", people=700000)


def test_json_mode_asks_for_any_object(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:gpt-4o", client=client)
    answer = model.with_structured_output(
        {"title": "Any", "type": "object", "properties": {}}, method="json_mode"
    ).invoke("Say it in JSON")
    assert isinstance(answer, dict)


def test_output_that_fits_no_schema_is_the_parser_s_to_judge(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:echo", client=client)
    with pytest.raises(OutputParserException):
        model.with_structured_output(City).invoke("no JSON at all")
    raw = model.with_structured_output(City, include_raw=True).invoke("no JSON at all")
    assert raw["raw"].text == "no JSON at all"
    assert isinstance(raw["parsing_error"], OutputParserException)


def test_another_method_is_refused(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:echo", client=client)
    with pytest.raises(ValueError, match="json_schema"):
        model.with_structured_output(City, method="by magic")  # type: ignore[arg-type]


def chat_answer(*deltas: dict[str, Any], reason: str) -> Callable[[SeenRequest], Iterator[bytes]]:
    """Serves a chat completion that is streamed in these pieces."""

    def serve(request: SeenRequest) -> Iterator[bytes]:
        events = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
        events.append({"index": 0, "delta": {}, "finish_reason": reason})
        lines = [f"data: {json.dumps({'id': 'c', 'choices': [event]})}\n\n" for event in events]
        body = ("".join(lines) + "data: [DONE]\n\n").encode()
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        yield b"content-length: %d\r\n\r\n%b" % (len(body), body)

    return serve


def compatible(server: LoopbackServer) -> Chimeric:
    return Chimeric(base_urls={"compatible": f"{server.url}/v1"}, max_retries=0)


def call_pieces(*pieces: str) -> list[dict[str, Any]]:
    def piece(text: str, **first: Any) -> dict[str, Any]:
        function = {"arguments": text, **({"name": "wipe"} if first else {})}
        return {"tool_calls": [{"index": 0, "function": function, **first}]}

    return [piece(pieces[0], id="c1"), *map(piece, pieces[1:])]


@pytest.mark.parametrize(
    "pieces",
    [
        ('{"what": ', '"ev'),
        ('{"what": "every\\',),
        ('{"what": ["a", {"b": 1',),
        ('{"what": "a", "deep": [1, 2',),
        ('{"what": "a"',),
        ("",),
    ],
)
@pytest.mark.parametrize("version", [None, "v1"])
def test_a_call_that_broke_off_is_no_tool_call(pieces: tuple[str, ...], version: Any) -> None:
    """LangChain would complete its arguments, and an agent would run it."""
    with (
        LoopbackServer(chat_answer(*call_pieces(*pieces), reason="length")) as server,
        compatible(server) as client,
    ):
        model = ChatChimeric(model="compatible:m", client=client, output_version=version)
        message = streamed(model, "Wipe it")
    assert message.tool_calls == []
    assert [call["name"] for call in message.invalid_tool_calls] == ["wipe"]
    assert not [block for block in message.content_blocks if block["type"] == "tool_call"]


def test_unicode_in_arguments_stays_as_it_is() -> None:
    pieces = call_pieces('{"name": "', "你好啊集团", '"}')
    with (
        LoopbackServer(chat_answer(*pieces, reason="tool_calls")) as server,
        compatible(server) as client,
    ):
        message = streamed(ChatChimeric(model="compatible:m", client=client), "你好啊集团")
        assert message.tool_calls[0]["args"] == {"name": "你好啊集团"}
        list(ChatChimeric(model="compatible:m", client=client).stream([HumanMessage("?"), message]))
        assert "你好啊集团" in server.requests[-1].body.decode()


REFUSED = ({"refusal": "I "}, {"refusal": "won't"})


def test_a_refusal_is_a_block_and_an_error_where_output_was_wanted() -> None:
    with (
        LoopbackServer(chat_answer(*REFUSED, reason="stop")) as server,
        compatible(server) as client,
    ):
        model = ChatChimeric(model="compatible:m", client=client, streaming=True)
        message = streamed(model, "Do it")
        (block,) = [b for b in message.content_blocks if b["type"] == "refusal"]
        assert block["refusal"] == "I won't"
        with pytest.raises(ModelRefusalError):
            model.with_structured_output(City).invoke("Do it")


def test_pictures_sounds_and_files_of_every_form_are_sent(sim: Simulator, client: Chimeric) -> None:
    model = ChatChimeric(model="anthropic:claude-sonnet-4-5", client=client)
    data, paper = "iVBORw0KGgo=", "JVBERi0xLjQ="
    blocks: list[Any] = [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "base64": data, "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": data, "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "file", "base64": paper, "mime_type": "application/pdf"},
        {"type": "text-plain", "text": "plain words", "mime_type": "text/plain"},
    ]
    model.invoke([SystemMessage("Look."), HumanMessage(blocks)])
    sent = str(sim.requests[-1].body)
    assert sent.count("'image'") == 4
    assert "application/pdf" in sent
    assert "plain words" in sent


def test_a_tool_s_failure_and_its_pictures_are_sent(sim: Simulator, client: Chimeric) -> None:
    model = ChatChimeric(model="anthropic:claude-sonnet-4-5", client=client).bind_tools([weather])
    called = model.invoke("Weather in Rome?")
    picture = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
    given: dict[str, Any] = {"tool_call_id": called.tool_calls[0]["id"], "name": "weather"}
    results = ToolMessage(["so", picture], **given), ToolMessage("no", status="error", **given)
    sent = []
    for result in results:
        model.invoke([HumanMessage("Weather in Rome?"), called, result])
        sent += sim.requests[-1].body["messages"][-1]["content"]
    assert [part["type"] for part in sent[0]["content"]] == ["text", "image"]
    assert sent[1]["is_error"] is True


def test_a_message_that_no_provider_takes_is_refused(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:echo", client=client)
    with pytest.raises(ConfigurationError, match="FunctionMessage"):
        model.invoke([FunctionMessage("42", name="f")])


def test_parameters_of_the_model_of_a_call_and_of_ours_arrive(
    sim: Simulator, client: Chimeric
) -> None:
    model = ChatChimeric(
        model="openai:gpt-4o",
        client=client,
        temperature=0.25,
        seed=7,
        stop=["END"],
        params={"api": "chat_completions"},
    )
    model.invoke("Hi", max_tokens=50, top_p=0.5, user="ada")
    body = sim.requests[-1].body
    sent = {key: body[key] for key in ("temperature", "top_p", "seed", "stop", "user")}
    assert sent == {"temperature": 0.25, "top_p": 0.5, "seed": 7, "stop": ["END"], "user": "ada"}
    assert body["max_completion_tokens"] == 50


def test_a_field_that_is_not_there_is_refused_and_so_is_a_misspelt_parameter(
    client: Chimeric,
) -> None:
    with pytest.raises(ValidationError, match="temprature"):
        ChatChimeric(model="openai:echo", client=client, temprature=1)  # type: ignore[call-arg]
    with pytest.raises(UnknownParameterError, match="temperature"):
        ChatChimeric(model="openai:echo", client=client).invoke("Hi", temprature=1)


def test_a_tool_without_a_schema_is_offered_as_one_that_takes_nothing(client: Chimeric) -> None:
    bare = {"type": "function", "function": {"name": "now", "description": "The time."}}
    model = ChatChimeric(model="openai:gpt-4o", client=client)
    message = model.bind_tools([bare], tool_choice="now").invoke("What time is it?")
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("now", {})]


@pytest.mark.parametrize(
    ("choice", "called"), [("any", True), ("weather", True), ("none", False), (False, True)]
)
def test_tool_choices_arrive(client: Chimeric, choice: Any, called: bool) -> None:
    model = ChatChimeric(model="openai:gpt-4o", client=client)
    message = model.bind_tools([weather], tool_choice=choice).invoke("Weather in Rome?")
    assert bool(message.tool_calls) is called


def test_middleware_of_the_client_works_inside(client: Chimeric) -> None:
    class Shout:
        @hookimpl
        def chimeric_process_chunk(self, chunk: Any, context: Any) -> Any:
            return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk

    model = ChatChimeric(model="openai:echo", client=client, params={"use": [Shout()]})
    assert model.invoke("hello").text == "HELLO"
    assert streamed(model, "hello").text == "HELLO"


def test_events_of_the_third_version_have_every_kind_of_block(client: Chimeric) -> None:
    model = ChatChimeric(model="anthropic:claude-think", client=client, reasoning_effort="low")
    stream = model.bind_tools([weather]).stream_events("Weather in Rome?", version="v3")
    kinds = {
        event["content"]["type"] for event in stream if event["event"] == "content-block-finish"
    }
    assert {"reasoning", "tool_call"} <= kinds
    assert stream.output.tool_calls[0]["args"] == {"city": "Rome"}


def test_a_model_that_fails_falls_back_to_the_next(client: Chimeric) -> None:
    broken = ChatChimeric(
        model="openai:gpt-4o", client=client, params={"extra_body": {"sim": {"status": 503}}}
    )
    good = ChatChimeric(model="anthropic:echo", client=client)
    steady = broken.with_fallbacks([good], exceptions_to_handle=(ModelAPIError,))
    assert steady.invoke("good day").text == "good day"
    assert streamed(steady, "good day").text == "good day"


def test_one_model_serves_one_event_loop_after_the_other(client: Chimeric) -> None:
    model = ChatChimeric(model="openai:echo", client=client)
    for number in range(3):
        assert async_streamed(model, str(number)).text == str(number)
    assert model.invoke("and none").text == "and none"


def test_a_message_pickles_and_copies(client: Chimeric) -> None:
    message = ChatChimeric(model="openai:gpt-4o", client=client).invoke("Hi in 3 words")
    assert isinstance(message.model_copy(deep=True), AIMessage)
