"""Other libraries, used as their own documentation shows. Each runs in an environment of its own.

Nothing is imported until a subject is opened, because only one of these libraries is there.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from .subject import Subject
from .wire import TOOL

__all__ = ["PEERS", "Peer"]

MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "x"}]


def _load(name: str) -> Any:
    return importlib.import_module(name)


def _first_choice(chunk: Any) -> str | None:
    choices = chunk.choices
    if not choices:
        return None
    delta = choices[0].delta
    if delta.tool_calls:
        return str(delta.tool_calls[0].function.arguments)
    return delta.content  # type: ignore[no-any-return]


class OpenAI(Subject):
    """The openai SDK."""

    def open(self, base: str) -> None:
        self._client = _load("openai").OpenAI(api_key="x", base_url=base + "/v1")

    async def aopen(self, base: str) -> None:
        self._aclient = _load("openai").AsyncOpenAI(api_key="x", base_url=base + "/v1")

    async def aclose(self) -> None:
        await self._aclient.close()

    def stream(self, model: str) -> Iterator[Any]:
        create = self._client.chat.completions.create
        return create(model=model, messages=MESSAGES, stream=True)  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        create = self._aclient.chat.completions.create
        async for chunk in await create(model=model, messages=MESSAGES, stream=True):
            yield chunk

    def text(self, chunk: Any) -> str | None:
        return _first_choice(chunk)

    def whole(self, model: str) -> int:
        create = self._client.chat.completions.create
        return len(create(model=model, messages=MESSAGES).choices[0].message.content)

    async def awhole(self, model: str) -> int:
        create = self._aclient.chat.completions.create
        answer = await create(model=model, messages=MESSAGES)
        return len(answer.choices[0].message.content)

    def round(self, model: str) -> int:
        create, messages, count = self._client.chat.completions.create, [*MESSAGES], 0
        for last in (False, True):
            deltas = [
                chunk.choices[0].delta
                for chunk in create(model=model, messages=messages, tools=[TOOL], stream=True)
            ]
            if not last:
                messages += called(deltas)
            count = sum(1 for delta in deltas if delta.content)
        return count

    async def around(self, model: str) -> int:
        create, messages, count = self._aclient.chat.completions.create, [*MESSAGES], 0
        for last in (False, True):
            stream = await create(model=model, messages=messages, tools=[TOOL], stream=True)
            deltas = [chunk.choices[0].delta async for chunk in stream]
            if not last:
                messages += called(deltas)
            count = sum(1 for delta in deltas if delta.content)
        return count


def called(deltas: list[Any]) -> list[dict[str, Any]]:
    """The messages of the call in these deltas and of its result, as the SDK's users write them."""
    calls = [delta.tool_calls[0] for delta in deltas if delta.tool_calls]
    arguments = "".join(call.function.arguments for call in calls)
    function = {"name": calls[0].function.name, "arguments": arguments}
    call = {"id": calls[0].id, "type": "function", "function": function}
    result = json.loads(arguments)["text"]
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": result},
    ]


class Groq(OpenAI):
    """The groq SDK."""

    def open(self, base: str) -> None:
        self._client = _load("groq").Groq(api_key="x", base_url=base)

    async def aopen(self, base: str) -> None:
        self._aclient = _load("groq").AsyncGroq(api_key="x", base_url=base)


class Anthropic(Subject):
    """The anthropic SDK, on its own protocol."""

    def open(self, base: str) -> None:
        self._client = _load("anthropic").Anthropic(api_key="x", base_url=base)

    async def aopen(self, base: str) -> None:
        self._aclient = _load("anthropic").AsyncAnthropic(api_key="x", base_url=base)

    async def aclose(self) -> None:
        await self._aclient.close()

    def stream(self, model: str) -> Iterator[Any]:
        create = self._client.messages.create
        made: Iterator[Any] = create(model=model, max_tokens=64, messages=MESSAGES, stream=True)
        return made

    async def astream(self, model: str) -> AsyncIterator[Any]:
        create = self._aclient.messages.create
        stream = await create(model=model, max_tokens=64, messages=MESSAGES, stream=True)
        async for event in stream:
            yield event

    def text(self, chunk: Any) -> str | None:
        return chunk.delta.text if chunk.type == "content_block_delta" else None


