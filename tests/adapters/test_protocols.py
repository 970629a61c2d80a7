"""What servers were seen to send, through each adapter: no fault ends normally, nothing runs that
was not whole, and no text is lost or made up."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError
from tests.protocols.case import Case
from tests.protocols.cases import CASES

KEY = "sk-adapters-0123456789"


class Told(msgspec.Struct):
    """What a framework told of a case."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, Any]] = []
    error: BaseException | None = None
    cause: BaseException | None = None
    whole: bool = False


Play = Callable[[Case, str], Told]


def client_of(case: Case, url: str) -> Chimeric:
    return Chimeric(
        api_keys={case.provider: KEY}, base_urls={case.provider: url}, **_settings(case)
    )


def _settings(case: Case) -> dict[str, Any]:
    return {"api": case.api} if case.api else {}


def tools_of(case: Case) -> list[Any]:
    names = ("wipe", "look", "pay")
    return [{"name": name, "parameters": {"type": "object", "properties": {}}} for name in names]


def in_pydantic_ai(case: Case, url: str) -> Told:
    pytest.importorskip("pydantic_ai")
    from chimeric_pydantic_ai import ChimericModel
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    asked = ModelRequestParameters(
        function_tools=[ToolDefinition(name=tool["name"]) for tool in tools_of(case)]
    )
    told = Told()

    async def run() -> None:
        async with client_of(case, url) as client:
            model = ChimericModel(client, f"{case.provider}:m-1")
            request = [ModelRequest.user_text_prompt("Hello")]
            try:
                if not case.stream:
                    response = await model.request(request, None, asked)
                else:
                    async with model.request_stream(request, None, asked) as stream:
                        try:
                            async for _ in stream:
                                pass
                        finally:
                            response = stream.get()
                            told.text = response.text or ""
            except ModelAPIError as error:
                told.error, told.cause = error, error.__cause__
                return
            told.text = "".join(p.content for p in response.parts if p.part_kind == "text")
            thought = [p.content for p in response.parts if p.part_kind == "thinking"]
            told.reasoning = "".join(thought)
            told.calls = [(call.tool_name, call.args) for call in response.tool_calls]
            told.whole = response.state in ("complete", "suspended")

    asyncio.run(run())
    return told


def in_langchain(case: Case, url: str) -> Told:
    pytest.importorskip("langchain_core")
    from chimeric_langchain import ChatChimeric
    from langchain_core.exceptions import ModelError

    told = Told()
    with client_of(case, url) as client:
        model = ChatChimeric(model=f"{case.provider}:m-1", client=client)
        offered = [{"type": "function", "function": tool} for tool in tools_of(case)]
        asked = model.bind_tools(offered)
        try:
            if case.stream:
                message: Any = None
                for chunk in asked.stream("Hello"):
                    told.text += chunk.text
                    message = chunk if message is None else message + chunk
                    told.whole = chunk.chunk_position == "last"
            else:
                message = asked.invoke("Hello")
                told.text, told.whole = message.text, True
        except ModelError as error:
            told.error, told.cause = error, error
            told.whole = False
            return told
        told.reasoning = message.additional_kwargs.get("reasoning_content", "")
        told.calls = [(call["name"], call["args"]) for call in message.tool_calls]
        told.calls += [(call["name"], call["args"]) for call in _whole_but_no_object(message)]
    return told


def _whole_but_no_object(message: Any) -> list[Any]:
    """Invalid calls that are invalid for their arguments alone, not because they broke off."""
    return [
        call for call in message.invalid_tool_calls if not str(call["args"]).endswith(("]", "}"))
    ]


def in_llm(case: Case, url: str) -> Told:
    llm = pytest.importorskip("llm")
    from chimeric_llm.client import shared_client
    from chimeric_llm.models import ChimericModel
    from chimeric_llm.noted import Noted

    told = Told()
    shared_client.cache_clear()
    model = ChimericModel(Noted(id=f"{case.provider}:m-1", provider=case.provider))
    tools = [llm.Tool(name=tool["name"], input_schema={}) for tool in tools_of(case)]
    asked = model.prompt(
        "Hello",
        key=KEY,
        stream=case.stream,
        tools=tools,
        base_url=url,
        params=_settings(case) or None,
    )
    try:
        for text in asked:
            told.text += text
        told.reasoning = "".join(
            part.text
            for message in asked.messages()
            for part in message.parts
            if type(part).__name__ == "ReasoningPart"
        )
        told.calls = [(call.name, call.arguments) for call in asked.tool_calls()]
        told.whole = True
    except llm.ModelError as error:
        told.error, told.cause = error, error.__cause__
    finally:
        shared_client().close()
        shared_client.cache_clear()
    return told


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))


def _chosen() -> list[Case]:
    """One case of each kind that is streamed or whole, ends well or ill, calls or not.

    ``ADAPTERS=all`` in the environment chooses all, which takes minutes.
    """
    if os.environ.get("ADAPTERS") == "all":
        return CASES
    first: dict[Any, Case] = {}
    for case in CASES:
        if not case.custom_tools:
            first.setdefault((case.kind, case.stream, bool(case.errors), bool(case.calls)), case)
    named = [case for case in CASES if case.name in NAMED]
    return [*first.values(), *named]


NAMED = ("google a call that grows", "responses-refusal-done-elsewhere")
"""These were told wrongly once."""


@pytest.mark.parametrize("play", [in_pydantic_ai, in_langchain, in_llm])
@pytest.mark.parametrize("case", _chosen(), ids=lambda case: case.name)
def test_a_server_s_answer_is_told_as_it_is(case: Case, play: Play) -> None:
    if case.custom_tools:
        pytest.skip("its tool takes free text, which none of the frameworks offers")

    def handle(request: SeenRequest) -> Iterator[bytes]:
        kind = case.content_type if case.stream else "application/json"
        if case.stream and case.provider == "bedrock":
            kind = "application/vnd.amazon.eventstream"
        yield b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n" % kind.encode()
        yield b"content-length: %d\r\n\r\n" % len(case.body)
        yield case.body

    with LoopbackServer(handle) as server:
        told = play(case, server.url)
    if case.errors:
        assert told.error is not None
        assert not told.whole
        assert isinstance(told.cause, ChimericError)
        assert any(kind.__name__ in case.errors for kind in type(told.cause).__mro__)
        assert told.calls == []
        if case.stream:
            assert told.text == case.text
        return
    assert told.error is None, repr(told.error)
    assert told.whole
    if play is in_llm:  # it has no other place for a refusal
        assert told.text.startswith(case.text)
    else:
        assert told.text == case.text
    assert told.reasoning == (case.reasoning or "")
    assert [(name, _read(args)) for name, args in told.calls] == [
        (name, _read(args)) for name, args in case.calls
    ]


def _read(arguments: Any) -> Any:
    if isinstance(arguments, dict):
        return arguments.get("_raw", arguments)
    try:
        return msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        return arguments
