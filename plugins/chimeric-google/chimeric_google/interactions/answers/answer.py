"""Reading an interaction: its events, or the whole of it."""

from __future__ import annotations

from typing import Any, Final, Literal, cast

import msgspec

from chimeric import Delta, Event, ServerToolChunk, ToolCallDelta
from chimeric_google.blocks.files import SAMPLES, Files
from chimeric_google.blocks.values import obj, objects, text
from chimeric_google.errors import event_error, read_error
from chimeric_google.interactions.names import API

from .calls import Calls
from .ending import FINISH, OPEN, STOPPED, failure, read_usage, remarks
from .older import modern, step_of
from .server_steps import ServerSteps, is_call, is_result
from .speech import Speech

__all__ = ["Answer"]

MEDIA: Final = ("image", "audio", "video", "document")
ANNOTATIONS: Final = ("text_annotation_delta", "text_annotation")
ECHOES: Final = ("user_input", "function_result")
"""Steps that tell again what the caller said."""

SAID: Final = {"model_output": "content", "thought": "summary"}
"""Steps that hold contents, and the member that does."""

ENDED: Final = "ended"

_decode = msgspec.json.Decoder().decode


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text"]
    text: str


class _TextEvent(msgspec.Struct, forbid_unknown_fields=True):
    """The event of which there are most. What does not fit is decoded again with care."""

    index: int
    delta: _Text
    event_type: Literal["step.delta"]


_decode_text = msgspec.json.Decoder(_TextEvent).decode


