"""Google passes the provider contract."""

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


def answer(parts: str, more: str = "") -> str:
    """One frame, or a whole answer."""
    return (
        f'{{"candidates": [{{"content": {{"parts": [{parts}],"role": "model"}},"index": 0{more}}}],'
        '"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": 4,"totalTokenCount": 15,'
        '"thoughtsTokenCount": 2,"cachedContentTokenCount": 3},'
        '"modelVersion": "contract-model-2","responseId": "r1"}'
    )


def frame(parts: str, more: str = "") -> bytes:
    return f"data: {answer(parts, more)}\r\n\r\n".encode()


STOP = ',"finishReason": "STOP"'
CALL = (
    '{"functionCall": {"name": "weather","args": {"city": "Oslo"},"id": "x1"},'
    '"thoughtSignature": "EpwI"}'
)
COUNTED = Usage.of(9, 6, 15, cached=3, reasoning=2)


GROUNDING = """"groundingMetadata": {"webSearchQueries": ["tides"],"groundingChunks": [
{"web": {"uri": "https://a.test","title": "a.test"}},
{"retrievedContext": {"uri": "gs://b","title": "B","text": "Moon."}}],
"groundingSupports": [{"segment": {"startIndex": 0,"endIndex": 5,"text": "Tides"},
"groundingChunkIndices": [0, 1]}],"searchEntryPoint": {"renderedContent": "<p>"}}""".replace(
    "\n", ""
)
LOGPROBS = """"logprobsResult": {"topCandidates": [{"candidates": [
{"token": "Tides","logProbability": -0.5},{"token": "Tide","logProbability": -2}]}],
"chosenCandidates": [{"token": "Tides","logProbability": -0.5}]},"avgLogprobs": -0.5""".replace(
    "\n", ""
)
SHOWN = (
    '{"text": "Think.","thought": true}',
    '{"toolCall": {"toolType": "GOOGLE_SEARCH_WEB","args": {"queries": ["a"]},"id": "t"}}',
    '{"toolResponse": {"toolType": "GOOGLE_SEARCH_WEB","id": "t","response": {"x": 1}}}',
    '{"executableCode": {"language": "PYTHON","code": "print(1)","id": "c"}}',
    '{"codeExecutionResult": {"outcome": "OUTCOME_OK","output": "1","id": "c"}}',
    '{"executableCode": {"language": "PYTHON","code": "1/0"}}',
    '{"codeExecutionResult": {"outcome": "OUTCOME_FAILED","output": "ZeroDivisionError"}}',
    '{"text": "Tides"}',
    '{"inlineData": {"mimeType": "image/png","data": "iVBORw=="}}',
    '{"fileData": {"mimeType": "text/plain","fileUri": "https://f.test"}}',
    '{"ofTheFuture": {"a": 1}}',
    '{"functionCall": {"name": "now","id": "x2"}}',
)
SHOWN_END = (
    f',{GROUNDING},{LOGPROBS},"urlContextMetadata": {{"urlMetadata": [{{"retrievedUrl": "u",'
    '"urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}]},"citationMetadata": '
    '{"citationSources": [{"startIndex": 0,"endIndex": 5,"uri": "https://c.test"}]},'
    '"safetyRatings": [{"category": "X","probability": "LOW"}],"finishReason": "STOP"'
)
GROWING = (
    '{"functionCall": {"name": "weather","id": "x1","willContinue": true}}',
    '{"functionCall": {"partialArgs": [{"jsonPath": "$.city","stringValue": "Os",'
    '"willContinue": true}],"willContinue": true}}',
    '{"functionCall": {"partialArgs": [{"jsonPath": "$.city","stringValue": "lo"},'
    '{"jsonPath": "$.days[0].n","numberValue": 2},{"jsonPath": "$.ok","boolValue": true},'
    '{"jsonPath": "$.no","nullValue": "NULL_VALUE"}],"willContinue": true}}',
    '{"functionCall": {}}',
)