class Cohere(Subject):
    """The cohere SDK, on its own protocol."""

    def open(self, base: str) -> None:
        self._client = _load("cohere").ClientV2(api_key="x", base_url=base)

    async def aopen(self, base: str) -> None:
        self._aclient = _load("cohere").AsyncClientV2(api_key="x", base_url=base)

    def stream(self, model: str) -> Iterator[Any]:
        return self._client.chat_stream(model=model, messages=MESSAGES)  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        async for event in self._aclient.chat_stream(model=model, messages=MESSAGES):
            yield event

    def text(self, chunk: Any) -> str | None:
        if chunk.type != "content-delta":
            return None
        return chunk.delta.message.content.text  # type: ignore[no-any-return]


class LiteLLM(Subject):
    """litellm, told not to download its price list."""

    def open(self, base: str) -> None:
        self._library = _load("litellm")
        self._how = {"api_base": base + "/v1", "api_key": "x", "stream": True}

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        complete = self._library.completion
        return complete(model="openai/" + model, messages=MESSAGES, **self._how)  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        complete = self._library.acompletion
        stream = await complete(model="openai/" + model, messages=MESSAGES, **self._how)
        async for chunk in stream:
            yield chunk

    def text(self, chunk: Any) -> str | None:
        return _first_choice(chunk)

    def whole(self, model: str) -> int:
        how = {**self._how, "stream": False}
        answer = self._library.completion(model="openai/" + model, messages=MESSAGES, **how)
        return len(answer.choices[0].message.content)

    async def awhole(self, model: str) -> int:
        how = {**self._how, "stream": False}
        answer = await self._library.acompletion(model="openai/" + model, messages=MESSAGES, **how)
        return len(answer.choices[0].message.content)


class AnyLLM(Subject):
    """any-llm-sdk, with its client object."""

    def open(self, base: str) -> None:
        make = _load("any_llm").AnyLLM.create
        self._client = make("openai", api_key="x", api_base=base + "/v1")

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        return self._client.completion(model=model, messages=MESSAGES, stream=True)  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        complete = self._client.acompletion
        async for chunk in await complete(model=model, messages=MESSAGES, stream=True):
            yield chunk

    def text(self, chunk: Any) -> str | None:
        return _first_choice(chunk)

    def whole(self, model: str) -> int:
        answer = self._client.completion(model=model, messages=MESSAGES)
        return len(answer.choices[0].message.content)

    async def awhole(self, model: str) -> int:
        answer = await self._client.acompletion(model=model, messages=MESSAGES)
        return len(answer.choices[0].message.content)


class AISuite(Subject):
    """aisuite."""

    def open(self, base: str) -> None:
        make = _load("aisuite").Client
        self._client = make({"openai": {"api_key": "x", "base_url": base + "/v1"}})

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        create = self._client.chat.completions.create
        return create("openai:" + model, MESSAGES, stream=True)  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        create = self._client.chat.completions.acreate
        async for chunk in await create("openai:" + model, MESSAGES, stream=True):
            yield chunk

    def text(self, chunk: Any) -> str | None:
        return _first_choice(chunk)

    def whole(self, model: str) -> int:
        answer = self._client.chat.completions.create("openai:" + model, MESSAGES)
        return len(answer.choices[0].message.content)

    async def awhole(self, model: str) -> int:
        answer = await self._client.chat.completions.acreate("openai:" + model, MESSAGES)
        return len(answer.choices[0].message.content)


class PydanticAI(Subject):
    """pydantic-ai-slim, its direct model requests (no agent)."""

    def open(self, base: str) -> None:
        provider = _load("pydantic_ai.providers.openai").OpenAIProvider
        self._provider = provider(api_key="x", base_url=base + "/v1")
        self._model = _load("pydantic_ai.models.openai").OpenAIChatModel
        self._direct = _load("pydantic_ai.direct")
        message = _load("pydantic_ai.messages").ModelRequest
        self._messages = [message.user_text_prompt("x")]

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        begin = self._direct.model_request_stream_sync
        with begin(self._model(model, provider=self._provider), self._messages) as stream:
            yield from stream

    async def astream(self, model: str) -> AsyncIterator[Any]:
        begin = self._direct.model_request_stream
        async with begin(self._model(model, provider=self._provider), self._messages) as stream:
            async for event in stream:
                yield event

    def text(self, chunk: Any) -> str | None:
        # The first text of a part comes with its start.
        inner = getattr(chunk, "delta", None) if chunk.event_kind == "part_delta" else None
        if chunk.event_kind == "part_start":
            return getattr(chunk.part, "content", None) or getattr(chunk.part, "args", None)
        return getattr(inner, "content_delta", None) or getattr(inner, "args_delta", None)

    def whole(self, model: str) -> int:
        made = self._model(model, provider=self._provider)
        return len(self._direct.model_request_sync(made, self._messages).parts[0].content)

    async def awhole(self, model: str) -> int:
        made = self._model(model, provider=self._provider)
        answer = await self._direct.model_request(made, self._messages)
        return len(answer.parts[0].content)


