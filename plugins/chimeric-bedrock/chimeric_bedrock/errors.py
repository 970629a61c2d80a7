"""Bedrock's errors: error answers, and exceptions and errors inside an event stream."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chimeric import ErrorInfo, ErrorKind, HTTPResponse, ProviderConfig

from .keys.found import EXPIRED
from .regions import HOME, region_of
from .values import as_object, as_text

STATUS: Final = {
    "validationexception": 400,
    "accessdeniedexception": 403,
    "resourcenotfoundexception": 404,
    "modeltimeoutexception": 408,
    "modelerrorexception": 424,
    "modelstreamerrorexception": 424,
    "throttlingexception": 429,
    "modelnotreadyexception": 429,
    "servicequotaexceededexception": 429,
    "internalserverexception": 500,
    "serviceunavailableexception": 503,
}
"""Statuses by type. In a stream the types begin with a lower-case letter."""

KINDS: Final[dict[str, ErrorKind]] = {
    "modelerrorexception": "server",
    "modelstreamerrorexception": "server",
    "modeltimeoutexception": "server",
    "expiredtokenexception": "auth",
    "expiredtoken": "auth",
    "incompletesignatureexception": "auth",
    "signaturedoesnotmatch": "auth",
    "invalidsignatureexception": "auth",
    "unrecognizedclientexception": "auth",
    "missingauthenticationtokenexception": "auth",
}
"""Types whose status says something else: AWS answers 403 to a wrong signature, and 4xx when
the model failed."""

MESSAGES: Final = ("message", "Message", "errorMessage", "originalMessage", "detail", "msg")
TYPES: Final = ("__type", "type", "code", "Code")
CODES: Final = ("originalStatusCode", "code", "status", "statusCode")


NO_SUCH: Final = "model identifier is invalid"
PREFIX: Final = (
    "is the model in this region ({region}), and does the prefix of the profile (us., eu., "
    "apac., ...) fit it?"
)

ADVICE: Final = (
    (
        "on-demand throughput isn",
        "put the profile of a geography before the name (us., eu., apac., global.), or pass the "
        "ARN of an inference profile",
    ),
    ("ExpiredToken", EXPIRED),
    (
        "security token included in the request is expired",
        EXPIRED,
    ),
    ("Signature expired", "is the clock of this machine right?"),
    (
        "InvalidSignature",
        "look at AWS_SECRET_ACCESS_KEY, at the clock of this machine, and at what rewrites "
        "headers on the way",
    ),
    (
        "UnrecognizedClient",
        "this access key or bearer key is not known in {region}: bearer keys are of one region, "
        "and temporary keys need their AWS_SESSION_TOKEN",
    ),
    (
        "have access to the model",
        "ask for access to it in the Bedrock console, in {region}",
    ),
    (
        "is not authorized to perform",
        "the role needs this action on the model and on its inference profile (streams: "
        "bedrock:InvokeModelWithResponseStream; bearer keys: bedrock:CallWithBearerToken)",
    ),
    (
        "Invalid API version",
        "leave anthropic_version out: bedrock-2023-05-31 is sent, which every model takes",
    ),
    (
        "isn't supported on this route",
        "Mantle has some models under /openai/v1 and others under /v1: give bedrock_base_url= with "
        "the other one",
    ),
)
"""Words of an error, or of its type, and what to do about it; the first that fits is told."""


def answer_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo | None:
    """The error of an error answer, whose type is told in a header, and what to do about it."""
    info = _answer_error(response)
    if info is None:
        return info
    words = f"{info.type or ''} {info.message}"
    advice = next((advice for told, advice in ADVICE if told.lower() in words.lower()), None)
    if advice is None and NO_SUCH in words and provider.base_url == HOME:
        advice = PREFIX  # of a host that was given, nobody here knows the region
    if advice is None:
        return info
    region = region_of(provider, url="" if provider.base_url == HOME else provider.base_url)
    advice = advice.format(region=region)
    return msgspec.structs.replace(info, message=f"{info.message.rstrip('.')}; {advice}")


def _answer_error(response: HTTPResponse) -> ErrorInfo | None:
    body = as_object(response.json())
    kind = response.headers.get("x-amzn-errortype", "").partition(":")[0] or None
    kind = kind or _short(as_text(body.get("__type")))
    inner = as_object(body.get("error"))
    if inner and kind is None:
        return _of_others(response, body)
    message = _message(inner) or _message(body)
    if message is None and kind is None:
        return None
    delay = response.headers.get("x-amz-retry-after", "")
    return ErrorInfo(
        message=message or str(kind),
        type=kind,
        kind=KINDS.get((kind or "").lower()),
        retry_after=int(delay) / 1000 if delay.isdecimal() and len(delay) < 10 else None,
    )


def _of_others(response: HTTPResponse, body: dict[str, Any]) -> ErrorInfo | None:
    """An error in the form of Anthropic or of OpenAI."""
    if body.get("type") == "error":
        from chimeric_anthropic.errors import answer_error as answer_of_claude

        return answer_of_claude(response)
    from chimeric_chat_completions.errors import read_error

    return read_error(body)


def stream_error(name: str, body: Any) -> ErrorInfo:
    """The error that a message named ``exception:<type>`` or ``error:<code>`` tells."""
    kind = name.partition(":")[2] or name.strip(":")
    values = _inner(body)
    return _info(_message(values) or kind, kind, values)


def document_error(body: Any) -> ErrorInfo | None:
    """The error of a JSON document that came where an answer should be; None for another one."""
    values = _inner(body)
    message = _message(values)
    kind = next((_short(t) for name in TYPES if (t := as_text(values.get(name)))), None)
    if message is None and not kind:
        return None
    return _info(message or str(kind), kind, values)


def _info(message: str, kind: str | None, values: dict[str, Any]) -> ErrorInfo:
    """What is known by its type says what it means; of others the words do."""
    word = (kind or "").lower()
    codes = (values.get(name) for name in CODES)
    return ErrorInfo(
        message=message,
        type=kind,
        code=next((code for code in codes if isinstance(code, (int, str)) and code), None),
        status=STATUS.get(word),
        kind=KINDS.get(word),
    )


def _inner(body: Any) -> dict[str, Any]:
    """The object that holds the words: gateways wrap it."""
    if isinstance(body, str):
        return {"message": body}
    values = as_object(body)
    told = values.get("error") or values.get("detail")
    if as_text(told):
        return {**values, "message": told}
    return as_object(told) or values


def _message(body: dict[str, Any]) -> str | None:
    return next((text for name in MESSAGES if (text := as_text(body.get(name)))), None)


def _short(kind: str | None) -> str | None:
    """``com.amazon.coral.service#ThrottlingException`` without its name space."""
    return kind.rpartition("#")[2] if kind else None
