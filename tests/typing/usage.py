"""How Chimeric is used, for the type checkers: this file is checked and never run."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, assert_type

import msgspec
from chimeric_batch import AsyncBatch, BatchResult, agenerate_many, generate_many

from chimeric import (
    AsyncStream,
    Capabilities,
    Chimeric,
    CompletionResponse,
    Context,
    Delta,
    Endpoint,
    ErrorInfo,
    Event,
    FinishReason,
    HTTPRequest,
    HTTPResponse,
    Message,
    Model,
    ModelInfo,
    PluginInfo,
    Prices,
    Provider,
    ProviderConfig,
    RateLimitError,
    Request,
    Stream,
    StreamChunk,
    StreamInterruptedError,
    Timeout,
    Tool,
    ToolCallChunk,
    ToolExecutionResult,
    Usage,
    hookimpl,
    plugins,
)


class Weather(msgspec.Struct):
    """An answer's type."""

    city: str
    celsius: float


def clients() -> None:
    """Construction."""
    Chimeric()
    Chimeric(
        api_keys={"openai": "sk-1"},
        base_urls={"openai": "http://localhost:8000"},
        timeout=Timeout(read=30),
        max_retries=0,
        default_headers={"x-team": "blue"},
        disable_plugins=["sim"],
        strict=True,
        anthropic_api_key="sk-2",
    )
    Chimeric(base_url="http://localhost:8000", api_key="none", timeout=10)
    with Chimeric() as client:
        assert_type(client, Chimeric)
        assert_type(client.available_providers, list[str])
        assert_type(client.capabilities, dict[str, Capabilities])
        assert_type(client.get_capabilities("openai").tools, bool)
        assert_type(client.list_models("openai"), list[Model])
        assert_type(client.model_info("gpt-5.4").prices, Prices | None)
        assert_type(client.tools, list[Tool])
    for plugin in plugins():
        assert_type(plugin, PluginInfo)
    eu = Endpoint("openai", base_url="https://eu.example/v1", api_key=lambda: "sk", headers={})
    with Chimeric(endpoints={"eu": eu}, openai_api_key=lambda: "sk-3") as client:
        assert_type(client.with_options(timeout=3, api_keys={"openai": "sk"}), Chimeric)


async def one_call(client: Chimeric) -> None:
    """What a call may say: the unified parameters are typed, a provider's own are not."""
    said = client.generate(
        "eu:gpt-4o", "Hi", temperature=0.5, max_retries=0, api_key="sk", use=[object()], top_k=3
    )
    assert_type(said, CompletionResponse)
    stream = client.generate("eu:gpt-4o", "Hi", stream=True, user_context={"id": 7}, min_p=0.1)
    assert_type(stream, Stream[StreamChunk])
    asked = await client.agenerate("eu:gpt-4o", "Hi", base_url="https://h/v1", metadata={"a": "b"})
    assert_type(asked, CompletionResponse)
    client.generate("eu:gpt-4o", "Hi", temperature="hot")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]


def generating(client: Chimeric) -> None:
    """What each form of ``generate`` returns."""
    assert_type(client.generate("gpt-4o", "Hello"), CompletionResponse)
    assert_type(client.generate("gpt-4o", "Hello", stream=False), CompletionResponse)
    assert_type(client.generate("gpt-4o", "Hello", stream=True), Stream[StreamChunk])
    assert_type(
        client.generate(model="gpt-4o", messages="Hello", temperature=0), CompletionResponse
    )
    assert_type(client.generate("gpt-4o", "Hello", stream=True, native=True), Stream[Any])
    client.generate("gpt-4o", {"role": "user", "content": "Hello"})
    client.generate("gpt-4o", [Message("user", "Hello"), {"role": "user", "content": "Again"}])

    response = client.generate(
        "openai:gpt-4o", "Weather?", response_format=Weather, tools=[forecast], max_turns=3
    )
    assert_type(response, CompletionResponse[Weather])
    assert_type(response.parsed, Weather)
    assert_type(response.parsed.celsius, float)
    loose = client.generate("openai:gpt-4o", "Weather?", response_format={"type": "object"})
    assert_type(loose.parsed, Any)
    assert_type(client.generate("gpt-4o", "Hi", response_format="json_object").parsed, Any)
    assert_type(client.generate("gpt-4o", "Hi").parsed, Any)
    assert_type(response.content, str)
    assert_type(response.text, str)
    assert_type(response.headers["x-request-id"], str)
    assert_type(response.timing.first_content, float | None)
    assert_type(response.timing.gaps, tuple[float, ...])
    assert_type(response.reasoning, str | None)
    assert_type(response.finish_reason, FinishReason | None)
    assert_type(response.usage, Usage)
    assert_type(response.usage.total_tokens, int | None)
    assert_type(response.metadata, dict[str, Any])
    assert_type(response.messages, list[Message])
    client.generate("gpt-4o", [*response.messages, "And tomorrow?"])


