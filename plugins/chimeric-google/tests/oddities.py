"""Answers of Google's that are odd: what is told of them is approved."""

from __future__ import annotations

from .frames import CALL, FRAMES, GROUNDING, LOGPROBS, SHOWN, SHOWN_END, STOP, answer, frame
from .refusals import TYPE


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
ERRORS = (
    *(f'"error": {{"status": "{name}","message": "zfault"}}' for name in CODES),
    *(f'"error": {{"code": {number},"message": "zfault"}}' for number in (*range(1, 18), 399, 599)),
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
