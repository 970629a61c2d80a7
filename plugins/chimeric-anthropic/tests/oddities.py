"""Answers of Anthropic's that are odd: what is told of them is approved."""

from __future__ import annotations

from typing import Any

import msgspec

from .frames import OUTPUT, PAGE, RAN, START, TEXT, TOOL, WHOLE, block, end, event, streamed


def of_text(*events: bytes, reason: str = "end_turn") -> bytes:
    """A stream with these events between a text and its end."""
    return START + block(0, '"type":"text","text":"Once"') + b"".join(events) + end(reason)


def blocks(*values: dict[str, Any]) -> bytes:
    return START + streamed([*values]) + end("end_turn")


def bare(body: str, name: str = "") -> bytes:
    """An event of no type."""
    return f"{f'event: {name}' + chr(10) if name else ''}data: {{{body}}}\n\n".encode()


def ran(name: str, content: Any, given: Any = None, **more: Any) -> list[dict[str, Any]]:
    """A call of a tool of Anthropic's, and its result."""
    kind = more.pop("kind", f"{name}_tool_result")
    result = {"type": kind, "tool_use_id": "srv_1", "content": content, **more}
    use = {"type": "server_tool_use", "id": "srv_1", "name": name, "input": given or {"a": 1}}
    return [use, result]


