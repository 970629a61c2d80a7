"""The official clients of Bedrock and ours, side by side against the simulator.

What differs in a request is in one table, with the reason; everything else has to be the same.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_sim import Simulator
from chimeric_sim.simulator import RecordedRequest

from chimeric import Chimeric

anthropic: Any = pytest.importorskip("anthropic")
openai: Any = pytest.importorskip("openai")
boto3: Any = pytest.importorskip("boto3")
config: Any = pytest.importorskip("botocore.config")

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BEARER = "bedrock-api-key-of-a-test"
NOVA = "us.amazon.nova-micro-v1:0"
CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ARN = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{CLAUDE}"

DIFFERENT = {
    "user-agent": "each says who it is",
    "x-stainless-": "telemetry of Stainless's SDKs",
    "amz-sdk-": "telemetry of botocore: which attempt this is",
    "accept": "ours says what it reads; the service's stream is the same without",
    "accept-encoding": "ours asks for streams without compression",
    "connection": "of httpx",
    "content-length": "of the body, which is compared as such",
    "host": "the simulator",
    "x-amz-date": "when it was signed",
    "authorization": "the simulator computes each signature anew",
    "anthropic-version": "the version in the body counts; the SDK sends the header too",
    "x-amz-content-sha256": "openai's client signs it, too; both ways are valid",
}
"""Headers that need not be the same, and why."""


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator(keys=[f"{KEY}:{SECRET}", BEARER]) as sim:
        yield sim


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


def ours(sim: Simulator, *, bearer: bool = False, **settings: Any) -> Chimeric:
    keys = {"access_key_id": KEY, "secret_access_key": SECRET}
    given = {"bedrock_api_key": BEARER} if bearer else {"bedrock_credentials": keys}
    return Chimeric(bedrock_base_url=sim.url, bedrock_region="us-east-1", **given, **settings)


def of_boto3(sim: Simulator, service: str = "bedrock-runtime") -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=sim.url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=config.Config(retries={"total_max_attempts": 1}),
    )


def of_anthropic(sim: Simulator, *, bearer: bool = False, later: bool = False) -> Any:
    keys = {"aws_access_key": KEY, "aws_secret_key": SECRET}
    given = {"api_key": BEARER} if bearer else keys
    kind = anthropic.AsyncAnthropicBedrock if later else anthropic.AnthropicBedrock
    return kind(aws_region="us-east-1", base_url=sim.url, max_retries=0, **given)


def told(request: RecordedRequest) -> dict[str, str]:
    """The headers that have to be the same."""
    return {
        name: value
        for name, value in request.headers.items()
        if name not in DIFFERENT and not name.startswith(("x-stainless-", "amz-sdk-"))
    }


def both(sim: Simulator, theirs: Callable[[], Any], mine: Callable[[], Any]) -> Any:
    """The last request of each: path and query are the same, and all headers that matter."""
    theirs()
    first = sim.requests[-1]
    mine()
    second = sim.requests[-1]
    assert (first.status, second.status) == (200, 200)
    assert first is not second
    assert (second.method, second.path, second.query) == (first.method, first.path, first.query)
    assert told(second) == told(first)
    return first, second


def collected(answer: Any, *, stream: bool) -> None:
    if stream:
        answer.collect()


USER = {"role": "user", "content": "Hi"}
TOLD = [{"role": "user", "content": [{"text": "Hi"}]}]


@pytest.mark.parametrize("model", [NOVA, ARN])
@pytest.mark.parametrize("stream", [False, True])
def test_converse_is_asked_as_boto3_asks(sim: Simulator, stream: bool, model: str) -> None:
    asked = {
        "modelId": model,
        "messages": TOLD,
        "system": [{"text": "Be brief"}],
        "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "stopSequences": ["x"]},
        "requestMetadata": {"team": "blue"},
        "performanceConfig": {"latency": "standard"},
        "guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "DRAFT"},
    }
    own = {name: asked[name] for name in list(asked)[-3:]}

    def theirs() -> None:
        client = of_boto3(sim)
        if stream:
            list(client.converse_stream(**asked)["stream"])
        else:
            client.converse(**asked)
        client.close()

    def mine() -> None:
        with ours(sim) as client:
            messages = [{"role": "system", "content": "Be brief"}, USER]
            params: dict[str, Any] = {"temperature": 0.5, "max_tokens": 20, "stop": ["x"], **own}
            answer = client.generate(f"bedrock:{model}", messages, stream, **params)
            collected(answer, stream=stream)

    first, second = both(sim, theirs, mine)
    assert second.body == first.body


BODY = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 20,
    "messages": [USER],
    "anthropic_beta": ["one-2026-01-01", "two-2026-01-01"],
}
GUARDED = {
    "guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "1", "trace": "enabled"},
    "performanceConfig": {"latency": "optimized"},
    "serviceTier": {"type": "flex"},
    "requestMetadata": {"team": "blue"},
}


@pytest.mark.parametrize("model", [CLAUDE, ARN])
@pytest.mark.parametrize("stream", [False, True])
def test_invoke_model_is_asked_as_boto3_asks(sim: Simulator, stream: bool, model: str) -> None:
    def theirs() -> None:
        client = of_boto3(sim)
        call = client.invoke_model_with_response_stream if stream else client.invoke_model
        reply = call(
            modelId=model,
            body=json.dumps(BODY),
            contentType="application/json",
            guardrailIdentifier="g1",
            guardrailVersion="1",
            trace="ENABLED",
            performanceConfigLatency="optimized",
            serviceTier="flex",
            requestMetadata='{"team":"blue"}',
        )
        list(reply["body"])
        client.close()

    def mine() -> None:
        with ours(sim, bedrock_betas=["one-2026-01-01", "two-2026-01-01"]) as client:
            params: dict[str, Any] = {"api": "invoke", "max_tokens": 20, **GUARDED}
            answer = client.generate(f"bedrock:{model}", [USER], stream, **params)
            collected(answer, stream=stream)

    first, second = both(sim, theirs, mine)
    assert second.body == first.body


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_claude_is_asked_as_anthropics_client_asks(
    sim: Simulator, stream: bool, bearer: bool
) -> None:
    asked = {
        "model": CLAUDE,
        "max_tokens": 20,
        "messages": [USER],
        "system": "Be brief",
        "stream": stream,
    }

    def theirs() -> None:
        with of_anthropic(sim, bearer=bearer) as client:
            answer = client.messages.create(**asked)
            list(answer) if stream else None

    def mine() -> None:
        with ours(sim, bearer=bearer, bedrock_api="invoke") as client:
            messages = [{"role": "system", "content": "Be brief"}, USER]
            answer = client.generate(f"bedrock:{CLAUDE}", messages, stream, max_tokens=20)
            collected(answer, stream=stream)

    first, second = both(sim, theirs, mine)
    # Some models of Bedrock refuse the version that the SDK sends.
    assert first.body.pop("anthropic_version") == "2026-10-21"
    assert second.body.pop("anthropic_version") == "bedrock-2023-05-31"
    assert second.body == first.body


def test_the_async_twins_ask_alike(sim: Simulator) -> None:
    async def theirs() -> None:
        async with of_anthropic(sim, later=True) as client:
            asked = {"model": CLAUDE, "max_tokens": 20, "messages": [USER], "stream": True}
            async for _ in await client.messages.create(**asked):
                pass

    async def mine() -> None:
        async with ours(sim, bedrock_api="invoke") as client:
            stream: Any = await client.agenerate(f"bedrock:{CLAUDE}", [USER], True, max_tokens=20)
            async for _ in stream:
                pass

    first, second = both(sim, lambda: asyncio.run(theirs()), lambda: asyncio.run(mine()))
    assert second.body["messages"] == first.body["messages"]


@pytest.mark.parametrize("api", ["converse", "invoke"])
def test_tokens_are_counted_as_boto3_counts(sim: Simulator, api: str) -> None:
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64000, "messages": [USER]}
    asked = {"converse": {"messages": TOLD}, "invokeModel": {"body": json.dumps(body)}}
    name = "converse" if api == "converse" else "invokeModel"
    found: list[int] = []

    def theirs() -> None:
        client = of_boto3(sim)
        reply = client.count_tokens(modelId=CLAUDE, input={name: asked[name]})
        found.append(reply["inputTokens"])
        client.close()

    def mine() -> None:
        with ours(sim) as client:
            found.append(client.count_tokens(f"bedrock:{CLAUDE}", "Hi", api=api))

    first, second = both(sim, theirs, mine)
    if api == "converse":
        assert second.body == first.body
    assert found[0] == found[1] > 0


def test_models_are_listed_as_boto3_lists_them(sim: Simulator) -> None:
    def theirs() -> None:
        client = of_boto3(sim, "bedrock")
        client.list_inference_profiles(maxResults=1000)
        client.close()

    def mine() -> None:
        with ours(sim) as client:
            client.list_models("bedrock")

    both(sim, theirs, mine)


@pytest.mark.parametrize("endpoint", ["runtime", "mantle"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_openais_forms_are_asked_as_openais_client_asks(
    sim: Simulator, api: str, stream: bool, endpoint: str
) -> None:
    model = "openai.gpt-5.5"
    provider = openai.providers.bedrock(
        endpoint=endpoint,
        region="us-east-1",
        base_url=f"{sim.url}/openai/v1",
        access_key_id=KEY,
        secret_access_key=SECRET,
    )

    def theirs() -> None:
        with openai.OpenAI(provider=provider, max_retries=0) as client:
            if api == "responses":
                asked = {"model": model, "input": [USER], "stream": stream, "store": False}
                answer = client.responses.create(**asked)
            else:
                options = {"stream_options": {"include_usage": True}} if stream else {}
                asked = {"model": model, "messages": [USER], "stream": stream, **options}
                answer = client.chat.completions.create(**asked)
            list(answer) if stream else None

    def mine() -> None:
        with ours(sim, bedrock_mantle=endpoint == "mantle") as client:
            answer = client.generate(f"bedrock:{model}", [USER], stream, api=api)
            collected(answer, stream=stream)

    first, second = both(sim, theirs, mine)
    ask_for_thoughts = {"include": ["reasoning.encrypted_content"]} if api == "responses" else {}
    assert second.body | {"stream": stream} == first.body | ask_for_thoughts


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_mantle_is_asked_for_claude_as_anthropics_client_asks(
    sim: Simulator, stream: bool, bearer: bool
) -> None:
    keys = {"aws_access_key": KEY, "aws_secret_key": SECRET}
    given = {"api_key": BEARER} if bearer else keys
    asked = {"model": CLAUDE, "max_tokens": 20, "messages": [USER], "stream": stream}

    def theirs() -> None:
        kind = anthropic.AnthropicBedrockMantle
        base_url = f"{sim.url}/anthropic"
        with kind(aws_region="us-east-1", base_url=base_url, max_retries=0, **given) as client:
            answer = client.messages.create(**asked)
            list(answer) if stream else None

    def mine() -> None:
        with ours(sim, bearer=bearer, bedrock_mantle=True, bedrock_api="messages") as client:
            answer = client.generate(f"bedrock:{CLAUDE}", [USER], stream, max_tokens=20)
            collected(answer, stream=stream)

    first, second = both(sim, theirs, mine)
    assert second.headers["anthropic-version"] == first.headers["anthropic-version"]
    assert second.body | {"stream": stream} == first.body


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("mantle", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_forms_of_other_services_are_answered_at_their_places(
    sim: Simulator, stream: bool, mantle: bool, bearer: bool
) -> None:
    places = {
        "messages": (CLAUDE, "/anthropic/v1/messages"),
        "chat_completions": ("openai.gpt-oss-120b", "/openai/v1/chat/completions"),
        "responses": ("openai.gpt-5.4", "/openai/v1/responses"),
    }
    with ours(sim, bearer=bearer, bedrock_mantle=mantle) as client:
        for api, (model, path) in places.items():
            answer: Any = client.generate(f"bedrock:{model}", "Hi", stream, api=api)
            text = answer.collect().text if stream else answer.text
            assert text
            if mantle and api == "chat_completions":
                path = path.removeprefix("/openai")  # Mantle's place for all but a few models
            assert sim.requests[-1].path == path
            assert sim.requests[-1].body["model"] == model