NOW = {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}


def said(*parts: str, end: str = STOP) -> bytes:
    """A stream of these parts, a frame each, and its end."""
    return frame('{"text": "Once"}') + b"".join(map(frame, parts)) + frame("", end)


def told(error: str) -> bytes:
    return frame('{"text": "Once"}') + f"data: {{{error}}}\r\n\r\n".encode()


CODES = (
    *("CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND"),
    *("ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"),
    *("ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"),
    "UNAUTHENTICATED",
)
ENDS = (
    *("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "SPII"),
    *("PROHIBITED_CONTENT", "MALFORMED_FUNCTION_CALL", "IMAGE_SAFETY", "MODEL_ARMOR"),
    *("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "NO_IMAGE"),
    *("UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE"),
    *("MALFORMED_RESPONSE", "FINISH_REASON_UNSPECIFIED", "", "stop", "length", "tool_calls"),
    *("content_filter", "END_TURN", "EOS", "TOOL_USE", "FUNCTION_CALL", "NULL", "NONE"),
)
TYPE = "type.googleapis.com/google.rpc."
ERRORS = (
    *(f'"error": {{"status": "{name}","message": "zfault"}}' for name in CODES),
    *(f'"error": {{"code": {number},"message": "zfault"}}' for number in (1, 16, 17, 399, 599)),
    *(f'"error": {{"{name}": "429","message": "zfault"}}' for name in ("code", "error_code")),
    *(f'"error": {{"{name}": 429,"title": "a"}}' for name in ("status_code", "http_status_code")),
    *(f'"error": {{"{n}": "zfault"}}' for n in ("msg", "error_msg", "error_message", "detail")),
    *('"error": "zfault","code": 8', '"errors": [{"message": "zfault"}]', '"detail": "zfault"'),
    *('"message": "zfault","type": "zt"', '"error": {}', '"error": true', '"error": {"code": "x"}'),
    '"error": {"message": "{\\"error\\": {\\"code\\": 404,\\"message\\": \\"zinner\\"}}"}',
    '"error": "[{\\"error\\": {\\"code\\": 404,\\"message\\": \\"zinner\\"}}]"',
    *('"error": {"message": "{zodd"}', '"error": {"code": "0042"}', '"error": {"code": true}'),
    *(
        f'"error": {{"code": {number},"message": "zfault","details": [1,{{{detail}}}]}}'
        for number in (400, 429)
        for detail in (
            f'"@type": "{TYPE}ErrorInfo","reason": "API_KEY_INVALID"',
            '"reason": "API_KEY_EXPIRED"',
            '"retryDelay": "34.4s"',
            '"retryDelay": "soons"',
            '"retryDelay": "34"',
            '"violations": [{"quotaId": "RequestsPerDayPerProject"}]',
            '"violations": [{"quotaId": "RequestsPerMinute","quotaValue": "0"}]',
            '"violations": [{"quotaId": "RequestsPerMinute","quotaValue": "5"}]',
        )
    ),
)


def tool(kind: str, args: str, response: str, ids: bool = True) -> tuple[str, str]:
    at = ',"id": "t1"' if ids else ""
    return (
        f'{{"toolCall": {{"toolType": "{kind}","args": {args}{at}}}}}',
        f'{{"toolResponse": {{"toolType": "{kind}","response": {response}{at}}}}}',
    )


def blob(kind: str, data: str, more: str = "") -> str:
    return f'{{"inlineData": {{"mimeType": "{kind}","data": "{data}"}}{more}}}'


def code(outcome: str, ids: bool = True) -> tuple[str, str]:
    at = ',"id": "c1"' if ids else ""
    return (
        f'{{"executableCode": {{"language": "PYTHON","code": "1"{at}}}}}',
        f'{{"codeExecutionResult": {{"outcome": "{outcome}","output": "1"{at}}}}}',
    )


def calls(*told: str) -> tuple[str, ...]:
    return tuple(f'{{"functionCall": {{{one}}}}}' for one in told)


GROWS = '"name": "f","id": "x1","willContinue": true'
RUNS: dict[str, tuple[str, ...]] = {
    "a search": tool("GOOGLE_SEARCH_WEB", '{"queries": ["a"]}', "{}"),
    "a search for one": tool("GOOGLE_SEARCH", '{"query": "a"}', "{}", ids=False),
    "a fetch": tool("URL_CONTEXT", '{"urls": ["u"]}', '{"a": 1}'),
    "a fetch of one": tool("URL_CONTEXT", '{"url": "u"}', '{"a": 1}'),
    "a search in files": tool("FILE_SEARCH", '{"query": "a"}', '{"error": "no"}'),
    "maps": tool("GOOGLE_MAPS", '{"a": 1}', '{"b": 2}'),
    "code at a tool": tool("CODE_EXECUTION", '{"a": 1}', '{"b": 2}'),
    "code": code("OUTCOME_OK"),
    "code that is late": code("OUTCOME_DEADLINE_EXCEEDED"),
    "code without ids": (*code("OUTCOME_FAILED", ids=False), *code("OUTCOME_OK", ids=False)),
    "two without ids": (
        *(
            one
            for n in (0, 1)
            for one in (
                tool("GOOGLE_MAPS", "{}", '{"b": 1}', ids=False)[n],
                tool("GOOGLE_SEARCH", "{}", '{"b": 2}', ids=False)[n],
            )
        ),
    ),
    "all twice": (*tool("GOOGLE_MAPS", "{}", "{}"), *tool("GOOGLE_MAPS", "{}", "{}")),
    "a result of no call": tool("GOOGLE_MAPS", "{}", '{"a": 1}')[1:],
    "a result of no code": code("OUTCOME_OK", ids=False)[1:],
    "a call without a result": code("OUTCOME_OK")[:1],
    "code of no language": ('{"executableCode": {"code": "1","language": ""}}',),
    "a sound in pieces": (
        *(blob("audio/L16;rate=24000", "AAE"), blob("audio/L16;rate=24000", "-_8=")),
        *(blob("audio/pcm", "AAE="), blob("image/png", "iVBO")),
    ),
    "a sound": (blob("audio/wav", "UklG"), blob("audio/pcm", "!"), blob("audio/pcm", "AAE=")),
    "drafts": (
        *(blob("image/png", "iVBO", ',"thought": true'), blob("image/png", "iVBP")),
        *(blob("image/png", "iVBQ", ',"thought": "true"'), blob("image/png", "iVBR")),
    ),
    "files": (
        '{"fileData": {"mimeType": "IMAGE/png","fileUri": "u"}}',
        '{"fileData": {"mimeType": "application/pdf","fileUri": "u","displayName": "n"}}',
        *('{"fileData": {"fileUri": "u"}}', '{"inlineData": {}}', blob("audio/raw", "AAE=")),
    ),
    "a call in text": calls('"name": "f","args": "{\\"a\\": 1}"'),
    "a call told again": calls(*['"name": "f","id": "x1","args": {"a": 1}'] * 2),
    "a call that is more": calls(
        '"name": "f","id": "x1","args": {"a": 1}', '"name": "f","id": "x1","args": {"a": 1,"b": 2}'
    ),
    "a call of other arguments": calls(
        '"name": "f","id": "x1","args": {"a": 1}', '"name": "f","id": "x1","args": {"a": 2}'
    ),
    "calls of one id": calls('"name": "f","id": "x1"', '"name": "g","id": "x1"'),
    "calls without ids": calls(*['"name": "f","args": {"a": 1}'] * 2),
    "a call with one signature": (
        *['{"functionCall": {"name": "f","args": {"a": 1}},"thoughtSignature": "E"}'] * 2,
        '{"functionCall": {"name": "f","args": {"a": 2}},"thoughtSignature": "E"}',
    ),
    "a call without a name": calls('"args": {"a": 1}'),
    "a call cut off": calls(GROWS, '"partialArgs": [{"jsonPath": "$.a","stringValue": "b"}]')[:1],
    "a call that grows again": calls(
        GROWS, GROWS + ',"partialArgs": [{"jsonPath": "$.a","numberValue": 1}]', '"args": {}'
    ),
    "a call that another ends": calls(GROWS, '"name": "g","id": "x2"'),
    "a call that grows at once": calls(
        '"name": "f","partialArgs": [{"jsonPath": "$.a[0]","stringValue": "b"},'
        '{"jsonPath": "$.a[1]","stringValue": "c"},{"jsonPath": "$[\'d e\'].f","boolValue": false}]'
    ),
    "thoughts and texts": (
        *('{"text": "a","thought": true}', '{"text": "b"}', '{"text": "c"}'),
        *('{"text": "d","thought": true,"thoughtSignature": "E"}', '{"thoughtSignature": "F"}'),
        *('{"text": "e","thoughtSignature": "G"}', '{"text": "f"}', '{"text": ""}', "{}"),
        '{"text": null,"videoMetadata": {"a": 1},"partMetadata": {},"mediaResolution": "x"}',
    ),
}
BLOCKED = (
    '{"promptFeedback": {"blockReason": "%s","blockReasonMessage": "zfault"},"responseId": "r"}'
)
BLOCKS = ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "JAILBREAK")
FRAMES = (answer('{"text": "Once \\u2028\\"[{"}'), answer('{"text": " more\\\\"}', STOP))
ODDITIES = {
    **{f"the end {word}": said(end=f',"finishReason": "{word}"') for word in ENDS},
    **{f"the end {w} of a call": said(CALL, end=f',"finishReason": "{w}"') for w in ENDS},
    "a message of the end": said(end=',"finishReason": "OTHER","finishMessage": "zfault"'),
    **{f"the error {one}": told(one) for one in ERRORS},
    **{f"the body {one}": f"{{{one}}}".encode() for one in ERRORS},
    **{f"the list {one}": f"[{{{one}}}]".encode() for one in ERRORS[:4]},
    **{f"blocked {word}": f"data: {BLOCKED % word}\n\n".encode() for word in BLOCKS},
    **{f"a body blocked {word}": (BLOCKED % word).encode() for word in BLOCKS},
    **{f"{name}": said(*run) for name, run in RUNS.items()},
    **{f"{name}, whole": answer(",".join(run), STOP).encode() for name, run in RUNS.items()},
    "two candidates": frame('{"text": "a"}')
    + frame('{"text": "b"}').replace(b'"index": 0', b'"index": 1')
    + frame(CALL, STOP),
    "all in one frame": frame(",".join(SHOWN), SHOWN_END),
    "all in one frame, and again": frame(",".join(SHOWN), SHOWN_END) * 2,
    "sources before the end": frame('{"text": "Tides"},{"text": " rise."}', f",{GROUNDING}")
    + frame('{"text": " Oft."}', f",{LOGPROBS}")
    + frame("", STOP),
    "sources of thoughts": frame('{"text": "T","thought": true}', f",{GROUNDING}")
    + frame('{"text": "Tides"},{"text": "T","thought": true}', f",{LOGPROBS}{STOP}"),
    "a frame in a list": b"data: [" + FRAMES[1].encode() + b"]\n\n",
    "two frames in a list": f"data: [{FRAMES[0]},{FRAMES[1]}]\n\n".encode(),
    "two candidates that think": frame('{"text": "a","thought": true}')
    + frame('{"text": "b","thought": true}').replace(b'"index": 0', b'"index": 1')
    + frame('{"text": "c"}')
    + frame('{"text": "d"}', STOP).replace(b'"index": 0', b'"index": 1')
    + frame("", STOP),
    "an array": f"[{','.join(FRAMES)}]".encode(),
    "an array in lines": f"\ufeff \n[{FRAMES[0]}\r\n,\r\n{FRAMES[1]}\n]\n".encode(),
    "an array that is cut": f"[{FRAMES[0]},{FRAMES[1][:-9]}".encode(),
    "an array of odd ones": f"[{FRAMES[0]},1,[{FRAMES[1]}]]".encode(),
    "an array and a last line": f"[{FRAMES[0]},{FRAMES[1]}]data: [DONE]".encode(),
    "one object": FRAMES[1].encode(),
    "a word": b"zodd",
    "blanks": b" \r\n",
    "no candidates": b'data: {"candidates": [],"usageMetadata": {"promptTokenCount": 1}}\n\n',
}


class TestArrays(ProviderContract):
    """A proxy that drops the query string has streams come as one array."""

    provider = "google"
    cases = 0
    streams = {
        "an array": Recorded(
            body=f"[{FRAMES[0]}\n,\r\n{FRAMES[1]}\n]".encode(),
            text='Once \u2028"[{ more\\',
            usage=COUNTED,
        ),
    }
    exempt = {
        "test_what_follows_the_terminal_signal_changes_nothing": "the end of the body is the end"
    }


STATUSES = {
    "INVALID_ARGUMENT": (400, BadRequestError),
    "FAILED_PRECONDITION": (400, BadRequestError),
    "OUT_OF_RANGE": (400, BadRequestError),
    "UNAUTHENTICATED": (401, AuthenticationError),
    "PERMISSION_DENIED": (403, PermissionDeniedError),
    "NOT_FOUND": (404, NotFoundError),
    "ABORTED": (409, BadRequestError),
    "ALREADY_EXISTS": (409, BadRequestError),
    "RESOURCE_EXHAUSTED": (429, RateLimitError),
    "CANCELLED": (499, BadRequestError),
    "INTERNAL": (500, ServerError),
    "UNKNOWN": (500, ServerError),
    "DATA_LOSS": (500, ServerError),
    "UNIMPLEMENTED": (501, ServerError),
    "UNAVAILABLE": (503, ServerError),
    "DEADLINE_EXCEEDED": (504, ServerError),
}


def detailed(status: int, name: str, *details: dict[str, Any]) -> bytes:
    said = [{"@type": f"{TYPE}{n}", **detail} for n, detail in enumerate(details)]
    told = {"code": status, "message": "zfault", "status": name, "details": said}
    return msgspec.json.encode({"error": told})


KINDS = {
    **{
        name: ErrorKind(status=status, error=kind, type=name, code=status)
        for name, (status, kind) in STATUSES.items()
    },
    "a bad key": ErrorKind(
        status=400,
        error=AuthenticationError,
        body=detailed(400, "INVALID_ARGUMENT", {"reason": "API_KEY_INVALID"}),
    ),
    "a key that has expired": ErrorKind(
        status=400,
        error=AuthenticationError,
        body=detailed(400, "INVALID_ARGUMENT", {}, {"reason": "API_KEY_EXPIRED"}),
    ),
    "a wait": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(429, "RESOURCE_EXHAUSTED", {}, {"retryDelay": "46s"}),
        retry_after=46,
        retryable=True,
    ),
    "a day": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(
            429, "RESOURCE_EXHAUSTED", {"violations": [{}, {"quotaId": "RequestsPerDay"}]}
        ),
        retryable=False,
    ),
    "nothing is left": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(429, "RESOURCE_EXHAUSTED", {"violations": [{"quotaValue": "0"}]}),
        retryable=False,
    ),
    "in a list": ErrorKind(
        status=404, error=NotFoundError, body=b'[{"error":{"code":404,"message":"zfault"}}]'
    ),
}
CONFIG: dict[str, Any] = {
    "audioTimestamp": True,
    "candidateCount": 2,
    "enableAffectiveDialog": True,
    "enableEnhancedCivicAnswers": True,
    "frequencyPenalty": 0.5,
    "presencePenalty": 0.25,
    "imageConfig": {"aspectRatio": "1:1"},
    "logprobs": 2,
    "responseLogprobs": True,
    "mediaResolution": "MEDIA_RESOLUTION_LOW",
    "responseModalities": ["TEXT"],
    "topK": 5,
    "responseMimeType": "application/json",
    "responseJsonSchema": {"type": "object"},
    "responseSchema": {"type": "OBJECT"},
    "speechConfig": {"languageCode": "de"},
    "topP": 0.5,
    "routingConfig": {"a": 1},
    "seed": 7,
    "stopSequences": ["a"],
    "temperature": 0.5,
    "thinkingConfig": {"thinkingBudget": 5},
    "maxOutputTokens": 9,
    "modelConfig": {"a": 1},
}
"""What stands in ``generationConfig``, as the API's reference has it."""


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def renamed(value: Any) -> Any:
    """As the Python SDK writes it."""
    if isinstance(value, dict):
        return {snake(name): renamed(item) for name, item in value.items()}
    return [renamed(item) for item in value] if isinstance(value, list) else value


