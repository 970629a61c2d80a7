"""What goes wrong at a cloud has the right class, and its text says what to do next: one table."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from chimeric_azure import entra
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
)

KEY = "0123456789abcdef0123456789abcdef"
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"
PREFIXES = ("AZURE_", "GOOGLE_", "GCE_", "VERTEX_", "GEMINI_", "CLOUDSDK_", "OPENAI_API_VERSION")

DEPLOYMENT = {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}
ROUTE = {"code": "404", "message": "Resource not found"}
BLOCKED = {
    "code": "content_filter",
    "message": "The response was filtered.",
    "innererror": {"content_filter_result": {"hate": {"filtered": True, "severity": "high"}}},
}
NOT_THERE = {
    "code": 404,
    "status": "NOT_FOUND",
    "message": "Publisher Model `projects/p/locations/us-east5/publishers/google/models/gemini-9` "
    "was not found or your project does not have access to it.",
}


def expired() -> str:
    """A token that ended a minute ago, as it says itself."""
    claims = json.dumps({"exp": int(time.time()) - 60}).encode()
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Settings and environment, where ``{url}`` and ``{host}`` are the server's; what it says, and
    the error of it."""

    model: str
    settings: Mapping[str, Any] = {}
    env: Mapping[str, str] = {}
    status: int = 200
    body: Any = b""
    hangs: bool = False
    asked: int = 1
    error: type[ChimericError]
    words: tuple[str, ...]


AZURE: dict[str, Any] = {"azure_base_url": "{url}", "azure_api_key": KEY}
VERTEX: dict[str, Any] = {"vertex_base_url": "{url}", "vertex_project": "p"}
TOKEN = {**VERTEX, "vertex_auth_token": "ya29.given-0123456789"}
GEMINI = "vertex:gemini-9"

CASES = {
    "no credentials at Azure": Case(
        model="azure:mine",
        settings={"azure_base_url": "{url}"},
        env={"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"},
        asked=0,
        error=ConfigurationError,
        words=("azure found no", "AZURE_OPENAI_API_KEY"),
    ),
    "expired credentials at Azure": Case(
        model="azure:mine",
        settings={"azure_base_url": "{url}", "azure_credential": expired},
        asked=0,
        error=AuthenticationError,
        words=("has expired already", "az login"),
    ),
    "a deployment that does not exist": Case(
        model="azure:gpt-5.4",
        settings=AZURE,
        status=404,
        body={"error": DEPLOYMENT},
        error=NotFoundError,
        words=("does not exist", "write azure:DEPLOYMENT with the name of a deployment"),
    ),
    "an API version that there cannot be": Case(
        model="azure:mine",
        settings={**AZURE, "azure_api_version": "newest"},
        asked=0,
        error=ConfigurationError,
        words=("no api_version 'newest'", "leave it out"),
    ),
    "an API version that the service does not know": Case(
        model="azure:mine",
        settings={**AZURE, "azure_api_version": "2023-01-01"},
        status=404,
        body={"error": ROUTE},
        error=NotFoundError,
        words=("Resource not found", "the api_version 2023-01-01 may not be known there"),
    ),
    "a filter that blocks the prompt": Case(
        model="azure:mine",
        settings=AZURE,
        status=400,
        body={"error": BLOCKED},
        error=BadRequestError,
        words=("the content filter blocked the prompt (hate (high))", "change it"),
    ),
    "no credentials at Vertex AI": Case(
        model=GEMINI,
        settings=VERTEX,
        env={"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json"},
        asked=0,
        error=ConfigurationError,
        words=("/nowhere/key.json", "No such file"),
    ),
    "a metadata server that hangs": Case(
        model=GEMINI,
        settings=VERTEX,
        env={"GCE_METADATA_HOST": "{host}", "GCE_METADATA_TIMEOUT": "0.1"},
        hangs=True,
        asked=3,
        error=RequestTimeoutError,
        words=("gave no token within 0.1 s", "gcloud auth application-default login"),
    ),
    "an expired token at Vertex AI": Case(
        model=GEMINI,
        settings=TOKEN,
        status=401,
        body={"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "Expired."}},
        error=AuthenticationError,
        words=("Expired", "gcloud auth application-default login"),
    ),
    "a location without the model": Case(
        model=GEMINI,
        settings={**TOKEN, "vertex_location": "us-east5"},
        status=404,
        body={"error": NOT_THERE},
        error=NotFoundError,
        words=("was not found", "is the model served in this location", "'global'"),
    ),
    **{
        f"a page in place of an error at {model.partition(':')[0]}": Case(
            model=model, settings=settings, status=502, body=PAGE, error=ServerError, words=words
        )
        for model, settings, words in (
            ("azure:mine", AZURE, ("an HTML page", "look for a proxy")),
            (GEMINI, TOKEN, ("an HTML page", "look for a proxy", "vertex_base_url")),
            (
                "perplexity:sonar",
                {"perplexity_base_url": "{url}", "perplexity_api_key": KEY},
                ("an HTML page", "that is no answer of Perplexity", "perplexity_base_url"),
            ),
        )
    },
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_what_goes_wrong_says_what_to_do(
    name: str, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    body = case.body if isinstance(case.body, bytes) else msgspec.json.encode(case.body)
    head = f"HTTP/1.1 {case.status} X\r\ncontent-type: application/json\r\n"

    def answer(request: SeenRequest) -> Iterator[Step]:
        if case.hangs:
            yield Pause(30)
        yield f"{head}content-length: {len(body)}\r\n\r\n".encode() + body

    for variable in [v for v in os.environ if v.startswith(PREFIXES)]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    entra._chain.cache_clear()  # what was found in another environment
    with LoopbackServer(answer) as server:
        places = {"{url}": server.url, "{host}": server.url.removeprefix("http://")}
        for variable, value in case.env.items():
            monkeypatch.setenv(variable, places.get(value, value))
        settings = {
            n: places.get(v, v) if isinstance(v, str) else v for n, v in case.settings.items()
        }
        with Chimeric(**settings, max_retries=0) as client:
            with pytest.raises(ChimericError) as caught:
                said: Any = client.generate(case.model, "Hi", stream=stream)
                said.collect()
        assert len(server.requests) == case.asked
    assert type(caught.value) is case.error
    assert all(word in str(caught.value) for word in case.words), str(caught.value)
    assert KEY not in str(caught.value)
