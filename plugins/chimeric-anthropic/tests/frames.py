"""Server-sent events of Anthropic's answers, and all that one can show."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Usage


def event(kind: str, body: str = "") -> bytes:
    more = f",{body}" if body else ""
    return f'event: {kind}\ndata: {{"type":"{kind}"{more}}}   \n\n'.encode()


def block(index: int, start: str, *deltas: str) -> bytes:
    """A content block, from its start to its stop."""
    place = f'"index":{index}'
    return (
        event("content_block_start", f'{place},"content_block":{{{start}}}')
        + b"".join(event("content_block_delta", f'{place},"delta":{{{d}}}') for d in deltas)
        + event("content_block_stop", place)
    )


def end(reason: str, details: str = "null") -> bytes:
    return event(
        "message_delta",
        f'"delta":{{"stop_reason":"{reason}","stop_sequence":null,"stop_details":{details}}},'
        '"usage":{"input_tokens":9,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,'
        '"output_tokens":6,"output_tokens_details":{"thinking_tokens":3}}',
    ) + event("message_stop")


START = event(
    "message_start",
    '"message":{"id":"msg_1","type":"message","role":"assistant","model":"contract-model-2",'
    '"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,'
    '"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":1}}',
)
THINKING = block(
    0,
    '"type":"thinking","thinking":"","signature":""',
    '"type":"thinking_delta","thinking":"Think."',
    '"type":"signature_delta","signature":"EvMC"',
)
TEXT = block(
    1,
    '"type":"text","text":""',
    '"type":"text_delta","text":"Once \\u2028upon"',
    '"type":"text_delta","text":" a t\u00efme \U0001f600"',
)
TOOL = block(
    1,
    '"type":"tool_use","id":"toolu_1","name":"weather","input":{}',
    '"type":"input_json_delta","partial_json":""',
    '"type":"input_json_delta","partial_json":"{\\"city\\": "',
    '"type":"input_json_delta","partial_json":"\\"Oslo\\"}"',
)
BARE_TOOL = block(2, '"type":"tool_use","id":"toolu_2","name":"now","input":{}')
WHOLE = (
    '{"id":"msg_1","type":"message","role":"assistant","model":"contract-model-2","content":[%s],'
    '"stop_reason":"%s","stop_sequence":null,"usage":{"input_tokens":9,'
    '"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":6,'
    '"output_tokens_details":{"thinking_tokens":3}}}'
)
COUNTED = Usage.of(15, 6, 21, cached=4, cache_write=2, reasoning=3)
CITED = [
    {"type": "web_search_result_location", "url": "https://a.example", "cited_text": "Moon."},
    {"type": "char_location", "cited_text": "Tides.", "document_index": 2, "document_title": "T"},
]
PAGE = {"type": "web_search_result", "url": "https://a.example", "title": "A"}
OUTPUT = {"type": "bash_code_execution_output", "file_id": "file_1"}
RAN = {
    "type": "bash_code_execution_result",
    "stdout": "1\n",
    "stderr": "",
    "return_code": 0,
    "content": [OUTPUT],
}
SHOWN = [
    {"type": "thinking", "thinking": "Look it up.", "signature": "sig"},
    {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "tides"}},
    {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [PAGE]},
    {"type": "text", "text": "They rise"},
    {"type": "text", "text": " with the moon.", "citations": CITED},
    {"type": "server_tool_use", "id": "srv_2", "name": "bash_code_execution", "input": {"a": 1}},
    {"type": "bash_code_execution_tool_result", "tool_use_id": "srv_2", "content": RAN},
    {"type": "server_tool_use", "id": "srv_3", "name": "web_fetch", "input": {"url": "u"}},
    {
        "type": "web_fetch_tool_result",
        "tool_use_id": "srv_3",
        "content": {"type": "web_fetch_tool_result_error", "error_code": "unavailable"},
    },
    {"type": "mcp_tool_use", "id": "m_1", "name": "ask", "server_name": "s", "input": {"b": 2}},
    {
        "type": "mcp_tool_result",
        "tool_use_id": "m_1",
        "is_error": True,
        "content": [{"type": "text", "text": "no"}],
    },
    {"type": "redacted_thinking", "data": "opaque"},
    {"type": "container_upload", "file_id": "file_2"},
    {"type": "of_the_future", "said": {"a": 1}},
    {"type": "text", "text": " Here is a plot."},
    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
]
SAID = "They rise with the moon. Here is a plot."


def streamed(blocks: list[dict[str, Any]]) -> bytes:
    """Whole blocks as they are streamed."""
    body = b""
    for index, whole in enumerate(blocks):
        bare, grown = grown_from(whole)
        body += block(index, inner(bare), *map(inner, grown))
    return body


def grown_from(whole: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A whole block as it starts, and the deltas that make it whole."""
    bare, grown = dict(whole), list[dict[str, Any]]()
    for cited in bare.pop("citations", ()):
        grown.append({"type": "citations_delta", "citation": cited})
    for name in ("text", "thinking", "signature"):
        if name in whole:
            bare[name] = ""
            grown.append({"type": f"{name}_delta", name: whole[name]})
    if "input" in whole:
        bare["input"] = {}
        text = msgspec.json.encode(whole["input"]).decode()
        grown.append({"type": "input_json_delta", "partial_json": text})
    return bare, grown


def inner(value: Any) -> str:
    """The members of an object in JSON."""
    return msgspec.json.encode(value).decode()[1:-1]
