"""Answers of Cohere's that are odd: what is told of them is approved."""

from __future__ import annotations

from .frames import START, TEXT, WHOLE, end, event


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