TURNS: list[dict[str, Any]] = [
    {"role": "system", "parts": [{"text": "Be brief."}]},
    {
        "role": "user",
        "parts": [
            {"text": "How is it?", "partMetadata": {"a": 1}},
            {"fileData": {"fileUri": "gs://a/b.png", "mimeType": "image/png"}},
            {"fileData": {"fileUri": "gs://a/b.pdf", "mimeType": "application/pdf"}},
            {"inlineData": {"mimeType": "image/png", "data": "AAE=", "displayName": "n"}},
            {"inlineData": {"mimeType": "audio/wav", "data": "UklG"}},
        ],
    },
    {
        "role": "model",
        "parts": [
            {"text": "Look.", "thought": True},
            {"functionCall": {"name": "now", "args": {"a": 1}, "id": "c1"}},
        ],
    },
    {
        "role": "user",
        "parts": [{"functionResponse": {"name": "now", "id": "c1", "response": {"output": "4"}}}],
    },
    {
        "role": "model",
        "parts": [{"text": "Four."}, {"executableCode": {"code": "1"}, "thoughtSignature": "E"}],
    },
    {"role": "user", "parts": [{"text": "Go on", "videoMetadata": {"fps": 2}}]},
]
TOOLS = (
    *("googleSearch", "googleSearchRetrieval", "retrieval", "codeExecution", "urlContext"),
    *("googleMaps", "fileSearch", "computerUse", "enterpriseWebSearch", "mcpServers", "zodd"),
)


