"""How many tokens a request has: ``CountTokens``, for what Converse and InvokeModel ask.

Source: ``CountTokensRequest`` of the service's model in botocore.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec

from chimeric import ConfigurationError, HTTPRequest, HTTPResponse, ProviderConfig, Request

from .names import api_of
from .values import as_object

CONVERSE: Final = ("messages", "system", "toolConfig", "additionalModelRequestFields")


class Count(msgspec.Struct):
    """The reply; that of the Messages API has another name for it."""

    tokens: int | None = msgspec.field(default=None, name="inputTokens")
    input_tokens: int | None = None


def count_request(http: HTTPRequest, request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The request that counts the tokens of another one.

    Raises:
        ConfigurationError: for OpenAI's forms, which have none.
    """
    match api_of({**provider.options, **request.options}):
        case "converse":
            body = as_object(http.body)
            told: dict[str, Any] = {
                "converse": {name: body[name] for name in CONVERSE if name in body}
            }
        case "invoke":
            from .claude import counted

            data = base64.b64encode(msgspec.json.encode(counted(http))).decode()
            told = {"invokeModel": {"body": data}}
        case "messages":
            from chimeric_anthropic.request import count_request as count_messages

            return count_messages(http)
        case api:
            raise ConfigurationError(
                f"bedrock does not count tokens for api={api!r}: count them with Converse (no api)",
                provider="bedrock",
            )
    return msgspec.structs.replace(
        http,
        url=f"{http.url.rpartition('/')[0]}/count-tokens",
        headers={"accept": "application/json"},
        body={"input": told},
    )


def read_count(response: HTTPResponse) -> int:
    """The number of tokens.

    Raises:
        msgspec.ValidationError: where the reply tells none.
    """
    count = msgspec.json.decode(response.body, type=Count)
    number = count.input_tokens if count.tokens is None else count.tokens
    if number is None:
        raise msgspec.ValidationError("the reply holds no number of tokens")
    return number