class Answer:
    """The memory of one interaction: its steps, as a later turn must send them back."""

    api = API

    __slots__ = (
        "_add_text",
        "_calls",
        "_files",
        "_growing",
        "_metadata",
        "_said",
        "_status",
        "_steps",
        "_tools",
    )

    def __init__(self) -> None:
        self._steps: dict[int, dict[str, Any]] = {}
        self._said: dict[int, Speech] = {}
        # The step whose text grows, and what adds a piece to it; -1 where none does.
        self._growing = -1
        self._add_text: Any = None
        self._calls = Calls()
        self._tools = ServerSteps()
        self._files = Files()
        self._metadata: dict[str, Any] = {}
        self._status = ""

    @staticmethod
    def decode_native(data: bytes) -> Any:
        """An event as a struct; None for the last line, which is no JSON."""
        from .native import decode_event

        return None if data.strip() in (b"[DONE]", b"") else decode_event(data)

    def parse(self, event: Event) -> Delta | list[Delta] | str | None:
        """What an event of a stream adds.

        Raises:
            msgspec.DecodeError: for one that is no JSON.
        """
        if self._growing >= 0:
            try:
                plain = _decode_text(event.data)
            except msgspec.DecodeError:
                pass
            else:
                if plain.index == self._growing:
                    self._add_text(plain.delta.text)
                    return plain.delta.text
        self._growing = -1
        return self._read(event)

    def _read(self, event: Event) -> Delta | list[Delta] | None:
        """The way of every event that is more than one more piece of the same text."""
        if event.data.strip() == b"[DONE]":
            return self._stopped()
        decoded: Any = _decode(event.data)
        if not isinstance(decoded, dict):
            return Delta(error=event_error(decoded, event.data))
        told = modern(cast("dict[str, Any]", decoded))
        kind = told.get("event_type")
        if kind is None and read_error(told) is None:
            kind = event.name
        if kind in (None, "error"):
            return Delta(error=event_error(told, event.data))
        if kind in ("interaction.created", "interaction.completed"):
            return self._interaction(obj(told.get("interaction")))
        if kind == "interaction.status_update":
            return self._update(told)
        index = told.get("index")
        if not isinstance(index, int):
            return None
        if kind == "step.start":
            return self._start(index, obj(told.get("step")))
        if kind == "step.delta":
            return self._grow(index, obj(told.get("delta")))
        return self._stop(index) if kind == "step.stop" else None

    def parse_whole(self, body: bytes) -> list[Delta]:
        """What a whole interaction holds.

        Raises:
            msgspec.DecodeError: when the body is no interaction, or one that goes on.
        """
        told: Any = _decode(body)
        status = obj(told).get("status")
        if not isinstance(status, str) or obj(told).get("error"):
            error = read_error(told)
            if error is None:
                raise msgspec.ValidationError("no interaction: it has no status")
            return [Delta(error=error, done=True)]
        if status in OPEN:
            raise msgspec.ValidationError(f"the interaction is {status}: it has no answer yet")
        self._files.whole = True
        ended = self._interaction(obj(told))
        return [*ended[:-1], msgspec.structs.replace(ended[-1], done=True)]

    # --- steps ------------------------------------------------------------------------------

    def _start(self, index: int, step: dict[str, Any]) -> list[Delta]:
        kind = str(step.get("type"))
        if index in self._steps or kind in ECHOES:
            return []
        self._steps[index] = kept = _signed(step)
        if kind == "function_call":
            return self._sound() + _calls(self._calls.begin(index, kept))
        if kind in SAID:
            given = objects(kept.pop(SAID[kind], None))
            return [delta for item in given for delta in self._say(index, item)]
        return self._server(self._tools.begin(index, dict(kept)))

    def _grow(self, index: int, delta: dict[str, Any]) -> list[Delta] | None:
        kind = str(delta.get("type"))
        if kind in ECHOES:
            return None
        step = self._steps.setdefault(index, {"type": _step_of(kind)})
        if kind == "thought_signature":
            step["signature"] = delta.get("signature")
            return None
        if kind in ("arguments_delta", "function_call"):
            return _calls(self._calls.grow(index, step, delta))
        if kind == "thought_summary":
            return self._say(index, obj(delta.get("content")))
        if kind in ("text", *MEDIA, *ANNOTATIONS):
            return self._say(index, delta)
        if is_call(kind) or is_result(kind):
            step.update({k: v for k, v in _signed(delta).items() if k != "type"})
            return self._server(self._tools.grow(index, delta))
        self._metadata.setdefault("other_deltas", []).append(delta)
        return [Delta(metadata=dict(self._metadata))]

    def _stop(self, index: int) -> list[Delta] | None:
        step = self._steps.get(index)
        if step is None or step.get("type") in SAID:
            return None
        if step.get("type") == "function_call":
            return _calls(self._calls.stop(index, step))
        return self._server(self._tools.stop(index, step))

    def _say(self, index: int, item: dict[str, Any]) -> list[Delta]:
        """A piece of what a step says, or thinks: a text, a file, remarks on the text."""
        said = self._said.setdefault(index, Speech(index))
        thought = self._steps[index].get("type") == "thought"
        kind = item.get("type")
        if kind in ANNOTATIONS:
            return self._annotate(said, item.get("annotations"))
        if kind != "text":
            said.keep(item)
            return self._file(item, draft=thought)
        block, pieces = said.say(item)
        words = text(item.get("text")) or ""
        if thought:
            return [*self._sound(), Delta(reasoning=words, block=block)]
        self._growing, self._add_text = index, pieces.append
        cited = self._annotate(said, item.get("annotations"))
        return [*self._sound(), Delta(text=words, block=block), *cited]

    def _annotate(self, said: Speech, annotations: Any) -> list[Delta]:
        """Citations, a delta for each block."""
        blocks: dict[Any, list[Any]] = {}
        for block, citation in said.annotate(annotations):
            blocks.setdefault(block, []).append(citation)
        return [Delta(citations=tuple(found), block=block) for block, found in blocks.items()]

    def _file(self, item: dict[str, Any], *, draft: bool = False) -> list[Delta]:
        kind = text(item.get("mime_type"))
        if kind and kind.lower().startswith(SAMPLES) and item.get("sample_rate"):
            kind = f"{kind};rate={item['sample_rate']}"
        given = {"mimeType": kind, "data": item.get("data"), "fileUri": item.get("uri")}
        part = {"inlineData" if item.get("data") else "fileData": given, "thought": draft}
        files = self._files.read(part)
        return [Delta(files=tuple(files))] if files else []

    def _sound(self) -> list[Delta]:
        """The sound that came in pieces and has ended."""
        files = self._files.end()
        return [Delta(files=tuple(files))] if files else []

    def _server(self, chunks: list[ServerToolChunk]) -> list[Delta]:
        media, self._tools.media = self._tools.media, []
        told = [Delta(server_tools=tuple(chunks))] if chunks else []
        return self._sound() + told + [delta for item in media for delta in self._file(item)]

    # --- the end ----------------------------------------------------------------------------

    def _update(self, told: dict[str, Any]) -> list[Delta] | None:
        """A status on the way. A token is kept: with it the answer can be gone on with."""
        self._status = str(told.get("status") or "")
        if token := told.get("continuation_token"):
            self._metadata["continuation_token"] = token
            return [Delta(metadata=dict(self._metadata))]
        return None

    def _stopped(self) -> list[Delta] | None:
        """The last line. Only a status tells that an answer is whole, or will never be."""
        ended = self._status == ENDED
        if not ended and self._status not in STOPPED:
            return None
        told = [] if ended else self._interaction({"status": self._status})
        return [*told, Delta(done=True)]

    def _interaction(self, told: dict[str, Any]) -> list[Delta]:
        status, used = str(told.get("status") or ""), obj(told.get("usage"))
        known: dict[str, Any] = {
            "id": text(told.get("id")),
            "model": text(told.get("model") or told.get("agent")),
        }
        if status in OPEN:
            return [Delta(**known)]
        self._status = ENDED
        deltas = self._whole(told)
        deltas += self._sound() + _calls(self._calls.cut(self._steps))
        reason = FINISH.get(status, "other")
        steps = [self._kept(index) for index in sorted(self._steps)]
        self._metadata |= remarks(told)
        end = Delta(
            **known,
            usage=read_usage(used) if used else None,
            usage_native=used or None,
            finish_reason="tool_calls" if reason == "stop" and self._calls.made else reason,
            finish_reason_native=status,
            state=None if self._is_plain() else steps,
            metadata=dict(self._metadata) or None,
            error=failure(told, steps) if status == "failed" else None,
        )
        return [*deltas, end]

    def _whole(self, told: dict[str, Any]) -> list[Delta]:
        """The steps of an answer that no events told of."""
        if self._steps:
            return []
        steps = objects(told.get("steps")) or list(map(step_of, objects(told.get("outputs"))))
        deltas: list[Delta] = []
        for index, step in enumerate(steps):
            deltas += self._start(index, step)
            deltas += self._stop(index) or ()
        self._growing = -1
        return deltas

    def _kept(self, index: int) -> dict[str, Any]:
        step = self._steps[index]
        said = self._said.get(index)
        return step if said is None else {**step, SAID.get(step["type"], "content"): said.told()}

    def _is_plain(self) -> bool:
        """Whether the text says all that there is to send back."""
        return all(
            step.keys() == {"type"} and step["type"] == "model_output" and said.plain
            for index, step in self._steps.items()
            if (said := self._said.get(index, _SILENT))
        )


_SILENT: Final = Speech(-1)


def _calls(found: list[ToolCallDelta]) -> list[Delta]:
    return [Delta(tool_calls=tuple(found))] if found else []


def _signed(step: dict[str, Any]) -> dict[str, Any]:
    """A step without a signature that is empty, which is none."""
    return {k: v for k, v in step.items() if k != "signature" or v}


def _step_of(delta: str) -> str:
    """The type of a step that never began, by a delta of it."""
    if delta in ("arguments_delta", "function_call"):
        return "function_call"
    if delta in ("thought_summary", "thought_signature"):
        return "thought"
    return delta if is_call(delta) or is_result(delta) else "model_output"