class TestGoogle(ProviderContract):
    provider = "google"
    error_kinds = KINDS
    forms = ("contents",)
    approved = Path(__file__).with_name("approved.json")
    failed_results = True
    count = b'{"totalTokens": 12}'
    oddities = ODDITIES

    @staticmethod
    def error_body(kind: ErrorKind) -> bytes:
        return detailed(kind.status, kind.type or "")

    @staticmethod
    def error_event(kind: ErrorKind) -> bytes | None:
        body = kind.body if kind.body is not None else detailed(kind.status, kind.type or "")
        return b"data: " + body + b"\r\n\r\n"

    calls = {
        **{name: {"messages": "Hi", name: value} for name, value in CONFIG.items()},
        **{snake(name): {"messages": "Hi", snake(name): value} for name, value in CONFIG.items()},
        "its own form": {"messages": TURNS, "tools": [{"functionDeclarations": [{"name": "now"}]}]},
        "its own form in Python": {
            "messages": renamed(TURNS),
            "tools": [{"function_declarations": [{"name": "now", "parameters_json_schema": {}}]}],
        },
        **{f"the tool {name}": {"messages": "Hi", "tools": [{name: {"a": 1}}]} for name in TOOLS},
        **{
            f"the tool {name} in Python": {"messages": "Hi", "tools": [{snake(name): {"a": 1}}]}
            for name in TOOLS
        },
        "all of a config": {"messages": "Hi", "generationConfig": CONFIG},
        "a search": {"messages": "Hi", "tools": [{"googleSearch": {}}]},
        "a search and a function": {"messages": "Hi", "tools": [{"googleSearch": {}}, NOW]},
        "a search, no function": {
            "messages": "Hi",
            "tools": [{"googleSearch": {}}, NOW],
            "tool_choice": "none",
        },
        "a config": {
            "messages": "Hi",
            "generation_config": {"temperature": 0.5, "responseSchema": {"type": "STRING"}},
            "candidateCount": 2,
            "top_k": 5,
            "temperature": 0.6,
            "response_format": {"type": "json_object"},
        },
        "a budget and a level": {
            "messages": "Hi",
            "thinking_config": {"thinkingBudget": 5, "thinkingLevel": "LOW"},
        },
        "settings": {"messages": "Hi", "safety_settings": [{"category": "X", "threshold": "Y"}]},
        "a tuned model": {"model": "tunedModels/a b", "messages": "Hi"},
    }
    families = ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-3-pro-preview")
    spelling = "sse"
    streams = {
        "text": Recorded(
            body=frame('{"text": "Think.","thought": true}')
            + frame('{"text": "Once \\u2028upon"}')
            + frame('{"text": " a t\u00efme \U0001f600"}')
            + frame('{"text": "","thoughtSignature": "EpwI"}', STOP),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="STOP",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=frame(CALL) + frame('{"text": ""}', STOP),
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=frame('{"text": "Once"}') + frame("", ',"finishReason": "MAX_TOKENS"'),
            text="Once",
            finish_reason="length",
        ),
        "all that it shows": Recorded(
            body=b"".join(map(frame, SHOWN)) + frame('{"text": " rise."}', SHOWN_END),
            text="Tides rise.",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
        "a call that grows": Recorded(
            body=b"".join(map(frame, GROWING)) + frame("", STOP),
            tool_calls=(("x1", "weather", '{"city":"Oslo","days":[{"n":2}],"ok":true,"no":null}'),),
            finish_reason="tool_calls",
            every=100,
        ),
    }
    answers = {
        "text": Recorded(
            body=answer('{"text": "Once"}', STOP).encode(),
            text="Once",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=answer(CALL, STOP).encode(),
            tool_calls=(("x1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "all that it shows": Recorded(
            body=answer(",".join(SHOWN), SHOWN_END).encode(),
            text="Tides",
            reasoning="Think.",
            tool_calls=(("x2", "now", "{}"),),
            finish_reason="tool_calls",
            every=500,
        ),
    }
    stream_errors = {
        "overloaded": RecordedError(
            body=frame('{"text": "Once"}') + b'data: {"error": {"code": 503,'
            b'"message": "The model is overloaded.","status": "UNAVAILABLE"}}\r\n\r\n',
            message="The model is overloaded.",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "400": RecordedError(
            status=400,
            body=b'{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT"}}',
            message="Invalid value",
            error=BadRequestError,
        ),
        "429": RecordedError(
            status=429,
            body=b'{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}',
            message="Quota",
            error=RateLimitError,
        ),
    }
    models = (
        b'{"models":[{"name":"models/model-a","version":"1","displayName":"A",'
        b'"supportedGenerationMethods":["generateContent"]}]}',
        ("model-a",),
    )
    noise = (b'data: {"usageMetadata": {"promptTokenCount": 1}}\r\n\r\n',)
    exempt = {
        "test_what_follows_the_terminal_signal_changes_nothing": "the end of the body is the end"
    }
