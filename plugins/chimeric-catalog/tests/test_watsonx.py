"""IBM watsonx.ai, whose paths, tokens and streams are its own; and Writer's path."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import AuthenticationError, Chimeric, ConfigurationError, ProviderError

from .service import CHAT, KEY, ask, sse

TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WATSONX_")]:
        monkeypatch.delenv(name)


class Cloud:
    """IBM Cloud: gives tokens at ``/identity/token``, and answers in both ways."""

    def __init__(self) -> None:
        self.status = 200
        self.stream = b""
        self.grants: list[dict[str, list[str]]] = []
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> Iterator[bytes]:
        path, kind = request.path.partition("?")[0], "application/json"
        if path == "/identity/token":
            self.grants.append(parse_qs(request.body.decode()))
            told: Any = {"access_token": f"token-{len(self.grants)}-0123456789", "expires_in": 3600}
            body, status = msgspec.json.encode(told), self.status
        else:
            streamed = path.endswith("_stream")
            kind = "text/event-stream" if streamed else kind
            body, status = self.stream if streamed else msgspec.json.encode(CHAT), 200
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}"
        yield f"{head}\r\n\r\n".encode() + body

    @property
    def asked(self) -> list[SeenRequest]:
        return [r for r in self.server.requests if not r.path.startswith("/identity")]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    cloud = Cloud()
    monkeypatch.setenv("WATSONX_URL", cloud.server.url)
    monkeypatch.setenv("WATSONX_IAM_URL", f"{cloud.server.url}/identity/token")
    monkeypatch.setenv("WATSONX_PROJECT_ID", "project-1")
    yield cloud
    cloud.server.close()


def test_a_key_is_traded_for_a_token_once_for_many_callers(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATSONX_API_KEY", KEY)
    with Chimeric() as client:
        threads = [
            threading.Thread(target=client.generate, args=("watsonx:ibm/granite", "Hi"))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    (grant,) = cloud.grants
    assert grant == {
        "grant_type": ["urn:ibm:params:oauth:grant-type:apikey"],
        "apikey": [KEY],
    }
    sent = {request.headers["authorization"] for request in cloud.asked}
    assert sent == {"Bearer token-1-0123456789"}
    assert len(cloud.asked) == 20


def test_a_token_goes_as_it_is_and_the_request_is_of_its_own_form(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATSONX_TOKEN", "a-token-0123456789")
    with Chimeric() as client:
        params: Any = {"tools": [TOOL], "tool_choice": "required", "auto_tool": False}
        client.generate("watsonx:ibm/granite", "Hi", **params)
        client.generate("watsonx:mine", "Hi", deployment="d1", version="2025-01-01")
    first, second = cloud.asked
    assert not cloud.grants
    assert first.headers["authorization"] == "Bearer a-token-0123456789"
    assert first.path == "/ml/v1/text/chat?version=2024-03-13"
    body = first.json()
    assert (body["model_id"], body["project_id"]) == ("ibm/granite", "project-1")
    assert body["tool_choice_option"] == "required"
    assert body.keys().isdisjoint({"model", "stream", "tool_choice"})
    assert second.path == "/ml/v1/deployments/d1/text/chat?version=2025-01-01"
    assert second.json().keys() == {"messages"}


def test_a_stream_has_its_own_path_and_events_with_names(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATSONX_TOKEN", "a-token-0123456789")
    events = (
        {"choices": [{"index": 0, "delta": {"content": "ok"}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
    )
    cloud.stream = b"".join(
        b"id: %d\nevent: message\n%b" % (n, sse(event, done=False))
        for n, event in enumerate(events)
    )
    with Chimeric() as client:
        got: Any = client.generate("watsonx:ibm/granite", "Hi", stream=True)
        response = got.collect()
        assert (response.content, response.usage.total_tokens) == ("ok", 3)
        told = {"errors": [{"code": "model_overloaded", "message": "no room"}], "status_code": 503}
        cloud.stream = b"id: 1\nevent: error\n" + sse(told, done=False)
        with pytest.raises(ProviderError, match="no room"):
            client.generate("watsonx:ibm/granite", "Hi", stream=True).collect()
    (first, *_) = cloud.asked
    assert first.path == "/ml/v1/text/chat_stream?version=2024-03-13"
    assert first.json().keys() == {"messages", "model_id", "project_id"}


def test_a_key_that_is_refused_and_a_missing_project_are_told(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATSONX_API_KEY", KEY)
    cloud.status = 400
    with Chimeric(max_retries=0) as client:
        with pytest.raises(AuthenticationError, match="gave no token for the key") as caught:
            client.generate("watsonx:ibm/granite", "Hi")
        assert KEY not in str(caught.value)
        monkeypatch.delenv("WATSONX_PROJECT_ID")
        with pytest.raises(ConfigurationError, match="WATSONX_SPACE_ID"):
            client.generate("watsonx:ibm/granite", "Hi")
    assert not cloud.asked


def test_writers_path_is_chat_alone() -> None:
    request, told = ask("writer", "palmyra-x5")
    assert request.path == "/v1/chat"
    assert not told