def streaming(client: Chimeric) -> None:
    """Chunks and all that they carry."""
    with client.generate("gpt-4o", "Hello", stream=True) as stream:
        for chunk in stream:
            assert_type(chunk, StreamChunk)
            assert_type(chunk.delta, str | None)
            assert_type(chunk.content, str)
            assert_type(chunk.reasoning, str | None)
            assert_type(chunk.refusal, str | None)
            assert_type(chunk.finish_reason, FinishReason | None)
            assert_type(chunk.tool_calls, tuple[ToolCallChunk, ...])
            assert_type(chunk.tool_results, tuple[ToolExecutionResult, ...])
            assert_type(chunk.usage, Usage | None)
            assert_type(chunk.turn, int)
            assert_type(chunk.raw, bytes)
            for call in chunk.tool_calls:
                assert_type(call.arguments, str)
        assert_type(stream.response, CompletionResponse)
    assert_type(client.generate("gpt-4o", "Hello", stream=True).collect(), CompletionResponse)
    for text in client.generate("gpt-4o", "Hello", stream=True).text(between="\n"):
        assert_type(text, str)
    recipes = client.generate("gpt-4o", "Hi", stream=True, response_format=Weather)
    for day in recipes.items("days", type=Weather):
        assert_type(day, Weather)
    for anything in recipes.items("days"):
        assert_type(anything, Any)


async def asynchronous(client: Chimeric) -> None:
    """The awaited twins."""
    assert_type(await client.agenerate("gpt-4o", "Hello"), CompletionResponse)
    stream = await client.agenerate("gpt-4o", "Hello", stream=True)
    assert_type(stream, AsyncStream[StreamChunk])
    async for chunk in stream:
        assert_type(chunk, StreamChunk)
    assert_type(await stream.collect(), CompletionResponse)
    async with await client.agenerate("gpt-4o", "Hello", stream=True) as opened:
        assert_type(opened, AsyncStream[StreamChunk])
    assert_type(
        await client.agenerate("gpt-4o", "Hello", stream=True, native=True), AsyncStream[Any]
    )
    async for text in stream.text():
        assert_type(text, str)
    async for day in stream.items("days", type=Weather):
        assert_type(day, Weather)
    said = await client.agenerate("gpt-4o", "Hi", response_format=Weather)
    assert_type(said, CompletionResponse[Weather])
    assert_type(await client.alist_models(), list[Model])
    assert_type(await client.amodel_info("gpt-5.4"), ModelInfo)
    await client.aclose()


async def many(client: Chimeric) -> None:
    """Batches, by their new names and by the old ones."""
    requests: list[str | dict[str, Any]] = ["Hello", {"messages": "Hi", "id": "hi"}]
    assert_type(generate_many(client, requests, model="gpt-4o"), Generator[BatchResult, None, None])
    assert_type(client.generate_many(requests, concurrency=2), Generator[BatchResult, None, None])
    assert_type(agenerate_many(client, requests, model="gpt-4o"), AsyncBatch)
    async for result in client.agenerate_many(requests, model="gpt-4o"):
        assert_type(result, BatchResult)
        assert_type(result.response, CompletionResponse | None)


def failing(client: Chimeric) -> None:
    """Errors carry what was received."""
    try:
        client.generate("gpt-4o", "Hello", stream=True).collect()
    except StreamInterruptedError as error:
        assert_type(error.partial, CompletionResponse | None)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
        assert_type(error.provider, str | None)


def forecast(city: str, days: int = 1) -> str:
    """Tell the weather of a city."""
    return f"{city}: sunny for {days} days"


def tools(client: Chimeric) -> None:
    """A registered function keeps its type."""

    @client.tool
    def plain(city: str) -> str:
        """Tell the weather of a city."""
        return city

    @client.tool(name="other", description="Tell it otherwise.")
    async def called(city: str) -> int:
        return len(city)

    assert_type(plain("Rome"), str)
    _ = called


class Acme:
    """A provider and middleware, as plugin authors write them."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        """Declare the provider."""
        return Provider(name="acme", base_url="https://api.acme.example/v1", models=("acme-*",))

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        """Translate a request."""
        body = {"model": request.model, **request.extra, **request.extra_body}
        return HTTPRequest(url=f"{provider.base_url}/chat", body=body)

    @hookimpl
    def chimeric_parse_event(self, event: Event, state: Any) -> Delta | str | None:
        """Read one event."""
        assert_type(event.data, bytes)
        return Delta(text="hello", usage=Usage.of(1, 2), finish_reason="stop", done=True)

    @hookimpl
    def chimeric_parse_error(self, response: HTTPResponse) -> ErrorInfo | None:
        """Read an error answer."""
        assert_type(response.status, int)
        return ErrorInfo(message="no")

    @hookimpl
    def chimeric_process_chunk(
        self, chunk: StreamChunk, context: Context
    ) -> StreamChunk | Iterable[StreamChunk] | None:
        """Change a chunk."""
        return chunk.replace(delta=(chunk.delta or "").upper())
