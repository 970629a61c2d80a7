"""Errors of every shape: the right class, and the next step in the text."""

from __future__ import annotations

from typing import Any

import pytest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
)

from .conftest import Google, reply, sse

GEMINI = "vertex:gemini-2.5-flash"
CLAUDE = "vertex:claude-opus-4-6"
LLAMA = "vertex:meta/llama-4-maverick-17b-128e-instruct-maas"


def status(code: int, name: str, message: str, *details: Any) -> dict[str, Any]:
    told = {"code": code, "message": message, "status": name}
    return {"error": {**told, "details": list(details)} if details else told}


MISSING = (
    "Publisher Model `projects/p/locations/us-east5/publishers/google/models/gemini-9` was not "
    "found or your project does not have access to it."
)
DISABLED = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
DENIED = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "USER_PROJECT_DENIED"}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

CASES = {
    "a model that is not in this location": (
        *(404, status(404, "NOT_FOUND", MISSING)),
        *(NotFoundError, ["was not found", "vertex_location='global'"]),
    ),
    "an expired token": (
        *(401, status(401, "UNAUTHENTICATED", "Request had invalid credentials.")),
        *(AuthenticationError, ["invalid credentials", "gcloud auth application-default login"]),
    ),
    "a model that is not enabled": (
        400,
        status(
            *(400, "FAILED_PRECONDITION"),
            "Project `1` is not allowed to use Publisher Model `x`",
        ),
        *(BadRequestError, ["Model Garden"]),
    ),
    "an API that is off": (
        *(403, status(403, "PERMISSION_DENIED", "Vertex AI API has not been used", DISABLED)),
        *(PermissionDeniedError, ["gcloud services enable aiplatform.googleapis.com"]),
    ),
    "no permission": (
        *(403, status(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict'")),
        *(PermissionDeniedError, ["Vertex AI User"]),
    ),
    "a quota project of another's": (
        *(403, status(403, "PERMISSION_DENIED", "Caller lacks permission", DENIED)),
        *(PermissionDeniedError, ["set-quota-project"]),
    ),
    "shared capacity": (
        *(429, status(429, "RESOURCE_EXHAUSTED", "Resource exhausted, please try again later.")),
        *(RateLimitError, ["Resource exhausted", "vertex_location='global'"]),
    ),
    "a quota": (
        *(429, status(429, "RESOURCE_EXHAUSTED", "Quota exceeded for aiplatform.googleapis.com/x")),
        *(RateLimitError, ["Quota exceeded"]),
    ),
    "Claude's own": (529, OVERLOADED, ServerError, ["Overloaded"]),
    "an open model's own": (
        400,
        {"error": {"message": "max_tokens is too large", "type": "BadRequestError", "code": 400}},
        *(BadRequestError, ["max_tokens is too large"]),
    ),
}


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("model", [GEMINI, CLAUDE, LLAMA])
@pytest.mark.parametrize("case", CASES)
def test_an_error_is_of_the_right_class_and_says_what_to_do(
    google: Google, client: Chimeric, case: str, model: str, wrapped: bool
) -> None:
    code, body, kind, words = CASES[case]
    google.errors = [reply(code, [body] if wrapped else body)]
    with pytest.raises(ProviderError) as caught:
        client.generate(model, "Hi", stream=True).collect()
    assert type(caught.value) is kind
    assert caught.value.status_code == code
    for word in words:
        assert word in str(caught.value)
    assert caught.value.partial is None


@pytest.mark.parametrize("model", [GEMINI, CLAUDE, LLAMA])
@pytest.mark.parametrize(("code", "kind"), [(404, NotFoundError), (502, ServerError)])
def test_a_page_of_html_is_told_as_one_with_the_url(
    google: Google, client: Chimeric, model: str, code: int, kind: type[ProviderError]
) -> None:
    page = b"<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>"
    google.errors = [reply(code, page, "text/html; charset=UTF-8")]
    with pytest.raises(ProviderError, match="an HTML page") as caught:
        client.generate(model, "Hi")
    assert type(caught.value) is kind
    if code == 404:
        assert "/projects/p/locations/global/" in str(caught.value)
        assert "vertex_location='global'" in str(caught.value)


def test_a_refused_express_key_is_told_how_tokens_are_given(google: Google) -> None:
    google.errors = [reply(401, status(401, "UNAUTHENTICATED", "API keys are not supported"))]
    with Chimeric(vertex_base_url=google.url, vertex_api_key="AIza-0123456789") as client:
        with pytest.raises(AuthenticationError, match="vertex_auth_token="):
            client.generate(GEMINI, "Hi")


@pytest.mark.parametrize("form", ["frame", "array"])
def test_an_error_in_mid_stream_keeps_what_had_come(
    google: Google, client: Chimeric, form: str
) -> None:
    first = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Once"}]}}]}
    failed = status(503, "UNAVAILABLE", "The service is currently unavailable.")
    google.errors = [
        sse(first, failed, ends="\r\n\r\n") if form == "frame" else reply(200, [first, failed])
    ]
    with pytest.raises(ServerError, match="currently unavailable") as caught:
        client.generate(GEMINI, "Hi", stream=True).collect()
    assert caught.value.partial is not None
    assert caught.value.partial.text == "Once"


def test_a_blocked_prompt_ends_as_content_filter(google: Google, client: Chimeric) -> None:
    blocked = {
        "promptFeedback": {"blockReason": "MODEL_ARMOR", "blockReasonMessage": "Blocked by Armor"},
        "usageMetadata": {"trafficType": "ON_DEMAND"},
    }
    google.errors = [sse(blocked, ends="\r\n\r\n")]
    response = client.generate(GEMINI, "Hi", stream=True).collect()
    assert response.finish_reason == "content_filter"


def test_counts_of_early_frames_are_not_taken_for_zero(google: Google, client: Chimeric) -> None:
    traffic = {"trafficType": "ON_DEMAND"}
    counted = {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4, **traffic}
    content = {"role": "model", "parts": [{"text": "a"}]}
    frames: list[Any] = [{"candidates": [{"content": content}], "usageMetadata": traffic}] * 3
    last = {"candidates": [{"content": content, "finishReason": "STOP"}], "usageMetadata": counted}
    google.errors = [sse(*frames, last, ends="\r\n\r\n")]
    chunks = list(client.generate(GEMINI, "Hi", stream=True))
    told = [chunk.usage for chunk in chunks if chunk.usage is not None]
    assert [(usage.prompt_tokens, usage.completion_tokens) for usage in told] == [(3, 1)]


def test_claudes_error_event_is_an_error(google: Google, client: Chimeric) -> None:
    google.errors = [sse(OVERLOADED, named=True)]
    with pytest.raises(ServerError, match="Overloaded"):
        client.generate(CLAUDE, "Hi", stream=True).collect()
