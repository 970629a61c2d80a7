"""Server-sent events of Cohere's answers, and all that one can show."""

from __future__ import annotations

from chimeric import Usage


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
