"""Chimeric's own messages."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from chimeric import AudioPart, FilePart, ImagePart, Message, Part, TextPart, ToolCall
from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call

from .form import Form

__all__ = ["Objects"]


class Objects(Form):
    """``Message`` and its parts."""

    def system(self, role: str) -> list[Any]:
        said: Literal["system", "developer"] = "developer" if role == "developer" else "system"
        content: Any = self._content("system")
        return [Message(said, content)]

    def user(self) -> list[Any]:
        content: Any = self._content("user")
        found = self.media()
        if found is not None:
            parts = (TextPart(content),) if isinstance(content, str) else content
            content = (*parts, self._media(found))
        if isinstance(content, str) and self.speaker.maybe(0.3):
            return [content]
        extra = self.speaker.more()
        return [Message("user", content, extra=extra or None)]

    def answer(self, calls: list[Call]) -> list[Any]:
        thoughts = self.thought() if self.thinks() else None
        content = self._content("assistant") if not calls or self.speaker.maybe(0.3) else ""
        made = tuple(
            ToolCall(call.id, call.name, msgspec.json.encode(call.arguments).decode())
            for call in calls
        )
        return [Message("assistant", content, made, reasoning=thoughts)]

    def results(self, calls: list[Call]) -> list[Any]:
        return [self._result(call) for call in calls]

    def _result(self, call: Call) -> Message:
        text = self.result(call)
        content: str | tuple[Part, ...] = text
        if self.speaker.maybe(0.3):
            found = self.seen()
            more = () if found is None else (self._media(found),)
            content = (TextPart(text), TextPart(self.result(call)), *more)
        error = self.speaker.maybe(0.2)
        return Message("tool", content, tool_call_id=call.id, name=call.name, is_error=error)

    def _content(self, role: str) -> str | tuple[Part, ...]:
        if self.speaker.maybe(0.6):
            return self.speaker.word(role=role)
        count = self.speaker.chance.randint(1, 2)
        return tuple(
            TextPart(self.speaker.word(role=role), extra=self.speaker.more("cache_control") or None)
            for _ in range(count)
        )

    def _media(self, media: Media) -> Part:
        where: dict[str, Any] = {"url": media.url} if media.url else {"data": media.base64}
        if media.data and self.speaker.maybe(0.2):
            where = {"url": media.address}
        where["media_type"] = media.named
        if media.what == "image":
            return ImagePart(**where)
        if media.what == "audio":
            return AudioPart(**where)
        return FilePart(**where, filename=media.name or None)
