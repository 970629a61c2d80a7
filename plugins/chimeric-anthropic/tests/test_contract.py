"""Anthropic passes the provider contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
        body += block(index, inner(bare), *map(inner, grown))
    return body


def inner(value: Any) -> str:
    """The members of an object in JSON."""
    return msgspec.json.encode(value).decode()[1:-1]


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
    "no end": START + TEXT,
    "a word": b"data: zodd\n\n",
    "a named word": b"event: error\ndata: zodd\n\n",
    "nothing": b"",
    "no message": b"{}",
}
COUNT_KEYS = {
    "cache_control": {"type": "ephemeral"},
    "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    "mcp_servers": [{"type": "url", "url": "https://m.test", "name": "s"}],
    "speed": "fast",
    "output_config": {"effort": "low"},
    "thinking": {"type": "adaptive"},
}


STATUSES = {
    "invalid_request_error": (400, BadRequestError),
    "billing_error": (402, BadRequestError),
    "authentication_error": (401, AuthenticationError),
    "permission_error": (403, PermissionDeniedError),
    "not_found_error": (404, NotFoundError),
    "conflict_error": (409, BadRequestError),
    "request_too_large": (413, BadRequestError),
    "rate_limit_error": (429, RateLimitError),
    "api_error": (500, ServerError),
    "timeout_error": (504, ServerError),
    "overloaded_error": (529, ServerError),
}
KINDS = {
    **{
        name: ErrorKind(status=status, error=kind, type=name)
        for name, (status, kind) in STATUSES.items()
    },
    "spent": ErrorKind(
        status=429,
        error=RateLimitError,
        type="rate_limit_error",
        code="spend_limit",
        headers={"x-should-retry": "false", "request-id": "r1", "retry-after": "8"},
        retryable=False,
        retry_after=8,
    ),
    "again": ErrorKind(
        status=400, error=BadRequestError, headers={"x-should-retry": "true"}, retryable=True
    ),
    **{
        f"a status of {status}": ErrorKind(status=status, error=kind)
        for status, kind in ((408, BadRequestError), (422, BadRequestError), (503, ServerError))
    },
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
    families = ("claude-sonnet-4-5", "claude-opus-4-7", "claude-3-5-haiku-20241022")
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
