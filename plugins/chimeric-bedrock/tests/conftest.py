"""Shared by the tests of chimeric-bedrock."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import chimeric_bedrock
import msgspec
import pytest

from chimeric import (
    Delta,
    Event,
    HTTPRequest,
    HTTPResponse,
    Message,
    ProviderConfig,
    Request,
    ToolCallDelta,
)


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine that runs the tests may count."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.fixture
def configure() -> Callable[..., ProviderConfig]:
    def make(base_url: str | None = None, **options: Any) -> ProviderConfig:
        declaration = chimeric_bedrock.chimeric_provider()
        return ProviderConfig(
            name="bedrock",
            base_url=base_url or declaration.base_url,
            declaration=declaration,
            options=options,
        )

    return make


@pytest.fixture
def build(configure: Callable[..., ProviderConfig]) -> Callable[..., HTTPRequest]:
    def make(*messages: Message, config: ProviderConfig | None = None, **params: Any) -> Any:
        params.setdefault("model", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
        request = Request(messages=messages or (Message("user", "Hi"),), **params)
        return chimeric_bedrock.chimeric_build_request(request, config or configure())

    return make


@pytest.fixture
def stream() -> Callable[..., list[Delta]]:
    """Parse events given as ``(name, payload)``; text comes back as ``Delta(text=...)``."""

    def parse(*events: tuple[str, Any]) -> list[Delta]:
        state = chimeric_bedrock.chimeric_provider().state(Request(model="m", messages=()))
        deltas: list[Delta] = []
        for name, payload in events:
            data = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
            deltas += as_deltas(chimeric_bedrock.chimeric_parse_event(Event(data, name), state))
        return deltas

    return parse


def as_deltas(told: Delta | ToolCallDelta | str | list[Delta] | None) -> list[Delta]:
    """What a parser told, as a list; text comes as ``Delta(text=...)``."""
    if isinstance(told, list):
        return told
    if told is None:
        return []
    if isinstance(told, ToolCallDelta):
        return [Delta(tool_calls=(told,))]
    return [told if isinstance(told, Delta) else Delta(text=told)]


def encode_message(headers: dict[str, str | bytes | bool | int], payload: bytes) -> bytes:
    """A message of the event-stream encoding, written from its description."""
    block = b""
    for name, value in headers.items():
        block += bytes([len(name)]) + name.encode()
        match value:
            case bool():
                block += bytes([0 if value else 1])
            case int():
                block += b"\x05" + value.to_bytes(8)
            case bytes():
                block += b"\x06" + pack(">H", len(value)) + value
            case str():
                block += b"\x07" + pack(">H", len(value)) + value.encode()
    prelude = pack(">II", 16 + len(block) + len(payload), len(block))
    prelude += pack(">I", zlib.crc32(prelude))
    message = prelude + block + payload
    return message + pack(">I", zlib.crc32(message))


def answer(body: Any, status: int = 200, **headers: str) -> HTTPResponse:
    """An answer of the service; header names with ``_`` for ``-``."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(status=status, headers=named, body=data)


@pytest.fixture
def encode() -> Callable[..., bytes]:
    return encode_message
