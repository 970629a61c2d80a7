"""Frames of Google's answers, and all that one can show."""

from __future__ import annotations

from chimeric import Usage


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


def second(parts: str, more: str = "") -> bytes:
    """A frame of the second candidate."""
    return frame(parts, more).replace(b'"index": 0', b'"index": 1')


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
FRAMES = (answer('{"text": "Once \\u2028\\"[{"}'), answer('{"text": " more\\\\"}', STOP))
