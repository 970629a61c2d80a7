"""Google on loopback: a token server, and models of every protocol that Vertex AI speaks."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chimeric import Chimeric

PREFIXES = ("GOOGLE_", "GEMINI_", "VERTEX_", "GCLOUD_", "CLOUDSDK_", "GCE_", "CLOUD_ML_", "NO_GCE")


def reply(status: int, body: Any, kind: str = "application/json") -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


def sse(*events: Any, ends: str = "\n\n", named: bool = False) -> bytes:
    lines = ""
    for event in events:
        lines += f"event: {event['type']}\n" if named else ""
        lines += f"data: {event if isinstance(event, str) else json.dumps(event)}{ends}"
    return reply(200, lines.encode(), "text/event-stream")


GEMINI = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": "ok"}]}, "finishReason": "STOP"}
    ],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4},
    "modelVersion": "gemini",
}
USAGE = {"input_tokens": 3, "output_tokens": 1}
CLAUDE = {
    "id": "msg_vrtx_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "ok"}],
    "stop_reason": "end_turn",
    "usage": USAGE,
}
CLAUDE_EVENTS = (
    {"type": "message_start", "message": {**CLAUDE, "content": [], "stop_reason": None}},
    {"type": "ping"},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ok"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": USAGE},
    {"type": "message_stop"},
)
CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "model": "m",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    ],
}
CHAT_CHUNK = {
    "id": "c1",
    "object": "chat.completion.chunk",
    "model": "m",
    "choices": [
        {"index": 0, "delta": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    ],
}
ITEM = {
    "type": "message",
    "id": "m1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "ok", "annotations": []}],
}
RESPONSE = {"id": "r1", "object": "response", "status": "completed", "model": "m", "output": [ITEM]}


class Google:
    """Answers every request in the protocol of its path, and gives tokens at ``/token``.

    Attributes:
        lasts: seconds that its tokens are good for.
        takes: seconds that the token server takes.
        grants: the forms that came to the token server.
        refused: tokens that the models refuse with 401.
        errors: bytes to answer model requests with, first of all.
    """

    def __init__(self) -> None:
        self.lasts = 3600
        self.takes = 0.0
        self.grants: list[dict[str, str]] = []
        self.refused: set[str] = set()
        self.errors: list[bytes] = []
        self.token_error: bytes | None = None
        self.models: list[SeenRequest] = []
        self._lock = threading.Lock()
        self.server = LoopbackServer(self.handle)
        self.url = self.server.url

    @property
    def authorizations(self) -> list[str]:
        return [request.headers.get("authorization", "") for request in self.models]

    def handle(self, request: SeenRequest) -> Iterable[Step]:
        path = request.path.partition("?")[0]
        if path == "/token":
            yield from self.token(request)
            return
        if path.startswith("/computeMetadata"):
            yield self.metadata(path)
            return
        self.models.append(request)
        if self.errors:
            yield self.errors.pop(0)
        elif request.headers.get("authorization", "").removeprefix("Bearer ") in self.refused:
            error = {"code": 401, "message": "Request had invalid authentication credentials."}
            yield reply(401, {"error": {**error, "status": "UNAUTHENTICATED"}})
        else:
            yield self.answer(request, path)

    def token(self, request: SeenRequest) -> Iterable[Step]:
        with self._lock:
            self.grants.append({k: v[0] for k, v in parse_qs(request.body.decode()).items()})
            number = len(self.grants)
        if self.takes:
            yield Pause(self.takes)
        if self.token_error is not None:
            yield self.token_error
            return
        told = {"access_token": f"ya29.token-{number}", "expires_in": self.lasts}
        yield reply(200, {**told, "token_type": "Bearer"})

    def metadata(self, path: str) -> bytes:
        flavor = b"HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\n"
        if path.endswith("/token"):
            with self._lock:
                self.grants.append({"grant_type": "metadata"})
                number = len(self.grants)
            told: Any = {"access_token": f"ya29.token-{number}", "expires_in": self.lasts}
        elif path.endswith("/project/project-id"):
            body = b"metadata-project"
            return flavor + b"content-type: text/plain\r\ncontent-length: 16\r\n\r\n" + body
        else:
            told = {"email": "e@p.iam.gserviceaccount.com", "scopes": ["s"], "aliases": []}
        body = json.dumps(told).encode()
        head = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return flavor + head.encode() + body

    def answer(self, request: SeenRequest, path: str) -> bytes:
        if request.method == "GET":
            token = "pageToken" in request.path
            name = "gemini-2.5-pro" if token else "gemini-2.5-flash"
            page = {"publisherModels": [{"name": f"publishers/google/models/{name}"}]}
            return reply(200, page if token else {**page, "nextPageToken": "a/b"})
        method = path.rpartition(":")[2]
        body = request.json()
        if method == "countTokens":
            return reply(200, {"totalTokens": 7})
        if path.endswith("count-tokens:rawPredict"):
            return reply(200, {"input_tokens": 8})
        if method == "generateContent":
            return reply(200, GEMINI)
        if method == "streamGenerateContent":
            return sse(GEMINI, ends="\r\n\r\n")
        if path.endswith("/responses"):
            done = {"type": "response.completed", "sequence_number": 1, "response": RESPONSE}
            return sse(done, named=True) if body.get("stream") else reply(200, RESPONSE)
        if "anthropic" in path:
            streamed = method == "streamRawPredict"
            return sse(*CLAUDE_EVENTS, named=True) if streamed else reply(200, CLAUDE)
        return sse(CHAT_CHUNK, "[DONE]") if body.get("stream") else reply(200, CHAT)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of whoever runs the tests, and no search for a metadata server."""
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("ANTHROPIC_VERTEX_PROJECT_ID", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))


@pytest.fixture
def google() -> Iterator[Google]:
    google = Google()
    yield google
    google.server.close()


@pytest.fixture
def client(google: Google) -> Iterator[Chimeric]:
    """A client with a token of the caller's own."""
    with Chimeric(
        vertex_base_url=google.url,
        vertex_auth_token="ya29.given-0123456789",
        vertex_project="p",
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


@pytest.fixture
def service_account(google: Google, private_key: str) -> dict[str, str]:
    """The content of a service account's key file."""
    return {
        "type": "service_account",
        "project_id": "file-project",
        "private_key_id": "k1",
        "private_key": private_key,
        "client_email": "robot@file-project.iam.gserviceaccount.com",
        "token_uri": f"{google.url}/token",
    }


@pytest.fixture
def authorized_user(google: Google) -> dict[str, str]:
    """The content of the file that a login with gcloud leaves."""
    return {
        "type": "authorized_user",
        "client_id": "id.apps.googleusercontent.com",
        "client_secret": "secret-of-the-app",
        "refresh_token": "1//refresh-0123456789",
        "quota_project_id": "paying-project",
        "token_uri": f"{google.url}/token",
    }