class LLM(Subject):
    """llm, its OpenAI model classes."""

    def open(self, base: str) -> None:
        self._base = base + "/v1"
        self._models = _load("llm.default_plugins.openai_models")

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        made = self._models.Chat(model, model_name=model, api_base=self._base)
        return iter(made.prompt("x", stream=True, key="x"))

    async def astream(self, model: str) -> AsyncIterator[Any]:
        made = self._models.AsyncChat(model, model_name=model, api_base=self._base)
        async for text in made.prompt("x", stream=True, key="x"):
            yield text

    def text(self, chunk: Any) -> str | None:
        return chunk  # type: ignore[no-any-return]

    def whole(self, model: str) -> int:
        made = self._models.Chat(model, model_name=model, api_base=self._base)
        return len(made.prompt("x", stream=False, key="x").text())

    async def awhole(self, model: str) -> int:
        made = self._models.AsyncChat(model, model_name=model, api_base=self._base)
        return len(await made.prompt("x", stream=False, key="x").text())


class Chimeric03(Subject):
    """chimeric 0.3.0, which has our import name."""

    def open(self, base: str) -> None:
        self._client = _load("chimeric").Chimeric(base_url=base + "/v1", api_key="x")

    def _begin(self, model: str, name: str, *, stream: bool = True) -> Any:
        # A name that is not known beforehand makes it ask the server for its models each time.
        self._client._model_cache[model] = "custom"
        return getattr(self._client, name)(model, "x", stream=stream)

    def whole(self, model: str) -> int:
        return len(self._begin(model, "generate", stream=False).content)

    async def awhole(self, model: str) -> int:
        return len((await self._begin(model, "agenerate", stream=False)).content)

    async def aopen(self, base: str) -> None:
        self.open(base)

    def stream(self, model: str) -> Iterator[Any]:
        return self._begin(model, "generate")  # type: ignore[no-any-return]

    async def astream(self, model: str) -> AsyncIterator[Any]:
        async for chunk in await self._begin(model, "agenerate"):
            yield chunk

    def run(self, model: str, on_first: Callable[[], None]) -> int:
        count = 0
        for chunk in self._begin(model, "generate"):
            if chunk.delta:
                if not count:
                    on_first()
                count += 1
        return count

    async def arun(self, model: str, on_first: Callable[[], None]) -> int:
        count = 0
        async for chunk in await self._begin(model, "agenerate"):
            if chunk.delta:
                if not count:
                    on_first()
                count += 1
        return count

    def text(self, chunk: Any) -> str | None:
        return chunk.delta  # type: ignore[no-any-return]


class Peer:
    """How to install a library, and the least program that makes a client of it."""

    def __init__(self, requirement: str, make: Callable[[], Subject], first: str) -> None:
        self.requirement = requirement
        self.make = make
        self.first = first


PEERS: dict[str, Peer] = {
    "chimeric 0.3.0": Peer(
        "chimeric==0.3.0",
        Chimeric03,
        "from chimeric import Chimeric; Chimeric()",
    ),
    "openai": Peer("openai", OpenAI, "import openai; openai.OpenAI(api_key='x')"),
    "anthropic": Peer("anthropic", Anthropic, "import anthropic; anthropic.Anthropic(api_key='x')"),
    "groq": Peer("groq", Groq, "import groq; groq.Groq(api_key='x')"),
    "cohere": Peer("cohere", Cohere, "import cohere; cohere.ClientV2(api_key='x')"),
    "aisuite": Peer(
        "aisuite[openai]",
        AISuite,
        "import aisuite; aisuite.Client({'openai': {'api_key': 'x'}})",
    ),
    "llm": Peer("llm", LLM, "import llm; llm.get_model('gpt-4o')"),
    "any-llm": Peer(
        "any-llm-sdk[openai]",
        AnyLLM,
        "import any_llm; any_llm.AnyLLM.create('openai', api_key='x')",
    ),
    "pydantic-ai": Peer(
        "pydantic-ai-slim[openai]",
        PydanticAI,
        "from pydantic_ai.models.openai import OpenAIChatModel as M\n"
        "from pydantic_ai.providers.openai import OpenAIProvider as P\n"
        "M('gpt-4o', provider=P(api_key='x'))",
    ),
    "litellm": Peer("litellm", LiteLLM, "import litellm; litellm.completion"),
}
