"""Reading chat answers: the lines of a stream, or the one object of a whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from chimeric import Delta, Event, ToolCallDelta, Usage

from .errors import told_error
from .finish import finish_reason

if TYPE_CHECKING:
    from chimeric import GeneratedFile, TokenLogprob

COUNTERS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)
"""Counters of the last line; durations are nanoseconds."""


class _Function(msgspec.Struct, gc=False):
    name: str
    arguments: dict[str, Any] | str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    function: _Function
    id: str | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None
    images: None = None


class _Line(msgspec.Struct, gc=False):
    """A line. One that carries an error or a picture does not fit."""

    message: _Message | None = None
    done: bool | None = None
    model: str | None = None
    error: None = None
    done_reason: str | None = None
    logprobs: list[Any] | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None


_decode = msgspec.json.Decoder(_Line).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode

FIELDS = (b"event:", b"id:", b"retry:", b":")
"""Fields of server-sent events that say nothing here."""


class Answer:
    """The memory of one response: the calls it made, and whether its model was told."""

    api = "ollama.chat"

    __slots__ = ("_calls", "_images", "_logprobs", "_told")

    def __init__(self) -> None:
        # Id, name and arguments of the calls so far.
        self._calls: list[tuple[str | None, str, str]] = []
        self._told = False
        self._logprobs: list[Any] = []
        self._images: list[Any] = []

    def parse(self, event: Event) -> Delta | str | None:
        """What a line of a stream adds."""
        try:
            line = _decode(event.data)
        except msgspec.DecodeError:
            return self._odd(event.data)
        message = line.message
        if (
            self._told
            and message is not None
            and not line.done
            and not message.thinking
            and not message.tool_calls
            and line.logprobs is None
        ):
            return message.content or None
        if message is None and (error := told_error(_decode_object(event.data))) is not None:
            return msgspec.structs.replace(self._read(line), error=error)
        return self._read(line)

    def parse_whole(self, body: bytes) -> Delta:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no chat answer.
        """
        fields = _decode_object(body)
        delta = self._lenient({**fields, "done": True}, body)
        if delta.error is None and not isinstance(fields.get("message"), dict):
            raise msgspec.ValidationError("neither a message nor an error")
        return delta

    def _odd(self, data: bytes) -> Delta | str | None:
        """A line that does not fit: an error, a picture, or what gateways put between lines."""
        line = data.strip()
        field, found, payload = line.partition(b":")
        if line == b"[DONE]" or line.startswith(FIELDS):
            return None  # only ``done`` ends an answer
        if found and field == b"data":
            return self.parse(Event(payload.strip())) if payload.strip() else None
        if found and field == b"error":
            return self._failed(payload.strip())
        return self._lenient(_decode_object(data), data)

    def _failed(self, payload: bytes) -> Delta:
        """What an error field holds: an object, or its message."""
        try:
            body: Any = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            body = payload.decode("utf-8", "replace")
        return Delta(error=told_error(body) or told_error({"error": body}))

    def _lenient(self, fields: dict[str, Any], data: bytes) -> Delta:
        """A line with an error or a picture, and all else that it tells.

        Raises:
            msgspec.DecodeError: when it has neither, and still does not fit.
        """
        message: Any = fields.get("message")
        told = cast("dict[str, Any]", message) if isinstance(message, dict) else None
        blank = "error" in fields and not fields["error"] and told is not None
        error = None if blank else told_error({**fields, "message": _said(message)})
        kept = {name: value for name, value in fields.items() if name != "error"}
        images: list[Any] = []
        if told is not None:
            images = list(told.get("images") or ())
            kept["message"] = {**told, "images": None}
        elif error is not None:
            kept["message"] = None
        delta = self._read(msgspec.convert(kept, _Line), images)
        return delta if error is None else msgspec.structs.replace(delta, error=error)

    def _read(self, line: _Line, images: list[Any] | None = None) -> Delta:
        self._told = True
        message = line.message or _Message()
        files, logprobs = self._shown(images or [], line.logprobs or [])
        calls = self._new_calls(message.tool_calls or [], last=bool(line.done))
        text, reasoning = message.content or None, message.thinking or None
        if not line.done:
            return Delta(
                text=text,
                reasoning=reasoning,
                tool_calls=calls,
                model=line.model,
                files=files,
                logprobs=logprobs,
            )
        counters = {name: getattr(line, name) for name in COUNTERS}
        reason = finish_reason(line.done_reason)
        told = {"logprobs": self._logprobs, "images": self._images}
        return Delta(
            text=text,
            reasoning=reasoning,
            tool_calls=calls,
            model=line.model,
            usage=_usage(line),
            usage_native={n: count for n, count in counters.items() if count is not None} or None,
            finish_reason=reason,
            finish_reason_native=line.done_reason if reason else None,
            metadata={name: value for name, value in told.items() if value} or None,
            done=True,
            files=files,
            logprobs=logprobs,
        )

    def _shown(
        self, images: list[Any], logprobs: list[Any]
    ) -> tuple[tuple[GeneratedFile, ...], tuple[TokenLogprob, ...]]:
        """The pictures and the tokens of a line, which are kept for the metadata too."""
        if not images and not logprobs:
            return (), ()
        from .besides import pictures, tokens  # few answers have either

        files = pictures(images, self._images)
        self._images += images
        self._logprobs += logprobs
        return files, tokens(logprobs)

    def _new_calls(self, calls: list[_ToolCall], *, last: bool) -> tuple[ToolCallDelta, ...]:
        """The calls of a line that were not told before.

        A call is known by its id. Without ids, a line that begins with all calls so far repeats
        them, if it adds some or is the last one; equal calls are two otherwise.
        """
        found = [(call.id or None, call.function.name, _arguments(call)) for call in calls]
        so_far = len(self._calls)
        bare = [call[1:] for call in found]
        repeats = so_far and bare[:so_far] == [call[1:] for call in self._calls]
        if repeats and (last or len(found) > so_far) and not any(call[0] for call in found):
            found = found[so_far:]
        for call in found:
            if call[0] is None or call not in self._calls:
                self._calls.append(call)
        # The server's own function.index starts anew on each line: count instead.
        return tuple(
            ToolCallDelta(index=so_far + place, id=id_, name=name, arguments=text, complete=True)
            for place, (id_, name, text) in enumerate(self._calls[so_far:])
        )


def _said(message: Any) -> Any:
    """A message that is a text is one of an error."""
    return message if isinstance(message, str) else None


def _arguments(call: _ToolCall) -> str:
    arguments = call.function.arguments
    if isinstance(arguments, str):
        return arguments
    return msgspec.json.encode(arguments or {}).decode()


def _usage(line: _Line) -> Usage | None:
    """Counts of the last line. A prompt that was fully cached is not counted at all."""
    if line.prompt_eval_count is None and line.eval_count is None:
        return None
    return Usage.of(line.prompt_eval_count, line.eval_count)
