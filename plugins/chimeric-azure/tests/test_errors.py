"""What goes wrong has the right class, and its text says what to do next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    Endpoint,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)

from .resource import KEY, Resource

DENIED = "Access denied due to invalid subscription key or wrong API endpoint."
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"
BLOCKED = {"hate": {"filtered": True, "severity": "high"}, "violence": {"filtered": False}}
POLICY = "The response was filtered due to the prompt triggering the policy."


def error(code: str | None, message: str, **more: Any) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, **more}}).encode()


def filtered(**more: Any) -> bytes:
    told = {"type": None, "param": "prompt", "status": 400}
    return error("content_filter", POLICY, **told, **more)


CASES: dict[str, tuple[int, bytes, type[ProviderError], str]] = {
    "a wrong key": (401, error("401", DENIED), AuthenticationError, "must be of one resource"),
    "a token of the wrong audience": (
        401,
        b'{"statusCode":401,"message":"Unauthorized. Access token is missing, invalid"}',
        AuthenticationError,
        "scope https://cognitiveservices.azure.com/.default and the role",
    ),
    "a 401 without a word": (401, b"", AuthenticationError, "an empty body: key and"),
    "a network rule": (
        403,
        error("AccessDenied", "Access denied due to Virtual Network/Firewall rules."),
        PermissionDeniedError,
        "network rules",
    ),
    "a deployment that does not exist": (
        404,
        error("DeploymentNotFound", "The API deployment for this resource does not exist."),
        NotFoundError,
        "write azure:DEPLOYMENT with the name of a deployment",
    ),
    "a path that is not there": (
        404,
        error("404", "Resource not found"),
        NotFoundError,
        "azure_base_url is https://RESOURCE.openai.azure.com",
    ),
    "a version that is not supported": (
        400,
        error("BadRequest", "API version not supported"),
        BadRequestError,
        "leave azure_api_version and OPENAI_API_VERSION out",
    ),
    "a deployment without this API": (
        400,
        error("OperationNotSupported", "The chatCompletion operation does not work with this."),
        BadRequestError,
        "pass api='chat_completions' or 'responses'",
    ),
    "a deployment without Responses": (
        400,
        error(None, "Model not supported"),
        BadRequestError,
        "pass api='chat_completions' or 'responses'",
    ),
    "a prompt that is blocked": (
        400,
        filtered(
            innererror={
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": BLOCKED,
            }
        ),
        BadRequestError,
        r"the content filter blocked the prompt \(hate \(high\)\); change it",
    ),
    "a prompt that is blocked, in the documented form": (
        400,
        filtered(inner_error={"content_filter_results": BLOCKED}),
        BadRequestError,
        r"blocked the prompt \(hate \(high\)\)",
    ),
    "a prompt that is blocked, in Responses": (
        400,
        filtered(content_filters=[{"blocked": True, "content_filter_results": BLOCKED}]),
        BadRequestError,
        r"blocked the prompt \(hate \(high\)\)",
    ),
    "a prompt that is blocked, for no reason": (
        400,
        filtered(),
        BadRequestError,
        "the content filter blocked the prompt; change it",
    ),
    "a field that a model refuses": (
        422,
        b'{"detail":[{"type":"extra_forbidden","loc":["body","n"],"msg":"Extra inputs"}]}',
        BadRequestError,
        "n: Extra inputs",
    ),
    "a rate": (
        429,
        error("429", "Requests to the ChatCompletions_Create Operation have exceeded the rate"),
        RateLimitError,
        "have exceeded the rate",
    ),
    "a full model": (
        429,
        error("too_many_requests", "The system is experiencing high demand"),
        RateLimitError,
        "high demand",
    ),
    "a page": (502, PAGE, ServerError, "an HTML page: that is no answer of the service"),
    "a page of a 404": (404, PAGE, NotFoundError, "an HTML page: the path may not be known"),
    "a failure": (500, error("InternalServerError", "Backend returned"), ServerError, "Backend"),
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_an_error_has_its_class_and_the_next_step(name: str, stream: bool) -> None:
    status, body, cls, told = CASES[name]
    with Resource(body, status) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY, max_retries=0)
        with client, pytest.raises(cls, match=told) as raised:
            answer: Any = client.generate("azure:gpt-5.4", "Hi", stream=stream)
            list(answer)
        assert len(resource.server.requests) == 1
    assert type(raised.value) is cls
    assert raised.value.status_code == status
    assert KEY not in str(raised.value)
    if "blocked" in name:
        assert raised.value.code == "content_filter"
        assert not raised.value.retryable


def test_the_waiting_time_is_the_one_in_milliseconds_and_a_day_is_not_waited_for() -> None:
    body = error("429", "exceeded")
    for headers, seconds in (
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "86400"}, 86400.0),
    ):
        with Resource(body, 429, headers) as resource:
            retries = 2 if seconds > 60 else 0
            client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY, max_retries=retries)
            with client, pytest.raises(RateLimitError) as raised:
                client.generate("azure:gpt-5.4", "Hi")
            assert len(resource.server.requests) == 1
        assert raised.value.retry_after == seconds


def test_the_request_id_is_that_of_the_gateway_before_azure() -> None:
    with Resource(error("404", "no"), 404, {"apim-request-id": "apim-1"}) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY)
        with client, pytest.raises(NotFoundError) as raised:
            client.generate("azure:gpt-5.4", "Hi")
    assert raised.value.request_id == "apim-1"


def test_a_page_in_place_of_an_answer_is_no_empty_success() -> None:
    with Resource(b"<html><body>Sign in</body></html>", 200) as resource:
        client = Chimeric(azure_base_url=resource.url, azure_api_key=KEY, max_retries=0)
        with client, pytest.raises(ChimericError, match="HTML"):
            client.generate("azure:gpt-5.4", "Hi")


def test_without_a_resource_it_is_said_what_to_set() -> None:
    client = Chimeric(azure_api_key=KEY)
    with client, pytest.raises(ConfigurationError, match="pass azure_base_url=") as raised:
        client.generate("azure:gpt-5.4", "Hi")
    assert "AZURE_BASE_URL" in str(raised.value)


def test_a_key_of_the_environment_stays_at_the_resource_of_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai-0123456789")
    with Resource() as mine, Resource() as other:
        endpoints = {"other": Endpoint("azure", base_url=other.url)}
        with Chimeric(azure_base_url=mine.url, endpoints=endpoints) as client:
            client.generate("azure:gpt-5.4", "Hi")
            with pytest.raises(ConfigurationError, match="give it a key of its own"):
                client.generate("other:gpt-5.4", "Hi")
        assert not other.server.requests


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
def test_the_simulator_refuses_as_azure_does(sim: Simulator, api: str) -> None:
    client = Chimeric(
        azure_base_url=sim.base_url("azure"), azure_api_key=KEY, azure_api=api, max_retries=0
    )
    with client:
        with pytest.raises(NotFoundError, match="azure:DEPLOYMENT"):
            client.generate("azure:nothing-of-that-name", "Hi")
        with pytest.raises(AuthenticationError, match="one resource"):
            client.generate("azure:gpt-5.4", "Hi", api_key="bad-key-0123456789")
        with pytest.raises(NotFoundError, match="api_version 2099-01-01-preview may not be known"):
            client.generate("azure:gpt-5.4", "Hi", api_version="2099-01-01-preview")
        with pytest.raises(BadRequestError, match=r"blocked the prompt \(violence \(high\)\)"):
            client.generate("azure:gpt-5.4", "Hi", extra_body={"sim": {"filter": "prompt"}})
        with pytest.raises(RateLimitError) as raised:
            asked = {"sim": {"status": 429, "retry_after": 3}}
            client.generate("azure:gpt-5.4", "Hi", extra_body=asked)
    assert raised.value.retry_after == 3.0
