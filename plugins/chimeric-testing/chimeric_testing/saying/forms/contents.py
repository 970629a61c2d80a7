"""Gemini's contents, with its JSON's names and those of its Python SDK."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_testing.recorded import is_object
from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call, Speaker

from .form import Form

__all__ = ["Contents"]

SNAKE = {
    "inlineData": "inline_data",
    "mimeType": "mime_type",
    "fileData": "file_data",
    "fileUri": "file_uri",
    "functionCall": "function_call",
    "functionResponse": "function_response",
    "displayName": "display_name",
}


class Contents(Form):
    """``{"role": "user", "parts": [...]}``."""

    def __init__(self, speaker: Speaker) -> None:
        super().__init__(speaker)
        self._snake = speaker.maybe(0.5)

    def system(self, role: str) -> list[Any]:
        return [{"role": "system", "parts": self._texts("system")}]

    def user(self) -> list[Any]:
        parts: Any = self._texts("user")
        found = self.media()
        if found is not None:
            parts.append(self._media(found))
        return [{"role": "user", "parts": parts, **self.speaker.more()}]

    def answer(self, calls: list[Call]) -> list[Any]:
        parts: list[Any] = []
        if self.thinks():
            parts.append({"text": self.thought(), "thought": True})
        if not calls or self.speaker.maybe(0.3):
            parts += self._texts("assistant")
        parts += [self._call(call) for call in calls]
        return [{"role": "model", "parts": parts}]

    def results(self, calls: list[Call]) -> list[Any]:
        role = self.speaker.one_of("user", "function")
        return [{"role": role, "parts": [self._result(call) for call in calls]}]

    def _texts(self, role: str) -> list[Any]:
        return [
            {"text": self.speaker.word(role=role), **self.speaker.more()}
            for _ in range(self.speaker.chance.randint(1, 2))
        ]

    def _call(self, call: Call) -> dict[str, Any]:
        call.id = ""
        body = {"name": call.name, "args": call.arguments}
        return {self._key("functionCall"): body, **self.speaker.more()}

    def _result(self, call: Call) -> dict[str, Any]:
        text = self.result(call)
        inner: Any = msgspec.json.decode(text) if text[0] in "{[" else text
        plain: Any = inner if is_object(inner) else {"output": inner}
        response = self.speaker.one_of({"output": inner}, {"error": inner}, plain)
        body = {"name": call.name, "response": response, **self.speaker.more()}
        return {self._key("functionResponse"): body}

    def _media(self, media: Media) -> dict[str, Any]:
        kind = media.named or media.media_type
        if media.url:
            body = {self._key("mimeType"): kind, self._key("fileUri"): media.url}
            return {self._key("fileData"): body, **self.speaker.more()}
        data: Any = media.data if self._snake and self.speaker.maybe(0.3) else media.base64
        body = {self._key("mimeType"): kind, "data": data}
        return {self._key("inlineData"): body, **self.speaker.more()}

    def _key(self, name: str) -> str:
        return SNAKE[name] if self._snake else name
