"""Google passes the provider contract."""

from __future__ import annotations

from pathlib import Path

from chimeric_testing import ErrorKind, ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, RateLimitError, ServerError

from .frames import (
    CALL,
    COUNTED,
    FRAMES,
    GROWING,
    SHOWN,
    SHOWN_END,
    STOP,
    answer,
    frame,
    second,
)
from .oddities import ODDITIES
from .parameters import CONFIG, TOOLS, TURNS, renamed, snake
from .refusals import KINDS, detailed

NOW = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}


_SMALL, _LARGE = '{"text": "Once"}', f'{{"text": "{"x" * 999}"}}'


class TestArrays(ProviderContract):
    """A proxy that drops the query string has streams come as one array."""

    provider = "google"
    cases = 0
    streams = {
        "an array": Recorded(
            body=f"[{FRAMES[0]}\n,\r\n{FRAMES[1]}\n]".encode(),
            text='Once \u2028"[{ more\\',
            usage=COUNTED,
        ),
        "a large element behind a small one": Recorded(
            body=f"[{answer(_SMALL)},{answer(_LARGE, STOP)}]".encode(),
            text=f"Once{'x' * 999}",
        ),
    }
    exempt = {
        "test_what_follows_the_terminal_signal_changes_nothing": "the end of the body is the end"
    }


class TestGoogle(ProviderContract):
    provider = "google"
    error_kinds = KINDS
    forms = ("contents",)
    approved = Path(__file__).with_name("approved.json")
    failed_results = True
    count = b'{"totalTokens": 12}'
    oddities = ODDITIES

    @staticmethod
    def error_body(kind: ErrorKind) -> bytes:
        return detailed(kind.status, kind.type or "")

    @staticmethod
    def error_event(kind: ErrorKind) -> bytes | None:
        body = kind.body if kind.body is not None else detailed(kind.status, kind.type or "")
        return b"data: " + body + b"\r\n\r\n"

    calls = {
        **{name: {"messages": "Hi", name: value} for name, value in CONFIG.items()},
        **{snake(name): {"messages": "Hi", snake(name): value} for name, value in CONFIG.items()},
        "its own form": {"messages": TURNS, "tools": [{"functionDeclarations": [{"name": "now"}]}]},
        "its own form in Python": {
            "messages": renamed(TURNS),
            "tools": [{"function_declarations": [{"name": "now", "parameters_json_schema": {}}]}],
        },
        **{f"the tool {name}": {"messages": "Hi", "tools": [{name: {"a": 1}}]} for name in TOOLS},
        **{
            f"the tool {name} in Python": {"messages": "Hi", "tools": [{snake(name): {"a": 1}}]}
            for name in TOOLS
        },
        "all of a config": {"messages": "Hi", "generationConfig": CONFIG},
        "a search": {"messages": "Hi", "tools": [{"googleSearch": {}}]},
        "a search and a function": {"messages": "Hi", "tools": [{"googleSearch": {}}, NOW]},
        "a search, no function": {
            "messages": "Hi",
            "tools": [{"googleSearch": {}}, NOW],
            "tool_choice": "none",
        },
        "a config": {
            "messages": "Hi",
            "generation_config": {"temperature": 0.5, "responseSchema": {"type": "STRING"}},
            "candidateCount": 2,
            "top_k": 5,
            "temperature": 0.6,
            "response_format": {"type": "json_object"},
        },
        "a budget and a level": {
            "messages": "Hi",
            "thinking_config": {"thinkingBudget": 5, "thinkingLevel": "LOW"},
        },
        "settings": {"messages": "Hi", "safety_settings": [{"category": "X", "threshold": "Y"}]},
        "a tuned model": {"model": "tunedModels/a b", "messages": "Hi"},
    }
    families = ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-pro-preview")
    spelling = "sse"
    streams = {
        "text": Recorded(
            body=frame('{"text": "Think.","thought": true}')
            + frame('{"text": "Once \\u2028upon"}')
            + frame('{"text": " a t\u00efme \U0001f600"}')
            + frame('{"text": "","thoughtSignature": "EpwI"}', STOP),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="STOP",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=frame(CALL) + frame('{"text": ""}', STOP),
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=frame('{"text": "Once"}') + frame("", ',"finishReason": "MAX_TOKENS"'),
            text="Once",
            finish_reason="length",
        ),
        "all that it shows": Recorded(
            body=b"".join(map(frame, SHOWN)) + frame('{"text": " rise."}', SHOWN_END),
            text="Tides rise.",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
        "two candidates, one of which speaks": Recorded(
            body=frame('{"text": "Once"}')
            + second('{"text": "Twice"}')
            + frame('{"text": " upon"}', STOP)
            + second('{"text": " more"}', ',"finishReason": "MAX_TOKENS"'),
            text="Once upon",
            finish_reason="stop",
        ),
        "a call that grows": Recorded(
            body=b"".join(map(frame, GROWING)) + frame("", STOP),
            tool_calls=(("x1", "weather", '{"city":"Oslo","days":[{"n":2}],"ok":true,"no":null}'),),
            finish_reason="tool_calls",
            every=100,
        ),
    }
    answers = {
        "text": Recorded(
            body=answer('{"text": "Once"}', STOP).encode(),
            text="Once",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=answer(CALL, STOP).encode(),
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "all that it shows": Recorded(
            body=answer(",".join(SHOWN), SHOWN_END).encode(),
            text="Tides",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
    }
    stream_errors = {
        "overloaded": RecordedError(
            body=frame('{"text": "Once"}') + b'data: {"error": {"code": 503,'
            b'"message": "The model is overloaded.","status": "UNAVAILABLE"}}\r\n\r\n',
            message="The model is overloaded.",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "400": RecordedError(
            status=400,
            body=b'{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT"}}',
            message="Invalid value",
            error=BadRequestError,
        ),
        "429": RecordedError(
            status=429,
            body=b'{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}',
            message="Quota",
            error=RateLimitError,
        ),
    }
    models = (
        b'{"models":[{"name":"models/model-a","version":"1","displayName":"A",'
        b'"supportedGenerationMethods":["generateContent"]}]}',
        ("model-a",),
    )
    noise = (b'data: {"usageMetadata": {"promptTokenCount": 1}}\r\n\r\n',)
    exempt = {
        "test_what_follows_the_terminal_signal_changes_nothing": "the end of the body is the end"
    }
