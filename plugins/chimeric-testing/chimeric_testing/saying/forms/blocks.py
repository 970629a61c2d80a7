"""Anthropic's blocks."""

from __future__ import annotations

from typing import Any

from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call

from .form import THOUGHT, Form

__all__ = ["Blocks"]


class Blocks(Form):
    """Anthropic's messages, in which calls and results are blocks among others."""

    def system(self, role: str) -> list[Any]:
        return [{"role": role, "content": self._texts("system"), **self.speaker.more()}]

    def user(self) -> list[Any]:
        return [{"role": "user", "content": self._said(), **self.speaker.more("cache_control")}]

    def answer(self, calls: list[Call]) -> list[Any]:
        speaker = self.speaker
        blocks: list[Any] = []
        thinks = self.thinks()
        if thinks:
            blocks.append(self._thought())
        if not calls or speaker.maybe(0.3):
            blocks += [self._text("assistant") for _ in range(speaker.chance.randint(1, 2))]
        for call in calls:
            blocks.append(self._call(call))
            if thinks and speaker.maybe(0.2) and call is not calls[-1]:
                blocks.append(self._thought())
            elif speaker.maybe(0.05):
                blocks.append(self._text("assistant"))
        return [{"role": "assistant", "content": blocks, **speaker.more()}]

    def results(self, calls: list[Call]) -> list[Any]:
        blocks = [self._result(call) for call in calls]
        if self.speaker.maybe(0.3):
            blocks.append(self._text("user"))
        return [{"role": "user", "content": blocks}]

    def _texts(self, role: str) -> Any:
        if self.speaker.maybe(0.5):
            return self.speaker.word(role=role)
        return [self._text(role) for _ in range(self.speaker.chance.randint(1, 2))]

    def _said(self) -> Any:
        content = self._texts("user")
        found = self.media()
        if found is None or found.what == "audio" or isinstance(content, str):
            return content
        return [self._media(found), *content]

    def _text(self, role: str) -> dict[str, Any]:
        extra = self.speaker.more("cache_control", "citations")
        return {"type": "text", "text": self.speaker.word(role=role), **extra}

    def _thought(self) -> dict[str, Any]:
        speaker = self.speaker
        if speaker.signed is not None and speaker.maybe(0.7):
            text = self.thought()
            return {
                "type": "thinking",
                "thinking": text,
                "signature": speaker.signed("thought", text),
            }
        if speaker.signed is not None and speaker.maybe(0.5):
            data = speaker.signed("redacted", "")
            speaker.leaf("thought", data, told=THOUGHT)
            return {"type": "redacted_thinking", "data": data}
        return {"type": "thinking", "thinking": self.thought(), "signature": ""}

    def _call(self, call: Call) -> dict[str, Any]:
        told = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
        return {**told, **self.speaker.more("cache_control")}

    def _result(self, call: Call) -> dict[str, Any]:
        content: Any = self.result(call)
        if self.speaker.maybe(0.4):
            content = [{"type": "text", "text": content, **self.speaker.more("cache_control")}]
            if (media := self.seen()) is not None:
                content.append(self._media(media))
        told = {"type": "tool_result", "tool_use_id": call.id, "content": content}
        if self.speaker.maybe(0.2):
            told["is_error"] = True
        return {**told, **self.speaker.more("cache_control")}

    def _media(self, media: Media) -> dict[str, Any]:
        if media.url:
            source: dict[str, Any] = {"type": "url", "url": media.url}
        elif media.media_type == "text/plain" and self.speaker.maybe(0.5):
            source = {"type": "text", "media_type": "text/plain", "data": media.data.decode()}
        else:
            source = {"type": "base64", "media_type": media.named, "data": media.base64}
        told: dict[str, Any] = {"type": "image" if media.what == "image" else "document"}
        if media.name:
            told["title"] = media.name
        return {**told, "source": source, **self.speaker.more("cache_control", "context")}
