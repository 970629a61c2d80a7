"""Shared by the tests of chimeric-anthropic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chimeric_anthropic
import msgspec
import pytest

from chimeric import Delta, Event, HTTPRequest, Message, ProviderConfig, Request, ToolCallDelta


@pytest.fixture
def config() -> ProviderConfig:
    declaration = chimeric_anthropic.chimeric_provider()
    return ProviderConfig(
        name="anthropic", base_url="https://api.anthropic.com/v1", declaration=declaration
    )


@pytest.fixture
def build(config: ProviderConfig) -> Callable[..., HTTPRequest]:
    def make(*messages: Message, options: dict[str, Any] | None = None, **params: Any) -> Any:
        params.setdefault("model", "claude-sonnet-4-5")
        request = Request(messages=messages or (Message("user", "Hi"),), **params)
        provider = msgspec.structs.replace(config, options=options or {})
        return chimeric_anthropic.chimeric_build_request(request, provider)

    return make


@pytest.fixture
def stream() -> Callable[..., list[Delta]]:
    """Parse events given as dicts (or bytes); text comes back as ``Delta(text=...)``."""

    def parse(*events: dict[str, Any] | bytes, name: str | None = None) -> list[Delta]:
        state = chimeric_anthropic.chimeric_provider().state(Request(model="m", messages=()))
        deltas: list[Delta] = []
        for event in events:
            data = event if isinstance(event, bytes) else msgspec.json.encode(event)
            told = chimeric_anthropic.chimeric_parse_event(Event(data, name), state)
            deltas += as_deltas(told)
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
