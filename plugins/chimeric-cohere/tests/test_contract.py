"""Cohere passes the provider contract."""

from __future__ import annotations

from pathlib import Path

import msgspec
from chimeric_testing import ErrorKind, ProviderContract, Recorded, RecordedError

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    Usage,
)


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


def bare(body: str, name: str = "") -> bytes:
    """An event of no type."""
    return f"{f'event: {name}' + chr(10) if name else ''}data: {{{body}}}\n\n".encode()


def message(body: str, index: int | None = 0, kind: str = "tool-call-start") -> bytes:
    at = "" if index is None else f'"index":{index},'
    return event(kind, f'{at}"delta":{{"message":{{{body}}}}}')


def call(name: str, arguments: str, id_: str = "") -> str:
    identity = f'"id":"{id_}",' if id_ else ""
    return f'{{{identity}"function":{{"name":"{name}","arguments":{arguments}}}}}'


def called(name: str, arguments: str, id_: str = "", index: int | None = 0) -> bytes:
    return message(f'"tool_calls":{call(name, arguments, id_)}', index)


def more(arguments: str, index: int | None = 0) -> bytes:
    piece = f'"tool_calls":{{"function":{{"arguments":{arguments}}}}}'
    return message(piece, index, "tool-call-delta")


END_OF_CALL = event("tool-call-end", '"index":0')
ENDS = (
    *("COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR_TOXIC", "ERROR", "TIMEOUT"),
    *("STOP", "END_TURN", "EOS", "EOS_TOKEN", "END", "COMPLETED", "LENGTH", "MAX_OUTPUT_TOKENS"),
    *("MAX_LENGTH", "TOOL_CALLS", "TOOL_USE", "FUNCTION_CALL", "CONTENT_FILTER", "SAFETY"),
    *("SENSITIVE", "", "NULL", "NONE", "UNDEFINED", "UNSPECIFIED", "FINISH_REASON_UNSPECIFIED"),
)
ERRORS = (
    *('"error":"zfault"', '"error":{"message":"zfault","type":"ztype","code":7}'),
    *('"error":[{"msg":"zfault","error_type":"ztype"}]', '"detail":[{"msg":"zfault"}]'),
    *('"errors":{"error_msg":"zfault","error_code":"z1"}', '"detail":"zfault"'),
    *('"error":{"error_message":"zfault","status_code":429}', '"error":{"title":"zfault"}'),
    *('"error":{"detail":"zfault","http_status_code":503}', '"message":"zfault","status":400'),
    *('"error":{}', '"error":{"type":"error"}', '"error":{"a":1}', '"error":true', '"message":1'),
    *('"message":"zfault","type":"ztype","code":9', '"error":{"message":""},"message":"zouter"'),
    *('"error":{"message":"zfault"},"error_type":"ztype","status":"z2"', '"detail":[]'),
)
WHOLE_START = event(
    "message-start",
    '"id":"c1","delta":{"message":{"role":"assistant","content":[{"type":"text","text":"Once"},'
    '{"type":"thinking","thinking":"Think."}],"tool_plan":"Ask.","tool_calls":['
    + call("weather", '"{}"', "call_1")
    + "]}}",
)
CITES = (
    *('{"start":1,"end":2,"type":"THINKING_CONTENT","sources":[]}', '{"start":true,"end":2}'),
    *(
        f'{{"start":1,"end":2,"content_index":0,"sources":[{{"document":{{"{name}":"said",'
        '"id":"d1"}}]}'
        for name in ("text", "snippet", "content", "body", "other")
    ),
    *(
        f'{{"start":1,"end":2,"sources":[{{"id":"s","tool_output":{{"{name}":"said"}}}}]}}'
        for name in ("text", "other")
    ),
    *('{"start":1,"end":2}', "{}", "1", '{"content_index":"0","sources":[1,{}]}'),
)
ODDITIES = {
    **{f"the end {word}": START + TEXT + end(word) for word in ENDS},
    **{f"the error {told}": START + TEXT + bare(told) for told in ERRORS},
    **{f"the error {told} by name": START + TEXT + bare(told, "error") for told in ERRORS},
    **{f"the body {told}": f"{{{told}}}".encode() for told in ERRORS},
    **{
        f"the end of {told}": START + TEXT + event("message-end", f'{told},"delta":null')
        for told in ERRORS
    },
    **{
        f"the citation {told}": START
        + TEXT
        + message(f'"citations":{told}', kind="citation-start")
        + end("COMPLETE")
        for told in CITES
    },
    "citations": START
    + TEXT
    + message(f'"citations":[{",".join((*CITES, *CITES))}]', kind="citation-start")
    + end("COMPLETE"),
    "a whole start": WHOLE_START + END_OF_CALL + end("TOOL_CALL"),
    "a whole start, twice": WHOLE_START + called("weather", '"{}"', "call_1") + end("TOOL_CALL"),
    "no types": b"".join(
        (
            bare('"id":"c1","delta":{"message":{"tool_plan":"Ask."}}'),
            bare('"delta":{"message":{"content":{"text":"Once"}}}'),
            bare(f'"index":0,"delta":{{"message":{{"tool_calls":{call("now", "null", "c")}}}}}'),
            bare('"delta":{"message":null}'),
            bare('"delta":{"finish_reason":"TOOL_CALL"}'),
        )
    ),
    "names alone": bare('"delta":{"message":{"content":{"text":"Once"}}}', "content-delta")
    + bare('"delta":{"finish_reason":"COMPLETE"}', "message-end"),
    "calls without an index": START
    + called("weather", '"{"', "c1", None)
    + more('"}"', None)
    + called("now", "null", "c2", None)
    + more('"{}"', None)
    + event("tool-call-end", '"x":1')
    + end("TOOL_CALL"),
    "a call that is told again": START
    + called("weather", '"{\\"a\\":"', "c1")
    + called("weather", '"{\\"a\\":"', "c1")
    + more('"1}"')
    + END_OF_CALL
    + end("TOOL_CALL"),
    "a call that is told again in full": START
    + called("weather", '"{\\"a\\":"', "c1")
    + called("weather", '"{\\"a\\":1}"', "c1", 1)
    + more('"2"', 1)
    + END_OF_CALL
    + end("TOOL_CALL"),
    "a call that is told again in pieces": START
    + called("weather", '"{\\"a\\":1}"', "c1")
    + called("weather", '"{"', "c1")
    + more('"\\"a\\":1}"')
    + more('"x"')
    + end("TOOL_CALL"),
    "calls without ids": START
    + called("weather", '"{}"')
    + called("weather", '"{}"')
    + called("now", '""')
    + called("now", '""')
    + END_OF_CALL
    + end("TOOL_CALL"),
    "calls of one id": START
    + called("weather", '"{}"', "c1")
    + called("now", '"{}"', "c1", 1)
    + called("later", '"{}"', "c1", 2)
    + end("TOOL_CALL"),
    "calls in a list": START
    + message(f'"tool_calls":[{call("a", "null", "c1")},{call("b", "null", "c2")}]', 3)
    + more('"{}"', 4)
    + end("TOOL_CALL"),
    "half a call": START + called("weather", '"{"', "c1") + END_OF_CALL + end("TOOL_CALL"),
    "a piece of no call": START + more('"{}"') + end("TOOL_CALL"),
    "an end of no call": START + END_OF_CALL + end("TOOL_CALL"),
    "a text of a list": START
    + message('"content":[{"type":"text","text":"a"},{"type":"new","b":1},"c"]', 1, "content-start")
    + message('"content":"d"', 1, "content-delta")
    + message('"content":{"text":"e","thinking":"f"}', 2, "content-delta")
    + message('"content":{"type":"new","g":1}', 3, "content-start")
    + message('"content":{"type":"text","text":"h"}', 4, "content-start")
    + message('"content":{"text":"i"}', 4, "content-delta")
    + end("COMPLETE"),
    "whole calls": (
        WHOLE
        % (
            "TOOL_CALL",
            f'"content":"Once","tool_calls":[{call("a", "null", "c1")},{call("a", "null", "c1")},'
            f'{call("a", "null")},{{"id":"c3"}}]',
        )
    ).encode(),
    "no end": START + TEXT + b"data: [DONE]\n\n",
    "a word": b"data: zodd\n\n",
    "a named word": b"event: error\ndata: zodd\n\n",
    "a page": b"<html>zodd</html>",
    "nothing": b"",
    "no message": b"{}",
    "a token": b'{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":'
    b'{"cached_tokens":1}}}',
}


STATUSES = {
    **dict.fromkeys((400, 422, 499), BadRequestError),
    **dict.fromkeys((500, 501, 503, 504), ServerError),
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
    498: AuthenticationError,
}
KINDS = {
    **{f"{status}": ErrorKind(status=status, error=kind) for status, kind in STATUSES.items()},
    "a text": ErrorKind(status=498, error=AuthenticationError, body=b"invalid token: zfault"),
    "a text that is cut": ErrorKind(status=400, error=BadRequestError, body=b"zfault \xc3"),
    "a later try": ErrorKind(
        status=429,
        error=RateLimitError,
        headers={"retry-after-ms": "1500", "x-debug-trace-id": "t1"},
        retry_after=1.5,
        retryable=True,
    ),
    "a reset": ErrorKind(
        status=429, error=RateLimitError, headers={"retry-after": "3"}, retry_after=3
    ),
}


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
