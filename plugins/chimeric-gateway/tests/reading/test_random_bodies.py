"""Bodies with anything in any place: they are read, or refused, and nothing else happens."""

from __future__ import annotations

import contextlib
import copy
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocol import ClientProtocol
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_gateway.refusal import Refusal
from chimeric_sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeric import (
    BadRequestError,
    Chimeric,
    ConfigurationError,
    ModelNotSupportedError,
    StructuredOutputError,
    ToolRegistrationError,
    TranslationWarning,
)

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}

CHAT: dict[str, Any] = {
    "model": "fast",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
                },
                {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "so",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "b", "type": "custom", "custom": {"name": "g", "input": "x"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "5"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "6"}]},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "7"},
    ],
    "tools": [
        {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}},
        {"type": "custom", "custom": {"name": "g"}},
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
    "stop": ["END"],
    "temperature": 0.5,
    "max_completion_tokens": 9,
    "stream": True,
    "stream_options": {"include_usage": True},
    "logprobs": True,
    "top_logprobs": 2,
    "reasoning_effort": "low",
    "user": "u",
}

MESSAGE: dict[str, Any] = {
    "model": "fast",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "a"},
                    "title": "A",
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "so", "signature": "EvMC"},
                {"type": "text", "text": "Let me see.", "citations": [{"url": "https://e.org/"}]},
                {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "And?"},
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": [{"type": "text", "text": "5"}],
                    "is_error": False,
                },
            ],
        },
    ],
    "tools": [{"name": "f", "input_schema": SCHEMA}, {"type": "bash_20250124", "name": "bash"}],
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["END"],
    "stream": True,
}

ODD = st.sampled_from(
    [
        *(None, "", "x", 0, -1, 1.5, 1e308, True, False, [], {}, [None], [[]], [{}], {"a": None}),
        *({"type": "text"}, {"type": 7}, {"type": []}, {"role": "user"}, ["x", 7], {"": ""}),
        "data:,",
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """A body with something odd in one place or two, or without what stood there."""
    made = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 2))):
        *path, key = draw(st.sampled_from(list(places(made))))
        inner: Any = made
        for step in path:
            inner = inner[step]
        if draw(st.booleans()):
            inner[key] = copy.deepcopy(draw(ODD))
        else:
            del inner[key]
    return made


@pytest.fixture(scope="module")
def client() -> Iterator[Chimeric]:
    with Simulator() as sim:
        urls = {name: sim.base_url(name) for name in ("anthropic", "compatible", "google")}
        with Chimeric(base_urls=urls, api_keys=dict.fromkeys(urls, "any")) as made:
            yield made


UPSTREAMS = st.sampled_from(["anthropic:tools", "compatible:tools", "google:tools"])
AT_FAULT = (ConfigurationError, ToolRegistrationError, ModelNotSupportedError, BadRequestError)
"""What the core cannot make sense of, or the upstream, is a 400 too."""
ELSEWHERE = (StructuredOutputError,)
"""The answer is good, and the client gets it, whether it fits or not."""


def judge(protocol: ClientProtocol, body: dict[str, Any], client: Chimeric, model: str) -> None:
    before = copy.deepcopy(body)
    asked = read(protocol, body)
    assert body == before
    if not isinstance(asked, Asked):
        assert asked.status == 400
        assert asked.message
        return
    with warnings.catch_warnings(), contextlib.suppress(*AT_FAULT, *ELSEWHERE):
        warnings.simplefilter("ignore", TranslationWarning)
        client.generate(model, auto_tool=False, **asked.arguments)


def read(protocol: ClientProtocol, body: dict[str, Any]) -> Asked | Refusal:
    try:
        return protocol.read(body)
    except Refusal as refusal:
        return refusal


@settings(max_examples=200, deadline=None)
@given(body=spoiled(CHAT), model=UPSTREAMS)
def test_a_spoiled_chat_is_read_or_refused(
    client: Chimeric, body: dict[str, Any], model: str
) -> None:
    judge(CHAT_COMPLETIONS, body, client, model)


@settings(max_examples=200, deadline=None)
@given(body=spoiled(MESSAGE), model=UPSTREAMS)
def test_a_spoiled_message_is_read_or_refused(
    client: Chimeric, body: dict[str, Any], model: str
) -> None:
    judge(MESSAGES, body, client, model)


@pytest.mark.filterwarnings("ignore::chimeric.TranslationWarning")
def test_the_message_as_it_is_can_be_said(client: Chimeric) -> None:
    asked = MESSAGES.read(MESSAGE)
    answer = client.generate("google:tools", auto_tool=False, **asked.arguments)
    assert answer.finish_reason is not None
