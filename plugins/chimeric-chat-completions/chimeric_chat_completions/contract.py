"""The contract suite of a provider that speaks chat completions: fixtures of the bare protocol.

Derive from ``ChatContract`` in a plugin's tests, name the provider, and add what is particular.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import AuthenticationError, BadRequestError, RateLimitError, ServerError, Usage

__all__ = ["ChatContract"]

USAGE = (
    b'"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15,'
    b'"prompt_tokens_details":{"cached_tokens":4},'
    b'"completion_tokens_details":{"reasoning_tokens":2}}'
)
COUNTED = Usage.of(9, 6, 15, cached=4, reasoning=2)


def frame(delta: bytes, finish: bytes = b"null", more: bytes = b"") -> bytes:
    """One chunk of a stream."""
    return (
        b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,'
        b'"model":"contract-model-2","choices":[{"index":0,"delta":' + delta + b',"logprobs":null,'
        b'"finish_reason":' + finish + b"}]" + more + b"}\n\n"
    )


END = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,'
    b'"model":"contract-model-2","choices":[],' + USAGE + b"}\n\ndata: [DONE]\n\n"
)

TEXT = (
    frame(b'{"role":"assistant","content":"","refusal":null}')
    + frame(b'{"content":"Once \\u2028upon"}')
    + frame('{"content":" a t\u00efme \U0001f600"}'.encode())
    + frame(b'{"content":null}')
    + frame(b"{}", b'"stop"')
    + END
)
CUT_BY_LENGTH = frame(b'{"content":"Once"}') + frame(b"{}", b'"length"') + END
TOOLS = (
    frame(
        b'{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1",'
        b'"type":"function","function":{"name":"weather","arguments":""}}]}'
    )
    + frame(b'{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\":"}}]}')
    + frame(b'{"tool_calls":[{"index":0,"function":{"arguments":"\\"Oslo\\"}"}}]}')
    + frame(
        b'{"tool_calls":[{"index":1,"id":"call_2","type":"function",'
        b'"function":{"name":"weather","arguments":"{\\"city\\":\\"Rome\\"}"}}]}'
    )
    + frame(b"{}", b'"tool_calls"')
    + END
)
CALLS = (
    ("call_1", "weather", '{"city":"Oslo"}'),
    ("call_2", "weather", '{"city":"Rome"}'),
)


def whole(message: bytes, finish: bytes = b'"stop"') -> bytes:
    """A whole answer."""
    return (
        b'{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,'
        b'"model":"contract-model-2","choices":[{"index":0,"message":' + message + b',"logprobs":'
        b'null,"finish_reason":' + finish + b"}]," + USAGE + b"}"
    )


class ChatContract(ProviderContract):
    """The contract suite with what every server of this protocol sends."""

    streams: ClassVar[Mapping[str, Recorded]] = {
        "text": Recorded(
            body=TEXT,
            text="Once \u2028upon a t\u00efme \U0001f600",
            finish_reason_native="stop",
            usage=COUNTED,
            id="chatcmpl-1",
            model="contract-model-2",
        ),
        "length": Recorded(body=CUT_BY_LENGTH, text="Once", finish_reason="length"),
        "tools": Recorded(body=TOOLS, tool_calls=CALLS, finish_reason="tool_calls"),
    }
    answers: ClassVar[Mapping[str, Recorded]] = {
        "text": Recorded(
            body=whole(b'{"role":"assistant","content":"Once","refusal":null}'),
            text="Once",
            usage=COUNTED,
            id="chatcmpl-1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=whole(
                b'{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":'
                b'"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]}',
                b'"tool_calls"',
            ),
            tool_calls=CALLS[:1],
            finish_reason="tool_calls",
        ),
    }
    stream_errors: ClassVar[Mapping[str, RecordedError]] = {
        "in the middle": RecordedError(
            body=frame(b'{"content":"Once"}')
            + b'data: {"error":{"message":"The server had an error","type":"server_error",'
            b'"param":null,"code":null}}\n\n',
            message="The server had an error",
            text="Once",
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
        "429": RecordedError(
            status=429,
            body=b'{"error":{"message":"Slow down","type":"rate_limit","code":"rate_limit"}}',
            message="Slow down",
            error=RateLimitError,
        ),
        "503": RecordedError(
            status=503,
            body=b'{"error":{"message":"Overloaded","type":"server_error"}}',
            message="Overloaded",
            error=ServerError,
        ),
    }
    models: ClassVar[tuple[bytes, tuple[str, ...]] | None] = (
        b'{"object":"list","data":[{"id":"model-a","object":"model","created":1,"owned_by":"x"},'
        b'{"id":"model-b","object":"model","created":2,"owned_by":"x"}]}',
        ("model-a", "model-b"),
    )
    noise: ClassVar[tuple[bytes, ...]] = (
        b'data: {"id":null,"object":"x","choices":[],"usage":null}\n\n',
        b'data: {"choices":[{"index":0,"delta":{"content":null,"tool_calls":null,"refusal":null},'
        b'"finish_reason":null}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":null,"finish_reason":null}]}\n\n',
    )
