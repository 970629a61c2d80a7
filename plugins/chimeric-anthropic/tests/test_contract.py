"""Anthropic passes the provider contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, BadRequestError, ServerError, Usage


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


class TestAnthropic(ProviderContract):
    provider = "anthropic"
    approved = Path(__file__).with_name("approved.json")
    failed_results = True
    calls = {
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
