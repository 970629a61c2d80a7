"""Cohere passes the provider contract."""

from __future__ import annotations

from pathlib import Path

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, NotFoundError, ServerError, Usage


def event(kind: str, body: str) -> bytes:
    return f'event: {kind}\ndata: {{"type":"{kind}",{body}}}\n\n'.encode()


def end(reason: str) -> bytes:
    return (
        event(
            "message-end",
            f'"delta":{{"finish_reason":"{reason}","usage":{{"billed_units":{{"input_tokens":3,'
            '"output_tokens":6},"tokens":{"input_tokens":9,"output_tokens":6},'
            '"cached_tokens":4}}',
        )
        + b"data: [DONE]\n\n"
    )


START = event(
    "message-start",
    '"id":"c1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"",'
    '"tool_calls":[],"citations":[]}}',
)
TEXT = (
    event("content-start", '"index":0,"delta":{"message":{"content":{"type":"text","text":""}}}')
    + event(
        "content-delta", '"index":0,"delta":{"message":{"content":{"text":"Once \\u2028upon"}}}'
    )
    + event("content-delta", '"index":0,"delta":{"message":{"content":{"text":" a t\u00efme"}}}')
    + event("content-end", '"index":0')
)
TOOL = (
    event("tool-plan-delta", '"delta":{"message":{"tool_plan":"Ask."}}')
    + event(
        "tool-call-start",
        '"index":0,"delta":{"message":{"tool_calls":{"id":"call_1","type":"function",'
        '"function":{"name":"weather","arguments":""}}}}',
    )
    + event(
        "tool-call-delta",
        '"index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\\"city\\":"}}}}',
    )
    + event(
        "tool-call-delta",
        '"index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"\\"Oslo\\"}"}}}}',
    )
    + event("tool-call-end", '"index":0')
)
WHOLE = (
    '{"id":"c1","finish_reason":"%s","message":{"role":"assistant",%s},"usage":{"billed_units":'
    '{"input_tokens":3,"output_tokens":6},"tokens":{"input_tokens":9,"output_tokens":6},'
    '"cached_tokens":4}}'
)
COUNTED = Usage.of(9, 6, 15, cached=4)


SOURCES = (
    '"sources":[{"type":"document","id":"doc:0","document":{"id":"doc:0","title":"Tides",'
    '"snippet":"Moon.","url":"https://a.test"}},{"type":"tool","id":"sum:0",'
    '"tool_output":{"sum":"4"}}]'
)
CITED = '{"start":0,"end":5,"text":"Tides","content_index":1,"type":"TEXT_CONTENT",' + SOURCES + "}"
LOGGED = '"logprobs":{"text":"Tides","token_ids":[1,2],"logprobs":[-0.5,-0.25]}'
SHOWN = (
    event("content-start", '"index":0,"delta":{"message":{"content":{"type":"thinking"}}}')
    + event("content-delta", '"index":0,"delta":{"message":{"content":{"thinking":"Think."}}}')
    + event("content-end", '"index":0')
    + event("content-start", '"index":1,"delta":{"message":{"content":{"type":"text","text":""}}}')
    + event(
        "content-delta",
        '"index":1,"delta":{"message":{"content":{"text":"Tides"}}},' + LOGGED,
    )
    + event("citation-start", f'"index":0,"delta":{{"message":{{"citations":{CITED}}}}}')
    + event("citation-end", '"index":0')
    + event("content-delta", '"index":1,"delta":{"message":{"content":{"text":" rise."}}}')
    + event("content-start", '"index":2,"delta":{"message":{"content":{"type":"new","x":1}}}')
)


class TestCohere(ProviderContract):
    provider = "cohere"
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
        "a mode": {"messages": "Hi", "safety_mode": "NONE", "thinking": {"type": "disabled"}},
    }
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
