"""Cohere passes the provider contract."""

from __future__ import annotations

from pathlib import Path

import msgspec
from chimeric_testing import ErrorKind, ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, NotFoundError, ServerError

from .frames import CITED, COUNTED, LOGGED, SHOWN, START, TEXT, TOOL, WHOLE, end, event
from .oddities import ODDITIES
from .refusals import KINDS


class TestCohere(ProviderContract):
    provider = "cohere"
    error_kinds = KINDS
    approved = Path(__file__).with_name("approved.json")
    calls = {
        "documents": {"messages": "Why?", "documents": [{"id": "1", "data": {"text": "a"}}]},
        "documents and a mode": {
            "messages": "Why?",
            "documents": ["a"],
            "safety_mode": "STRICT",
            "response_format": {"type": "json_object"},
        },
        "penalties": {"messages": "Hi", "frequency_penalty": 2, "presence_penalty": -1, "k": 900},
        "a number in range": {"messages": "Hi", "frequency_penalty": 1, "k": 500, "top_p": 0.99},
        "its first API": {
            "messages": [
                {"role": "SYSTEM", "message": "Be brief."},
                {"role": "USER", "message": "Hi", "x_key": 1},
                {"role": "CHATBOT", "message": "Hello."},
                {"role": "USER", "message": "Why?"},
            ]
        },
        "another role": {"messages": [{"role": "TOOL", "message": "Hi"}]},
        "no text": {"messages": [{"role": "USER", "message": 1}]},
        "a mode": {"messages": "Hi", "safety_mode": "NONE", "thinking": {"type": "disabled"}},
    }
    oddities = ODDITIES

    @staticmethod
    def error_body(kind: ErrorKind) -> bytes:
        return msgspec.json.encode({"id": "e1", "message": kind.message})

    families = ("command-a-03-2025", "command-r-08-2024", "command-a-reasoning-08-2025")
    streams = {
        "text": Recorded(
            body=START + TEXT + end("COMPLETE"),
            text="Once \u2028upon a t\u00efme",
            finish_reason_native="COMPLETE",
            usage=COUNTED,
            id="c1",
        ),
        "a tool": Recorded(
            body=START + TOOL + end("TOOL_CALL"),
            reasoning="Ask.",
            tool_calls=(("call_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=START + TEXT + end("MAX_TOKENS"),
            text="Once \u2028upon a t\u00efme",
            finish_reason="length",
        ),
        "all that it shows": Recorded(
            body=START + SHOWN + end("COMPLETE"),
            text="Tides rise.",
            reasoning="Think.",
            every=300,
        ),
    }
    answers = {
        "text": Recorded(
            body=(WHOLE % ("COMPLETE", '"content":[{"type":"text","text":"Once"}]')).encode(),
            text="Once",
            usage=COUNTED,
            id="c1",
        ),
        "a tool": Recorded(
            body=(
                WHOLE
                % (
                    "TOOL_CALL",
                    '"tool_plan":"Ask.","tool_calls":[{"id":"call_1","type":"function",'
                    '"function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]',
                )
            ).encode(),
            reasoning="Ask.",
            tool_calls=(("call_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "all that it shows": Recorded(
            body=(
                WHOLE
                % (
                    "COMPLETE",
                    '"content":[{"type":"thinking","thinking":"Think."},{"type":"text",'
                    f'"text":"Tides rise."}},{{"type":"new","x":1}}],"citations":[{CITED}]',
                )
            )
            .replace('"finish_reason"', f'"logprobs":[{LOGGED[11:]}],"finish_reason"')
            .encode(),
            text="Tides rise.",
            reasoning="Think.",
            every=300,
        ),
    }
    stream_errors = {
        "at the end": RecordedError(
            body=START
            + TEXT
            + event("message-end", '"delta":{"finish_reason":"ERROR","error":"it broke"}'),
            message="it broke",
            error=ServerError,
            text="Once \u2028upon a t\u00efme",
        )
    }
    errors = {
        "401": RecordedError(
            status=401,
            body=b'{"id":"e1","message":"invalid api token"}',
            message="invalid api token",
            error=AuthenticationError,
        ),
        "404": RecordedError(
            status=404,
            body=b'{"message":"model not found"}',
            message="model not found",
            error=NotFoundError,
        ),
    }
    models = (
        b'{"models":[{"name":"model-a","endpoints":["chat"],"context_length":100,'
        b'"features":null}]}',
        ("model-a",),
    )
    noise = (event("debug", '"prompt":"x"'), event("new-event", '"delta":null'))
