"""The parser of one response: events, or a whole body, into deltas."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from chimeric import Delta, Event, FinishReason, HTTPResponse, Request

from .content import read_content, read_tool_calls, reasoning_text
from .dialect import API, ChatDialect
from .echo import Echo
from .errors import is_error, read_event_error
from .lenient import items, obj, text
from .plain import plain_decoder, side_decoder, side_delta
from .usage import read_usage

__all__ = ["ChatState"]

FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}

PATIENCE = 16
"""Failed tries of the fast way after which a stream is read with care to its end."""


class ChatState:
    """The parser's memory for one response."""

    api: ClassVar[str] = API

    __slots__ = (
        "_called",
        "_citations",
        "_decode_plain",
        "_decode_side",
        "_dialect",
        "_echo",
        "_finished",
        "_id",
        "_kept",
        "_misses",
        "_model",
        "_plain",
        "_refused",
        "_side",
        "_spoke",
    )

    def __init__(self, dialect: ChatDialect, request: Request) -> None:
        self._dialect = dialect
        self._decode_plain = plain_decoder(dialect.watch)
        self._decode_side = side_decoder(dialect.watch)
        self._plain = False
        self._side = False
        self._misses = 0
        self._id: str | None = None
        self._model: str | None = None
        self._spoke = False
        self._called = False
        self._refused = False
        self._finished = False
        self._citations: list[Any] = []
        self._kept: dict[str, list[Any]] = {}
        echoes = dialect.echo or dialect.call_echo
        self._echo = Echo(dialect.echo, dialect.call_echo) if echoes else None

    def parse(self, event: Event) -> Delta | str | None:
        """Read one event of a stream.

        Raises:
            msgspec.DecodeError: for what is not JSON, or is not what the protocol says.
        """
        if self._plain:
            try:
                return self._decode_plain(event.data).choices[0].delta.content or None
            except msgspec.DecodeError:
                self._plain = False
                self._misses += 1
        elif self._side:
            try:
                return side_delta(self._decode_side(event.data))
            except msgspec.DecodeError:
                self._side = False
                self._misses += 1
        return self._parse_carefully(event)

    def parse_response(self, response: HTTPResponse) -> Delta:
        """Read the body of an answer that was not streamed.

        Raises:
            msgspec.DecodeError: for what is not JSON, or is not what the protocol says.
        """
        fields = self._read(_decode(response.body), whole=True)
        return Delta(done=True, **fields)

    def _parse_carefully(self, event: Event) -> Delta | str | None:
        data = event.data.strip()
        if data == b"[DONE]":
            return self._done()
        if not data:
            return None
        raw = _decode(data)
        if event.name == "error" and not is_error(raw):
            return Delta(error=read_event_error(raw))
        fields = self._read(raw, whole=False)
        if not fields:
            return None
        if self._misses < PATIENCE and "finish_reason" not in fields:
            # More of the same kind is likely to follow.
            self._plain = "text" in fields
            self._side = not self._plain and ("reasoning" in fields or "tool_calls" in fields)
        if len(fields) == 1 and "text" in fields:
            return str(fields["text"])
        return Delta(**fields)

    def _done(self) -> Delta:
        # Some servers never send a finish reason; calls that they made are whole at [DONE].
        unsaid = self._called and not self._finished
        return Delta(done=True, finish_reason="tool_calls" if unsaid else None, state=self._state())

    def _state(self) -> list[Any] | None:
        """What must go back unchanged in a later turn."""
        return None if self._echo is None else self._echo.items()

    def _read(self, raw: dict[str, Any], whole: bool) -> dict[str, Any]:
        """The fields of the ``Delta`` that an event or a body makes."""
        fields: dict[str, Any] = {}
        choice = self._choice(raw, whole)
        self._read_message(choice, fields, whole)
        self._read_frame(raw, choice, fields)
        if is_error(raw):
            fields["error"] = read_event_error(raw)
        elif whole and choice is None:
            raise msgspec.ValidationError("the answer holds no choices")
        elif choice is not None:
            self._read_finish(choice, fields, whole)
        if self._dialect.refine is not None:
            self._dialect.refine(raw, fields)
        return fields

    @staticmethod
    def _choice(raw: dict[str, Any], whole: bool) -> dict[str, Any] | None:
        """The first choice; other ones are other answers, which nobody asked for."""
        listed: Any = raw.get("choices")
        if listed is not None and not isinstance(listed, list):
            raise msgspec.ValidationError("choices is not a list")
        for choice in map(obj, items(listed)):
            if choice and (whole or not choice.get("index")):
                return choice
        return None

    def _read_message(
        self, choice: dict[str, Any] | None, fields: dict[str, Any], whole: bool
    ) -> None:
        if choice is None:
            return
        message: Any = choice.get("message" if whole else "delta")
        if message is None and not whole and not self._spoke:
            # The last chunk of some servers repeats everything in "message": of use only to
            # those that have said nothing before.
            message = choice.get("message")
        if message is None:
            return
        if not isinstance(message, dict):
            raise msgspec.ValidationError("the message of a choice is not an object")
        self._read_parts(obj(message), fields, whole)

    def _read_parts(self, message: dict[str, Any], fields: dict[str, Any], whole: bool) -> None:
        content = read_content(message.get("content"))
        calls = read_tool_calls(message, whole)
        reasoning = reasoning_text(message) or content.reasoning
        refusal = text(message.get("refusal"))
        cited = (*content.citations, *items(message.get("annotations")))
        found = {
            "text": content.text,
            "reasoning": reasoning,
            "refusal": refusal,
            "tool_calls": calls,
            "citations": cited,
        }
        fields.update({name: value for name, value in found.items() if value})
        self._spoke = self._spoke or bool(fields)
        self._called = self._called or bool(calls)
        self._refused = self._refused or refusal is not None
        if self._echo is not None:
            self._echo.add(message)
        for name in self._dialect.keep:
            if kept := items(message.get(name)):
                self._kept.setdefault(name, []).extend(kept)

    def _read_frame(
        self, raw: dict[str, Any], choice: dict[str, Any] | None, fields: dict[str, Any]
    ) -> None:
        """What stands beside the choices: id, model, usage, citations, metadata."""
        if self._id is None and (identity := text(raw.get("id"))):
            self._id = fields["id"] = identity
        if self._model is None and (model := text(raw.get("model"))):
            self._model = fields["model"] = model
        usage = obj(raw.get("usage")) or obj((choice or {}).get("usage"))
        if usage:
            fields["usage"] = read_usage(usage)
            fields["usage_native"] = usage
        # Each chunk repeats the whole list: only what is new counts.
        cited = [c for c in items(raw.get("citations")) if c not in self._citations]
        if cited:
            self._citations.extend(cited)
            fields["citations"] = (*fields.get("citations", ()), *cited)
        told = {n: v for n in self._dialect.metadata if (v := raw.get(n)) not in (None, "")}
        if told or self._kept:
            kept = {name: list(listed) for name, listed in self._kept.items()}
            fields["metadata"] = {**told, **kept}

    def _read_finish(self, choice: dict[str, Any], fields: dict[str, Any], whole: bool) -> None:
        native: Any = choice.get("finish_reason")
        reason: FinishReason | None = None
        if native and isinstance(native, str):
            reason = FINISH.get(native, "other")
            fields["finish_reason_native"] = native
        elif whole:
            reason = "other"
        elif native == "" and self._dialect.blank_finish and self._called:
            reason = "tool_calls"
        if reason is None:
            return
        if self._refused and reason == "stop":
            reason = "refusal"
        elif self._called and reason in ("stop", "other"):
            # OpenAI and vLLM say "stop" for a call that the tool choice forced.
            reason = "tool_calls"
        self._finished = True
        fields["finish_reason"] = reason
        for name in ("native_finish_reason", "stop_reason"):
            if (detail := choice.get(name)) is not None:
                fields["finish_detail"] = detail
        if state := self._state():
            fields["state"] = state


def _decode(data: bytes) -> dict[str, Any]:
    raw = msgspec.json.decode(data)
    if isinstance(raw, list) and is_error(obj(next(iter(items(raw)), None))):
        raw = items(raw)[0]
    if not isinstance(raw, dict):
        raise msgspec.ValidationError("the event is not a JSON object")
    return obj(raw)
