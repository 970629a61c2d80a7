"""Parameters and messages in Google's own form, as its API and its Python SDK write them."""

from __future__ import annotations

from typing import Any

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
