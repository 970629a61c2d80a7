"""The official clients of Vertex AI and ours, side by side against the simulator.

What differs in a request is in one table, with the reason; everything else has to be the same.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chimeric_sim import Simulator
from chimeric_sim.simulator import RecordedRequest

from chimeric import Chimeric

anthropic: Any = pytest.importorskip("anthropic")
genai: Any = pytest.importorskip("google.genai")
openai: Any = pytest.importorskip("openai")
oauth: Any = pytest.importorskip("google.oauth2.credentials")

TOKEN = "ya29.test-0123456789"
KEY = "AIza-test-0123456789"

DIFFERENT = {
    "user-agent": "each names itself",
    "x-goog-api-client": "the SDK names itself again",
    "x-stainless-": "telemetry of Stainless's SDKs",
    "accept": "ours says that it reads a stream",
    "accept-encoding": "ours asks for streams without compression",
    "connection": "of httpx, the same in both",
    "content-length": "of the body, which is compared as such",
    "host": "the simulator",
    "content-type": "of a GET of google-genai's, which has no body",
}
"""Headers that need not be the same, and why."""


def credentials() -> Any:
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    return oauth.Credentials(TOKEN, expiry=soon, quota_project_id="paying-project")


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(keys=[TOKEN, KEY]) as sim:
        yield sim


@pytest.fixture
def ours(sim: Simulator, monkeypatch: Any) -> Iterator[Chimeric]:
    clear(monkeypatch)
    with Chimeric(
        vertex_base_url=sim.base_url("vertex"),
        vertex_credentials=credentials(),
        vertex_project="p",
        vertex_location="us-east5",
        max_retries=0,
    ) as client:
        yield client


def clear(monkeypatch: Any) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "VERTEX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def of_genai(sim: Simulator, **given: Any) -> Any:
    options = genai.types.HttpOptions(base_url=sim.url)
    if not given:
        given = {"project": "p", "location": "us-east5", "credentials": credentials()}
    return genai.Client(vertexai=True, http_options=options, **given)


def of_anthropic(sim: Simulator) -> Any:
    return anthropic.AnthropicVertex(
        region="us-east5", project_id="p", access_token=TOKEN, base_url=f"{sim.url}/v1"
    )


def told(request: RecordedRequest) -> dict[str, str]:
    """The headers that have to be the same."""
    return {
        name: value
        for name, value in request.headers.items()
        if name not in DIFFERENT and not name.startswith("x-stainless-")
    }


def both(sim: Simulator, theirs: Callable[[], Any], mine: Callable[[], Any]) -> Any:
    """The last request of each: path and query are the same, and all headers that matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the SDKs' own
        theirs()
    first = sim.requests[-1]
    mine()
    second = sim.requests[-1]
    assert (first.status, second.status) == (200, 200)
    assert first is not second
    assert (second.method, second.path, second.query) == (first.method, first.path, first.query)
    return first, second


SYSTEM = {"role": "system", "content": "Be brief"}
USER = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize("stream", [False, True])
def test_gemini_is_asked_as_google_genai_asks(sim: Simulator, ours: Chimeric, stream: bool) -> None:
    config = genai.types.GenerateContentConfig(
        temperature=0.5, max_output_tokens=20, stop_sequences=["x"], system_instruction="Be brief"
    )

    def theirs() -> None:
        with of_genai(sim) as client:
            asked = {"model": "gemini-2.5-flash", "contents": "Hi", "config": config}
            if stream:
                list(client.models.generate_content_stream(**asked))
            else:
                client.models.generate_content(**asked)

    def mine() -> None:
        params: dict[str, Any] = {"temperature": 0.5, "max_tokens": 20, "stop": ["x"]}
        answer: Any = ours.generate("vertex:gemini-2.5-flash", [SYSTEM, USER], stream, **params)
        if stream:
            answer.collect()

    first, second = both(sim, theirs, mine)
    assert told(second) == told(first)
    # The SDK gives the system prompt a role, of which the service makes nothing.
    assert first.body["systemInstruction"].pop("role") == "user"
    assert second.body == first.body


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["gemini-2.5-flash", "claude-opus-4-6"])
def test_the_async_clients_ask_as_ours_does(
    sim: Simulator, ours: Chimeric, stream: bool, model: str
) -> None:
    async def genai_asks() -> None:
        async with of_genai(sim).aio as client:
            asked = {"model": model, "contents": "Hi"}
            if stream:
                assert [part async for part in await client.models.generate_content_stream(**asked)]
            else:
                await client.models.generate_content(**asked)

    async def anthropic_asks() -> None:
        made = anthropic.AsyncAnthropicVertex(
            region="us-east5", project_id="p", access_token=TOKEN, base_url=f"{sim.url}/v1"
        )
        async with made as client:
            asked = {"model": model, "max_tokens": 20, "messages": [USER]}
            if stream:
                assert [event async for event in await client.messages.create(stream=True, **asked)]
            else:
                await client.messages.create(**asked)

    async def we_ask() -> None:
        params: Any = {"max_tokens": 20} if model.startswith("claude") else {}
        answer: Any = await ours.agenerate(f"vertex:{model}", "Hi", stream=stream, **params)
        if stream:
            await answer.collect()

    asks = anthropic_asks if model.startswith("claude") else genai_asks
    first, second = both(sim, lambda: asyncio.run(asks()), lambda: asyncio.run(we_ask()))
    paying = {"x-goog-user-project": "paying-project"}
    assert {**told(second), **paying} == {**told(first), **paying}
    assert second.body == first.body