ENDS = (
    *("end_turn", "stop_sequence", "max_tokens", "model_context_window_exceeded", "tool_use"),
    *("refusal", "pause_turn", "compaction", "stop", "end", "endturn", "eos", "eos_token"),
    *("complete", "completed", "length", "max_length", "model_length", "max_output_tokens"),
    *("context_window_exceeded", "tool_calls", "tool_call", "function_call", "sensitive"),
    *("content_filter", "content_filtered", "guardrail_intervened", "safety", "pause"),
    *("pause_after_compaction", "", "null", "none", "undefined", "unspecified", "abort"),
)
TYPES = (
    *("invalid_request_error", "authentication_error", "billing_error", "permission_error"),
    *("not_found_error", "conflict_error", "request_too_large", "rate_limit_error", "api_error"),
    *("timeout_error", "overloaded_error"),
)
ERRORS = (
    *(f'"error":{{"type":"{name}","message":"zfault"}},"request_id":"r1"' for name in TYPES),
    *(
        f'"error":{{"type":"{name}","message":"zfault","details":{{"error_code":"{code}"}}}}'
        for name in TYPES
        for code in ("insufficient_quota", "not_found")
    ),
    *('"error":"zfault"', '"error":{"msg":"zfault","code":7}', '"detail":[{"msg":"zfault"}]'),
    *('"errors":{"error_msg":"zfault","error_code":"z1"}', '"detail":"zfault","code":"z3"'),
    *('"error":{"error_message":"zfault","status_code":429}', '"error":{"title":"zfault"}'),
    *('"error":{"detail":"zfault","http_status_code":503}', '"message":"zfault","status":400'),
    *('"error":{"status_msg":"zfault"}', '"error":{"error":"zfault"}', '"error":{"__type":"zt"}'),
    *('"error":{}', '"error":{"type":"error"}', '"error":{"a":1}', '"error":true', '"message":1'),
    *('"message":"zfault","error_type":"zt","code":""', '"error":{"message":""},"msg":"zouter"'),
    *('"error":{"message":"zfault","details":{"error_code":"zd"},"code":false}', '"error":[]'),
)
CODE = {"type": "code_execution_result", "stdout": "1", "stderr": "e", "return_code": 1}
DOCUMENT = {"type": "document", "title": "T", "source": {"type": "text", "data": "said"}}
FETCHED = {"type": "web_fetch_result", "url": "u", "content": DOCUMENT, "page_age": "May"}
FOUND = {"tool_references": [{"type": "tool_reference", "tool_name": "now"}]}
MCP = {"type": "mcp_tool_use", "id": "srv_1", "name": "ask", "server_name": "s", "input": {}}
NO = {"type": "text", "text": "no"}
RUNS = {
    "a search": ran("web_search", [{**PAGE, "page_age": "May"}, 1], {"query": "a", "b": 2}),
    "a fetch": ran("web_fetch", FETCHED, {"url": "u", "b": 2}),
    "a fetch of a file": ran("web_fetch", {**FETCHED, "content": {"source": {"type": "base64"}}}),
    "a fetch that is a list": ran("web_fetch", [FETCHED]),
    "code": ran("code_execution", {**CODE, "abort_reason": "late"}, {"code": "1"}),
    "code with files": ran("code_execution", {**CODE, "content": [OUTPUT, {}, 1]}, {"code": 1}),
    "commands": ran("bash_code_execution", RAN, {"command": "ls", "restart": True}),
    "an editor": ran("text_editor_code_execution", {"type": "x"}, {"command": "view"}),
    "a tool search": ran("tool_search_tool_regex", FOUND, kind="tool_search_tool_result"),
    "a new tool": ran("new_tool", [NO]),
    "an error": ran("web_search", {"type": "web_search_tool_result_error", "error_code": "x"}),
    "a failure in words": ran("web_search", [NO], is_error=True),
    "a failure in two": ran("web_search", [NO, NO], is_error=True),
    "an answer of mcp": [MCP, {**ran("mcp", [NO])[1], "type": "mcp_tool_result"}],
    "a result of no call": ran("code_execution", CODE)[1:],
    "a result of mcp and no call": [{**ran("mcp", [NO])[1], "type": "mcp_tool_result"}],
    "a call without a result": ran("web_search", [])[:1],
    "an upload": [{"type": "container_upload", "file_id": "f1"}, {"type": "container_upload"}],
    "a compaction": [{"type": "compaction", "content": "Short."}, NO],
    "a fallback": [{"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}, NO],
    "an opaque thought": [{"type": "redacted_thinking", "data": "s"}, NO],
    "calls of a set of tools": [
        {"type": "tool_use", "id": "t1", "name": "now", "input": {}, "toolset_name": "clocks"},
        {**ran("web_search", [], {"query": "a"})[0], "toolset_name": "searches"},
    ],
    "a call from code": [
        *ran("code_execution", CODE, {"code": "1"})[:1],
        {
            "type": "tool_use",
            "id": "t1",
            "name": "now",
            "input": {"a": 1},
            "caller": {"type": "code_execution_20250825", "tool_id": "srv_1"},
        },
    ],
}
ODDITIES = {
    **{f"the end {word}": of_text(reason=word) for word in ENDS},
    **{f"the error {told}": of_text(event("error", told)) for told in ERRORS},
    **{f"the error {told} of no type": of_text(bare(told)) for told in ERRORS},
    **{f"the body {told}": f'{{"type":"error",{told}}}'.encode() for told in ERRORS},
    **{f"the bare body {told}": f"{{{told}}}".encode() for told in ERRORS},
    **{f"{name}": blocks(*run) for name, run in RUNS.items()},
    **{
        f"{name}, whole": (WHOLE % (msgspec.json.encode(run).decode()[1:-1], "end_turn")).encode()
        for name, run in RUNS.items()
    },
    "no types": b"".join(
        (
            bare(START.decode().partition('_start",')[2].strip().removesuffix("}")),
            bare('"index":0,"content_block":{"type":"text","text":""}'),
            bare('"index":0,"delta":{"type":"text_delta","text":"Once"}'),
            bare('"x":1'),
            bare('"delta":{"stop_reason":"end_turn"}'),
        )
    ),
    "names alone": bare('"index":0,"delta":{"type":"text_delta","text":"O"}', "content_block_delta")
    + bare('"delta":{"stop_reason":"end_turn"}', "message_delta")
    + bare('"x":1', "message_stop"),
    "blocks without indexes": START
    + event("content_block_start", '"content_block":{"type":"text","text":"a"}')
    + event("content_block_delta", '"delta":{"type":"text_delta","text":"b"}')
    + event("content_block_stop")
    + event(
        "content_block_start",
        '"content_block":{"type":"tool_use","id":"t1","name":"now","input":{}}',
    )
    + event("content_block_delta", '"delta":{"type":"input_json_delta","partial_json":"{}"}')
    + event("content_block_delta", '"delta":{"type":"text_delta","text":"c"}')
    + event("content_block_stop")
    + end("tool_use"),
    "a call that is told again": START
    + TOOL
    + block(2, '"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Oslo"}')
    + block(3, '"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Bergen"}')
    + block(4, '"type":"tool_use","id":"toolu_1","name":"now","input":{}')
    + end("tool_use"),
    "a call of no id": START
    + event("content_block_start", '"index":0,"content_block":{"type":"tool_use","name":"now"}')
    + event("content_block_start", '"index":0,"content_block":{"type":"tool_use","name":"now"}')
    + end("tool_use"),
    "text at the index of a call": START
    + event(
        "content_block_start",
        '"index":0,"content_block":{"type":"tool_use","id":"t1","name":"now","input":{}}',
    )
    + event("content_block_delta", '"index":0,"delta":{"type":"text_delta","text":"c"}')
    + event(
        "content_block_delta", '"index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}'
    )
    + event("content_block_stop", '"index":0')
    + end("tool_use"),
    "a whole start": START.replace(b'"content":[]', b'"content":[{"type":"text","text":"Once"}]')
    + block(0, '"type":"text","text":""', '"type":"text_delta","text":"Once"')
    + end("end_turn"),
    "deltas of no known type": START
    + event("content_block_delta", '"index":0,"delta":{"type":"new","text":"Once"}')
    + event("content_block_delta", '"index":0,"delta":{"text":" more"}')
    + end("end_turn"),
    "a refusal": of_text(reason="refusal").replace(
        b'"stop_details":null',
        b'"stop_details":{"type":"refusal","category":"bio","explanation":"No."}',
    ),
    "a managed context": of_text(
        event("message_delta", '"delta":{},"context_management":{"applied_edits":[{"type":"x"}]}')
    ),
    "a container": of_text(event("message_delta", '"delta":{"container":{"id":"c1"}},"usage":{}')),
    "counts of servers": of_text(
        event(
            "message_delta",
            '"delta":{},"usage":{"output_tokens":8,"server_tool_use":{"web_search_requests":2},'
            '"service_tier":"standard","cache_creation":{"ephemeral_5m_input_tokens":1}}',
        )
    ),
    "a compaction in pieces": of_text(
        event("content_block_start", '"index":1,"content_block":{"type":"compaction"}'),
        event(
            "content_block_delta",
            '"index":1,"delta":{"type":"compaction_delta","content":"Short.","encrypted_content":""}',
        ),
    ),
    "no end": START + TEXT,
    "a word": b"data: zodd\n\n",
    "a named word": b"event: error\ndata: zodd\n\n",
    "nothing": b"",
    "no message": b"{}",
}
