"""Converse's content, as Bedrock has it."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call

from .form import Form

__all__ = ["ConverseContent"]

FORMATS = {"text/plain": "txt", "text/csv": "csv", "application/pdf": "pdf"}


class ConverseContent(Form):
    """Blocks that are objects of one key."""

    def system(self, role: str) -> list[Any]:
        return [{"role": role, "content": self._texts("system")}]

    def user(self) -> list[Any]:
        content = self._texts("user")
        found = self.media()
        if found is not None and found.data and found.what != "audio":
            content.append(self._media(found))
        if self.speaker.maybe(0.1):
            mark = '"cache_control"'
            self.speaker.leaf("key", "cachePoint", "cachePoint", mark, told=("cache",))
            content.append({"cachePoint": {"type": "default"}})
        return [{"role": "user", "content": content, **self.speaker.more()}]

    def answer(self, calls: list[Call]) -> list[Any]:
        content: list[Any] = []
        if self.thinks():
            content.append(self._thought())
        if not calls or self.speaker.maybe(0.3):
            content += self._texts("assistant")
        content += [self._call(call) for call in calls]
        return [{"role": "assistant", "content": content}]

    def results(self, calls: list[Call]) -> list[Any]:
        return [{"role": "user", "content": [self._result(call) for call in calls]}]

    def _texts(self, role: str) -> list[Any]:
        count = self.speaker.chance.randint(1, 2)
        return [{"text": self.speaker.word(role=role)} for _ in range(count)]

    def _thought(self) -> dict[str, Any]:
        text = self.thought()
        body: dict[str, Any] = {"text": text}
        if self.speaker.signed is not None and self.speaker.maybe(0.7):
            body["signature"] = self.speaker.signed("thought", text)
        return {"reasoningContent": {"reasoningText": body}}

    def _call(self, call: Call) -> dict[str, Any]:
        body = {"toolUseId": call.id, "name": call.name, "input": call.arguments}
        return {"toolUse": {**body, **self.speaker.more()}}

    def _result(self, call: Call) -> dict[str, Any]:
        text = self.result(call)
        is_json = text[0] in "{[" and self.speaker.maybe(0.5)
        content: list[Any] = [{"json": msgspec.json.decode(text)} if is_json else {"text": text}]
        found = self.seen()
        if found is not None and found.data:
            content.append(self._media(found))
        body: dict[str, Any] = {"toolUseId": call.id, "content": content}
        if self.speaker.maybe(0.3):
            body["status"] = self.speaker.one_of("success", "error")
        return {"toolResult": {**body, **self.speaker.more()}}

    def _media(self, media: Media) -> dict[str, Any]:
        data: Any = media.data if self.speaker.maybe(0.5) else media.base64
        if media.what == "image":
            kind = media.media_type.rpartition("/")[2]
            return {"image": {"format": kind, "source": {"bytes": data}}}
        body = {"format": FORMATS[media.media_type], "source": {"bytes": data}}
        return {"document": {**body, "name": media.name or "file"}}
