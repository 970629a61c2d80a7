"""What a call brings for one provider does not go to another one."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from typing import Any

import chimeric_chat_completions as chat
import pytest
from chimeric_chat_completions import ChatDialect
from chimeric_fallback import Fallback
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import (
    SEND,
    BadRequestError,
    Chimeric,
    ChimericError,
    HTTPRequest,
    Provider,
    ProviderConfig,
    RefusedError,
    Request,
    TranslationWarning,
    hookimpl,
)

OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
DOWN = b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"
TENANT = "Bearer sk-TENANT-key-for-the-first-only"
SECRETS = {
    "Authorization": TENANT,
    "x-api-key": "k-TENANT",
    "api-key": "k-TENANT",
    "X-Goog-Api-Key": "k-TENANT",
    "cookie": "session=TENANT",
    "x-amz-security-token": "TENANT",
    "x-portkey-virtual-key": "TENANT",
    "helicone-auth": "TENANT",
    "cf-aig-authorization": "TENANT",
    "x-anything-else": "TENANT",
}
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"fine"},"finish_reason":"stop"}]}\n\n'
CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
    b'{"name":"now","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\n'
)
END = b"data: [DONE]\n\n"


class Other:
    """A second provider with a key of its own: chat completions under another name."""

    dialect = ChatDialect()
    chimeric_parse_event = staticmethod(chat.chimeric_parse_event)
    chimeric_parse_response = staticmethod(chat.chimeric_parse_response)
    chimeric_parse_error = staticmethod(chat.chimeric_parse_error)

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(name="other", key_env=("OTHER_API_KEY",), state=self.dialect.state)

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        return self.dialect.build_request(request, provider)


def answer(request: SeenRequest) -> Iterator[Any]:
    body = request.json()
    if body["model"] == "down":
        yield DOWN
        return
    asks = body["model"] == "tools" and body["messages"][-1]["role"] == "user"
    yield from (OK, CALL if asks else TEXT, END, Close())


@pytest.fixture
def first() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


@pytest.fixture
def second() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


def client(first: LoopbackServer, second: LoopbackServer, *plugins: Any) -> Chimeric:
    return Chimeric(
        base_urls={"compatible": f"{first.url}/v1", "other": f"{second.url}/v1"},
        api_keys={"compatible": "key-of-the-first", "other": "key-of-the-second"},
        max_retries=0,
        plugins=[Other(), *plugins],
    )


def seen(server: LoopbackServer) -> str:
    return str([(request.headers, request.json()) for request in server.requests])


def test_a_credential_goes_only_to_the_provider_that_it_was_given_for(first, second):
    fallback = Fallback({"*": ["other:tools"]})

    def now() -> str:
        """Tell the time."""
        return "12:00"

    with client(first, second, fallback) as chimeric, pytest.warns(TranslationWarning) as told:
        answered = chimeric.generate(
            "compatible:down", "Hi", stream=True, tools=[now], extra_headers=SECRETS,
            extra_body={"account_key": "k-TENANT"},
        ).collect()  # fmt: skip
    assert answered.content == "fine"
    assert "TENANT" in seen(first)
    assert len(second.requests) == 2, "the turn after the tool goes there too"
    assert "TENANT" not in seen(second)
    for request in second.requests:
        assert request.headers["authorization"] == "Bearer key-of-the-second"
    texts = [str(warning.message) for warning in told]
    assert len(texts) == 1, "said once a call"
    assert "'Authorization'" in texts[0]
    assert "extra_body['account_key']" in texts[0]
    assert "TENANT" not in texts[0]


def test_async_calls_keep_them_too(first, second):
    async def run() -> str:
        async with client(first, second, Fallback({"*": ["other:good"]})) as chimeric:
            stream = await chimeric.agenerate(
                "compatible:down", "Hi", stream=True, extra_headers=SECRETS
            )
            return (await stream.collect()).content

    with pytest.warns(TranslationWarning):
        assert asyncio.run(run()) == "fine"
    assert "TENANT" not in seen(second)


def test_another_model_of_the_same_provider_gets_all(first, second):
    fallback = Fallback({"*": ["compatible:good"]})
    with client(first, second, fallback) as chimeric, warnings.catch_warnings():
        warnings.simplefilter("error")
        chimeric.generate(
            "compatible:down", "Hi", stream=True, extra_headers={"Authorization": TENANT},
            extra_body={"mine": 1},
        ).collect()  # fmt: skip
    assert [r.headers["authorization"] for r in first.requests] == [TENANT, TENANT]
    assert [r.json()["mine"] for r in first.requests] == [1, 1]


def test_on_the_way_back_the_first_provider_has_its_own_again(first, second):
    fallback = Fallback({"*": ["other:down", "compatible:good"]})
    with client(first, second, fallback) as chimeric, pytest.warns(TranslationWarning):
        chimeric.generate(
            "compatible:down", "Hi", stream=True, extra_headers={"Authorization": TENANT}
        ).collect()
    assert [r.headers["authorization"] for r in first.requests] == [TENANT, TENANT]
    assert "TENANT" not in seen(second)


def test_headers_of_tracing_and_those_that_are_named_go_along(first, second):
    fallback = Fallback({"*": ["other:good"]}, headers=["X-Team"])
    headers = {"traceparent": "00-1-2-01", "x-team": "blue", "X-Request-ID": "r1"}
    with client(first, second, fallback) as chimeric, warnings.catch_warnings():
        warnings.simplefilter("error")
        chimeric.generate("compatible:down", "Hi", stream=True, extra_headers=headers).collect()
    (request,) = second.requests
    assert {name.lower(): value for name, value in headers.items()}.items() <= (
        request.headers.items()
    )
    with pytest.raises(TypeError, match="list of names"):
        Fallback({}, headers="x-team")


class Limit:
    """A plugin that refuses what goes to one provider."""

    @hookimpl
    def chimeric_attempt(self, request, context):
        if context.provider == "compatible":
            raise RefusedError("20 requests a minute are used up", retry_after=9.0)
        yield SEND


@pytest.mark.parametrize("on", [None, (ChimericError,), (RefusedError,)])
def test_a_refusal_of_a_plugin_is_raised(first, second, on):
    fallback = Fallback({"*": ["other:good"]}, on=on)
    with client(first, second, Limit(), fallback) as chimeric:
        with pytest.raises(RefusedError) as caught:
            chimeric.generate("compatible:any", "Hi", stream=True).collect()
    assert caught.value.retry_after == 9.0
    assert first.requests == second.requests == []


@pytest.mark.parametrize("on", [None, (BadRequestError,)])
def test_where_asked_to_a_refusal_goes_on_to_the_next_model(first, second, on):
    fallback = Fallback({"*": ["other:good"]}, on=on, on_refused=True)
    with client(first, second, Limit(), fallback) as chimeric:
        answered = chimeric.generate("compatible:any", "Hi", stream=True).collect()
    assert answered.content == "fine"
    assert first.requests == []
