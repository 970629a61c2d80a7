"""Google passes the provider contract."""

from __future__ import annotations

from pathlib import Path

from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, RateLimitError, ServerError, Usage


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


class TestGoogle(ProviderContract):
    provider = "google"
    approved = Path(__file__).with_name("approved.json")
    failed_results = True
    calls = {
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
    families = ("gemini-2.5-flash", "gemini-3-pro-preview")
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
