"""The contract suite of a provider that speaks the Responses protocol: its fixtures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, BadRequestError, RateLimitError, Usage

__all__ = ["ResponsesContract"]

USAGE = (
    b'"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":6,'
    b'"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}'
)
COUNTED = Usage.of(9, 6, 15, cached=4, reasoning=2)


def event(name: str, body: bytes) -> bytes:
    """One event of a stream."""
    head = f'event: {name}\ndata: {{"type":"{name}",'.encode()
    return head + b'"sequence_number":1,' + body + b"}\n\n"


def response(status: bytes, output: bytes, more: bytes = b'"usage":null') -> bytes:
    """A response object."""
    return (
        b'{"id":"resp_1","object":"response","created_at":1700000000,"status":"' + status + b'",'
        b'"model":"contract-model-2","incomplete_details":null,"output":['
        + output
        + b"],"
        + more
        + b"}"
    )


def message(text: bytes) -> bytes:
    """A message item."""
    return (
        b'{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":['
        b'{"type":"output_text","text":"' + text + b'","annotations":[],"logprobs":[]}]}'
    )


def call(number: bytes, arguments: bytes, status: bytes = b"completed") -> bytes:
    """A function call item."""
    return (
        b'{"id":"fc_' + number + b'","type":"function_call","status":"' + status + b'",'
        b'"call_id":"call_' + number + b'","name":"weather","arguments":"' + arguments + b'"}'
    )


CREATED = event("response.created", b'"response":' + response(b"in_progress", b""))
REASONING = (
    b'{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Think."}],'
    b'"encrypted_content":"gAAA"}'
)
TEXT = (
    CREATED
    + event(
        "response.output_item.added",
        b'"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}',
    )
    + event(
        "response.reasoning_summary_text.delta",
        b'"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Think."',
    )
    + event("response.output_item.done", b'"output_index":0,"item":' + REASONING)
    + event(
        "response.output_item.added",
        b'"output_index":1,"item":{"id":"msg_1","type":"message","status":"in_progress",'
        b'"role":"assistant","content":[]}',
    )
    + event(
        "response.content_part.added",
        b'"item_id":"msg_1","output_index":1,"content_index":0,'
        b'"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}',
    )
    + event(
        "response.output_text.delta",
        b'"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Once \\u2028upon",'
        b'"logprobs":[],"obfuscation":"x9"',
    )
    + event(
        "response.output_text.delta",
        '"item_id":"msg_1","output_index":1,"content_index":0,"delta":" a t\u00efme"'.encode(),
    )
    + event(
        "response.output_text.done",
        '"item_id":"msg_1","output_index":1,"content_index":0,'
        '"text":"Once \u2028upon a t\u00efme"'.encode(),
    )
    + event(
        "response.output_item.done",
        b'"output_index":1,"item":' + message("Once \u2028upon a t\u00efme".encode()),
    )
    + event(
        "response.completed",
        b'"response":'
        + response(
            b"completed", REASONING + b"," + message("Once \u2028upon a t\u00efme".encode()), USAGE
        ),
    )
)
OSLO = b'{\\"city\\":\\"Oslo\\"}'
TOOLS = (
    CREATED
    + event(
        "response.output_item.added",
        b'"output_index":0,"item":' + call(b"1", b"", b"in_progress"),
    )
    + event(
        "response.function_call_arguments.delta",
        b'"item_id":"fc_1","output_index":0,"delta":"{\\"city\\":"',
    )
    + event(
        "response.function_call_arguments.delta",
        b'"item_id":"fc_1","output_index":0,"delta":"\\"Oslo\\"}"',
    )
    + event(
        "response.function_call_arguments.done",
        b'"item_id":"fc_1","output_index":0,"arguments":"' + OSLO + b'"',
    )
    + event("response.output_item.done", b'"output_index":0,"item":' + call(b"1", OSLO))
    + event("response.completed", b'"response":' + response(b"completed", call(b"1", OSLO), USAGE))
)
REFUSAL = (
    CREATED
    + event(
        "response.output_item.added",
        b'"output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}',
    )
    + event(
        "response.refusal.delta",
        b'"item_id":"msg_1","output_index":0,"content_index":0,"delta":"I will not."',
    )
    + event(
        "response.completed",
        b'"response":'
        + response(
            b"completed",
            b'{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":['
            b'{"type":"refusal","refusal":"I will not."}]}',
            USAGE,
        ),
    )
)
CALLS = (("call_1", "weather", '{"city":"Oslo"}'),)


class ResponsesContract(ProviderContract):
    """The contract suite with what every server of this protocol sends."""

    streams: ClassVar[Mapping[str, Recorded]] = {
        "text": Recorded(
            body=TEXT,
            text="Once \u2028upon a t\u00efme",
            reasoning="Think.",
            usage=COUNTED,
            id="resp_1",
            model="contract-model-2",
        ),
        "a tool": Recorded(body=TOOLS, tool_calls=CALLS, finish_reason="tool_calls"),
        "a refusal": Recorded(body=REFUSAL, refusal="I will not.", finish_reason="refusal"),
    }
    answers: ClassVar[Mapping[str, Recorded]] = {
        "text": Recorded(
            body=response(b"completed", REASONING + b"," + message(b"Once"), USAGE),
            text="Once",
            reasoning="Think.",
            usage=COUNTED,
            id="resp_1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=response(b"completed", call(b"1", OSLO), USAGE),
            tool_calls=CALLS,
            finish_reason="tool_calls",
        ),
    }
    stream_errors: ClassVar[Mapping[str, RecordedError]] = {
        "at the beginning": RecordedError(
            body=CREATED
            + event(
                "error",
                b'"error":{"type":"insufficient_quota","code":"insufficient_quota",'
                b'"message":"The quota is used up","param":null}',
            ),
            message="The quota is used up",
            error=RateLimitError,
        )
    }
    errors: ClassVar[Mapping[str, RecordedError]] = {
        "401": RecordedError(
            status=401,
            body=b'{"error":{"message":"Incorrect API key","type":"invalid_request_error",'
            b'"param":null,"code":"invalid_api_key"}}',
            message="Incorrect API key",
            error=AuthenticationError,
        ),
        "400": RecordedError(
            status=400,
            body=b'{"error":{"message":"Unsupported value","type":"invalid_request_error"}}',
            message="Unsupported value",
            error=BadRequestError,
        ),
    }
    noise: ClassVar[tuple[bytes, ...]] = (
        event("response.in_progress", b'"response":' + response(b"in_progress", b"")),
        event("response.new_thing.delta", b'"delta":"x","item_id":null'),
    )
