"""The parser of one response: events, or a whole body, into deltas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from chimeric import Delta, Event, HTTPResponse, Request, ToolCallDelta

from .audio import Audio
from .calls import listed_calls, read_call
from .choices import Choices
from .content import Content, read_content
from .dialect import API, ChatDialect
from .echo import DETAILS, Echo
from .errors import find_error, read_event_error, read_named_error
from .frame import Frame
from .lenient import items, obj, text
from .plain import plain_decoder, side_decoder, side_delta
from .reasoning import reasoning_text
from .usual import UsualChunk, fits, usual_chunk

if TYPE_CHECKING:
    from .besides.reader import Besides

__all__ = ["ChatState"]

PATIENCE = 16
"""Failed tries of the fast way after which a stream is read with care to its end."""

DONE = b"[DONE]"

SHOWN = frozenset(
    (
        *("annotations", "citations", "executed_tools", "images", "reasoning_details"),
        *("reasoning_steps", "search_info", "search_results", "videos", "web_search"),
    )
)
"""Fields of a message, or beside the choices, that tell of citations, of tools that the server ran
and of files."""


class ChatState:
    """The parser's memory for one response."""

    api: ClassVar[str] = API

    __slots__ = (
        "_audio",
        "_besides",
        "_choices",
        "_decode_plain",
        "_decode_side",
        "_dialect",
        "_echo",
        "_finished",
        "_frame",
        "_misses",
        "_plain",
        "_request",
        "_side",
        "_spoke",
        "_thought",
        "_usual",
        "_whole_calls",
    )

    def __init__(self, dialect: ChatDialect, request: Request | None) -> None:
        self._dialect = dialect
        self._request = request
        self._decode_plain = plain_decoder(dialect.watch)
        self._decode_side = side_decoder(dialect.watch)
        self._plain = False
        self._side = False
        self._misses = 0
        self._spoke = False
        self._thought = False
        self._finished = False
        self._whole_calls = 0
        self._choices = Choices(request)
        self._frame = Frame(dialect)
        asked = {} if request is None else {**request.extra, **request.extra_body}
        if asked.get("logprobs"):
            self._misses = PATIENCE  # they come with every piece of text
        self._audio = Audio(obj(asked.get("audio")).get("format"))
        self._besides: Besides | None = None
        self._usual = fits(dialect)
        echoes = dialect.echo or dialect.call_echo
        self._echo = Echo(dialect.echo, dialect.call_echo) if echoes else None

    def parse(self, event: Event) -> Delta | ToolCallDelta | list[Delta] | str | None:
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

    def parse_response(self, response: HTTPResponse) -> Delta | list[Delta]:
        """Read the body of an answer that was not streamed.

        Raises:
            msgspec.DecodeError: for what is not JSON, or is not what the protocol says.
        """
        fields = self._read(_decode_body(response.body), whole=True)
        return self._after_steps(Delta(done=True, **fields))

    def _parse_carefully(self, event: Event) -> Delta | list[Delta] | str | None:
        data = event.data.strip()
        if event.name == "error" and (fields := self._read_failure(data)):
            return Delta(**fields)
        if data == DONE:
            return self._done()
        if not data:
            return None
        usual = usual_chunk(data) if self._usual and self._misses < PATIENCE else None
        if usual is None or not self._choices.plain or self._audio.speaks:
            fields = self._read(_decode(data), whole=False)
        else:
            fields = self._read_usual(usual)
        if not fields:
            return self._steps()
        if self._misses < PATIENCE and "finish_reason" not in fields and self._choices.plain:
            # More of the same kind is likely to follow.
            self._plain = "text" in fields and not self._audio.speaks
            self._side = not self._plain and ("reasoning" in fields or "tool_calls" in fields)
        if len(fields) == 1 and "text" in fields:
            return str(fields["text"])
        return self._after_steps(Delta(**fields))

    def _steps(self) -> list[Delta] | None:
        """What tools did and the model thought of it, which comes before the rest of an event."""
        if self._besides is None or not self._besides.steps:
            return None
        steps, self._besides.steps = self._besides.steps, []
        return steps

    def _after_steps(self, delta: Delta) -> Delta | list[Delta]:
        """What an event tells, behind the steps that led to it, and these behind the thoughts."""
        steps = self._steps()
        if steps is None:
            return delta
        if delta.reasoning:
            steps = [Delta(reasoning=delta.reasoning), *steps]
            delta = msgspec.structs.replace(delta, reasoning=None)
        return [*steps, delta]

    def _done(self) -> Delta:
        fields: dict[str, Any] = {}
        if not self._finished:
            self._read_finish(fields, done=True)
        self._read_end(fields, last=True)
        return Delta(done=True, **fields)

    def _read_failure(self, data: bytes) -> dict[str, Any]:
        """The fields of an event named ``error``; none where it is an ordinary chunk after all."""
        raw, error = read_named_error(b"" if data == DONE else data)
        if error is None:
            return {}
        try:
            fields = self._read(raw, whole=False) if raw else {}
        except msgspec.ValidationError:
            fields = {}  # whatever else is wrong with it, it is an error
        if "error" not in fields:
            fields["error"] = error
            if self._dialect.refine is not None:
                self._dialect.refine(raw, fields)
        return fields

    def _read(self, raw: dict[str, Any], whole: bool) -> dict[str, Any]:
        """The fields of the ``Delta`` that an event or a body makes."""
        fields: dict[str, Any] = {}
        listed = self._choices.read(raw, whole=whole)
        for index, choice in listed:
            self._read_message(index, self._message(choice, whole), fields, whole)
            if choice.get("logprobs"):
                self._read_logprobs(index, choice, fields)
        choices = [choice for _, choice in listed]
        self._frame.read(raw, choices, fields)
        if not SHOWN.isdisjoint(raw):
            self._shown().frame(raw, fields)
        if error := find_error(raw, choices):
            fields["error"] = read_event_error(error)
        elif whole and not choices:
            raise msgspec.ValidationError("the answer holds no choices")
        else:
            for index, choice in listed:
                self._choices.end(index, choice)
            if any("finish_reason" in choice for choice in choices):
                self._read_finish(fields, done=whole)
        self._read_end(fields, last=whole or "error" in fields or "finish_reason" in fields)
        if self._dialect.refine is not None:
            self._dialect.refine(raw, fields)
        return fields

    def _read_usual(self, chunk: UsualChunk) -> dict[str, Any]:
        """The same of an event that has text at most, and may end the answer."""
        choice, fields = chunk.choices[0], dict[str, Any]()
        self._choices.begin()
        said = choice.delta.content
        if said and self._choices.claim(0, "text", said):
            fields["text"] = self._audio.hear([], said)
            self._spoke = True
        self._frame.note(chunk.id, chunk.model, chunk.beside(self._dialect), fields)
        reason = choice.finish_reason
        if reason is not msgspec.UNSET:
            self._choices.end(0, {"finish_reason": reason})
            self._read_finish(fields, done=False)
        self._read_end(fields, last="finish_reason" in fields)
        return fields

    def _message(self, choice: dict[str, Any], whole: bool) -> dict[str, Any]:
        message: Any = choice.get("message" if whole else "delta")
        if message in (None, {}) and (whole or not self._spoke):
            # The last chunk of some servers repeats everything in "message": of use only to
            # those that have said nothing before.
            message = choice.get("delta" if whole else "message")
        if message is not None and not isinstance(message, dict):
            raise msgspec.ValidationError("the message of a choice is not an object")
        return obj(message)

    def _read_message(
        self, index: int, message: dict[str, Any], fields: dict[str, Any], whole: bool
    ) -> None:
        """Add what a choice says, unless another one is the one that says such things."""
        choices, content = self._choices, read_content(message.get("content"))
        refusal = text(message.get("refusal")) or content.refusal
        sounds = content.audio
        if "audio" in message and (sound := obj(message["audio"])):
            sounds = [sound, *sounds]
        spoken = "".join(text(sound.get("transcript")) or "" for sound in sounds) if sounds else ""
        found: dict[str, Any] = {}
        mine = choices.claim(index, "text", content.text or spoken or refusal)
        if mine:
            found["text"] = self._audio.hear(sounds, content.text)
            found["refusal"] = refusal
        reasoning = reasoning_text(message) or content.reasoning
        if choices.claim(index, "reasoning", reasoning):
            found["reasoning"] = reasoning
            self._thought = self._thought or bool(reasoning)
        calls = listed_calls(message)
        if calls:
            found["tool_calls"] = tuple(self._call(index, call, whole) for call in calls)
        for name, said in found.items():
            if said:
                fields[name] = fields[name] + said if name in fields else said
        self._spoke = self._spoke or bool(fields)
        if mine or calls:
            self._frame.keep(message)
            self._frame.add("content_parts", content.rest)
            if not SHOWN.isdisjoint(message):
                self._shown().message(message, fields, whole=whole)
            if content.citations or content.references or content.rest:
                self._read_parts(content, fields)
            if self._echo is not None:
                self._echo.add(message, index)

    def _shown(self) -> Besides:
        if self._besides is None:
            from .besides.reader import Besides  # most answers have nothing of it

            self._besides = Besides()
        return self._besides

    def _read_parts(self, content: Content, fields: dict[str, Any]) -> None:
        shown = self._shown()
        shown.cite(content.citations, fields)
        shown.refer(content.references, fields)
        shown.picture(content.files, fields)
        shown.unknown(content.unknown, fields)

    def _read_logprobs(self, index: int, choice: dict[str, Any], fields: dict[str, Any]) -> None:
        from .besides.logprobs import read_logprobs  # where they were asked for

        told = read_logprobs(choice["logprobs"])
        if told and self._choices.claim(index, "text", ""):
            self._misses = PATIENCE
            fields["logprobs"] = (*fields.get("logprobs", ()), *told)

    def _call(self, index: int, call: dict[str, Any], whole: bool) -> Any:
        delta = read_call(call)
        if not whole:
            return self._choices.call(index, delta)
        self._choices.call(index, delta)
        self._whole_calls += 1
        return msgspec.structs.replace(delta, index=self._whole_calls - 1)

    def _read_finish(self, fields: dict[str, Any], *, done: bool) -> None:
        end = self._choices.ended(done=done)
        if end is None:
            return
        self._finished = True
        fields["finish_reason"] = end.reason
        fields["finish_reason_native"] = end.native
        if end.detail is not None:
            fields["finish_detail"] = end.detail

    def _read_end(self, fields: dict[str, Any], *, last: bool) -> None:
        """What is known at the end only, or grows: that is told before as long as it is small."""
        if last:
            if self._besides is not None:
                self._besides.end(fields)
            # Opaque fields, which must go back unchanged in a later turn.
            state = self._echo.items() if self._echo is not None else None
            if self._thought and not (state and DETAILS in state[0]):
                state = [*(state or ()), *self._note()]
            if state:
                fields["state"] = state
        if not self._audio.silent:
            self._read_sound(fields, last=last)
        if others := self._choices.others(last=last):
            fields["metadata"] = {**fields.get("metadata", {}), "other_choices": others}

    def _read_sound(self, fields: dict[str, Any], *, last: bool) -> None:
        if told := self._audio.told(last=last):
            fields["metadata"] = {**fields.get("metadata", {}), "audio": told}
        if sounds := self._audio.files(ended=last and "error" not in fields):
            fields["files"] = (*fields.get("files", ()), *sounds)

    def _note(self) -> list[dict[str, Any]]:
        """Whose thoughts these are, which need not come back."""
        from chimeric_models import thought_by  # few models tell their thoughts

        return [thought_by(self._request)] if self._request is not None else []


def _decode(data: bytes) -> dict[str, Any]:
    raw = msgspec.json.decode(data)
    if isinstance(raw, list) and find_error(obj(next(iter(items(raw)), None))):
        raw = items(raw)[0]
    if not isinstance(raw, dict):
        raise msgspec.ValidationError("the event is not a JSON object")
    return obj(raw)


def _decode_body(body: bytes) -> dict[str, Any]:
    """A whole answer, or the bare error that a stream begins with: ``[DONE]`` may come after it."""
    try:
        return _decode(body)
    except msgspec.DecodeError:
        lines = body.strip().splitlines()
        if len(lines) < 2 or not find_error(raw := _decode(lines[0])):
            raise
        return raw