PAGE = Path(__file__).parents[2] / "docs" / "providers" / "vertex.md"


def test_the_page_has_the_table_of_differences() -> None:
    page = PAGE.read_text("utf-8")
    for header, why in DIFFERENT.items():
        assert f"| `{header}` | {why} |" in page


def test_an_express_key_goes_as_google_genai_sends_it(sim: Simulator, monkeypatch: Any) -> None:
    clear(monkeypatch)

    def theirs() -> None:
        with of_genai(sim, api_key=KEY) as client:
            client.models.generate_content(model="gemini-2.5-flash", contents="Hi")

    def mine() -> None:
        with Chimeric(vertex_base_url=sim.url, vertex_api_key=KEY) as client:
            client.generate("vertex:gemini-2.5-flash", "Hi")

    first, second = both(sim, theirs, mine)
    assert told(second) == told(first)
    assert second.body == first.body


def test_tokens_of_gemini_are_counted_as_google_genai_counts(
    sim: Simulator, ours: Chimeric
) -> None:
    def theirs() -> None:
        with of_genai(sim) as client:
            client.models.count_tokens(model="gemini-2.5-flash", contents="Hi")

    first, second = both(sim, theirs, lambda: ours.count_tokens("vertex:gemini-2.5-flash", "Hi"))
    assert told(second) == told(first)
    assert second.body == first.body


def test_models_are_listed_as_google_genai_lists_them(sim: Simulator, ours: Chimeric) -> None:
    def theirs() -> None:
        with of_genai(sim) as client:
            list(client.models.list(config={"query_base": True, "page_size": 200}))

    first, second = both(sim, theirs, lambda: ours.list_models("vertex"))
    assert told(second) == told(first)


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-4-5@20250929"])
@pytest.mark.parametrize("stream", [False, True])
def test_claude_is_asked_as_anthropics_client_asks(
    sim: Simulator, ours: Chimeric, stream: bool, model: str
) -> None:
    asked = {"model": model, "max_tokens": 20, "messages": [USER], "system": "Be brief"}

    def theirs() -> None:
        with of_anthropic(sim) as client:
            if stream:
                list(client.messages.create(stream=True, **asked))
            else:
                client.messages.create(**asked)

    def mine() -> None:
        answer: Any = ours.generate(f"vertex:{model}", [SYSTEM, USER], stream, max_tokens=20)
        if stream:
            answer.collect()

    first, second = both(sim, theirs, mine)
    # Google's credentials name who pays; Anthropic's client was given a bare token.
    assert told(second) == {**told(first), "x-goog-user-project": "paying-project"}
    assert second.body == first.body


def test_tokens_of_claude_are_counted_as_anthropics_client_counts(
    sim: Simulator, ours: Chimeric
) -> None:
    def theirs() -> None:
        with of_anthropic(sim) as client:
            client.messages.count_tokens(model="claude-opus-4-6", messages=[USER])

    first, second = both(sim, theirs, lambda: ours.count_tokens("vertex:claude-opus-4-6", "Hi"))
    assert second.body == first.body


def test_open_models_are_asked_as_openais_client_asks(sim: Simulator, ours: Chimeric) -> None:
    place = f"{sim.url}/v1/projects/p/locations/us-east5/endpoints/openapi"
    model = "meta/llama-4-maverick-17b-128e-instruct-maas"

    def theirs() -> None:
        with openai.OpenAI(api_key=TOKEN, base_url=place) as client:
            client.chat.completions.create(model=model, messages=[USER], max_tokens=20)

    first, second = both(
        sim, theirs, lambda: ours.generate(f"vertex:{model}", [USER], max_tokens=20)
    )
    assert told(second) == {**told(first), "x-goog-user-project": "paying-project"}
    assert second.body == first.body


def test_the_official_clients_read_the_simulators_errors(sim: Simulator, monkeypatch: Any) -> None:
    clear(monkeypatch)
    with of_genai(sim) as client:
        with pytest.raises(genai.errors.ClientError) as caught:
            client.models.generate_content(model="nothing", contents="Hi")
    assert caught.value.code == 404
    assert "Publisher Model" in caught.value.message
    with of_anthropic(sim) as claude:
        with pytest.raises(anthropic.NotFoundError, match="Publisher Model"):
            claude.messages.create(model="nothing", max_tokens=2, messages=[USER])
