"""Anthropic passes the provider contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from chimeric_testing import ErrorKind, ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, BadRequestError, ServerError

from .frames import (
    BARE_TOOL,
    COUNTED,
    SAID,
    SHOWN,
    START,
    TEXT,
    THINKING,
    TOOL,
    WHOLE,
    block,
    end,
    event,
    streamed,
)
from .oddities import ODDITIES
from .refusals import KINDS

COUNT_KEYS = {
    "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    "mcp_servers": [{"type": "url", "url": "https://m.test", "name": "s"}],
    "speed": "fast",
    "output_config": {"effort": "low"},
    "thinking": {"type": "adaptive"},
}


class TestAnthropic(ProviderContract):
    provider = "anthropic"
    error_kinds = KINDS
    approved = Path(__file__).with_name("approved.json")
    failed_results = True
    count = b'{"input_tokens":12}'
    oddities = ODDITIES

    @staticmethod
    def error_body(kind: ErrorKind) -> bytes:
        told: dict[str, Any] = {"type": kind.type or "new_error", "message": kind.message}
        if kind.code is not None:
            told["details"] = {"error_code": kind.code}
        return msgspec.json.encode({"type": "error", "error": told, "request_id": "r1"})

    @staticmethod
    def error_event(kind: ErrorKind) -> bytes | None:
        if kind.type is None or kind.headers:
            return None  # where it is a status or a header that tells
        return event("error", f'"error":{{"type":"{kind.type}","message":"zfault"}}')

    calls = {
        "all that is counted": {"messages": "Hi", "extra_body": COUNT_KEYS},
        "a budget": {"messages": "Hi", "thinking": {"type": "enabled", "budget_tokens": 2000}},
        "a budget and sampling": {
            "messages": "Hi",
            "thinking": {"type": "enabled", "budget_tokens": 2000},
            "temperature": 0.5,
            "top_k": 5,
        },
        "adaptive thinking": {"messages": "Hi", "thinking": {"type": "adaptive"}},
        "a beta": {"messages": "Hi", "betas": ["a", "b"], "metadata": {"user_id": "u"}},
        "a search": {"messages": "Hi", "tools": [{"type": "web_search_20250305", "name": "s"}]},
    }
    families = ("claude-sonnet-4-5", "claude-opus-4-8", "claude-3-5-haiku-20241022")
    streams = {
        "text": Recorded(
            body=START + THINKING + TEXT + end("end_turn"),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="end_turn",
            usage=COUNTED,
            id="msg_1",
            model="contract-model-2",
        ),
        "tools": Recorded(
            body=START + THINKING + TOOL + BARE_TOOL + end("tool_use"),
            reasoning="Think.",
            tool_calls=(("toolu_1", "weather", '{"city": "Oslo"}'), ("toolu_2", "now", "{}")),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=START + block(0, '"type":"text","text":"Once"') + end("max_tokens"),
            text="Once",
            finish_reason="length",
        ),
        "a pause": Recorded(
            body=START + block(0, '"type":"text","text":"Once"') + end("pause_turn"),
            text="Once",
            finish_reason="pause",
        ),
        "all that it shows": Recorded(
            body=START + streamed(SHOWN) + end("tool_use"),
            text=SAID,
            reasoning="Look it up.",
            tool_calls=(("toolu_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
            every=500,
        ),
    }
    answers = {
        "text": Recorded(
            body=(WHOLE % ('{"type":"text","text":"Once"}', "end_turn")).encode(),
            text="Once",
            usage=COUNTED,
            id="msg_1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=(
                WHOLE
                % (
                    '{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}}',
                    "tool_use",
                )
            ).encode(),
            tool_calls=(("toolu_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "all that it shows": Recorded(
            body=(WHOLE % (msgspec.json.encode(SHOWN).decode()[1:-1], "tool_use")).encode(),
            text=SAID,
            reasoning="Look it up.",
            tool_calls=(("toolu_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
            every=500,
        ),
    }
    stream_errors = {
        "overloaded": RecordedError(
            body=START
            + event("content_block_start", '"index":0,"content_block":{"type":"text","text":""}')
            + event("content_block_delta", '"index":0,"delta":{"type":"text_delta","text":"Once"}')
            + event("error", '"error":{"type":"overloaded_error","message":"Overloaded"}'),
            message="Overloaded",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "401": RecordedError(
            status=401,
            body=b'{"type":"error","error":{"type":"authentication_error",'
            b'"message":"invalid x-api-key"},"request_id":"req_1"}',
            message="invalid x-api-key",
            error=AuthenticationError,
        ),
        "400": RecordedError(
            status=400,
            body=b'{"type":"error","error":{"type":"invalid_request_error","message":"too long"}}',
            message="too long",
            error=BadRequestError,
        ),
        "529": RecordedError(
            status=529,
            body=b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
            message="Overloaded",
            error=ServerError,
        ),
    }
    models = (
        b'{"data":[{"type":"model","id":"model-a","display_name":"A",'
        b'"created_at":"2026-01-01T00:00:00Z"}],"has_more":false,"first_id":"model-a",'
        b'"last_id":"model-a"}',
        ("model-a",),
    )
    noise = (
        event("ping"),
        event("content_block_delta", '"index":0,"delta":{"type":"new_delta","text":"x"}'),
    )
