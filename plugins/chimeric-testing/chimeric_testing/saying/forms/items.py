"""Items of OpenAI's Responses."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_testing.recorded import is_array
from chimeric_testing.saying.media import Media
from chimeric_testing.saying.speaker import Call

from .form import Form

__all__ = ["Items"]


class Items(Form):
    """Messages with typed parts, and calls and results that stand beside them."""

    def system(self, role: str) -> list[Any]:
        return [self._message(role, "system", "input_text")]

    def user(self) -> list[Any]:
        message = self._message("user", "user", "input_text")
        found = self.media()
        if found is not None and found.what != "audio" and is_array(message["content"]):
            message["content"].append(self._media(found))
        return [message]

    def answer(self, calls: list[Call]) -> list[Any]:
        items: list[Any] = []
        if not calls or self.speaker.maybe(0.3):
            items.append(self._message("assistant", "assistant", "output_text"))
        return items + [self._call(call) for call in calls]

    def results(self, calls: list[Call]) -> list[Any]:
        return [self._result(call) for call in calls]

    def _message(self, role: str, who: str, kind: str) -> dict[str, Any]:
        speaker = self.speaker
        message: dict[str, Any] = {"role": role}
        if speaker.maybe(0.5):
            message["type"] = "message"
        if speaker.maybe(0.4):
            message["content"] = speaker.word(role=who)
        else:
            message["content"] = [
                {"type": kind, "text": speaker.word(role=who), **speaker.more("annotations")}
                for _ in range(speaker.chance.randint(1, 2))
            ]
        return {**message, **speaker.more("phase")}

    def _call(self, call: Call) -> dict[str, Any]:
        if not call.id or call.id.startswith(("find", "functions")):
            call.id += f"call_{call.number}"  # the service that made it gives each its own
        encoded = msgspec.json.encode(call.arguments).decode()
        told = {"type": "function_call", "call_id": call.id, "name": call.name}
        extra = {"status": "completed"} if self.speaker.maybe(0.3) else {}
        return {**told, "arguments": encoded, **extra, **self.speaker.more()}

    def _result(self, call: Call) -> dict[str, Any]:
        output: Any = self.result(call)
        if self.speaker.maybe(0.3):
            output = [{"type": "input_text", "text": output}]
            if (media := self.seen()) is not None:
                output.append(self._media(media))
        told = {"type": "function_call_output", "call_id": call.id, "output": output}
        return {**told, **self.speaker.more()}

    def _media(self, media: Media) -> dict[str, Any]:
        if media.what == "image":
            return {"type": "input_image", "image_url": media.address, **self.speaker.more()}
        file = {"filename": media.name} if media.name else {}
        return {"type": "input_file", "file_data": media.address, **file, **self.speaker.more()}
