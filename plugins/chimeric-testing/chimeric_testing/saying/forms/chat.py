"""Chat completions: as OpenAI, Mistral and Ollama have them."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call

from .form import Form

__all__ = ["Chat", "MistralChat", "OllamaChat"]


class Chat(Form):
    """OpenAI's, and what those that follow it add."""

    def system(self, role: str) -> list[Any]:
        content = self._content("system", media=False)
        return [{"role": role, "content": content, **self.speaker.more("cache_control", "name")}]

    def user(self) -> list[Any]:
        content = self._content("user", media=True)
        return [{"role": "user", "content": content, **self.speaker.more("cache_control", "name")}]

    def answer(self, calls: list[Call]) -> list[Any]:
        speaker = self.speaker
        message: dict[str, Any] = {"role": "assistant"}
        if self.thinks():
            message[speaker.one_of("reasoning", "reasoning_content")] = self.thought()
        said = not calls or speaker.maybe(0.3)
        if said and speaker.maybe(0.05):
            message["refusal"] = speaker.word(role="assistant")
            message["content"] = None
        elif said or speaker.maybe(0.5):
            message["content"] = self._content("assistant", media=False) if said else None
        message.update(speaker.more("prefix", "annotations", "phase", "audio", "reasoning_details"))
        if len(calls) == 1 and speaker.maybe(0.05):
            message["function_call"] = self._function(calls[0])
            calls[0].id = ""
        elif calls:
            message["tool_calls"] = [self._call(call) for call in calls]
        return [message]

    def results(self, calls: list[Call]) -> list[Any]:
        return [self._result(call) for call in calls]

    def _result(self, call: Call) -> dict[str, Any]:
        content: Any = self.result(call)
        if self.speaker.maybe(0.3):
            content = [self._text(content), self._text(self.result(call))]
            if (media := self.seen()) is not None:
                content.append(self._media(media))
        told = {"role": "tool", "tool_call_id": call.id, "content": content}
        if self.speaker.maybe(0.3):
            told["name"] = call.name
        return {**told, **self.speaker.more("cache_control")}

    def _call(self, call: Call) -> dict[str, Any]:
        told = {"id": call.id, "type": "function", "function": self._function(call)}
        return {**told, **self.speaker.more("extra_content", "cache_control")}

    def _function(self, call: Call) -> dict[str, Any]:
        encoded = msgspec.json.encode(call.arguments).decode()
        return {"name": call.name, "arguments": encoded, **self.speaker.more()}

    def _content(self, role: str, *, media: bool) -> Any:
        speaker = self.speaker
        if speaker.maybe(0.5):
            return speaker.word(role=role)
        parts = [self._text(speaker.word(role=role)) for _ in range(speaker.chance.randint(1, 3))]
        found = self.media() if media else None
        if found is not None:
            parts.insert(speaker.chance.randint(0, len(parts)), self._media(found))
        return parts

    def _text(self, text: str) -> Any:
        kind = self.speaker.one_of("text", "text", "text", "input_text", "output_text")
        return {
            "type": kind,
            "text": text,
            **self.speaker.more("cache_control", "annotations", "citations"),
        }

    def _media(self, media: Media) -> dict[str, Any]:
        speaker = self.speaker
        extra = speaker.more("cache_control")
        if media.what == "image":
            if speaker.maybe(0.2):
                return {"type": "input_image", "image_url": media.address, **extra}
            image: Any = {"url": media.address, **speaker.more()}
            return {"type": "image_url", "image_url": image, **extra}
        if media.what == "audio":
            sound = {"data": media.base64, "format": media.media_type.rpartition("/")[2]}
            return {"type": "input_audio", "input_audio": sound, **extra}
        text = media.media_type.startswith("text/") and speaker.maybe(0.3)
        file = {"file_data": media.unpacked if text else media.address}
        if media.name:
            file["filename"] = media.name
        if speaker.maybe(0.3):
            return {"type": "input_file", **file, **extra}
        return {"type": "file", "file": {**file, **speaker.more()}, **extra}


class MistralChat(Chat):
    """Mistral's: addresses without a wrapping, thoughts as parts."""

    def answer(self, calls: list[Call]) -> list[Any]:
        (message,) = super().answer(calls)
        content = message.get("content")
        if isinstance(content, list) and self.thinks():
            thought = {"type": "thinking", "thinking": [{"type": "text", "text": self.thought()}]}
            message["content"] = [thought, *content]
        return [message]

    def _media(self, media: Media) -> dict[str, Any]:
        if media.what == "image":
            return {"type": "image_url", "image_url": media.address}
        if media.what == "audio":
            return {"type": "input_audio", "input_audio": media.base64}
        told = {"type": "document_url", "document_url": media.address}
        return {**told, "document_name": media.name} if media.name else told


class OllamaChat(Chat):
    """Ollama's: no ids, arguments as objects, pictures beside the text."""

    def user(self) -> list[Any]:
        message = {"role": "user", "content": self.speaker.word(role="user")}
        found = self.seen()
        if found is not None and found.data:
            message["images"] = [found.base64]  # type: ignore[assignment]
        return [{**message, **self.speaker.more()}]

    def results(self, calls: list[Call]) -> list[Any]:
        return [
            {"role": "tool", "tool_name": call.name, "content": self.result(call)} for call in calls
        ]

    def _call(self, call: Call) -> dict[str, Any]:
        call.id = ""
        return {"function": {"name": call.name, "arguments": call.arguments}}
